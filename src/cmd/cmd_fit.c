// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "cmd/commands.h"
#include "engine/apply_source.h"
#include "engine/verdict.h"
#include "exchange/fit.h"
#include "exchange/git_source.h"
#include "store/conf.h"

enum tree_kind { TREE_DIR, TREE_WORK, TREE_GIT };

/* The tree that was asked about. */
struct asked {
	char *path;	 /* absolute */
	const char *rev; /* NULL: what stands in the directory, or HEAD of a bare one */
	enum tree_kind kind;
	struct blob_source *source;
};

static bool has(const char *dir, const char *name)
{
	_cleanup_free_ char *path = path_join(dir, name);

	return fsx_exists(path);
}

static int open_tree(const struct cmd_env *env, struct asked *a, struct err *e)
{
	a->path = realpath(env->argv[0], NULL);
	if (!a->path || !fsx_is_dir(a->path))
		return err_set(e, ERR_USAGE, "'%s' is no directory: give a kernel tree",
			       env->argv[0]);
	a->rev = env->argc > 1 ? env->argv[1] : NULL;
	a->kind = has(a->path, ".git") ? TREE_WORK : TREE_DIR;
	if (a->rev || (has(a->path, "objects") && has(a->path, "HEAD"))) {
		a->kind = TREE_GIT;
		return git_source_new(a->path, a->rev, &a->source, e);
	}
	return disk_source_new(a->path, &a->source, e);
}

static void close_tree(struct asked *a)
{
	if (a->kind == TREE_GIT)
		git_source_free(a->source);
	else
		blob_source_free(a->source);
	free(a->path);
}

static void quilt_commands(struct strvec *out, const struct asked *a, const char *series)
{
	_cleanup_free_ char *patches = xasprintf("QUILT_PATCHES=%s", series);

	if (a->kind == TREE_DIR) {
		const char *argv[] = { "env", "-C", a->path, patches, "quilt", "push",
				       "-a", "--fuzz=0", NULL };

		strvec_push_all(out, argv);
	} else {
		const char *argv[] = { "git", "-C", a->path, "quiltimport", "--patches",
				       series, NULL };

		strvec_push_all(out, argv);
	}
}

/* What to do next, as arguments; none when there is nothing to do. */
static void next_command(const struct cmd_env *env, const struct asked *a,
			 const struct fit *f, struct strvec *out)
{
	const struct fit_variant *best = f->variants.v;
	_cleanup_free_ char *series = path_join(env->top, best->dir);
	_cleanup_free_ char *source =
		a->kind == TREE_GIT ? xasprintf("git %s %s", a->path, a->rev ? a->rev : "HEAD")
				    : xasprintf("dir %s", a->path);
	const char *add[] = { "carry", "-C",	 env->top,		 "target",   "add",
			      "--like", best->targets.v[0], "--source", source, f->kernel,
			      NULL };

	if (best->err.code || (fit_is_whole(best) && !best->count[FIT_APPLIES]))
		return;
	if (!fit_is_whole(best) || a->kind == TREE_GIT)
		strvec_push_all(out, add);
	else
		quilt_commands(out, a, series);
}

static void add_count(struct buf *out, unsigned n, const char *what)
{
	if (n)
		buf_addf(out, "%s%u %s", out->len ? ", " : "", n, what);
}

static void show_variant(const struct cmd_env *env, const struct fit_variant *v, bool all)
{
	_cleanup_buf_ struct buf sum = BUF_INIT, why = BUF_INIT;

	for (size_t i = 0; i < v->targets.n; i++)
		fprintf(env->out, "%s%s", i ? ", " : "", v->targets.v[i]);
	if (v->err.code) {
		fprintf(env->out, ": %s\n", v->err.msg);
		return;
	}
	for (unsigned i = 0; i < FIT_ANSWERS; i++)
		add_count(&sum, v->count[i], fit_answer_name(i));
	fprintf(env->out, ": %s%s\n", fit_is_whole(v) ? "fits: " : "", buf_str(&sum));
	for (size_t i = 0; all && i < v->series->n; i++) {
		const struct fit_patch *p = &v->patches[i];

		fprintf(env->out, "  %s: %s", p->name, fit_answer_name(p->answer));
		if (p->moved)
			fprintf(env->out, ", %u hunk%s elsewhere than it says", p->moved,
				p->moved == 1 ? "" : "s");
		fputc('\n', env->out);
		apply_explain(p->outcome, &why);
		fputs(buf_str(&why), env->out);
		buf_clear(&why);
	}
}

