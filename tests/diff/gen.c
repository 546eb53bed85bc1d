// SPDX-License-Identifier: GPL-2.0-or-later
#include "gen.h"

const char *const gen_names[GEN_NAMES] = { "a", "b", "c", "d/e", "d/f", "g", "a.orig" };

enum change_sort { SORT_MODIFY, SORT_ADD, SORT_DELETE, SORT_RENAME, SORT_COPY };

struct gen_change {
	enum change_sort sort;
	unsigned from, to;
};

/* One patch that is being made. */
struct maker {
	struct rng *r;
	unsigned id, context;
	const struct gen_tree *old;
	struct gen_tree new;
	bool moved[GEN_NAMES], taken[GEN_NAMES];
	struct gen_change changes[2 * GEN_NAMES];
	unsigned n;
	bool deletes, crosses, retypes, bare;
};

bool node_eq(const struct node *a, const struct node *b)
{
	return a->kind == b->kind && a->exec == b->exec &&
	       slice_eq(buf_slice(&a->bytes), buf_slice(&b->bytes));
}

static void node_set(struct node *n, enum node_kind kind, bool exec)
{
	n->kind = kind;
	n->exec = exec && kind == NODE_FILE;
	buf_clear(&n->bytes);
}

static void node_copy(struct node *to, const struct node *from)
{
	node_set(to, from->kind, from->exec);
	buf_add_slice(&to->bytes, buf_slice(&from->bytes));
}

void gen_tree_copy(struct gen_tree *to, const struct gen_tree *from)
{
	for (unsigned i = 0; i < GEN_NAMES; i++)
		node_copy(&to->n[i], &from->n[i]);
}

void gen_tree_release(struct gen_tree *t)
{
	for (unsigned i = 0; i < GEN_NAMES; i++)
		buf_release(&t->n[i].bytes);
}

void gen_case_release(struct gen_case *c)
{
	gen_tree_release(&c->base);
	for (unsigned i = 0; i < GEN_PATCHES; i++)
		buf_release(&c->patch[i]);
}

/* Lines out of a small stock, so that places repeat. */
static void add_line(struct rng *r, bool crlf, struct buf *out)
{
	buf_addf(out, "line %u%s\n", below(r, 14), crlf ? "\r" : "");
}

static void new_file(struct rng *r, struct node *n)
{
	bool crlf = once_in(r, 12);
	uint32_t lines = once_in(r, 4) ? below(r, 3) : 3 + below(r, 25);

	node_set(n, NODE_FILE, once_in(r, 6));
	for (uint32_t i = 0; i < lines; i++)
		add_line(r, crlf, &n->bytes);
	if (lines && once_in(r, 10))
		buf_truncate(&n->bytes, n->bytes.len - 1);
}

static void new_link(struct rng *r, struct node *n)
{
	node_set(n, NODE_LINK, false);
	buf_addf(&n->bytes, "%s", once_in(r, 3) ? gen_names[below(r, 3)] : "nowhere");
	if (once_in(r, 2))
		buf_addf(&n->bytes, "%u", below(r, 5));
}

static void new_node(struct rng *r, struct node *n)
{
	if (once_in(r, 7))
		new_link(r, n);
	else
		new_file(r, n);
}

static void edit_file(struct rng *r, struct node *n)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct slice rest = buf_slice(&n->bytes), line;
	bool crlf = memmem(rest.p ? rest.p : "", rest.n, "\r\n", 2) != NULL;
	uint32_t lines = 0, times = 1 + below(r, 3);

	while (slice_line(&rest, &line))
		lines++;
	for (uint32_t k = 0; k < times; k++) {
		uint32_t at = below(r, lines + 1), i = 0, what = below(r, 3);

		rest = buf_slice(&n->bytes);
		buf_clear(&out);
		for (; slice_line(&rest, &line); i++) {
			if (i == at && what != 1)
				add_line(r, crlf, &out);
			if (i != at || what == 0)
				buf_add_slice(&out, line);
		}
		if (i == at && what == 0 && lines < 50) {
			if (out.len && out.data[out.len - 1] != '\n')
				buf_addc(&out, '\n');
			add_line(r, crlf, &out);
		}
		if (out.len && once_in(r, 20))
			buf_truncate(&out, out.len - 1);
		buf_clear(&n->bytes);
		buf_add_slice(&n->bytes, buf_slice(&out));
	}
}

