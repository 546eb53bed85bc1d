/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What stands in front of a patch's diff, as a commit has it (author, date, message),
 * and back: of the header only those lines change that the commit changed.
 *
 *	Name: value			fields; Subject or DEP-3's Description is the title,
 *	 long description		whose long part is the message's first
 *
 *	text				the message's lines
 *	---
 *	statistics			the tail, up to the diff
 *
 * A header without a title has it in the first line of its text, or, when there is no
 * text either, it is made of the file's name. Commit messages are UTF-8, without blanks
 * at the ends of lines or two blank lines in a row, as git has them.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/* As a commit says it. */
struct commit_text {
	const char *name, *mail; /* of the author; name "" and mail "": not known */
	int64_t time;
	int zone; /* minutes east of UTC */
	struct slice message;
};

enum title_kind { TITLE_FIELD, TITLE_TEXT, TITLE_NAME };

/* A line of the message below the title, and the bytes that it is in the file. */
struct message_line {
	struct slice text; /* UTF-8, without blanks at its end */
	struct slice raw;  /* with the blank lines that were dropped behind it */
	bool folded;	   /* in DEP-3's long description: raw has a blank in front */
};

struct message {
	struct arena arena;
	struct commit_text commit; /* borrows from the arena */
	bool has_date;

	/* Private: the header's bytes, by what they are. */
	struct slice header;
	struct slice from, date; /* the field's lines, or empty */
	struct slice title;	 /* likewise, of the title's field: of Description its first */
	const char *title_name;	 /* "Subject" or "Description" */
	const char *prefix;	 /* "[PATCH 1/2] " */
	struct slice fields;	 /* all of them, with what stands before */
	struct slice gap;	 /* between fields and text: the blank line and the like */
	struct slice text;
	struct slice tail; /* from "---" on */
	enum title_kind kind;
	VEC(struct message_line) lines;
	const char *charset; /* of the text when it is not UTF-8, or NULL */
	bool crlf;
};

/*
 * Reads @header, the bytes before the diff of the patch file @file, or, with @cover,
 * all of a cover letter: that has no tail. Never fails.
 */
void message_read(struct slice header, const char *file, bool cover, struct message *out);
void message_release(struct message *m);
#define _cleanup_message_ _cleanup_(message_release)
/*
 * Appends the header that says @now, where @was is what the commit said when it was
 * made of @m: what is the same in both is written as it stood.
 */
int message_write(const struct message *m, const struct commit_text *was,
		  const struct commit_text *now, struct buf *out, struct err *e) _must_check_;
/* Appends a header that is new: fields, a blank line, the text. */
void message_write_new(const struct commit_text *c, struct buf *out);
/* Whether the text below a title would be read as that of another author. */
bool message_begins_with_author(struct slice text);
/* Appends @text as git cleans it up: see above. */
void message_clean(struct slice text, struct buf *out);
/* The message's first paragraph, its lines joined, as git makes a subject of it. */
void message_title(struct slice message, struct buf *out);
