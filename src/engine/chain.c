// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/chain.h"

#include "base/map.h"

/* What a change costs apart from its bytes. */
#define STEP_COST 1000

/* Whether another mail begins before @c. */
static bool begins_mail(const struct change *c)
{
	struct slice rest = c->gap, line;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "From ") || slice_starts(line, "From: ") ||
		    slice_starts(line, "Subject: "))
			return true;
	}
	return false;
}

void patch_steps(const struct patch *p, uint32_t index, bool reverse, struct steps *out)
{
	uint32_t mail = 0;

	for (uint32_t i = 0; i < p->nchanges; i++) {
		mail += i && begins_mail(&p->changes[i]);
		vec_push(out, (struct step){ &p->changes[i], index, i, mail });
	}
	if (!reverse || !p->nchanges)
		return;
	for (struct step *a = out->v + out->n - p->nchanges, *b = out->v + out->n - 1;
	     a < b; a++, b--) {
		struct step s = *a;

		*a = *b;
		*b = s;
	}
}

/* Paths by number, and which of them hang together: a forest (union-find). */
struct cut {
	struct map ids;	 /* path → its number + 1 */
	struct map dirs; /* directory → number + 1 of the nearest path at or above it */
	VEC(uint32_t) up;
};

static uint32_t id_of(struct cut *c, struct slice path)
{
	void **slot = map_slot(&c->ids, path);

	if (!*slot) {
		uint32_t id = (uint32_t)c->up.n;

		vec_push(&c->up, id);
		*slot = (void *)((uintptr_t)id + 1);
	}
	return (uint32_t)((uintptr_t)*slot - 1);
}

static uint32_t root_of(struct cut *c, uint32_t id)
{
	while (c->up.v[id] != id) {
		c->up.v[id] = c->up.v[c->up.v[id]];
		id = c->up.v[id];
	}
	return id;
}

static void tie(struct cut *c, uint32_t a, uint32_t b)
{
	a = root_of(c, a);
	b = root_of(c, b);
	if (a != b)
		c->up.v[a > b ? a : b] = a > b ? b : a;
}

/* The number of the change's chain, so far. */
static uint32_t tie_change(struct cut *cut, const struct change *c)
{
	uint32_t id = id_of(cut, c->new_path.p ? c->new_path : c->old_path);

	if (c->new_path.p && c->old_path.p && !slice_eq(c->new_path, c->old_path))
		tie(cut, id, id_of(cut, c->old_path));
	return id;
}

static bool parent_of(struct slice *path)
{
	while (path->n && path->p[path->n - 1] != '/')
		path->n--;
	if (!path->n)
		return false;
	path->n--;
	return true;
}

/* Ties the paths that are directories above @path to each other; the nearest, + 1. */
static uintptr_t tie_parents(struct cut *c, struct slice path)
{
	uintptr_t here, above;
	void **slot;

	if (!parent_of(&path))
		return 0;
	slot = map_slot(&c->dirs, path);
	if (*slot)
		return (uintptr_t)*slot - 1;
	here = (uintptr_t)map_get(&c->ids, path);
	above = tie_parents(c, path);
	if (here && above)
		tie(c, (uint32_t)here - 1, (uint32_t)above - 1);
	here = here ? here : above;
	map_set(&c->dirs, path, (void *)(here + 1));
	return here;
}

static uint64_t cost_of(const struct change *c)
{
	uint64_t cost = STEP_COST;

	for (uint32_t i = 0; i < c->nhunks; i++)
		cost += c->hunks[i].body.n;
	return cost;
}

static int by_cost(const void *a, const void *b)
{
	const struct chain *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? 1 : -1;
	return (x->steps > y->steps) - (x->steps < y->steps);
}

/* Sorts @all by chain, stably: count, then place. */
static void group(struct cut *c, const struct steps *all, const uint32_t *ids,
		  struct chains *out)
{
	size_t *at = xcalloc(c->up.n + 1, sizeof(*at));
	struct chain *chain = xcalloc(c->up.n, sizeof(*chain));

	for (size_t i = 0; i < all->n; i++)
		at[root_of(c, ids[i]) + 1]++;
	for (size_t i = 1; i <= c->up.n; i++)
		at[i] += at[i - 1];
	out->steps = xcalloc(all->n, sizeof(*out->steps));
	for (size_t i = 0; i < c->up.n; i++)
		chain[i].steps = out->steps + at[i];
	for (size_t i = 0; i < all->n; i++) {
		const struct step *s = &all->v[i];
		uint32_t root = root_of(c, ids[i]);

		out->steps[at[root]++] = *s;
		chain[root].n++;
		chain[root].cost += cost_of(s->change);
	}
	for (size_t i = 0; i < c->up.n; i++) {
		if (chain[i].n)
			chain[out->n++] = chain[i];
	}
	qsort(chain, out->n, sizeof(*chain), by_cost);
	out->v = chain;
	free(at);
}

static bool too_long(struct slice path)
{
	return path.n > CHAIN_MAX_PATH;
}

static bool cut_steps(struct cut *cut, const struct steps *all, uint32_t *ids)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct change *c = all->v[i].change;

		if (too_long(c->old_path) || too_long(c->new_path))
			return false;
		ids[i] = tie_change(cut, c);
	}
	map_each(it, &cut->ids)
	{
		uintptr_t above = tie_parents(cut, (struct slice){ it->key, it->len });

		if (above)
			tie(cut, (uint32_t)((uintptr_t)it->value - 1),
			    (uint32_t)above - 1);
	}
	return true;
}

bool chains_make(const struct patch *const *patches, const bool *reverse, const bool *use,
		 size_t n, struct chains *out)
{
	struct steps all = { 0 };
	struct cut cut = { 0 };
	uint32_t *ids;
	bool ok;

	*out = (struct chains){ 0 };
	for (size_t i = 0; i < n; i++) {
		if (!use || use[i])
			patch_steps(patches[i], (uint32_t)i, reverse && reverse[i], &all);
	}
	ids = xcalloc(all.n, sizeof(*ids));
	ok = cut_steps(&cut, &all, ids);
	if (ok)
		group(&cut, &all, ids, out);
	free(ids);
	vec_release(&all);
	vec_release(&cut.up);
	map_release(&cut.ids);
	map_release(&cut.dirs);
	return ok;
}

void chains_release(struct chains *c)
{
	free(c->v);
	free(c->steps);
	*c = (struct chains){ 0 };
}
