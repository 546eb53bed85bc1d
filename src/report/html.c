// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html.h"

#include "base/plural.h"
#include "report/html_cell.h"
#include "report/html_style.h"
#include "report/notes.h"

#define MAX_FINDINGS 10 /* of a problem; its evidence has all */

/* The cells from @first on that share its check; *end is behind them. */
static size_t same_check(const struct view *v, const struct view_target *t, size_t first)
{
	size_t end = first;

	while (end < t->first + t->ncells &&
	       v->cells.v[end].check == v->cells.v[first].check)
		end++;
	return end;
}

static size_t target_index(const struct view *v, const struct view_target *t)
{
	return (size_t)(t - v->targets.v);
}

static const char *base_text(const struct view_target *t)
{
	return t->provenance ? t->provenance : "no tree";
}

static void add_head(struct xml *x, const struct view *v)
{
	xml_open(x, "head");
	xml_raw(x,
		"<meta charset=\"utf-8\"/>"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>"
		"<meta name=\"color-scheme\" content=\"light dark\"/>");
	xml_open(x, "title");
	xml_textf(x, "carry report%s%s", *v->generated ? " of " : "", v->generated);
	xml_close(x);
	xml_open(x, "style");
	xml_raw(x, html_style);
	xml_close(x);
	xml_close(x);
}

static void add_count(struct xml *x, const char *status, unsigned n)
{
	if (!n)
		return;
	xml_open(x, "li");
	html_status(x, status, n);
	xml_close(x);
}

static void add_header(struct xml *x, const struct view *v)
{
	static const enum verdict_status order[] = { VERDICT_PASS, VERDICT_FAIL,
						     VERDICT_ERROR, VERDICT_SKIP,
						     VERDICT_NONE };
	struct view_counts n;

	view_count(v, &n);
	xml_open(x, "header");
	xml_element(x, "h1", NULL, SLICE("carry report"));
	xml_open(x, "p");
	xml_attr(x, "class", SLICE("dim"));
	xml_textf(x, "carry %s", v->version);
	if (*v->newest)
		xml_textf(x, ", newest line %s", v->newest);
	if (*v->generated)
		xml_textf(x, ", generated %s", v->generated);
	xml_textf(x, ". %u %s on %zu %s.", n.total,
		  plural(n.total, "cell", "cells"), v->targets.n,
		  plural(v->targets.n, "line", "lines"));
	if (n.open)
		xml_textf(x, " %u required %s no pass.", n.open,
			  plural(n.open, "cell has", "cells have"));
	xml_close(x);
	if (n.total) {
		xml_open(x, "ul");
		xml_attr(x, "class", SLICE("sum"));
		xml_attr(x, "aria-label", SLICE("Cells by status"));
		for (size_t i = 0; i < ARRAY_SIZE(order); i++)
			add_count(x, verdict_name(order[i]), n.status[order[i]]);
		add_count(x, "stale", n.stale);
		xml_close(x);
	}
	xml_close(x);
}

static void add_column(struct xml *x, const char *name)
{
	xml_open(x, "th");
	xml_attr(x, "scope", SLICE("col"));
	xml_attr(x, "role", SLICE("columnheader"));
	xml_text(x, slice_str(name));
	xml_close(x);
}

/* Roles are spelled out: a table that a style sheet lays out anew loses its own. */
static void open_role(struct xml *x, const char *tag, const char *role)
{
	xml_open(x, tag);
	xml_attr(x, "role", slice_str(role));
}

static void add_columns(struct xml *x, const struct view *v)
{
	open_role(x, "thead", "rowgroup");
	open_role(x, "tr", "row");
	add_column(x, "Line");
	add_column(x, "Base");
	vec_each (check, &v->checks)
		add_column(x, *check);
	xml_close(x);
	xml_close(x);
}

static void open_place(struct xml *x, const char *label, bool empty)
{
	open_role(x, "td", "cell");
	if (empty)
		xml_attr(x, "class", SLICE("no"));
	xml_attr(x, "data-label", slice_str(label));
}

static void add_row_head(struct xml *x, const struct view *v, const struct view_target *t)
{
	xml_open(x, "th");
	xml_attr(x, "scope", SLICE("row"));
	xml_attr(x, "role", SLICE("rowheader"));
	xml_open(x, "a");
	xml_attrf(x, "href", "#t%zu", target_index(v, t));
	xml_text(x, slice_str(t->name));
	xml_close(x);
	if (t->required)
		xml_element(x, "span", "dim", SLICE(" required"));
	xml_close(x);
	open_place(x, "base", false);
	xml_open(x, "span");
	xml_textf(x, "%s%s", base_text(t), t->retired ? ", retired" : "");
	xml_close(x);
	xml_close(x);
}

