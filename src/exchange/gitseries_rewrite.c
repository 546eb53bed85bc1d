// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_rewrite.h"

#include <ctype.h>

#define NO_STAMP SLICE("")

struct rewriter {
	const struct patch *p;		/* the file's */
	const struct patch *was, *now;	/* git's */
	bool git, index;		/* the file has such lines */
	struct slice old_stamp, new_stamp; /* with the tab in front */
	struct buf *out;
	struct buf late; /* git's changes without hunks, in a patch of plain ones */
};

/* The line of @meta that begins with @start; p NULL: there is none. */
static struct slice find_line(struct slice meta, const char *start)
{
	struct slice line;

	while (slice_line(&meta, &line)) {
		if (slice_starts(line, start))
			return line;
	}
	return (struct slice){ NULL, 0 };
}

/* "a/" of "--- a/x/y.c", when the name is plain. */
static bool find_prefix(struct slice meta, const char *start, struct slice path,
			struct slice *out)
{
	struct slice line = find_line(meta, start);
	size_t skip = strlen(start);
	const char *tab;

	if (!line.p || !path.n || line.p[skip] == '"')
		return false;
	line = slice_trim((struct slice){ line.p + skip, line.n - skip });
	tab = memchr(line.p, '\t', line.n);
	if (tab)
		line.n = (size_t)(tab - line.p);
	if (line.n < path.n || memcmp(line.p + line.n - path.n, path.p, path.n))
		return false;
	*out = (struct slice){ line.p, line.n - path.n };
	return true;
}

static const char *default_prefix(unsigned strip, const char *side, struct arena *a)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (unsigned i = 0; i < strip; i++)
		buf_adds(&b, side);
	return arena_dup(a, buf_str(&b), b.len);
}

static void find_prefixes(const struct patch *p, struct arena *a, struct diff_style *out)
{
	struct slice old, new;

	for (uint32_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		if (!out->old_prefix && find_prefix(c->meta, "--- ", c->old_path, &old))
			out->old_prefix = arena_dup(a, old.p, old.n);
		if (!out->new_prefix && find_prefix(c->meta, "+++ ", c->new_path, &new))
			out->new_prefix = arena_dup(a, new.p, new.n);
	}
	if (!out->old_prefix)
		out->old_prefix = default_prefix(p->strip, "a/", a);
	if (!out->new_prefix)
		out->new_prefix = default_prefix(p->strip, "b/", a);
}

void rewrite_style(const struct patch *p, bool reverse, struct arena *a, struct diff_style *out)
{
	bool seen = false;

	*out = (struct diff_style){ .context = 0, .reverse = reverse };
	find_prefixes(p, a, out);
	for (uint32_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		out->renames |= c->kind == CHANGE_RENAME || c->kind == CHANGE_COPY;
		if (c->old_id.n && c->old_id.n < OID_HEX - 1)
			out->abbrev = (unsigned)c->old_id.n;
		for (uint32_t k = 0; c->kind == CHANGE_MODIFY && k < c->nhunks; k++) {
			const struct hunk *h = &c->hunks[k];
			uint32_t most = h->prefix > h->suffix ? h->prefix : h->suffix;

			seen = true;
			if (most > out->context && most < h->nlines)
				out->context = most;
		}
	}
	if (!seen)
		out->context = 3;
	if (reverse) {
		const char *old = out->old_prefix;

		/* With -R git swaps them, too. */
		out->old_prefix = out->new_prefix;
		out->new_prefix = old;
	}
}

static struct slice stamp_of(const struct change *c, const char *start)
{
	struct slice line = find_line(c->meta, start);
	const char *tab = line.n ? memchr(line.p, '\t', line.n) : NULL;
	struct slice stamp = NO_STAMP;

	if (tab)
		stamp = (struct slice){ tab, (size_t)(line.p + line.n - tab) };
	while (stamp.n && strchr("\r\n", stamp.p[stamp.n - 1]))
		stamp.n--;
	return stamp;
}

static void look(struct rewriter *w)
{
	for (uint32_t i = 0; i < w->p->nchanges; i++) {
		const struct change *c = &w->p->changes[i];

		w->git |= c->git;
		w->index |= c->old_id.n > 0;
		if (!w->old_stamp.n && c->kind == CHANGE_MODIFY)
			w->old_stamp = stamp_of(c, "--- ");
		if (!w->new_stamp.n && c->kind == CHANGE_MODIFY)
			w->new_stamp = stamp_of(c, "+++ ");
	}
	if (!w->p->nchanges)
		w->git = w->index = true;
}

