/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A series cut into chains: sets of changes such that no file of one has to do with a
 * file of another. A chain is the changes of one file through all patches; of several
 * files where a rename, a copy or two names of one change tie them, or where one's path
 * is a directory of the other's. As long as every patch applies, chains can be run in
 * any order and at once, and the result is that of the whole series in its order.
 */

#include "base/vec.h"
#include "text/patch.h"

/* One change that is to be done. */
struct step {
	const struct change *change;
	uint32_t patch; /* index into the series */
	uint32_t index; /* of the change, into that patch */
	/* Of the patch, from 0: moves of one mail read what was before it. */
	uint32_t mail;
};

/* Appends the steps of one patch in their order, which @reverse turns round. */
struct steps {
	struct step *v;
	size_t n, cap;
};

void patch_steps(const struct patch *p, uint32_t index, bool reverse, struct steps *out);

struct chain {
	const struct step *steps; /* in order */
	size_t n;
	uint64_t cost; /* bytes to look at, about: only for sharing out the work */
};

struct chains {
	struct chain *v; /* the dearest first */
	size_t n;
	struct step *steps; /* what v[].steps point into */
};

/* A file system has no longer path; a hostile one must not cost its square. */
#define CHAIN_MAX_PATH 4096

/*
 * Cuts the patches for which @use is true (NULL: all). Those with reverse[i] go
 * backwards (NULL: none). False, and *out empty, where a path is too long.
 */
bool chains_make(const struct patch *const *patches, const bool *reverse, const bool *use,
		 size_t n, struct chains *out);
void chains_release(struct chains *c);
#define _cleanup_chains_ _cleanup_(chains_release)
