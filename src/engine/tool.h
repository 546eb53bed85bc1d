/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which tools did the work, for the keys of cells. A tool's digest is taken
 * over the files that do it: of a gcc driver cc1, as, ld and the driver itself; of
 * a clang the libraries that hold the compiler; of spatch the macros and
 * isomorphisms that it reads unasked. A file is hashed once and then
 * known by its stat (device, inode, size, times), kept in the cache.
 */

#include "base/err.h"
#include "base/hash.h"

struct toolbox;

struct toolbox *toolbox_open(const char *cache_dir);
/* Writes what was learned back, when anything was. */
int toolbox_save(struct toolbox *t, struct err *e) _must_check_;
void toolbox_free(struct toolbox *t);
/*
 * The digest of the program @name, looked up where foreign code finds it. ERR_NOTFOUND
 * when it is not installed; any other error when it could not be asked, which is
 * tried again the next time.
 */
int toolbox_digest(struct toolbox *t, const char *name, char hex[static SHA256_HEX],
		   struct err *e) _must_check_;
/* The first line of `name --version`, from the cache if known; NULL if it has none. */
const char *toolbox_version(struct toolbox *t, const char *name);
