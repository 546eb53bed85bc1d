/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is remembered of a series that is being edited, so that what nobody changed can
 * be written back as it was. It is a commit of the repository that has the branch,
 * refs/carry/<target>/state:
 *
 *	tree	edit.json	which commit is which patch file (schema carry.edit-state/1)
 *		series/		the series directory's files, as edit or save left them
 *	parents	the branch as it was then, and the state before this one
 *
 * so that git keeps all of it, and one ref tells which is valid.
 * refs/carry/<target>/pending is a state that a save is about to bring about: when the
 * files on disk are those of its series/, that save was completed.
 */

#include "exchange/gitrepo.h"
#include "store/batch.h"
#include "text/series.h"

#define COVER_FILE "cover"
#define TRACKING_MARK "--- b4-submit-tracking ---"

struct edit_entry {
	const char *name; /* of the patch, as the series file has it */
	char commit[OID_HEX];
	bool fuzzy; /* it was just applied with fuzz; not recorded */
};

struct edit_state {
	struct arena arena;
	const char *target;
	const char *provenance;	    /* of the base, for people */
	char id[OID_HEX];	    /* of the state commit; "" when not written */
	char base[OID_HEX];	    /* the commit that the branch stands on */
	char cover[OID_HEX];	    /* the commit of the cover letter */
	char head[OID_HEX];	    /* the branch */
	char series[OID_HEX];	    /* tree of the files */
	unsigned fuzz;		    /* that its patches may need */
	bool saved;		    /* by save, so that it can be undone; else by edit */
	VEC(struct edit_entry) entries; /* the applied ones, in order */
};

void edit_state_release(struct edit_state *s);
/* Reads @ref of @r. ERR_NOTFOUND when there is none. */
int edit_state_load(const struct gitrepo *r, const char *ref, struct edit_state *out,
		    struct err *e) _must_check_;
/* The state commit @id itself. */
int edit_state_read(const struct gitrepo *r, const char *id, struct edit_state *out,
		    struct err *e) _must_check_;
/*
 * Adds the state to @b, with @before (a commit, or NULL) as its second parent, and sets
 * s->id. The caller writes @b and sets the ref.
 */
int edit_state_add(struct edit_state *s, struct batch *b, const char *before,
		   const char *committer, struct err *e) _must_check_;
/* "refs/heads/carry/x", "refs/carry/x/state", "refs/carry/x/pending"; the caller frees. */
char *edit_branch_ref(const char *target);
char *edit_state_ref(const char *target);
char *edit_pending_ref(const char *target);

/* Of the series directory: the file "series", the patches it names, the cover letter. */
struct series_file {
	const char *name;
	struct slice bytes;
};

struct series_files {
	struct arena arena;
	struct series *series;
	VEC(struct series_file) files; /* in no order */
};

/* A patch that is named but not there is ERR_INPUT when it is applied, else left out. */
int series_files_read(const char *dir, struct series_files *out, struct err *e) _must_check_;
/* The same out of a state's series/. */
int series_files_load(const struct gitrepo *r, const char *tree, const char *dir,
		      struct series_files *out, struct err *e) _must_check_;
void series_files_release(struct series_files *f);
/* Adds a copy. */
void series_files_add(struct series_files *f, const char *name, struct slice bytes);
/* NULL when there is none of that name. */
const struct series_file *series_files_find(const struct series_files *f, const char *name);
/* The id of their tree, which @b then has. */
int series_files_tree(const struct series_files *f, struct batch *b, char out[static OID_HEX],
		      struct err *e) _must_check_;
