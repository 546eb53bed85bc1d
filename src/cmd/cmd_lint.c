// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>

#include "base/fsx.h"
#include "base/plural.h"
#include "cmd/commands.h"
#include "cmd/findings.h"
#include "engine/lint.h"
#include "exchange/export.h"
#include "exchange/recipients.h"
#include "store/base.h"

struct values {
	const char *upstream;
	const char *as;
	bool rules, recipients;
};

/* A line of carry.conf with its series, or why there is none. */
struct line {
	const struct conf_target *conf;
	struct variant_series *series;
	struct err err;
};

struct run {
	struct cmd_env *env;
	struct conf *conf; /* NULL outside a repository */
	VEC(struct line) lines;
	struct upstream *upstream;
	struct store *store;		 /* NULL: do not ask for recipients */
	const struct export_dialect *as; /* NULL: not asked */
	struct lint_report report;
};

/* Whether "7.2.y" stands for a newer kernel than "6.12.y"; mainline is the newest. */
static bool is_newer(const char *a, const char *b)
{
	char *end;

	if (!strcmp(a, "mainline") || !strcmp(b, "mainline"))
		return strcmp(b, "mainline") != 0;
	for (;;) {
		unsigned long x, y;

		if (!isdigit((unsigned char)*a) || !isdigit((unsigned char)*b))
			return false;
		x = strtoul(a, &end, 10);
		a = end + (*end == '.');
		y = strtoul(b, &end, 10);
		b = end + (*end == '.');
		if (x != y)
			return x > y;
	}
}

static int load_lines(struct run *r, struct err *e)
{
	int rc;

	if (!r->env->conf)
		return 0;
	rc = conf_read(r->env->conf, &r->conf, e);
	if (rc)
		return rc;
	vec_each (t, &r->conf->targets) {
		struct line l = { .conf = t };

		if (t->retired)
			continue;
		if (variant_load(r->env->top, t, &l.series, &l.err))
			l.series = NULL;
		vec_push(&r->lines, l);
	}
	return 0;
}

static bool has_series(const struct run *r, const struct conf_target *t)
{
	_cleanup_free_ char *dir = path_join(r->env->top, t->series);
	_cleanup_free_ char *file = path_join(dir, "series");

	return fsx_exists(file);
}

static const struct variant_series *newest_of(const struct run *r, const struct line *l)
{
	vec_each (x, &r->lines) {
		if (!strcmp(x->conf->name, r->conf->newest) &&
		    strcmp(x->conf->series, l->conf->series))
			return x->series;
	}
	return NULL;
}

static void look_as(struct run *r, const struct line *l)
{
	for (size_t i = 0; r->as && i < l->series->n; i++) {
		const char *name = l->series->series->entries.v[i].name;
		_cleanup_free_ char *path = path_join(l->conf->series, name);
		struct lint_patch p = { name, path, l->series->patches[i] };

		export_look(r->as, &p, &r->report);
	}
}

