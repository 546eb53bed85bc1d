// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries.h"

#include <stdio.h>

#include "base/hash.h"
#include "exchange/gitseries_build.h"
#include "exchange/gitseries_place.h"

struct opening {
	struct place place;
	const struct gitseries_how *how;
	struct disk_series disk;
	struct batch *batch;
	struct buf committer;
	struct edit_state state;
	char base_tree[OID_HEX];
};

static void opening_release(struct opening *o)
{
	place_release(&o->place);
	disk_series_release(&o->disk);
	batch_free(o->batch);
	buf_release(&o->committer);
	edit_state_release(&o->state);
}

/* One cache may serve several repositories, which name their targets alike. */
static char *base_ref(const struct place *p)
{
	char hex[SHA256_HEX];

	sha256_of(slice_str(p->work), hex);
	return xasprintf("refs/carry/edits/%.12s-%s", hex, p->g->target);
}

/* What our repository borrows must stay in the store, whatever `carry gc` finds superseded. */
static int hold_base(const struct place *p, const char *tree, struct err *e)
{
	_cleanup_free_ char *dir = path_join(p->g->cache, "store.git"), *ref = base_ref(p);
	_cleanup_gitrepo_ struct gitrepo *store = NULL;
	int rc = 0;

	if (!tree && !fsx_is_dir(dir))
		return 0;
	rc = gitrepo_open(dir, &store, e);
	if (!rc && tree)
		return gitrepo_set_ref(store, ref, tree, "carry edit", e);
	return rc ? rc : gitrepo_delete_ref(store, ref, e);
}

/* A repository of our own; what a killed run left of one has no record, and goes. */
static int make_own(struct opening *o, struct err *e)
{
	_cleanup_free_ char *objects = path_join(o->place.g->cache, "store.git/objects");
	int rc = fsx_remove(o->place.work, e);

	o->place.own = true;
	if (!rc)
		rc = hold_base(&o->place, o->how->tree, e);
	if (!rc)
		rc = gitrepo_create(o->place.work, objects, e);
	return rc ? rc : gitrepo_open(o->place.work, &o->place.repo, e);
}

/* A person's clone: a branch that is not ours is not touched. */
static int take_clone(struct opening *o, struct err *e)
{
	struct edit_state old = { 0 };
	struct err none = { 0 };
	char head[OID_HEX];
	int rc = gitrepo_open(o->how->clone, &o->place.repo, e);

	if (rc)
		return rc;
	if (gitrepo_ref(o->place.repo, o->place.branch, head, &none))
		return 0;
	/* Ours, were we killed between the branch and the record. */
	rc = edit_state_load(o->place.repo, o->place.state_ref, &old, &none);
	if (rc || strcmp(old.head, head))
		rc = err_set(e, ERR_EXISTS,
			     "'%s' has a branch '%s' already (delete or rename it there)",
			     gitrepo_dir(o->place.repo),
			     o->place.branch + strlen("refs/heads/"));
	edit_state_release(&old);
	return rc;
}

static int make_base(struct opening *o, struct err *e)
{
	_cleanup_buf_ struct buf raw = BUF_INIT;
	int rc;

	if (o->how->commit) {
		rc = gitrepo_resolve(o->place.repo, o->how->commit, o->state.base, e);
		return rc ? err_wrap(e, "no base in '%s' (fetch it there, or name another one)",
				     gitrepo_dir(o->place.repo))
			  : batch_commit_tree(o->batch, o->state.base, o->base_tree, e);
	}
	memcpy(o->base_tree, o->how->tree, OID_HEX);
	buf_addf(&raw, "tree %s\nauthor %s\ncommitter %s\n\n%s\n", o->how->tree,
		 buf_str(&o->committer), buf_str(&o->committer), o->how->provenance);
	return batch_put(o->batch, BATCH_COMMIT, buf_slice(&raw), o->state.base, e);
}

