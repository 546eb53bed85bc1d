// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/stack.h"

struct pop_values {
	bool all, force, verify;
};

static const struct opt options[] = {
	OPT_FLAG('a', "all", struct pop_values, all, "pop all applied patches"),
	OPT_FLAG('f', "force", struct pop_values, force,
		 "put the files back even if they were edited since"),
	OPT_FLAG('R', "verify", struct pop_values, verify,
		 "look at contents, whatever the files' times say"),
	OPT_END,
};

static int want(const struct quilt *q, struct cmd_env *env, bool all, size_t *count,
		struct err *e)
{
	size_t index;
	int rc;

	*count = all ? q->applied.n : 1;
	if (env->argc && all)
		return err_set(e, ERR_USAGE, "--all and '%s' exclude each other",
			       env->argv[0]);
	if (!q->applied.n)
		return stack_nothing(e, "no patch of %s is applied", q->series_path);
	if (env->argc && !stack_count(env->argv[0], count)) {
		rc = quilt_find(q, env->argv[0], &index, e);
		if (rc)
			return rc;
		for (*count = 0; *count < q->applied.n; ++*count) {
			if (!strcmp(q->applied.v[q->applied.n - 1 - *count],
				    q->series->entries.v[index].name))
				break;
		}
		if (*count == q->applied.n)
			return err_set(e, ERR_NOTFOUND, "'%s' is not applied",
				       env->argv[0]);
	}
	*count = *count < q->applied.n ? *count : q->applied.n;
	return *count ? 0 : stack_nothing(e, "no patch to pop");
}

static void show(struct cmd_env *env, struct quilt *q, const struct strvec *was,
		 size_t count)
{
	size_t left = was->n - count;

	for (size_t i = was->n; i-- > left && env->verbosity >= 0;) {
		_cleanup_free_ char *path = quilt_patch_path(q, was->v[i]);

		fprintf(env->out, "removing %s\n", path);
	}
	if (left) {
		_cleanup_free_ char *path = quilt_patch_path(q, was->v[left - 1]);

		fprintf(env->out, "%s %s\n", env->dry_run ? "would be at" : "now at", path);
	} else {
		fprintf(env->out, "no patch %s\n",
			env->dry_run ? "would be applied" : "is applied");
	}
}

static int pop(struct cmd_env *env, struct quilt *q, const struct pop_values *v,
	       struct err *e)
{
	struct pop_options o = { .force = v->force,
				 .verify = v->verify,
				 .dry_run = env->dry_run };
	struct strvec was = { 0 };
	int rc = want(q, env, v->all, &o.count, e);

	for (size_t i = 0; i < q->applied.n; i++)
		strvec_push(&was, q->applied.v[i]);
	if (!rc)
		rc = quilt_pop(q, &o, e);
	if (!rc)
		show(env, q, &was, o.count);
	strvec_release(&was);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	struct quilt q;
	int rc = quilt_open(&q, e);

	if (!rc && q.torn)
		rc = env->dry_run ? quilt_check(&q, e) : quilt_begin(&q, e);
	if (!rc)
		rc = pop(env, &q, values, e);
	quilt_release(&q);
	return rc;
}

const struct cmd cmd_pop = {
	.name = "pop",
	.summary = "take applied patches back from the sources",
	.usage = "[-a | N | PATCH]",
	.options = options,
	.values_size = sizeof(struct pop_values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_ANYWHERE,
	.max_args = 1,
	.run = run,
};