static void add_row(struct xml *x, const struct view *v, const struct view_target *t)
{
	size_t at = t->first, end = t->first + t->ncells;

	xml_raw(x, "\n");
	open_role(x, "tr", "row");
	add_row_head(x, v, t);
	for (size_t c = 0; c < v->checks.n; c++) {
		size_t next = at;

		if (at < end && v->cells.v[at].check == c)
			next = same_check(v, t, at);
		open_place(x, v->checks.v[c], next == at);
		if (next > at) {
			xml_open(x, "a");
			xml_attrf(x, "href", "#t%zuc%zu", target_index(v, t), c);
			html_statuses(x, &v->cells.v[at], next - at);
			xml_close(x);
		}
		xml_close(x);
		at = next;
	}
	xml_close(x);
}

static void add_matrix(struct xml *x, const struct view *v)
{
	xml_open(x, "section");
	xml_element(x, "h2", NULL, SLICE("Matrix"));
	open_role(x, "table", "table");
	xml_attr(x, "class", SLICE("matrix"));
	xml_attr(x, "aria-label", SLICE("Checks by kernel line"));
	add_columns(x, v);
	open_role(x, "tbody", "rowgroup");
	vec_each (t, &v->targets)
		add_row(x, v, t);
	xml_close(x);
	xml_close(x);
	xml_close(x);
}

static void add_where(struct xml *x, const struct view *v, const struct group *g)
{
	const struct view_cell *c = g->cells.v[0];
	_cleanup_buf_ struct buf where = BUF_INIT;

	group_where(v, &g->cells, &where);
	xml_open(x, "a");
	xml_attrf(x, "href", "#t%zuc%zu", c->target, c->check);
	xml_text(x, buf_slice(&where));
	xml_close(x);
}

static void add_problem(struct xml *x, const struct view *v, const struct group *g)
{
	const struct view_cell *c = g->cells.v[0];

	xml_raw(x, "\n");
	xml_open(x, "div");
	xml_attr(x, "class", SLICE("item"));
	xml_open(x, "p");
	html_status(x, verdict_name(c->status), 0);
	if (c->stale)
		html_status(x, "stale", 0);
	xml_text(x, SLICE(" "));
	add_where(x, v, g);
	if (c->status == VERDICT_SKIP)
		xml_text(x, SLICE(", which is required"));
	xml_close(x);
	html_excerpt(x, "p", c->reason);
	html_findings(x, c, MAX_FINDINGS);
	if (c->command.n)
		xml_element(x, "pre", "cmd", c->command);
	xml_close(x);
}

static void add_problems(struct xml *x, const struct view *v)
{
	struct groups g = { 0 };

	notes_problems(v, &g);
	if (g.map.n) {
		xml_open(x, "section");
		xml_element(x, "h2", NULL, SLICE("To act on"));
		groups_each(it, &g) add_problem(x, v, it->value);
		xml_close(x);
	}
	groups_release(&g);
}

static void open_list(struct xml *x, const char *title)
{
	xml_raw(x, "\n");
	xml_open(x, "section");
	xml_element(x, "h2", NULL, slice_str(title));
	xml_open(x, "ul");
	xml_attr(x, "class", SLICE("list"));
}

static void close_list(struct xml *x)
{
	xml_close(x);
	xml_close(x);
}

/* Takes @g. */
static void add_notes(struct xml *x, const struct view *v, const char *title,
		      struct groups *g)
{
	if (g->map.n) {
		open_list(x, title);
		groups_each(it, g)
		{
			xml_open(x, "li");
			html_excerpt(x, "span", (struct slice){ it->key, it->len });
			xml_text(x, SLICE(": "));
			add_where(x, v, it->value);
			xml_close(x);
		}
		close_list(x);
	}
	groups_release(g);
}

static void add_treeless(struct xml *x, const struct view *v)
{
	struct map reasons = { 0 };

	notes_treeless(v, &reasons);
	if (reasons.n) {
		open_list(x, "Without a tree");
		map_each(it, &reasons)
		{
			xml_open(x, "li");
			html_excerpt(x, "span", (struct slice){ it->key, it->len });
			vec_each (name, (struct strvec *)it->value) {
				bool first = name == ((struct strvec *)it->value)->v;

				xml_textf(x, "%s%s", first ? ": " : ", ", *name);
			}
			xml_close(x);
		}
		close_list(x);
	}
	notes_treeless_release(&reasons);
}

