/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Reads whole objects out of packs (gitformat-pack(5), index version 2, below 2 GiB):
 * those that pack.h writes. libgit2 reads them too, but inflates in three times the time,
 * and that is most of what applying patches to a tree costs. Only a short cut: for
 * whatever is not found, is a delta or looks wrong the answer is "no", and libgit2 is to
 * be asked, which knows more and says what is wrong.
 *
 * Packs that come after the opening are not seen. By any number of threads at once.
 */

#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "base/base.h"

struct pack_reader;

/* Over the packs in "<objects_dir>/pack"; what cannot be read is left out. */
struct pack_reader *pack_reader_new(const char *objects_dir);
/* Takes NULL. */
void pack_reader_free(struct pack_reader *r);
/*
 * The content of the blob @oid, checked by the checksum of its zlib stream; the caller
 * frees out->p. False: ask elsewhere.
 */
bool pack_read_blob(const struct pack_reader *r, const git_oid *oid, struct slice *out);
