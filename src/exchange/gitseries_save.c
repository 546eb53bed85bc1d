// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries.h"

#include "exchange/gitseries_build.h"
#include "exchange/gitseries_place.h"
#include "exchange/gitseries_plan.h"

struct saving {
	struct place place;
	struct disk_series disk;
	struct series_files old;
	struct branch branch;
	struct save_plan plan;
};

static void saving_release(struct saving *s)
{
	place_release(&s->place);
	disk_series_release(&s->disk);
	series_files_release(&s->old);
	branch_release(&s->branch);
	save_plan_release(&s->plan);
}

const char *save_fate_name(enum save_fate fate)
{
	static const char *const names[] = { [SAVE_CHANGED] = "changed",
					     [SAVE_ADDED] = "added",
					     [SAVE_DROPPED] = "dropped",
					     [SAVE_TAKEN] = "taken" };

	return names[fate];
}

/*
 * What is about to be written must give the tree that the branch has: whatever went wrong
 * on the way, it is seen here, and nothing is written.
 */
static int verify(struct saving *s, struct batch *b, struct err *e)
{
	struct edit_build in = { .batch = b, .target = s->place.g->target,
				 .files = &s->plan.files, .tree_only = true,
				 .fuzz = s->plan.state.fuzz };
	struct edit_state none = { 0 };
	char base[OID_HEX], tree[OID_HEX], want[OID_HEX];
	int rc = batch_commit_tree(b, s->plan.state.base, base, e);

	in.base_tree = base;
	if (!rc)
		rc = batch_commit_tree(b, s->place.head, want, e);
	if (!rc)
		rc = edit_build(&in, &none, tree, e);
	edit_state_release(&none);
	if (rc)
		return err_wrap(e, "nothing is saved: the patches as they would be written do "
				   "not fit");
	if (strcmp(tree, want))
		return err_set(e, ERR_INTERNAL,
			       "nothing is saved: the patches as they would be written give "
			       "tree %s, the branch has %s",
			       tree, want);
	return 0;
}

static int rebuild(struct saving *s, struct batch *b, const char *committer, struct err *e)
{
	struct edit_state *state = &s->plan.state;
	struct edit_build in = { .batch = b, .target = s->place.g->target,
				 .base_commit = state->base, .files = &s->plan.files,
				 .fuzz = state->fuzz, .committer = committer };
	char base[OID_HEX], tree[OID_HEX];
	int rc = batch_commit_tree(b, state->base, base, e);

	in.base_tree = base;
	state->entries.n = 0;
	if (!rc)
		rc = edit_build(&in, state, tree, e);
	return rc ? err_wrap(e, "nothing is saved: branch and series do not fit together") : 0;
}

/* The branch will be moved: nobody may stand on it with changes of his own. */
static int check_merge(const struct saving *s, bool dirty, struct err *e)
{
	const struct place *p = &s->place;

	if (dirty)
		return err_set(e, ERR_CONFLICT,
			       "'%s' has changes that are no commits: commit or drop them first",
			       gitrepo_dir(p->repo));
	if (!p->own && gitrepo_is_checked_out(p->repo, p->branch))
		return err_set(e, ERR_CONFLICT,
			       "the branch will be made anew, but it is checked out in '%s': "
			       "switch to another one there first",
			       gitrepo_dir(p->repo));
	return 0;
}

/* Whether the merge left the file as the disk has it; also when neither has it. */
static bool is_as_on_disk(const struct saving *s, const char *name)
{
	const struct series_file *d = series_files_find(&s->disk.files, name),
				 *m = series_files_find(&s->plan.files, name);

	return d && m ? slice_eq(d->bytes, m->bytes) : d == m;
}

/*
 * What a merge finds on the disk was in no state yet: undo must give it back. A patch that
 * the merge leaves as it is there has its commit in the branch that is made anew.
 */
static int keep_disk(struct saving *s, struct batch *b, const char *committer,
		     char id[static OID_HEX], struct err *e)
{
	const struct edit_state *merged = &s->plan.state;
	struct edit_state was = s->place.state; /* shares the entries; nobody reads them after */
	int rc = series_files_tree(&s->disk.files, b, was.series, e);

	was.saved = false;
	if (is_as_on_disk(s, COVER_FILE))
		memcpy(was.cover, merged->cover, OID_HEX);
	vec_each (old, &was.entries) {
		vec_each (new, &merged->entries) {
			if (!strcmp(old->name, new->name) && is_as_on_disk(s, new->name))
				memcpy(old->commit, new->commit, OID_HEX);
		}
	}
	if (!rc)
		rc = edit_state_add(&was, b, s->place.state.id, committer, e);
	memcpy(id, was.id, OID_HEX);
	return rc;
}

