// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/import.h"

#include <ctype.h>
#include <stdio.h>

#include "text/patch.h"
#include "text/series.h"

/* The patch must be one that the rest of carry can read. */
static int check_patch(const struct mail *m, struct slice bytes, struct err *e)
{
	_cleanup_patch_ struct patch *p = NULL;
	_cleanup_buf_ struct buf copy = BUF_INIT;
	int rc;

	buf_add_slice(&copy, bytes);
	rc = patch_parse(m->source, &copy, 1, &p, e);
	if (rc == ERR_INPUT && memmem(m->raw.p, m->raw.n, "format=flowed", 13))
		return err_wrap(e,
				"the mail is format=flowed, which breaks long lines; ask "
				"its author to send it with git send-email");
	if (!rc && !p->nchanges)
		rc = err_set(e, ERR_INPUT, "%s: there is no change in the patch",
			     m->source);
	return rc;
}

static bool is_fine_name(const char *name)
{
	for (const char *p = name; *p; p++) {
		if (isspace((unsigned char)*p) || *p == '#')
			return false;
	}
	return name[0] != '-' && name[0] != '+' && name[0] != '.' &&
	       strcmp(name, "series") && strcmp(name, COVER_NAME) &&
	       path_is_safe(slice_str(name));
}

/* A file that comes as it is keeps its name; "1.eml" and its like say nothing. */
static const char *name_of(struct import *im, const struct mail *m, unsigned number)
{
	_cleanup_free_ char *made = NULL;

	if (m->file && is_fine_name(m->file) &&
	    (!*m->title || slice_ends(slice_str(m->file), ".patch") ||
	     slice_ends(slice_str(m->file), ".diff")))
		return m->file;
	made = mail_file_name(m->title, number);
	return arena_strdup(&im->arena, made);
}

static bool has_name(const struct import *im, const char *name)
{
	vec_each (f, &im->files) {
		if (!strcmp(f->name, name))
			return true;
	}
	return false;
}

/* Where the patches go, and what is there. */
struct place {
	const char *dir;
	const struct series *old; /* NULL: no series yet */
	const struct import_how *how;
};

/* A file that the series does not name may be somebody's work too. */
static int check_name(const struct import *im, const struct mail *m,
		      const struct place *at, const char *name, struct err *e)
{
	_cleanup_free_ char *path = path_join(at->dir, name);
	bool old = at->old && series_find(at->old, name);

	if (has_name(im, name))
		return err_set(e, ERR_EXISTS, "%s: a second patch with the name '%s'",
			       m->source, name);
	if (old && !at->how->replace)
		return err_set(
			e, ERR_EXISTS,
			"%s: the series has a patch '%s' already: a new version of "
			"the series goes in with --replace",
			m->source, name);
	if (!old && fsx_exists(path))
		return err_set(e, ERR_EXISTS,
			       "%s: there is a file '%s' that the series does not name: "
			       "move it away",
			       m->source, path);
	return 0;
}

static int add_file(struct import *im, const struct mail *m, const struct place *at,
		    unsigned number, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *name = name_of(im, m, number);
	int rc = check_name(im, m, at, name, e);

	if (rc)
		return rc;
	mail_write(m, &b);
	rc = check_patch(m, buf_slice(&b), e);
	if (rc)
		return rc;
	vec_push(&im->files,
		 (struct import_file){ name,
				       m->source,
				       { arena_dup(&im->arena, b.data, b.len), b.len } });
	return 0;
}

static int add_cover(struct import *im, const struct mail *cover, const char *dir,
		     const struct import_how *how, struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, COVER_NAME);
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (!cover || how->no_cover)
		return 0;
	if (!how->replace && fsx_exists(path))
		return err_set(e, ERR_EXISTS,
			       "%s: the series has a cover letter already ('%s'): give "
			       "--no-cover to keep that one",
			       cover->source, path);
	mail_write(cover, &b);
	im->cover = (struct slice){ arena_dup(&im->arena, b.data, b.len), b.len };
	return 0;
}

/* The comments above the first patch are about the series; they stay when it is replaced.
 */
static void keep_head(const struct series *old, struct buf *out)
{
	vec_each (line, &old->lines) {
		if (line->entry >= 0)
			return;
		buf_add_slice(out, line->text);
	}
}

static void write_series(struct import *im, const struct series *old,
			 const struct import_how *how)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (old && how->replace)
		keep_head(old, &b);
	else if (old)
		series_write(old, &b);
	if (b.len && b.data[b.len - 1] != '\n')
		buf_addc(&b, '\n');
	vec_each (f, &im->files)
		buf_addf(&b, "%s\n", f->name);
	im->series = (struct slice){ arena_dup(&im->arena, b.data, b.len), b.len };
}

static void find_obsolete(struct import *im, const struct series *old)
{
	vec_each (entry, &old->entries) {
		if (!has_name(im, entry->name))
			vec_push(&im->obsolete, arena_strdup(&im->arena, entry->name));
	}
}

/* The series in @dir, or NULL where there is none yet. */
static int read_old(const char *dir, struct series **old, struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, "series");

	return fsx_exists(path) ? series_read(dir, old, e) : 0;
}

int import_plan(const struct mail_series *from, const char *dir,
		const struct import_how *how, struct import *out, struct err *e)
{
	_cleanup_series_ struct series *old = NULL;
	struct place at = { .dir = dir, .how = how };
	unsigned number = 1;
	int rc;

	*out = (struct import){ 0 };
	rc = read_old(dir, &old, e);
	at.old = old;
	if (old && !how->replace)
		number += (unsigned)old->entries.n;
	vec_each (m, &from->patches) {
		if (!rc)
			rc = add_file(out, *m, &at, number++, e);
	}
	if (!rc)
		rc = add_cover(out, from->cover, dir, how, e);
	if (rc)
		return rc;
	write_series(out, old, how);
	if (old && how->replace)
		find_obsolete(out, old);
	return 0;
}

int import_write(const struct import *im, struct stage *s, struct err *e)
{
	int rc = 0;

	vec_each (name, &im->obsolete) {
		if (!rc)
			rc = stage_remove(s, *name, e);
	}
	vec_each (f, &im->files) {
		if (!rc)
			rc = stage_write(s, f->name, f->bytes, e);
	}
	if (!rc && im->cover.n)
		rc = stage_write(s, COVER_NAME, im->cover, e);
	return rc ? rc : stage_write(s, "series", im->series, e);
}

void import_release(struct import *im)
{
	vec_release(&im->files);
	vec_release(&im->obsolete);
	arena_release(&im->arena);
}
