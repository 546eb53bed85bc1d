/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From outside into the store: archives, directories, git. What comes in is
 * foreign: names and links that leave the tree, devices, entries given twice
 * and whatever exceeds the bounds are refused, with the entry's name. A tree's
 * id is given out only when all of it is in the store and synced; a killed
 * import leaves nothing that is read.
 */

#include <stdatomic.h>

#include "base/log.h"
#include "store/tree.h"

/* Bounds of one import; 0 stands for the default. A kernel has 1.7 GB in 96,000 files. */
struct import_limits {
	uint64_t total; /* bytes unpacked; 6 GiB */
	uint64_t file;	/* bytes of one file; 256 MiB */
	size_t entries; /* files, links and directories; 500,000 */
};

struct import_opts {
	const char *label; /* names the step in progress, or NULL */
	struct log_sink *sink;
	const atomic_bool *cancel; /* or NULL */
	struct import_limits limits;
};

/*
 * Imports the archive at @path: tar in any compression that libarchive knows, or
 * a Debian package that has such an archive in usr/src. Its one top directory
 * is left out. ERR_UNSAFE, ERR_INPUT or ERR_LIMIT for what is refused.
 */
int import_archive(struct store *s, const char *path, const struct import_opts *o,
		   char tree[static OID_HEX], struct err *e) _must_check_;
/* Imports what is below the directory @path, without repositories' .git. */
int import_dir(struct store *s, const char *path, const struct import_opts *o,
	       char tree[static OID_HEX], struct err *e) _must_check_;

struct import_commit {
	char id[OID_HEX];
	char tree[OID_HEX];
	char subject[200]; /* its first line, cut */
};

/*
 * Fetches the one commit that @ref (branch, tag or commit) names in the
 * repository @url, without its history, and keeps it reachable as @name. Runs
 * git with the person's configuration; one at a time in a store, by a lock of
 * the caller's. ERR_UNAVAILABLE with git's own words.
 */
int import_git(struct store *s, const char *url, const char *ref, const char *name,
	       const struct import_opts *o, struct import_commit *out,
	       struct err *e) _must_check_;
