/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The control flow of one function, from its entry on, wherever it leads: into
 * split-off cold parts, through both sides of patched instructions, to fixups. A
 * node is an instruction. Nothing here knows what is looked for.
 */

#include "check/object/insn.h"
#include "check/object/tables.h"

#define NODE_NONE (-1)

struct node {
	struct insn in;
	int next;      /* behind it, or where an unconditional jump leads */
	int taken;     /* where a branch leads */
	VEC(int) more; /* other ways: patched code, fixups, jump tables */
	bool leaves;   /* for good: returns, or jumps into another function */
	bool calls;    /* in.target or in.extern_name, if known: also when leaving */
	const struct bug_entry *warning; /* it warns, and goes on */
	const char *doubt;		 /* where it goes on is not known: why */
};

struct graph {
	VEC(struct node) nodes; /* nodes.v[0] is the entry */
	struct map index;	/* position to node number + 1 */
	const struct image *im;
	const struct tables *tables;
	struct decoder *decoder;
	pos_t entry;
	size_t max_nodes;
	int hub;	  /* the first indirect jump; all others lead where it does */
	bool near_tables; /* addresses inside the function are computed */
};

/* No error: what cannot be followed, or is beyond @max_nodes, is a node with a doubt. */
void graph_build(struct graph *g, const struct image *im, const struct tables *t,
		 struct decoder *d, pos_t entry, size_t max_nodes);
void graph_release(struct graph *g);
/* The node of the instruction at @at, or NULL. */
const struct node *graph_node(const struct graph *g, pos_t at);

/* Calls fn for each way on from @n; stops when it returns false. */
typedef bool (*graph_way_fn)(int to, void *data);
void graph_ways(const struct node *n, graph_way_fn fn, void *data);
