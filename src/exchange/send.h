/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A series as it is to be sent: read from its directory, completed with what the
 * record of earlier versions says, and checked for what only a person can give. It
 * does nothing outside; send_repo.h makes a branch of it, send_b4.h hands that to b4.
 */

#include "engine/variant.h"
#include "exchange/sent.h"
#include "text/header.h"

struct identity {
	const char *name, *mail;
};

struct send_patch {
	const char *name;		  /* of its file */
	const char *author, *mail, *date; /* "" when the header does not say it */
	const char *title;
	struct slice message; /* of a commit: title, text, trailers, remarks */
	const char *upstream; /* id of the mainline commit that it is, or NULL */
	bool signed_off;      /* by who sends it */
	bool copies_stable;   /* has Cc: stable@ */
};

struct send_request {
	const struct variant_series *series;
	const struct identity *me;
	const char *target;
	bool newest;	       /* the newest line: its name is no prefix of a subject */
	bool rfc;	       /* asks for comments */
	bool stable;	       /* to the stable team */
	unsigned revision;     /* 0: the one after the last sent */
	const char *change_id; /* of earlier previews, or NULL */
	const struct strvec *to, *cc;
};

struct send {
	struct arena arena;
	const char *target;
	VEC(struct send_patch) patches;
	struct strvec prefixes; /* "RFC", "6.1.y" */
	struct strvec to, cc;	/* addresses, each once */
	const char *change_id;
	unsigned revision;
	bool has_cover;
	const char *subject;  /* of the letter */
	struct slice letter;  /* its text */
	struct slice changes; /* "Changes in v2: …", or empty */
	struct sent sent;
	/* What keeps it from being sent, each with what to do; a preview is made anyway.
	 */
	struct strvec owed;
};

/*
 * ERR_CONFLICT when it is meant for the stable team and a patch of it is not in
 * mainline. *out is always releasable.
 */
int send_read(const struct send_request *req, struct send *out,
	      struct err *e) _must_check_;
void send_release(struct send *s);
/* Adds an address ("Name <mail>" or "mail") unless it is there. */
void send_add_to(struct send *s, const char *address);
void send_add_cc(struct send *s, const char *address);
/* ERR_CONFLICT when stable@ is among the recipients and must not be. */
int send_check_recipients(const struct send *s, struct err *e) _must_check_;
/* Appends the message of b4's cover commit: letter, recipients, changes, tracking. */
void send_cover_message(const struct send *s, struct buf *out);
