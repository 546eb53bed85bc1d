/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine/quilt_known.h"
#include "engine/quilt_redo.h"

/*
 * From a stack whose record holds to the one that the series wants. Below `first`
 * both are the same. A file that an edited, new or dropped patch names is affected, and
 * what a change of a later patch ties to it; for each of them the patches from `first` on
 * are done again, beginning with its first backup there. All others stay as they are.
 */
struct again {
	struct blob_source source; /* affected files as before `first` */
	struct apply_watch watch;
	struct pushing s;
	struct redo redo;
	struct known old;
	size_t count;		   /* entries of the series that are wanted */
	size_t first;
	ssize_t *was;		   /* entry → index in old.patches; -1: new or edited */
	ssize_t *now;		   /* and back */
	bool *needed;		   /* entry is done again */
	struct map entries;	   /* name of an entry → entry */
	struct map files;	   /* affected paths */
	struct map settled;	   /* those of the result */
	struct map backups;	   /* "NAME/PATH", of the new stack */
	struct map stamps;	   /* names of patches that get a new .timestamp */
	struct blob_source *tree, *pc;
	bool removed;		   /* a file of the tree goes */
};

static inline const struct series_entry *again_entry(const struct again *a, size_t i)
{
	return &a->s.q->series->entries.v[i];
}

/* Whether .pc has it. */
bool again_in_pc(const struct again *a, const char *path);
/*
 * Reads the record, and fills all above up to `files`; the patches that are done again are
 * read. False: it is in doubt what was edited.
 */
bool again_find_edits(struct again *a);
