// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/stack.h"

static int top(struct cmd_env *env, struct quilt *q, const void *values, struct err *e)
{
	size_t index;
	int rc = stack_patch(q, NULL, &index, e);

	(void)values;
	if (!rc)
		fprintf(env->out, "%s\n", q->applied.v[index]);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, top, e);
}

const struct cmd cmd_top = {
	.name = "top",
	.summary = "name the topmost applied patch of a quilt series",
	.usage = "",
	.place = PLACE_ANYWHERE,
	.max_args = 0,
	.run = run,
};
