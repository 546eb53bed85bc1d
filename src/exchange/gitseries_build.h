/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Series → commits: the cover letter as b4's cover commit, then each applied patch, on a
 * base, all in memory (no work tree, no index). What a header does not say a commit must
 * have all the same: an author "unknown", and dates a second apart in the year 2000,
 * so that they tell the commits from each other when branches are rewritten.
 */

#include "exchange/gitseries_state.h"
#include "text/patch.h"

struct edit_build {
	struct batch *batch;
	const char *target;
	const char *base_commit;
	const char *base_tree;
	const char *committer; /* "Name <mail> 1234567890 +0000" */
	const struct series_files *files;
	unsigned fuzz; /* as patch -F */
	/* Apply it, make no commits: only the tree that comes out. */
	bool tree_only;
};

/* Fills cover, head and entries of @s. ERR_CONFLICT, with where, when a patch does not fit. */
int edit_build(const struct edit_build *in, struct edit_state *s, char tree[static OID_HEX],
	       struct err *e) _must_check_;
/* Appends the cover commit's message for the cover letter @file (NULL: there is none). */
void edit_cover_message(const struct series_file *file, const char *target, struct buf *out);
