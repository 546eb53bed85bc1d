/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A quilt series file (quilt(1), "series file"): one patch a line with options
 * and an optional note, whole-line comments and blank lines; also guards
 * ("+tag", "-tag" before the name). They select as guards(1) does when it is called
 * without symbols: "+tag" and "-" leave a patch out, "-tag" lets it in. Every line is
 * kept as it stands, so that an unchanged series is written back byte for byte.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

#define SERIES_MAX_BYTES ((size_t)64 << 20)

struct series_entry {
	const char *name; /* relative to the directory of patches */
	unsigned strip;	  /* the N of -pN; 1 when not said; -pab is 1 */
	bool strip_said;
	bool reverse;	     /* -R */
	const char *guards;  /* "+x -y" before the name, or "" */
	bool applies;	     /* they let it in */
	const char *comment; /* after " #", trimmed, or "" */
	unsigned line;	     /* in the series file, from 1 */
	size_t line_index;   /* into lines.v */
};

/* A line with its LF, and the entry it holds. */
struct series_line {
	struct slice text;
	ssize_t entry; /* index into entries.v; -1: blank or comment */
};

struct series {
	struct arena arena;
	const char *dir;  /* where the patches are */
	const char *path; /* of the series file, for messages */
	VEC(struct series_line) lines;
	VEC(struct series_entry) entries;  /* in order */
	VEC(struct series_entry) left_out; /* see series_leave_out() */
};

/* Reads @dir/series, its patches in @dir. */
int series_read(const char *dir, struct series **out, struct err *e) _must_check_;
/* Reads the series file @path, its patches in @dir (QUILT_SERIES, QUILT_PATCHES). */
int series_read_file(const char *dir, const char *path, struct series **out,
		     struct err *e) _must_check_;
/*
 * Parses @text (copied). @path stands in messages. ERR_INPUT: an unknown option, an
 * option without value, a name twice; ERR_UNSAFE: a name that leaves the directory.
 */
int series_parse(const char *dir, const char *path, struct slice text,
		 struct series **out, struct err *e) _must_check_;
/* Appends the lines in order: of an unchanged series, the very bytes parsed. */
void series_write(const struct series *s, struct buf *out);
/*
 * For who only wants what applies: the other entries go from `entries` to `left_out`;
 * the lines stay. line.entry of one left out is -1.
 */
void series_leave_out(struct series *s);
/* The entry of that name, or NULL. */
const struct series_entry *series_find(const struct series *s, const char *name);
void series_free(struct series *s);
void series_freep(struct series **s);
#define _cleanup_series_ _cleanup_(series_freep)
