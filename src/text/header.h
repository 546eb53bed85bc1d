/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What stands in front of a patch's diff: fields, message, trailers, notes. One
 * grammar reads what mail (RFC 5322, RFC 2047), git format-patch, quilt, DEP-3,
 * SUSE and the others write there; what the fields of each dialect mean is in
 * text/provenance.h.
 *
 *	From 0123… Mon Sep 17 00:00:00 2001	mbox line, may be absent
 *	Name: value				fields, up to the first line that is none
 *	 folded
 *
 *	message					up to "---" or the diff
 *
 *	[ who: what was changed ]		a note; so it is inside the trailers
 *	Name: value				trailers
 *	---
 *	statistics, remarks
 *
 * Nothing is lost: the bytes are kept, every part is a piece of them with its line,
 * and header_write() gives them back but for what was changed. Reading never
 * fails: what is not there stays empty. Bytes may hold NUL, CRLF and any encoding.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/* "Name: value" in front of the message. */
struct header_field {
	struct slice name;
	struct slice value; /* unfolded (Description: the first line), words decoded */
	struct slice raw;   /* its lines as they stand, folded ones included */
	unsigned line;	    /* in the patch file, from 1 */
};

/* "Name: value" in the message's paragraphs of trailers. */
struct trailer {
	struct slice name, value;
	unsigned line;
	struct slice raw; /* as header_field's */
};

/* A piece of the bytes that is written otherwise; ordered by `at`, none overlaps. */
struct header_splice {
	size_t at, len;
	struct slice text;
};

struct header {
	struct arena arena;
	struct slice bytes;		 /* what was read */
	bool crlf;			 /* its first line ends so */
	struct slice mbox;		 /* the "From 0123… …" line, or empty */
	VEC(struct header_field) fields; /* in order */
	/*
	 * From: the author, so of a mail that begins with a From of its own that one.
	 * Subject: likewise; of a header without one DEP-3's Description, its first line.
	 */
	struct slice from, date, subject;
	unsigned from_line, subject_line;
	/* Message, as a reader sees it: DEP-3's long description unfolded in front. */
	struct slice body;
	unsigned body_line;
	VEC(struct trailer) trailers;
	VEC(struct slice) notes; /* "[ … ]", brackets dropped, trimmed */
	VEC(unsigned) note_lines;

	/* Private, see header_edit.c. */
	size_t fields_end, body_begin, trailers_end;
	bool after_trailers; /* trailers stand at trailers_end */
	VEC(struct header_splice) splices;
	struct buf new_fields, new_lead, new_trailers;
};

/* @bytes must outlive *out. */
void header_parse(struct slice bytes, struct header *out);
void header_release(struct header *h);
#define _cleanup_header_ _cleanup_(header_release)

/* Whether @name is @want, without regard to case. */
bool name_is(struct slice name, const char *want);
/* Whether @name names @t, without regard to case. */
bool trailer_is(const struct trailer *t, const char *name);
/* The first field of that name, or NULL. */
const struct header_field *header_field(const struct header *h, const char *name);
/* The subject without "[...]" prefixes. */
struct slice header_title(const struct header *h);

/*
 * Changes, for header_write(); what was read stays as it is in the struct. A value
 * is one line of UTF-8: control characters are ERR_INPUT. Setting what is there
 * already changes nothing. A new field goes behind the others, a new trailer or
 * note behind the last trailer.
 */
int header_set(struct header *h, const char *name, struct slice value,
	       struct err *e) _must_check_;
void header_drop(struct header *h, const char *name);
int header_add_trailer(struct header *h, const char *name, struct slice value,
		       struct err *e) _must_check_;
/* The trailer of that index. */
void header_drop_trailer(struct header *h, size_t i);
/* A line among the trailers that is none: "[ note ]", "(cherry picked from …)". */
int header_add_line(struct header *h, struct slice text, struct err *e) _must_check_;
/* "[ @text ]" */
int header_add_note(struct header *h, struct slice text, struct err *e) _must_check_;
/* A paragraph in front of the message, taken as it is, LF added at its end. */
void header_add_lead(struct header *h, struct slice text);
/* Appends the bytes read, with the changes in their places and nothing else changed. */
void header_write(const struct header *h, struct buf *out);
