/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which mails of a box are the series, and in which order: by [PATCH n/m], as its
 * author numbered it, whatever order they arrived in. Whatever is in doubt (two
 * versions, a number that is missing or there twice) is refused, with what to do.
 */

#include "exchange/mail.h"

struct mail_pick {
	unsigned version; /* take this one; 0: there is only one */
	bool partial;	  /* patches may be missing */
};

/* Borrows from the mailbox. */
struct mail_series {
	const struct mail *cover; /* NULL: none */
	VEC(const struct mail *) patches;
	struct strvec notes; /* what was passed over, for a person */
};

/* ERR_INPUT when the mails are no whole series. *out is always releasable. */
int mail_order(const struct mailbox *box, const struct mail_pick *pick,
	       struct mail_series *out, struct err *e) _must_check_;
void mail_series_release(struct mail_series *s);
