// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fsx.h"
#include "check/cache.h"
#include "cmd/commands.h"
#include "cmd/project.h"
#include "exchange/send_repo.h"
#include "store/gc.h"

/*
 * What sends that were killed have left, unless somebody has the store open: that may be
 * a send. @alone is held till it is removed.
 */
static int add_sends(struct cmd_env *env, struct fsx_lock *alone, struct cache_left *left,
		     struct err *e)
{
	_cleanup_free_ char *place = path_join(env->cache, SEND_PLACE),
			    *lock = path_join(env->cache, STORE_LOCK);
	_cleanup_strvec_ struct strvec paths = { 0 };
	int rc;

	if (!fsx_is_dir(place))
		return 0;
	rc = fsx_lock(alone, lock, true, e);
	/* That the store is in use is said when it is its turn. */
	if (rc == ERR_EXISTS) {
		err_clear(e);
		return 0;
	}
	if (!rc)
		rc = send_repo_leftover(env->cache, &paths, e);
	vec_each (path, &paths)
		cache_left_add(left, *path);
	return rc;
}

static int drop_all(struct cmd_env *env, const struct cache_left *left, struct err *e)
{
	for (size_t i = 0; i < left->paths.n; i++) {
		if (atomic_load(env->cancel))
			return err_set(e, ERR_CANCELLED, "interrupted");
		if (!env->dry_run && cache_drop(left->paths.v[i], e))
			return e->code;
		fprintf(env->out, "%s %s\n", env->dry_run ? "would remove" : "removed",
			left->paths.v[i]);
	}
	if (env->verbosity >= 0)
		fprintf(env->out, "%zu of no use, %.1f MB\n", left->paths.n,
			(double)left->bytes / 1e6);
	return 0;
}

/* A cache that is not the repository's own may have bases that others fetched. */
static bool is_shared(const struct cmd_env *env)
{
	_cleanup_free_ char *own = path_join(env->top, ".carry/cache");

	return strcmp(own, env->cache) != 0;
}

static void show_store(struct cmd_env *env, const struct store_gc *g)
{
	vec_each (t, &g->gone)
		fprintf(env->out, "%s the base of %s, which is no target any more\n",
			env->dry_run ? "would remove" : "removed", *t);
	if (env->verbosity >= 0)
		fprintf(env->out, "store.git: %.1f of %.1f MB %s\n",
			(double)g->freed / 1e6, (double)g->total / 1e6,
			env->dry_run ? "of no use" : "freed");
}

/* One that is in use is swept another day. */
static int sweep_store(struct cmd_env *env, const struct conf *c, struct err *e)
{
	_cleanup_strvec_ struct strvec keep = { 0 };
	struct store_gc_opts o = { .keep = is_shared(env) ? NULL : &keep,
				   .dry_run = env->dry_run,
				   .cancel = env->cancel };
	struct store_gc g;
	int rc;

	vec_each (t, &c->targets)
		strvec_push(&keep, t->name);
	rc = store_gc(env->cache, &o, &g, e);
	if (!rc)
		show_store(env, &g);
	if (rc == ERR_EXISTS) {
		log_msg(env->sink, LOG_WARN, "store.git stays as it is: %s", e->msg);
		err_clear(e);
		rc = 0;
	}
	strvec_release(&g.gone);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct filter_opts none = { 0 };
	struct fsx_lock alone = FSX_LOCK_INIT;
	struct cache_left left = { 0 };
	struct plan_filter filter;
	struct project p;
	int rc;

	(void)values;
	filter_make(env, &none, &filter);
	filter.unasked = true;
	rc = project_open(env, &filter, &p, e);
	if (!rc)
		rc = cache_leftover(env->cache, &p.plan, env->cancel, &left, e);
	if (!rc)
		rc = add_sends(env, &alone, &left, e);
	if (!rc)
		rc = drop_all(env, &left, e);
	fsx_unlock(&alone);
	if (!rc)
		rc = sweep_store(env, p.conf, e);
	strvec_release(&left.paths);
	project_release(&p);
	filter_release(&filter);
	return rc;
}

const struct cmd cmd_gc = {
	.name = "gc",
	.summary = "remove from the cache what today's plan has no use for",
	.usage = "[-n]",
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.run = run,
};
