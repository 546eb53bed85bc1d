// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_plan.h"

#include "exchange/gitseries_build.h"
#include "exchange/gitseries_diff.h"
#include "exchange/gitseries_message.h"
#include "exchange/gitseries_order.h"
#include "exchange/gitseries_rewrite.h"

struct planner {
	const struct gitrepo *r;
	const struct edit_state *state;
	const struct series_files *old;
	const struct branch *branch;
	struct diffs blobs; /* raw: of commits that have other trees, and what they were */
	struct diffs diffs; /* of those among them that have other blobs */
	struct save_plan *plan;
	struct strvec names;
	struct err *e;
};

static struct commit_text text_of(const struct gitcommit *c)
{
	return (struct commit_text){ c->name, c->mail, c->time, c->zone, c->message };
}

static void put_file(struct planner *p, const char *name, struct slice bytes)
{
	series_files_add(&p->plan->files, name, bytes);
}

static void put_fate(struct planner *p, const char *name, enum save_fate fate)
{
	vec_push(&p->plan->fates,
		 (struct save_file){ fate, arena_strdup(&p->plan->arena, name) });
}

/* Whether both have the same blobs in the same files, also when neither was asked for. */
static bool same_blobs(const struct planner *p, const char *a, const char *b)
{
	return slice_eq(diffs_get(&p->blobs, a), diffs_get(&p->blobs, b));
}

/* The trees before and after a commit. */
static int trees_of(struct planner *p, const char *id, char before[static OID_HEX],
		    char after[static OID_HEX])
{
	struct arena a = ARENA_INIT;
	struct gitcommit c, parent;
	int rc = gitrepo_commit(p->r, id, &a, &c, p->e);

	if (!rc)
		rc = gitrepo_commit(p->r, c.parent, &a, &parent, p->e);
	if (!rc) {
		memcpy(before, parent.tree, OID_HEX);
		memcpy(after, c.tree, OID_HEX);
	}
	arena_release(&a);
	return rc;
}

/* Adds what a commit is and was, unless both lead from one tree to the same other one. */
static int push_pair(struct planner *p, const struct branch_commit *c, struct strvec *ids)
{
	const char *was = p->state->entries.v[c->entry].commit;
	char a[2][OID_HEX], b[2][OID_HEX];
	int rc = trees_of(p, c->c.id, a[0], a[1]);

	if (!rc)
		rc = trees_of(p, was, b[0], b[1]);
	if (rc || (!strcmp(a[0], b[0]) && !strcmp(a[1], b[1])))
		return rc;
	strvec_push(ids, c->c.id);
	strvec_push(ids, was);
	return 0;
}

/*
 * After a rebase most commits still go from tree to tree as before, or at least from blob to
 * blob, and need not be compared by lines.
 */
static int read_diffs(struct planner *p)
{
	static const struct diff_style raw = { .raw = true };
	_cleanup_strvec_ struct strvec ids = { 0 }, others = { 0 };
	int rc = 0;

	vec_each (c, &p->branch->commits) {
		if (!rc && !c->same && c->entry >= 0)
			rc = push_pair(p, c, &ids);
	}
	if (!rc && ids.n)
		rc = diffs_read(p->r, &ids, &raw, &p->blobs, p->e);
	for (size_t i = 0; !rc && i < ids.n; i += 2) {
		if (same_blobs(p, ids.v[i], ids.v[i + 1]))
			continue;
		strvec_push(&others, ids.v[i]);
		strvec_push(&others, ids.v[i + 1]);
	}
	return !rc && others.n ? diffs_read(p->r, &others, NULL, &p->diffs, p->e) : rc;
}

static bool same_change(struct planner *p, const char *a, const char *b)
{
	return same_blobs(p, a, b) ||
	       slice_eq(diffs_essence(&p->diffs, a), diffs_essence(&p->diffs, b));
}

