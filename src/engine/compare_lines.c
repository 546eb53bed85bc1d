// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/compare.h"

#include <ctype.h>

#include "text/lcs.h"

static struct slice text_of(const struct patch_line *l)
{
	struct slice s = { l->p, l->n };

	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Names and numbers, runs of blanks, and every other character alone. */
static size_t split_words(struct slice s, struct slice **out)
{
	struct slice *words = xcalloc(s.n + 1, sizeof(*words));
	size_t n = 0, i = 0;

	while (i < s.n) {
		size_t from = i++;

		if (is_word(s.p[from])) {
			while (i < s.n && is_word(s.p[i]))
				i++;
		} else if (s.p[from] == ' ' || s.p[from] == '\t') {
			while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
				i++;
		}
		words[n++] = (struct slice){ s.p + from, i - from };
	}
	*out = words;
	return n;
}

/* What is in @words but not common, neighbours joined. */
static void set_marks(struct compare_lines *l, struct compare_line *line,
		      const struct slice *words, size_t n, const bool *common)
{
	line->marks = arena_array(&l->arena, n + 1, sizeof(*line->marks));
	line->nmarks = 0;
	for (size_t i = 0; i < n; i++) {
		struct slice *last = line->nmarks ? &line->marks[line->nmarks - 1] : NULL;

		if (common[i])
			continue;
		if (last && last->p + last->n == words[i].p)
			last->n += words[i].n;
		else
			line->marks[line->nmarks++] = words[i];
	}
}

static void mark_words(struct compare_lines *l, struct compare_line *a, struct compare_line *b)
{
	_cleanup_free_ struct slice *wa = NULL, *wb = NULL;
	size_t na = split_words(a->text, &wa), nb = split_words(b->text, &wb);
	_cleanup_lcs_ struct lcs lcs = { 0 };

	lcs_find(wa, na, wb, nb, &lcs);
	set_marks(l, a, wa, na, lcs.a);
	set_marks(l, b, wb, nb, lcs.b);
}

/* In a run of lines that differ, the first of theirs and of ours with the same sign pair. */
static void mark_run(struct compare_lines *l, size_t from)
{
	for (size_t i = from; i < l->v.n; i++) {
		if (l->v.v[i].in_ours)
			continue;
		for (size_t k = i + 1; k < l->v.n; k++) {
			struct compare_line *b = &l->v.v[k];

			if (!b->in_ours || b->marks || b->op != l->v.v[i].op)
				continue;
			mark_words(l, &l->v.v[i], b);
			break;
		}
	}
}

static void push(struct compare_lines *l, const struct patch_line *line, bool ours, bool theirs)
{
	vec_push(&l->v, (struct compare_line){ .op = line->op, .in_ours = ours,
					       .in_theirs = theirs, .text = text_of(line) });
}

/* Each line with its sign, so that "+x" and " x" are two. */
static struct slice *signed_lines(struct arena *a, const struct hunk *h)
{
	struct slice *lines = arena_array(a, (h ? h->nlines : 0) + 1, sizeof(*lines));

	for (uint32_t i = 0; h && i < h->nlines; i++) {
		struct slice t = text_of(&h->lines[i]);
		char *copy = arena_alloc(a, t.n + 1);

		copy[0] = h->lines[i].op;
		memcpy(copy + 1, t.p, t.n);
		lines[i] = (struct slice){ copy, t.n + 1 };
	}
	return lines;
}

void compare_hunk_lines(const struct compare_hunk *h, struct compare_lines *out)
{
	uint32_t na = h->theirs ? h->theirs->nlines : 0, nb = h->ours ? h->ours->nlines : 0;
	_cleanup_lcs_ struct lcs lcs = { 0 };
	uint32_t i = 0, k = 0;

	*out = (struct compare_lines){ 0 };
	lcs_find(signed_lines(&out->arena, h->theirs), na, signed_lines(&out->arena, h->ours), nb,
		 &lcs);
	while (i < na || k < nb) {
		size_t run = out->v.n;

		for (; i < na && !lcs.a[i]; i++)
			push(out, &h->theirs->lines[i], false, true);
		for (; k < nb && !lcs.b[k]; k++)
			push(out, &h->ours->lines[k], true, false);
		mark_run(out, run);
		for (; i < na && k < nb && lcs.a[i] && lcs.b[k]; i++, k++)
			push(out, &h->ours->lines[k], true, true);
	}
}

void compare_lines_release(struct compare_lines *l)
{
	vec_release(&l->v);
	arena_release(&l->arena);
}
