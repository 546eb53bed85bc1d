/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Changes of the tree and of .pc that are written aside first and then put in place all
 * or none. The journal has a line for each, done in order; doing them again from the
 * start does no harm:
 *
 *	p NUMBER PATH		.carry-stage/NUMBER becomes .pc/PATH
 *	t NUMBER PATH		likewise in the tree
 *	r PATH			.pc/PATH goes, and directories that are empty then
 *	R PATH			PATH of the tree goes
 *	e PATH			directories above PATH of the tree go when they are empty
 *	d NAME			all of the patch in .pc goes
 *	s SECONDS NSEC NAME	.pc/NAME/.timestamp is made, or becomes that old
 */

#include "engine/quilt_pushing.h"

struct redo {
	struct pushing *s;
	struct strvec ops;
	size_t number; /* of the next file in the stage */
	int stage_fd;
	mode_t umask;
};

/* Keeps quilt out, and empties the stage. redo_release() may always be called. */
int redo_begin(struct redo *r, struct pushing *s, struct err *e) _must_check_;
void redo_release(struct redo *r);
/* Writes a file aside, unless @path is the same already. @where is 'p' or 't'. */
int redo_put(struct redo *r, char where, const char *path, const struct iovec *v,
	     size_t n, const struct new_file *how, struct err *e) _must_check_;
/* Puts it in place, and lets quilt in again. */
int redo_commit(struct redo *r, struct err *e) _must_check_;
/* Does what a journal says, if there is one; the stage is still there then. */
int redo_finish(const struct quilt *q, struct err *e) _must_check_;
