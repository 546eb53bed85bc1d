/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What of the object store serves no more: trees that were the base of a target
 * until a newer one came, those of targets that are gone, and what was written
 * for a look (`carry apply`). Only while nobody has the store open and no fetch
 * is at work.
 */

#include <stdatomic.h>

#include "base/err.h"
#include "base/vec.h"

struct store_gc {
	struct strvec gone;    /* bases recorded for a target that is not in @keep */
	uint64_t total, freed; /* bytes of objects before, and of those that went */
};

struct store_gc_opts {
	/* Targets whose bases stay; NULL: all that are recorded. */
	const struct strvec *keep;
	bool dry_run; /* freed is what could go */
	const atomic_bool *cancel;
};

/* ERR_EXISTS when another carry uses the store; *out is always releasable. */
int store_gc(const char *cache, const struct store_gc_opts *o, struct store_gc *out,
	     struct err *e) _must_check_;
