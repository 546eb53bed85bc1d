// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/term.h"

#include "base/plural.h"
#include "report/group.h"
#include "report/matrix.h"
#include "report/term_notes.h"
#include "report/view.h"

#define MAX_SUB 6 /* rows that name differing cells, of one target */

static const enum tally_state states[] = {
	[VERDICT_NONE] = TALLY_NONE,   [VERDICT_PASS] = TALLY_PASS,
	[VERDICT_FAIL] = TALLY_FAIL,   [VERDICT_SKIP] = TALLY_SKIP,
	[VERDICT_ERROR] = TALLY_ERROR,
};

static bool same_state(const struct view_cell *a, const struct view_cell *b)
{
	return a->stale == b->stale && (a->stale || a->status == b->status);
}

/* The cell whose state most of @set have; of equals, the one that is proven. */
static const struct view_cell *usual(const struct cells *set)
{
	const struct view_cell *best = NULL;
	size_t most = 0;

	vec_each (a, set) {
		size_t n = 0;

		vec_each (b, set)
			n += same_state(*a, *b);
		if (n > most ||
		    (n == most && (*a)->status == VERDICT_PASS && !(*a)->stale)) {
			most = n;
			best = *a;
		}
	}
	return best;
}

/* Rows below a target's, by name; several checks can share one. */
struct sub_row {
	char *name;
	struct tally *places;
};

struct sub_rows {
	struct sub_row *v;
	size_t n, cap;
};

static struct tally *sub_row(struct sub_rows *rows, const char *name, size_t ncols)
{
	vec_each (r, rows) {
		if (!strcmp(r->name, name))
			return r->places;
	}
	vec_push(rows,
		 (struct sub_row){ xstrdup(name), xcalloc(ncols, sizeof(struct tally)) });
	return rows->v[rows->n - 1].places;
}

static void tally_cell(struct tally *t, const struct view_cell *c)
{
	t->n[c->stale ? TALLY_STALE : states[c->status]]++;
}

/* Names the cells of one state that is not the usual one of their check. */
static void add_differing(const struct view *v, const struct cells *set,
			  const struct view_cell *like, struct sub_rows *rows)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	struct cells same = { 0 }, members = { 0 };

	vec_each (c, set) {
		if (same_state(*c, like))
			vec_push(&same, *c);
	}
	group_names(v, &same, &names, &members);
	for (size_t i = 0; i < names.n; i++)
		tally_cell(&sub_row(rows, names.v[i], v->checks.n)[like->check],
			   members.v[i]);
	vec_release(&same);
	vec_release(&members);
}

static bool seen_before(const struct cells *set, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (same_state(set->v[i], set->v[j]))
			return true;
	}
	return false;
}

static void add_check(const struct view *v, const struct cells *set, struct tally *place,
		      struct sub_rows *rows)
{
	const struct view_cell *most = usual(set);

	for (size_t i = 0; i < set->n; i++) {
		tally_cell(place, set->v[i]);
		if (!same_state(set->v[i], most) && !seen_before(set, i))
			add_differing(v, set, set->v[i], rows);
	}
}

static const char *base_text(const struct view_target *t)
{
	if (t->retired)
		return "retired";
	return t->provenance ? t->provenance : "no tree";
}

static void add_target(const struct view *v, const struct view_target *t, size_t max_sub,
		       struct matrix *m)
{
	struct tally *row = matrix_row(m, t->name, base_text(t));
	struct sub_rows rows = { 0 };
	struct cells set = { 0 };

	for (size_t i = t->first, end = t->first + t->ncells; i < end; i++) {
		const struct view_cell *c = &v->cells.v[i];

		vec_push(&set, c);
		if (i + 1 < end && c[1].check == c->check)
			continue;
		add_check(v, &set, &row[c->check], &rows);
		set.n = 0;
	}
	vec_each (r, &rows) {
		if ((size_t)(r - rows.v) < max_sub)
			memcpy(matrix_sub(m, r->name), r->places,
			       v->checks.n * sizeof(*r->places));
		free(r->name);
		free(r->places);
	}
	if (rows.n > max_sub) {
		_cleanup_free_ char *more = xasprintf("and %zu more", rows.n - max_sub);

		matrix_sub(m, more);
	}
	vec_release(&rows);
	vec_release(&set);
}

