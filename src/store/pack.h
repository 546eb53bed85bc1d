/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Writes a git pack and its index (gitformat-pack(5), versions 2 and 2):
 * whole objects, lightly compressed or not at all, no deltas. The pack has no name that git
 * would read until it is complete and synced; one that was given up is removed
 * by the next writer. Encoding is done by as many threads as like, each with
 * an encoder of its own; appending takes a lock inside.
 */

#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct pack_writer;
struct pack_encoder;

/* An object in encoded bytes that are yet to be appended. */
struct pack_item {
	git_oid oid;
	uint32_t crc;
	uint64_t off; /* in those bytes */
};

struct pack_batch {
	struct buf bytes;
	VEC(struct pack_item) items;
};

int pack_open(const char *objects_dir, struct pack_writer **out,
	      struct err *e) _must_check_;
/* True for the first caller that names @oid: the pack must not hold it twice. */
bool pack_claim(struct pack_writer *w, const git_oid *oid);
int pack_append(struct pack_writer *w, const struct pack_batch *b,
		struct err *e) _must_check_;
/* Publishes pack and index, unless there is no object; frees @w in any case. */
int pack_finish(struct pack_writer *w, struct err *e) _must_check_;
/* Gives it up: nothing stays on disk. Takes NULL. */
void pack_abandon(struct pack_writer *w);
size_t pack_count(const struct pack_writer *w);

/* How much is done to make objects small. */
enum pack_level {
	PACK_PLAIN, /* nothing: next to no work, for what is not to stay */
	PACK_LIGHT, /* a third of the bytes */
};

struct pack_encoder *pack_encoder_new(enum pack_level level);
void pack_encoder_free(struct pack_encoder *z);
/* Adds the object to @b. */
void pack_encode(struct pack_encoder *encoder, const git_oid *oid, git_object_t type,
		 struct slice data, struct pack_batch *b);
void pack_batch_clear(struct pack_batch *b);
void pack_batch_release(struct pack_batch *b);
