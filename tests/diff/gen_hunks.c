// SPDX-License-Identifier: GPL-2.0-or-later
#include "gen.h"

#define MAX_LINES 64

struct side {
	struct slice v[MAX_LINES];
	unsigned n;
};

/* One line of the whole comparison, in order. */
struct step {
	char op;
	struct slice line;
	unsigned old, new; /* lines before it on each side */
};

struct script {
	struct step v[2 * MAX_LINES];
	unsigned n;
};

static void split(struct slice text, struct side *s)
{
	struct slice line;

	s->n = 0;
	while (s->n < MAX_LINES && slice_line(&text, &line))
		s->v[s->n++] = line;
}

/* The longest common subsequence, by the book. */
static void compare(const struct side *a, const struct side *b, struct script *out)
{
	static unsigned char len[MAX_LINES + 1][MAX_LINES + 1];
	unsigned i, j;

	for (i = a->n + 1; i-- > 0;) {
		for (j = b->n + 1; j-- > 0;) {
			if (i == a->n || j == b->n)
				len[i][j] = 0;
			else if (slice_eq(a->v[i], b->v[j]))
				len[i][j] = len[i + 1][j + 1] + 1;
			else
				len[i][j] = len[i + 1][j] > len[i][j + 1] ? len[i + 1][j]
									  : len[i][j + 1];
		}
	}
	out->n = 0;
	for (i = j = 0; i < a->n || j < b->n;) {
		struct step *st = &out->v[out->n++];

		*st = (struct step){ .old = i, .new = j };
		if (i < a->n && j < b->n && slice_eq(a->v[i], b->v[j])) {
			st->op = ' ', st->line = a->v[i++], j++;
		} else if (i < a->n && (j == b->n || len[i + 1][j] >= len[i][j + 1])) {
			st->op = '-', st->line = a->v[i++];
		} else {
			st->op = '+', st->line = b->v[j++];
		}
	}
}

/* From @i, the first step of the next hunk; to where it ends. */
static unsigned hunk_end(const struct script *s, unsigned i, unsigned context)
{
	unsigned last = i;

	for (; i < s->n && i <= last + 2 * context + (last == i ? 0 : 1); i++) {
		if (s->v[i].op != ' ')
			last = i;
	}
	return last + 1 + context < s->n ? last + 1 + context : s->n;
}

static void write_line(const struct step *st, struct buf *out)
{
	buf_addc(out, st->op);
	buf_add_slice(out, st->line);
	if (!slice_ends(st->line, "\n"))
		buf_adds(out, "\n\\ No newline at end of file\n");
}

/* Now and then a line of context less at one end, or other numbers. */
static void disturb(struct rng *r, const struct script *s, unsigned *from, unsigned *to,
		    int *shift)
{
	if (once_in(r, 8) && s->v[*from].op == ' ' && *to - *from > 1)
		++*from;
	if (once_in(r, 8) && s->v[*to - 1].op == ' ' && *to - *from > 1 &&
	    slice_ends(s->v[*to - 1].line, "\n"))
		--*to;
	if (once_in(r, 6))
		*shift = (int)below(r, 4);
}

static bool write_hunk(const struct script *s, unsigned from, unsigned to, int shift,
		       struct buf *out)
{
	unsigned old_n = 0, new_n = 0, old = s->v[from].old, new = s->v[from].new;

	for (unsigned i = from; i < to; i++) {
		old_n += s->v[i].op != '+';
		new_n += s->v[i].op != '-';
	}
	if ((old || old_n) && (new || new_n))
		old += (unsigned)shift, new += (unsigned)shift;
	buf_addf(out, "@@ -%u", old + (old_n > 0));
	if (old_n != 1)
		buf_addf(out, ",%u", old_n);
	buf_addf(out, " +%u", new + (new_n > 0));
	if (new_n != 1)
		buf_addf(out, ",%u", new_n);
	buf_adds(out, " @@\n");
	for (unsigned i = from; i < to; i++)
		write_line(&s->v[i], out);
	return s->v[from].op == ' ' || s->v[to - 1].op == ' ';
}

bool gen_hunks(struct slice a, struct slice b, unsigned context, struct rng *spoil,
	       struct buf *out)
{
	struct side x, y;
	struct script s;
	unsigned done = 0;
	bool context_all = true;

	split(a, &x);
	split(b, &y);
	compare(&x, &y, &s);
	for (unsigned i = 0; i < s.n; i++) {
		unsigned from, to;
		int shift = 0;

		if (s.v[i].op == ' ')
			continue;
		from = i - done > context ? i - context : done;
		to = hunk_end(&s, i, context);
		done = i = to;
		i--;
		if (spoil)
			disturb(spoil, &s, &from, &to, &shift);
		context_all &= write_hunk(&s, from, to, shift, out);
	}
	return context_all;
}
