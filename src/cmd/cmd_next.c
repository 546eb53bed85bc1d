// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/stack.h"

static int next(struct cmd_env *env, struct quilt *q, const void *values, struct err *e)
{
	size_t index = 0, next = q->applied.n;
	int rc = env->argc ? quilt_find(q, env->argv[0], &index, e) : 0;

	(void)values;
	if (rc)
		return rc;
	if (env->argc)
		next = index + 1;
	if (next >= q->series->entries.n)
		return stack_nothing(e, "no patch of %s comes next", q->series_path);
	fprintf(env->out, "%s\n", q->series->entries.v[next].name);
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, next, e);
}

const struct cmd cmd_next = {
	.name = "next",
	.summary = "name the patch of a quilt series that comes next",
	.usage = "[PATCH]",
	.place = PLACE_ANYWHERE,
	.max_args = 1,
	.run = run,
};
