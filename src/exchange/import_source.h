/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where mails come from when they are not in a file: commits of a git repository, a
 * branch of b4's, an archive of a mailing list. Each ends as mails in a box.
 */

#include "exchange/mail.h"

/*
 * The commits that @rev names in @repo: one commit, or a range with "..". What git
 * would add by the person's configuration (a sign-off, notes, other prefixes) is
 * turned off.
 */
int source_git(struct mailbox *box, const char *repo, const char *rev, const char *work,
	       struct err *e) _must_check_;
/*
 * The patches of a `b4 prep` branch (strategy "commit": the cover is an empty commit
 * below the patches). @cover gets the cover letter, with b4's change-id in its last
 * lines.
 */
int source_b4(struct mailbox *box, const char *repo, const char *branch, const char *work,
	      struct mailbox *cover, struct err *e) _must_check_;
/* The thread of the mail with that id, through b4 and the network. */
int source_message_id(struct mailbox *box, const char *id, const char *work,
		      struct err *e) _must_check_;
