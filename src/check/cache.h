/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where the work of a run stands in the cache, and what of it serves no more.
 * Every name holds all that the place depends on, so that what is not named by
 * the plan of today is left over from a base, a tool or a patch that went.
 */

#include <stdatomic.h>

#include "engine/plan.h"

/* The build directory of a SCOPE_UNIT cell. The caller frees, as with the next two. */
char *cache_unit_dir(const char *cache, const struct plan *plan, const struct cell *c);
/* The sparse tree of a base, with what @rt (or NULL) needs besides. */
char *cache_tree_dir(const char *cache, const struct plan *plan,
		     const struct conf_runtime *rt, const char *tree);
/* The sources that a rule read for a cell. */
char *cache_sources_dir(const char *cache, const struct cell *c, const char *assert);

struct cache_left {
	struct strvec
		paths;	/* sorted; what is in use by another carry is not among them */
	uint64_t bytes; /* on disk; a file with other names counts for nothing */
};

/* What @plan has no use for. ERR_CANCELLED when *cancel becomes true. */
int cache_leftover(const char *cache, const struct plan *plan, const atomic_bool *cancel,
		   struct cache_left *left, struct err *e) _must_check_;
/* Adds what stands at @path. */
void cache_left_add(struct cache_left *left, const char *path);
/*
 * Removes one of those, unless another carry took it up meanwhile. Whoever kills it
 * finds the whole of it or, by its name, nothing; the rest goes with a later gc.
 */
int cache_drop(const char *path, struct err *e) _must_check_;
