// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * object: in the compiled object the site of each assertion stands in the
 * handlers as a warn-once trap, and its flag test comes before any lock.
 */
#include "check/check.h"
#include "check/object/object.h"

/* The locks of the assertion and those that this configuration calls. */
static void lock_list(const struct check_run *run, const struct conf_assert *a,
		      struct strvec *locks)
{
	for (size_t i = 0; i < a->locks.n; i++)
		strvec_push(locks, a->locks.v[i]);
	for (size_t i = 0; i < run->cell->config->locks.n; i++)
		strvec_push(locks, run->cell->config->locks.v[i]);
}

static int examine(const struct check_run *run, const struct conf_assert *a,
		   const char *object, const char *file, const struct site_lines *lines,
		   struct verdict *v, struct err *e)
{
	const struct strlist *handlers = &run->target->plan->conf->handlers;
	_cleanup_free_ char *path = unit_object(run->unit, VARIANT_PATCHED, object);
	_cleanup_strvec_ struct strvec locks = { 0 }, names = { 0 };
	struct object_query q = { .path = path, .source = file, .mask = a->mask };
	struct object_report *report;
	struct verdict one;
	int rc;

	lock_list(run, a, &locks);
	for (size_t i = 0; i < handlers->n; i++)
		strvec_push(&names, handlers->v[i]);
	q.handlers = (const char *const *)names.v;
	q.locks = (const char *const *)locks.v;
	q.lines = lines->v;
	q.nlines = lines->n;
	rc = object_examine(&q, &report, e);
	if (rc)
		return rc;
	verdict_init(&one);
	object_judge(report, &one);
	object_report_free(report);
	json_array_extend(v->findings, one.findings);
	json_object_set(v->facts, object, one.facts);
	verdict_say(v, one.status, "%s",
		    one.reason ? one.reason : "the test comes first");
	verdict_release(&one);
	return 0;
}

static void check_file(const struct check_run *run, const struct conf_assert *a,
		       const char *object, const char *file, struct verdict *v)
{
	_cleanup_buf_ struct buf source = BUF_INIT;
	struct site_lines lines = { 0 };
	struct err e = { 0 };

	if (check_patched(run->target, file, &source, &e)) {
		check_broken(v, &e);
		return;
	}
	check_sites(buf_slice(&source), a->site, &lines);
	if (!lines.n) {
		finding_add(v, FINDING_ERROR, "no-site", file, 0, "%s: no statement '%s'",
			    a->name, a->site);
		verdict_say(v, VERDICT_FAIL, "%s: '%s' is not in %s", a->name, a->site,
			    file);
	} else if (examine(run, a, object, file, &lines, v, &e)) {
		check_broken(v, &e);
	}
	vec_release(&lines);
}

static void run(const struct check_run *run, struct verdict *v)
{
	const struct conf_target *t = run->target->plan->conf;
	const struct unit_build *b;
	struct err e = { 0 };
	bool any = false;

	if (unit_build(run->unit, VARIANT_PATCHED, &b, &e)) {
		check_broken(v, &e);
		return;
	}
	v->command = xstrdup(b->command);
	if (!b->ok) {
		verdict_say(v, VERDICT_ERROR,
			    "there is no object: the build failed (see build)");
		return;
	}
	if (t->objects.n != t->files.n) {
		verdict_say(
			v, VERDICT_ERROR,
			"the target names %zu objects and %zu files: give one 'file' for "
			"each 'object', in the same order",
			t->objects.n, t->files.n);
		return;
	}
	vec_each (a, &run->env->plan->conf->asserts) {
		if (!a->site)
			continue;
		/* The n-th object is made of the n-th file. */
		for (size_t i = 0; i < t->objects.n; i++) {
			any = true;
			check_file(run, a, t->objects.v[i], t->files.v[i], v);
		}
	}
	if (!any)
		verdict_say(v, VERDICT_SKIP,
			    "no assertion has a site, or the target no file");
	verdict_say(v, VERDICT_PASS, "the test comes before any lock");
}

static bool asked(const struct conf *conf)
{
	vec_each (a, &conf->asserts) {
		if (a->site)
			return true;
	}
	return false;
}

const struct checker checker_object = {
	.spec = { .name = "object",
		  .version = 1,
		  .scope = SCOPE_UNIT,
		  .inputs =
			  INPUT_CHANGES | INPUT_OBJECTS | INPUT_CHECKOUT | INPUT_ASSERTS,
		  .asked = asked },
	.run = run,
	.needs_target = true,
};
