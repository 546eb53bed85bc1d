// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/paths.h"
#include "check/object/study.h"
#include "check/object/value.h"

/* What a node is to the questions about a body. */
enum {
	IS_LOCK = 1 << 0,
	IS_MAYBE = 1 << 1,    /* a call that nobody could look through */
	IS_TRAP = 1 << 2,     /* a wanted warning */
	IS_RELIED = 1 << 3,   /* a call of a body that passes a guard in any case */
	IS_GUARD = 1 << 4,    /* a branch that leads to the trap as it should */
	IS_UNKNOWN = 1 << 5,  /* that leads there on a condition nobody knows */
	TAKEN_LEADS = 1 << 6, /* its taken side is the one that leads there */
	IS_END = 1 << 7,      /* leaves the function, or nobody knows where it goes on */
	CAN_TRAP = 1 << 8,    /* from here a trap can be reached with no lock before */
	CAN_MISS = 1 << 9,    /* so can a lock or an end with no trap before */
};

/* No instruction is longer. */
#define MAX_INSN 16

struct view {
	struct study *s;
	struct work *w;
	struct object_body *body;
	struct graph g;
	struct paths p;
	struct state *states; /* after each node */
	unsigned hidden;      /* lock calls that no path leads to */
};

static bool counts(const struct work *w, pos_t at)
{
	if (!w->inlined.n)
		return true;
	vec_each (r, &w->inlined) {
		if (at >= r->from && at < r->to)
			return true;
	}
	return false;
}

static struct object_mark mark(struct view *v, int n, const char *text)
{
	return (struct object_mark){ study_place(v->s, v->g.nodes.v[n].in.at), text };
}

static void classify_call(struct view *v, int n)
{
	struct callee c = callee_of(v->s, &v->g.nodes.v[n]);

	if (c.kind == CALLEE_BODY && c.body != v->w) {
		/* It is asked first; a body that is being asked already calls us. */
		if (c.body->state == WORK_NEW && v->s->depth < STUDY_MAX_DEPTH)
			guard_examine(v->s, c.body);
		if (c.body->state == WORK_DONE && c.body->body.covers_all)
			v->p.is[n] |= IS_RELIED;
		vec_push(&v->body->delegates, mark(v, n, c.name));
	}
	if ((c.kind != CALLEE_LOCK && c.kind != CALLEE_MAYBE) ||
	    !counts(v->w, v->g.nodes.v[n].in.at))
		return;
	v->p.is[n] |= c.kind == CALLEE_LOCK ? IS_LOCK : IS_MAYBE;
	if (c.kind == CALLEE_LOCK)
		vec_push(&v->body->locks, mark(v, n, c.name));
}

static void classify(struct view *v)
{
	for (size_t i = 0; i < v->g.nodes.n; i++) {
		const struct node *n = &v->g.nodes.v[i];

		if (n->leaves || n->doubt)
			v->p.is[i] |= IS_END;
		if (n->warning && study_wants(v->s, n->warning))
			v->p.is[i] |= IS_TRAP;
		if (n->calls)
			classify_call(v, (int)i);
	}
}

/* What each register may hold, until nothing changes any more. */
struct flowing {
	struct view *v;
	const struct state *after;
	int *queue;
	size_t n;
	bool *queued;
	struct state *before;
};

static bool flow_into(int to, void *data)
{
	struct flowing *f = data;

	if (state_join(&f->before[to], f->after) && !f->queued[to]) {
		f->queued[to] = true;
		f->queue[f->n++] = to;
	}
	return true;
}

