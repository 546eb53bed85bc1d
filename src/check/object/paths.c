// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/paths.h"

struct walk {
	struct paths *p;
	int from;
};

static bool add_edge(int to, void *data)
{
	struct walk *w = data;

	vec_push(&w->p->edges, (struct edge){ w->from, w->p->into[to] });
	w->p->into[to] = (int)w->p->edges.n - 1;
	return true;
}

void paths_init(struct paths *p, const struct graph *g)
{
	size_t n = g->nodes.n;

	*p = (struct paths){ .g = g };
	p->is = xcalloc(n, sizeof(*p->is));
	p->into = xcalloc(n, sizeof(*p->into));
	p->parent = xcalloc(n, sizeof(*p->parent));
	p->queue = xcalloc(n, sizeof(*p->queue));
	for (size_t i = 0; i < n; i++)
		p->into[i] = NODE_NONE;
	for (size_t i = 0; i < n; i++) {
		struct walk w = { p, (int)i };

		graph_ways(&g->nodes.v[i], add_edge, &w);
	}
}

void paths_release(struct paths *p)
{
	free(p->is);
	free(p->into);
	free(p->parent);
	free(p->queue);
	vec_release(&p->edges);
}

void paths_mark_back(struct paths *p, unsigned goal, unsigned stop, unsigned mark)
{
	size_t n = 0;

	for (size_t i = 0; i < p->g->nodes.n; i++) {
		if (!(p->is[i] & goal) || (p->is[i] & stop & ~goal))
			continue;
		p->is[i] |= mark;
		p->queue[n++] = (int)i;
	}
	while (n) {
		int to = p->queue[--n];

		for (int e = p->into[to]; e != NODE_NONE; e = p->edges.v[e].more) {
			int from = p->edges.v[e].from;

			if (p->is[from] & (mark | stop))
				continue;
			p->is[from] |= mark;
			p->queue[n++] = from;
		}
	}
}

static bool visit(int to, void *data)
{
	struct walk *w = data;

	if (w->p->parent[to] != NODE_NONE || to == 0)
		return true;
	w->p->parent[to] = w->from;
	w->p->queue[w->p->nqueue++] = to;
	return true;
}

static void visit_ways(struct walk *w, const struct cut *c)
{
	const struct node *n = &w->p->g->nodes.v[w->from];
	unsigned is = w->p->is[w->from];
	struct node rest = *n;

	if (is & c->nodes)
		return;
	if (is & c->branches) {
		if (is & c->taken_mark)
			rest.taken = NODE_NONE;
		else
			rest.next = NODE_NONE;
	}
	graph_ways(&rest, visit, w);
}

void paths_search(struct paths *p, const struct cut *c)
{
	for (size_t i = 0; i < p->g->nodes.n; i++)
		p->parent[i] = NODE_NONE;
	p->queue[0] = 0;
	p->nqueue = 1;
	for (size_t i = 0; i < p->nqueue; i++) {
		struct walk w = { p, p->queue[i] };

		visit_ways(&w, c);
	}
}

size_t paths_trace(const struct paths *p, int to, int **nodes)
{
	size_t n = 0, i;

	for (int at = to; at != NODE_NONE; at = p->parent[at])
		n++;
	*nodes = xcalloc(n, sizeof(**nodes));
	i = n;
	for (int at = to; at != NODE_NONE; at = p->parent[at])
		(*nodes)[--i] = at;
	return n;
}