static const struct change *find_change(const struct patch *p, const struct change *like)
{
	for (uint32_t i = 0; i < p->nchanges; i++) {
		if (slice_eq(change_path(&p->changes[i]), change_path(like)))
			return &p->changes[i];
	}
	return NULL;
}

static bool same_hunk(const struct hunk *a, const struct hunk *b)
{
	return slice_eq(a->body, b->body);
}

/* Whether both do the same, wherever. */
static bool same_change(const struct change *a, const struct change *b)
{
	if (a->kind != b->kind || a->nhunks != b->nhunks || a->old_mode != b->old_mode ||
	    a->new_mode != b->new_mode || !slice_eq(a->old_path, b->old_path) ||
	    !slice_eq(a->binary_data, b->binary_data))
		return false;
	for (uint32_t i = 0; i < a->nhunks; i++) {
		if (!same_hunk(&a->hunks[i], &b->hunks[i]))
			return false;
	}
	return true;
}

static bool needs_git(const struct change *c)
{
	return c->binary || !c->nhunks || c->kind == CHANGE_RENAME || c->kind == CHANGE_COPY ||
	       (c->old_mode && c->new_mode && c->old_mode != c->new_mode) ||
	       (c->kind == CHANGE_CREATE && c->new_mode != 0100644);
}

/* git's lines in front of the hunks, in the manner of the patch. */
static void put_meta(struct rewriter *w, const struct change *c)
{
	bool git = w->git || needs_git(c);
	struct slice rest = c->meta, line;

	while (slice_line(&rest, &line)) {
		bool old = slice_starts(line, "--- "), new = slice_starts(line, "+++ ");

		if ((!git && !old && !new) ||
		    (!w->index && !c->binary && slice_starts(line, "index ")))
			continue;
		if (!git && !memchr(line.p, '\t', line.n) && (w->old_stamp.n || w->new_stamp.n)) {
			buf_add(w->out, line.p, line.n - 1);
			buf_add_slice(w->out, old ? w->old_stamp : w->new_stamp);
			buf_addc(w->out, '\n');
			continue;
		}
		buf_add_slice(w->out, line);
	}
}

/* Our lines in front of the hunks, with git's ids in them. */
static void put_old_meta(struct rewriter *w, const struct change *old, const struct change *now)
{
	struct slice rest = old->meta, line, index = find_line(now->meta, "index ");

	while (slice_line(&rest, &line))
		buf_add_slice(w->out, index.p && slice_starts(line, "index ") ? index : line);
}

static void put_hunk(struct rewriter *w, const struct hunk *old, const struct hunk *now)
{
	const char *at, *from;

	if (!old) {
		buf_add_slice(w->out, now->head);
	} else {
		/* "@@ -1,3 +1,4 @@" of now, the rest of old. */
		at = memmem(now->head.p + 2, now->head.n - 2, "@@", 2);
		from = memmem(old->head.p + 2, old->head.n - 2, "@@", 2);
		BUG_ON(!at || !from);
		buf_add(w->out, now->head.p, (size_t)(at - now->head.p));
		buf_add(w->out, from, (size_t)(old->head.p + old->head.n - from));
	}
	buf_add_slice(w->out, now->body);
}

static void put_hunks(struct rewriter *w, const struct change *old, const struct change *now)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < now->nhunks; i++) {
		const struct hunk *like = NULL;

		for (uint32_t k = next; old && !like && k < old->nhunks; k++) {
			if (!same_hunk(&old->hunks[k], &now->hunks[i]))
				continue;
			like = &old->hunks[k];
			next = k + 1;
		}
		put_hunk(w, like, &now->hunks[i]);
	}
}

static bool keeps_meta(const struct change *old, const struct change *now)
{
	return old->kind == now->kind && !needs_git(now) && !needs_git(old);
}

/*
 * A plain change that follows lines of git's without hunks would be read as one with
 * them: such lines come last.
 */
static void put_now(struct rewriter *w, const struct change *old, const struct change *now)
{
	struct buf *out = w->out;

	if (!w->git && !now->nhunks)
		w->out = &w->late;
	if (old)
		buf_add_slice(w->out, old->gap);
	if (old && keeps_meta(old, now))
		put_old_meta(w, old, now);
	else
		put_meta(w, now);
	put_hunks(w, old, now);
	buf_add_slice(w->out, now->binary_data);
	w->out = out;
}

