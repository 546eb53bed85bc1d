// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_place.h"

#define HASH_BASE 0x9e3779b97f4a7c15ull
/* Lines on either side of a hunk that are looked at before all others are listed. */
#ifndef NEAR
#define NEAR 128
#endif
/* So many comparisons without a match, and the file is hashed for the rest. */
#define PLAIN_STEPS 20000

void placer_init(struct placer *pl, const struct tree *t, struct file *f,
		 const struct change *c, bool reverse, const struct apply_policy *policy)
{
	struct slice meta = c->meta;

	*pl = (struct placer){ .f = f,
			       .file = &f->lines,
			       .n = lines_count(f),
			       .policy = policy,
			       .change = c,
			       .reverse = reverse,
			       .arena = t->arena,
			       .spent = &f->spent,
			       .max_fuzz = policy->max_fuzz };
	pl->limit = policy->search_limit ? policy->search_limit : (uint64_t)1 << 30;
	pl->gave_up = f->spent > pl->limit;
	/* GNU patch takes the CR off a whole patch whose header lines have it. */
	pl->strip_cr = policy->dialect == DIALECT_PATCH && slice_ends(meta, "\r\n");
}

void placer_release(struct placer *pl)
{
	free(pl->pat.v);
	free(pl->near.v);
	free(pl->sums);
}

struct line hunk_line(struct placer *pl, const struct patch_line *l)
{
	uint32_t cr = l->n - (l->no_eol ? 1 : 2); /* where it is, if it is */
	char *p;

	if (!pl->strip_cr || l->n < (l->no_eol ? 1u : 2u) || l->p[cr] != '\r')
		return (struct line){ l->p, l->n, 0 };
	p = arena_dup(pl->arena, l->p, l->n - 1);
	if (!l->no_eol)
		p[cr] = '\n';
	return (struct line){ p, l->n - 1, 0 };
}

void load_pattern(struct placer *pl, const struct hunk *h)
{
	pl->pat.n = 0;
	for (uint32_t i = 0; i < h->nlines; i++) {
		if (is_old(h->lines[i].op, pl->reverse))
			lines_push(&pl->pat, hunk_line(pl, &h->lines[i]));
	}
}

/* Eight bytes at a time; only speed depends on its quality, never a result. */
uint64_t hash_line(struct line l)
{
	uint64_t h = l.n, w;
	uint32_t i;

	for (i = 0; i + 8 <= l.n; i += 8) {
		memcpy(&w, l.p + i, 8);
		h = (h ^ w) * 0xd6e8feb86659fd93ull;
		h ^= h >> 29;
	}
	w = 0;
	memcpy(&w, l.p + i, l.n - i);
	h = (h ^ w) * 0xd6e8feb86659fd93ull;
	return h ^ (h >> 32);
}

static void spend(struct placer *pl, uint64_t steps)
{
	*pl->spent += steps;
	if (*pl->spent > pl->limit)
		pl->gave_up = true;
}

static void make_sums(struct placer *pl)
{
	uint64_t bytes = 0;

	list_lines(pl);
	pl->sums = xreallocarray(NULL, pl->file->n + 1, sizeof(*pl->sums));
	pl->sums[0] = 0;
	for (size_t i = 0; i < pl->file->n; i++) {
		pl->sums[i + 1] = pl->sums[i] * HASH_BASE + hash_line(pl->file->v[i]);
		bytes += pl->file->v[i].n;
	}
	spend(pl, pl->file->n + bytes / 16);
}

/* One place that is tried: what of the pattern, and how it is compared. */
struct probe {
	uint32_t first, end; /* lines of the pattern that count */
	uint64_t sum;	     /* their hash, when the file is hashed */
	uint64_t power;	     /* HASH_BASE to the number of them */
	bool hashed;
	uint64_t steps;
};

static void hash_probe(struct placer *pl, struct probe *pr)
{
	if (!pl->sums)
		make_sums(pl);
	pr->power = 1;
	pr->sum = 0;
	for (uint32_t i = pr->first; i < pr->end; i++) {
		pr->sum = pr->sum * HASH_BASE + hash_line(pl->pat.v[i]);
		pr->power *= HASH_BASE;
	}
	pr->hashed = true;
}

/* NULL: they are not listed. */
static const struct line *listed(const struct placer *pl, size_t from, size_t n)
{
	if (pl->f->form != FORM_RUNS)
		return pl->file->v + from;
	if (from < pl->near_from || from + n > pl->near_from + pl->near.n)
		return NULL;
	return pl->near.v + (from - pl->near_from);
}

