/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What was sent of a series: history of the project, kept in tracked files beside the
 * patches, which quilt leaves alone.
 *
 *	sent/sent.json	schema carry.sent/1: the change-id, and for each version when it
 *			went, to whom, on which base, with which message ids
 *	sent/v2/	series, patches and cover as they were then
 *
 * It is written ahead: a version is in the record, unfinished, before its mails are
 *handed over, and finished when they have gone. So one that a killed run left unfinished
 *may have gone or not, which the record cannot know, but it cannot be forgotten.
 */

#include <jansson.h>

#include "exchange/stage.h"
#include "text/series.h"

#define SENT_DIR "sent"

struct sent_version {
	unsigned revision;
	const char *first_id; /* of the cover letter or the only patch; with <> */
	const char *base;     /* the commit it stood on */
};

/* Borrows its strings from `doc`. */
struct sent {
	json_t *doc;			   /* NULL: nothing was sent yet */
	const char *change_id;		   /* NULL likewise */
	VEC(struct sent_version) versions; /* that have gone */
	const json_t *unfinished;	   /* one more, which may have gone, or NULL */
};

/* Reads the record in the series directory @dir; none is no error. */
int sent_read(const char *dir, struct sent *out, struct err *e) _must_check_;
void sent_release(struct sent *s);
#define _cleanup_sent_ _cleanup_(sent_release)
/* The last version, or NULL. */
const struct sent_version *sent_last(const struct sent *s);

/* The number of the unfinished one; 0 when there is none. */
unsigned sent_unfinished(const struct sent *s);
/* Whether @id can be the id that b4 gave to the first mail of @version. */
bool sent_is_first_id(const json_t *version, struct slice id);

/*
 * Adds @version (an object: see sent.c) to the record in @dir, unfinished, with a copy of
 * the series as it is now. @state is the repository's state directory. ERR_CONFLICT when
 * that version has gone already, or one is unfinished.
 */
int sent_begin(const char *dir, const char *state, const char *change_id, json_t *version,
	       struct err *e) _must_check_;
/* The unfinished one has gone; @id is its first mail's, without <>, or NULL. */
int sent_finish(const char *dir, const char *state, const char *id,
		struct err *e) _must_check_;
/* It has not: record and copy are as they were before sent_begin(). */
int sent_withdraw(const char *dir, const char *state, struct err *e) _must_check_;
