/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What every file may use: attributes, cleanup, allocation that does not fail,
 * byte slices. No function here prints; out of memory aborts, since a caller
 * could not do anything better and every length from input is bounded first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/banned.h"

#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _must_check_	     __attribute__((warn_unused_result))
#define _noreturn_	     __attribute__((noreturn))
#define _unused_	     __attribute__((unused))
#define _cleanup_(f)	     __attribute__((cleanup(f)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Hands a pointer on and disarms the cleanup of the variable that held it. */
#define TAKE(p)                                                                          \
	({                                                                               \
		__typeof__(p) take_ = (p);                                               \
		(p) = NULL;                                                              \
		take_;                                                                   \
	})

/* As TAKE, for a file descriptor. */
#define TAKE_FD(fd)                                                                      \
	({                                                                               \
		int take_ = (fd);                                                        \
		(fd) = -1;                                                               \
		take_;                                                                   \
	})

/* Our own mistake, never reachable from input: says where and aborts. */
#define BUG_ON(cond)                                                                     \
	do {                                                                             \
		if (__builtin_expect(!!(cond), 0))                                       \
			bug_abort(__FILE__, __LINE__, #cond);                            \
	} while (0)

_noreturn_ void bug_abort(const char *file, int line, const char *what);

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/* n elements of @size bytes; aborts when the product overflows. */
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xmemdupz(const void *p, size_t n);
char *xasprintf(const char *fmt, ...) _printf_(1, 2);

/* Bytes that somebody else owns; may hold NUL and any encoding. */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(lit) ((struct slice){ (lit), sizeof(lit) - 1 })
/* For printf's "%.*s"; a slice that is shown must be bounded by its reader. */
#define SLICE_ARG(s) ((int)(s).n), ((s).p)

static inline struct slice slice_str(const char *s)
{
	return (struct slice){ s, s ? strlen(s) : 0 };
}

bool slice_eq(struct slice a, struct slice b);
bool slice_eqs(struct slice a, const char *s);
/* Here, so that a constant's length is one too. */
static inline bool slice_starts(struct slice a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && !memcmp(a.p, prefix, n);
}

bool slice_ends(struct slice a, const char *suffix);
int slice_cmp(struct slice a, struct slice b);
/* Without leading and trailing ASCII blanks, CR and LF. */
struct slice slice_trim(struct slice s);
/*
 * Takes the next line, its LF included, off the front of @rest; false when
 * nothing is left. The last line may have no LF.
 */
bool slice_line(struct slice *rest, struct slice *line);
/* Takes everything up to @sep off the front, @sep dropped; false at the end. */
bool slice_split(struct slice *rest, char sep, struct slice *part);

void freep(void *pp);
void closep(int *fd);
#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_fd_   _cleanup_(closep)
