// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/quilt_patched.h"

static bool is_newer(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/*
 * quilt's files_may_have_changed(): .timestamp is newer than the patch (unless @edited)
 * and than each of its files, or contents have to be looked at.
 */
static bool may_have_changed(const struct quilt *q, size_t index, bool edited,
			     const struct strvec *files)
{
	const char *name = q->applied.v[index];
	_cleanup_free_ char *stamp_path = path_join(name, ".timestamp");
	_cleanup_free_ char *patch = quilt_patch_path(q, name);
	struct stat stamp, st;

	if (fstatat(q->pc_fd, stamp_path, &stamp, AT_SYMLINK_NOFOLLOW))
		return true;
	if (!edited && (stat(patch, &st) || !is_newer(&stamp, &st)))
		return true;
	for (size_t i = 0; i < files->n; i++) {
		bool shadowed;
		_cleanup_free_ char *at =
			quilt_file_after(q, index, files->v[i], &shadowed);

		if (!shadowed && !fstatat(q->top_fd, at, &st, 0) &&
		    !is_newer(&stamp, &st))
			return true;
	}
	return false;
}

/*
 * Bytes of a file as the patch left it; none for one that is absent, which quilt does
 * not tell from empty. ERR_NOTFOUND for a link.
 */
static int read_after(const struct quilt *q, size_t index, const char *file,
		      struct buf *out, struct err *e)
{
	bool shadowed;
	_cleanup_free_ char *at = quilt_file_after(q, index, file, &shadowed);
	int dir = shadowed ? q->pc_fd : q->top_fd;
	struct err why = { 0 };
	struct stat st;
	int rc;

	if (!fstatat(dir, at, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode))
		return ERR_NOTFOUND;
	rc = beneath_read(dir, at, out, &why);
	if (rc && rc != ERR_NOTFOUND)
		return err_set(e, rc, "%s", why.msg);
	return 0;
}

static int check_file(const struct quilt *q, size_t index, const char *file,
		      struct slice expected, struct err *e)
{
	const char *name = q->applied.v[index];
	_cleanup_buf_ struct buf is = BUF_INIT;
	int rc = read_after(q, index, file, &is, e);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (!rc && !slice_eq(buf_slice(&is), expected))
		rc = err_set(e, ERR_CONFLICT,
			     "cannot pop '%s': '%s' is not as the patch leaves it: one of "
			     "them was edited since the push ('quilt refresh' takes edits of "
			     "files into the patch; 'carry pop -f' throws them away)",
			     name, file);
	return rc;
}

static int check_files(struct patched *p, size_t index, const struct strvec *files,
		       struct err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < files->n; i++) {
		const struct result_file *f = patched_file(p, files->v[i]);
		struct blob was = { 0 };

		rc = p->backups.get(&p->backups, slice_str(files->v[i]), &was, e);
		if (rc == ERR_UNSAFE) {
			err_clear(e); /* a link: quilt does not look at those */
			rc = 0;
			continue;
		}
		if (!rc)
			rc = check_file(p->q, index, files->v[i],
					!f ? was.bytes : f->deleted ? SLICE("") : f->bytes,
					e);
		p->backups.put(&p->backups, &was);
	}
	return rc;
}

/* As quilt: the patch applied to its backups must give what is there. */
static int verify_patch(struct quilt *q, size_t index, const struct strvec *files,
			struct err *e)
{
	_cleanup_patched_ struct patched p;
	struct err ignored = { 0 };

	/* A patch that is gone or spoilt cannot have changed anything: as quilt. */
	if (patched_open(q, index, PATCH_FUZZ, &p, &ignored))
		err_clear(&ignored);
	return check_files(&p, index, files, e);
}

static int check_patch(struct quilt *q, size_t index, const struct pop_options *o,
		       struct err *e)
{
	const char *name = q->applied.v[index];
	struct strvec files = { 0 };
	int rc;

	if (faccessat(q->pc_fd, name, F_OK, AT_SYMLINK_NOFOLLOW))
		return err_set(e, ERR_NOTFOUND,
			       "cannot pop '%s': its backups '%s/%s' are not there (it was "
			       "pushed without, or they were removed; unpack the sources anew)",
			       name, q->pc, name);
	rc = quilt_files(q, name, &files, e);
	if (!rc && (o->verify || may_have_changed(q, index, o->edited, &files)))
		rc = verify_patch(q, index, &files, e);
	strvec_release(&files);
	return rc;
}

static int undo(struct quilt *q, size_t from, struct err *e)
{
	struct strvec names = { 0 };
	int rc;

	for (size_t i = from; i < q->applied.n; i++)
		strvec_push(&names, q->applied.v[i]);
	rc = quilt_journal(q, JOURNAL_UNDO, names.v, names.n, e);
	if (!rc)
		rc = quilt_recover(q, e);
	strvec_release(&names);
	return rc;
}

int quilt_pop(struct quilt *q, const struct pop_options *o, struct err *e)
{
	size_t from;
	int rc = o->dry_run ? 0 : quilt_begin(q, e);

	if (rc)
		return rc;
	BUG_ON(o->count > q->applied.n);
	from = q->applied.n - o->count;
	if (!o->force && quilt_needs_refresh(q))
		return err_set(e, ERR_CONFLICT,
			       "cannot pop '%s': it was forced and waits to be refreshed "
			       "('quilt refresh', or 'carry pop -f' throws it away)",
			       quilt_top(q));
	for (size_t i = q->applied.n; !rc && !o->force && i-- > from;)
		rc = check_patch(q, i, o, e);
	if (rc || o->dry_run)
		return rc;
	return undo(q, from, e);
}
