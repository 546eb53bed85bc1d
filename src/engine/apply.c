// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply.h"

#include "engine/apply_change.h"

struct run {
	struct tree tree;
	const struct apply_policy *policy;
	struct apply_result *r;
	struct err *e;
};

static bool moves(const struct change *c)
{
	return c->kind == CHANGE_RENAME || c->kind == CHANGE_COPY;
}

/* Whether another mail begins before @c. */
static bool begins_mail(const struct change *c)
{
	struct slice rest = c->gap, line;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "From ") || slice_starts(line, "From: ") ||
		    slice_starts(line, "Subject: "))
			return true;
	}
	return false;
}

/* Changes of one mail, in the order in which they are to be done. */
struct mail {
	uint32_t from, to;
};

static uint32_t mail_end(const struct patch *p, uint32_t from)
{
	uint32_t i = from + 1;

	while (i < p->nchanges && !begins_mail(&p->changes[i]))
		i++;
	return i;
}

static int take_sources(struct run *run, const struct patch *p, struct mail m,
			bool reverse)
{
	int rc = 0;

	for (uint32_t i = m.from; i < m.to && !rc; i++) {
		const struct change *c = &p->changes[i];
		struct slice from = reverse ? c->new_path : c->old_path;

		if (moves(c))
			rc = tree_take_source(&run->tree, from, c->kind == CHANGE_RENAME,
					      run->e);
	}
	return rc;
}

static int apply_mail(struct run *run, const struct patch *p, struct mail m, bool reverse,
		      struct change_outcome *o)
{
	int rc = take_sources(run, p, m, reverse);

	for (uint32_t i = m.from; i < m.to && !rc; i++) {
		uint32_t at = reverse ? m.to - 1 - (i - m.from) : i;

		rc = apply_change(&run->tree, &p->changes[at], reverse, run->policy,
				  &o[at], run->e);
	}
	tree_drop_sources(&run->tree);
	return rc;
}

static int apply_changes(struct run *run, const struct patch *p, bool reverse,
			 struct change_outcome *o)
{
	VEC(struct mail) mails = { 0 };
	int rc = 0;

	for (uint32_t i = 0; i < p->nchanges;) {
		struct mail m = { i, mail_end(p, i) };

		vec_push(&mails, m);
		i = m.to;
	}
	for (size_t i = 0; i < mails.n && !rc; i++)
		rc = apply_mail(run, p, mails.v[reverse ? mails.n - 1 - i : i], reverse,
				o);
	vec_release(&mails);
	return rc;
}

static struct change_outcome *new_outcomes(struct run *run, const struct patch *p)
{
	struct change_outcome *o = arena_array(&run->r->arena, p->nchanges, sizeof(*o));

	for (uint32_t i = 0; i < p->nchanges; i++) {
		o[i].change = &p->changes[i];
		o[i].last_patch = -1;
		o[i].hunks = arena_array(&run->r->arena, p->changes[i].nhunks,
					 sizeof(*o[i].hunks));
	}
	return o;
}

static enum apply_answer sum_up(const struct patch *p, struct change_outcome *o)
{
	uint32_t there = 0, applied = 0;

	for (uint32_t i = 0; i < p->nchanges; i++) {
		there += o[i].answer == ANSWER_ALREADY;
		applied += o[i].answer == ANSWER_APPLIES;
	}
	if (applied == p->nchanges)
		return ANSWER_APPLIES;
	return there == p->nchanges ? ANSWER_ALREADY : ANSWER_CONFLICTS;
}

/*
 * A patch that changes a file several times is there already when taking all of
 * it away, last change first, would succeed.
 */
static int check_already(struct run *run, const struct patch *p, bool reverse, bool *yes)
{
	struct apply_policy exact = { .dialect = DIALECT_STRICT,
				      .search_limit = run->policy->search_limit };
	const struct apply_policy *policy = run->policy;
	struct change_outcome *o = new_outcomes(run, p);
	int rc;

	run->policy = &exact;
	rc = apply_changes(run, p, !reverse, o);
	run->policy = policy;
	*yes = !rc && sum_up(p, o) == ANSWER_APPLIES;
	tree_rollback(&run->tree);
	return rc;
}

static void all_already(const struct patch *p, struct change_outcome *o)
{
	for (uint32_t i = 0; i < p->nchanges; i++) {
		o[i].answer = ANSWER_ALREADY;
		o[i].reason = CONFLICT_NONE;
		for (uint32_t k = 0; k < p->changes[i].nhunks; k++)
			o[i].hunks[k] = (struct hunk_outcome){ .fate = HUNK_ALREADY };
	}
}

static bool touches_twice(const struct patch *p)
{
	struct map seen = { 0 };
	bool twice = false;

	for (uint32_t i = 0; i < p->nchanges && !twice; i++) {
		struct slice path = change_path(&p->changes[i]);

		twice = map_has(&seen, path);
		map_set(&seen, path, &seen);
	}
	map_release(&seen);
	return twice;
}

static void count_hunks(struct run *run, const struct patch *p,
			const struct change_outcome *o)
{
	for (uint32_t i = 0; i < p->nchanges; i++) {
		for (uint32_t k = 0; k < p->changes[i].nhunks; k++) {
			enum hunk_fate fate = o[i].hunks[k].fate;

			run->r->hunks_exact += fate == HUNK_EXACT;
			run->r->hunks_offset += fate == HUNK_OFFSET;
			run->r->hunks_fuzz += fate == HUNK_FUZZ;
		}
	}
}

