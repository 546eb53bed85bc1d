/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Diagnostics of compilers and sparse, and their difference by identity. Line
 * numbers move with every patch and counts hide that one warning replaced
 * another, so a diagnostic is known by the file, the text of the source line
 * that it stands at, its level and its message; two logs are compared as
 * multisets of those.
 */

#include "base/arena.h"
#include "base/vec.h"

struct diag {
	const char *path;    /* relative to the source tree */
	unsigned line;	     /* from 1 */
	bool error;	     /* else a warning */
	const char *message; /* with its [-Wflag], if any */
	const char *text;    /* the source line, trimmed; "" if it is not known */
};

struct diags {
	struct arena arena;
	VEC(struct diag) list;
};

/*
 * Takes the diagnostics out of a tool's output. @prefix is the path of the
 * source tree as the tool saw it, @dir where it can be read now. Notes and
 * context lines are left out.
 */
void diags_parse(struct diags *d, struct slice log, const char *prefix, const char *dir);
/* Those of @after that @before does not have, in order; pointers into @after. */
struct diag_refs {
	const struct diag **v;
	size_t n, cap;
};
void diags_new(const struct diags *before, const struct diags *after,
	       struct diag_refs *out);
void diags_release(struct diags *d);
