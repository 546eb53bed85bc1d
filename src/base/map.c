// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/map.h"

#include <pthread.h>
#include <sys/random.h>

static uint64_t seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void make_seed(void)
{
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)(uintptr_t)&seed;
	seed |= 1;
}

/* Multiply and fold, eight bytes at a time; quality suffices for a table. */
static uint64_t hash_bytes(struct slice key)
{
	uint64_t h = seed ^ key.n;
	uint64_t w;
	size_t i;

	for (i = 0; i + 8 <= key.n; i += 8) {
		memcpy(&w, key.p + i, 8);
		h = (h ^ w) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 32;
	}
	w = 0;
	if (i < key.n)
		memcpy(&w, key.p + i, key.n - i);
	h = (h ^ w) * 0xd6e8feb86659fd93ull;
	return h ^ (h >> 29);
}

static uint32_t *find_slot(const struct map *m, struct slice key, uint64_t hash)
{
	size_t mask = m->nslots - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		const struct map_entry *e;

		if (!m->slots[i])
			return &m->slots[i];
		e = &m->entries[m->slots[i] - 1];
		if (e->hash == hash && slice_eq(key, (struct slice){ e->key, e->len }))
			return &m->slots[i];
	}
}

static void rehash(struct map *m)
{
	m->nslots = m->nslots ? m->nslots * 2 : 16;
	free(m->slots);
	m->slots = xcalloc(m->nslots, sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++) {
		struct map_entry *e = &m->entries[i];

		*find_slot(m, (struct slice){ e->key, e->len }, e->hash) =
			(uint32_t)i + 1;
	}
}

static const struct map_entry *find(const struct map *m, struct slice key)
{
	uint32_t at;

	if (!m->n)
		return NULL;
	at = *find_slot(m, key, hash_bytes(key));
	return at ? &m->entries[at - 1] : NULL;
}

void *map_get(const struct map *m, struct slice key)
{
	const struct map_entry *e = find(m, key);

	return e ? e->value : NULL;
}

bool map_has(const struct map *m, struct slice key)
{
	return find(m, key) != NULL;
}

void **map_slot(struct map *m, struct slice key)
{
	uint32_t *slot;
	uint64_t hash;

	pthread_once(&seed_once, make_seed);
	hash = hash_bytes(key);
	BUG_ON(m->n >= UINT32_MAX - 1);
	if ((m->n + 1) * 4 > m->nslots * 3)
		rehash(m);
	slot = find_slot(m, key, hash);
	if (*slot)
		return &m->entries[*slot - 1].value;
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 8;
		m->entries = xreallocarray(m->entries, m->cap, sizeof(*m->entries));
	}
	m->entries[m->n] = (struct map_entry){ xmemdupz(key.p, key.n), key.n, NULL, hash };
	*slot = (uint32_t)++m->n;
	return &m->entries[m->n - 1].value;
}

void map_set(struct map *m, struct slice key, void *value)
{
	*map_slot(m, key) = value;
}

void map_release(struct map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->entries[i].key);
	free(m->entries);
	free(m->slots);
	*m = (struct map){ 0 };
}
