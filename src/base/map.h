/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A hash map from bytes to a pointer; keys are copied, values are the caller's.
 * The hash is seeded per process, so that no input can choose collisions; the
 * order of iteration is the order of insertion.
 */

#include "base/base.h"

struct map_entry {
	char *key; /* NUL-terminated copy; may hold NUL inside */
	size_t len;
	void *value;
	uint64_t hash;
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	size_t n, cap;
	uint32_t *slots; /* index + 1 into entries; 0 is free */
	size_t nslots;	 /* a power of two, or 0 */
};

void map_release(struct map *m);
/* The value, or NULL. */
void *map_get(const struct map *m, struct slice key);
bool map_has(const struct map *m, struct slice key);
/* Sets or replaces. */
void map_set(struct map *m, struct slice key, void *value);
/* Where the value of @key stands; made with NULL if it was not there. */
void **map_slot(struct map *m, struct slice key);

#define map_each(it, m)                                                                  \
	for (struct map_entry *it = (m)->entries; it && it < (m)->entries + (m)->n; it++)
