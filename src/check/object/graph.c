// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/graph.h"

static const char too_large[] = "the function is too large";

static struct slice key_of(const pos_t *at)
{
	return (struct slice){ (const char *)at, sizeof(*at) };
}

/* The node for @at, made if missing; it is filled when its turn comes. */
static int node_at(struct graph *g, pos_t at)
{
	void **slot = map_slot(&g->index, key_of(&at));

	if (!*slot) {
		vec_push(&g->nodes, (struct node){ .in.at = at,
						   .next = NODE_NONE,
						   .taken = NODE_NONE });
		*slot = (void *)(uintptr_t)g->nodes.n;
	}
	return (int)(uintptr_t)*slot - 1;
}

const struct node *graph_node(const struct graph *g, pos_t at)
{
	uintptr_t n = (uintptr_t)map_get(&g->index, key_of(&at));

	return n ? &g->nodes.v[n - 1] : NULL;
}

/* What no caller comes back from; compilers end a block there without a trap. */
static bool never_returns(const char *name)
{
	static const char *const names[] = {
		"__fortify_panic",
		"__module_put_and_kthread_exit",
		"__stack_chk_fail",
		"__ubsan_handle_builtin_unreachable",
		"do_exit",
		"do_group_exit",
		"fortify_panic",
		"kthread_complete_and_exit",
		"kthread_exit",
		"make_task_dead",
		"nmi_panic_self_stop",
		"panic",
		"vpanic",
	};

	for (size_t i = 0; name && i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static bool in_function(const struct graph *g, pos_t at)
{
	const struct image_sym *f = image_func_at(g->im, g->entry);

	return f && at > f->at && at - f->at < f->size;
}

/* A jump there is a call of another function, not a way on in this one. */
static bool is_other_function(const struct graph *g, pos_t at)
{
	const struct image_sym *f = image_func_at(g->im, at);

	return f && at != g->entry && !strstr(f->name, ".cold");
}

/* A jump of @n, maybe into another function. The node that stands for it. */
static int jump_node(struct graph *g, const struct insn *from, pos_t target,
		     const char *extern_name)
{
	struct node leave = { .in = *from,
			      .next = NODE_NONE,
			      .taken = NODE_NONE,
			      .leaves = true,
			      .calls = true };

	if (target && !is_other_function(g, target))
		return node_at(g, target);
	leave.in.flow = FLOW_JUMP;
	leave.in.target = target;
	leave.in.extern_name = extern_name;
	leave.in.nops = 0;
	leave.in.lost = 0;
	if (!target && !extern_name)
		leave.doubt = "a jump leads out of the object";
	vec_push(&g->nodes, leave);
	return (int)g->nodes.n - 1;
}

static void add_way(struct graph *g, int n, int to)
{
	vec_push(&g->nodes.v[n].more, to);
}

/* To the instruction behind; a call at a function's end does not come back. */
static void go_on(struct graph *g, int n)
{
	const struct insn in = g->nodes.v[n].in;
	const struct image_sym *f = image_func_around(g->im, in.at);
	int next;

	if (f && in.at + in.len >= f->at + f->size) {
		if (in.flow != FLOW_CALL)
			g->nodes.v[n].doubt = "the code runs on beyond its function";
		return;
	}
	next = node_at(g, in.at + in.len);
	g->nodes.v[n].next = next;
}

/* Code that may be patched in: its jumps are ways on, too. */
static void add_alternative(struct graph *g, int n, const struct alternative *a)
{
	pos_t at = a->to, end = a->to + a->to_len;
	struct insn in;

	add_way(g, n, node_at(g, a->site + a->len));
	for (; at && at < end; at += in.len) {
		decode(g->decoder, at, &in);
		if (!in.len)
			break;
		if ((in.flow == FLOW_JUMP || in.flow == FLOW_BRANCH) &&
		    !(in.target >= a->to && in.target < end))
			add_way(g, n, jump_node(g, &in, in.target, in.extern_name));
	}
}

static void add_patches(struct graph *g, int n)
{
	const struct insn in = g->nodes.v[n].in;
	const struct alternative *a = tables_alt(g->tables, in.at);
	const struct way *w = tables_way(g->tables, in.at);

	for (; a && a < g->tables->alts.v + g->tables->alts.n && a->site == in.at; a++)
		add_alternative(g, n, a);
	for (; w && w < g->tables->ways.v + g->tables->ways.n && w->from == in.at; w++) {
		add_way(g, n, jump_node(g, &in, w->to, NULL));
		if (w->patched && in.flow == FLOW_JUMP)
			add_way(g, n, node_at(g, in.at + in.len));
	}
}

/* Where read-only data leads into this function. */
static void add_tables(struct graph *g, int n)
{
	const struct image_sym *f = image_func_at(g->im, g->entry);
	const pos_t *h = f ? tables_held(g->tables, f->at + 1, f->at + f->size) : NULL;
	const pos_t *end = h ? g->tables->held.v + g->tables->held.n : NULL;

	for (; h < end && *h < f->at + f->size; h++)
		add_way(g, n, node_at(g, *h));
}

/*
 * An indirect jump may go to any address of this function that read-only data
 * holds; where there is none, it leaves for another function.
 */
static void add_indirect(struct graph *g, int n)
{
	const struct image_reloc *own =
		image_reloc(g->im, g->nodes.v[n].in.at, g->nodes.v[n].in.len);

	if (g->hub == NODE_NONE) {
		g->hub = n;
		add_tables(g, n);
	} else if (g->nodes.v[g->hub].more.n) {
		add_way(g, n, g->hub);
	}
	g->nodes.v[n].leaves = !g->nodes.v[n].more.n;
	if (own && image_target(g->im, own, 0) && !g->nodes.v[n].more.n)
		g->nodes.v[n].doubt = "an indirect jump has a table that cannot be read";
}

/* A trap that only warns goes on behind itself; any other stops. */
static void add_trap(struct graph *g, int n)
{
	const struct bug_entry *b = tables_bug(g->tables, g->nodes.v[n].in.at);

	if (!b || !(b->flags & BUG_WARNING))
		return;
	g->nodes.v[n].warning = b;
	if (b->trap == OBJECT_TRAP_UD1)
		g->nodes.v[n].doubt = "the length of a trap is not known";
	else
		go_on(g, n);
}

/* A warning whose entry's address is passed on stands where that was loaded. */
static void find_passed_warning(struct graph *g, struct node *n)
{
	const struct bug_entry *b = tables_bug(g->tables, n->in.at + n->in.len);

	if (b && b->trap == OBJECT_TRAP_CALL && (b->flags & BUG_WARNING))
		n->warning = b;
}

static void fill(struct graph *g, int n)
{
	struct insn in;
	int to;

	decode(g->decoder, g->nodes.v[n].in.at, &in);
	g->nodes.v[n].in = in;
	find_passed_warning(g, &g->nodes.v[n]);
	switch (in.flow) {
	case FLOW_BRANCH:
		to = jump_node(g, &in, in.target, in.extern_name);
		g->nodes.v[n].taken = to;
		go_on(g, n);
		break;
	case FLOW_JUMP:
		to = jump_node(g, &in, in.target, in.extern_name);
		g->nodes.v[n].next = to;
		break;
	case FLOW_CALL:
		g->nodes.v[n].calls = true;
		if (!never_returns(in.extern_name))
			go_on(g, n);
		break;
	case FLOW_NEXT:
		go_on(g, n);
		break;
	case FLOW_TRAP:
		add_trap(g, n);
		break;
	case FLOW_INDIRECT:
		add_indirect(g, n);
		break;
	case FLOW_RETURN:
		g->nodes.v[n].leaves = true;
		break;
	case FLOW_UNKNOWN:
		g->nodes.v[n].doubt = "an instruction is not known";
		break;
	}
	add_patches(g, n);
	if (in.takes_address && in_function(g, in.target))
		g->near_tables = true;
}

void graph_build(struct graph *g, const struct image *im, const struct tables *t,
		 struct decoder *d, pos_t entry, size_t max_nodes)
{
	*g = (struct graph){ .im = im,
			     .tables = t,
			     .decoder = d,
			     .entry = entry,
			     .max_nodes = max_nodes,
			     .hub = NODE_NONE };
	node_at(g, entry);
	for (size_t i = 0; i < g->nodes.n; i++) {
		bool synthetic = g->nodes.v[i].leaves;

		if (i >= max_nodes)
			g->nodes.v[i].doubt = too_large;
		else if (!synthetic)
			fill(g, (int)i);
	}
	vec_each (n, &g->nodes) {
		if (n->in.flow == FLOW_INDIRECT && !n->doubt &&
		    (g->near_tables || g->tables->by_difference))
			n->doubt = "an indirect jump may lead anywhere in the function";
	}
}

void graph_release(struct graph *g)
{
	vec_each (n, &g->nodes)
		vec_release(&n->more);
	vec_release(&g->nodes);
	map_release(&g->index);
}

void graph_ways(const struct node *n, graph_way_fn fn, void *data)
{
	if (n->next != NODE_NONE && !fn(n->next, data))
		return;
	if (n->taken != NODE_NONE && !fn(n->taken, data))
		return;
	for (size_t i = 0; i < n->more.n; i++) {
		if (!fn(n->more.v[i], data))
			return;
	}
}
