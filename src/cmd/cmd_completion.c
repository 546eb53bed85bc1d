// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/complete.h"

static const char *const shells[] = { "bash", "zsh", "fish", NULL };

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const char *shell = env->argv[0];

	(void)values;
	if (!strcmp(shell, "bash"))
		complete_bash(env->out, env->table);
	else if (!strcmp(shell, "zsh"))
		complete_zsh(env->out, env->table);
	else if (!strcmp(shell, "fish"))
		complete_fish(env->out, env->table);
	else
		return err_set(e, ERR_USAGE,
			       "no completion for shell '%s': bash, zsh or fish", shell);
	return 0;
}

const struct cmd cmd_completion = {
	.name = "completion",
	.summary = "print the completion script for a shell",
	.usage = "bash|zsh|fish",
	.min_args = 1,
	.max_args = 1,
	.args = HINT_WORDS,
	.arg_words = shells,
	.run = run,
};