static void add_matrix(const struct view *v, const struct term_opts *opts,
		       struct buf *out)
{
	size_t max_sub = opts->findings ? MAX_SUB : SIZE_MAX;
	struct matrix m;

	matrix_init(&m, &opts->style);
	vec_each (check, &v->checks)
		matrix_head(&m, *check);
	vec_each (t, &v->targets)
		add_target(v, t, max_sub, &m);
	matrix_render(&m, out);
	buf_addc(out, '\n');
	matrix_legend(&m, out);
	matrix_release(&m);
}

static void add_heading(const struct view *v, const struct style *style, struct buf *out)
{
	_cleanup_buf_ struct buf text = BUF_INIT, safe = BUF_INIT;

	buf_addf(&text, "carry%s%s", *v->version ? " " : "", v->version);
	if (*v->newest)
		buf_addf(&text, ", newest line %s", v->newest);
	if (*v->generated)
		buf_addf(&text, ", report of %s", v->generated);
	show_line(&safe, buf_slice(&text), style_form(style));
	show_wrap(out, buf_slice(&safe),
		  &(struct show_wrap){ .width = style_width(style), .max_lines = 2 });
	buf_addc(out, '\n');
}

static void add_number(struct buf *out, unsigned n, const char *word)
{
	if (n)
		buf_addf(out, ", %u %s", n, word);
}

static void add_summary(const struct view *v, const struct style *style, struct buf *out)
{
	struct view_counts n;
	unsigned treeless = 0;
	enum tone tone = TONE_GOOD;
	_cleanup_buf_ struct buf text = BUF_INIT;

	view_count(v, &n);
	vec_each (t, &v->targets)
		treeless += !t->provenance;
	if (n.status[VERDICT_FAIL] || n.status[VERDICT_ERROR])
		tone = TONE_BAD;
	else if (n.stale || n.status[VERDICT_PASS] == 0)
		tone = TONE_STALE;
	buf_addf(&text, "%u %s on %zu %s", n.total,
		 plural(n.total, "cell", "cells"), v->targets.n,
		 plural(v->targets.n, "line", "lines"));
	if (treeless)
		buf_addf(&text, ", %u without a tree", treeless);
	buf_addf(&text, ": %u pass", n.status[VERDICT_PASS]);
	add_number(&text, n.status[VERDICT_FAIL], "fail");
	add_number(&text, n.status[VERDICT_ERROR], "error");
	add_number(&text, n.status[VERDICT_SKIP], "skip");
	add_number(&text, n.status[VERDICT_NONE], "not run");
	add_number(&text, n.stale, "stale");
	if (n.open)
		buf_addf(&text, "; %u required without a pass", n.open);
	style_tone(out, style, tone);
	show_wrap(out, buf_slice(&text),
		  &(struct show_wrap){ .width = style_width(style) });
	/* The colour ends with the line, not on the next one. */
	buf_truncate(out, out->len - 1);
	style_tone(out, style, TONE_NORMAL);
	buf_addc(out, '\n');
}

int report_term(const json_t *model, const struct term_opts *opts, struct buf *out,
		struct err *e)
{
	_cleanup_view_ struct view v;

	if (view_init(&v, model, e))
		return e->code;
	add_heading(&v, &opts->style, out);
	if (v.targets.n)
		add_matrix(&v, opts, out);
	term_problems(&v, opts, out);
	term_notes(&v, opts, out);
	if (v.targets.n)
		buf_addc(out, '\n');
	add_summary(&v, &opts->style, out);
	return 0;
}
