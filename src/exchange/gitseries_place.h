/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of gitseries share: where an open edit is, held under the lock. */

#include "base/fsx.h"
#include "exchange/gitrepo.h"
#include "exchange/gitseries.h"
#include "exchange/gitseries_state.h"

struct place {
	const struct gitseries *g;
	struct fsx_lock lock;
	char *edit_dir; /* <state>/edit */
	char *record;	/* <state>/edit/<target>.json */
	char *work;	/* <state>/edit/<target> */
	char *branch, *state_ref, *pending_ref;
	struct gitrepo *repo; /* NULL when nothing is open */
	bool own;	      /* the repository is ours */
	struct edit_state state;
	char head[OID_HEX]; /* of the branch; "" when that is gone */
};

#define PLACE_INIT { .lock = FSX_LOCK_INIT }

/*
 * Takes the lock, finds the repository, ends a save that was interrupted, reads state and
 * branch. Nothing open: place->repo is NULL and that is success. *p is releasable.
 */
int place_open(struct place *p, const struct gitseries *g, struct err *e) _must_check_;
/* As place_open(), and ERR_NOTFOUND when nothing is open. */
int place_need(struct place *p, const struct gitseries *g, struct err *e) _must_check_;
void place_release(struct place *p);
#define _cleanup_place_ _cleanup_(place_release)
/* Records where the branch is: from then on the edit is open. */
int place_record(const struct place *p, struct err *e) _must_check_;
/* Whether the branch has commits that the state does not know. */
bool place_is_unsaved(const struct place *p);
/* Whether our own work tree has changes to tracked files. */
int place_is_dirty(const struct place *p, bool *dirty, struct err *e) _must_check_;
/* Whether our own repository's work tree has been made. */
bool place_has_tree(const struct place *p);
/* ERR_CONFLICT when a rebase of the branch is under way. */
int place_check_rebase(const struct place *p, struct err *e) _must_check_;
/* The series as it stands on disk, and the id that its files have as a tree. */
struct disk_series {
	struct series_files files;
	char tree[OID_HEX];
};

int place_read_series(const struct place *p, struct disk_series *out,
		      struct err *e) _must_check_;
void disk_series_release(struct disk_series *d);
/*
 * Makes the directory, which has what @disk says, hold @files, and @to, of that series,
 * the valid state; with @move_branch the branch goes to to->head. All of it or nothing,
 * whenever it ends: the next place_open() finishes it.
 */
int place_swap(const struct place *p, const struct disk_series *disk,
	       const struct series_files *files, const struct edit_state *to, bool move_branch,
	       struct err *e) _must_check_;
/* A batch over the repository's objects. */
int place_batch(const struct place *p, struct batch **out, struct err *e) _must_check_;

/* Says in our own repository what its work tree has: @paths and what patches touch. */
int place_sparse(const struct place *p, const struct series_files *files,
		 const struct strvec *paths, struct err *e) _must_check_;
/* Makes that work tree, or moves it to where the branch is now. */
int place_checkout(const struct place *p, struct err *e) _must_check_;
