/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * b4(1), run on the branch of send_repo.h. The person's configuration counts, as far as
 * it says how he sends mail; what must be otherwise is set in the environment of this one
 * process (GIT_CONFIG_COUNT, see git-config(1)), so no file of his is touched.
 */

#include "exchange/mail.h"
#include "exchange/send_repo.h"

struct send_b4 {
	const struct send *send;
	const struct send_repo *repo;
	const struct identity *me;
	const char *base; /* what the base is, for the letter when it is no commit */
	struct slice range_diff; /* to the version sent last, for the letter; or empty */
};

/*
 * The mails as `b4 send` would send them, written into the new directory @out. Nothing
 * leaves, no network is asked.
 */
int send_b4_preview(const struct send_b4 *b, const char *out, struct err *e) _must_check_;
/*
 * Appends the mails in @dir, in order, for a reader to compare with others: without what
 * is new in each run (dates, ids, tracking) and without what transport needs.
 */
int send_b4_show(const char *dir, struct buf *out, struct err *e) _must_check_;
/* What a version is, as the record has it (see sent.h) before it has gone. */
json_t *send_b4_version(const struct send_b4 *b);
/*
 * Whether the branch in @dir says that @revision has gone: b4 tags it when the last mail
 * is out of the house, and notes the first one's id then; *id is that, without <>, or
 * NULL.
 */
bool send_b4_has_gone(const char *dir, unsigned revision, char **id);

enum send_end {
	SEND_NOTHING, /* b4 did not start, or was stopped at its question */
	SEND_UNKNOWN, /* some of the mails may have gone */
	SEND_GONE,    /* all of them */
};

/*
 * Really sends. With @terminal b4 asks the person for a last word, without he has given
 * it. @lock is a descriptor that b4 keeps open as long as it runs, even when we are
 * killed. *end and *id are set whatever is returned; ERR_TOOL when b4 failed,
 * ERR_CANCELLED when it was stopped at its question.
 */
int send_b4_really(const struct send_b4 *b, bool terminal, int lock, enum send_end *end,
		   char **id, struct err *e) _must_check_;
