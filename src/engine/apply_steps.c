// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_run.h"

#include "engine/apply_change.h"

static bool moves(const struct change *c)
{
	return c->kind == CHANGE_RENAME || c->kind == CHANGE_COPY;
}

/* In the order in which they stand in the patch, also when they are done backwards. */
static int take_sources(struct tree *t, const struct to_do *d, const struct step *s,
			size_t n, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		const struct change *c = s[d->reverse ? n - 1 - i : i].change;
		struct slice from = d->reverse ? c->new_path : c->old_path;

		if (moves(c))
			rc = tree_take_source(t, from, c->kind == CHANGE_RENAME, e);
	}
	return rc;
}

static int apply_mail(struct tree *t, const struct to_do *d, const struct step *s,
		      size_t n, struct err *e)
{
	int rc = take_sources(t, d, s, n, e);

	for (size_t i = 0; i < n && !rc; i++)
		rc = apply_change(t, s[i].change, d->reverse, d->policy,
				  &d->outcomes[s[i].index], e);
	tree_drop_sources(t);
	return rc;
}

int apply_steps(struct tree *t, const struct to_do *d, const struct step *s, size_t n,
		struct err *e)
{
	int rc = 0;

	for (size_t i = 0, end; i < n && !rc; i = end) {
		for (end = i + 1; end < n && s[end].mail == s[i].mail; end++)
			;
		rc = apply_mail(t, d, s + i, end - i, e);
	}
	return rc;
}

static bool same_as_base(const struct file *f)
{
	const char *p = f->base.bytes.p;
	size_t left = f->base.bytes.n;

	if (f->kind != f->base.kind || f->mode != f->base.mode)
		return f->kind == BLOB_ABSENT && f->base.kind == BLOB_BEYOND;
	if (f->kind == BLOB_ABSENT || f->form == FORM_BYTES)
		return true;
	for (size_t i = 0; i < f->lines.n; i++) {
		const struct line *l = &f->lines.v[i];

		if (l->n > left || (l->p != p && memcmp(l->p, p, l->n)))
			return false;
		p += l->n;
		left -= l->n;
	}
	return !left;
}

static bool has_after(const struct apply_policy *policy)
{
	return policy->watch && policy->watch->after && !policy->answers_only;
}

static struct slice joined(struct arena *arena, const struct tree *t)
{
	size_t n = 0;
	char *bytes, *end;

	vec_each (v, &t->pieces)
		n += v->iov_len;
	bytes = end = arena_raw(arena, n);
	vec_each (v, &t->pieces) {
		memcpy(end, v->iov_base, v->iov_len);
		end += v->iov_len;
	}
	return (struct slice){ bytes, n };
}

int collect_file(struct collector *c, struct tree *t, struct file *f, struct err *e)
{
	struct result_file r = { .path = f->path,
				 .deleted = f->kind == BLOB_ABSENT,
				 .mode = f->mode,
				 .base_mode = f->base.mode,
				 .last_patch = (size_t)f->last_patch,
				 .perms = f->perms,
				 .mode_said = f->mode_said,
				 .lane = t->lane };
	int rc = 0;

	if (f->last_patch < 0 || same_as_base(f))
		return 0;
	if (!c->policy->answers_only)
		tree_gather(t, f);
	if (has_after(c->policy))
		rc = c->policy->watch->after(c->policy->watch, &r, t->pieces.v,
					     t->pieces.n, e);
	else if (!r.deleted && !c->policy->answers_only)
		r.bytes = joined(c->arena, t);
	vec_push(&c->files, r);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct result_file *x = a, *y = b;

	return slice_cmp(x->path, y->path);
}

void finish_files(struct apply_result *r, struct result_files *files)
{
	r->nfiles = files->n;
	r->files = arena_array(&r->arena, files->n, sizeof(*r->files));
	if (files->n) {
		memcpy(r->files, files->v, files->n * sizeof(*r->files));
		qsort(r->files, r->nfiles, sizeof(*r->files), by_path);
	}
	vec_release(files);
}
