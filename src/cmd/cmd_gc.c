// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/cache.h"
#include "cmd/commands.h"
#include "cmd/project.h"

static int drop_all(struct cmd_env *env, const struct cache_left *left, struct err *e)
{
	for (size_t i = 0; i < left->paths.n; i++) {
		fprintf(env->out, "%s %s\n", env->dry_run ? "would remove" : "removed",
			left->paths.v[i]);
		if (!env->dry_run && cache_drop(left->paths.v[i], e))
			return e->code;
	}
	if (env->verbosity >= 0)
		fprintf(env->out, "%zu of no use, %.1f MB\n", left->paths.n,
			(double)left->bytes / 1e6);
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct filter_opts none = { 0 };
	struct cache_left left = { 0 };
	struct plan_filter filter;
	struct project p;
	int rc;

	(void)values;
	filter_make(env, &none, &filter);
	rc = project_open(env, &filter, &p, e);
	if (!rc)
		rc = cache_leftover(env->cache, &p.plan, &left, e);
	if (!rc)
		rc = drop_all(env, &left, e);
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
