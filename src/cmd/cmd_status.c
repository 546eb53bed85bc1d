// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/present.h"

struct values {
	struct filter_opts filter;
};

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct plan_filter filter;
	struct project p;
	int rc;

	filter_make(env, &v->filter, &filter);
	rc = project_open_seen(env, &filter, &p, e);
	if (!rc)
		rc = present_matrix(env, &p, e);
	project_release(&p);
	filter_release(&filter);
	return rc;
}

static const struct opt options[] = {
	FILTER_OPTIONS(struct values, filter),
	OPT_END,
};

const struct cmd cmd_status = {
	.name = "status",
	.summary = "show the matrix from stored evidence, at once",
	.usage = "[options] [TARGET...]",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_JSON | HABIT_PORCELAIN | HABIT_NUL,
	.place = PLACE_REPO,
	.max_args = ARGS_ANY,
	.args = HINT_TARGET,
	.run = run,
};