/*
 * Writes the plan and moves the state there. Merged with what came from the disk the branch
 * is made anew of it, since it does not have that yet.
 */
static int write_plan(struct saving *s, bool merged, struct err *e)
{
	_cleanup_buf_ struct buf committer = BUF_INIT;
	_cleanup_batch_ struct batch *b = NULL;
	struct edit_state *state = &s->plan.state;
	char before[OID_HEX];
	int rc = gitrepo_committer(s->place.repo, &committer, e);

	memcpy(before, s->place.state.id, OID_HEX);
	memcpy(state->head, s->place.head, OID_HEX);
	state->saved = true;
	if (!rc)
		rc = place_batch(&s->place, &b, e);
	if (!rc && merged)
		rc = rebuild(s, b, buf_str(&committer), e);
	if (!rc && merged)
		rc = keep_disk(s, b, buf_str(&committer), before, e);
	if (!rc)
		rc = series_files_tree(&s->plan.files, b, state->series, e);
	if (!rc)
		rc = edit_state_add(state, b, before, buf_str(&committer), e);
	if (!rc)
		rc = batch_write(b, e);
	if (!rc)
		rc = place_swap(&s->place, &s->disk, &s->plan.files, state, merged, e);
	return rc || !merged || !place_has_tree(&s->place) ? rc : place_checkout(&s->place, e);
}

static int plan(struct saving *s, struct err *e)
{
	struct place *p = &s->place;
	int rc = place_check_rebase(p, e);

	if (!rc && !*p->head)
		rc = err_set(e, ERR_NOTFOUND, "the branch '%s' is gone from '%s'",
			     p->branch + strlen("refs/heads/"), gitrepo_dir(p->repo));
	if (!rc)
		rc = series_files_load(p->repo, p->state.series, p->g->dir, &s->old, e);
	if (!rc)
		rc = branch_read(p->repo, &p->state, p->head, &s->branch, e);
	return rc ? rc : save_plan_make(p->repo, &p->state, &s->old, &s->branch, &s->plan, e);
}

static int check(struct saving *s, struct err *e)
{
	_cleanup_batch_ struct batch *b = NULL;
	int rc = place_batch(&s->place, &b, e);

	return rc ? rc : verify(s, b, e);
}

static int changed_meanwhile(const struct saving *s, struct err *e)
{
	const struct place *p = &s->place;

	return err_set(e, ERR_CONFLICT,
		       "the series in '%s' has changed since 'carry edit' or the last save: "
		       "'carry save --merge %s' brings both together, 'carry save --merge --mine "
		       "%s' lets the branch win where both changed a patch",
		       p->g->dir, p->g->target, p->g->target);
}

static void report(struct saving *s, struct gitseries_saved *out)
{
	vec_each (f, &s->plan.fates)
		vec_push(&out->files, (struct save_file){ f->fate, xstrdup(f->name) });
	out->kept = s->plan.files.files.n;
	vec_each (f, &s->plan.fates)
		out->kept -= f->fate == SAVE_CHANGED || f->fate == SAVE_ADDED;
}

int gitseries_save(const struct gitseries *g, enum save_merge merge, bool dry_run,
		   struct gitseries_saved *out, struct err *e)
{
	_cleanup_(saving_release) struct saving s = { .place = PLACE_INIT };
	bool changed;
	int rc = place_need(&s.place, g, e);

	*out = (struct gitseries_saved){ 0 };
	if (!rc)
		rc = place_read_series(&s.place, &s.disk, e);
	if (!rc)
		rc = place_is_dirty(&s.place, &out->dirty, e);
	if (rc)
		return rc;
	changed = strcmp(s.disk.tree, s.place.state.series) != 0;
	out->nothing = !changed && !place_is_unsaved(&s.place);
	if (out->nothing)
		return 0;
	if (changed && merge == SAVE_REFUSE)
		return changed_meanwhile(&s, e);
	rc = plan(&s, e);
	if (!rc)
		rc = check(&s, e);
	if (!rc && changed)
		rc = check_merge(&s, out->dirty, e);
	if (!rc && changed)
		rc = save_plan_merge(&s.plan, &s.old, &s.disk.files, merge == SAVE_MINE, e);
	if (!rc)
		report(&s, out);
	return rc || dry_run ? rc : write_plan(&s, changed, e);
}

void gitseries_saved_release(struct gitseries_saved *s)
{
	vec_each (f, &s->files)
		free(f->name);
	vec_release(&s->files);
}
