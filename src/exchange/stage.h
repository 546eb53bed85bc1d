/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A directory that changes as a whole: the new content is made aside, in
 * `<state>/stage/`, and changes places with the old one in a single renameat2(2).
 * Whatever ends us, the directory is as it was or as it shall be: what is written is
 * synced before they change places, though not one by one.
 *
 * A stage starts as hard links to the files that are there; writing replaces a
 * file and never touches the old one's bytes. One stage is open in a repository
 * at a time; what a killed one left behind goes when the next is opened. Whoever read the
 * directory before that reads it again: place_swap() does, for a series made of commits.
 */

#include "base/fsx.h"

struct stage {
	char *dest;  /* absolute */
	char *path;  /* of the copy to change; the caller may write in it */
	bool is_new; /* there is no dest yet */
	struct strvec files,
		dirs; /* to sync: what was written, where directories were made */
	struct fsx_lock lock;
};

#define STAGE_INIT                                                                       \
	{                                                                                \
		.lock = FSX_LOCK_INIT                                                    \
	}

/*
 * Opens a stage for @dest, which need not exist; an @empty one starts without the
 * files that are there. ERR_EXISTS when another carry works at a stage; ERR_USAGE
 * when the current directory is @dest or in it, since that would go away with it.
 */
int stage_open(struct stage *s, const char *state, const char *dest, bool empty,
	       struct err *e) _must_check_;
/* Puts @data at @name, a path_is_safe() one; directories on the way are made. */
int stage_write(struct stage *s, const char *name, struct slice data,
		struct err *e) _must_check_;
/* Lets @name go; one that is not there is no error. */
int stage_remove(struct stage *s, const char *name, struct err *e) _must_check_;
/* Copies all that is in @from: files and directories; ERR_UNSAFE for anything else. */
int stage_copy(struct stage *s, const char *from, struct err *e) _must_check_;
/* Makes the change, and closes. */
int stage_commit(struct stage *s, struct err *e) _must_check_;
/* Gives up what was not committed; of a closed or zeroed one nothing. */
void stage_release(struct stage *s);
#define _cleanup_stage_ _cleanup_(stage_release)