static void edit_node(struct rng *r, struct node *n)
{
	if (n->kind == NODE_LINK)
		new_link(r, n);
	else if (n->kind == NODE_FILE)
		edit_file(r, n);
}

static void note(struct maker *m, enum change_sort sort, unsigned from, unsigned to)
{
	m->changes[m->n++] = (struct gen_change){ sort, from, to };
	m->deletes |= sort == SORT_DELETE;
}

/* Some files take other names, perhaps each other's. */
static void rename_some(struct maker *m)
{
	unsigned from[GEN_NAMES], to[GEN_NAMES], k = 0, nto = 0;

	for (unsigned i = 0; i < GEN_NAMES; i++) {
		if (m->old->n[i].kind && k < 4 && once_in(m->r, 3))
			from[k++] = i, m->moved[i] = true;
	}
	for (unsigned i = 0; i < GEN_NAMES; i++) {
		if (!m->old->n[i].kind || m->moved[i])
			to[nto++] = i;
	}
	for (unsigned i = 0; i < k; i++)
		node_set(&m->new.n[from[i]], NODE_NONE, false);
	for (unsigned i = 0; i < k; i++) {
		unsigned pick = below(m->r, nto), dest = to[pick];

		to[pick] = to[--nto];
		m->taken[dest] = true;
		node_copy(&m->new.n[dest], &m->old->n[from[i]]);
		if (dest == from[i])
			continue;
		if (once_in(m->r, 2))
			edit_node(m->r, &m->new.n[dest]);
		if (once_in(m->r, 6) && m->new.n[dest].kind == NODE_FILE)
			m->new.n[dest].exec = !m->new.n[dest].exec;
		m->crosses |= m->old->n[dest].kind != NODE_NONE;
		note(m, SORT_RENAME, from[i], dest);
	}
}

static void copy_one(struct maker *m, struct gen_case *c)
{
	unsigned from = below(m->r, GEN_NAMES), to = below(m->r, GEN_NAMES);

	if (!m->old->n[from].kind || m->old->n[to].kind || m->taken[to])
		return;
	m->taken[to] = true;
	m->crosses |= m->moved[from];
	node_copy(&m->new.n[to], &m->old->n[from]);
	if (once_in(m->r, 2))
		edit_node(m->r, &m->new.n[to]);
	note(m, SORT_COPY, from, to);
	c->has_copy = true;
}

static void change_one(struct maker *m, unsigned i, bool plain)
{
	struct node *n = &m->new.n[i];
	uint32_t what = below(m->r, 100);

	if (m->moved[i] || m->taken[i])
		return;
	if (!n->kind && what < 10) {
		new_node(m->r, n);
		if (plain && (n->kind != NODE_FILE || !n->bytes.len)) {
			node_set(n, NODE_FILE, false);
			add_line(m->r, false, &n->bytes);
		}
		n->exec = n->exec && !plain;
		note(m, SORT_ADD, i, i);
	} else if (n->kind && what < 35) {
		edit_node(m->r, n);
		note(m, SORT_MODIFY, i, i);
	} else if (n->kind && what < 43) {
		node_set(n, NODE_NONE, false);
		note(m, SORT_DELETE, i, i);
	} else if (n->kind == NODE_FILE && what < 52 && !plain) {
		n->exec = !n->exec;
		if (once_in(m->r, 2))
			edit_node(m->r, n);
		note(m, SORT_MODIFY, i, i);
	} else if (n->kind && what < 54 && !plain) {
		m->retypes = true;
		note(m, SORT_DELETE, i, i);
		if (n->kind == NODE_FILE)
			new_link(m->r, n);
		else
			new_file(m->r, n);
		note(m, SORT_ADD, i, i);
	}
}

