// SPDX-License-Identifier: GPL-2.0-or-later
/* lint: what the rules of engine/lint find in the series of a target. */
#include "check/check.h"
#include "engine/lint.h"

static const struct variant_series *newest_of(const struct check_run *run)
{
	const struct plan *plan = run->env->plan;

	vec_each (t, &plan->targets) {
		if (!strcmp(t->conf->name, plan->conf->newest))
			return t->variant;
	}
	return NULL;
}

static void add_findings(const struct lint_report *r, struct verdict *v)
{
	json_t *drift = json_object();

	vec_each (d, &r->drifts)
		json_object_set_new(drift, d->name, json_string(drift_name(d->drift)));
	json_object_set_new(v->facts, "drift", drift);
	vec_each (f, &r->findings) {
		finding_add(v, f->rule->level, f->rule->id, f->path, f->line, "%s",
			    f->text);
		if (f->rule->level == FINDING_ERROR)
			verdict_say(v, VERDICT_FAIL, "%s: %s", f->path, f->text);
	}
}

static void run(const struct check_run *run, struct verdict *v)
{
	const struct variant_series *s = run->target->plan->variant;
	const struct variant_series *newest = newest_of(run);
	struct lint_against against = { .newest = newest == s ? NULL : newest };
	struct lint_report report = { 0 };
	struct err e = { 0 };

	json_object_set_new(v->facts, "patches", json_integer((json_int_t)s->n));
	if (lint_variant(s, run->target->plan->conf->series, &against, &report, &e))
		check_broken(v, &e);
	add_findings(&report, v);
	lint_report_release(&report);
	if (!s->n)
		verdict_say(v, VERDICT_ERROR,
			    "the series is empty: there is nothing to read");
	verdict_say(v, VERDICT_PASS, "headers are complete");
}

const struct checker checker_lint = {
	.spec = { .name = "lint",
		  .version = 2,
		  .scope = SCOPE_TARGET,
		  .inputs = INPUT_HEADERS | INPUT_NEWEST },
	.run = run,
};
