// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_force.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "engine/quilt_pushing.h"

static bool fits(const struct hunk_outcome *h)
{
	return h->fate == HUNK_EXACT || h->fate == HUNK_OFFSET || h->fate == HUNK_FUZZ;
}

/* "3,4", "3" for one line, as diff -u has it. */
static void add_range(struct buf *out, int64_t start, uint32_t count)
{
	buf_addf(out, "%lld", (long long)start);
	if (count != 1)
		buf_addf(out, ",%u", count);
}

static void add_lines(struct buf *out, const struct hunk *h, size_t from, size_t to,
		      char op, char shown)
{
	for (size_t i = from; i < to; i++) {
		const struct patch_line *l = &h->lines[i];

		if (l->op != op)
			continue;
		buf_addc(out, shown);
		buf_add(out, l->p, l->n);
		if (l->no_eol)
			buf_adds(out, "\n\\ No newline at end of file\n");
	}
}

/* Lines that go come before those that take their place. */
static void add_body(struct buf *out, const struct hunk *h, bool reverse)
{
	size_t i = 0;

	while (i < h->nlines) {
		size_t end = i;

		for (; end < h->nlines && h->lines[end].op != ' '; end++)
			;
		add_lines(out, h, i, end, reverse ? '+' : '-', '-');
		add_lines(out, h, i, end, reverse ? '-' : '+', '+');
		if (end < h->nlines)
			add_lines(out, h, end, end + 1, ' ', ' ');
		i = end + 1;
	}
}

/* @shift: what the hunks before it that fit have added, as patch(1) shows it. */
static void add_hunk(struct buf *out, const struct hunk *h, bool reverse, int64_t shift)
{
	buf_adds(out, "@@ -");
	add_range(out, (reverse ? h->new_start : h->old_start) + shift,
		  reverse ? h->new_count : h->old_count);
	buf_adds(out, " +");
	add_range(out, (reverse ? h->old_start : h->new_start) + shift,
		  reverse ? h->old_count : h->new_count);
	buf_adds(out, " @@");
	if (h->section.n)
		buf_addf(out, " %.*s", SLICE_ARG(h->section));
	buf_addc(out, '\n');
	add_body(out, h, reverse);
}

/* The time stamp behind the name in the line that begins with @mark, its tab too. */
static struct slice stamp_of(const struct change *c, const char *mark)
{
	struct slice rest = c->meta, line;
	const char *tab;

	while (slice_line(&rest, &line)) {
		tab = slice_starts(line, mark) ? memchr(line.p, '\t', line.n) : NULL;
		if (tab) {
			size_t n = (size_t)(line.p + line.n - tab);

			return (struct slice){ tab, n - (tab[n - 1] == '\n') };
		}
	}
	return SLICE("");
}

static void add_name(struct buf *out, const char *mark, struct slice path,
		     struct slice stamp)
{
	buf_adds(out, mark);
	buf_add_slice(out, path.p ? path : SLICE("/dev/null"));
	buf_add_slice(out, stamp);
	buf_addc(out, '\n');
}

static void add_names(struct buf *out, const struct change *c, bool reverse)
{
	struct slice rest = c->meta, line;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "Index: "))
			add_name(out, "Index: ", change_path(c), SLICE(""));
	}
	add_name(out, "--- ", reverse ? c->new_path : c->old_path,
		 stamp_of(c, reverse ? "+++ " : "--- "));
	add_name(out, "+++ ", reverse ? c->old_path : c->new_path,
		 stamp_of(c, reverse ? "--- " : "+++ "));
}

static void add_rejects(struct buf *out, const struct change_outcome *o, bool whole,
			bool reverse)
{
	const struct change *c = o->change;
	int64_t shift = 0;

	for (uint32_t i = 0; i < c->nhunks; i++) {
		const struct hunk *h = &c->hunks[i];

		if (!whole && fits(&o->hunks[i])) {
			shift += (int64_t)(reverse ? h->old_count : h->new_count) -
				 (reverse ? h->new_count : h->old_count);
			continue;
		}
		if (!out->len)
			add_names(out, c, reverse);
		add_hunk(out, h, reverse, shift);
	}
}

/* What is kept of each change. */
enum keep { KEEP_NONE, KEEP_FITTING, KEEP_ALL };

static enum keep what_fits(const struct change_outcome *o)
{
	const struct change *c = o->change;

	if (o->answer == ANSWER_APPLIES)
		return KEEP_ALL;
	/* patch(1) takes the lines out and leaves the file. */
	if (o->reason == CONFLICT_NOT_EMPTY && c->kind == CHANGE_DELETE)
		return KEEP_ALL;
	for (uint32_t i = 0; o->answer == ANSWER_CONFLICTS && i < c->nhunks; i++) {
		if (fits(&o->hunks[i]))
			return KEEP_FITTING;
	}
	return KEEP_NONE;
}