static int build(struct opening *o, struct err *e)
{
	struct edit_build in = { .batch = o->batch,
				 .target = o->place.g->target,
				 .base_commit = o->state.base,
				 .base_tree = o->base_tree,
				 .committer = buf_str(&o->committer),
				 .fuzz = o->state.fuzz,
				 .files = &o->disk.files };
	const char *before = *o->place.state.id ? o->place.state.id : NULL;
	char tree[OID_HEX];
	int rc = edit_build(&in, &o->state, tree, e);

	if (!rc)
		rc = series_files_tree(&o->disk.files, o->batch, o->state.series, e);
	if (!rc)
		rc = edit_state_add(&o->state, o->batch, before, buf_str(&o->committer), e);
	return rc ? rc : batch_write(o->batch, e);
}

/* The state before the branch: a branch without state would not be known for ours. */
static int publish(struct opening *o, struct err *e)
{
	struct place *p = &o->place;
	int rc = gitrepo_set_ref(p->repo, p->state_ref, o->state.id, "carry edit", e);

	if (!rc)
		rc = gitrepo_set_ref(p->repo, p->branch, o->state.head, "carry edit", e);
	if (!rc && p->own)
		rc = gitrepo_set_head(p->repo, p->branch, e);
	if (!rc && p->own)
		rc = place_sparse(p, &o->disk.files, o->how->paths, e);
	if (!rc && p->own && !o->how->no_checkout)
		rc = place_checkout(p, e);
	return rc ? rc : place_record(p, e);
}

static int make(struct opening *o, struct err *e)
{
	struct place *p = &o->place;
	int rc = 0;

	o->state.target = p->g->target;
	o->state.provenance = o->how->provenance;
	o->state.fuzz = o->how->fuzz;
	if (o->state.fuzz < p->state.fuzz)
		o->state.fuzz = p->state.fuzz;
	if (!o->disk.files.series)
		rc = series_files_read(p->g->dir, &o->disk.files, e);
	if (!rc && !p->repo)
		rc = o->how->clone ? take_clone(o, e) : make_own(o, e);
	if (!rc)
		rc = gitrepo_committer(p->repo, &o->committer, e);
	if (!rc)
		rc = place_batch(p, &o->batch, e);
	if (!rc && !*o->state.base)
		rc = make_base(o, e);
	if (!rc)
		rc = build(o, e);
	return rc ? rc : publish(o, e);
}

static int both_changed(const struct opening *o, struct err *e)
{
	const struct place *p = &o->place;

	return err_set(e, ERR_CONFLICT,
		       "the series in '%s' and the branch '%s' in '%s' have both changed: 'carry "
		       "save --merge %s' brings them together, 'carry edit --abort --force %s' "
		       "drops the branch",
		       p->g->dir, p->branch + strlen("refs/heads/"), gitrepo_dir(p->repo),
		       p->g->target, p->g->target);
}

/* It is open: as it was, or its series has changed since. */
static int reopen(struct opening *o, struct gitseries_opened *out, struct err *e)
{
	struct place *p = &o->place;
	bool dirty = false;
	int rc = place_read_series(p, &o->disk, e);

	if (!rc)
		rc = place_is_dirty(p, &dirty, e);
	if (rc)
		return rc;
	out->unsaved = place_is_unsaved(p) || dirty;
	out->news = strcmp(o->disk.tree, p->state.series) ? NEWS_RENEWED : NEWS_OPEN_ALREADY;
	if (out->news == NEWS_OPEN_ALREADY)
		return 0;
	if (out->unsaved)
		return both_changed(o, e);
	if (!p->own && gitrepo_is_checked_out(p->repo, p->branch))
		return err_set(e, ERR_CONFLICT,
			       "the series has changed, but the branch is checked out in '%s': "
			       "switch to another one there first",
			       gitrepo_dir(p->repo));
	memcpy(o->state.base, p->state.base, OID_HEX);
	rc = place_batch(p, &o->batch, e);
	if (!rc)
		rc = batch_commit_tree(o->batch, o->state.base, o->base_tree, e);
	batch_free(TAKE(o->batch));
	return rc ? rc : make(o, e);
}

