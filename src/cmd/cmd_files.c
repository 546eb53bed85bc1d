// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>

#include "base/fsx.h"
#include "cmd/commands.h"
#include "cmd/stack.h"

struct files_values {
	bool all, labels;
};

static const struct opt options[] = {
	OPT_FLAG('a', "all", struct files_values, all, "those of all applied patches"),
	OPT_FLAG('l', "labels", struct files_values, labels,
		 "with the name of the patch before each file"),
	OPT_END,
};

static bool has_bytes(const char *path)
{
	struct stat st;

	return !stat(path, &st) && st.st_size;
}

/* As quilt: "+" the patch makes it, "-" it removes it. */
static char mark_of(const struct quilt *q, const char *name, const char *file)
{
	_cleanup_free_ char *backup = xasprintf("%s/%s/%s", q->pc, name, file);
	bool was = has_bytes(backup), is = has_bytes(file);

	return was == is ? ' ' : is ? '+' : '-';
}

static void add_path(struct strvec *out, struct slice path)
{
	_cleanup_free_ char *s = path.p ? xmemdupz(path.p, path.n) : NULL;

	if (s && !strvec_has(out, s))
		strvec_push(out, s);
}

/* Of a patch that is not applied nobody knows which of two names it means. */
static int files_said(const struct quilt *q, size_t index, struct strvec *out,
		      struct err *e)
{
	_cleanup_patch_ struct patch *p = NULL;
	int rc = quilt_read_patch(q, index, NULL, &p, e);

	for (uint32_t i = 0; !rc && i < p->nchanges; i++) {
		add_path(out, p->changes[i].old_path);
		add_path(out, p->changes[i].new_path);
	}
	strvec_sort(out);
	return rc;
}

static int list(struct cmd_env *env, const struct quilt *q, size_t index, bool labels,
		struct err *e)
{
	const char *name = q->series->entries.v[index].name;
	struct strvec files = { 0 };
	int rc = index < q->applied.n ? quilt_files(q, name, &files, e)
				      : files_said(q, index, &files, e);

	for (size_t i = 0; !rc && i < files.n; i++) {
		if (labels && env->verbosity > 0)
			fprintf(env->out, "[%s] ", name);
		else if (labels)
			fprintf(env->out, "%s ", name);
		else if (env->verbosity > 0)
			fprintf(env->out, "%c ", mark_of(q, name, files.v[i]));
		fprintf(env->out, "%s\n", files.v[i]);
	}
	strvec_release(&files);
	return rc;
}

static int files(struct cmd_env *env, struct quilt *q, const void *values, struct err *e)
{
	const struct files_values *v = values;
	size_t index;
	int rc = stack_patch(q, env->argv[0], &index, e);

	for (size_t i = v->all ? 0 : index; !rc && i <= index; i++) {
		if (v->all && env->verbosity > 0 && !v->labels)
			fprintf(env->out, "%s\n", q->series->entries.v[i].name);
		rc = list(env, q, i, v->labels, e);
	}
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, files, e);
}

const struct cmd cmd_files = {
	.name = "files",
	.summary = "list the files that a patch of a quilt series changes",
	.usage = "[-a] [-l] [-v] [PATCH]",
	.options = options,
	.values_size = sizeof(struct files_values),
	.place = PLACE_ANYWHERE,
	.max_args = 1,
	.run = run,
};