/* Whether somebody maintains what the series of @l changes, by its own base's list. */
static int ask_recipients(struct run *r, const struct line *l, struct err *e)
{
	struct send who = { 0 };
	struct base *base = NULL;
	struct err why = { 0 };
	size_t n;
	int rc = base_load(r->env->cache, l->conf->name, &base, &why);

	if (!rc) {
		struct recipients_ask ask = { r->store, base->tree, l->series,
					      r->env->no_sandbox, r->env->cancel };

		rc = recipients_add(&ask, &who, &n, &why);
	}
	if (!rc && !who.to.n)
		lint_add(&r->report, "no-recipient", l->conf->series, 0,
			 "MAINTAINERS of %s names nobody for it", base->provenance);
	else if (rc == ERR_NOTFOUND)
		fprintf(r->env->err, "%s: no maintainers asked: %s\n", l->conf->name,
			why.msg);
	else if (rc)
		*e = why;
	send_release(&who);
	base_free(base);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int lint_line(struct run *r, const struct line *l, struct err *e)
{
	struct lint_against against = { .newest = newest_of(r, l),
					.upstream = r->upstream };
	VEC(struct lint_line) newer = { 0 };
	int rc;

	if (!l->series && !has_series(r, l->conf)) {
		lint_add(&r->report, "no-series", l->conf->series, 0, "%s has no series",
			 l->conf->name);
		return 0;
	}
	if (!l->series) {
		*e = l->err;
		return e->code;
	}
	vec_each (x, &r->lines) {
		if (x->series && x->series != l->series &&
		    strcmp(x->conf->name, r->conf->newest) &&
		    strcmp(x->conf->series, l->conf->series) &&
		    is_newer(x->conf->name, l->conf->name))
			vec_push(&newer, (struct lint_line){ x->conf->name, x->series });
	}
	against.newer = newer.v;
	against.nnewer = newer.n;
	rc = lint_variant(l->series, l->conf->series, &against, &r->report, e);
	vec_release(&newer);
	look_as(r, l);
	return rc || !r->store || !l->series->n ? rc : ask_recipients(r, l, e);
}

static int lint_file(struct run *r, const char *path, struct err *e)
{
	struct lint_against against = { .upstream = r->upstream };
	const char *slash = strrchr(path, '/');
	_cleanup_patch_ struct patch *p = NULL;
	struct lint_patch one = { slash ? slash + 1 : path, path, NULL };
	int rc = patch_read(path, 1, &p, e);

	if (rc)
		return rc;
	one.patch = p;
	if (r->as)
		export_look(r->as, &one, &r->report);
	return lint_patches(&one, 1, &against, &r->report, e);
}

/* Two lines may share one series: it is read once. */
static bool seen_before(const struct run *r, const struct line *l)
{
	for (const struct line *x = r->lines.v; x < l; x++) {
		if (!strcmp(x->conf->series, l->conf->series))
			return true;
	}
	return false;
}

static int lint_all(struct run *r, struct err *e)
{
	int rc = 0;

	if (!r->conf)
		return err_set(
			e, ERR_USAGE,
			"no carry.conf here or above: name the patch files to read");
	vec_each (l, &r->lines) {
		struct err one = { 0 };
		int got = seen_before(r, l) ? 0 : lint_line(r, l, &one);

		if (got && !e->code)
			*e = one;
		rc = worse_result(rc, got);
	}
	return rc;
}

static int lint_argument(struct run *r, const char *arg, struct err *e)
{
	const struct conf_target *t = r->conf ? conf_target(r->conf, arg) : NULL;

	vec_each (l, &r->lines) {
		if (l->conf == t)
			return lint_line(r, l, e);
	}
	if (t)
		return err_set(e, ERR_USAGE,
			       "target '%s' is retired: nothing is asked of it", arg);
	if (!fsx_exists(arg) || fsx_is_dir(arg))
		return err_set(e, ERR_USAGE,
			       "'%s' is no target of carry.conf and no file", arg);
	return lint_file(r, arg, e);
}

static void print_text(const struct run *r)
{
	const struct lint_report *rep = &r->report;
	size_t errors = findings_count(rep, FINDING_ERROR);
	size_t warnings = findings_count(rep, FINDING_WARNING);
	size_t notes =
		findings_count(rep, FINDING_OWED) + findings_count(rep, FINDING_NOTE);

	findings_print(r->env, rep, true);
	if (r->env->verbosity >= 0)
		fprintf(r->env->out, "%zu %s, %zu %s, %zu %s\n", errors,
			plural(errors, "error", "errors"), warnings,
			plural(warnings, "warning", "warnings"), notes,
			plural(notes, "note", "notes"));
}

static void print_json(const struct run *r)
{
	json_t *doc = json_pack("{s:s, s:o}", "schema", "carry.lint/1", "findings",
				findings_json(&r->report));

	BUG_ON(!doc);
	json_dumpf(doc, r->env->out, JSON_INDENT(2));
	fputc('\n', r->env->out);
	json_decref(doc);
}

static int show(struct run *r)
{
	lint_sort(&r->report);
	(r->env->json ? print_json : print_text)(r);
	return findings_result(&r->report);
}

static void show_rules(const struct cmd_env *env)
{
	for (const struct lint_rule *rule = lint_rules; rule->id; rule++)
		fprintf(env->out, "%s\t%s\t%s\t%s\n", rule->id,
			finding_level_name(rule->level), rule->what, rule->advice);
}

static void release(struct run *r)
{
	vec_each (l, &r->lines)
		variant_free(l->series);
	vec_release(&r->lines);
	conf_free(r->conf);
	upstream_close(r->upstream);
	store_close(r->store);
	lint_report_release(&r->report);
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct run r = { .env = env };
	int rc;

	if (v->rules) {
		show_rules(env);
		return 0;
	}
	rc = v->as ? export_dialect_find(v->as, &r.as, e) : 0;
	if (!rc)
		rc = load_lines(&r, e);
	if (!rc && v->upstream)
		rc = upstream_open(v->upstream, &r.upstream, e);
	if (!rc && v->recipients)
		rc = store_open(env->cache, &r.store, e);
	if (!rc && !env->argc)
		rc = lint_all(&r, e);
	for (size_t i = 0; !rc && i < env->argc; i++)
		rc = lint_argument(&r, env->argv[i], e);
	if (!rc || r.report.findings.n)
		rc = worse_result(rc, show(&r));
	release(&r);
	return rc;
}

static const struct opt options[] = {
	OPT_WORD(0, "as", "DIALECT", export_dialect_names, struct values, as,
		 "say also what would be missing or lost in this dialect"),
	OPT_STRING(0, "upstream", "REPO", HINT_DIR, struct values, upstream,
		   "hold what patches say of upstream against this git repository"),
	OPT_FLAG(
		0, "recipients", struct values, recipients,
		"ask get_maintainer.pl of each target's base who answers for the series"),
	OPT_FLAG(0, "rules", struct values, rules, "list the rules and exit"),
	OPT_END,
};

const struct cmd cmd_lint = {
	.name = "lint",
	.summary =
		"read patches' headers: what is missing, contradictory or would be lost",
	.usage = "[options] [TARGET|FILE...]",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_JSON | HABIT_NO_SANDBOX,
	.place = PLACE_ANYWHERE,
	.max_args = ARGS_ANY,
	.args = HINT_TARGET,
	.run = run,
};
