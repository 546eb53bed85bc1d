// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_place.h"

#include <jansson.h>

#define RECORD_SCHEMA "carry.edit/1"

static int find_repo(struct place *p, struct err *e)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const char *schema, *repo;
	json_t *doc;
	int rc = fsx_read(p->record, &text, e);

	if (rc == ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	doc = json_loads(buf_str(&text), 0, NULL);
	if (!doc || json_unpack(doc, "{s:s, s:s}", "schema", &schema, "repository", &repo) ||
	    strcmp(schema, RECORD_SCHEMA)) {
		rc = err_set(e, ERR_INPUT, "%s: cannot read it as a record of 'carry edit'",
			     p->record);
	} else {
		p->own = !*repo;
		rc = gitrepo_open(p->own ? p->work : repo, &p->repo, e);
	}
	json_decref(doc);
	return rc;
}

/*
 * A save writes the state it is about to reach as pending, then changes the series in one
 * step, then makes the pending state the valid one. Which side of that step it was
 * ended on, the files tell.
 */
static int recover(struct place *p, struct err *e)
{
	_cleanup_(disk_series_release) struct disk_series disk = { 0 };
	struct edit_state pending = { 0 };
	struct err none = { 0 };
	int rc = edit_state_load(p->repo, p->pending_ref, &pending, &none);

	if (!rc)
		rc = place_read_series(p, &disk, e);
	else if (rc != ERR_NOTFOUND)
		rc = err_set(e, rc, "%s", none.msg);
	if (!rc && !strcmp(disk.tree, pending.series))
		rc = gitrepo_set_ref(p->repo, p->state_ref, pending.id, "carry save", e);
	if (!rc)
		rc = gitrepo_delete_ref(p->repo, p->pending_ref, e);
	edit_state_release(&pending);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int read_state(struct place *p, struct err *e)
{
	struct err gone = { 0 };
	int rc = recover(p, e);

	if (!rc)
		rc = edit_state_load(p->repo, p->state_ref, &p->state, e);
	if (rc)
		return err_wrap(e, "cannot read the state of '%s' in '%s'", p->g->target,
				gitrepo_dir(p->repo));
	if (gitrepo_ref(p->repo, p->branch, p->head, &gone))
		p->head[0] = '\0';
	return 0;
}

int place_open(struct place *p, const struct gitseries *g, struct err *e)
{
	_cleanup_free_ char *lock = path_join(g->state, "edit.lock");
	_cleanup_free_ char *name = xasprintf("%s.json", g->target);
	int rc;

	*p = (struct place){ .g = g, .lock = FSX_LOCK_INIT };
	p->edit_dir = path_join(g->state, "edit");
	p->record = path_join(p->edit_dir, name);
	p->work = path_join(p->edit_dir, g->target);
	p->branch = edit_branch_ref(g->target);
	p->state_ref = edit_state_ref(g->target);
	p->pending_ref = edit_pending_ref(g->target);
	rc = fsx_mkdirs(p->edit_dir, e);
	if (!rc)
		rc = fsx_lock(&p->lock, lock, true, e);
	if (rc == ERR_EXISTS)
		return err_wrap(e, "another carry edits or saves just now");
	if (!rc)
		rc = find_repo(p, e);
	return rc || !p->repo ? rc : read_state(p, e);
}

int place_need(struct place *p, const struct gitseries *g, struct err *e)
{
	int rc = place_open(p, g, e);

	if (!rc && !p->repo)
		rc = err_set(e, ERR_NOTFOUND,
			     "'%s' is not open for editing (carry edit %s opens it)",
			     g->target, g->target);
	return rc;
}

void place_release(struct place *p)
{
	edit_state_release(&p->state);
	gitrepo_free(p->repo);
	if (p->lock.fd >= 0)
		fsx_unlock(&p->lock);
	free(p->edit_dir);
	free(p->record);
	free(p->work);
	free(p->branch);
	free(p->state_ref);
	free(p->pending_ref);
	*p = (struct place)PLACE_INIT;
}

int place_record(const struct place *p, struct err *e)
{
	json_t *doc = json_pack("{s:s, s:s, s:s}", "schema", RECORD_SCHEMA, "target",
				p->g->target, "repository",
				p->own ? "" : gitrepo_dir(p->repo));
	_cleanup_free_ char *text = doc ? json_dumps(doc, JSON_INDENT(1)) : NULL;

	json_decref(doc);
	if (!text)
		return err_set(e, ERR_INPUT, "cannot record the path '%s': it is not UTF-8",
			       gitrepo_dir(p->repo));
	return fsx_publish(p->record, slice_str(text), e);
}

bool place_is_unsaved(const struct place *p)
{
	return strcmp(p->head, p->state.head) != 0;
}

bool place_has_tree(const struct place *p)
{
	_cleanup_free_ char *index = path_join(p->work, ".git/index");

	return p->own && fsx_exists(index);
}

int place_is_dirty(const struct place *p, bool *dirty, struct err *e)
{
	static const char *const args[] = { "status", "--porcelain", "--untracked-files=no",
					    NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int rc;

	*dirty = false;
	if (!place_has_tree(p))
		return 0;
	rc = gitrepo_git(p->repo, args, (struct slice){ 0 }, &out, e);
	*dirty = out.len > 0;
	return rc;
}

int place_check_rebase(const struct place *p, struct err *e)
{
	_cleanup_free_ char *objects = gitrepo_objects(p->repo);
	_cleanup_free_ char *git = xmemdupz(objects, strlen(objects) - strlen("/objects"));
	static const char *const names[] = { "rebase-merge", "rebase-apply" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *dir = path_join(git, names[i]);
		_cleanup_free_ char *head = path_join(dir, "head-name");
		_cleanup_buf_ struct buf name = BUF_INIT;
		struct err none = { 0 };

		if (fsx_read(head, &name, &none) ||
		    !slice_eqs(slice_trim(buf_slice(&name)), p->branch))
			continue;
		return err_set(e, ERR_CONFLICT,
			       "a rebase of the branch is under way in '%s': end it first (git "
			       "rebase --continue or --abort)",
			       gitrepo_dir(p->repo));
	}
	return 0;
}

int place_batch(const struct place *p, struct batch **out, struct err *e)
{
	_cleanup_free_ char *objects = gitrepo_objects(p->repo);

	return batch_open(objects, out, e);
}

int place_read_series(const struct place *p, struct disk_series *out, struct err *e)
{
	_cleanup_batch_ struct batch *b = NULL;
	int rc = series_files_read(p->g->dir, &out->files, e);

	if (!rc)
		rc = place_batch(p, &b, e);
	return rc ? rc : series_files_tree(&out->files, b, out->tree, e);
}

void disk_series_release(struct disk_series *d)
{
	series_files_release(&d->files);
}
