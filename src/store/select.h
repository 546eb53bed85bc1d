/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The files of a tree that patterns select; see store_checkout() for patterns. */

#include "store/store_priv.h"

struct selected {
	const char *path;
	size_t dir; /* bytes of the path before its last slash, 0 at the top */
	unsigned mode;
	git_oid oid;
};

struct selection {
	struct arena arena;
	VEC(struct selected) files; /* in git's order */
	const char *missing;	    /* a plain pattern that nothing matched, or NULL */
};

int select_files(const struct store *s, const char *tree, const struct strlist *patterns,
		 struct selection *out, struct err *e) _must_check_;
void selection_release(struct selection *sel);
/* Whether @pattern selects @path itself (not what is below a selected directory). */
bool pattern_matches(const char *pattern, const char *path);

typedef int select_fn(void *arg, const struct selected *f, struct slice data,
		      struct err *e);

/* Reads each file of @files and calls @fn from @threads threads; the first error ends it.
 */
int select_each(const struct store *s, const struct selected *files, size_t n,
		unsigned threads, select_fn *fn, void *arg, struct err *e) _must_check_;