/* The two diffs in the patch's own style, by which its changes are found again. */
static int put_changes(struct planner *p, const struct patch *patch, const char *was,
		       const char *now, bool reverse, bool *renames, struct buf *out)
{
	_cleanup_(diffs_release) struct diffs d = { 0 };
	_cleanup_strvec_ struct strvec ids = { 0 };
	struct diff_style style;
	struct arena a = ARENA_INIT;
	int rc;

	strvec_push(&ids, was);
	strvec_push(&ids, now);
	rewrite_style(patch, reverse, &a, &style);
	*renames = style.renames;
	rc = diffs_read(p->r, &ids, &style, &d, p->e);
	if (!rc)
		rc = rewrite_changes(patch, diffs_get(&d, was), diffs_get(&d, now), out, p->e);
	arena_release(&a);
	return rc;
}

/* The statistics that a header shows are those of the diff below. */
static int put_header(struct planner *p, struct slice header, const char *file,
		      const struct gitcommit *now, bool renames, bool reverse, struct buf *out)
{
	_cleanup_message_ struct message m = { 0 };
	_cleanup_buf_ struct buf stat = BUF_INIT;
	int rc = 0;

	message_read(header, file, false, &m);
	buf_add(out, header.p, header.n - m.tail.n);
	if (has_stat(m.tail))
		rc = diff_stat(p->r, now->id, renames, reverse, &stat, p->e);
	if (stat.len)
		rewrite_stat(m.tail, buf_slice(&stat), out);
	else
		buf_add_slice(out, m.tail);
	return rc;
}

/* Lines of a message that read as a diff, or as another author, would be taken for that. */
static int check_diff(struct planner *p, const char *name, const struct gitcommit *c,
		      unsigned strip, const struct buf *file, size_t header)
{
	_cleanup_patch_ struct patch *patch = NULL;
	struct buf bytes = BUF_INIT;
	bool wrong;

	buf_add_slice(&bytes, buf_slice(file));
	wrong = patch_parse(name, &bytes, strip, &patch, p->e) || patch->header.n < header;
	if (!wrong)
		return 0;
	err_clear(p->e);
	return err_set(p->e, ERR_INPUT,
		       "cannot save '%s': lines in the message of commit %.12s would be read as "
		       "its diff (indent them with 'git commit --amend')",
		       name, c->id);
}

static int check_author(struct planner *p, const char *name, const struct message *m,
			const struct commit_text *was, const struct gitcommit *now,
			struct slice header)
{
	bool same = !strcmp(was->name, now->name) && !strcmp(was->mail, now->mail);
	_cleanup_message_ struct message again = { 0 };

	message_read(header, name, false, &again);
	if (!strcmp(again.commit.name, same ? m->commit.name : now->name) &&
	    !strcmp(again.commit.mail, same ? m->commit.mail : now->mail))
		return 0;
	return err_set(p->e, ERR_INPUT,
		       "cannot save '%s': the text of the message of commit %.12s begins as a "
		       "mail that names its author (put another line before it)",
		       name, now->id);
}

static int write_changed(struct planner *p, const struct patch *patch,
			 const struct series_entry *en, const struct gitcommit *was,
			 const struct gitcommit *now, struct buf *out)
{
	struct commit_text was_text = text_of(was), now_text = text_of(now);
	_cleanup_message_ struct message m = { 0 };
	_cleanup_buf_ struct buf header = BUF_INIT, body = BUF_INIT;
	struct slice bytes = buf_slice(&patch->bytes);
	bool same = same_change(p, was->id, now->id), renames = false;
	size_t written;
	int rc;

	message_read(patch->header, en->name, false, &m);
	rc = message_write(&m, &was_text, &now_text, &header, p->e);
	if (rc)
		return err_wrap(p->e, "cannot save '%s'", en->name);
	if (check_author(p, en->name, &m, &was_text, now, buf_slice(&header)))
		return p->e->code;
	if (same) {
		buf_add_slice(out, buf_slice(&header));
		buf_add(out, bytes.p + patch->header.n, bytes.n - patch->header.n);
		return check_diff(p, en->name, now, en->strip, out, header.len);
	}
	rc = put_changes(p, patch, was->id, now->id, en->reverse, &renames, &body);
	if (!rc)
		rc = put_header(p, buf_slice(&header), en->name, now, renames, en->reverse, out);
	written = out->len;
	buf_add_slice(out, buf_slice(&body));
	buf_add_slice(out, patch->trailer);
	return rc ? rc : check_diff(p, en->name, now, en->strip, out, written);
}

