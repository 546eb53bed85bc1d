/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a push of the whole stack left, in .pc/.carry-patches, for a push that does
 * only again what was edited since (quilt_again.c). Nothing else reads it, and what it
 * says counts only as long as all of it can be seen to hold: else it is as if it were not
 * there. Lines, the last one a sum of those before it:
 *
 *	carry-patches 1 FUZZ MARK	of the topmost patch's .timestamp
 *	P STRIP REVERSE SEEN NAME	a patch, in order; SEEN: 'm' and the mark of its
 *					file, or 'h' and the SHA-256
 *	h PATH				it has a backup of that file
 *	t PATH<tab>PATH			one of its changes names both
 *	f MARK PATH			a file of those, as it was left in the tree
 *	g PATH				likewise, and it was not there
 *	sum SHA-256
 *
 * A mark is what stat(2) tells of a file: size, mode, inode, both times. That of a patch
 * is trusted only if the patch was last touched well before the push began to read it;
 * otherwise two edits could have the same times, and the content is compared.
 */

#include "engine/quilt.h"

struct known_patch {
	struct slice name;
	unsigned strip;
	bool reverse;
	struct slice seen;
	struct slice names; /* its 'h' and 't' lines */
};

/* That a patch names a file; sure: there is a backup. */
struct mention {
	uint32_t patch;
	bool sure;
};

struct known_file {
	struct slice path;
	struct slice mark; /* empty: not there; NULL: no line */
	VEC(struct mention) by;
};

struct known_tie {
	uint32_t patch;
	struct slice a, b;
};

struct known {
	struct buf text; /* what all slices point into */
	unsigned fuzz;
	struct slice top;
	VEC(struct known_patch) patches;
	VEC(struct known_tie) ties;
	struct map files; /* path → struct known_file */
};

/* False when there is none or it is damaged. *k is always releasable. */
bool known_read(const struct quilt *q, struct known *k);
void known_release(struct known *k);
struct known_file *known_file(const struct known *k, struct slice path);
/* Whether the applied patches, their state and all files are as the push left them. */
bool known_holds(const struct known *k, const struct quilt *q, unsigned fuzz);
/* Whether the entry of the series and its file are still those of @p. */
bool known_same(const struct known_patch *p, const struct quilt *q,
		const struct series_entry *en);

struct known_new {
	const struct quilt *q;
	unsigned fuzz;
	struct timespec begun; /* the push, before it read any patch */
	/* A file that is not older than that was edited while we pushed: no record then. */
	struct timespec pushed;
	bool unsure;
	struct buf text;
	struct map paths; /* → struct known_file of the old record, or itself */
};

/* A patch of this push. */
void known_add(struct known_new *w, const struct series_entry *en,
	       const struct patch_outcome *o);
/* A patch that is as it was. */
void known_keep(struct known_new *w, const struct series_entry *en,
		const struct known_patch *p);
/*
 * Writes the record and empties @w. Files of @old that are not in @touched have the
 * marks that they had. A record that cannot be written is removed: it is no loss.
 */
void known_write(struct known_new *w, const struct known *old, const struct map *touched);
void known_forget(const struct quilt *q);
