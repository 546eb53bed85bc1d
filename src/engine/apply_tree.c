// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_tree.h"

#include "base/fsx.h"

void lines_grow(struct lines *l)
{
	l->cap = l->cap ? l->cap * 2 : 64;
	l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
}

void lines_copy(struct lines *to, const struct lines *from)
{
	*to = (struct lines){ .n = from->n, .cap = from->n };
	to->v = xreallocarray(NULL, from->n, sizeof(*to->v));
	if (from->n)
		memcpy(to->v, from->v, from->n * sizeof(*to->v));
}

static void drop_undo(struct tree *t)
{
	vec_each (u, &t->undo) {
		if (u->whole)
			free(u->was.v);
	}
	t->undo.n = 0;
	t->done.n = 0;
	t->removed.n = 0;
}

void tree_release(struct tree *t)
{
	drop_undo(t);
	tree_drop_sources(t);
	map_each(it, &t->files)
	{
		struct file *f = it->value;

		free(f->lines.v);
		if (t->src->put)
			t->src->put(t->src, &f->base);
	}
	map_release(&t->files);
	map_release(&t->dirs);
	vec_release(&t->undo);
	vec_release(&t->done);
	vec_release(&t->removed);
	vec_release(&t->edits);
	vec_release(&t->ins);
	vec_release(&t->pieces);
}

static struct slice parent_of(struct slice path)
{
	while (path.n && path.p[path.n - 1] != '/')
		path.n--;
	if (path.n)
		path.n--;
	return path;
}

/*
 * What stands above a path decides whether it can be: the source's word holds
 * until a patch makes or removes a link or file up there.
 */
static int check_parents(const struct tree *t, const struct file *f, struct err *e)
{
	bool beyond = f->base.kind == BLOB_BEYOND;

	for (struct slice up = parent_of(f->path); up.n; up = parent_of(up)) {
		const struct file *p = map_get(&t->files, up);

		if (!p)
			continue;
		if (p->kind == BLOB_LINK || p->kind == BLOB_FILE)
			return err_set(e, ERR_UNSAFE,
				       "cannot patch '%.*s': '%.*s' is no directory",
				       SLICE_ARG(f->path), SLICE_ARG(up));
		if (p->kind == BLOB_ABSENT &&
		    (p->base.kind == BLOB_LINK || p->base.kind == BLOB_FILE))
			beyond = false;
	}
	if (beyond)
		return err_set(e, ERR_UNSAFE,
			       "cannot patch '%.*s': it is behind a link or a file",
			       SLICE_ARG(f->path));
	return 0;
}

static int load(struct tree *t, struct slice path, struct file **out, struct err *e)
{
	struct file *f;
	int rc;

	if (!path_is_safe(path))
		return err_set(e, ERR_UNSAFE, "cannot patch '%.*s': the path is not safe",
			       (int)(path.n > 200 ? 200 : path.n), path.p);
	f = arena_alloc(t->arena, sizeof(*f));
	f->path = path;
	f->last_patch = -1;
	rc = t->src->get(t->src, path, &f->base, e);
	if (rc)
		return rc;
	f->kind = f->base.kind == BLOB_BEYOND ? BLOB_ABSENT : f->base.kind;
	f->mode = f->base.mode;
	f->perms = f->base.perms;
	map_set(&t->files, path, f);
	*out = f;
	return 0;
}

int tree_file(struct tree *t, struct slice path, struct file **out, struct err *e)
{
	int rc;

	*out = map_get(&t->files, path);
	if (!*out) {
		rc = load(t, path, out, e);
		if (rc)
			return rc;
	}
	return check_parents(t, *out, e);
}

bool tree_is_dir(const struct tree *t, struct slice path)
{
	return map_get(&t->dirs, path) != NULL;
}

/* Counts the files that patches have made below each directory. */
static void count_dirs(struct tree *t, struct slice path, intptr_t by)
{
	for (struct slice up = parent_of(path); up.n; up = parent_of(up)) {
		void **slot = map_slot(&t->dirs, up);

		*slot = (void *)((intptr_t)*slot + by);
	}
}

static void set_kind(struct tree *t, struct file *f, enum blob_kind kind)
{
	bool was = f->kind != BLOB_ABSENT, is = kind != BLOB_ABSENT;
	bool made = f->base.kind == BLOB_ABSENT || f->base.kind == BLOB_BEYOND;

	if (made && was != is)
		count_dirs(t, f->path, is ? 1 : -1);
	f->kind = kind;
}

