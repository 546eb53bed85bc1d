// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "base/fsx.h"
#include "base/plural.h"
#include "cmd/commands.h"
#include "cmd/project.h"
#include "exchange/gitseries.h"
#include "store/conf.h"

struct values {
	bool undo, merge, mine;
};

/* The target whose work tree we stand in, else the only one that is open. */
static int guess_target(struct cmd_env *env, char **out, struct err *e)
{
	_cleanup_strvec_ struct strvec open = { 0 };
	_cleanup_free_ char *cwd = getcwd(NULL, 0), *edit = path_join(env->state, "edit/");
	size_t n = strlen(edit);
	int rc = gitseries_list(env->state, &open, e);

	if (rc)
		return rc;
	if (cwd && !strncmp(cwd, edit, n)) {
		*out = xmemdupz(cwd + n, strcspn(cwd + n, "/"));
		return 0;
	}
	if (open.n != 1)
		return open.n ? err_set(e, ERR_USAGE,
					"which target? (carry edit --list shows what is open)")
			      : err_set(e, ERR_NOTFOUND,
					"nothing is open for editing (carry edit TARGET opens it)");
	*out = xstrdup(open.v[0]);
	return 0;
}

static void say(struct cmd_env *env, const char *target, const struct gitseries_saved *s,
		bool undo)
{
	if (env->verbosity < 0)
		return;
	if (s->dirty)
		fprintf(env->err, "carry: the work tree has changes that are no commits: they are "
				  "not saved\n");
	if (s->nothing) {
		fprintf(env->out, "%s: nothing to save\n", target);
		return;
	}
	vec_each (f, &s->files)
		fprintf(env->out, "  %-8s %s\n", save_fate_name(f->fate), f->name);
	fprintf(env->out, "%s: %s%s, %zu %s untouched\n", target,
		env->dry_run ? "would be " : "", undo ? "as before the last save" : "saved",
		s->kept, plural(s->kept, "file", "files"));
}

static int save(struct cmd_env *env, const struct values *v, const char *target, struct err *e)
{
	enum save_merge merge = v->mine ? SAVE_MINE : v->merge ? SAVE_MERGE : SAVE_REFUSE;
	struct gitseries_saved saved = { 0 };
	const struct conf_target *t;
	struct conf *c = NULL;
	int rc = conf_read(env->conf, &c, e);

	if (rc)
		return rc;
	rc = project_target(c, target, &t, e);
	if (!rc) {
		_cleanup_free_ char *dir = path_join(env->top, t->series);
		struct gitseries g = { env->state, env->cache, dir, t->name };

		rc = v->undo ? gitseries_undo(&g, env->dry_run, &saved, e)
			     : gitseries_save(&g, merge, env->dry_run, &saved, e);
		if (!rc)
			say(env, target, &saved, v->undo);
	}
	gitseries_saved_release(&saved);
	conf_free(c);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	_cleanup_free_ char *target = env->argc ? xstrdup(env->argv[0]) : NULL;
	const struct values *v = values;
	int rc;

	if (v->mine && !v->merge)
		return err_set(e, ERR_USAGE, "--mine goes with --merge");
	if (v->undo && v->merge)
		return err_set(e, ERR_USAGE, "--undo and --merge exclude each other");
	rc = target ? 0 : guess_target(env, &target, e);
	return rc ? rc : save(env, values, target, e);
}

static const struct opt options[] = {
	OPT_FLAG(0, "undo", struct values, undo, "take the last save back; the branch stays"),
	OPT_FLAG(0, "merge", struct values, merge,
		 "the series changed meanwhile: take from each side what only it changed"),
	OPT_FLAG(0, "mine", struct values, mine,
		 "with --merge: the branch wins where both sides changed a patch"),
	OPT_END,
};

const struct cmd cmd_save = {
	.name = "save",
	.summary = "write an edited branch back as the target's quilt series",
	.usage = "[options] [TARGET]",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.max_args = 1,
	.args = HINT_TARGET,
	.run = run,
};
