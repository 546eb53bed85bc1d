/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a semantic patch reports, and what follows from it. A rule prints one
 * fact a line: "carry: " and a JSON object with kind, name (of a function),
 * file and line. The kinds read here: binding, definition, delegates (callee),
 * proves, violates and undecided (property, what); others are kept as seen.
 */

#include <jansson.h>

#include "base/err.h"
#include "engine/verdict.h"
#include "store/conf.h"

/* The facts in a tool's output, as an array. ERR_INPUT for a line that is none. */
int facts_parse(struct slice output, json_t **out, struct err *e) _must_check_;

enum fact_state {
	STATE_UNSEEN, /* no definition was parsed: nothing is known */
	STATE_HOLDS,  /* proven, or handed on to one for which it holds */
	STATE_VIOLATED,
	STATE_UNDECIDED, /* neither was shown */
};

const char *fact_state_name(enum fact_state s);
/* How @property stands for function @name. */
enum fact_state facts_state(const json_t *facts, const char *name, const char *property);
/*
 * Judges an assertion over @facts. With handlers, each must have every required
 * property; bound functions that are not among them are listed as out of scope.
 * Without, each property must be proven somewhere and violated nowhere.
 */
void facts_judge(const json_t *facts, const struct conf_assert *a,
		 const struct strlist *handlers, struct verdict *v);
