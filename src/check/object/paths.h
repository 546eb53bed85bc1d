/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Searches over a graph whose nodes carry sets of marks: forwards from the entry
 * with some nodes and edges cut, backwards from what a mark says.
 */

#include "check/object/graph.h"

struct edge {
	int from;
	int more; /* the next edge into the same node, or NODE_NONE */
};

struct paths {
	const struct graph *g;
	unsigned *is; /* the marks of each node */
	VEC(struct edge) edges;
	int *into;   /* the first edge into each node */
	int *parent; /* of the last search; NODE_NONE for the entry and what is unseen */
	int *queue;
	size_t nqueue; /* what the last search saw, nearest first */
};

void paths_init(struct paths *p, const struct graph *g);
void paths_release(struct paths *p);

/* Gives @mark to all from which a node with @goal is reached through none with @stop. */
void paths_mark_back(struct paths *p, unsigned goal, unsigned stop, unsigned mark);

/* What a search leaves out. */
struct cut {
	unsigned nodes; /* nothing goes on behind a node with one of these marks */
	/* Of a branch with one of these marks, the side that @taken_mark tells. */
	unsigned branches;
	unsigned taken_mark; /* set: it is the taken side that is left out */
};

/* From the entry, in order of distance, into queue. */
void paths_search(struct paths *p, const struct cut *c);
/* The nodes from the entry to @to, which the last search saw; the caller's. */
size_t paths_trace(const struct paths *p, int to, int **nodes);