static void follow_values(struct view *v)
{
	size_t n = v->g.nodes.n;
	uint64_t clobbers =
		v->s->im.machine == IMAGE_ARM64 ? arm64_call_clobbers : x86_call_clobbers;
	struct flowing f = { .v = v };

	f.before = xcalloc(n, sizeof(*f.before));
	f.queue = xcalloc(n, sizeof(*f.queue));
	f.queued = xcalloc(n, sizeof(*f.queued));
	v->states = xcalloc(n, sizeof(*v->states));
	state_enter(&f.before[0]);
	f.queue[f.n++] = 0;
	while (f.n) {
		int i = f.queue[--f.n];

		f.queued[i] = false;
		v->states[i] = f.before[i];
		state_step(&v->states[i], &v->g.nodes.v[i].in, clobbers);
		f.after = &v->states[i];
		graph_ways(&v->g.nodes.v[i], flow_into, &f);
	}
	free(f.before);
	free(f.queue);
	free(f.queued);
}

/* Whoever goes there passes a trap before any lock or end. */
static bool leads(const struct view *v, int n)
{
	return n != NODE_NONE && (v->p.is[n] & CAN_TRAP) && !(v->p.is[n] & CAN_MISS);
}

static void add_test(struct view *v, int n, enum object_guard guard,
		     const struct tested *by)
{
	pos_t at = v->g.nodes.v[n].in.at;
	struct object_test t = { .guard = guard };

	t.mask = by->kind == CODES_KNOWN ? by->mask : 0;
	t.at = study_place(v->s, at);
	t.text = decode_text(&v->s->decoder, at, v->s->arena);
	if (by->at && by->at != at)
		t.text = arena_printf(v->s->arena, "%s; %s",
				      decode_text(&v->s->decoder, by->at, v->s->arena),
				      t.text);
	vec_push(&v->body->tests, t);
}

/* One side of branch @n leads to the trap: on what condition? */
static void judge_branch(struct view *v, int n, bool taken_leads)
{
	struct tested t = state_branch(&v->states[n], &v->g.nodes.v[n].in);

	if (taken_leads)
		v->p.is[n] |= TAKEN_LEADS;
	if (t.kind == CODES_UNKNOWN) {
		v->p.is[n] |= IS_UNKNOWN;
		add_test(v, n, OBJECT_GUARD_UNKNOWN, &t);
	} else if (t.kind == CODES_KNOWN && mask_is(t.mask, v->s->q->mask) &&
		   t.set == taken_leads) {
		v->p.is[n] |= IS_GUARD;
		add_test(v, n, OBJECT_GUARD_YES, &t);
	} else {
		add_test(v, n, OBJECT_GUARD_OTHER, &t);
	}
}

/* The mask is tested, but the set side may also miss the trap. */
static void judge_partly(struct view *v, int n)
{
	const struct node *node = &v->g.nodes.v[n];
	struct tested t = state_branch(&v->states[n], &node->in);
	int set = t.set ? node->taken : node->next;
	int clear = t.set ? node->next : node->taken;

	if (t.kind != CODES_KNOWN || !mask_is(t.mask, v->s->q->mask) || set == NODE_NONE)
		return;
	if ((v->p.is[set] & CAN_TRAP) && clear != NODE_NONE &&
	    !(v->p.is[clear] & CAN_TRAP))
		add_test(v, n, OBJECT_GUARD_PARTLY, &t);
}

static void find_guards(struct view *v)
{
	paths_mark_back(&v->p, IS_TRAP, IS_LOCK | IS_MAYBE | IS_END, CAN_TRAP);
	paths_mark_back(&v->p, IS_LOCK | IS_MAYBE | IS_END, IS_TRAP, CAN_MISS);
	for (size_t i = 0; i < v->g.nodes.n; i++) {
		const struct node *n = &v->g.nodes.v[i];
		bool taken, next;

		if (n->in.flow != FLOW_BRANCH || n->more.n)
			continue;
		taken = leads(v, n->taken);
		next = leads(v, n->next);
		if (taken != next)
			judge_branch(v, (int)i, taken);
		else if (!taken)
			judge_partly(v, (int)i);
	}
}