static void show_text(const struct cmd_env *env, const struct asked *a, const struct fit *f)
{
	_cleanup_strvec_ struct strvec next = { 0 };
	_cleanup_buf_ struct buf quoted = BUF_INIT;

	fprintf(env->out, "%s%s%s has kernel %s\n", a->path, a->rev ? " at " : "",
		a->rev ? a->rev : "", f->kernel);
	vec_each (v, &f->variants)
		show_variant(env, v, v == f->variants.v || env->verbosity > 0);
	next_command(env, a, f, &next);
	if (next.n) {
		proc_quote(&quoted, (const char *const *)next.v);
		fprintf(env->out, "go on with: %s\n", buf_str(&quoted));
	} else if (fit_is_whole(f->variants.v)) {
		fprintf(env->out, "nothing to do: the tree has it already\n");
	}
}

static json_t *hunks_json(const struct patch_outcome *o)
{
	json_t *hunks = json_array();

	for (uint32_t i = 0; o->changes && i < o->patch->nchanges; i++) {
		const struct change_outcome *c = &o->changes[i];

		for (uint32_t k = 0; k < c->change->nhunks; k++) {
			const struct hunk_outcome *h = &c->hunks[k];

			json_array_append_new(
				hunks,
				json_pack("{s:o, s:s, s:i, s:i}", "path",
					  json_bytes(c->path.p, c->path.n), "outcome",
					  hunk_fate_name(h->fate), "line", (int)h->line,
					  "offset", (int)h->offset));
		}
	}
	return hunks;
}

static json_t *variant_json(const struct fit_variant *v)
{
	json_t *targets = json_array(), *patches = json_array();

	vec_each (t, &v->targets)
		json_array_append_new(targets, json_string(*t));
	for (size_t i = 0; !v->err.code && i < v->series->n; i++) {
		const struct fit_patch *p = &v->patches[i];
		_cleanup_buf_ struct buf why = BUF_INIT;

		apply_explain(p->outcome, &why);
		json_array_append_new(
			patches, json_pack("{s:o, s:s, s:o, s:o}", "name",
					   json_bytes(p->name, strlen(p->name)), "answer",
					   fit_answer_name(p->answer), "hunks",
					   hunks_json(p->outcome), "why",
					   json_bytes(buf_str(&why), why.len)));
	}
	return json_pack("{s:o, s:s, s:b, s:o, s:o}", "targets", targets, "series", v->dir,
			 "fits", fit_is_whole(v), "patches", patches, "error",
			 v->err.code ? json_bytes(v->err.msg, strlen(v->err.msg))
				     : json_null());
}

static void show_json(const struct cmd_env *env, const struct asked *a, const struct fit *f)
{
	json_t *variants = json_array(), *command = json_array(), *doc;
	_cleanup_strvec_ struct strvec next = { 0 };

	vec_each (v, &f->variants)
		json_array_append_new(variants, variant_json(v));
	next_command(env, a, f, &next);
	vec_each (w, &next)
		json_array_append_new(command, json_bytes(*w, strlen(*w)));
	doc = json_pack("{s:s, s:o, s:s?, s:s, s:o, s:o}", "schema", "carry.fit/1", "tree",
			json_bytes(a->path, strlen(a->path)), "rev", a->rev, "kernel",
			f->kernel, "variants", variants, "command", command);
	BUG_ON(!doc);
	json_dumpf(doc, env->out, JSON_INDENT(2));
	fputc('\n', env->out);
	json_decref(doc);
}

static int judge(const struct fit *f, struct err *e)
{
	if (f->variants.v[0].err.code) {
		*e = f->variants.v[0].err;
		return e->code;
	}
	return fit_is_whole(f->variants.v) ? 0 : CMD_FINDINGS;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	struct asked a = { 0 };
	struct conf *conf = NULL;
	struct fit f = { 0 };
	int rc = conf_read(env->conf, &conf, e);

	(void)values;
	if (!rc)
		rc = open_tree(env, &a, e);
	if (!rc && fit_tree(env->top, conf, a.source, &f, e))
		rc = err_wrap(e, "cannot look at '%s'", a.path);
	if (!rc && env->json)
		show_json(env, &a, &f);
	else if (!rc)
		show_text(env, &a, &f);
	if (!rc)
		rc = judge(&f, e);
	fit_release(&f);
	close_tree(&a);
	conf_free(conf);
	return rc;
}

const struct cmd cmd_fit = {
	.name = "fit",
	.summary = "say which variant fits a kernel tree, patch by patch",
	.usage = "[--json] TREE [REV]",
	.habits = HABIT_JSON,
	.place = PLACE_REPO,
	.min_args = 1,
	.max_args = 2,
	.args = HINT_DIR,
	.run = run,
};
