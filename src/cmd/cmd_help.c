// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/help.h"

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct cmd *cmd = NULL, *parent = NULL;
	int rc;

	(void)values;
	if (env->porcelain) {
		help_porcelain(env->out, env->table);
		return 0;
	}
	if (!env->argc) {
		help_overview(env->out, env->table);
		return 0;
	}
	rc = cmd_lookup(env->table, env->argv[0], &cmd, e);
	if (rc)
		return rc;
	if (env->argc == 2) {
		if (!cmd->subs)
			return err_set(e, ERR_USAGE, "'carry %s' has no subcommands",
				       cmd->name);
		parent = cmd;
		rc = cmd_lookup(parent->subs, env->argv[1], &cmd, e);
		if (rc)
			return rc;
	}
	help_command(env->out, cmd, parent);
	return 0;
}

const struct cmd cmd_help = {
	.name = "help",
	.summary = "show the commands, or one of them",
	.usage = "[COMMAND [SUBCOMMAND]]",
	.habits = HABIT_PORCELAIN,
	.max_args = 2,
	.args = HINT_COMMAND,
	.run = run,
};
