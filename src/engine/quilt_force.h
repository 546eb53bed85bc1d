/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/vec.h"
#include "engine/apply.h"

/*
 * A patch that does not fit, cut down to what does: its changes without the hunks
 * that fail, and without those changes of which nothing is left.
 */
struct reject {
	struct slice path; /* of the file */
	struct buf text;   /* for <path>.rej; empty: nobody knows of which file */
	bool there;	   /* the file exists, and gets a backup as with quilt */
};

struct forced {
	struct arena arena;
	struct patch patch;
	VEC(struct reject) rejects;
};

/*
 * Fills *f for a patch that on @src gave the answers @o. Only what then applies there is
 * left in f->patch, which may be nothing.
 */
int forced_make(struct blob_source *src, const struct apply_policy *policy,
		const struct patch_outcome *o, bool reverse, struct forced *f,
		struct err *e) _must_check_;
void forced_release(struct forced *f);