static int save_known(struct planner *p, const struct branch_commit *c)
{
	const struct edit_entry *entry = &p->state->entries.v[c->entry];
	const struct series_entry *en = series_find(p->old->series, entry->name);
	const struct series_file *f = series_files_find(p->old, entry->name);
	_cleanup_patch_ struct patch *patch = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct buf bytes = BUF_INIT;
	struct gitcommit was;
	int rc;

	strvec_push(&p->names, entry->name);
	if (c->same) {
		put_file(p, entry->name, f->bytes);
		return 0;
	}
	buf_add_slice(&bytes, f->bytes);
	rc = patch_parse(en->name, &bytes, en->strip, &patch, p->e);
	if (!rc)
		rc = gitrepo_commit(p->r, entry->commit, &p->plan->arena, &was, p->e);
	if (!rc)
		rc = write_changed(p, patch, en, &was, &c->c, &out);
	if (rc)
		return rc;
	put_file(p, entry->name, buf_slice(&out));
	if (!slice_eq(buf_slice(&out), f->bytes))
		put_fate(p, entry->name, SAVE_CHANGED);
	return 0;
}

static int save_new(struct planner *p, const struct branch_commit *c)
{
	static const struct diff_style style = { .context = 3, .abbrev = 12, .renames = true };
	_cleanup_(diffs_release) struct diffs d = { 0 };
	_cleanup_strvec_ struct strvec ids = { 0 };
	_cleanup_buf_ struct buf title = BUF_INIT, out = BUF_INIT;
	struct commit_text text = text_of(&c->c);
	_cleanup_free_ char *name = NULL;
	size_t header;
	int rc;

	message_title(c->c.message, &title);
	name = order_name(p->old->series, buf_str(&title),
			  p->names.n ? p->names.v[p->names.n - 1] : NULL, &p->names);
	strvec_push(&ids, c->c.id);
	rc = diffs_read(p->r, &ids, &style, &d, p->e);
	if (rc)
		return rc;
	message_write_new(&text, &out);
	buf_adds(&out, "---\n");
	rc = diff_stat(p->r, c->c.id, true, false, &out, p->e);
	buf_addc(&out, '\n');
	header = out.len;
	buf_add_slice(&out, diffs_get(&d, c->c.id));
	if (!rc)
		rc = check_diff(p, name, &c->c, 1, &out, header);
	put_file(p, name, buf_slice(&out));
	put_fate(p, name, SAVE_ADDED);
	strvec_push(&p->names, name);
	return rc;
}

static int save_commit(struct planner *p, const struct branch_commit *c)
{
	struct edit_entry entry = { 0 };
	int rc = c->entry < 0 ? save_new(p, c) : save_known(p, c);

	if (rc)
		return rc;
	entry.name = arena_strdup(&p->plan->state.arena, p->names.v[p->names.n - 1]);
	memcpy(entry.commit, c->c.id, OID_HEX);
	vec_push(&p->plan->state.entries, entry);
	return 0;
}

/* Without the block that b4 keeps, when that is the one that edit made for it. */
static struct slice cover_text(const struct gitcommit *c, const struct gitcommit *was)
{
	struct slice now = c->message, old = was->message;
	const char *mine = memmem(now.p, now.n, TRACKING_MARK, strlen(TRACKING_MARK));
	const char *its = memmem(old.p, old.n, TRACKING_MARK, strlen(TRACKING_MARK));
	struct slice a, b;

