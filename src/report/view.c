// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/view.h"

#include "base/map.h"

#define SCHEMA "carry.report/1"

const char *view_str(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

struct slice view_slice(const json_t *obj, const char *key)
{
	const json_t *s = json_object_get(obj, key);

	return (struct slice){ json_string_value(s), json_string_length(s) };
}

static const char *str_or_empty(const json_t *obj, const char *key)
{
	const char *s = view_str(obj, key);

	return s ? s : "";
}

static bool is_text(const json_t *j)
{
	return !j || json_is_null(j) || json_is_string(j);
}

/* Every one of @keys is a string, null or absent. */
static int check_texts(const json_t *obj, const char *const *keys, const char *what,
		       size_t i, struct err *e)
{
	for (; *keys; keys++) {
		if (!is_text(json_object_get(obj, *keys)))
			return err_set(e, ERR_INPUT, "%s[%zu]: '%s' is no string", what,
				       i, *keys);
	}
	return 0;
}

static int read_target(struct view *v, const json_t *j, size_t i, struct err *e)
{
	static const char *const texts[] = { "name", "series", "reason", NULL };
	static const char *const base_texts[] = { "provenance", "tree", "fetched", NULL };
	const json_t *base = json_object_get(j, "base");

	if (!json_is_object(j) || !json_is_string(json_object_get(j, "name")))
		return err_set(e, ERR_INPUT, "targets[%zu] has no name", i);
	if (check_texts(j, texts, "targets", i, e) ||
	    check_texts(base, base_texts, "targets", i, e))
		return e->code;
	vec_push(&v->targets,
		 (struct view_target){
			 .json = j,
			 .name = view_str(j, "name"),
			 .provenance = json_is_object(base)
					       ? str_or_empty(base, "provenance")
					       : NULL,
			 .tree = view_str(base, "tree"),
			 .reason = view_slice(j, "reason"),
			 .required = json_is_true(json_object_get(j, "required")),
			 .retired = json_is_true(json_object_get(j, "retired")),
		 });
	return 0;
}

/* The index of @check among the columns, added at the end when it is new. */
static size_t column(struct view *v, const char *check)
{
	for (size_t i = 0; i < v->checks.n; i++) {
		if (!strcmp(v->checks.v[i], check))
			return i;
	}
	vec_push(&v->checks, check);
	return v->checks.n - 1;
}

static int check_findings(const json_t *findings, size_t cell, struct err *e)
{
	static const char *const texts[] = { "level", "id", "path", "message", NULL };
	size_t i;
	json_t *f;

	if (findings && !json_is_array(findings))
		return err_set(e, ERR_INPUT, "cells[%zu]: 'findings' is no array", cell);
	json_array_foreach(findings, i, f)
	{
		if (!json_is_object(f))
			return err_set(e, ERR_INPUT,
				       "cells[%zu]: findings[%zu] is no object", cell, i);
		if (check_texts(f, texts, "findings", i, e))
			return err_wrap(e, "cells[%zu]", cell);
	}
	return 0;
}

static int check_cell(const json_t *j, size_t i, struct err *e)
{
	static const char *const texts[] = { "arch",   "toolchain", "config",	"target",
					     "reason", "command",   "log",	"key",
					     "check",  "status",    "evidence", "seen",
					     NULL };
	const char *status = view_str(j, "status");

	if (check_texts(j, texts, "cells", i, e))
		return e->code;
	if (!view_str(j, "target") || !view_str(j, "check") || !status)
		return err_set(e, ERR_INPUT, "cells[%zu] lacks target, check or status",
			       i);
	if (verdict_parse(status) == VERDICT_NONE && strcmp(status, "none") != 0)
		return err_set(e, ERR_INPUT, "cells[%zu]: unknown status '%.40s'", i,
			       status);
	return check_findings(json_object_get(j, "findings"), i, e);
}

static int read_cell(struct view *v, const struct map *names, const json_t *j, size_t i,
		     struct err *e)
{
	const struct view_target *t;

	if (check_cell(j, i, e))
		return e->code;
	t = map_get(names, view_slice(j, "target"));
	if (!t)
		return err_set(e, ERR_INPUT,
			       "cells[%zu] names target '%.100s', which the model lacks",
			       i, view_str(j, "target"));
	vec_push(&v->cells,
		 (struct view_cell){
			 .json = j,
			 .order = i,
			 .target = (size_t)(t - v->targets.v),
			 .check = column(v, view_str(j, "check")),
			 .arch = view_str(j, "arch"),
			 .toolchain = view_str(j, "toolchain"),
			 .config = view_str(j, "config"),
			 .status = verdict_parse(view_str(j, "status")),
			 .stale = json_is_true(json_object_get(j, "stale")),
			 .required = json_is_true(json_object_get(j, "required")),
			 .reason = view_slice(j, "reason"),
			 .command = view_slice(j, "command"),
			 .log = view_slice(j, "log"),
			 .findings = json_object_get(j, "findings"),
		 });
	return 0;
}

/* Columns in the model's order; without one, in the order they are first met. */
static void read_checks(struct view *v, const json_t *checks)
{
	size_t i;
	json_t *name;

	json_array_foreach(checks, i, name)
	{
		if (json_is_string(name))
			column(v, json_string_value(name));
	}
}

static int cell_cmp(const void *pa, const void *pb)
{
	const struct view_cell *a = pa, *b = pb;

	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	if (a->check != b->check)
		return a->check < b->check ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void sort_cells(struct view *v)
{
	size_t n = 0;

	if (v->cells.n)
		qsort(v->cells.v, v->cells.n, sizeof(*v->cells.v), cell_cmp);
	for (size_t t = 0; t < v->targets.n; t++) {
		v->targets.v[t].first = n;
		while (n < v->cells.n && v->cells.v[n].target == t)
			n++;
		v->targets.v[t].ncells = n - v->targets.v[t].first;
	}
}

static int read_model(struct view *v, const json_t *model, struct map *names,
		      struct err *e)
{
	size_t i;
	json_t *j;

	json_array_foreach(json_object_get(model, "targets"), i, j)
	{
		if (read_target(v, j, i, e))
			return e->code;
	}
	vec_each (t, &v->targets) {
		if (map_has(names, slice_str(t->name)))
			return err_set(e, ERR_INPUT, "target '%.100s' stands there twice",
				       t->name);
		map_set(names, slice_str(t->name), t);
	}
	read_checks(v, json_object_get(model, "checks"));
	json_array_foreach(json_object_get(model, "cells"), i, j)
	{
		if (read_cell(v, names, j, i, e))
			return e->code;
	}
	return 0;
}

int view_init(struct view *v, const json_t *model, struct err *e)
{
	const char *schema = view_str(model, "schema");
	struct map names = { 0 };
	int rc;

	*v = (struct view){ 0 };
	if (!schema || strcmp(schema, SCHEMA) != 0)
		return err_set(e, ERR_INPUT,
			       "cannot report: the model's schema is '%.60s', not '%s'",
			       schema ? schema : "", SCHEMA);
	v->version = str_or_empty(model, "carry");
	v->generated = str_or_empty(model, "generated");
	v->newest = str_or_empty(json_object_get(model, "repository"), "newest");
	rc = read_model(v, model, &names, e);
	map_release(&names);
	if (rc)
		return err_wrap(e, "cannot report: the model is malformed");
	sort_cells(v);
	return 0;
}

void view_release(struct view *v)
{
	vec_release(&v->targets);
	vec_release(&v->checks);
	vec_release(&v->cells);
}

bool view_finding(const struct view_cell *c, size_t i, struct finding *f)
{
	const json_t *j = json_array_get(c->findings, i);

	if (!j)
		return false;
	*f = (struct finding){
		.level = str_or_empty(j, "level"),
		.id = view_str(j, "id"),
		.path = view_str(j, "path"),
		.line = (long)json_integer_value(json_object_get(j, "line")),
		.message = view_slice(j, "message"),
	};
	return true;
}

bool view_main_finding(const struct view_cell *c, struct finding *f)
{
	for (size_t i = 0; view_finding(c, i, f); i++) {
		if (!strcmp(f->level, "error"))
			return true;
	}
	return view_finding(c, 0, f);
}

void view_count(const struct view *v, struct view_counts *n)
{
	*n = (struct view_counts){ .total = (unsigned)v->cells.n };
	vec_each (c, &v->cells) {
		if (c->stale)
			n->stale++;
		else
			n->status[c->status]++;
		n->open += c->required && (c->stale || c->status != VERDICT_PASS);
	}
}
