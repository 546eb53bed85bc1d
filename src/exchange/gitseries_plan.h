/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Commits → patch files: what the series directory is to hold for a branch. */

#include "exchange/gitseries.h"
#include "exchange/gitseries_match.h"
#include "exchange/gitseries_state.h"

struct save_plan {
	struct arena arena;
	struct edit_state state;      /* as it will be, but for series and id */
	struct series_files files;    /* all that carry knows of in the directory */
	VEC(struct save_file) fates;  /* of each file; names in the arena */
};

/*
 * Plans the files for @branch, where @old has those that @state was made of. Names that are
 * new are free in the directory of @old->series.
 */
int save_plan_make(const struct gitrepo *r, const struct edit_state *state,
		   const struct series_files *old, const struct branch *branch,
		   struct save_plan *out, struct err *e) _must_check_;
/*
 * Brings the plan together with @disk, which is what became of @old since, file by file; the
 * order of the series likewise. Where both changed, @mine lets the plan win; otherwise
 * ERR_CONFLICT, with the names.
 */
int save_plan_merge(struct save_plan *plan, const struct series_files *old,
		    const struct series_files *disk, bool mine, struct err *e) _must_check_;
void save_plan_release(struct save_plan *p);
