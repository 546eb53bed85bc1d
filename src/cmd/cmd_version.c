// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	(void)values;
	(void)e;
	fprintf(env->out, "carry %s\n", CARRY_VERSION);
	return 0;
}

const struct cmd cmd_version = {
	.name = "version",
	.summary = "show the version",
	.usage = "",
	.run = run,
};