static const char *mode_of(const struct node *n)
{
	return n->kind == NODE_LINK ? "120000" : n->exec ? "100755" : "100644";
}

static void write_file_lines(struct maker *m, const struct gen_change *c, struct buf *out)
{
	const struct node *a = &m->old->n[c->from], *b = &m->new.n[c->to];
	bool add = c->sort == SORT_ADD, del = c->sort == SORT_DELETE;
	struct slice from = add ? SLICE("") : buf_slice(&a->bytes);
	struct slice to = del ? SLICE("") : buf_slice(&b->bytes);

	if (slice_eq(from, to))
		return;
	if (add)
		buf_adds(out, "--- /dev/null\n");
	else
		buf_addf(out, "--- a/c%03u/%s\t\n", m->id, gen_names[c->from]);
	if (del)
		buf_adds(out, "+++ /dev/null\n");
	else
		buf_addf(out, "+++ b/c%03u/%s\t\n", m->id, gen_names[c->to]);
	if (!gen_hunks(from, to, m->context, add || del ? NULL : m->r, out))
		m->bare |= !add && !del;
}

static void write_git(struct maker *m, const struct gen_change *c, struct buf *out)
{
	const struct node *a = &m->old->n[c->from], *b = &m->new.n[c->to];
	const char *from = gen_names[c->from], *to = gen_names[c->to];
	bool other_mode = strcmp(mode_of(a), mode_of(b)) != 0;

	buf_addf(out, "diff --git a/c%03u/%s b/c%03u/%s\n", m->id, from, m->id, to);
	if (c->sort == SORT_ADD)
		buf_addf(out, "new file mode %s\n", mode_of(b));
	else if (c->sort == SORT_DELETE)
		buf_addf(out, "deleted file mode %s\n", mode_of(a));
	else if (other_mode)
		buf_addf(out, "old mode %s\nnew mode %s\n", mode_of(a), mode_of(b));
	if (c->sort == SORT_RENAME || c->sort == SORT_COPY) {
		const char *word = c->sort == SORT_COPY ? "copy" : "rename";

		buf_addf(out, "similarity index 90%%\n%s from c%03u/%s\n%s to c%03u/%s\n",
			 word, m->id, from, word, m->id, to);
	}
	/* git always says of what kind the file is, GNU patch asks for it with links. */
	if (c->sort != SORT_ADD && c->sort != SORT_DELETE && !other_mode &&
	    !node_eq(a, b) && !once_in(m->r, a->kind == NODE_LINK ? 20 : 3))
		buf_addf(out, "index 1234567..89abcde %s\n", mode_of(a));
	write_file_lines(m, c, out);
}

static void write_plain(struct maker *m, const struct gen_change *c, struct buf *out)
{
	const struct node *a = &m->old->n[c->from], *b = &m->new.n[c->to];
	const char *epoch = "1970-01-01 00:00:00.000000000 +0000";
	const char *now = "2020-02-02 20:20:20.000000000 +0000";
	struct slice from = c->sort == SORT_ADD ? SLICE("") : buf_slice(&a->bytes);
	struct slice to = c->sort == SORT_DELETE ? SLICE("") : buf_slice(&b->bytes);

	if (!once_in(m->r, 3)) {
		write_file_lines(m, c, out);
		return;
	}
	if (slice_eq(from, to))
		return;
	buf_addf(out, "--- a/c%03u/%s\t%s\n", m->id, gen_names[c->from],
		 c->sort == SORT_ADD ? epoch : now);
	buf_addf(out, "+++ b/c%03u/%s\t%s\n", m->id, gen_names[c->to],
		 c->sort == SORT_DELETE ? epoch : now);
	m->bare |= !gen_hunks(from, to, m->context, NULL, out);
}