static void put_as_it_was(struct rewriter *w, const struct change *c)
{
	buf_add_slice(w->out, c->gap);
	buf_add_slice(w->out, c->meta);
	for (uint32_t k = 0; k < c->nhunks; k++) {
		buf_add_slice(w->out, c->hunks[k].head);
		buf_add_slice(w->out, c->hunks[k].body);
	}
	buf_add_slice(w->out, c->binary_data);
}

static bool has_twins(const struct patch *p)
{
	for (uint32_t i = 0; i < p->nchanges; i++) {
		if (find_change(p, &p->changes[i]) != &p->changes[i])
			return true;
	}
	return false;
}

/* Changes that the file does not have, which git puts behind the one at @at (-1: first). */
static void put_new(struct rewriter *w, long at)
{
	for (uint32_t i = (uint32_t)(at + 1); i < w->now->nchanges; i++) {
		if (find_change(w->p, &w->now->changes[i]))
			return;
		put_now(w, NULL, &w->now->changes[i]);
	}
}

static void put_all(struct rewriter *w)
{
	if (has_twins(w->p)) {
		for (uint32_t i = 0; i < w->now->nchanges; i++)
			put_now(w, NULL, &w->now->changes[i]);
		return;
	}
	put_new(w, -1);
	for (uint32_t i = 0; i < w->p->nchanges; i++) {
		const struct change *c = &w->p->changes[i], *was = find_change(w->was, c),
				    *now = find_change(w->now, c);

		if (now && was && same_change(was, now))
			put_as_it_was(w, c);
		else if (now)
			put_now(w, c, now);
		if (now)
			put_new(w, (long)(now - w->now->changes));
	}
}

static int parse(const char *name, struct slice text, unsigned strip, struct patch **out,
		 struct err *e)
{
	struct buf bytes = BUF_INIT;
	int rc;

	buf_add_slice(&bytes, text);
	rc = patch_parse(name, &bytes, strip, out, e);
	return rc ? err_wrap(e, "cannot read git's diff") : 0;
}

int rewrite_changes(const struct patch *p, struct slice was, struct slice now, struct buf *out,
		    struct err *e)
{
	_cleanup_patch_ struct patch *old = NULL, *new = NULL;
	struct rewriter w = { .p = p, .out = out };
	int rc = parse(p->name, was, p->strip, &old, e);

	if (!rc)
		rc = parse(p->name, now, p->strip, &new, e);
	if (rc)
		return rc;
	w.was = old;
	w.now = new;
	look(&w);
	put_all(&w);
	buf_add_slice(out, buf_slice(&w.late));
	buf_release(&w.late);
	return 0;
}

/* " dir/file.c | 25 ++++---" */
static bool is_stat_line(struct slice line)
{
	const char *bar = memmem(line.p, line.n, " | ", 3);
	struct slice rest;

	if (!bar || line.p[0] != ' ' || line.n < 2 || line.p[1] == ' ')
		return false;
	rest = slice_trim((struct slice){ bar + 3, (size_t)(line.p + line.n - bar - 3) });
	return rest.n && (isdigit((unsigned char)rest.p[0]) || slice_starts(rest, "Bin"));
}

static bool is_summary_line(struct slice line)
{
	return slice_starts(line, " create mode ") || slice_starts(line, " delete mode ") ||
	       slice_starts(line, " mode change ") || slice_starts(line, " rename ") ||
	       slice_starts(line, " copy ") ||
	       (memmem(line.p, line.n, " changed", 8) && isdigit((unsigned char)line.p[1]));
}

bool has_stat(struct slice tail)
{
	struct slice line;

	while (slice_line(&tail, &line)) {
		if (is_stat_line(line))
			return true;
	}
	return false;
}

void rewrite_stat(struct slice tail, struct slice stat, struct buf *out)
{
	bool done = false;
	struct slice line;

	while (slice_line(&tail, &line)) {
		if (!is_stat_line(line) && !(done && line.n > 2 && is_summary_line(line))) {
			buf_add_slice(out, line);
			continue;
		}
		if (!done)
			buf_add_slice(out, stat);
		done = true;
	}
}