int gitseries_edit(const struct gitseries *g, const struct gitseries_how *how,
		   struct gitseries_opened *out, struct err *e)
{
	_cleanup_(opening_release) struct opening o = { .place = PLACE_INIT, .how = how };
	const struct edit_state *s = &o.state;
	int rc = place_open(&o.place, g, e);

	*out = (struct gitseries_opened){ 0 };
	if (!rc && o.place.repo)
		rc = reopen(&o, out, e);
	else if (!rc)
		rc = make(&o, e);
	if (rc)
		return rc;
	if (out->news == NEWS_OPEN_ALREADY)
		s = &o.place.state;
	out->dir = xstrdup(gitrepo_dir(o.place.repo));
	out->branch = xstrdup(o.place.branch + strlen("refs/heads/"));
	out->patches = s->entries.n;
	vec_each (en, &s->entries) {
		if (en->fuzzy)
			strvec_push(&out->fuzzy, en->name);
	}
	memcpy(out->base, s->base, OID_HEX);
	return 0;
}

void gitseries_opened_release(struct gitseries_opened *o)
{
	free(o->dir);
	free(o->branch);
	strvec_release(&o->fuzzy);
}

static int delete_all(struct place *p, struct err *e)
{
	int rc = fsx_remove(p->record, e);

	if (!rc && p->own)
		rc = fsx_remove(p->work, e);
	if (p->own)
		return rc ? rc : hold_base(p, NULL, e);
	if (!rc)
		rc = gitrepo_delete_ref(p->repo, p->branch, e);
	if (!rc)
		rc = gitrepo_delete_ref(p->repo, p->pending_ref, e);
	return rc ? rc : gitrepo_delete_ref(p->repo, p->state_ref, e);
}

int gitseries_abort(const struct gitseries *g, bool force, struct err *e)
{
	_cleanup_place_ struct place p = PLACE_INIT;
	bool dirty = false;
	int rc = place_need(&p, g, e);

	if (!rc && !force)
		rc = place_is_dirty(&p, &dirty, e);
	if (rc)
		return rc;
	if (!force && (dirty || place_is_unsaved(&p)))
		return err_set(e, ERR_CONFLICT,
			       "'%s' has changes that were not saved (carry save %s saves them, "
			       "--force drops them)",
			       gitrepo_dir(p.repo), g->target);
	if (!p.own && gitrepo_is_checked_out(p.repo, p.branch))
		return err_set(e, ERR_CONFLICT,
			       "the branch is checked out in '%s': switch to another one there "
			       "first",
			       gitrepo_dir(p.repo));
	return delete_all(&p, e);
}

int gitseries_list(const char *state, struct strvec *targets, struct err *e)
{
	_cleanup_free_ char *dir = path_join(state, "edit");
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_is_dir(dir) ? fsx_list(dir, &names, e) : 0;

	for (size_t i = 0; !rc && i < names.n; i++) {
		struct slice s = slice_str(names.v[i]);
		_cleanup_free_ char *name = NULL;

		if (!slice_ends(s, ".json"))
			continue;
		name = xmemdupz(s.p, s.n - strlen(".json"));
		strvec_push(targets, name);
	}
	return rc;
}

int gitseries_look(const struct gitseries *g, struct gitseries_item *out, struct err *e)
{
	_cleanup_place_ struct place p = PLACE_INIT;
	int rc = place_need(&p, g, e);

	*out = (struct gitseries_item){ 0 };
	if (rc)
		return rc;
	out->target = xstrdup(g->target);
	out->dir = xstrdup(gitrepo_dir(p.repo));
	out->branch = xstrdup(p.branch + strlen("refs/heads/"));
	out->status = !*p.head ? "gone" : place_is_unsaved(&p) ? "unsaved" : "saved";
	return 0;
}

void gitseries_item_release(struct gitseries_item *i)
{
	free(i->target);
	free(i->dir);
	free(i->branch);
}