static void add_all_notes(struct xml *x, const struct view *v)
{
	struct groups g = { 0 };

	add_treeless(x, v);
	notes_skips(v, &g);
	add_notes(x, v, "Skipped", &g);
	notes_stale(v, &g);
	add_notes(x, v, "Stale, since this changed", &g);
	notes_level(v, "warning", &g);
	add_notes(x, v, "Warnings", &g);
	notes_level(v, "owed", &g);
	add_notes(x, v, "Owed by the sender", &g);
	notes_level(v, "note", &g);
	add_notes(x, v, "Notes", &g);
}

static void add_fact(struct xml *x, const char *name, struct slice value)
{
	if (!value.n)
		return;
	xml_element(x, "dt", NULL, slice_str(name));
	html_foreign(x, "dd", NULL, value);
}

/* "0001-x.patch applies: drivers/x.c offset 2" */
static void add_patch(struct xml *x, const json_t *patch)
{
	const json_t *hunk;
	size_t i;

	xml_open(x, "li");
	html_foreign(x, "span", NULL, view_slice(patch, "name"));
	xml_text(x, SLICE(": "));
	xml_text(x, view_slice(patch, "answer"));
	json_array_foreach(json_object_get(patch, "hunks"), i, hunk)
	{
		long offset = (long)json_integer_value(json_object_get(hunk, "offset"));
		long fuzz = (long)json_integer_value(json_object_get(hunk, "fuzz"));

		xml_text(x, SLICE("; "));
		html_foreign(x, "span", NULL, view_slice(hunk, "path"));
		xml_text(x, SLICE(" "));
		xml_text(x, view_slice(hunk, "outcome"));
		if (offset)
			xml_textf(x, " %ld lines", offset);
		if (fuzz)
			xml_textf(x, ", fuzz %ld", fuzz);
	}
	xml_close(x);
}

static void add_target_facts(struct xml *x, const struct view_target *t)
{
	const json_t *patches = json_object_get(t->json, "patches"), *patch;
	const char *fetched = view_str(json_object_get(t->json, "base"), "fetched");
	size_t i;

	xml_open(x, "dl");
	add_fact(x, "base", slice_str(base_text(t)));
	add_fact(x, "tree", slice_str(t->tree));
	add_fact(x, "fetched", slice_str(fetched));
	add_fact(x, "series", view_slice(t->json, "series"));
	add_fact(x, "why", t->reason);
	xml_close(x);
	if (!json_array_size(patches))
		return;
	xml_open(x, "ul");
	xml_attr(x, "class", SLICE("list"));
	json_array_foreach(patches, i, patch) add_patch(x, patch);
	xml_close(x);
}

static void add_target(struct xml *x, const struct view *v, const struct view_target *t)
{
	xml_raw(x, "\n");
	xml_open(x, "section");
	xml_attrf(x, "id", "t%zu", target_index(v, t));
	xml_element(x, "h3", NULL, slice_str(t->name));
	add_target_facts(x, t);
	for (size_t i = t->first, next; i < t->first + t->ncells; i = next) {
		size_t check = v->cells.v[i].check;

		next = same_check(v, t, i);
		xml_open(x, "section");
		xml_attrf(x, "id", "t%zuc%zu", target_index(v, t), check);
		xml_open(x, "h4");
		xml_textf(x, "%s, %s", t->name, v->checks.v[check]);
		xml_close(x);
		for (size_t c = i; c < next; c++)
			html_cell(x, v, &v->cells.v[c]);
		xml_close(x);
	}
	xml_close(x);
}

static void add_body(struct xml *x, const struct view *v)
{
	xml_open(x, "body");
	add_header(x, v);
	xml_open(x, "main");
	if (v->targets.n)
		add_matrix(x, v);
	add_problems(x, v);
	add_all_notes(x, v);
	if (v->targets.n)
		xml_element(x, "h2", NULL, SLICE("Evidence"));
	vec_each (t, &v->targets)
		add_target(x, v, t);
	xml_close(x);
	xml_close(x);
}

int report_html(const json_t *model, struct buf *out, struct err *e)
{
	_cleanup_view_ struct view v;
	_cleanup_xml_ struct xml x = { 0 };

	if (view_init(&v, model, e))
		return e->code;
	xml_init(&x);
	xml_raw(&x, "<!DOCTYPE html>\n");
	xml_open(&x, "html");
	xml_attr(&x, "lang", SLICE("en"));
	add_head(&x, &v);
	add_body(&x, &v);
	xml_close(&x);
	xml_raw(&x, "\n");
	return xml_finish(&x, out, e);
}
