// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/runtime/judge.h"

#include <regex.h>

/* Whether one of @rt's expressions is for @name; conf_read() has compiled them once. */
static bool shows(const struct conf_runtime *rt, const char *name, bool *used)
{
	bool any = false;

	for (size_t i = 0; i < rt->shows.n; i++) {
		regex_t re;

		if (regcomp(&re, rt->shows.v[i], REG_EXTENDED | REG_NOSUB))
			continue;
		if (!regexec(&re, name, 0, NULL, 0)) {
			any = true;
			used[i] = true;
		}
		regfree(&re);
	}
	return any;
}

static json_t *text(const char *s)
{
	return json_bytes(s, strlen(s));
}

static json_t *boot_json(const struct console *c)
{
	json_t *failed = json_array();

	vec_each (k, &c->checks) {
		if (!k->pass)
			json_array_append_new(failed, text(k->name));
	}
	return json_pack("{s:i, s:o, s:i, s:O}", "checks", (int)c->checks.n, "failed",
			 failed, "warnings", (int)c->warnings, "said", c->facts);
}

/* Both must have made the same checks, in the same order. */
static bool are_alike(const struct console *base, const struct console *patched,
		      struct verdict *v)
{
	size_t n =
		base->checks.n < patched->checks.n ? base->checks.n : patched->checks.n;

	for (size_t i = 0; i < n; i++) {
		const char *a = base->checks.v[i].name, *b = patched->checks.v[i].name;

		if (!strcmp(a, b))
			continue;
		verdict_say(
			v, VERDICT_ERROR,
			"the boots made different checks: '%s' on the base, '%s' with the "
			"series",
			a, b);
		return false;
	}
	if (base->checks.n == patched->checks.n)
		return true;
	verdict_say(v, VERDICT_ERROR, "the base made %zu checks, the series %zu",
		    base->checks.n, patched->checks.n);
	return false;
}

static void judge_base(const struct console_check *k, bool must_fail, struct verdict *v)
{
	if (must_fail && k->pass)
		verdict_say(v, VERDICT_ERROR,
			    "'%s' passes on the base as well, so it shows nothing: %s",
			    k->name, k->detail);
	else if (!must_fail && !k->pass)
		verdict_say(v, VERDICT_ERROR, "'%s' fails on the base already: %s",
			    k->name, k->detail);
}

static void judge_patched(const struct console_check *k, struct verdict *v)
{
	if (k->pass)
		return;
	finding_add(v, FINDING_ERROR, k->name, NULL, 0, "%s", k->detail);
	verdict_say(v, VERDICT_FAIL, "'%s' fails: %s", k->name, k->detail);
}

static void judge_checks(const struct conf_runtime *rt, const struct console *base,
			 const struct console *patched, struct verdict *v)
{
	_cleanup_free_ bool *used = xcalloc(rt->shows.n, sizeof(*used));
	json_t *names = json_array();

	for (size_t i = 0; i < base->checks.n; i++) {
		const struct console_check *k = &base->checks.v[i];
		bool must_fail = shows(rt, k->name, used);

		if (must_fail)
			json_array_append_new(names, text(k->name));
		judge_base(k, must_fail, v);
		judge_patched(&patched->checks.v[i], v);
	}
	json_object_set_new(v->facts, "shown_by", names);
	for (size_t i = 0; i < rt->shows.n; i++) {
		if (!used[i])
			verdict_say(v, VERDICT_ERROR, "no check has a name like '%s'",
				    rt->shows.v[i]);
	}
}

void runtime_judge(const struct conf_runtime *rt, const struct console *base,
		   const struct console *patched, struct verdict *v)
{
	json_object_set_new(v->facts, "base", boot_json(base));
	json_object_set_new(v->facts, "patched", boot_json(patched));
	if (!are_alike(base, patched, v))
		return;
	if (base->warnings)
		verdict_say(v, VERDICT_ERROR, "the base warns by itself, %u times",
			    base->warnings);
	judge_checks(rt, base, patched, v);
	verdict_say(v, VERDICT_PASS, "%zu checks hold with the series",
		    patched->checks.n);
}
