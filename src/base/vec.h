/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A growing array: `VEC(struct hunk) hunks;` has `hunks.v` and `hunks.n`.
 * Growth invalidates pointers into `v`. Zeroed storage is an empty vector.
 */

#include "base/base.h"

#define VEC(type)                                                                        \
	struct {                                                                         \
		type *v;                                                                 \
		size_t n, cap;                                                           \
	}

#define vec_push(vec, ...)                                                               \
	do {                                                                             \
		if ((vec)->n == (vec)->cap) {                                            \
			(vec)->cap = (vec)->cap ? (vec)->cap * 2 : 8;                    \
			(vec)->v = xreallocarray((vec)->v, (vec)->cap,                   \
						 sizeof(*(vec)->v));                     \
		}                                                                        \
		(vec)->v[(vec)->n++] = (__VA_ARGS__);                                    \
	} while (0)

#define vec_release(vec)                                                                 \
	do {                                                                             \
		free((vec)->v);                                                          \
		(vec)->v = NULL;                                                         \
		(vec)->n = (vec)->cap = 0;                                               \
	} while (0)

#define vec_each(it, vec) \
	for (__typeof__((vec)->v + 0) it = (vec)->v; it && it < (vec)->v + (vec)->n; it++)

/* Strings that the vector owns. */
struct strvec {
	char **v; /* v[n] is NULL as soon as anything was pushed */
	size_t n, cap;
};

void strvec_push(struct strvec *s, const char *str);
void strvec_pushf(struct strvec *s, const char *fmt, ...) _printf_(2, 3);
/* All of a NULL-ended list. */
void strvec_push_all(struct strvec *s, const char *const *list);
bool strvec_has(const struct strvec *s, const char *str);
/* In byte order. */
void strvec_sort(struct strvec *s);
void strvec_release(struct strvec *s);

#define _cleanup_strvec_ _cleanup_(strvec_release)
