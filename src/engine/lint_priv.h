/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of lint share; nobody else includes it. */

#include "engine/lint.h"

/* One patch being read. */
struct lint {
	const struct lint_against *against;
	struct lint_report *out;
	const struct lint_patch *at;
	struct header *header;
	struct provenance *provenance;
	const struct header *newest; /* of its like in the newest line, or NULL */
};

void lint_say(struct lint *l, const char *id, unsigned line, const char *fmt, ...)
	_printf_(4, 5);
/* Fields, message, trailers, encoding. */
void lint_header(struct lint *l);
/* What it says of upstream, held against itself. */
void lint_origin(struct lint *l);
/* The same held against upstream's repository. */
int lint_upstream(struct lint *l, struct err *e) _must_check_;
/* Sign-offs of @theirs that are not in ours, or in another order. */
void lint_chain(struct lint *l, const struct header *theirs, const char *whose);
/* "<x@y>" is in @s. */
bool has_address(struct slice s);
bool is_credit(const struct trailer *t);
bool has_trailer(const struct header *h, const struct trailer *want);
