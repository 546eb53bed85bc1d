// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_pushing.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct result_file *find_result(const struct apply_result *r,
					     struct slice path)
{
	size_t from = 0, to = r->nfiles;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int c = slice_cmp(r->files[mid].path, path);

		if (!c)
			return &r->files[mid];
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

/*
 * A file that patches changed and changed back must not share its inode with the
 * backup: an editor may write in place.
 */
static int part_from_backup(int dir, const char *base, struct err *e)
{
	_cleanup_free_ char *tmp = xasprintf("%s.carry", base);
	int rc = beneath_copy(dir, base, dir, tmp, e);

	if (!rc && renameat(dir, tmp, dir, base))
		rc = err_sys(e, errno, "cannot write '%s'", base);
	return rc;
}

static void set_backup_time(struct pushing *s, const struct original *it)
{
	_cleanup_free_ char *backup =
		xasprintf("%s/%.*s", s->names.v[it->patch], SLICE_ARG(it->path));
	struct timespec times[2] = { s->pushed, s->pushed };
	struct stat st;

	if (fstatat(s->q->pc_fd, backup, &st, AT_SYMLINK_NOFOLLOW) || !st.st_size ||
	    !S_ISREG(st.st_mode))
		return;
	/* Not ours to touch when it belongs to another: quilt then looks at contents. */
	if (utimensat(s->q->pc_fd, backup, times, AT_SYMLINK_NOFOLLOW))
		return;
}

static int finish_backup(struct pushing *s, const struct original *it, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(it->path.p, it->path.n);
	const struct result_file *f = find_result(s->p->result, it->path);
	const char *base;
	int dir, rc = f ? 0 : parents_get(&s->tree, path, false, &dir, &base, e);

	if (!rc && !f)
		rc = part_from_backup(dir, base, e);
	if (!rc)
		set_backup_time(s, it);
	return rc;
}

static int take_away(struct pushing *s, const struct result_file *f, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	const char *base;
	int dir, rc;

	if (!f->base_mode)
		return 0;
	rc = parents_get(&s->tree, path, false, &dir, &base, e);
	if (!rc && unlinkat(dir, base, 0))
		rc = err_sys(e, errno, "cannot replace '%s'", path);
	return rc;
}

/* As GNU patch: a directory that holds nothing any more goes. */
static void remove_empty_dirs(struct pushing *s, const struct result_file *f)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	const char *base;
	int dir;

	parents_release(&s->tree);
	for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
		struct err ignored = { 0 };

		*slash = '\0';
		if (parents_get(&s->tree, path, false, &dir, &base, &ignored) ||
		    unlinkat(dir, base, AT_REMOVEDIR))
			return;
	}
}

static int write_file(struct pushing *s, const struct result_file *f, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	struct iovec v = { (char *)f->bytes.p, f->bytes.n };
	struct new_file how = NEW_FILE_PLAIN;
	const char *base;
	int dir, rc = parents_get(&s->tree, path, true, &dir, &base, e);

	if (!rc)
		rc = pushing_perm(s, f->origin, f->mode_said, f->mode, &how, e);
	how.mtime = s->written;
	how.link = f->mode == 0120000;
	return rc ? rc : beneath_create(dir, base, &v, 1, &how, e);
}

/* Copies may come from files that no patch changes. */
static int note_perms(struct pushing *s, struct err *e)
{
	const struct apply_result *r = s->p->result;
	struct new_file ignored;
	int rc = 0;

	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		if (!r->files[i].deleted)
			rc = pushing_perm(s, r->files[i].origin, false, 0, &ignored, e);
	}
	return rc;
}

int pushing_write(struct pushing *s, struct err *e)
{
	const struct apply_result *r = s->p->result;
	int rc = note_perms(s, e);

	vec_each (it, &s->originals) {
		if (!rc && it->patch < s->p->done)
			rc = finish_backup(s, it, e);
	}
	for (size_t i = 0; !rc && i < r->nfiles; i++)
		rc = take_away(s, &r->files[i], e);
	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		if (r->files[i].deleted)
			remove_empty_dirs(s, &r->files[i]);
	}
	parents_release(&s->tree);
	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		if (!r->files[i].deleted)
			rc = write_file(s, &r->files[i], e);
	}
	return rc;
}
