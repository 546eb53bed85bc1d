// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_place.h"

#include "exchange/stage.h"

/* What is on disk and what shall be, file by file. */
static int stage_files(struct stage *st, const struct series_files *disk,
		       const struct series_files *files, struct err *e)
{
	int rc = 0;

	vec_each (f, &files->files) {
		const struct series_file *was = series_files_find(disk, f->name);

		if (!rc && (!was || !slice_eq(was->bytes, f->bytes)))
			rc = stage_write(st, f->name, f->bytes, e);
	}
	vec_each (f, &disk->files) {
		if (!rc && !series_files_find(files, f->name))
			rc = stage_remove(st, f->name, e);
	}
	return rc;
}

/* Between our reading of the series and its replacement somebody may have written to it. */
static int check_disk(const struct place *p, const struct disk_series *was, struct err *e)
{
	_cleanup_(disk_series_release) struct disk_series now = { 0 };
	int rc = place_read_series(p, &now, e);

	if (!rc && strcmp(now.tree, was->tree))
		rc = err_set(e, ERR_CONFLICT, "the series in '%s' changes just now: try again",
			     p->g->dir);
	return rc;
}

int place_swap(const struct place *p, const struct disk_series *disk,
	       const struct series_files *files, const struct edit_state *to, bool move_branch,
	       struct err *e)
{
	_cleanup_stage_ struct stage st = STAGE_INIT;
	bool same = !strcmp(disk->tree, to->series);
	int rc = 0;

	if (!same)
		rc = stage_open(&st, p->g->state, p->g->dir, false, e);
	if (!rc && !same)
		rc = stage_files(&st, &disk->files, files, e);
	if (!rc)
		rc = gitrepo_set_ref(p->repo, p->pending_ref, to->id, "carry save", e);
	if (!rc && move_branch)
		rc = gitrepo_set_ref(p->repo, p->branch, to->head, "carry save --merge", e);
	if (!rc && !same)
		rc = check_disk(p, disk, e);
	if (!rc && !same)
		rc = stage_commit(&st, e);
	if (!rc)
		rc = gitrepo_set_ref(p->repo, p->state_ref, to->id, "carry save", e);
	return rc ? rc : gitrepo_delete_ref(p->repo, p->pending_ref, e);
}
