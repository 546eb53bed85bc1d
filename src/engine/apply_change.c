// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_change.h"

#include "engine/apply_job.h"

static void swap_slices(struct slice *a, struct slice *b)
{
	struct slice s = *a;

	*a = *b;
	*b = s;
}

static void turn_round(struct job *j)
{
	uint32_t mode = j->old_mode;
	bool absent = j->from_maybe_absent;

	swap_slices(&j->from, &j->to);
	j->old_mode = j->new_mode;
	j->new_mode = mode;
	j->from_maybe_absent = j->to_maybe_absent;
	j->to_maybe_absent = absent;
	if (j->kind == CHANGE_CREATE)
		j->kind = CHANGE_DELETE;
	else if (j->kind == CHANGE_DELETE)
		j->kind = CHANGE_CREATE;
}

/* Type bits as git writes them; anything else (a device, a set-uid type) is an attack. */
static int check_mode(struct job *j, uint32_t mode)
{
	uint32_t type = mode & 0170000;

	if (!mode || type == 0100000 || type == 0120000 || type == 0160000)
		return 0;
	return err_set(j->e, ERR_UNSAFE, "cannot accept the mode %06o of '%.*s'", mode,
		       SLICE_ARG(j->o->path));
}

/* 0644, 0755 or a link: nothing else that a patch says of permissions is heard. */
static uint32_t masked(uint32_t mode)
{
	if ((mode & 0170000) == 0120000)
		return 0120000;
	return mode & 0100 ? 0100755 : 0100644;
}

static enum blob_kind kind_of(uint32_t mode)
{
	if ((mode & 0170000) == 0160000)
		return BLOB_OTHER;
	return (mode & 0170000) == 0120000 ? BLOB_LINK : BLOB_FILE;
}

static size_t components(struct slice s)
{
	size_t n = 1;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '/';
	return n;
}

static size_t basename_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[s.n - 1 - n] != '/')
		n++;
	return n;
}

/* GNU patch's best_name(): fewest components, shortest last one, shortest. */
static bool better_name(struct slice a, struct slice b)
{
	if (components(a) != components(b))
		return components(a) < components(b);
	if (basename_length(a) != basename_length(b))
		return basename_length(a) < basename_length(b);
	return a.n <= b.n;
}

static bool is_prefix(struct slice a, struct slice b)
{
	return a.n < b.n && !memcmp(a.p, b.p, a.n);
}

/*
 * "--- x.c.orig", "+++ x.c": the one that is there. If both are, GNU patch has a
 * rule; strictly nobody can know.
 */
static int choose_name(struct job *j, struct file *a, struct file *b)
{
	bool both = is_there(a) == is_there(b);

	if (both && j->policy->dialect == DIALECT_STRICT && is_there(a))
		return refuse(j, CONFLICT_NAMES);
	if (j->c->git && j->policy->dialect == DIALECT_GIT)
		return refuse(j, CONFLICT_NAMES);
	if (j->policy->dialect == DIALECT_GIT)
		j->file = is_prefix(a->path, b->path) ? a : b;
	else if (both)
		j->file = better_name(a->path, b->path) ? a : b;
	else
		j->file = is_there(a) ? a : b;
	j->dest = j->file;
	j->o->path = j->file->path;
	return 0;
}

static int find_files(struct job *j)
{
	struct file *a = NULL, *b = NULL;
	int rc = 0;

	if (j->from.p)
		rc = tree_file(j->t, j->from, &a, j->e);
	if (!rc && j->to.p)
		rc = a && slice_eq(j->from, j->to) ? (b = a, 0)
						   : tree_file(j->t, j->to, &b, j->e);
	if (rc)
		return rc;
	if (a && b && a != b && !moves(j))
		return choose_name(j, a, b);
	j->file = a ? a : b;
	j->dest = b ? b : a;
	j->o->path = j->dest->path;
	return 0;
}

int job_need_lines(struct job *j, struct file *f, bool *ok)
{
	*ok = f->kind == BLOB_FILE || f->kind == BLOB_LINK;
	return *ok ? tree_split(f, j->e) : 0;
}

