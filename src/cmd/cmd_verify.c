// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/present.h"
#include "cmd/verify.h"

struct values {
	struct filter_opts filter;
	bool fresh;
};

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct plan_filter filter;
	struct project p;
	struct err later = { 0 };
	int rc;

	filter_make(env, &v->filter, &filter);
	rc = project_open(env, &filter, &p, e);
	if (!rc) {
		rc = verify_cells(env, &p, v->fresh, NULL, e);
		/* What ended the run early is the result; the matrix shows how far it
		 * came. */
		if (p.plan.cells.n) {
			int shown = present_matrix(env, &p, &later);

			if (!rc && later.code)
				*e = later;
			rc = rc ? rc : shown;
		}
	}
	project_release(&p);
	filter_release(&filter);
	return rc;
}

static const struct opt options[] = {
	FILTER_OPTIONS(struct values, filter),
	OPT_FLAG(0, "fresh", struct values, fresh,
		 "run every cell, also those with evidence"),
	OPT_END,
};

const struct cmd cmd_verify = {
	.name = "verify",
	.summary = "prove the series on every target line",
	.usage = "[options] [TARGET...]",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_JOBS | HABIT_KEEP_GOING | HABIT_DRY_RUN | HABIT_JSON |
		  HABIT_PORCELAIN | HABIT_NUL | HABIT_NO_SANDBOX,
	.place = PLACE_REPO,
	.max_args = ARGS_ANY,
	.args = HINT_TARGET,
	.run = run,
};
