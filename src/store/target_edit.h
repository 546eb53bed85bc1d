/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Lines come and go: changes of carry.conf and of the series directories that
 * belong together. A change is planned first, without touching anything, and
 * then made in an order in which every step leaves a repository that is whole:
 * directories are written aside and renamed into place before carry.conf names
 * them, and nothing is removed that it still names for a line of its own. A
 * change that was interrupted leaves at most a directory that nothing names.
 *
 * carry.conf is edited by lines: what is not meant stays byte for byte,
 * comments too. The new text is read back before it replaces the old one.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct target_edit {
	const char *name;
	const struct strvec *sources; /* values of `source`; for a target that is new */
	const char *like; /* whose keys and series it takes over; NULL: the newest */
	bool required;
};

/* Paths are relative to the repository's top; NULL where there is none. */
struct target_change {
	struct buf was;		   /* carry.conf as it was read */
	struct buf conf;	   /* as it will be in the end */
	struct buf conf_first;	   /* before `move_from` is moved; empty: not needed */
	char *copy_from, *copy_to; /* a series that another line starts from */
	char *move_from;	   /* the series that becomes that of the newest line */
	struct strvec steps;	   /* what it comes to, for a person */
};

/*
 * A new line: its keys and its series start as those of @t->like. ERR_EXISTS
 * when there is such a target, ERR_NOTFOUND when there is no @t->like,
 * ERR_USAGE for a name or source that cannot be. *out is always releasable.
 */
int target_plan_add(const char *top, const struct target_edit *t,
		    struct target_change *out, struct err *e) _must_check_;
/*
 * The line becomes the newest one. series/ is kept for the old newest line as
 * backports/<old newest>; the new one goes on from it, or from the series that
 * it had. A target that is new takes over the keys of the old newest.
 */
int target_plan_promote(const char *top, const struct target_edit *t,
			struct target_change *out, struct err *e) _must_check_;
/* The line leaves the matrix; its patches stay. */
int target_plan_retire(const char *top, const char *name, struct target_change *out,
		       struct err *e) _must_check_;
/*
 * Makes the change; one at a time in a repository. ERR_CONFLICT when carry.conf
 * is no longer what the change was planned on.
 */
int target_change_apply(const char *top, const struct target_change *c,
			struct err *e) _must_check_;
void target_change_release(struct target_change *c);