/* The entry and each place that is reached by a jump, then @to. */
static void set_path(struct view *v, int to)
{
	_cleanup_free_ int *nodes = NULL;
	size_t n = paths_trace(&v->p, to, &nodes);
	pos_t expected = 0;

	v->body->path.n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct insn *in = &v->g.nodes.v[nodes[i]].in;

		if ((in->at != expected &&
		     (!i || in->at != v->g.nodes.v[nodes[i - 1]].in.at)) ||
		    i == n - 1)
			vec_push(&v->body->path, study_place(v->s, in->at));
		expected = in->at + in->len;
	}
}

/* The nearest node with one of @marks that the last search saw. */
static int seen_with(const struct view *v, unsigned marks)
{
	for (size_t i = 0; i < v->p.nqueue; i++) {
		if (v->p.is[v->p.queue[i]] & marks)
			return v->p.queue[i];
	}
	return NODE_NONE;
}

static int seen_doubt(const struct view *v)
{
	for (size_t i = 0; i < v->p.nqueue; i++) {
		if (v->g.nodes.v[v->p.queue[i]].doubt)
			return v->p.queue[i];
	}
	return NODE_NONE;
}

static void undecided(struct view *v, int n, const char *why)
{
	v->body->dominated = OBJECT_UNDECIDED;
	v->body->doubt = why;
	set_path(v, n);
}

/* Whether the graph has the instruction that the relocated byte @at belongs to. */
static bool is_in_graph(const struct view *v, pos_t at)
{
	for (unsigned back = 0; back < MAX_INSN; back++) {
		const struct node *n = at >= back ? graph_node(&v->g, at - back) : NULL;

		if (n && n->in.len > back)
			return true;
	}
	return false;
}

/* Lock calls of the body's own code to which the graph does not lead. */
static void find_hidden(struct view *v)
{
	const struct image_sym *f = image_func_at(&v->s->im, v->w->entry);
	const struct image_section *sec = &v->s->im.sections.v[pos_section(v->w->entry)];
	const struct image_reloc *r = f ? image_reloc(&v->s->im, f->at, f->size) : NULL;

	if (!r || v->w->inlined.n)
		return;
	for (; r < sec->relocs.v + sec->relocs.n; r++) {
		pos_t at = pos_make(pos_section(f->at), r->offset);
		struct node n = { .in.extern_name = image_extern(&v->s->im, r) };
		struct callee c;

		if (at - f->at >= f->size)
			break;
		if (!n.in.extern_name)
			continue;
		c = callee_of(v->s, &n);
		if (c.kind != CALLEE_LOCK || is_in_graph(v, at))
			continue;
		vec_push(&v->body->locks,
			 (struct object_mark){ study_place(v->s, at), c.name });
		v->hidden++;
	}
}

static bool has_doubt(const struct view *v)
{
	vec_each (n, &v->g.nodes) {
		if (n->doubt)
			return true;
	}
	return false;
}

static void ask_dominated(struct view *v)
{
	struct cut sure = { .nodes = IS_GUARD | IS_RELIED };
	struct cut hopeful = { .nodes = IS_GUARD | IS_RELIED | IS_UNKNOWN };
	int lock, doubt;

	paths_search(&v->p, &sure);
	lock = seen_with(v, IS_LOCK);
	if (lock != NODE_NONE) {
		v->body->dominated = OBJECT_NO;
		set_path(v, lock);
		paths_search(&v->p, &hopeful);
		if (seen_with(v, IS_LOCK) == NODE_NONE) {
			v->body->dominated = OBJECT_UNDECIDED;
			v->body->doubt =
				"a branch leads to the warning on a condition that "
				"cannot be told";
		}
		return;
	}
	doubt = seen_with(v, IS_MAYBE);
	if (doubt != NODE_NONE) {
		undecided(v, doubt,
			  "a function that is called could not be looked through");
		return;
	}
	doubt = seen_doubt(v);
	if (doubt != NODE_NONE && v->body->locks.n) {
		undecided(v, doubt, v->g.nodes.v[doubt].doubt);
		return;
	}
	/* With all doubts behind a guard, what they hide is behind it, too. */
	if (v->hidden && !has_doubt(v))
		undecided(v, 0, "a lock call stands where no path leads");
	else
		v->body->dominated = v->body->locks.n ? OBJECT_YES : OBJECT_NOTHING;
}

