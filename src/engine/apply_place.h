/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Finds where the hunks of one change belong in a file, all of them in the file as
 * it was before the change.
 */

#include "engine/apply_tree.h"

/* Where a hunk's old lines stand: line 0 of them is line `at` of the file. */
struct placed {
	bool found;
	uint32_t at;
};

struct placer {
	struct file *f;
	const struct lines *file; /* of it, as list_lines() or matches() needs them */
	size_t n;		  /* lines that it has */
	struct spot spot;	  /* where in its runs the last hunk was looked for */
	struct lines near;	  /* lines listed around a hunk that was not there, */
	size_t near_from;	  /* and which is the first of them */
	const struct apply_policy *policy;
	const struct change *change;
	bool reverse;
	uint64_t *spent; /* of the file, up to limit */
	uint64_t limit;
	bool gave_up;
	int64_t in_offset; /* of the hunk before */
	uint32_t frozen;   /* lines that the hunks before have written */
	uint32_t used;	   /* and their trailing context */
	uint32_t max_fuzz;
	struct arena *arena; /* lives as long as the result: lines without CR */
	bool strip_cr;
	struct lines pat; /* old lines of the hunk at hand */
	uint64_t *sums;	  /* running hash of the file's lines, made on demand */
};

void placer_init(struct placer *pl, const struct tree *t, struct file *f,
		 const struct change *c, bool reverse, const struct apply_policy *policy);
void placer_release(struct placer *pl);

/*
 * Places the hunks in order; fills c->nhunks outcomes and places. Returns how many
 * were found. Those that were not have the fate HUNK_CONFLICT and a reason.
 */
uint32_t place_hunks(struct placer *pl, struct hunk_outcome *o, struct placed *at);
uint32_t place_hunks_git(struct placer *pl, struct hunk_outcome *o, struct placed *at);
/* Makes pl->file a list line by line. */
static inline void list_lines(struct placer *pl)
{
	if (pl->f->form == FORM_RUNS)
		runs_to_lines(pl->f);
}

/* Makes pl->pat the old lines of @h. */
void load_pattern(struct placer *pl, const struct hunk *h);
/* The line as it will be written: without CR where the dialect strips it. */
struct line hunk_line(struct placer *pl, const struct patch_line *l);
/*
 * Whether @h would fit at this much fuzz; nothing in @pl moves on. Needs
 * load_pattern().
 */
bool would_fit(struct placer *pl, const struct hunk *h, uint32_t fuzz,
	       struct hunk_outcome *o);
uint64_t hash_line(struct line l);
/* Fills t->edits and t->ins for the found places. */
void make_edits(struct placer *pl, struct tree *t, const struct placed *at);
/* Whether the lines that t->edits move still fit into the limit; counts them. */
bool may_move(struct placer *pl, const struct tree *t);

/* Says of a hunk that was not found what is nearest, and why, if more is known. */
void explain_hunk(struct placer *pl, const struct hunk *h, struct hunk_outcome *o);

static inline bool is_old(char op, bool reverse)
{
	return op != (reverse ? '-' : '+');
}

static inline bool is_new(char op, bool reverse)
{
	return op != (reverse ? '+' : '-');
}
