// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/stack.h"

/* With -v each with what it is: "+" applied, "=" the topmost one, as quilt marks them. */
static int series(struct cmd_env *env, struct quilt *q, const void *values, struct err *e)
{
	(void)values;
	(void)e;
	for (size_t i = 0; i < q->series->entries.n; i++) {
		const char *mark = i + 1 == q->applied.n ? "= "
				   : i < q->applied.n	 ? "+ "
							 : "  ";

		fprintf(env->out, "%s%s\n", env->verbosity > 0 ? mark : "",
			q->series->entries.v[i].name);
	}
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, series, e);
}

const struct cmd cmd_series = {
	.name = "series",
	.summary = "list all patches of a quilt series",
	.usage = "[-v]",
	.place = PLACE_ANYWHERE,
	.run = run,
};
