// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/facts.h"

#define PREFIX "carry: "
/* A chain of functions that hand on to each other; longer is a circle. */
#define MAX_DELEGATION 8

int facts_parse(struct slice output, json_t **out, struct err *e)
{
	json_t *all = json_array();
	struct slice line;

	while (slice_line(&output, &line)) {
		json_error_t je;
		json_t *fact;

		line = slice_trim(line);
		if (!slice_starts(line, PREFIX))
			continue;
		fact = json_loadb(line.p + strlen(PREFIX), line.n - strlen(PREFIX), 0,
				  &je);
		if (!json_is_object(fact) ||
		    !json_is_string(json_object_get(fact, "kind"))) {
			json_decref(fact);
			json_decref(all);
			return err_set(e, ERR_INPUT,
				       "cannot read a fact of the rule: %.*s",
				       (int)(line.n > 200 ? 200 : line.n), line.p);
		}
		json_array_append_new(all, fact);
	}
	*out = all;
	return 0;
}

const char *fact_state_name(enum fact_state s)
{
	static const char *const names[] = {
		[STATE_UNSEEN] = "unseen",
		[STATE_HOLDS] = "holds",
		[STATE_VIOLATED] = "violated",
		[STATE_UNDECIDED] = "undecided",
	};

	return names[s];
}

static const char *str(const json_t *fact, const char *field)
{
	const char *s = json_string_value(json_object_get(fact, field));

	return s ? s : "";
}

static bool is(const json_t *fact, const char *kind)
{
	return !strcmp(str(fact, "kind"), kind);
}

static enum fact_state state_at(const json_t *facts, const char *name,
				const char *property, unsigned depth)
{
	bool defined = false, proven = false, violated = false;
	const char *callee = NULL;
	const json_t *f;
	size_t i;

	json_array_foreach(facts, i, f)
	{
		bool about =
			!*str(f, "property") || !strcmp(str(f, "property"), property);

		if (strcmp(str(f, "name"), name) != 0 || !about)
			continue;
		defined |= is(f, "definition");
		proven |= is(f, "proves");
		violated |= is(f, "violates");
		if (is(f, "delegates"))
			callee = str(f, "callee");
	}
	if (!defined)
		return STATE_UNSEEN;
	if (violated)
		return STATE_VIOLATED;
	if (proven)
		return STATE_HOLDS;
	if (callee && depth)
		return state_at(facts, callee, property, depth - 1);
	return STATE_UNDECIDED;
}

enum fact_state facts_state(const json_t *facts, const char *name, const char *property)
{
	return state_at(facts, name, property, MAX_DELEGATION);
}

/* The first violation, else the first thing said of @name: where to look. */
static const json_t *place_of(const json_t *facts, const char *name, const char *property)
{
	const json_t *f, *any = NULL;
	size_t i;

	json_array_foreach(facts, i, f)
	{
		if (*name && strcmp(str(f, "name"), name) != 0)
			continue;
		if (is(f, "violates") && !strcmp(str(f, "property"), property))
			return f;
		if (!any && is(f, "definition"))
			any = f;
	}
	return any;
}

static unsigned line_of(const json_t *fact)
{
	return (unsigned)json_integer_value(json_object_get(fact, "line"));
}

static void judge_handler(const json_t *facts, const struct conf_assert *a,
			  const char *name, struct verdict *v)
{
	for (size_t i = 0; i < a->require.n; i++) {
		const char *property = a->require.v[i];
		enum fact_state s = facts_state(facts, name, property);
		const json_t *at = place_of(facts, name, property);

		if (s == STATE_HOLDS)
			continue;
		if (s == STATE_UNSEEN) {
			verdict_say(v, VERDICT_ERROR,
				    "the rule did not see the definition of %s", name);
			continue;
		}
		finding_add(v, FINDING_ERROR, property, at ? str(at, "file") : NULL,
			    line_of(at), "%s: %s is %s%s%s", a->name, name,
			    fact_state_name(s), at && *str(at, "what") ? ": " : "",
			    at ? str(at, "what") : "");
		verdict_say(v, s == STATE_VIOLATED ? VERDICT_FAIL : VERDICT_ERROR,
			    "%s: %s is %s in %s (%s:%u)", a->name, property,
			    fact_state_name(s), name, at ? str(at, "file") : "",
			    line_of(at));
	}
}

/* Bound, but not what this series is about: named, never counted as passed. */
static void list_others(const json_t *facts, const struct conf_assert *a,
			const struct strlist *handlers, struct verdict *v)
{
	json_t *others = json_object();
	const json_t *f;
	size_t i;

	json_array_foreach(facts, i, f)
	{
		const char *name = str(f, "name");
		json_t *states;

		if (!is(f, "binding") || strlist_has(handlers, name) ||
		    json_object_get(others, name))
			continue;
		states = json_object();
		for (size_t p = 0; p < a->require.n; p++)
			json_object_set_new(states, a->require.v[p],
					    json_string(fact_state_name(facts_state(
						    facts, name, a->require.v[p]))));
		json_object_set_new(others, name, states);
		finding_add(v, FINDING_NOTE, "out-of-scope", str(f, "file"), line_of(f),
			    "%s: handler %s is not in scope; %s is %s", a->name, name,
			    a->require.n ? a->require.v[0] : "",
			    a->require.n ? fact_state_name(facts_state(facts, name,
								       a->require.v[0]))
					 : "");
	}
	json_object_set_new(v->facts, "out_of_scope", others);
}

/* Not required, and yet worth knowing: where a line differs from the others. */
static void note_rest(const json_t *facts, const struct conf_assert *a, struct verdict *v)
{
	const json_t *f;
	size_t i;

	json_array_foreach(facts, i, f)
	{
		const char *property = str(f, "property");

		if ((!is(f, "violates") && !is(f, "undecided")) ||
		    strlist_has(&a->require, property))
			continue;
		finding_add(v, FINDING_NOTE, property, str(f, "file"), line_of(f),
			    "%s: not so here: %s: %s", a->name, str(f, "name"),
			    str(f, "what"));
	}
}

static void judge_anywhere(const json_t *facts, const struct conf_assert *a,
			   struct verdict *v)
{
	for (size_t p = 0; p < a->require.n; p++) {
		const char *property = a->require.v[p];
		size_t proven = 0, i;
		const json_t *f;

		json_array_foreach(facts, i, f)
		{
			if (strcmp(str(f, "property"), property) != 0)
				continue;
			proven += is(f, "proves");
			if (!is(f, "violates"))
				continue;
			finding_add(v, FINDING_ERROR, property, str(f, "file"),
				    line_of(f), "%s: %s: %s", a->name, str(f, "name"),
				    str(f, "what"));
			verdict_say(v, VERDICT_FAIL, "%s: %s is violated in %s (%s:%u)",
				    a->name, property, str(f, "name"), str(f, "file"),
				    line_of(f));
		}
		if (!proven)
			verdict_say(v, VERDICT_ERROR, "%s: %s was not proven anywhere",
				    a->name, property);
	}
}

void facts_judge(const json_t *facts, const struct conf_assert *a,
		 const struct strlist *handlers, struct verdict *v)
{
	if (a->over == OVER_MENTION) {
		judge_anywhere(facts, a, v);
		note_rest(facts, a, v);
		return;
	}
	if (!handlers->n)
		verdict_say(v, VERDICT_ERROR, "%s: the target names no handler", a->name);
	for (size_t i = 0; i < handlers->n; i++)
		judge_handler(facts, a, handlers->v[i], v);
	list_others(facts, a, handlers, v);
}