static int need_runs(struct job *j, struct file *f, bool *ok)
{
	*ok = f->kind == BLOB_FILE || f->kind == BLOB_LINK;
	return *ok ? tree_runs(f, j->e) : 0;
}

bool same_lines(const struct lines *a, const struct lines *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!line_eq(a->v[i], b->v[i]))
			return false;
	}
	return true;
}

static void new_side(struct job *j, struct placer *pl, struct lines *out)
{
	*out = (struct lines){ 0 };
	for (uint32_t i = 0; j->c->nhunks && i < j->c->hunks[0].nlines; i++) {
		const struct patch_line *l = &j->c->hunks[0].lines[i];

		if (is_new(l->op, j->reverse))
			lines_push(out, hunk_line(pl, l));
	}
}

static void all_exact(struct job *j)
{
	for (uint32_t i = 0; i < j->c->nhunks; i++)
		j->o->hunks[i] = (struct hunk_outcome){ .fate = HUNK_EXACT, .line = 1 };
}

static int create_over(struct job *j, struct file *f, struct lines *lines,
		       enum blob_kind kind)
{
	bool ok, same;
	int rc = job_need_lines(j, f, &ok);

	if (rc)
		return rc;
	if (!ok || f->kind != kind)
		return refuse(j, ok ? CONFLICT_EXISTS : CONFLICT_KIND);
	same = same_lines(&f->lines, lines) &&
	       (!j->new_mode || masked(j->new_mode) == f->mode);
	j->o->idle = same && j->policy->dialect == DIALECT_PATCH && !lines->n;
	if (same)
		return already(j);
	if (j->policy->dialect == DIALECT_PATCH && !f->lines.n) {
		tree_replace(j->t, f, kind, j->new_mode ? masked(j->new_mode) : f->mode, *lines);
		*lines = (struct lines){ 0 };
		all_exact(j);
		return applies(j);
	}
	return refuse(j, CONFLICT_EXISTS);
}

static int create(struct job *j)
{
	uint32_t mode = j->new_mode ? j->new_mode : 0100644;
	struct file *f = j->dest;
	struct placer pl;
	struct lines lines;
	int rc = 0;

	if (kind_of(mode) == BLOB_OTHER || tree_is_dir(j->t, f->path))
		return refuse(j, CONFLICT_KIND);
	placer_init(&pl, j->t, f, j->c, j->reverse, j->policy);
	new_side(j, &pl, &lines);
	if (kind_of(mode) == BLOB_LINK && lines.n != 1) {
		refuse(j, CONFLICT_KIND);
	} else if (is_there(f)) {
		rc = create_over(j, f, &lines, kind_of(mode));
	} else {
		tree_replace(j->t, f, kind_of(mode), masked(mode), lines);
		f->perms = (struct perms){ 0 };
		f->mode_said = j->new_mode;
		lines = (struct lines){ 0 };
		all_exact(j);
		applies(j);
	}
	free(lines.v);
	placer_release(&pl);
	return rc;
}

/* For each hunk that fits nowhere: is it there already, and what is nearest? */
static void explain_conflict(struct job *j, struct placer *pl)
{
	struct hunk_outcome *o = j->o->hunks;
	struct apply_policy exact = { .dialect = DIALECT_STRICT,
				      .search_limit = j->policy->search_limit };
	struct placed *at = xcalloc(j->c->nhunks, sizeof(*at));
	struct hunk_outcome *back = xcalloc(j->c->nhunks, sizeof(*back));
	struct placer rev;

	placer_init(&rev, j->t, j->file, j->c, !j->reverse, &exact);
	place_hunks(&rev, back, at);
	for (uint32_t i = 0; i < j->c->nhunks; i++) {
		if (o[i].fate != HUNK_CONFLICT)
			continue;
		if (at[i].found)
			o[i] = (struct hunk_outcome){ .fate = HUNK_ALREADY,
						      .line = back[i].line };
		else
			explain_hunk(pl, &j->c->hunks[i], &o[i]);
	}
	placer_release(&rev);
	free(back);
	free(at);
}

