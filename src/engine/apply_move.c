// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_job.h"

/* Whether the destination is what the rename or copy would make. */
static int moved_already(struct job *j, struct file *dest, enum conflict otherwise)
{
	struct apply_policy exact = { .dialect = DIALECT_STRICT };
	struct hunk_outcome *o;
	struct placed *at;
	struct placer pl;
	bool ok;
	int rc = job_need_lines(j, dest, &ok);

	if (rc || !ok)
		return rc ? rc : refuse(j, CONFLICT_KIND);
	/* Nothing but the source says what a copy without hunks would make. */
	if (!j->c->nhunks && is_there(j->file)) {
		rc = job_need_lines(j, j->file, &ok);
		ok = ok && same_lines(&j->file->lines, &dest->lines);
		return rc ? rc : ok ? already(j) : refuse(j, otherwise);
	}
	o = xcalloc(j->c->nhunks, sizeof(*o));
	at = xcalloc(j->c->nhunks, sizeof(*at));
	placer_init(&pl, j->t, dest, j->c, !j->reverse, &exact);
	ok = place_hunks(&pl, o, at) == j->c->nhunks;
	placer_release(&pl);
	free(at);
	free(o);
	return ok ? already(j) : refuse(j, otherwise);
}

/*
 * Renames and copies of one mail read what was there before it, in any order: so
 * two files can change their names. See tree_take_source().
 */
static struct file *source_of_move(struct job *j)
{
	struct file *was = map_get(&j->t->moved, j->file->path);

	return was ? was : j->file;
}

static int edit_copy(struct job *j, struct lines *lines, bool *ok)
{
	struct file tmp = *j->file;
	struct placed *at = xcalloc(j->c->nhunks, sizeof(*at));
	struct placer pl;
	int rc;

	tmp.lines = *lines;
	placer_init(&pl, j->t, &tmp, j->c, j->reverse, j->policy);
	rc = job_place(j, at, &pl, ok);
	placer_release(&pl);
	free(at);
	return rc;
}

int job_move(struct job *j)
{
	struct file *f = j->file = source_of_move(j), *dest = j->dest;
	struct lines lines;
	uint32_t mode;
	bool ok;
	int rc;

	if (is_there(dest) && (j->kind == CHANGE_COPY || !is_there(f)))
		return moved_already(
			j, dest, is_there(f) ? CONFLICT_EXISTS : CONFLICT_MISSING_FILE);
	if (!is_there(f))
		return refuse(j, CONFLICT_MISSING_FILE);
	if (is_there(dest))
		return refuse(j, CONFLICT_EXISTS);
	rc = job_need_lines(j, f, &ok);
	if (rc)
		return rc;
	if (!ok || !job_mode_fits(j, f) || tree_is_dir(j->t, dest->path))
		return refuse(j, CONFLICT_KIND);
	lines_copy(&lines, &f->lines);
	rc = edit_copy(j, &lines, &ok);
	if (rc || !ok) {
		free(lines.v);
		return rc;
	}
	mode = job_result_mode(j, f);
	tree_replace(j->t, dest, f->kind, mode, lines);
	dest->perms = f->perms;
	dest->mode_said = f->mode_said || job_sets_mode(j, f);
	tree_edit(j->t, dest);
	return applies(j);
}
