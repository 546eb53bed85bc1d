/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The way of foreign files into the store: the caller's thread checks names and
 * hands out contents; others hash, compress and write them; the trees are made
 * at the end. Used by one thread.
 */

#include "store/import.h"

struct ingest;

int ingest_open(struct store *s, const struct import_opts *o, struct ingest **out,
		struct err *e) _must_check_;
/*
 * Checks and notes a file of @size bytes and gives room for its content, valid
 * until the next call.
 */
int ingest_file(struct ingest *in, struct slice path, bool exec, uint64_t size,
		char **room, struct err *e) _must_check_;
int ingest_link(struct ingest *in, struct slice path, struct slice target,
		struct err *e) _must_check_;
int ingest_dir(struct ingest *in, struct slice path, struct err *e) _must_check_;
/* @path is one more name of the file @earlier. */
int ingest_hardlink(struct ingest *in, struct slice path, struct slice earlier,
		    struct err *e) _must_check_;
/* Waits for all, writes the trees, syncs. Frees @in in any case. */
int ingest_finish(struct ingest *in, char tree[static OID_HEX],
		  struct err *e) _must_check_;
/* Gives it up. Takes NULL. */
void ingest_abandon(struct ingest *in);
