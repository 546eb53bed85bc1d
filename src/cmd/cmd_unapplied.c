// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/stack.h"

static int unapplied(struct cmd_env *env, struct quilt *q, const void *values,
		 struct err *e)
{
	size_t index, from = q->applied.n;
	int rc = env->argc ? quilt_find(q, env->argv[0], &index, e) : 0;

	(void)values;
	if (rc)
		return rc;
	if (env->argc)
		from = index + 1;
	else if (from == q->series->entries.n)
		return stack_nothing(e, "all patches of %s are applied", q->series_path);
	for (size_t i = from; i < q->series->entries.n; i++)
		fprintf(env->out, "%s\n", q->series->entries.v[i].name);
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, unapplied, e);
}

const struct cmd cmd_unapplied = {
	.name = "unapplied",
	.summary = "list the patches of a quilt series that are not applied",
	.usage = "[PATCH]",
	.place = PLACE_ANYWHERE,
	.max_args = 1,
	.run = run,
};
