// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/stat.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "cmd/commands.h"
#include "cmd/hooks.h"

struct values {
	bool install;
};

/* Where git looks for hooks of this repository: core.hooksPath counts. */
static int hooks_dir(const char *top, char **out, struct err *e)
{
	const char *argv[] = {
		"git", "-C", top, "rev-parse", "--git-path", "hooks", NULL
	};
	struct proc_spec ps = { .argv = argv, .inherit_env = true };
	_cleanup_proc_ struct proc_result r = { 0 };
	_cleanup_free_ char *dir = NULL;
	struct slice line;
	int rc = proc_run(&ps, &r, e);

	if (rc)
		return rc;
	line = slice_trim(buf_slice(r.status ? &r.err : &r.out));
	/* It may be one that git refuses to read; git says why. */
	if (r.status)
		return err_set(e, ERR_NOTFOUND, "'%s' is in no git repository: %.*s", top,
			       SLICE_ARG(line));
	dir = xmemdupz(line.p, line.n);
	*out = path_join(top, dir);
	return 0;
}

/* A hook that somebody else has made is his: ours is not put in its place. */
static int check_free(const char *path, struct err *e)
{
	_cleanup_buf_ struct buf was = BUF_INIT;
	int rc;

	if (!fsx_exists(path))
		return 0;
	rc = fsx_read(path, &was, e);
	if (rc || strstr(buf_str(&was), HOOK_MARK))
		return rc;
	return err_set(
		e, ERR_EXISTS,
		"'%s' is there and not of carry: call 'carry hook' and put into it "
		"what you want of that",
		path);
}

static int install_one(struct cmd_env *env, const char *dir, const struct hook *h,
		       struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, h->name);
	int rc = check_free(path, e);

	if (!rc && !env->dry_run)
		rc = fsx_mkdirs(dir, e);
	if (!rc && !env->dry_run)
		rc = fsx_publish(path, slice_str(h->text), e);
	if (!rc && !env->dry_run && chmod(path, 0755))
		rc = err_sys(e, errno, "cannot set the mode of '%s'", path);
	if (!rc)
		fprintf(env->out, "%s\n", path);
	return rc;
}

static bool is_wanted(const struct cmd_env *env, const struct hook *h)
{
	for (size_t i = 0; i < env->argc; i++) {
		if (!strcmp(env->argv[i], h->name))
			return true;
	}
	return !env->argc;
}

static int check_names(const struct cmd_env *env, bool install, struct err *e)
{
	for (size_t i = 0; i < env->argc; i++) {
		const struct hook *h = hooks;

		while (h->name && strcmp(h->name, env->argv[i]))
			h++;
		if (!h->name)
			return err_set(e, ERR_USAGE,
				       "there is no hook '%s': pre-commit, pre-push, ci",
				       env->argv[i]);
		if (install && !h->git)
			return err_set(e, ERR_USAGE,
				       "'%s' is no hook of git: it is only printed",
				       h->name);
	}
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	_cleanup_free_ char *dir = NULL;
	int rc = check_names(env, v->install, e);

	if (!rc && env->dry_run && !v->install)
		rc = err_set(e, ERR_USAGE, "-n goes with --install");
	if (!rc && v->install)
		rc = hooks_dir(env->top, &dir, e);
	for (const struct hook *h = hooks; !rc && h->name; h++) {
		if (!is_wanted(env, h) || (v->install && !h->git))
			continue;
		if (v->install)
			rc = install_one(env, dir, h, e);
		else
			fprintf(env->out, "%s%s", h->text, env->argc == 1 ? "" : "\n");
	}
	return rc;
}

static const struct opt options[] = {
	OPT_FLAG(0, "install", struct values, install,
		 "put them among the hooks of this git repository"),
	OPT_END,
};

static const char *const words[] = { "pre-commit", "pre-push", "ci", NULL };

const struct cmd cmd_hook = {
	.name = "hook",
	.summary = "print or install what git's hooks and a CI job are to do",
	.usage = "[--install] [pre-commit | pre-push | ci]...",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.max_args = 3,
	.args = HINT_WORDS,
	.arg_words = words,
	.run = run,
};
