/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The diff of a patch file after its commit's content changed: files that differ are
 * written as git has them now, in the manner of the patch (prefixes, context, index lines,
 * stamps); of the hunks in them those that are still the same keep their heads'
 * words. Everything else keeps its bytes.
 */

#include "exchange/gitseries_diff.h"
#include "text/patch.h"

/* The manner of @p; prefixes are in @a. */
void rewrite_style(const struct patch *p, bool reverse, struct arena *a,
		   struct diff_style *out);
/*
 * Appends the changes of @p as they are after the commit that was made of it turned into
 * another one: @was and @now are the diffs of the two in the style of @p. Header and
 * trailer are the caller's.
 */
int rewrite_changes(const struct patch *p, struct slice was, struct slice now, struct buf *out,
		    struct err *e) _must_check_;
/* Appends the tail of a header ("---" and so on), its statistics replaced by @stat. */
void rewrite_stat(struct slice tail, struct slice stat, struct buf *out);
/* Whether there are statistics in it. */
bool has_stat(struct slice tail);