static void ask_covers_all(struct view *v)
{
	struct cut c = { .nodes = IS_GUARD | IS_RELIED };

	paths_search(&v->p, &c);
	v->body->covers_all = true;
	for (size_t i = 0; i < v->p.nqueue; i++) {
		unsigned is = v->p.is[v->p.queue[i]];

		if ((is & IS_END) && !(is & IS_RELIED))
			v->body->covers_all = false;
	}
}

static void ask_stray(struct view *v)
{
	struct cut sure = { .branches = IS_GUARD, .taken_mark = TAKEN_LEADS };
	struct cut hopeful = { .branches = IS_GUARD | IS_UNKNOWN,
			       .taken_mark = TAKEN_LEADS };

	v->body->stray = OBJECT_NO;
	paths_search(&v->p, &sure);
	if (seen_with(v, IS_TRAP) == NODE_NONE)
		return;
	paths_search(&v->p, &hopeful);
	v->body->stray =
		seen_with(v, IS_TRAP) == NODE_NONE ? OBJECT_UNDECIDED : OBJECT_YES;
}

/* In the function's own range, or in that of a part that was split off. */
static bool in_symbol(const struct view *v, pos_t at)
{
	const struct image_sym *f = image_func_around(&v->s->im, at);
	size_t n = strlen(v->body->name);

	if (!f || v->w->inlined.n)
		return false;
	return f->at == v->w->entry || (!strncmp(f->name, v->body->name, n) &&
					!strncmp(f->name + n, ".cold", strlen(".cold")));
}

static void list_sites(struct view *v)
{
	const struct bug_entry *all = v->s->tables.bugs.v;
	_cleanup_free_ bool *reached = xcalloc(v->s->tables.bugs.n + 1, sizeof(*reached));

	vec_each (n, &v->g.nodes) {
		if (n->warning)
			reached[n->warning - all] = true;
	}
	vec_each (b, &v->s->tables.bugs) {
		bool here = reached[b - all];

		if (!(b->flags & BUG_WARNING) || (!here && !in_symbol(v, b->at)) ||
		    (!counts(v->w, b->at) && !study_wants(v->s, b)))
			continue;
		vec_push(&v->body->sites, study_site(v->s, b, here));
	}
}

static int cmp_mark(const void *a, const void *b)
{
	const struct object_mark *x = a, *y = b;
	int ret = strcmp(x->at.section, y->at.section);

	return ret ? ret : (x->at.offset > y->at.offset) - (x->at.offset < y->at.offset);
}

static int cmp_test(const void *a, const void *b)
{
	const struct object_test *x = a, *y = b;
	int ret = strcmp(x->at.section, y->at.section);

	return ret ? ret : (x->at.offset > y->at.offset) - (x->at.offset < y->at.offset);
}

static void sort_lists(struct object_body *b)
{
	if (b->locks.n)
		qsort(b->locks.v, b->locks.n, sizeof(*b->locks.v), cmp_mark);
	if (b->delegates.n)
		qsort(b->delegates.v, b->delegates.n, sizeof(*b->delegates.v), cmp_mark);
	if (b->tests.n)
		qsort(b->tests.v, b->tests.n, sizeof(*b->tests.v), cmp_test);
}

void guard_examine(struct study *s, struct work *w)
{
	struct view v = { .s = s, .w = w, .body = &w->body };

	if (w->state != WORK_NEW)
		return;
	w->state = WORK_BUSY;
	s->depth++;
	study_graph(s, &v.g, w->entry);
	paths_init(&v.p, &v.g);
	classify(&v);
	find_hidden(&v);
	follow_values(&v);
	find_guards(&v);
	ask_dominated(&v);
	ask_covers_all(&v);
	ask_stray(&v);
	list_sites(&v);
	sort_lists(v.body);
	w->state = WORK_DONE;
	s->depth--;
	paths_release(&v.p);
	graph_release(&v.g);
	free(v.states);
}
