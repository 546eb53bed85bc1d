/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which commit of an edited branch is which patch of the series. git's own commands
 * keep author and author's date when they rewrite a commit, and mostly its title; what
 * has neither may still make the same change.
 */

#include "exchange/gitseries_state.h"

struct branch_commit {
	struct gitcommit c;
	ssize_t entry; /* index into state->entries; -1: it is new */
	bool same;     /* the very commit that was made of the patch */
};

struct branch {
	struct arena arena;
	VEC(struct branch_commit) commits; /* from the base up, without the cover */
	struct gitcommit cover;		   /* id "" when it was dropped */
};

/*
 * Reads the commits from state->base up to @head and matches them. ERR_CONFLICT when the
 * branch stands on another base or has merges.
 */
int branch_read(const struct gitrepo *r, const struct edit_state *state, const char *head,
		struct branch *out, struct err *e) _must_check_;
void branch_release(struct branch *b);
