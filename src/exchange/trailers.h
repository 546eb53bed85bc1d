/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Credits that reviewers give by mail (Reviewed-by, Tested-by, …, Fixes, Closes) find the
 * patches that they were given for: by the ids that the answer refers to, as they were
 * recorded when the series was sent (exchange/sent.h) or taken in (Message-ID in the
 * patch's own fields); without one of these by the subject. What is given in answer to
 * the cover letter is given to every patch.
 *
 * A credit is somebody's word: one that does not come from the address that it names,
 * or that was given to a version of the patch with other changes, is told and not taken.
 */

#include "engine/variant.h"
#include "exchange/mail.h"
#include "exchange/sent.h"

enum credit_state {
	CREDIT_NEW,
	CREDIT_THERE,	/* the patch has it already */
	CREDIT_FOREIGN, /* sent by somebody else than it names */
	CREDIT_STALE,	/* given to a version that changes something else */
};

struct credit {
	size_t patch; /* index into the series */
	struct slice name, value;
	const struct mail *mail; /* that gave it */
	unsigned version;	 /* it was given to; 0: not known */
	enum credit_state state;
};

struct credits {
	struct arena arena;
	VEC(struct credit) found; /* in the order of the mails, then of the patches */
	struct strvec notes;	  /* mails that belong to no patch, for a person */
};

/*
 * Reads the answers in @box. @sent may be empty. With @sloppy a credit in somebody
 * else's name is taken. *out borrows from @box and is always releasable.
 */
void credits_find(const struct mailbox *box, const struct variant_series *series,
		  const struct sent *sent, bool sloppy, struct credits *out);
void credits_release(struct credits *c);
/*
 * Appends the patch of that index with its new credits behind its trailers; all else is
 * as it was. False when there is none for it.
 */
int credits_write(const struct credits *c, const struct variant_series *series,
		  size_t patch, struct buf *out, bool *any, struct err *e) _must_check_;
