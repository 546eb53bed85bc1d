/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The tree that a base becomes, given file by file as they get done, by several
 * threads. Contents go to a pack that nobody can read as long as it grows; the end
 * adds the directories, syncs once and gives it its name. What is not finished was
 * never there. Nothing is compressed: such trees are made to be looked at, and
 * carry gc takes them away.
 */

#include "store/tree.h"

/* Of fewer files each is better an object by itself: store_tree_with() does that. */
#define TREE_WRITER_MIN 48

struct tree_writer;

/* @base (NULL: the empty tree) must outlive the writer. */
int tree_writer_open(struct store *s, const char *base, unsigned lanes,
		     struct tree_writer **out, struct err *e) _must_check_;
/*
 * Takes a copy of what it needs of @c, whose rules are those of store_tree_with(). One
 * thread a lane.
 */
int tree_writer_add(struct tree_writer *w, unsigned lane, const struct store_change *c,
		    struct err *e) _must_check_;
/* All files given so far are void. */
void tree_writer_clear(struct tree_writer *w);
/* Writes the tree. After this the writer can only be freed. */
int tree_writer_finish(struct tree_writer *w, char out[static OID_HEX],
		       struct err *e) _must_check_;
/* Takes NULL. */
void tree_writer_free(struct tree_writer *w);
