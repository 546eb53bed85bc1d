/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Blob sources that need no store: a directory on disk, files in memory. */

#include "engine/apply.h"

/*
 * Files below @dir, opened beneath it without following any link (openat2(2),
 * RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS). A file is
 * executable when its owner may execute it.
 */
int disk_source_new(const char *dir, struct blob_source **out,
		    struct err *e) _must_check_;

/* Starts empty; for tests and for trees that exist only in memory. */
struct blob_source *memory_source_new(void);
/* Adds or replaces a file; @bytes and @path are copied. mode as in struct blob. */
void memory_source_add(struct blob_source *src, const char *path, uint32_t mode,
		       struct slice bytes);

/* Frees a source made by either. NULL is accepted. */
void blob_source_free(struct blob_source *src);
void blob_source_freep(struct blob_source **src);
#define _cleanup_source_ _cleanup_(blob_source_freep)