/* Neighbouring lines that nobody parted are one piece. */
void tree_gather(struct tree *t, const struct file *f)
{
	t->pieces.n = 0;
	if (f->kind == BLOB_ABSENT)
		return;
	if (f->form == FORM_BYTES && f->base.bytes.n)
		vec_push(&t->pieces,
			 (struct iovec){ (char *)f->base.bytes.p, f->base.bytes.n });
	for (size_t i = 0; f->form != FORM_BYTES && i < f->lines.n;) {
		struct iovec v = { (char *)f->lines.v[i].p, 0 };

		for (; i < f->lines.n && f->lines.v[i].p == (char *)v.iov_base + v.iov_len;
		     i++)
			v.iov_len += f->lines.v[i].n;
		vec_push(&t->pieces, v);
	}
}

static void show_watch(struct tree *t, struct file *f)
{
	struct file_was was = { .path = f->path,
				.kind = f->kind,
				.mode = f->mode,
				.untouched = f->last_patch < 0,
				.perms = f->perms,
				.mode_said = f->mode_said,
				.lane = t->lane };

	if (f->watched == t->patch + 1 || t->watch_rc)
		return;
	f->watched = t->patch + 1;
	tree_gather(t, f);
	was.pieces = t->pieces.v;
	was.npieces = t->pieces.n;
	t->watch_rc = t->watch->before(t->watch, t->patch, &was, t->e);
}

static struct undo *remember(struct tree *t, struct file *f)
{
	if (t->watch && t->watch->before)
		show_watch(t, f);
	vec_push(&t->undo, (struct undo){ .f = f,
					  .kind = f->kind,
					  .mode = f->mode,
					  .perms = f->perms,
					  .mode_said = f->mode_said,
					  .last_patch = f->last_patch,
					  .form = f->form });
	return &t->undo.v[t->undo.n - 1];
}

/* Moves the lines between the edits to their new places; each at most once. */
static void shift_lines(struct lines *l, const struct edit *ed, size_t n, size_t new_n)
{
	size_t end = l->n;
	ssize_t shift = 0;

	for (size_t i = 0; i < n; i++) {
		size_t from = ed[i].pos + ed[i].ndel;
		size_t to = i + 1 < n ? ed[i + 1].pos : end;

		shift += (ssize_t)ed[i].nins - (ssize_t)ed[i].ndel;
		if (shift < 0 && to > from)
			memmove(l->v + (ssize_t)from + shift, l->v + from,
				(to - from) * sizeof(*l->v));
	}
	for (size_t i = n; i-- > 0;) {
		size_t from = ed[i].pos + ed[i].ndel;
		size_t to = i + 1 < n ? ed[i + 1].pos : end;

		if (shift > 0 && to > from)
			memmove(l->v + (ssize_t)from + shift, l->v + from,
				(to - from) * sizeof(*l->v));
		shift -= (ssize_t)ed[i].nins - (ssize_t)ed[i].ndel;
	}
	l->n = new_n;
}

static void splice(struct lines *l, const struct edit *ed, size_t n,
		   const struct line *ins)
{
	size_t new_n = l->n, used = 0;
	ssize_t shift = 0;

	for (size_t i = 0; i < n; i++)
		new_n = new_n + ed[i].nins - ed[i].ndel;
	if (new_n > l->cap) {
		l->cap = new_n + new_n / 8 + 16;
		l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
	}
	shift_lines(l, ed, n, new_n);
	for (size_t i = 0; i < n; i++) {
		if (ed[i].nins)
			memcpy(l->v + (ssize_t)ed[i].pos + shift, ins + used,
			       ed[i].nins * sizeof(*ins));
		used += ed[i].nins;
		shift += (ssize_t)ed[i].nins - (ssize_t)ed[i].ndel;
	}
}

/* A line that lost its place at the end of the file gets the LF it now needs. */
static void mend_line(struct tree *t, struct line *l)
{
	char *p;

	if (l->n && l->p[l->n - 1] == '\n')
		return;
	p = arena_dup(t->arena, l->p, l->n + 1);
	p[l->n] = '\n';
	l->p = p;
	l->n++;
}

static void mend_inserted(struct tree *t, struct file *f, struct line old_last)
{
	ssize_t shift = 0;

	vec_each (ed, &t->edits) {
		for (size_t i = 0; i < ed->nins; i++) {
			size_t at = (size_t)((ssize_t)ed->pos + shift) + i;

			if (at + 1 < f->lines.n)
				mend_line(t, &f->lines.v[at]);
		}
		/* The old last line may now stand right before what was added. */
		if (ed->nins && (ssize_t)ed->pos + shift > 0) {
			struct line *before = &f->lines.v[(ssize_t)ed->pos + shift - 1];

			if (before->p == old_last.p &&
			    before + 1 < f->lines.v + f->lines.n)
				mend_line(t, before);
		}
		shift += (ssize_t)ed->nins - (ssize_t)ed->ndel;
	}
}

