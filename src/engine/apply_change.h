/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One change of a patch, onto the tree. */

#include "engine/apply_tree.h"

/*
 * Applies @c and fills @o, whose `change` and `hunks` are set. Where the answer is
 * not ANSWER_APPLIES, the tree is as it was.
 */
int apply_change(struct tree *t, const struct change *c, bool reverse,
		 const struct apply_policy *policy, struct change_outcome *o,
		 struct err *e) _must_check_;
