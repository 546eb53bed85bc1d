// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/model.h"

#include <time.h>

#include "engine/record.h"

struct maker {
	const struct plan *plan;
	struct evidence_store *store;
	const struct model_opts *opts;
};

static json_t *name_or_null(const char *name)
{
	return name ? json_string(name) : json_null();
}

static json_t *text_or_null(const char *text)
{
	return text ? json_bytes(text, strlen(text)) : json_null();
}

static json_t *make_target(const struct maker *m, size_t i)
{
	const struct plan_target *t = &m->plan->targets.v[i];
	const char *fetched = m->opts->fetched ? m->opts->fetched[i] : NULL;
	json_t *j = json_object(), *base = json_null();

	if (t->tree)
		base = json_pack("{s:o, s:s, s:o}", "provenance",
				 text_or_null(t->provenance), "tree", t->tree, "fetched",
				 name_or_null(fetched));
	json_object_set_new(j, "name", json_string(t->conf->name));
	json_object_set_new(j, "series", json_string(t->conf->series));
	json_object_set_new(j, "required", json_boolean(t->conf->required));
	json_object_set_new(j, "retired", json_boolean(t->conf->retired));
	json_object_set_new(j, "base", base);
	json_object_set_new(j, "reason", t->tree ? json_null() : text_or_null(t->reason));
	json_object_set_new(j, "patches", json_array());
	return j;
}

/* The hunks of a patch, as a report lists them: each with its file. */
static json_t *make_hunks(const json_t *changes)
{
	static const char *const fields[] = { "outcome", "line", "offset", "fuzz" };
	json_t *out = json_array();
	const json_t *c, *h;
	size_t i, k;

	json_array_foreach(changes, i, c)
	{
		json_array_foreach(json_object_get(c, "hunks"), k, h)
		{
			json_t *hunk = json_object();

			json_object_set(hunk, "path", json_object_get(c, "path"));
			for (size_t f = 0; f < ARRAY_SIZE(fields); f++)
				json_object_set(hunk, fields[f],
						json_object_get(h, fields[f]));
			json_array_append_new(out, hunk);
		}
	}
	return out;
}

/*
 * A target's patches and how they fit its base: what the check that applies the
 * series saw with today's key.
 */
static void set_patches(json_t *target, const json_t *cell)
{
	const json_t *seen = json_object_get(json_object_get(cell, "facts"), "patches");
	json_t *list = json_object_get(target, "patches");
	const json_t *p;
	size_t i;

	if (!target || !json_is_array(seen) ||
	    json_is_true(json_object_get(cell, "stale")))
		return;
	json_array_foreach(seen, i, p)
	{
		json_t *patch = json_object();

		json_object_set(patch, "name", json_object_get(p, "name"));
		json_object_set(patch, "answer", json_object_get(p, "answer"));
		json_object_set_new(patch, "hunks",
				    make_hunks(json_object_get(p, "changes")));
		json_array_append_new(list, patch);
	}
}

static json_t *cell_head(const struct maker *m, const struct cell *c)
{
	const struct plan_target *t = &m->plan->targets.v[c->target];
	json_t *j = json_object();

	json_object_set_new(j, "target", json_string(t->conf->name));
	json_object_set_new(j, "arch", name_or_null(c->arch ? c->arch->name : NULL));
	json_object_set_new(j, "toolchain",
			    name_or_null(c->toolchain ? c->toolchain->name : NULL));
	json_object_set_new(j, "config",
			    name_or_null(c->config ? c->config->name : NULL));
	json_object_set_new(j, "check", json_string(c->spec->name));
	json_object_set_new(j, "required", json_boolean(t->conf->required));
	json_object_set_new(j, "key", json_string(c->key));
	return j;
}

/* What a cell has that was not asked: decided when it was planned, or nothing. */
static void set_unasked(json_t *j, enum verdict_status status, const char *reason)
{
	json_object_set_new(j, "status", json_string(verdict_name(status)));
	json_object_set_new(j, "reason", text_or_null(reason));
	json_object_set_new(j, "stale", json_false());
	json_object_set_new(j, "stale_because", json_array());
	json_object_set_new(j, "evidence", json_null());
	json_object_set_new(j, "seen", json_null());
	json_object_set_new(j, "command", json_null());
	json_object_set_new(j, "findings", json_array());
	json_object_set_new(j, "facts", json_object());
	json_object_set_new(j, "log", json_string(""));
	json_object_set_new(j, "tools", json_object());
	json_object_set_new(j, "cost",
			    json_pack("{s:f, s:f, s:i}", "wall_s", 0.0, "cpu_s", 0.0,
				      "max_rss_kb", 0));
}