static int apply_patch(struct run *run, const struct patch *p, bool reverse, size_t index,
		       struct patch_outcome *po)
{
	bool yes = false;
	int rc;

	po->patch = p;
	po->changes = new_outcomes(run, p);
	rc = apply_changes(run, p, reverse, po->changes);
	if (rc)
		return err_wrap(run->e, "%s", p->name);
	po->answer = sum_up(p, po->changes);
	if (po->answer == ANSWER_APPLIES) {
		tree_commit(&run->tree, (ssize_t)index);
		count_hunks(run, p, po->changes);
		return 0;
	}
	tree_rollback(&run->tree);
	if (po->answer == ANSWER_CONFLICTS && touches_twice(p)) {
		rc = check_already(run, p, reverse, &yes);
		if (rc)
			return err_wrap(run->e, "%s", p->name);
	}
	if (yes) {
		po->answer = ANSWER_ALREADY;
		all_already(p, po->changes);
	}
	return 0;
}

static int apply_all(struct run *run, const struct patch *const *patches,
		     const bool *reverse)
{
	struct apply_result *r = run->r;
	bool stopped = false;
	int rc = 0;

	for (size_t i = 0; i < r->npatches; i++) {
		struct patch_outcome *po = &r->patches[i];

		po->patch = patches[i];
		po->answer = ANSWER_NOT_TRIED;
		if (stopped)
			continue;
		rc = apply_patch(run, patches[i], reverse && reverse[i], i, po);
		if (rc)
			return rc;
		r->done += po->answer != ANSWER_CONFLICTS;
		stopped = po->answer == ANSWER_CONFLICTS && !run->policy->keep_going;
	}
	return 0;
}

static size_t content_size(const struct file *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->lines.n; i++)
		n += f->lines.v[i].n;
	return n;
}

/* Neighbouring lines that nobody parted are one copy. */
static void write_content(const struct file *f, char *out)
{
	size_t i = 0;

	while (i < f->lines.n) {
		const char *from = f->lines.v[i].p;
		size_t n = 0;

		for (; i < f->lines.n && f->lines.v[i].p == from + n; i++)
			n += f->lines.v[i].n;
		memcpy(out, from, n);
		out += n;
	}
}

static bool same_as_base(const struct file *f)
{
	const char *p = f->base.bytes.p;
	size_t left = f->base.bytes.n;

	if (f->kind != f->base.kind || f->mode != f->base.mode)
		return f->kind == BLOB_ABSENT && f->base.kind == BLOB_BEYOND;
	if (f->kind == BLOB_ABSENT || !f->is_split)
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

static int by_path(const void *a, const void *b)
{
	return slice_cmp((*(struct file *const *)a)->path,
			 (*(struct file *const *)b)->path);
}

static void fill_file(const struct file *f, struct result_file *out)
{
	*out = (struct result_file){ .path = f->path,
				     .deleted = f->kind == BLOB_ABSENT,
				     .mode = f->mode,
				     .base_mode = f->base.mode,
				     .last_patch = (size_t)f->last_patch };
}

/* A file that is as its base except for its mode has that base's bytes. */
static void fill_contents(struct apply_result *r, struct file **files)
{
	size_t total = 0;
	char *at;

	for (size_t i = 0; i < r->nfiles; i++)
		total += content_size(files[i]);
	at = r->content = xmalloc(total);
	for (size_t i = 0; i < r->nfiles; i++) {
		if (r->files[i].deleted)
			continue;
		r->files[i].bytes = (struct slice){ at, content_size(files[i]) };
		write_content(files[i], at);
		at += r->files[i].bytes.n;
	}
}

static int collect(struct run *run)
{
	struct apply_result *r = run->r;
	struct file **files = xcalloc(run->tree.files.n, sizeof(*files));
	size_t n = 0;
	int rc = 0;

	map_each(it, &run->tree.files)
	{
		struct file *f = it->value;

		if (f->last_patch >= 0 && !same_as_base(f))
			files[n++] = f;
	}
	qsort(files, n, sizeof(*files), by_path);
	r->nfiles = n;
	r->files = arena_array(&r->arena, n, sizeof(*r->files));
	for (size_t i = 0; i < n && !rc; i++) {
		fill_file(files[i], &r->files[i]);
		if (!r->files[i].deleted)
			rc = tree_split(&run->tree, files[i], run->e);
	}
	if (!rc && !run->policy->answers_only)
		fill_contents(r, files);
	free(files);
	return rc;
}

int apply_series(struct blob_source *src, const struct patch *const *patches,
		 const bool *reverse, size_t n, const struct apply_policy *policy,
		 struct apply_result **out, struct err *e)
{
	struct apply_result *r = xcalloc(1, sizeof(*r));
	struct run run = { .policy = policy, .r = r, .e = e };
	int rc;

	run.tree.src = src;
	run.tree.arena = &r->arena;
	r->npatches = n;
	r->patches = arena_array(&r->arena, n, sizeof(*r->patches));
	rc = apply_all(&run, patches, reverse);
	if (!rc)
		rc = collect(&run);
	if (rc)
		tree_rollback(&run.tree);
	tree_release(&run.tree);
	if (rc)
		apply_result_free(r);
	else
		*out = r;
	return rc;
}

void apply_result_free(struct apply_result *r)
{
	if (!r)
		return;
	arena_release(&r->arena);
	free(r->content);
	free(r);
}

void apply_result_freep(struct apply_result **r)
{
	apply_result_free(*r);
	*r = NULL;
}
