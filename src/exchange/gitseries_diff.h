/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The diffs of commits against their first parents, by one run of git-diff-tree(1)
 * whatever their number.
 */

#include "base/map.h"
#include "exchange/gitrepo.h"

/* How a patch file is written; what is not said is git's own way. */
struct diff_style {
	const char *old_prefix, *new_prefix; /* "a/" and "b/" when NULL */
	unsigned context;		     /* lines */
	unsigned abbrev;		     /* digits of ids; 0: all */
	bool renames;
	bool reverse;
	bool raw; /* no contents: a line for each file, with modes and both blobs' ids */
};

struct diffs {
	struct arena arena;
	struct buf text;
	struct map by_id; /* → struct slice * */
};

/* @style NULL: full ids, no renames, three lines of context. */
int diffs_read(const struct gitrepo *r, const struct strvec *ids, const struct diff_style *style,
	       struct diffs *out, struct err *e) _must_check_;
void diffs_release(struct diffs *d);
/* The diff of the commit @id; empty when it was not asked for or changes nothing. */
struct slice diffs_get(const struct diffs *d, const char *id);
/*
 * What it does, wherever: without ids of blobs, line numbers and what git shows behind
 * them. In the arena of @d.
 */
struct slice diffs_essence(struct diffs *d, const char *id);
/* Appends git's statistics of one commit, as format-patch has them. */
int diff_stat(const struct gitrepo *r, const char *id, bool renames, bool reverse,
	      struct buf *out, struct err *e) _must_check_;
