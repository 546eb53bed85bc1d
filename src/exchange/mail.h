/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One mail as it was received, and what git makes of it. Splitting and decoding
 * (transfer encodings, charsets, in-body headers) is git's: git-mailsplit(1) and
 * git-mailinfo(1) are run, so that a patch comes out as `git am` would have it.
 * What git would let pass in silence, HTML and attachments of other kinds, is refused
 * here.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/* What the brackets of a subject say: "[PATCH RFC 6.1.y v2 3/7]". */
struct mail_mark {
	bool patch;	  /* there are brackets, and one has the word PATCH */
	bool numbered;	  /* has n/m */
	bool reply;	  /* the subject begins with "Re:" or its like */
	unsigned version; /* 1 when not said */
	unsigned n, m;
};

struct mail {
	struct arena arena;
	const char *source;	/* where it came from, for messages: "x.mbox: mail 3" */
	struct slice raw;	/* as received; in the arena */
	const char *from;	/* "Name <address>", UTF-8 */
	const char *sender;	/* of the From field itself, when the body has another */
	const char *date;	/* as it stands in the field; "" when absent */
	const char *subject;	/* decoded, with its brackets */
	const char *title;	/* without them */
	const char *id;		/* with its <>; "" when absent */
	const char *replies_to; /* In-Reply-To and References, as they stand */
	struct slice message;	/* up to "---" */
	struct slice patch;	/* from "---" on; empty: no diff and no "---" */
	bool has_diff;
	/*
	 * A file that needs no decoding is kept to the byte: what it holds, or empty; and
	 * the name it had, or NULL.
	 */
	struct slice as_is;
	const char *file;
	struct mail_mark mark;
};

/* Mails in the order they came in. */
struct mailbox {
	VEC(struct mail *) mails;
};

/*
 * Takes the mails of @path up: a patch file (a mail, or a diff with any header or
 * none), an mbox or a maildir. @work is a directory for scratch files. What git cannot
 * decode and what comes as HTML is ERR_INPUT, with what to do.
 */
int mailbox_read(struct mailbox *box, const char *path, const char *work,
		 struct err *e) _must_check_;
/* As mailbox_read(), of an mbox in memory; @name stands in messages. */
int mailbox_parse(struct mailbox *box, const char *name, struct slice bytes,
		  const char *work, struct err *e) _must_check_;
void mailbox_release(struct mailbox *box);

/* Reads the brackets of a decoded subject; *title is what follows them. */
void mail_mark_parse(const char *subject, struct mail_mark *mark, const char **title);
/* The unfolded value of the first field @name of a raw mail, or ""; in the arena. */
const char *mail_field(struct slice raw, const char *name, struct arena *a);
/*
 * Whether a mail needs no decoding and carries no traces of a way through the network, as
 * git-format-patch(1) writes it. Such a file can be kept as it is.
 */
bool mail_is_plain(struct slice raw);
/*
 * Appends the mail as a patch file: From, Date, Subject, Message-ID, a blank line, the
 * message, the diff; without the mailer's other fields and the signature below "-- ".
 * The commit that git-format-patch(1) names in the first line stays.
 */
void mail_write(const struct mail *m, struct buf *out);
/* A file name as git-format-patch(1) makes it: "0003-the-title.patch". */
char *mail_file_name(const char *title, unsigned number);
