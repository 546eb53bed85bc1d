/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A push at work, in the order of its parts; only for quilt_push.c and what it calls. */

#include "engine/quilt.h"
#include "engine/quilt_force.h"

/* A file of the tree whose original became the backup of a patch. */
struct original {
	size_t patch;
	struct slice path; /* the patch's */
};

struct hand;

/* A file as it will be, written below .pc until all are there. */
struct staged {
	struct slice path;
	struct hand *hand;
	size_t number; /* its name in the hand's stage */
	bool replaces; /* there is an old file of that path */
};

/* What one thread has in hand. Files that have to do with each other have one thread. */
struct hand {
	struct parents tree;
	struct map pc_dirs; /* directories in .pc that were made */
	VEC(struct original) originals;
	VEC(struct staged) staged;
	int stage_fd; /* -1: not opened yet */
};

struct pushing {
	struct apply_watch watch; /* first, so that one pointer is the other */
	struct quilt *q;
	struct push *p;
	const struct push_options *o;
	struct hand *hands; /* one for each thread */
	unsigned nhands;
	uid_t uid; /* ours */
	gid_t gid;
	struct timespec written, pushed; /* times of the tree's and of .pc's files */
	struct strvec names;		 /* of the patches tried */
	size_t backups_from;		 /* the first patch that gets backups */
	size_t bad_patch;		 /* the one that an error was about; SIZE_MAX: none */
	struct forced *forced;		 /* or NULL: what does not fit of the one patch */
};

/*
 * Reads the patches that are to be pushed. If one cannot be read, those before it are
 * there.
 */
int pushing_read(struct quilt *q, const struct push_options *o, struct push *p,
		 struct err *e) _must_check_;
/* Makes the directories of the patches that get backups, and removes what is old. */
int pushing_prepare(struct pushing *s, struct err *e) _must_check_;
void pushing_init(struct pushing *s, struct quilt *q, const struct push_options *o,
		  struct push *p);
void pushing_release(struct pushing *s);
/* The clock that the kernel stamps files by. */
struct timespec pushing_clock(void);
/*
 * All that was written before @since is to be older than the tree's files (make
 * looks), these older than .timestamp, and that not newer than any edit that follows
 * (pop looks).
 */
void pushing_set_times(struct pushing *s, struct timespec since);
/* How a file of those permissions and that mode is to look. */
struct new_file pushing_look(const struct pushing *s, const struct perms *was, bool said,
			     uint32_t mode);
/* What makes backups and stages files while the patches are applied. */
extern const struct apply_watch pushing_watch;
/* What makes backups alone, of patches whose files are staged. */
extern const struct apply_watch pushing_backups_watch;
/* Empties the hands. */
void pushing_clear(struct pushing *s);
/* Backup of a file that no patch changes. */
int pushing_backup(struct pushing *s, size_t patch, struct slice path,
		   struct err *e) _must_check_;
/*
 * Puts what was staged into the tree and takes away what is deleted; the originals are
 * in .pc or not wanted.
 */
int pushing_write(struct pushing *s, struct err *e) _must_check_;

#define NEW_FILE_PLAIN                                                                   \
	{                                                                                \
		.perm = 0666, .uid = (uid_t)-1, .gid = (gid_t)-1                         \
	}

/* Backs up the files that only have rejects. */
int forced_backup(struct pushing *s, struct err *e) _must_check_;
/* Writes the .rej files, noted in s->p->rejects, and .pc/NAME~refresh. */
int forced_write(struct pushing *s, struct err *e) _must_check_;
struct apply_policy pushing_policy(const struct pushing *s, struct apply_watch *watch);
/* Applies the first @n patches of the push, shown to @watch. */
int pushing_apply(struct pushing *s, size_t n, struct apply_watch *watch,
		  struct apply_result **out, struct err *e) _must_check_;
