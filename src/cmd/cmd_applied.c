// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/stack.h"

static int applied(struct cmd_env *env, struct quilt *q, const void *values,
		 struct err *e)
{
	size_t index;
	int rc = stack_patch(q, env->argv[0], &index, e);

	(void)values;
	if (!rc && index >= q->applied.n)
		rc = err_set(e, ERR_NOTFOUND, "'%s' is not applied", env->argv[0]);
	for (size_t i = 0; !rc && i <= index; i++)
		fprintf(env->out, "%s\n", q->applied.v[i]);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, applied, e);
}

const struct cmd cmd_applied = {
	.name = "applied",
	.summary = "list the applied patches of a quilt series",
	.usage = "[PATCH]",
	.place = PLACE_ANYWHERE,
	.max_args = 1,
	.run = run,
};
