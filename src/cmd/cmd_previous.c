// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/stack.h"

static int previous(struct cmd_env *env, struct quilt *q, const void *values,
		 struct err *e)
{
	size_t index;
	int rc = stack_patch(q, env->argv[0], &index, e);

	(void)values;
	if (rc)
		return rc;
	if (!index)
		return stack_nothing(e, "no patch comes before '%s'",
				     q->series->entries.v[0].name);
	fprintf(env->out, "%s\n", q->series->entries.v[index - 1].name);
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, previous, e);
}

const struct cmd cmd_previous = {
	.name = "previous",
	.summary = "name the patch of a quilt series before the topmost one",
	.usage = "[PATCH]",
	.place = PLACE_ANYWHERE,
	.max_args = 1,
	.run = run,
};