static void sum_up(struct job *j)
{
	uint32_t there = 0, failed = 0;
	enum conflict reason = CONFLICT_NONE;

	for (uint32_t i = 0; i < j->c->nhunks; i++) {
		there += j->o->hunks[i].fate == HUNK_ALREADY;
		if (j->o->hunks[i].fate == HUNK_CONFLICT && !failed++)
			reason = j->o->hunks[i].reason;
	}
	if (there == j->c->nhunks)
		already(j);
	else
		refuse(j, failed ? reason : CONFLICT_PARTLY_ALREADY);
}

int job_place(struct job *j, struct placed *at, struct placer *pl, bool *ok)
{
	*ok = place_hunks(pl, j->o->hunks, at) == j->c->nhunks;
	if (*ok) {
		make_edits(pl, j->t, at);
		*ok = may_move(pl, j->t);
		return *ok ? 0 : refuse(j, CONFLICT_LIMIT);
	}
	explain_conflict(j, pl);
	sum_up(j);
	return 0;
}

/*
 * Whether a change that says no mode may mean a link: what git writes for one that only
 * takes another name. With hunks git says the mode; its reader does not insist on it.
 */
static bool may_be_link(const struct job *j)
{
	if (j->policy->dialect == DIALECT_GIT)
		return true;
	return j->policy->dialect == DIALECT_STRICT && moves(j) && !j->c->nhunks;
}

bool job_mode_fits(const struct job *j, const struct file *f)
{
	uint32_t said = j->old_mode ? j->old_mode : j->new_mode;

	if (!said && f->kind == BLOB_LINK)
		return may_be_link(j);
	if (kind_of(said) != f->kind)
		return false;
	return !j->new_mode || kind_of(j->new_mode) == f->kind;
}

/* As GNU patch: a mode is set only where the patch says that it changes. */
bool job_sets_mode(const struct job *j, const struct file *f)
{
	return j->new_mode && j->new_mode != j->old_mode && f->kind != BLOB_LINK;
}

uint32_t job_result_mode(const struct job *j, const struct file *f)
{
	return job_sets_mode(j, f) ? masked(j->new_mode) : f->mode;
}

static struct lines no_lines(void)
{
	return (struct lines){ 0 };
}

static int finish_modify(struct job *j, struct file *f)
{
	bool goes = j->policy->remove_empty && !f->lines.n;

	if (goes)
		tree_replace(j->t, f, BLOB_ABSENT, 0, no_lines());
	else if (job_sets_mode(j, f))
		tree_set_mode(j->t, f, job_result_mode(j, f));
	return applies(j);
}

static int modify_hunks(struct job *j, struct file *f)
{
	struct placed *at = xcalloc(j->c->nhunks, sizeof(*at));
	struct placer pl;
	bool ok;
	int rc;

	placer_init(&pl, j->t, f, j->c, j->reverse, j->policy);
	rc = job_place(j, at, &pl, &ok);
	if (!rc && ok) {
		tree_edit(j->t, f);
		rc = finish_modify(j, f);
	}
	placer_release(&pl);
	free(at);
	return rc;
}

/*
 * A hunk that begins at line 0 may mean no file; git's header would say so. git's
 * reader asks only that nothing was there.
 */
static bool may_create(const struct job *j)
{
	const struct hunk *h = j->c->hunks;

	if (j->c->nhunks != 1)
		return false;
	if (j->policy->dialect == DIALECT_GIT)
		return !j->c->git && !(j->reverse ? h->new_count : h->old_count);
	return j->from_maybe_absent && (!j->c->git || j->policy->dialect == DIALECT_PATCH);
}

static int modify(struct job *j)
{
	struct file *f = j->file;
	bool ok;
	int rc;

	/* A mode that does not change is not set, and so not given to a new file. */
	if (!is_there(f) && j->old_mode == j->new_mode)
		j->old_mode = j->new_mode = 0;
	if (!is_there(f) && may_create(j))
		return create(j);
	/* For GNU patch what is not there is empty, and later hunks go where they say. */
	if (!is_there(f) && j->from_maybe_absent && j->policy->dialect == DIALECT_PATCH)
		tree_replace(j->t, f, BLOB_FILE, masked(j->new_mode), no_lines());
	if (!is_there(f))
		return refuse(j, CONFLICT_MISSING_FILE);
	rc = need_runs(j, f, &ok);
	if (rc)
		return rc;
	if (!ok || !job_mode_fits(j, f))
		return refuse(j, CONFLICT_KIND);
	return modify_hunks(j, f);
}

