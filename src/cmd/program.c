// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/program.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "cmd/env.h"
#include "cmd/help.h"

static int run_command(const struct cmd *const *table, struct parsed *p, struct err *e)
{
	struct cmd_env env;
	int rc = env_open(&env, table, p, e);

	if (!rc)
		rc = p->cmd->run(&env, p->values, e);
	if (atomic_load(env.cancel) && rc != ERR_CANCELLED)
		rc = err_set(e, ERR_CANCELLED, "interrupted");
	env_release(&env);
	return rc;
}

static int run_parsed(const struct cmd *const *table, struct parsed *p, struct err *e)
{
	if (p->habits.version) {
		printf("carry %s\n", CARRY_VERSION);
		return 0;
	}
	if (p->habits.help && p->cmd) {
		help_command(stdout, p->cmd, p->parent);
		return 0;
	}
	if (p->habits.help) {
		help_overview(stdout, table);
		return 0;
	}
	if (!p->cmd) {
		help_overview(stderr, table);
		return err_set(e, ERR_USAGE, "no command given");
	}
	return run_command(table, p, e);
}

/*
 * Why standard output failed. A write in the middle of a command left no reason
 * behind; what was written is cut short already, and one more byte asks again.
 */
static int why_unwritten(void)
{
	ssize_t n;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	if (errno)
		return errno;
	n = write(STDOUT_FILENO, "\n", 1);
	return n < 0 ? errno : EIO;
}

/*
 * A result that nobody could read is no result. A reader that has seen enough
 * ends us as it would end any other program.
 */
static int flush_result(int rc, struct err *e)
{
	int en = why_unwritten();

	if (!en)
		return rc;
	if (en == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return err_sys(e, en, "cannot write the result");
}

int program_run(const struct cmd *const *table, char **argv)
{
	struct parsed p = { 0 };
	struct err e = { 0 };
	int rc;

	/* A program that closes its input early must not end us. */
	signal(SIGPIPE, SIG_IGN);
	rc = opt_parse(table, (const char *const *)argv + 1, &p, &e);
	if (!rc)
		rc = run_parsed(table, &p, &e);
	rc = flush_result(rc, &e);
	if (rc < 0)
		fprintf(stderr, "carry: %s\n", e.msg);
	parsed_release(&p);
	return exit_status(rc);
}
