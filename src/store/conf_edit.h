/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * carry.conf as lines that can be edited: each edit touches only the lines it
 * means. Line numbers are those of the text as it was read; edits are collected
 * and the new text is made at once.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "store/conf_priv.h"

struct conf_line_edit {
	unsigned line;	  /* 1 is the first one */
	bool replaces;	  /* or stands in front of it */
	const char *text; /* with LF; in the arena */
};

struct conf_text {
	struct arena arena;
	struct buf text;
	struct conf_scan scan;
	VEC(struct slice) lines;
	VEC(struct conf_line_edit) edits;
};

/* Reads @path. *t is always releasable. */
int conf_text_read(const char *path, struct conf_text *t, struct err *e) _must_check_;
void conf_text_release(struct conf_text *t);

/* The line of the header of [target "name"] (the last one, if several); 0 if none. */
unsigned conf_text_header(const struct conf_text *t, const char *section,
			  const char *sub);
/* The line behind the last one of the section whose header is at @header. */
unsigned conf_text_end(const struct conf_text *t, unsigned header);
/* The line that a block in front of @header begins at: its comment belongs to it. */
unsigned conf_text_begin(const struct conf_text *t, unsigned header);
/* Sets a key that stands once in the section whose header is at @header. */
void conf_text_set(struct conf_text *t, unsigned header, const char *key,
		   const char *value);
/* Puts @text in front of @line. */
void conf_text_insert(struct conf_text *t, unsigned line, const char *text);
/* "\tkey = value\n", quoted as git-config wants it. The caller frees. */
char *conf_text_key(const char *key, const char *value);
/* Appends the lines of the section's keys but those that @skip names. */
void conf_text_keys(const struct conf_text *t, unsigned header, const struct strvec *skip,
		    struct buf *out);
/* Appends the text with all edits. */
void conf_text_write(const struct conf_text *t, struct buf *out);