/* Few hunks are far from where they should be: these few lines are listed first. */
static void list_near(struct placer *pl, int64_t where, int64_t distance)
{
	size_t guess = where > 0 ? (size_t)where : 0, from = guess > NEAR ? guess - NEAR : 0;
	size_t to = guess + NEAR + pl->pat.n;

	if (pl->f->form != FORM_RUNS)
		return;
	to = to < pl->n ? to : pl->n;
	if (distance < NEAR && from < to) {
		if (listed(pl, from, to - from))
			return;
		pl->near.n = 0;
		pl->near_from = from;
		runs_list(pl->f, &pl->spot, from, to - from, &pl->near);
	} else {
		list_lines(pl);
	}
}

/* @where: the file's line, from 1, that the pattern's line 0 would be. */
static bool matches(struct placer *pl, struct probe *pr, int64_t where)
{
	size_t from = (size_t)(where - 1) + pr->first, n = pr->end - pr->first;
	const struct line *l;

	if (where < 1 || from + n > pl->n)
		return false;
	if (!n)
		return true;
	if (pr->hashed && pl->sums[from + n] - pl->sums[from] * pr->power != pr->sum) {
		pr->steps++;
		return false;
	}
	l = listed(pl, from, n);
	if (!l) {
		pr->steps += n;
		return runs_match(pl->f, &pl->spot, from, pl->pat.v + pr->first, n);
	}
	for (size_t i = 0; i < n; i++) {
		pr->steps += 1 + l[i].n / 64;
		if (!line_eq(l[i], pl->pat.v[pr->first + i]))
			return false;
	}
	return true;
}

/* Nearest first, +n before -n, within [min, max]; 0: nowhere. */
static int64_t search(struct placer *pl, struct probe *pr, int64_t guess, int64_t min,
		      int64_t max)
{
	int64_t d = guess > max ? guess - max : guess < min ? min - guess : 0;
	int64_t far = max - guess > guess - min ? max - guess : guess - min;
	int64_t found = 0;

	if (min > max)
		return 0;
	for (; d <= far && !found && !pl->gave_up; d++) {
		if (guess + d <= max && guess + d >= min && matches(pl, pr, guess + d))
			found = guess + d;
		else if (d && guess - d >= min && guess - d <= max &&
			 matches(pl, pr, guess - d))
			found = guess - d;
		if (!found)
			list_near(pl, guess, d);
		if (pr->steps > PLAIN_STEPS) {
			spend(pl, pr->steps);
			pr->steps = 0;
			if (!pr->hashed)
				hash_probe(pl, pr);
		}
	}
	spend(pl, pr->steps);
	pr->steps = 0;
	return found;
}

struct range {
	int64_t min, max;
	bool tied; /* to an end of the file */
};

/*
 * Where a hunk may go at this much fuzz. Context that is shorter at one end was cut
 * off by that end of the file, unless fuzz makes the ends equal.
 */
static bool allowed(const struct placer *pl, const struct hunk *h, uint32_t start,
		    uint32_t fuzz, struct probe *pr, struct range *r)
{
	int64_t m = (int64_t)pl->pat.n, n = (int64_t)pl->n;
	int64_t context = h->prefix > h->suffix ? h->prefix : h->suffix;
	int64_t prefix = (int64_t)fuzz + h->prefix - context;
	int64_t suffix = (int64_t)fuzz + h->suffix - context;

	pr->first = prefix > 0 ? (uint32_t)prefix : 0;
	pr->end = (uint32_t)(m - (suffix > 0 ? suffix : 0));
	r->min = (int64_t)pl->frozen + 1;
	r->max = n - pr->end + 1;
	r->tied = suffix < 0 || (prefix < 0 && start <= 1);
	if (prefix < 0 && start <= 1) {
		r->max = r->max < 1 ? r->max : 1;
	} else if (suffix < 0) {
		r->min = r->min > n - m + 1 ? r->min : n - m + 1;
	}
	return pr->first <= pr->end;
}

/* A new side without LF at its end can only be the file's end. */
static bool must_end(const struct placer *pl, const struct hunk *h)
{
	for (uint32_t i = h->nlines; i-- > 0;) {
		if (is_new(h->lines[i].op, pl->reverse))
			return h->lines[i].no_eol;
	}
	return false;
}

static uint32_t start_of(const struct placer *pl, const struct hunk *h)
{
	return pl->reverse ? h->new_start : h->old_start;
}