static void cut(struct forced *f, const struct patch_outcome *o, const enum keep *keep)
{
	f->patch.nchanges = 0;
	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		const struct change_outcome *co = &o->changes[i];
		struct change *c = &f->patch.changes[f->patch.nchanges];

		if (keep[i] == KEEP_NONE)
			continue;
		f->patch.nchanges++;
		*c = *co->change;
		if (co->answer != ANSWER_APPLIES && c->kind == CHANGE_DELETE)
			c->kind = CHANGE_MODIFY;
		if (keep[i] == KEEP_ALL)
			continue;
		c->nhunks = 0;
		c->hunks = arena_array(&f->arena, co->change->nhunks, sizeof(*c->hunks));
		for (uint32_t k = 0; k < co->change->nhunks; k++) {
			if (fits(&co->hunks[k]))
				c->hunks[c->nhunks++] = co->change->hunks[k];
		}
	}
}

/*
 * Drops the changes that do not apply without the hunks that were cut out; all of them
 * when it cannot be told which. False: nothing had to be dropped.
 */
static bool drop_failing(const struct patch_outcome *got, const struct patch_outcome *o,
			 enum keep *keep)
{
	bool dropped = false;
	uint32_t at = 0;

	if (got->answer == ANSWER_APPLIES)
		return false;
	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		if (keep[i] == KEEP_NONE)
			continue;
		if (got->changes[at++].answer != ANSWER_APPLIES) {
			keep[i] = KEEP_NONE;
			dropped = true;
		}
	}
	for (uint32_t i = 0; !dropped && i < o->patch->nchanges; i++)
		keep[i] = KEEP_NONE;
	return true;
}

static void collect_rejects(struct forced *f, const struct patch_outcome *o,
			    const enum keep *keep, bool reverse)
{
	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		const struct change_outcome *co = &o->changes[i];
		struct reject r = { .path = co->path };

		if (keep[i] == KEEP_ALL)
			continue;
		/* patch(1) keeps nothing of what it finds no file for. */
		r.there = co->reason != CONFLICT_MISSING_FILE;
		if (r.there)
			add_rejects(&r.text, co, keep[i] == KEEP_NONE, reverse);
		vec_push(&f->rejects, r);
	}
}

int forced_make(struct blob_source *src, const struct apply_policy *policy,
		const struct patch_outcome *o, bool reverse, struct forced *f,
		struct err *e)
{
	const struct patch *cut_down = &f->patch;
	enum keep *keep = arena_array(&f->arena, o->patch->nchanges, sizeof(*keep));
	bool again = true;
	int rc = 0;

	f->patch.name = o->patch->name;
	f->patch.changes =
		arena_array(&f->arena, o->patch->nchanges, sizeof(*f->patch.changes));
	for (uint32_t i = 0; i < o->patch->nchanges; i++)
		keep[i] = what_fits(&o->changes[i]);
	while (!rc && again) {
		struct apply_result *r = NULL;

		cut(f, o, keep);
		rc = apply_series(src, &cut_down, &reverse, 1, policy, &r, e);
		again = !rc && drop_failing(&r->patches[0], o, keep);
		apply_result_free(r);
	}
	if (!rc)
		collect_rejects(f, o, keep, reverse);
	return rc;
}

void forced_release(struct forced *f)
{
	vec_each (r, &f->rejects)
		buf_release(&r->text);
	vec_release(&f->rejects);
	arena_release(&f->arena);
}

int forced_backup(struct pushing *s, struct err *e)
{
	int rc = 0;

	vec_each (r, &s->forced->rejects) {
		struct err why = { 0 };

		if (!rc && r->there)
			rc = pushing_backup(s, 0, r->path, &why);
		if (rc && (rc != ERR_NOTFOUND))
			*e = why;
		else
			rc = 0;
	}
	return rc;
}

static int write_reject(struct pushing *s, const struct reject *r, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%.*s.rej", SLICE_ARG(r->path));
	struct iovec v = { r->text.data, r->text.len };
	struct new_file how = NEW_FILE_PLAIN;
	const char *base;
	int dir, rc = parents_get(&s->hands[0].tree, path, true, &dir, &base, e);

	if (rc)
		return rc;
	if (unlinkat(dir, base, 0) && errno != ENOENT)
		return err_sys(e, errno, "cannot replace '%s'", path);
	how.mtime = s->written;
	strvec_push(&s->p->rejects, path);
	return beneath_create(dir, base, &v, 1, &how, e);
}

int forced_write(struct pushing *s, struct err *e)
{
	_cleanup_free_ char *mark = xasprintf("%s~refresh", s->names.v[0]);
	struct new_file how = NEW_FILE_PLAIN;
	int rc = 0;

	how.mtime = s->pushed;
	vec_each (r, &s->forced->rejects) {
		if (!rc && r->text.len)
			rc = write_reject(s, r, e);
	}
	return rc ? rc : beneath_create(s->q->pc_fd, mark, NULL, 0, &how, e);
}
