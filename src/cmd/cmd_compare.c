// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/present.h"
#include "cmd/project.h"
#include "engine/compare.h"
#include "report/compare.h"
#include "report/json.h"
#include "store/conf.h"

struct values {
	bool all;
};

static int load(struct cmd_env *env, const struct conf *c, const char *name,
		struct variant_series **out, struct err *e)
{
	const struct conf_target *t;
	int rc = project_target(c, name, &t, e);

	return rc ? rc : variant_load(env->top, t, out, e);
}

static int show(struct cmd_env *env, const struct comparison *c,
		const struct compare_sides *sides, bool all, struct err *e)
{
	struct style style = present_style(env, env->out);
	_cleanup_buf_ struct buf out = BUF_INIT;
	int rc = 0;

	if (env->json) {
		json_t *doc = compare_json(c, sides);

		rc = report_json(doc, JSON_LINES, &out, e);
		json_decref(doc);
	} else {
		compare_text(c, sides, &style, all, &out);
	}
	fwrite(buf_str(&out), 1, out.len, env->out);
	return rc ? rc : c->findings ? CMD_FINDINGS : 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct variant_series *ours = NULL, *theirs = NULL;
	struct compare_sides sides = { .ours = env->argv[0] };
	struct comparison comparison = { 0 };
	struct conf *c = NULL;
	int rc = conf_read(env->conf, &c, e);

	if (rc)
		return rc;
	sides.theirs = env->argc > 1 ? env->argv[1] : c->newest;
	rc = load(env, c, sides.ours, &ours, e);
	if (!rc)
		rc = load(env, c, sides.theirs, &theirs, e);
	if (!rc) {
		compare_variants(ours, theirs, &comparison);
		rc = show(env, &comparison, &sides, v->all, e);
	}
	comparison_release(&comparison);
	variant_free(ours);
	variant_free(theirs);
	conf_free(c);
	return rc;
}

static const struct opt options[] = {
	OPT_FLAG('a', "all", struct values, all, "also what is the same"),
	OPT_END,
};

const struct cmd cmd_compare = {
	.name = "compare",
	.summary = "show how a target's series differs from another's, hunk by hunk",
	.usage = "[-a] [--json] TARGET [OTHER]",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_JSON,
	.place = PLACE_REPO,
	.min_args = 1,
	.max_args = 2,
	.args = HINT_TARGET,
	.run = run,
};