/* Of a file whose kind changes, the removal comes first. */
static void shuffle(struct maker *m)
{
	for (unsigned i = m->n; i > 1; i--) {
		unsigned k = below(m->r, i);
		struct gen_change c = m->changes[k];

		m->changes[k] = m->changes[i - 1];
		m->changes[i - 1] = c;
	}
	for (unsigned i = 0; i < m->n; i++) {
		for (unsigned k = i + 1; k < m->n; k++) {
			struct gen_change c = m->changes[i];

			if (c.to == m->changes[k].to && c.sort == SORT_ADD) {
				m->changes[i] = m->changes[k];
				m->changes[k] = c;
			}
		}
	}
}

static void to_crlf(struct buf *b)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] == '\n')
			buf_addc(&out, '\r');
		buf_addc(&out, b->data[i]);
	}
	buf_clear(b);
	buf_add_slice(b, buf_slice(&out));
}

/* One patch from c's tree @t, which becomes the new one. */
static void make_patch(struct maker *m, struct gen_tree *t, struct gen_case *c,
		       struct buf *out)
{
	m->old = t;
	m->n = 0;
	memset(m->moved, 0, sizeof(m->moved));
	memset(m->taken, 0, sizeof(m->taken));
	gen_tree_copy(&m->new, t);
	if (!c->plain && once_in(m->r, 3))
		rename_some(m);
	if (!c->plain && once_in(m->r, 6))
		copy_one(m, c);
	for (unsigned i = 0; i < GEN_NAMES; i++)
		change_one(m, i, c->plain);
	if (once_in(m->r, 2))
		shuffle(m);
	buf_clear(out);
	for (unsigned i = 0; i < m->n; i++) {
		const struct gen_change *ch = &m->changes[i];

		if (ch->sort == SORT_MODIFY && node_eq(&t->n[ch->from], &m->new.n[ch->to]))
			continue;
		if (c->plain)
			write_plain(m, ch, out);
		else
			write_git(m, ch, out);
	}
	gen_tree_copy(t, &m->new);
}

static void mutate(struct rng *r, struct gen_tree *t)
{
	for (uint32_t times = 1 + below(r, 2); times; times--) {
		struct node *n = &t->n[below(r, GEN_NAMES)];

		switch (below(r, 8)) {
		case 0:
			node_set(n, NODE_NONE, false);
			break;
		case 1:
			new_node(r, n);
			break;
		case 2:
			if (n->kind == NODE_FILE)
				n->exec = !n->exec;
			break;
		case 3:
			if (n->kind == NODE_FILE && !memchr(buf_str(&n->bytes), '\r', n->bytes.len))
				to_crlf(&n->bytes);
			break;
		default:
			edit_node(r, n);
		}
	}
}

void gen_case(struct rng *r, unsigned id, struct gen_case *c)
{
	struct maker m = { .r = r, .id = id, .context = below(r, 4) };
	struct gen_tree t = { 0 };

	c->has_copy = false;
	c->plain = once_in(r, 4);
	c->npatches = 1 + below(r, GEN_PATCHES);
	for (unsigned i = 0; i < GEN_NAMES; i++) {
		node_set(&t.n[i], NODE_NONE, false);
		if (c->plain && once_in(r, 2))
			new_file(r, &t.n[i]);
		else if (!c->plain && below(r, 3))
			new_node(r, &t.n[i]);
	}
	gen_tree_copy(&c->base, &t);
	c->mutated = once_in(r, 2);
	if (c->mutated)
		mutate(r, &c->base);
	for (unsigned i = 0; i < GEN_PATCHES; i++) {
		buf_clear(&c->patch[i]);
		if (i < c->npatches)
			make_patch(&m, &t, c, &c->patch[i]);
		if (c->plain && once_in(r, 20))
			to_crlf(&c->patch[i]);
	}
	c->deletes = m.deletes;
	c->crosses = m.crosses || (c->has_copy && m.deletes);
	c->retypes = m.retypes;
	c->bare = m.bare;
	c->risky = c->mutated && m.deletes;
	gen_tree_release(&t);
	gen_tree_release(&m.new);
}
