// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fsx.h"
#include "base/plural.h"
#include "base/proc.h"
#include "cmd/commands.h"
#include "cmd/project.h"
#include "cmd/stack.h"
#include "exchange/gitseries.h"
#include "store/base.h"
#include "store/conf.h"

struct values {
	const char *repo, *base, *fuzz;
	bool own, no_checkout, list, abort, force;
};

/* carry.repo of the person's git configuration; empty when he has none. */
static int configured_repo(const struct cmd_env *env, struct buf *out, struct err *e)
{
	const char *const argv[] = { "git",    "-C",	   env->top,	 "config",
				     "--path", "--get", "carry.repo", NULL };
	struct proc_spec spec = { .argv = argv, .inherit_env = true };
	_cleanup_proc_ struct proc_result res = { 0 };
	int rc = proc_run(&spec, &res, e);

	if (rc)
		return rc;
	if (!res.status)
		buf_add_slice(out, slice_trim(buf_slice(&res.out)));
	return 0;
}

/* The commit of a clone that has the base's tree, or should: what its source names. */
static char *base_commit(const struct base *b, const struct values *v)
{
	if (v->base)
		return xstrdup(v->base);
	if (!strncmp(b->source, "git ", 4))
		return xstrdup(b->version);
	return b->kernel ? xasprintf("v%s", b->kernel) : NULL;
}

static void push_list(struct strvec *to, const struct strlist *l)
{
	vec_each (s, l)
		strvec_push(to, *s);
}

static void say_opened(struct cmd_env *env, const char *target,
		       const struct gitseries_opened *o, const char *clone)
{
	static const char *const news[] = {
		[NEWS_OPENED] = "opened",
		[NEWS_OPEN_ALREADY] = "open already",
		[NEWS_RENEWED] = "made anew: the series had changed",
	};

	if (env->verbosity < 0)
		return;
	fprintf(env->out, "%s: %s, %zu %s on branch %s\n", target, news[o->news], o->patches,
		plural(o->patches, "patch", "patches"), o->branch);
	for (size_t i = 0; i < o->fuzzy.n; i++)
		fprintf(env->out, "%s: fits with fuzz only\n", o->fuzzy.v[i]);
	if (o->unsaved)
		fprintf(env->out, "the branch has changes that are not saved\n");
	if (clone)
		fprintf(env->out, "edit: git -C %s switch %s\n", o->dir, o->branch);
	else
		fprintf(env->out, "edit: cd %s\n", o->dir);
	fprintf(env->out, "then:  carry save %s\n", target);
}

static int open_with(struct cmd_env *env, const struct values *v, const struct gitseries *g,
		     const struct base *b, const struct strvec *paths, struct err *e)
{
	_cleanup_buf_ struct buf repo = BUF_INIT;
	_cleanup_free_ char *commit = base_commit(b, v);
	struct gitseries_how how = { .tree = b->tree, .provenance = b->provenance,
				     .paths = paths, .no_checkout = v->no_checkout };
	struct gitseries_opened o;
	size_t fuzz = 0;
	int rc = 0;

	if (v->fuzz && !stack_count(v->fuzz, &fuzz))
		return err_set(e, ERR_USAGE, "cannot read the fuzz '%s': no number", v->fuzz);
	how.fuzz = (unsigned)fuzz;

	if (v->repo)
		buf_adds(&repo, v->repo);
	else if (!v->own)
		rc = configured_repo(env, &repo, e);
	if (rc)
		return rc;
	if (repo.len) {
		how.clone = buf_str(&repo);
		how.commit = commit;
		if (!commit)
			return err_set(e, ERR_USAGE,
				       "'%s' does not tell which commit of a clone it is: "
				       "give --base COMMIT",
				       b->provenance);
	}
	rc = gitseries_edit(g, &how, &o, e);
	if (!rc)
		say_opened(env, g->target, &o, how.clone);
	gitseries_opened_release(&o);
	return rc;
}

static int open_target(struct cmd_env *env, const struct values *v, struct err *e)
{
	_cleanup_strvec_ struct strvec paths = { 0 };
	const struct conf_target *t;
	_cleanup_free_ char *dir = NULL;
	struct gitseries g = { .state = env->state, .cache = env->cache };
	struct conf *c = NULL;
	struct base *b = NULL;
	int rc = conf_read(env->conf, &c, e);

	if (rc)
		return rc;
	rc = project_target(c, env->argv[0], &t, e);
	if (!rc) {
		dir = path_join(env->top, t->series);
		g.dir = dir;
		g.target = t->name;
		push_list(&paths, &c->checkout);
		push_list(&paths, &t->objects);
		push_list(&paths, &t->files);
		if (base_load(env->cache, t->name, &b, e))
			rc = err_wrap(e, "cannot edit %s", t->name);
	}
	if (!rc)
		rc = open_with(env, v, &g, b, &paths, e);
	base_free(b);
	conf_free(c);
	return rc;
}

static int list(struct cmd_env *env, struct err *e)
{
	_cleanup_strvec_ struct strvec targets = { 0 };
	int rc = gitseries_list(env->state, &targets, e);

	for (size_t i = 0; !rc && i < targets.n; i++) {
		struct gitseries g = { env->state, env->cache, NULL, targets.v[i] };
		struct gitseries_item item;

		rc = gitseries_look(&g, &item, e);
		if (!rc)
			fprintf(env->out, "%s\t%s\t%s\t%s\n", item.target, item.status,
				item.branch, item.dir);
		gitseries_item_release(&item);
	}
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct gitseries g = { .state = env->state, .cache = env->cache };

	int rc;

	if (v->own && (v->repo || v->base))
		return err_set(e, ERR_USAGE, "--own excludes --repo and --base");
	if (v->force && !v->abort)
		return err_set(e, ERR_USAGE, "--force goes with --abort");
	if (v->list)
		return list(env, e);
	if (!env->argc)
		return err_set(e, ERR_USAGE, "which target? (carry target list shows them)");
	if (!v->abort)
		return open_target(env, v, e);
	g.target = env->argv[0];
	rc = gitseries_abort(&g, v->force, e);
	if (!rc && env->verbosity >= 0)
		fprintf(env->out, "%s: closed\n", g.target);
	return rc;
}

static const struct opt options[] = {
	OPT_STRING(0, "repo", "DIR", HINT_DIR, struct values, repo,
		   "make the branch in this clone (default: carry.repo of git's configuration)"),
	OPT_STRING(0, "base", "COMMIT", HINT_NONE, struct values, base,
		   "what the branch stands on in the clone"),
	OPT_FLAG(0, "own", struct values, own, "in a repository of carry's, whatever carry.repo says"),
	OPT_FLAG(0, "no-checkout", struct values, no_checkout, "make the branch, no work tree"),
	OPT_STRING('F', "fuzz", "N", HINT_NONE, struct values, fuzz,
		   "take hunks that fit with N lines less of context, too (default: 0)"),
	OPT_FLAG('l', "list", struct values, list, "show what is open"),
	OPT_FLAG(0, "abort", struct values, abort, "close it and delete its branch"),
	OPT_FLAG(0, "force", struct values, force, "with --abort: also what was not saved"),
	OPT_END,
};

const struct cmd cmd_edit = {
	.name = "edit",
	.summary = "make a git branch of a target's series, to be saved back",
	.usage = "[options] TARGET",
	.options = options,
	.values_size = sizeof(struct values),
	.place = PLACE_REPO,
	.max_args = 1,
	.args = HINT_TARGET,
	.run = run,
};
