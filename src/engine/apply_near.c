// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_place.h"

/*
 * For a person who has to mend a hunk: the place in the file that is most like
 * it. Each line that hunk and file share votes for the place that it would give the
 * hunk; lines that stand everywhere have no vote.
 */

#define MAX_VOTES_A_LINE 16
#define NEAR_MAX_SHOWN	 1000

struct ballot {
	uint32_t *heads; /* first line of the pattern with that hash, + 1 */
	uint32_t *next;	 /* and the next one */
	uint64_t *hashes;
	uint32_t mask;
	uint32_t *votes; /* by place: file line - pattern line + pattern size */
	size_t nvotes;
};

static bool speaks(struct line l)
{
	uint32_t letters = 0;

	for (uint32_t i = 0; i < l.n && letters < 3; i++)
		letters += (unsigned char)l.p[i] > ' ';
	return letters >= 3;
}

static void ballot_init(struct ballot *b, const struct placer *pl)
{
	size_t m = pl->pat.n, size = 16;

	while (size < m * 2)
		size *= 2;
	b->mask = (uint32_t)size - 1;
	b->heads = xcalloc(size, sizeof(*b->heads));
	b->next = xcalloc(m, sizeof(*b->next));
	b->hashes = xcalloc(m, sizeof(*b->hashes));
	b->nvotes = pl->file->n + m + 1;
	b->votes = xcalloc(b->nvotes, sizeof(*b->votes));
	for (size_t i = 0; i < m; i++) {
		uint32_t *head;

		b->hashes[i] = hash_line(pl->pat.v[i]);
		head = &b->heads[b->hashes[i] & b->mask];
		b->next[i] = *head;
		*head = (uint32_t)i + 1;
	}
}

static void ballot_release(struct ballot *b)
{
	free(b->heads);
	free(b->next);
	free(b->hashes);
	free(b->votes);
}

static void vote(struct ballot *b, const struct placer *pl)
{
	for (size_t i = 0; i < pl->file->n; i++) {
		uint64_t h = hash_line(pl->file->v[i]);
		uint32_t at = b->heads[h & b->mask];

		for (int left = MAX_VOTES_A_LINE; at && left;
		     left--, at = b->next[at - 1]) {
			if (b->hashes[at - 1] == h && speaks(pl->file->v[i]))
				b->votes[i + pl->pat.n - (at - 1)]++;
		}
	}
}

/* Place of the most votes, the nearest to @guess among equals; -1: none. */
static int64_t winner(const struct ballot *b, const struct placer *pl, int64_t guess)
{
	int64_t best = -1, m = (int64_t)pl->pat.n;
	uint32_t most = 0;

	for (size_t i = 0; i < b->nvotes; i++) {
		int64_t place = (int64_t)i - m;

		if (!b->votes[i] || b->votes[i] < most || place < 0)
			continue;
		if (b->votes[i] > most || llabs(place - guess) < llabs(best - guess)) {
			most = b->votes[i];
			best = place;
		}
	}
	return best;
}

static struct slice without_lf(struct line l)
{
	return (struct slice){ l.p, l.n && l.p[l.n - 1] == '\n' ? l.n - 1 : l.n };
}

/* The file's bytes go back to their source before the result is read. */
static struct slice keep(const struct placer *pl, struct line l)
{
	struct slice s = without_lf(l);

	if (s.n > NEAR_MAX_SHOWN)
		s.n = NEAR_MAX_SHOWN;
	return (struct slice){ arena_dup(pl->arena, s.p, s.n), s.n };
}

static void describe(const struct placer *pl, size_t place, struct near_place *near)
{
	near->line = (uint32_t)place + 1;
	near->of = (uint32_t)pl->pat.n;
	for (size_t i = 0; i < pl->pat.n; i++) {
		bool there = place + i < pl->file->n;

		if (there && line_eq(pl->pat.v[i], pl->file->v[place + i])) {
			near->matched++;
		} else if (!near->wrong_line) {
			near->wrong_line = (uint32_t)(place + i) + 1;
			near->wanted = without_lf(pl->pat.v[i]);
			if (there)
				near->found = keep(pl, pl->file->v[place + i]);
		}
	}
}

static bool eq_but_cr(struct line a, struct line b)
{
	struct slice x = without_lf(a), y = without_lf(b);

	if (x.n && x.p[x.n - 1] == '\r')
		x.n--;
	if (y.n && y.p[y.n - 1] == '\r')
		y.n--;
	return slice_eq(x, y);
}

static bool differs_in_line_ends(const struct placer *pl, size_t place)
{
	if (place + pl->pat.n > pl->file->n)
		return false;
	for (size_t i = 0; i < pl->pat.n; i++) {
		if (!eq_but_cr(pl->pat.v[i], pl->file->v[place + i]))
			return false;
	}
	return true;
}

static void find_near(struct placer *pl, int64_t guess, struct hunk_outcome *o)
{
	struct ballot b;
	int64_t place;

	ballot_init(&b, pl);
	vote(&b, pl);
	place = winner(&b, pl, guess);
	ballot_release(&b);
	/* Nothing but braces and blanks in common: what stands where it should go. */
	if (place < 0 && guess >= 0 && guess < (int64_t)pl->file->n)
		place = guess;
	if (place >= 0)
		describe(pl, (size_t)place, &o->near);
}

/* With all its lines ignored a hunk would fit anywhere: that is no hint. */
static bool compares_lines(const struct placer *pl, const struct hunk *h, uint32_t fuzz)
{
	uint32_t context = h->prefix > h->suffix ? h->prefix : h->suffix;
	uint32_t before = fuzz + h->prefix > context ? fuzz + h->prefix - context : 0;
	uint32_t after = fuzz + h->suffix > context ? fuzz + h->suffix - context : 0;

	return pl->pat.n > before + after;
}

void explain_hunk(struct placer *pl, const struct hunk *h, struct hunk_outcome *o)
{
	uint32_t context = h->prefix > h->suffix ? h->prefix : h->suffix;
	int64_t guess = (int64_t)(pl->reverse ? h->new_start : h->old_start) - 1;
	struct hunk_outcome tmp = { 0 };

	if (o->reason != CONFLICT_CONTEXT || *pl->spent > pl->limit)
		return;
	list_lines(pl);
	load_pattern(pl, h);
	*pl->spent += pl->file->n + pl->pat.n;
	find_near(pl, guess, o);
	if (o->near.line && o->near.matched == o->near.of) {
		o->reason = CONFLICT_ANCHOR;
		return;
	}
	/* Lines with other ends have no vote: the place it asks for is looked at. */
	if (o->near.line && differs_in_line_ends(pl, o->near.line - 1)) {
		o->reason = CONFLICT_LINE_ENDS;
		return;
	}
	for (uint32_t fuzz = pl->max_fuzz + 1; fuzz <= context; fuzz++) {
		if (compares_lines(pl, h, fuzz) && would_fit(pl, h, fuzz, &tmp)) {
			o->reason = CONFLICT_FUZZ;
			o->fuzz = fuzz;
			o->line = tmp.line;
			return;
		}
	}
}