static bool settle(struct placer *pl, const struct hunk *h, int64_t where, uint32_t fuzz,
		   struct hunk_outcome *o, struct placed *at)
{
	int64_t start = start_of(pl, h) + (pl->pat.n == 0);

	uint32_t line = (uint32_t)(where - 1);

	*at = (struct placed){ .found = true, .at = line };
	/* Without context a hunk may say a line behind the end. */
	if (line > pl->n)
		at->at = (uint32_t)pl->n;
	o->line = at->at + 1;
	o->offset = (int32_t)((int64_t)o->line - start);
	o->fuzz = fuzz;
	o->fate = fuzz ? HUNK_FUZZ : o->offset ? HUNK_OFFSET : HUNK_EXACT;
	o->reason = CONFLICT_NONE;
	pl->in_offset = where - start;
	/* GNU patch lets the next hunk begin in this one's trailing context. */
	pl->used = line + (uint32_t)pl->pat.n;
	pl->frozen = pl->used - h->suffix;
	return true;
}

static bool refuse(struct hunk_outcome *o, enum conflict reason)
{
	o->fate = HUNK_CONFLICT;
	o->reason = reason;
	return false;
}

/*
 * Lines that are added with no old line around them: only an empty file shows that
 * the place is right. GNU patch trusts the number.
 */
static bool place_bare(struct placer *pl, const struct hunk *h, struct hunk_outcome *o,
		       struct placed *at)
{
	int64_t where = (int64_t)start_of(pl, h) + 1 + pl->in_offset;

	if (pl->policy->dialect == DIALECT_PATCH)
		return where - 1 < pl->frozen ? refuse(o, CONFLICT_CONTEXT)
					      : settle(pl, h, where, 0, o, at);
	if (pl->n || pl->change->nhunks > 1)
		return refuse(o, CONFLICT_NO_CONTEXT);
	return settle(pl, h, 1, 0, o, at);
}

static void look_elsewhere(struct placer *pl, const struct probe *found, int64_t where,
			   struct range r, struct hunk_outcome *o)
{
	struct probe pr = { .first = found->first, .end = found->end };
	struct range above = { r.min, where - 1, false }, below = { where + 1, r.max, false };

	if (!pl->policy->find_doubts || !o->offset)
		return;
	o->ambiguous = (below.min <= below.max &&
			search(pl, &pr, where + 1, below.min, below.max)) ||
		       (above.min <= above.max &&
			search(pl, &pr, where - 1, above.min, above.max));
}

/*
 * A hunk whose own line is before the end of the hunk before it. GNU patch then begins
 * as far in front of that line as the end is behind it, and may so come before the end:
 * see is_garbled().
 */
static int64_t search_behind(struct placer *pl, struct probe *pr, int64_t guess,
			     struct range r)
{
	int64_t first = 2 * guess - r.min;

	if ((first > 0 && matches(pl, pr, first)) || (first <= 0 && pr->first == pr->end))
		return first;
	if (matches(pl, pr, r.min))
		return r.min;
	first = first < 0 ? 1 : first + 1;
	return search(pl, pr, first, first, r.max);
}

/* What changes must be behind all that is written; context may stand before it. */
static bool is_garbled(const struct placer *pl, const struct hunk *h, int64_t where)
{
	return where < 1 || where - 1 + h->prefix < pl->frozen;
}

/*
 * What the strict rules ask of a place that GNU patch would take: no line of context
 * shared with the hunk before, the file's end for what ends without LF, and no
 * offset where there is no context to prove it.
 */
static bool is_strict(const struct placer *pl, const struct hunk *h, int64_t guess,
		      int64_t where)
{
	size_t from = (size_t)where - 1;

	if (pl->policy->dialect == DIALECT_PATCH)
		return true;
	if (from < pl->used || (must_end(pl, h) && from + pl->pat.n < pl->n))
		return false;
	return h->prefix || h->suffix || where == guess;
}

static bool place_at_fuzz(struct placer *pl, const struct hunk *h, uint32_t fuzz,
			  struct hunk_outcome *o, struct placed *at)
{
	uint32_t start = start_of(pl, h);
	int64_t guess = start + pl->in_offset, where;
	struct probe pr = { 0 };
	struct range r;