static void edit_runs(struct tree *t, struct file *f)
{
	struct undo *u = remember(t, f);

	u->whole = true;
	u->was = f->lines;
	f->lines = runs_edit(&f->lines, t->edits.v, t->edits.n, t->ins.v);
}

static void edit_lines(struct tree *t, struct file *f)
{
	struct undo *u = remember(t, f);
	ssize_t shift = 0;

	if (f->lines.n)
		u->old_last = f->lines.v[f->lines.n - 1];
	vec_each (ed, &t->edits) {
		for (size_t i = 0; i < ed->ndel; i++)
			vec_push(&t->removed, f->lines.v[ed->pos + i]);
		vec_push(&t->done, (struct edit){ (uint32_t)((ssize_t)ed->pos + shift),
						  ed->nins, ed->ndel });
		shift += (ssize_t)ed->nins - (ssize_t)ed->ndel;
	}
	u->nedits = t->edits.n;
	splice(&f->lines, t->edits.v, t->edits.n, t->ins.v);
	mend_inserted(t, f, u->old_last);
}

/*
 * What an edit of runs replaces is kept whole, so that one a patch is enough: there may be
 * very many in a patch.
 */
void tree_edit(struct tree *t, struct file *f)
{
	if (f->edited != t->patch + 1 && runs_editable(f, t->ins.v, t->ins.n)) {
		f->edited = t->patch + 1;
		edit_runs(t, f);
	} else {
		runs_to_lines(f);
		edit_lines(t, f);
	}
	t->edits.n = 0;
	t->ins.n = 0;
}

void tree_replace(struct tree *t, struct file *f, enum blob_kind kind, uint32_t mode,
		  struct lines lines)
{
	struct undo *u = remember(t, f);

	u->whole = true;
	u->was = f->lines;
	f->lines = lines;
	f->form = FORM_LINES;
	set_kind(t, f, kind);
	f->mode = mode;
}

void tree_set_mode(struct tree *t, struct file *f, uint32_t mode)
{
	remember(t, f);
	f->mode = mode;
	f->mode_said = true;
}

int tree_take_source(struct tree *t, struct slice path, bool gone, struct err *e)
{
	struct file *f, *was;
	int rc = tree_file(t, path, &f, e);

	if (rc)
		return rc;
	if (!map_has(&t->moved, path)) {
		rc = f->kind == BLOB_FILE || f->kind == BLOB_LINK ? tree_split(f, e) : 0;
		if (rc)
			return rc;
		was = arena_alloc(t->arena, sizeof(*was));
		*was = *f;
		lines_copy(&was->lines, &f->lines);
		map_set(&t->moved, path, was);
	}
	if (gone && (f->kind == BLOB_FILE || f->kind == BLOB_LINK))
		tree_replace(t, f, BLOB_ABSENT, 0, (struct lines){ 0 });
	return 0;
}

void tree_drop_sources(struct tree *t)
{
	map_each(it, &t->moved)
	{
		struct file *was = it->value;

		free(was->lines.v);
	}
	map_release(&t->moved);
}

void tree_commit(struct tree *t, ssize_t patch)
{
	vec_each (u, &t->undo)
		u->f->last_patch = patch;
	drop_undo(t);
}

static void undo_edits(struct tree *t, struct file *f, const struct undo *u)
{
	size_t n = u->nedits;
	struct edit *ed = t->done.v + t->done.n - n;
	size_t nremoved = 0;

	for (size_t i = 0; i < n; i++)
		nremoved += ed[i].nins;
	splice(&f->lines, ed, n,
	       nremoved ? t->removed.v + t->removed.n - nremoved : NULL);
	t->done.n -= n;
	t->removed.n -= nremoved;
	if (f->lines.n)
		f->lines.v[f->lines.n - 1] = u->old_last;
}

void tree_rollback(struct tree *t)
{
	while (t->undo.n) {
		struct undo *u = &t->undo.v[--t->undo.n];
		struct file *f = u->f;

		if (u->whole) {
			free(f->lines.v);
			f->lines = u->was;
			f->form = u->form;
		} else if (u->nedits) {
			undo_edits(t, f, u);
		}
		set_kind(t, f, u->kind);
		f->mode = u->mode;
		f->perms = u->perms;
		f->mode_said = u->mode_said;
		f->last_patch = u->last_patch;
	}
}
