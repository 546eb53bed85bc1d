/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A patch file, parsed without loss: mail header and message, file changes,
 * hunks, and whatever stands between and after them. Every byte of the input
 * belongs to exactly one piece (header, or a change's gap, meta, hunk heads
 * and bodies, or the trailer), so that the pieces written in order are the input.
 *
 * Understood: unified diffs with and without git's extended headers ("diff --git",
 * see git-diff(1), "generating patch text with -p"), quoted names, several mails
 * in one file, CRLF, NUL and any encoding. Recognised, not decoded: binary
 * patches. Refused with path:line: context, normal and ed diffs, hunks whose lines
 * do not add up to their header's counts, hunks without a file header.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* No patch may be larger; FSX_MAX_FILE bounds the reading. */
#define PATCH_MAX_BYTES ((size_t)1 << 30)
/* Line numbers and counts stay below, so that sums of them fit in 32 bits. */
#define PATCH_MAX_LINE 0x3fffffffu

enum change_kind {
	CHANGE_MODIFY, /* also a change of mode together with hunks */
	CHANGE_CREATE,
	CHANGE_DELETE,
	CHANGE_RENAME, /* with or without hunks */
	CHANGE_COPY,
	CHANGE_MODE, /* nothing but the mode */
};

enum change_binary {
	BINARY_NO,
	BINARY_NAMED, /* "Binary files a and b differ": there is nothing to apply */
	BINARY_DATA,  /* "GIT binary patch": literal or delta, raw in `binary` */
};

/* One line of a hunk, in place in the patch's bytes. */
struct patch_line {
	const char *p; /* without the operator; with its LF unless no_eol */
	uint32_t n;
	char op;     /* ' ', '-' or '+' */
	bool no_eol; /* a "\ No newline at end of file" mark follows */
};

struct hunk {
	struct slice head;    /* "@@ -1,3 +1,4 @@ section\n" as it stands */
	struct slice body;    /* its lines and marks as they stand */
	struct slice section; /* after the second @@, trimmed; may be empty */
	struct patch_line *lines;
	uint32_t nlines; /* context + removed + added; marks are no lines */
	uint32_t old_start, old_count;
	uint32_t new_start, new_count;
	uint32_t prefix, suffix; /* leading and trailing context lines */
	unsigned line;		 /* of the head in the patch file, from 1 */
};

struct change {
	struct slice gap;  /* bytes before it: separators, the next mail's header */
	struct slice meta; /* from "diff --git" or "---" up to the first hunk */
	enum change_kind kind;
	enum change_binary binary;
	bool git; /* has a "diff --git" line */
	/*
	 * Paths after unquoting and stripping, not checked for safety. An absent
	 * side (creation, deletion) has p == NULL. They may name two different files
	 * ("x.c.orig", "x.c") in what is no rename or copy; with a git header one of
	 * the two is the header's. Whoever applies it decides which is meant.
	 */
	struct slice old_path, new_path;
	uint32_t old_mode, new_mode; /* 0100644, 0100755, 0120000…; 0: not said */
	struct slice old_id, new_id; /* hex of the "index" line, may be empty */
	unsigned similarity;	     /* percent of rename or copy; 0: not said */
	/*
	 * The time stamp of a side is the epoch, or the first hunk has nothing on
	 * that side: the file is empty or absent there, the diff does not say which.
	 */
	bool old_maybe_absent, new_maybe_absent;
	bool old_epoch, new_epoch; /* the stamp is the epoch: GNU diff -N's "absent" */
	struct slice binary_data;  /* after meta, up to the end of the change */
	struct hunk *hunks;
	uint32_t nhunks;
	unsigned line; /* of meta's first line in the patch file, from 1 */
};

struct patch {
	struct arena arena; /* empty when it is of a set */
	bool in_set;
	const char *name; /* for messages */
	struct buf bytes; /* what all slices point into; of a set: not to be changed */
	unsigned strip;
	struct slice header; /* up to the first change; all of it when there is none */
	struct change *changes;
	uint32_t nchanges;
	struct slice trailer; /* after the last change: a mail signature and the like */
};

/*
 * Parses @bytes, which are taken (also on failure) and left empty. @name stands
 * in messages; @strip is the N of -pN: that many leading components go from the
 * names of "---", "+++" and "diff --git", one less from those of git's rename and
 * copy lines, which carry no "a/". No change at all is no error: see nchanges.
 * ERR_INPUT with "name:line: cannot …", ERR_LIMIT for what is too large.
 * Linear in the size of the input. The caller frees *out with patch_free().
 */
int patch_parse(const char *name, struct buf *bytes, unsigned strip, struct patch **out,
		struct err *e) _must_check_;
/* Reads @path and parses it under that name. */
int patch_read(const char *path, unsigned strip, struct patch **out,
	       struct err *e) _must_check_;
/*
 * Many patches that go together, for one thread: they are in one piece of memory and share
 * what reading needs. They are freed with the set; patch_free() of one does nothing.
 */
struct patch_set;

/* @dir: where names begin; AT_FDCWD will do. Stays the caller's. */
struct patch_set *patch_set_new(int dir);
/* As patch_read(); @path is what messages call it. */
int patch_set_read(struct patch_set *set, const char *name, const char *path,
		   unsigned strip, struct patch **out, struct err *e) _must_check_;
void patch_set_free(struct patch_set *set);

/* Appends the pieces in order: of an unchanged patch, the very bytes parsed. */
void patch_write(const struct patch *p, struct buf *out);
void patch_free(struct patch *p);
void patch_freep(struct patch **p);
#define _cleanup_patch_ _cleanup_(patch_freep)

/* The path a change leaves its content at: the new one, the old one of a deletion. */
struct slice change_path(const struct change *c);
/* "modify", "create", "delete", "rename", "copy", "mode" */
const char *change_kind_name(enum change_kind kind);
