/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Many new git objects at once: they are kept in memory, where they can be read
 * together with those of a repository, and are written to it as one pack, or not
 * at all. For commits upon commits that would cost a file and a sync for each object.
 * Used by one thread.
 */

#include "store/tree.h"

struct batch;

enum batch_type { BATCH_BLOB, BATCH_COMMIT };

/* Over the objects in @objects_dir ("<repository>/objects") and its alternates. */
int batch_open(const char *objects_dir, struct batch **out, struct err *e) _must_check_;
/* What was not written is gone. Takes NULL. */
void batch_free(struct batch *b);
void batch_freep(struct batch **b);
#define _cleanup_batch_ _cleanup_(batch_freep)
/* To read from, new objects included: store_blob(), store_has(). */
const struct store *batch_store(const struct batch *b);
int batch_put(struct batch *b, enum batch_type type, struct slice data,
	      char out[static OID_HEX], struct err *e) _must_check_;
/* As store_tree_with(). */
int batch_tree(struct batch *b, const char *base, const struct store_change *changes,
	       size_t n, char out[static OID_HEX], struct err *e) _must_check_;
/* A tree of @files and, as the directory @name that sorts behind them, the tree @sub. */
int batch_tree_join(struct batch *b, const struct store_change *files, size_t n,
		    const char *name, const char *sub, char out[static OID_HEX],
		    struct err *e) _must_check_;
/* The tree of a commit. ERR_NOTFOUND when that is not there. */
int batch_commit_tree(struct batch *b, const char *commit, char tree[static OID_HEX],
		      struct err *e) _must_check_;
/* Writes and syncs the new objects; the batch can go on being used. */
int batch_write(struct batch *b, struct err *e) _must_check_;
