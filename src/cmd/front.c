// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program that people call. It has the commands on a quilt series: they need no
 * store, and loading its libraries (git, XML, archives, ...) takes eight times as long as
 * starting without them. A command line that names none of these commands goes as it
 * stands to the full program, be it another command, a wish for help or a mistake.
 */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <unistd.h>

#include "base/fsx.h"
#include "cmd/commands.h"
#include "cmd/program.h"

/* Its version is in its name, so that one of another version is not found. */
#define FULL_NAME "carry-full-" CARRY_VERSION

/* A push fills some megabytes; to get them in small steps costs a twentieth of a dry run. */
#define HEAP_STEP (4 << 20)

static const struct cmd *const quilt_commands[] = { QUILT_COMMANDS, NULL };

/* The directory of this program's file. */
static int own_dir(char **dir, struct err *e)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_sys(e, n < 0 ? errno : ENAMETOOLONG,
			       "cannot tell where carry is installed: '/proc/self/exe'");
	*dir = xmemdupz(path, (const char *)memrchr(path, '/', (size_t)n) - path);
	return 0;
}

/*
 * The full program stands beside this one where both were built, and in libexecdir
 * where they are installed. Returns only if it cannot be run.
 */
static int hand_over(char **argv, struct err *e)
{
	_cleanup_free_ char *dir = NULL, *built = NULL, *installed = NULL;
	int rc = own_dir(&dir, e);

	if (rc)
		return rc;
	built = path_join(dir, FULL_NAME);
	installed = path_join(dir, CARRY_LIBEXEC "/" FULL_NAME);
	execv(built, argv);
	if (errno != ENOENT)
		return err_sys(e, errno, "cannot run '%s'", built);
	execv(installed, argv);
	return err_sys(e, errno,
		       "carry is installed in part ('meson install' installs all "
		       "of it): cannot run '%s'",
		       installed);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	int rc;

	BUG_ON(argc < 1);
	if (opt_command(quilt_commands, (const char *const *)argv + 1)) {
		mallopt(M_TOP_PAD, HEAP_STEP);
		return program_run(quilt_commands, argv);
	}
	rc = hand_over(argv, &e);
	fprintf(stderr, "carry: %s\n", e.msg);
	return exit_status(rc);
}
