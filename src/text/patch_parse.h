/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the patch parser share; nobody else includes it. */

#include "base/vec.h"
#include "text/patch.h"

struct parser {
	struct patch *patch;
	struct arena *arena; /* for what stays of the patch */
	const char *at;	     /* the next line begins here */
	const char *end;
	unsigned line; /* its number, from 1 */
	VEC(struct change) changes;
	VEC(struct hunk) hunks;	      /* of the change being parsed */
	VEC(struct patch_line) lines; /* of the hunk being parsed */
	struct err *e;
};

/* The line at @at with its LF, without moving on; n == 0 at the end. */
struct slice parser_peek(const struct parser *ps);
/* Moves behind the line that parser_peek() gave. */
void parser_skip(struct parser *ps, struct slice line);
/* "name:line: cannot …"; returns ERR_INPUT. */
int parser_fail(struct parser *ps, unsigned line, const char *fmt, ...) _printf_(3, 4);
/* @line without LF and a CR before it. */
struct slice line_text(struct slice line);
/* For messages: no more than some 80 bytes of it. */
struct slice shown(struct slice s);

/* Whether @line begins "@@ -" and reads as a hunk's head; fills @h when not NULL. */
bool hunk_head(struct slice line, struct hunk *h);
/* From a hunk's head to the end of the last hunk of the same change. */
int parse_hunks(struct parser *ps, struct change *c) _must_check_;
/* The body of "GIT binary patch", from that line on. */
int parse_binary(struct parser *ps, struct change *c) _must_check_;

/* A name out of a header line, unquoted, not yet stripped. */
struct file_name {
	struct slice name; /* p == NULL: not there */
	bool absent;	   /* "/dev/null" */
	bool epoch;	   /* its time stamp says that the file is absent */
};

/* What follows "--- " or "+++ "; @git: blanks belong to the name. */
int parse_file_name(struct parser *ps, struct slice text, bool git,
		    struct file_name *out) _must_check_;
/* A name that ends with the line: "rename from …". */
int parse_whole_name(struct parser *ps, struct slice text,
		     struct slice *out) _must_check_;
/*
 * The one name of "diff --git a/x b/x" after stripping; p == NULL when the two
 * differ or cannot be told apart.
 */
int parse_git_names(struct parser *ps, struct slice text, struct slice *out) _must_check_;
/* Takes @n leading components off; fails, at @line, when there are not as many. */
int strip_name(struct parser *ps, unsigned line, struct slice name, unsigned n,
	       struct slice *out) _must_check_;

/* From "diff --git" or "---" to the end of the change. */
int parse_git_change(struct parser *ps, struct change *c) _must_check_;
int parse_plain_change(struct parser *ps, struct change *c) _must_check_;
