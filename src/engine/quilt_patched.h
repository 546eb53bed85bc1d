/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * An applied patch, applied in memory to its own backups: its files as the push or the
 * last refresh left them, whatever was edited in the tree since. Writes nothing.
 */

#include "engine/quilt.h"
#include "engine/quilt_force.h"

struct patched {
	struct blob_source backups; /* first, so that one pointer is the other */
	struct quilt *q;
	const char *name;
	struct patch *patch; /* NULL: there is no file of it yet, or no change in it */
	bool reverse;
	struct apply_policy policy;
	struct apply_result *result; /* NULL without a patch */
	struct forced forced;
	struct apply_result *fitting; /* of what is left in `forced`; NULL without it */
};

/*
 * Applies the patch @index of q->applied, with that fuzz. 0 also when it does not fit: see
 * patched_outcome(). An error when the patch cannot be read; then its files are the
 * backups. *p is always releasable.
 */
int patched_open(struct quilt *q, size_t index, unsigned fuzz, struct patched *p,
		 struct err *e) _must_check_;
/* Of a patch that does not fit: from here on its files are as a forced push left them. */
int patched_fit(struct patched *p, struct err *e) _must_check_;
/* What became of the patch as a whole; NULL when there is none. */
const struct patch_outcome *patched_outcome(const struct patched *p);
/* What the patch made of @file, if anything; NULL: it is still as the backup has it. */
const struct result_file *patched_file(const struct patched *p, const char *file);
void patched_release(struct patched *p);
#define _cleanup_patched_ _cleanup_(patched_release)
