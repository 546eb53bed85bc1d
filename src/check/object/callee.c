// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/study.h"

/* One function is not looked through beyond this. */
#define MAX_NODES 50000
/* In the map of helpers: being looked through. */
#define BUSY 100

static bool is_lock(const struct study *s, const char *name)
{
	for (size_t i = 0; i < s->nlocks; i++) {
		if (!regexec(&s->locks[i], name, 0, NULL, 0))
			return true;
	}
	return false;
}

void study_graph(struct study *s, struct graph *g, pos_t entry)
{
	size_t max = s->budget < MAX_NODES ? s->budget : MAX_NODES;

	graph_build(g, &s->im, &s->tables, &s->decoder, entry, max);
	s->budget -= g->nodes.n < s->budget ? g->nodes.n : s->budget;
}

struct work *study_work(const struct study *s, pos_t entry)
{
	return map_get(&s->by_entry,
		       (struct slice){ (const char *)&entry, sizeof(entry) });
}

/* Whether a function of the object, or one that it calls, takes a lock. */
static enum callee_kind look_through(struct study *s, pos_t entry)
{
	enum callee_kind kind = CALLEE_OTHER;
	struct graph g;

	if (s->depth >= STUDY_MAX_DEPTH)
		return CALLEE_MAYBE;
	s->depth++;
	study_graph(s, &g, entry);
	vec_each (n, &g.nodes) {
		struct callee c = { CALLEE_OTHER };

		if (n->doubt && kind == CALLEE_OTHER)
			kind = CALLEE_MAYBE;
		if (n->calls)
			c = callee_of(s, n);
		if (c.kind == CALLEE_LOCK ||
		    (c.kind == CALLEE_MAYBE && kind == CALLEE_OTHER))
			kind = c.kind;
		if (kind == CALLEE_LOCK)
			break;
	}
	graph_release(&g);
	s->depth--;
	return kind;
}

static enum callee_kind helper_kind(struct study *s, pos_t entry)
{
	struct slice key = { (const char *)&entry, sizeof(entry) };
	uintptr_t known = (uintptr_t)map_get(&s->helpers, key);
	pos_t caller = s->current;
	enum callee_kind kind;

	/* A function that calls itself takes no more locks by that. */
	if (known == BUSY)
		return entry == caller ? CALLEE_OTHER : CALLEE_MAYBE;
	if (known)
		return (enum callee_kind)(known - 1);
	map_set(&s->helpers, key, (void *)(uintptr_t)BUSY);
	s->current = entry;
	kind = look_through(s, entry);
	s->current = caller;
	map_set(&s->helpers, key, (void *)(uintptr_t)(kind + 1));
	return kind;
}

struct callee callee_of(struct study *s, const struct node *n)
{
	struct callee c = { .name = n->in.extern_name ? n->in.extern_name : "" };
	const struct image_sym *f;

	if (!n->in.target) {
		c.kind = is_lock(s, c.name) ? CALLEE_LOCK : CALLEE_OTHER;
		return c;
	}
	f = image_func_at(&s->im, n->in.target);
	if (f)
		c.name = f->name;
	c.body = study_work(s, n->in.target);
	if (f && is_lock(s, f->name))
		c.kind = CALLEE_LOCK;
	else if (c.body && !c.body->inlined.n)
		c.kind = CALLEE_BODY;
	else
		c.kind = helper_kind(s, n->in.target);
	return c;
}
