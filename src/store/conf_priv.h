/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Inside of conf.c: where in the file a section or key stands (libgit2 does
 * not say), and how the value of each key is read.
 */

#include "store/conf.h"

/* One header or key of the file, in its order. Strings live in the arena. */
struct scan_item {
	unsigned line;
	const char *section; /* lower case */
	const char *sub;     /* NULL when the header has none */
	const char *key;     /* lower case; NULL for the header itself */
};

struct conf_scan {
	VEC(struct scan_item) items;
};

/*
 * Lists the headers and keys of @text; an include is ERR_INPUT. What is
 * malformed is passed over: libgit2 refuses it.
 */
int conf_scan(struct slice text, const char *path, struct arena *a, struct conf_scan *out,
	      struct err *e) _must_check_;
void conf_scan_release(struct conf_scan *s);

enum conf_ref { REF_NONE, REF_ARCH, REF_TOOLCHAIN, REF_CONFIG, REF_TARGET };

/* A name that must be defined somewhere in the file. */
struct conf_pending {
	enum conf_ref kind;
	const char *name;
	unsigned line;
};

struct conf_reader {
	struct conf *c;
	struct conf_scan scan;
	VEC(struct conf_pending) pending;
};

/* Whether there is such a section; *named tells whether it needs a name. */
bool conf_has_section(const char *section, bool *named);
/* Reads one key; the item tells which and where. @value is NULL for a bare key. */
int conf_take(struct conf_reader *r, const struct scan_item *it, const char *value,
	      struct err *e) _must_check_;
/* "carry.conf:12: " and the message, as ERR_INPUT. */
int conf_bad(const struct conf_reader *r, unsigned line, struct err *e, const char *fmt,
	     ...) _printf_(4, 5);
/* `[section "sub"]`, in the arena. */
const char *conf_header_text(struct conf_reader *r, const struct scan_item *it);
/* Reads the value of `source`. */
int conf_source_parse(struct conf_reader *r, unsigned line, const char *value,
		      struct conf_source *out, struct err *e) _must_check_;
void strlist_push(struct strlist *l, struct arena *a, const char *s);