	if (!mine || !its)
		return now;
	a = slice_trim((struct slice){ mine, (size_t)(now.p + now.n - mine) });
	b = slice_trim((struct slice){ its, (size_t)(old.p + old.n - its) });
	if (slice_eq(a, b))
		now.n = (size_t)(mine - now.p);
	return now;
}

static int save_cover(struct planner *p)
{
	const struct series_file *f = series_files_find(p->old, COVER_FILE);
	const struct gitcommit *c = &p->branch->cover;
	_cleanup_message_ struct message m = { 0 };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct commit_text was_text, now_text;
	struct gitcommit was;
	int rc;

	if (!*c->id || !strcmp(c->id, p->state->cover)) {
		if (f)
			put_file(p, COVER_FILE, f->bytes);
		return 0;
	}
	rc = gitrepo_commit(p->r, p->state->cover, &p->plan->arena, &was, p->e);
	if (rc)
		return rc;
	was_text = text_of(&was);
	now_text = was_text;
	now_text.message = cover_text(c, &was);
	was_text.message = cover_text(&was, &was);
	if (f) {
		message_read(f->bytes, "", true, &m);
		rc = message_write(&m, &was_text, &now_text, &out, p->e);
	} else if (!slice_eq(slice_trim(was_text.message), slice_trim(now_text.message))) {
		message_write_new(&now_text, &out);
	} else {
		return 0;
	}
	put_file(p, COVER_FILE, buf_slice(&out));
	if (!f || !slice_eq(f->bytes, buf_slice(&out)))
		put_fate(p, COVER_FILE, f ? SAVE_CHANGED : SAVE_ADDED);
	return rc;
}

static void save_unapplied(struct planner *p)
{
	vec_each (en, &p->old->series->entries) {
		const struct series_file *f = series_files_find(p->old, en->name);

		if (f && !en->applies)
			put_file(p, en->name, f->bytes);
	}
}

static void note_dropped(struct planner *p)
{
	vec_each (entry, &p->state->entries) {
		if (!strvec_has(&p->names, entry->name))
			put_fate(p, entry->name, SAVE_DROPPED);
	}
}

static int save_series(struct planner *p)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	order_series(p->old->series, &p->names, &text);
	put_file(p, "series", buf_slice(&text));
	return series_parse(p->old->series->dir, p->old->series->path, buf_slice(&text),
			    &p->plan->files.series, p->e);
}

int save_plan_make(const struct gitrepo *r, const struct edit_state *state,
		   const struct series_files *old, const struct branch *branch,
		   struct save_plan *out, struct err *e)
{
	struct planner p = { .r = r, .state = state, .old = old, .branch = branch, .plan = out,
			     .e = e };
	int rc;

	*out = (struct save_plan){ 0 };
	out->state.target = arena_strdup(&out->state.arena, state->target);
	out->state.provenance = arena_strdup(&out->state.arena, state->provenance);
	out->state.fuzz = state->fuzz;
	memcpy(out->state.base, state->base, OID_HEX);
	memcpy(out->state.cover, *branch->cover.id ? branch->cover.id : state->cover, OID_HEX);
	rc = read_diffs(&p);
	vec_each (c, &branch->commits) {
		if (!rc)
			rc = save_commit(&p, c);
	}
	if (!rc)
		rc = save_cover(&p);
	if (!rc) {
		save_unapplied(&p);
		note_dropped(&p);
		rc = save_series(&p);
	}
	diffs_release(&p.blobs);
	diffs_release(&p.diffs);
	strvec_release(&p.names);
	return rc;
}

void save_plan_release(struct save_plan *p)
{
	edit_state_release(&p->state);
	series_files_release(&p->files);
	vec_release(&p->fates);
	arena_release(&p->arena);
}