static int change_mode(struct job *j)
{
	struct file *f = j->file;

	if (!is_there(f))
		return refuse(j, CONFLICT_MISSING_FILE);
	if (!job_mode_fits(j, f))
		return refuse(j, CONFLICT_KIND);
	/* Other tools do not look what the mode was, and so find nothing wrong. */
	j->o->idle = f->mode == masked(j->new_mode) && j->policy->dialect != DIALECT_STRICT;
	if (f->mode == masked(j->new_mode) && !j->o->idle)
		return already(j);
	tree_set_mode(j->t, f, masked(j->new_mode));
	return j->o->idle ? already(j) : applies(j);
}

/* The hunk must be the whole file: what it does not name would be lost. */
static int remove_file(struct job *j)
{
	struct file *f = j->file;
	struct placer pl;
	bool ok;
	int rc;

	if (!is_there(f)) {
		j->o->idle = j->policy->dialect == DIALECT_PATCH && !j->c->nhunks;
		return already(j);
	}
	rc = job_need_lines(j, f, &ok);
	if (rc)
		return rc;
	if (!ok || !job_mode_fits(j, f))
		return refuse(j, CONFLICT_KIND);
	placer_init(&pl, j->t, f, j->c, j->reverse, j->policy);
	if (j->c->nhunks)
		load_pattern(&pl, &j->c->hunks[0]);
	if (same_lines(&f->lines, &pl.pat)) {
		tree_replace(j->t, f, BLOB_ABSENT, 0, no_lines());
		all_exact(j);
		rc = applies(j);
	} else {
		refuse(j, CONFLICT_NOT_EMPTY);
		if (j->c->nhunks) {
			j->o->hunks[0] =
				(struct hunk_outcome){ .fate = HUNK_CONFLICT,
						       .reason = CONFLICT_CONTEXT };
			explain_hunk(&pl, &j->c->hunks[0], &j->o->hunks[0]);
		}
	}
	placer_release(&pl);
	return rc;
}

static int do_kind(struct job *j)
{
	if (j->c->binary)
		return refuse(j, CONFLICT_BINARY);
	/* GNU patch takes all CRs off such a patch, git none. */
	if (j->policy->dialect == DIALECT_STRICT && slice_ends(j->c->meta, "\r\n"))
		return refuse(j, CONFLICT_LINE_ENDS);
	switch (j->kind) {
	case CHANGE_CREATE:
		return create(j);
	case CHANGE_DELETE:
		return remove_file(j);
	case CHANGE_MODE:
		return change_mode(j);
	case CHANGE_MODIFY:
		return modify(j);
	case CHANGE_COPY:
		/* Undoing a copy would have to remove what it made: git refuses too. */
		if (j->reverse)
			return refuse(j, CONFLICT_KIND);
		return job_move(j);
	case CHANGE_RENAME:
		return job_move(j);
	}
	BUG_ON("change of an unknown kind");
	return 0;
}

int apply_change(struct tree *t, const struct change *c, bool reverse,
		 const struct apply_policy *policy, struct change_outcome *o,
		 struct err *e)
{
	struct job j = { .t = t,
			 .c = c,
			 .reverse = reverse,
			 .policy = policy,
			 .o = o,
			 .kind = c->kind,
			 .from = c->old_path,
			 .to = c->new_path,
			 .old_mode = c->old_mode,
			 .new_mode = c->new_mode,
			 .from_maybe_absent = c->old_maybe_absent,
			 .to_maybe_absent = c->new_maybe_absent,
			 .e = e };
	int rc;

	o->answer = ANSWER_NOT_TRIED;
	o->path = change_path(c);
	if (reverse)
		turn_round(&j);
	rc = check_mode(&j, j.old_mode);
	if (!rc)
		rc = check_mode(&j, j.new_mode);
	if (!rc)
		rc = find_files(&j);
	if (rc || o->answer == ANSWER_CONFLICTS)
		return rc;
	o->last_patch = j.file->last_patch;
	return do_kind(&j);
}