static json_t *read_log(const struct maker *m, const json_t *doc)
{
	const char *hash = json_string_value(json_object_get(doc, "log"));
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice s;
	struct err ignored;

	if (!hash || !m->opts->max_log || evidence_log(m->store, hash, &b, &ignored))
		return json_string("");
	s = buf_slice(&b);
	if (s.n > m->opts->max_log)
		s = (struct slice){ s.p + s.n - m->opts->max_log, m->opts->max_log };
	return json_bytes(s.p, s.n);
}

static void set_seen(const struct maker *m, json_t *j, const json_t *doc,
		     const struct cell *c)
{
	static const char *const fields[] = { "status",	  "reason",  "seen",
					      "evidence", "command", "findings",
					      "facts",	  "tools",   "cost" };
	const char *key = json_string_value(json_object_get(doc, "key"));
	bool stale = !key || strcmp(key, c->key) != 0;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		json_object_set(j, fields[i], json_object_get(doc, fields[i]));
	json_object_set_new(j, "stale", json_boolean(stale));
	json_object_set_new(j, "stale_because",
			    stale ? record_changes(doc, c) : json_array());
	json_object_set_new(j, "log", read_log(m, doc));
}

static int make_cell(const struct maker *m, const struct cell *c, json_t **out,
		     struct err *e)
{
	json_t *j = cell_head(m, c), *doc = NULL;
	int rc = 0;

	*out = j;
	if (c->planned.status != VERDICT_NONE) {
		set_unasked(j, c->planned.status, c->planned.reason);
		return 0;
	}
	rc = evidence_by_key(m->store, c->key, &doc, e);
	if (!rc && !doc)
		rc = evidence_by_cell(m->store, c->id, &doc, e);
	if (doc)
		set_seen(m, j, doc, c);
	else
		set_unasked(j, VERDICT_NONE, NULL);
	json_decref(doc);
	return rc;
}

/* The newest line is in every plan, to compare with; perhaps it was not asked for. */
static bool has_cells(const struct plan *plan, size_t target)
{
	for (size_t i = 0; i < plan->cells.n; i++) {
		if (plan->cells.v[i].target == target)
			return true;
	}
	return false;
}

void model_count(const json_t *model, struct model_counts *n)
{
	const json_t *c;
	size_t i;

	*n = (struct model_counts){ 0 };
	json_array_foreach(json_object_get(model, "cells"), i, c)
	{
		const char *name = json_string_value(json_object_get(c, "status"));
		enum verdict_status s = name ? verdict_parse(name) : VERDICT_NONE;
		bool stale = json_is_true(json_object_get(c, "stale"));
		unsigned *at[] = { [VERDICT_NONE] = &n->none,
				   [VERDICT_PASS] = &n->pass,
				   [VERDICT_FAIL] = &n->fail,
				   [VERDICT_SKIP] = &n->skip,
				   [VERDICT_ERROR] = &n->error };

		++*(stale ? &n->stale : at[s]);
		n->required_open += json_is_true(json_object_get(c, "required")) &&
				    (stale || s == VERDICT_SKIP || s == VERDICT_NONE);
	}
}

static json_t *make_summary(const json_t *model)
{
	struct model_counts n;

	model_count(model, &n);
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "pass", (int)n.pass, "fail",
			 (int)n.fail, "skip", (int)n.skip, "error", (int)n.error, "none",
			 (int)n.none, "stale", (int)n.stale);
}

int model_make(const struct plan *plan, struct evidence_store *store,
	       const struct model_opts *opts, json_t **out, struct err *e)
{
	json_t **by_target = xcalloc(plan->targets.n + 1, sizeof(*by_target));
	struct maker m = { plan, store, opts };
	json_t *model = json_object(), *targets = json_array(), *cells = json_array();
	char now[21];
	int rc = 0;

	record_time(time(NULL), now);
	json_object_set_new(model, "schema", json_string("carry.report/1"));
	json_object_set_new(model, "carry", json_string(opts->version));
	json_object_set_new(model, "generated", json_string(now));
	json_object_set_new(model, "repository",
			    json_pack("{s:s}", "newest", plan->conf->newest));
	json_object_set_new(model, "targets", targets);
	json_object_set_new(model, "cells", cells);
	for (size_t i = 0; i < plan->targets.n; i++) {
		if (has_cells(plan, i))
			json_array_append_new(targets, by_target[i] = make_target(&m, i));
	}
	for (size_t i = 0; !rc && i < plan->cells.n; i++) {
		json_t *cell;

		rc = make_cell(&m, &plan->cells.v[i], &cell, e);
		json_array_append_new(cells, cell);
		set_patches(by_target[plan->cells.v[i].target], cell);
	}
	free(by_target);
	json_object_set_new(model, "summary", make_summary(model));
	if (rc)
		json_decref(model);
	else
		*out = model;
	return rc;
}
