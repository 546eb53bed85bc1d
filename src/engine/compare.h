/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Two variants of a series, hunk by hunk: what one carries otherwise than the other, and
 * whether a note says why. "Theirs" is what is compared with: the newest line, mostly.
 */

#include "engine/drift.h"
#include "engine/variant.h"

enum hunk_drift {
	HUNK_SAME,	   /* lines and context are theirs */
	HUNK_OTHER_CONTEXT, /* the changed lines are theirs, what stands around is not */
	HUNK_ADAPTED,	   /* it does the like in another way */
	HUNK_DROPPED,	   /* they have it, ours has nothing like it */
	HUNK_ADDED,	   /* only ours has it */
};

struct compare_hunk {
	enum hunk_drift drift;
	const struct hunk *ours, *theirs; /* NULL: that side has none */
};

/* A file that the patch changes; with two paths when it has moved. */
struct compare_file {
	const struct change *ours, *theirs; /* NULL: that side does not touch it */
	bool other_kind; /* modes, binary data, created or deleted: not as theirs */
	struct compare_hunk *hunks;
	size_t nhunks;
};

struct compare_patch {
	const char *ours, *theirs; /* names; NULL: that side has no such patch */
	enum drift drift;	   /* when both have it */
	struct compare_file *files;
	size_t nfiles;
	struct slice *notes; /* of both sides' headers, each once */
	size_t nnotes;
	bool finding; /* adapted, dropped or added, and no note says why */
};

struct comparison {
	struct arena arena;
	VEC(struct compare_patch) patches; /* ours in order, then what only they have */
	size_t findings;
};

/* Both variants must outlive *out. */
void compare_variants(const struct variant_series *ours, const struct variant_series *theirs,
		      struct comparison *out);
void comparison_release(struct comparison *c);
/* "same", "context", "adapted", "dropped", "added" */
const char *hunk_drift_name(enum hunk_drift d);

/* A line of two hunks laid side by side. */
struct compare_line {
	char op;
	bool in_ours, in_theirs;
	struct slice text; /* without LF */
	/*
	 * Words that the line of the other side in its place does not have, as runs of
	 * (offset, length) in the text.
	 */
	struct slice *marks;
	size_t nmarks;
};

struct compare_lines {
	struct arena arena;
	VEC(struct compare_line) v;
};

/* Both hunks' lines in one order: theirs before ours where they differ. */
void compare_hunk_lines(const struct compare_hunk *h, struct compare_lines *out);
void compare_lines_release(struct compare_lines *l);
