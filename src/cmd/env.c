// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/env.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/fsx.h"
#include "cmd/sink.h"

/*
 * The one thing that a signal handler can reach. A second signal ends us at
 * once: SA_RESETHAND.
 */
static atomic_bool cancelled;

static void on_signal(int sig)
{
	(void)sig;
	atomic_store(&cancelled, true);
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static int change_dirs(const struct habits *h, struct err *e)
{
	vec_each (d, &h->dirs) {
		if (chdir(*d)) {
			err_sys(e, errno, "cannot change to '%s'", *d);
			return e->code = ERR_USAGE;
		}
	}
	return 0;
}

/*
 * Whether there is such a file, or something that only the one who reads it can tell: a
 * link that leads nowhere, a directory that lets nobody look.
 */
static bool has_conf(const char *path)
{
	struct stat st;

	if (!lstat(path, &st))
		return !fsx_is_dir(path);
	return errno != ENOENT && errno != ENOTDIR;
}

/* The nearest directory from here upwards that has carry.conf; NULL if none. */
static char *find_top(const char *cwd)
{
	_cleanup_free_ char *dir = xstrdup(cwd);

	for (;;) {
		_cleanup_free_ char *conf = path_join(dir, CONF_NAME);
		char *slash;

		if (has_conf(conf))
			return TAKE(dir);
		slash = strrchr(dir, '/');
		if (!slash || !slash[1])
			return NULL;
		slash[slash == dir ? 1 : 0] = '\0';
	}
}

static int set_places(struct cmd_env *env, const struct habits *h, struct err *e)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);
	const char *cache = h->cache ? h->cache : getenv("CARRY_CACHE");

	if (!cwd)
		return err_sys(e, errno, "cannot tell the current directory");
	env->top = find_top(cwd);
	if (!env->top && env->cmd->place == PLACE_REPO)
		return err_set(e, ERR_NOTFOUND,
			       "no " CONF_NAME " in '%s' or above it: not in a carry "
			       "repository (change into one, or give -C DIR)",
			       cwd);
	if (env->top) {
		env->conf = path_join(env->top, CONF_NAME);
		env->state = path_join(env->top, ".carry/state");
	}
	if (cache && *cache)
		env->cache = path_join(cwd, cache);
	else if (env->top)
		env->cache = path_join(env->top, ".carry/cache");
	return 0;
}

static unsigned processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return n > 0 ? n : 1;
}

static bool has_dumb_terminal(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

static bool wants_color(int when, int fd)
{
	const char *no = getenv("NO_COLOR");

	if (when != WHEN_AUTO)
		return when == WHEN_ALWAYS;
	return isatty(fd) && !(no && *no) && !has_dumb_terminal();
}

static void set_manners(struct cmd_env *env, const struct habits *h)
{
	env->jobs = h->jobs ? h->jobs : processors();
	env->keep_going = h->keep_going;
	env->dry_run = h->dry_run;
	env->json = h->json;
	env->porcelain = h->porcelain || h->nul;
	env->nul = h->nul;
	env->no_sandbox = h->no_sandbox;
	env->verbosity = h->quiet ? -1 : h->verbose;
	env->color = wants_color(h->color, STDOUT_FILENO) && !h->json && !env->porcelain;
	env->live = env->verbosity >= 0 && isatty(STDERR_FILENO) && !has_dumb_terminal();
}

int env_open(struct cmd_env *env, const struct cmd *const *table, struct parsed *p,
	     struct err *e)
{
	int rc;

	vec_push(&p->args, NULL);
	p->args.n--;
	*env = (struct cmd_env){
		.out = stdout,
		.err = stderr,
		.cancel = &cancelled,
		.argv = p->args.v,
		.argc = p->args.n,
		.cmd = p->cmd,
		.table = table,
	};
	set_manners(env, &p->habits);
	env->sink = sink_new(env->err, env->verbosity, env->live);
	catch_signals();
	rc = change_dirs(&p->habits, e);
	return rc ? rc : set_places(env, &p->habits, e);
}

void env_release(struct cmd_env *env)
{
	sink_free(env->sink);
	free(env->top);
	free(env->conf);
	free(env->cache);
	free(env->state);
	*env = (struct cmd_env){ 0 };
}

int exit_status(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case CMD_FINDINGS:
	case ERR_CONFLICT:
		return 1;
	case ERR_USAGE:
		return 2;
	case ERR_CANCELLED:
		return 130;
	case ERR_INTERNAL:
		return 4;
	case ERR_INPUT:
	case ERR_NOTFOUND:
	case ERR_UNSAFE:
	case ERR_EXISTS:
	case ERR_TOOL:
	case ERR_IO:
	case ERR_TIMEOUT:
	case ERR_LIMIT:
	case ERR_UNAVAILABLE:
		return 3;
	default:
		return 4;
	}
}

static int gravity(int rc)
{
	static const int order[] = {
		0, 3, 1, 2, 4, 130
	}; /* by exit status, mildest first */
	int status = exit_status(rc);

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (order[i] == status)
			return i;
	}
	BUG_ON("an exit status of no gravity");
	return 0;
}

int worse_result(int a, int b)
{
	return gravity(b) > gravity(a) ? b : a;
}