	if (!allowed(pl, h, start, fuzz, &pr, &r))
		return false;
	where = guess < r.min && !r.tied
			? search_behind(pl, &pr, guess, r)
			: search(pl, &pr, guess, r.min, r.max);
	if (!where)
		return false;
	if (is_garbled(pl, h, where))
		return refuse(o, CONFLICT_ANCHOR);
	if (!is_strict(pl, h, guess, where))
		return false;
	if (pl->policy->no_offsets && where != start)
		return refuse(o, CONFLICT_OFFSET);
	settle(pl, h, where, fuzz, o, at);
	look_elsewhere(pl, &pr, where, r, o);
	return true;
}

bool would_fit(struct placer *pl, const struct hunk *h, uint32_t fuzz,
	       struct hunk_outcome *o)
{
	int64_t in_offset = pl->in_offset;
	uint32_t frozen = pl->frozen, used = pl->used;
	struct placed at;
	bool fits = place_at_fuzz(pl, h, fuzz, o, &at);

	pl->in_offset = in_offset;
	pl->frozen = frozen;
	pl->used = used;
	return fits;
}

static bool place_one(struct placer *pl, const struct hunk *h, struct hunk_outcome *o,
		      struct placed *at)
{
	uint32_t context = h->prefix > h->suffix ? h->prefix : h->suffix;
	uint32_t most = pl->max_fuzz < context ? pl->max_fuzz : context;

	if (pl->gave_up)
		return refuse(o, CONFLICT_LIMIT);
	load_pattern(pl, h);
	if (!pl->pat.n)
		return place_bare(pl, h, o, at);
	refuse(o, CONFLICT_CONTEXT);
	for (uint32_t fuzz = 0; fuzz <= most && !pl->gave_up; fuzz++) {
		if (place_at_fuzz(pl, h, fuzz, o, at))
			return true;
		if (o->reason != CONFLICT_CONTEXT)
			return false;
	}
	if (pl->gave_up)
		refuse(o, CONFLICT_LIMIT);
	return false;
}

uint32_t place_hunks(struct placer *pl, struct hunk_outcome *o, struct placed *at)
{
	uint32_t found = 0;

	if (pl->policy->dialect == DIALECT_GIT)
		return place_hunks_git(pl, o, at);
	for (uint32_t i = 0; i < pl->change->nhunks; i++) {
		at[i] = (struct placed){ 0 };
		found += place_one(pl, &pl->change->hunks[i], &o[i], &at[i]);
	}
	return found;
}

static void hunk_edits(struct placer *pl, struct tree *t, const struct hunk *h,
		       uint32_t at)
{
	struct edit ed = { .pos = at };

	for (uint32_t i = 0; i <= h->nlines; i++) {
		char op = i < h->nlines ? h->lines[i].op : ' ';

		if (op != ' ') {
			if (is_old(op, pl->reverse)) {
				ed.ndel++;
			} else {
				vec_push(&t->ins, hunk_line(pl, &h->lines[i]));
				ed.nins++;
			}
			continue;
		}
		if (ed.ndel || ed.nins)
			vec_push(&t->edits, ed);
		ed = (struct edit){ .pos = ed.pos + ed.ndel + 1 };
	}
}

bool may_move(struct placer *pl, const struct tree *t)
{
	if (pl->f->form == FORM_RUNS)
		spend(pl, pl->file->n);
	vec_each (ed, &t->edits) {
		if (pl->f->form != FORM_RUNS && ed->nins != ed->ndel) {
			spend(pl, pl->file->n - ed->pos);
			break;
		}
	}
	return !pl->gave_up;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Only git's rules place hunks out of order. */
static void sorted_edits(struct placer *pl, struct tree *t, const struct placed *at)
{
	uint32_t n = pl->change->nhunks;
	uint64_t *order = xcalloc(n, sizeof(*order));

	for (uint32_t i = 0; i < n; i++)
		order[i] = (uint64_t)at[i].at << 32 | i;
	qsort(order, n, sizeof(*order), by_value);
	for (uint32_t i = 0; i < n; i++)
		hunk_edits(pl, t, &pl->change->hunks[(uint32_t)order[i]],
			   (uint32_t)(order[i] >> 32));
	free(order);
}

void make_edits(struct placer *pl, struct tree *t, const struct placed *at)
{
	t->edits.n = 0;
	t->ins.n = 0;
	if (pl->policy->dialect == DIALECT_GIT) {
		sorted_edits(pl, t, at);
		return;
	}
	for (uint32_t i = 0; i < pl->change->nhunks; i++)
		hunk_edits(pl, t, &pl->change->hunks[i], at[i].at);
}
