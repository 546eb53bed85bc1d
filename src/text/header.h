/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a patch says of itself: author, subject, reason, trailers, notes. Read
 * from the mail form (RFC 5322 fields, a blank line, the message, "---"), as
 * git format-patch and git am have it. Slices point into the bytes given.
 */

#include "base/arena.h"
#include "base/vec.h"

/* "Name: value" in the last paragraph of the message. */
struct trailer {
	struct slice name, value;
	unsigned line; /* in the patch file, from 1 */
};

struct header {
	struct arena arena;
	struct slice from, date, subject; /* empty when absent; unfolded */
	unsigned from_line, subject_line;
	struct slice body; /* the message without trailers and notes' place kept */
	unsigned body_line;
	VEC(struct trailer) trailers;
	VEC(struct slice) notes; /* "[ … ]" paragraphs, brackets dropped, trimmed */
};

/* Reads the header of a patch; what is not there stays empty. Never fails. */
void header_parse(struct slice bytes, struct header *out);
void header_release(struct header *h);
/* Whether @name names @t, without regard to case. */
bool trailer_is(const struct trailer *t, const char *name);
/* The subject without "[...]" prefixes. */
struct slice header_title(const struct header *h);
