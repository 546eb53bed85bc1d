/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Persons and dates of patches, as git has them. */

#include "base/arena.h"
#include "base/buf.h"

struct ident {
	const char *name, *mail; /* without <>, never NULL; "" when there is none */
};

/* Reads "Name <mail>", "mail (Name)", "Name" or "mail"; what git cannot hold is dropped. */
void ident_parse(struct slice s, struct arena *a, struct ident *out);
/* Appends it as a From field's value; with the quotes that RFC 5322 wants. */
void ident_write(const char *name, const char *mail, struct buf *out);
/*
 * Reads a date as mails, git and quilt users write it; @zone is in minutes east of
 * UTC. False when it is none or one that git cannot hold.
 */
bool date_parse(struct slice s, int64_t *time, int *zone);
/* Appends it as RFC 5322 has it: "Thu, 17 Jan 2013 08:55:21 +0000". */
void date_write(int64_t time, int zone, struct buf *out);
