/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What was seen, kept. A piece of evidence is one JSON document in a file named
 * by the SHA-256 of its bytes, below the state directory; the log that it names
 * is such a file too. An SQLite index in the cache directory finds them by key
 * and by cell; it is made again from the files when it is missing or broken.
 * Several processes may read and add at once: a file is complete or absent, and
 * the index only ever names files that are there.
 *
 * A document has at least: "key" and "cell" (strings), "status", "seen"
 * (RFC 3339, UTC), and may have "log" (hash of a log).
 */

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

struct evidence_store;

/*
 * Opens or makes both places. Where the cache cannot be written, the index is made in
 * memory; what then cannot be done is evidence_put(). The store is used by one thread at a
 * time.
 */
int evidence_open(const char *state_dir, const char *cache_dir,
		  struct evidence_store **out, struct err *e) _must_check_;
void evidence_close(struct evidence_store *s);

/*
 * Adds @doc and, if @log is not empty, the log, whose hash is set in the
 * document. Durable when it returns. @hash gets the document's name.
 */
int evidence_put(struct evidence_store *s, json_t *doc, struct slice log,
		 char hash[static SHA256_HEX], struct err *e) _must_check_;
/*
 * The newest document of @key (or of @cell), with "evidence": its hash, added.
 * *out is NULL when there is none; one whose file does not match its name
 * counts as none.
 */
int evidence_by_key(struct evidence_store *s, const char *key, json_t **out,
		    struct err *e) _must_check_;
int evidence_by_cell(struct evidence_store *s, const char *cell, json_t **out,
		     struct err *e) _must_check_;
int evidence_log(struct evidence_store *s, const char *hash, struct buf *out,
		 struct err *e) _must_check_;
/* Makes the index again from the files; *n gets how many there are. */
int evidence_reindex(struct evidence_store *s, size_t *n, struct err *e) _must_check_;
