/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Memory that lives and dies together: what a parse makes goes into one arena
 * and is freed with it. Nothing in an arena is freed alone or moves.
 */

#include "base/base.h"

struct arena_block;

struct arena {
	struct arena_block *head; /* newest block, linked to older ones */
	size_t used;		  /* bytes taken of the newest block */
};

#define ARENA_INIT { NULL, 0 }

void arena_release(struct arena *a);
/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
/* As arena_alloc(), not zeroed: the caller fills all of it. */
void *arena_raw(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size);
/* A NUL-terminated copy. */
char *arena_dup(struct arena *a, const void *p, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) _printf_(2, 3);
