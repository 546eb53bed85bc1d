/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What was sent of a series: history of the project, kept in tracked files beside the
 * patches, which quilt leaves alone.
 *
 *	sent/sent.json	schema carry.sent/1: the change-id, and for each version when it
 *			went, to whom, on which base, with which message ids
 *	sent/v2/	series, patches and cover as they were then
 */

#include <jansson.h>

#include "exchange/stage.h"
#include "text/series.h"

#define SENT_DIR "sent"

struct sent_version {
	unsigned revision;
	const char *first_id; /* of the cover letter or the only patch; with <> */
};

/* Borrows its strings from `doc`. */
struct sent {
	json_t *doc;	       /* NULL: nothing was sent yet */
	const char *change_id; /* NULL likewise */
	VEC(struct sent_version) versions;
};

/* Reads the record in the series directory @dir; none is no error. */
int sent_read(const char *dir, struct sent *out, struct err *e) _must_check_;
void sent_release(struct sent *s);
/* The last version, or NULL. */
const struct sent_version *sent_last(const struct sent *s);

/*
 * Adds @version (an object: see sent.c) to the record, with a copy of the series as it is
 * now. @state is the repository's state directory.
 */
int sent_add(const struct sent *s, const char *dir, const char *state,
	     const char *change_id, json_t *version, struct err *e) _must_check_;
