/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A push at work, in the order of its parts; only for quilt_push.c and what it calls. */

#include "engine/quilt.h"

/* A file of the tree whose original became the backup of a patch. */
struct original {
	size_t patch;
	struct slice path; /* the patch's */
};

struct pushing {
	struct apply_watch watch; /* first, so that one pointer is the other */
	struct quilt *q;
	struct push *p;
	const struct push_options *o;
	struct parents tree;
	struct map pc_dirs; /* directories in .pc that were made */
	struct map perms; /* path → struct stat's mode, owner: struct new_file */
	struct arena arena;
	VEC(struct original) originals;
	struct timespec written, pushed; /* times of the tree's and of .pc's files */
	struct strvec names;		 /* of the patches tried */
	size_t backups_from;		 /* the first patch that gets backups */
	struct forced *forced;		 /* or NULL: what does not fit of the one patch */
};


/* Makes the directories of the patches that get backups, and removes what is old. */
int pushing_prepare(struct pushing *s, struct err *e) _must_check_;
/* What makes the backups while the patches are applied. */
extern const struct apply_watch pushing_watch;
/* Backup of a file that no patch changes. */
int pushing_backup(struct pushing *s, size_t patch, struct slice path,
		   struct err *e) _must_check_;
/*
 * Permissions are as GNU patch (2.7) leaves them: a file keeps its own, a renamed one
 * takes them along, a mode that a patch says is set as it is said, and a new file of
 * which nothing is said has those of the umask.
 */
int pushing_perm(struct pushing *s, struct slice origin, bool said, uint32_t mode,
		 struct new_file *how, struct err *e) _must_check_;
/* Writes all results; the originals are in .pc or not wanted. */
int pushing_write(struct pushing *s, struct err *e) _must_check_;

#define NEW_FILE_PLAIN                                                                   \
	{                                                                                \
		.perm = 0666, .uid = (uid_t)-1, .gid = (gid_t)-1                         \
	}

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
 * Fills *f for a patch that gave the answers @o. Only what then applies to the tree is
 * left in f->patch, which may be nothing.
 */
int forced_make(struct pushing *s, const struct patch_outcome *o, bool reverse,
		struct forced *f, struct err *e) _must_check_;
void forced_release(struct forced *f);
/* Backs up the files that only have rejects. */
int forced_backup(struct pushing *s, struct err *e) _must_check_;
/* Writes the .rej files, noted in s->p->rejects, and .pc/NAME~refresh. */
int forced_write(struct pushing *s, struct err *e) _must_check_;
/* Applies the first @n patches of the push, shown to @watch. */
int pushing_apply(struct pushing *s, size_t n, struct apply_watch *watch,
		  struct apply_result **out, struct err *e) _must_check_;
