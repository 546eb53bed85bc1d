/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Editing a quilt series as commits. edit makes a branch carry/<target> of it, either in a
 * repository of our own with a sparse work tree, `<state>/edit/<target>/`, which borrows
 * what it can from the store, or in a person's clone, of which no work tree is touched.
 * save writes the branch back as a series: what nobody changed byte for byte, the
 * rest with the least difference. `<state>/edit/<target>.json` (schema carry.edit/1)
 * tells where the branch is; what else is remembered, exchange/gitseries_state.h.
 *
 * A lock lets one carry at a time do this in a repository.
 */

#include <stdatomic.h>

#include "base/err.h"
#include "base/vec.h"
#include "store/conf.h"
#include "store/tree.h"

struct gitseries {
	const char *state;  /* "<top>/.carry/state" */
	const char *cache;  /* where the store is */
	const char *dir;    /* of the series, absolute */
	const char *target; /* its name */
};

/* The base, and where to put the branch. */
struct gitseries_how {
	const char *tree;	/* its id in the store */
	const char *provenance; /* "debian 6.1.192-2" */
	const char *clone;	/* a person's, or NULL: a repository of our own */
	const char *commit;	/* of the clone: what the branch is to stand on */
	const struct strvec *paths; /* for the sparse tree, besides what the patches touch */
	bool no_checkout;	/* own: make no work tree */
	unsigned fuzz;		/* as patch -F; the edit keeps the most it was opened with */
};

enum gitseries_news {
	NEWS_OPENED,
	NEWS_OPEN_ALREADY,
	NEWS_RENEWED, /* was open; made anew of a series that had changed on disk */
};

struct gitseries_opened {
	enum gitseries_news news;
	char *dir;    /* of the repository */
	char *branch; /* "carry/6.1.y" */
	char base[OID_HEX];
	size_t patches;
	struct strvec fuzzy; /* names of those that fit with fuzz only */
	bool unsaved; /* NEWS_OPEN_ALREADY: the branch has what the series has not */
};

/*
 * Opens @g for editing. ERR_CONFLICT: a patch does not fit the base, or branch and series
 * both have changed; ERR_EXISTS: the clone has such a branch of its own.
 */
int gitseries_edit(const struct gitseries *g, const struct gitseries_how *how,
		   struct gitseries_opened *out, struct err *e) _must_check_;
void gitseries_opened_release(struct gitseries_opened *o);

/* Lets the branch and its state go; with @force also what was not saved. */
int gitseries_abort(const struct gitseries *g, bool force, struct err *e) _must_check_;

struct gitseries_item {
	char *target, *dir, *branch;
	const char *status; /* "saved", "unsaved", "gone" */
};

/* The targets open for editing below @state, sorted. The caller frees. */
int gitseries_list(const char *state, struct strvec *targets, struct err *e) _must_check_;
int gitseries_look(const struct gitseries *g, struct gitseries_item *out,
		   struct err *e) _must_check_;
void gitseries_item_release(struct gitseries_item *i);

enum save_fate {
	SAVE_CHANGED,
	SAVE_ADDED,
	SAVE_DROPPED,
	SAVE_TAKEN, /* merged: it had changed on disk and stays so */
};

struct save_file {
	enum save_fate fate;
	char *name;
};

struct gitseries_saved {
	bool nothing; /* the series says what the branch says */
	VEC(struct save_file) files; /* what became of each, untouched ones left out */
	size_t kept;
	bool dirty; /* the work tree has changes that are no commits, so were not saved */
};

enum save_merge {
	SAVE_REFUSE, /* a series that changed since is left alone */
	SAVE_MERGE,  /* what only one side changed is taken from that side */
	SAVE_MINE,   /* likewise, and the branch wins where both did */
};

/*
 * Writes the branch back; with @dry_run only says what would be. ERR_CONFLICT when the
 * series on disk changed since, with what to do.
 */
int gitseries_save(const struct gitseries *g, enum save_merge merge, bool dry_run,
		   struct gitseries_saved *out, struct err *e) _must_check_;
/* Gives the series back as it was before the last save; the branch stays as it is. */
int gitseries_undo(const struct gitseries *g, bool dry_run, struct gitseries_saved *out,
		   struct err *e) _must_check_;
void gitseries_saved_release(struct gitseries_saved *s);
const char *save_fate_name(enum save_fate fate);
