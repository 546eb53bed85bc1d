/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What two sequences have in common, in order: lines, words, names. */

#include "base/base.h"

struct lcs {
	bool *a, *b; /* per element: belongs to both */
	size_t common;
};

/*
 * Marks a longest common subsequence of the @na elements of @a and the @nb of @b. Where
 * that would cost too much (beyond 2^25 comparisons) only common begin and end are marked.
 */
void lcs_find(const struct slice *a, size_t na, const struct slice *b, size_t nb,
	      struct lcs *out);
void lcs_release(struct lcs *l);
#define _cleanup_lcs_ _cleanup_(lcs_release)
