// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_match.h"

#include "exchange/gitseries_diff.h"
#include "exchange/gitseries_message.h"

/* A branch that has left its base is followed no further than this. */
#define MAX_COMMITS 100000

static bool is_cover(const struct gitcommit *c)
{
	return memmem(c->message.p, c->message.n, TRACKING_MARK, strlen(TRACKING_MARK));
}

static int add_commit(struct branch *b, const struct gitcommit *c, struct err *e)
{
	if (c->nparents > 1)
		return err_set(e, ERR_CONFLICT,
			       "commit %.12s is a merge, which no series can hold: make the "
			       "branch linear (git rebase)",
			       c->id);
	if (!is_cover(c)) {
		vec_push(&b->commits, (struct branch_commit){ *c, -1, false });
		return 0;
	}
	if (*b->cover.id)
		return err_set(e, ERR_CONFLICT, "commits %.12s and %.12s are both covers",
			       c->id, b->cover.id);
	b->cover = *c;
	return 0;
}

static int walk(const struct gitrepo *r, const struct edit_state *state, const char *head,
		struct branch *b, struct err *e)
{
	char at[OID_HEX];
	int rc = 0;

	memcpy(at, head, OID_HEX);
	while (!rc && strcmp(at, state->base)) {
		struct gitcommit c;

		rc = gitrepo_commit(r, at, &b->arena, &c, e);
		if (!rc)
			rc = add_commit(b, &c, e);
		if (!rc && (!c.nparents || b->commits.n > MAX_COMMITS))
			return err_set(e, ERR_CONFLICT,
				       "the branch no longer stands on its base %.12s: put it "
				       "back there (git rebase --onto %.12s)",
				       state->base, state->base);
		if (!rc)
			memcpy(at, c.parent, OID_HEX);
	}
	for (size_t i = 0, n = b->commits.n; i < n / 2; i++) {
		struct branch_commit was = b->commits.v[i];

		b->commits.v[i] = b->commits.v[n - 1 - i];
		b->commits.v[n - 1 - i] = was;
	}
	return rc;
}

struct matcher {
	struct branch *b;
	const struct edit_state *state;
	struct gitcommit *old; /* by entry */
	bool *taken;	       /* likewise */
	struct slice *old_diff, *diff; /* by entry, by commit; p NULL: not asked for */
};

static bool same_title(const struct gitcommit *a, const struct gitcommit *b)
{
	_cleanup_buf_ struct buf ta = BUF_INIT, tb = BUF_INIT;

	message_title(a->message, &ta);
	message_title(b->message, &tb);
	return slice_eq(buf_slice(&ta), buf_slice(&tb));
}

static bool same_author(const struct gitcommit *a, const struct gitcommit *b)
{
	return a->time == b->time && !strcmp(a->name, b->name) && !strcmp(a->mail, b->mail);
}

enum likeness { LIKE_ID, LIKE_ALL, LIKE_AUTHOR, LIKE_TITLE, LIKE_DIFF };

static bool is_like(const struct matcher *m, size_t commit, size_t entry, enum likeness how)
{
	const struct gitcommit *a = &m->b->commits.v[commit].c, *b = &m->old[entry];

	switch (how) {
	case LIKE_ID:
		return !strcmp(a->id, b->id);
	case LIKE_ALL:
		return same_author(a, b) && same_title(a, b);
	case LIKE_AUTHOR:
		return same_author(a, b);
	case LIKE_TITLE:
		return same_title(a, b);
	case LIKE_DIFF:
		return m->diff[commit].n && slice_eq(m->diff[commit], m->old_diff[entry]);
	}
	return false;
}

/* Takes them in the branch's order, each the first patch that is left. */
static void pass(struct matcher *m, enum likeness how)
{
	size_t next = 0;

	for (size_t i = 0; i < m->b->commits.n; i++) {
		struct branch_commit *c = &m->b->commits.v[i];
		size_t n = m->state->entries.n;

		for (size_t k = 0; c->entry < 0 && k < n; k++) {
			size_t entry = (next + k) % n;

			if (m->taken[entry] || !is_like(m, i, entry, how))
				continue;
			c->entry = (ssize_t)entry;
			c->same = how == LIKE_ID;
			m->taken[entry] = true;
			next = entry + 1;
		}
	}
}

static int pass_diffs(struct matcher *m, const struct gitrepo *r, struct err *e)
{
	_cleanup_strvec_ struct strvec ids = { 0 };
	_cleanup_(diffs_release) struct diffs diffs = { 0 };
	int rc;

	for (size_t i = 0; i < m->b->commits.n; i++) {
		if (m->b->commits.v[i].entry < 0)
			strvec_push(&ids, m->b->commits.v[i].c.id);
	}
	for (size_t i = 0; ids.n && i < m->state->entries.n; i++) {
		if (!m->taken[i])
			strvec_push(&ids, m->old[i].id);
	}
	if (!ids.n)
		return 0;
	rc = diffs_read(r, &ids, NULL, &diffs, e);
	if (rc)
		return rc;
	m->diff = xcalloc(m->b->commits.n + 1, sizeof(*m->diff));
	m->old_diff = xcalloc(m->state->entries.n + 1, sizeof(*m->old_diff));
	for (size_t i = 0; i < m->b->commits.n; i++)
		m->diff[i] = diffs_essence(&diffs, m->b->commits.v[i].c.id);
	for (size_t i = 0; i < m->state->entries.n; i++)
		m->old_diff[i] = diffs_essence(&diffs, m->old[i].id);
	pass(m, LIKE_DIFF);
	free(m->diff);
	free(m->old_diff);
	return 0;
}

int branch_read(const struct gitrepo *r, const struct edit_state *state, const char *head,
		struct branch *out, struct err *e)
{
	struct matcher m = { .b = out, .state = state };
	int rc;

	*out = (struct branch){ 0 };
	rc = walk(r, state, head, out, e);
	m.old = xcalloc(state->entries.n + 1, sizeof(*m.old));
	m.taken = xcalloc(state->entries.n + 1, sizeof(*m.taken));
	for (size_t i = 0; !rc && i < state->entries.n; i++)
		rc = gitrepo_commit(r, state->entries.v[i].commit, &out->arena, &m.old[i], e);
	for (enum likeness how = LIKE_ID; !rc && how < LIKE_DIFF; how++)
		pass(&m, how);
	if (!rc)
		rc = pass_diffs(&m, r, e);
	free(m.old);
	free(m.taken);
	return rc;
}

void branch_release(struct branch *b)
{
	vec_release(&b->commits);
	arena_release(&b->arena);
}
