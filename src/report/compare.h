/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A comparison of two variants, for people and for programs. */

#include <jansson.h>

#include "engine/compare.h"
#include "report/style.h"

struct compare_sides {
	const char *ours, *theirs; /* names of the targets */
};

/* Appends it as text; with @all also the hunks that are the same. */
void compare_text(const struct comparison *c, const struct compare_sides *sides,
		  const struct style *style, bool all, struct buf *out);
/* The document, schema carry.compare/1; the caller's. */
json_t *compare_json(const struct comparison *c, const struct compare_sides *sides);
