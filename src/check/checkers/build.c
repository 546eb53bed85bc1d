// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * build: the objects of the target compile before and after the series, and the
 * series adds no warning at W=1.
 */
#include "check/check.h"

static const struct diag *first_error(const struct unit_build *b)
{
	vec_each (d, &b->diags.list) {
		if (d->error)
			return d;
	}
	return NULL;
}

/* make's own first word on it, else the last lines. */
static struct slice complaint(struct slice log)
{
	struct slice rest = log, line;

	while (slice_line(&rest, &line)) {
		if (memmem(line.p, line.n, " *** ", 5))
			return slice_trim(line);
	}
	return log.n > 300 ? (struct slice){ log.p + log.n - 300, 300 } : log;
}

/* A build that failed without a compiler's word failed in make or a script. */
static void say_failed(struct verdict *v, enum verdict_status status, const char *what,
		       const struct unit_build *b)
{
	const struct diag *d = first_error(b);
	struct slice log = slice_trim(slice_str(b->log));

	if (d) {
		finding_add(v, FINDING_ERROR, "compile", d->path, d->line, "%s",
			    d->message);
		verdict_say(v, status, "%s does not build: %s:%u: %s", what, d->path,
			    d->line, d->message);
		return;
	}
	log = complaint(log);
	verdict_say(v, status, "%s does not build: %.*s", what, SLICE_ARG(log));
}

static void compare(const struct unit_build *base, const struct unit_build *patched,
		    struct verdict *v)
{
	struct diag_refs added = { 0 };

	diags_new(&base->diags, &patched->diags, &added);
	for (size_t i = 0; i < added.n; i++) {
		const struct diag *d = added.v[i];

		finding_add(v, FINDING_ERROR, "new-warning", d->path, d->line, "%s",
			    d->message);
	}
	json_object_set_new(v->facts, "warnings_base",
			    json_integer((json_int_t)base->diags.list.n));
	json_object_set_new(v->facts, "warnings_patched",
			    json_integer((json_int_t)patched->diags.list.n));
	json_object_set_new(v->facts, "warnings_new", json_integer((json_int_t)added.n));
	if (added.n)
		verdict_say(v, VERDICT_FAIL, "%zu new warning%s: %s:%u: %s", added.n,
			    added.n > 1 ? "s" : "", added.v[0]->path, added.v[0]->line,
			    added.v[0]->message);
	vec_release(&added);
}

static void run(const struct check_run *run, struct verdict *v)
{
	const struct strlist *objects = &run->target->plan->conf->objects;
	const struct unit_build *base, *patched;
	json_t *names = json_array();
	struct err e = { 0 };

	for (size_t i = 0; i < objects->n; i++)
		json_array_append_new(names, json_string(objects->v[i]));
	json_object_set_new(v->facts, "objects", names);
	if (unit_build(run->unit, VARIANT_BASE, &base, &e) ||
	    unit_build(run->unit, VARIANT_PATCHED, &patched, &e)) {
		check_broken(v, &e);
		return;
	}
	v->command = xstrdup(patched->command);
	v->log = xstrdup(patched->log);
	v->max_rss_kb = patched->max_rss_kb;
	v->cpu_s = base->cpu_s + patched->cpu_s;
	if (!base->ok) {
		say_failed(v, VERDICT_ERROR, "the base", base);
		return;
	}
	if (!patched->ok) {
		say_failed(v, VERDICT_FAIL, "the patched tree", patched);
		return;
	}
	compare(base, patched, v);
	verdict_say(v, VERDICT_PASS, "builds without a new warning");
}

const struct checker checker_build = {
	.spec = { .name = "build",
		  .usual_s = 9,
		  .version = 1,
		  .scope = SCOPE_UNIT,
		  .inputs = INPUT_CHANGES | INPUT_OBJECTS | INPUT_CHECKOUT },
	.run = run,
	.needs_target = true,
};
