/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Applies patches to a tree of the store and keeps what comes out as a tree. */

#include "engine/apply.h"
#include "store/tree.h"

/*
 * apply_series() on the tree @base, with policy->watch unused. When no patch conflicts,
 * @tree is the id of what they make, which is in the store then; else it is "".
 * The bytes of (*out)->files may be gone. @base and @tree may be the same.
 */
int tree_apply(struct store *s, const char *base, const struct patch *const *patches,
	       const bool *reverse, size_t n, const struct apply_policy *policy,
	       struct apply_result **out, char tree[static OID_HEX],
	       struct err *e) _must_check_;
