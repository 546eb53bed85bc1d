// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_place.h"

struct undoing {
	struct place place;
	struct disk_series disk;
	struct edit_state before;
	struct series_files files;
};

static void undoing_release(struct undoing *u)
{
	place_release(&u->place);
	disk_series_release(&u->disk);
	edit_state_release(&u->before);
	series_files_release(&u->files);
}

static void note(struct gitseries_saved *out, enum save_fate fate, const char *name)
{
	vec_push(&out->files, (struct save_file){ fate, xstrdup(name) });
}

static void report(const struct undoing *u, struct gitseries_saved *out)
{
	vec_each (f, &u->files.files) {
		const struct series_file *was = series_files_find(&u->disk.files, f->name);

		if (!was)
			note(out, SAVE_ADDED, f->name);
		else if (!slice_eq(was->bytes, f->bytes))
			note(out, SAVE_CHANGED, f->name);
		else
			out->kept++;
	}
	vec_each (f, &u->disk.files.files) {
		if (!series_files_find(&u->files, f->name))
			note(out, SAVE_DROPPED, f->name);
	}
}

static int find_before(struct undoing *u, struct err *e)
{
	const struct place *p = &u->place;
	char id[OID_HEX];
	int rc;

	if (!p->state.saved)
		return err_set(e, ERR_NOTFOUND, "there is no save of '%s' to undo", p->g->target);
	if (strcmp(u->disk.tree, p->state.series))
		return err_set(e, ERR_CONFLICT,
			       "cannot undo: the series in '%s' has changed since the last save",
			       p->g->dir);
	rc = gitrepo_parent(p->repo, p->state.id, 1, id, e);
	if (!rc)
		rc = edit_state_read(p->repo, id, &u->before, e);
	return rc ? rc
		  : series_files_load(p->repo, u->before.series, p->g->dir, &u->files, e);
}

int gitseries_undo(const struct gitseries *g, bool dry_run, struct gitseries_saved *out,
		   struct err *e)
{
	_cleanup_(undoing_release) struct undoing u = { .place = PLACE_INIT };
	int rc = place_need(&u.place, g, e);

	*out = (struct gitseries_saved){ 0 };
	if (!rc)
		rc = place_read_series(&u.place, &u.disk, e);
	if (!rc)
		rc = find_before(&u, e);
	if (!rc)
		report(&u, out);
	return rc || dry_run ? rc
			     : place_swap(&u.place, &u.disk, &u.files, &u.before, false, e);
}
