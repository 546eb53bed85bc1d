// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_redo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"

int redo_begin(struct redo *r, struct pushing *s, struct err *e)
{
	struct quilt *q = s->q;
	int rc;

	*r = (struct redo){ .s = s, .stage_fd = -1 };
	r->umask = umask(0);
	umask(r->umask);
	rc = quilt_journal(q, JOURNAL_DROP, NULL, 0, e);
	if (!rc)
		rc = beneath_remove(q->pc_fd, STAGE, e);
	if (!rc)
		rc = beneath_mkdirs(q->pc_fd, STAGE, e);
	if (rc)
		return rc;
	r->stage_fd = beneath_open(q->pc_fd, STAGE, O_PATH | O_DIRECTORY, 0);
	return r->stage_fd < 0 ? err_sys(e, errno, "cannot open '%s/" STAGE "'", q->pc) : 0;
}

void redo_release(struct redo *r)
{
	strvec_release(&r->ops);
	closep(&r->stage_fd);
	r->stage_fd = -1;
}

static bool same_look(const struct redo *r, const struct stat *st,
		      const struct new_file *how)
{
	mode_t perm = how->exact ? how->perm : how->perm & ~r->umask;

	return !how->link && S_ISREG(st->st_mode) && (st->st_mode & 07777) == perm &&
	       st->st_nlink == 1 && how->uid == (uid_t)-1 && how->gid == (gid_t)-1;
}

static bool same_bytes(int dir, const char *path, const struct iovec *v, size_t n)
{
	_cleanup_buf_ struct buf is = BUF_INIT;
	struct err ignored = { 0 };
	size_t at = 0;

	if (beneath_read(dir, path, &is, &ignored))
		return false;
	for (size_t i = 0; i < n; at += v[i++].iov_len) {
		if (v[i].iov_len && memcmp(is.data + at, v[i].iov_base, v[i].iov_len) != 0)
			return false;
	}
	return true;
}

static bool is_there(const struct redo *r, char where, const char *path,
		     const struct iovec *v, size_t n, const struct new_file *how)
{
	int dir = where == 'p' ? r->s->q->pc_fd : r->s->q->top_fd;
	size_t size = 0;
	struct stat st;

	for (size_t i = 0; i < n; i++)
		size += v[i].iov_len;
	return !fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) && same_look(r, &st, how) &&
	       (size_t)st.st_size == size && same_bytes(dir, path, v, n);
}

int redo_put(struct redo *r, char where, const char *path, const struct iovec *v,
	     size_t n, const struct new_file *how, struct err *e)
{
	char name[24];

	if (is_there(r, where, path, v, n, how))
		return 0;
	snprintf(name, sizeof(name), "%zu", r->number);
	strvec_pushf(&r->ops, "%c %zu %s", where, r->number++, path);
	return beneath_create(r->stage_fd, name, v, n, how, e);
}

/* Doing it. */

struct doing {
	const struct quilt *q;
	struct parents pc, tree;
};

/* A file that is not in the stage any more was put in place before. */
static int place(struct doing *d, struct parents *to, const char *number,
		 const char *path, struct err *e)
{
	_cleanup_free_ char *from = path_join(STAGE, number);
	const char *base;
	int dir, rc;

	if (faccessat(d->q->pc_fd, from, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	rc = parents_get(to, path, true, &dir, &base, e);
	if (rc || !renameat(d->q->pc_fd, from, dir, base))
		return rc;
	if (errno != EXDEV)
		return err_sys(e, errno, "cannot write '%s'", path);
	if (unlinkat(dir, base, 0) && errno != ENOENT)
		return err_sys(e, errno, "cannot replace '%s'", path);
	return beneath_copy(d->q->pc_fd, from, dir, base, e);
}

static void remove_empty_dirs(struct parents *at, const char *path)
{
	_cleanup_free_ char *dir = xstrdup(path);

	parents_release(at);
	for (char *slash = strrchr(dir, '/'); slash; slash = strrchr(dir, '/')) {
		struct err ignored = { 0 };
		const char *base;
		int fd;

		*slash = '\0';
		if (parents_get(at, dir, false, &fd, &base, &ignored) ||
		    unlinkat(fd, base, AT_REMOVEDIR))
			return;
		parents_release(at);
	}
}

static int take_away(struct parents *from, const char *path, struct err *e)
{
	const char *base;
	int dir, rc = parents_get(from, path, false, &dir, &base, e);

	if (rc == ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (!rc && unlinkat(dir, base, 0) && errno != ENOENT)
		rc = err_sys(e, errno, "cannot remove '%s'", path);
	return rc;
}

static int stamp(const struct quilt *q, const char *what, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	struct timespec times[2];
	struct new_file how = NEW_FILE_PLAIN;
	char *end;
	int rc;

	how.mtime.tv_sec = strtoll(what, &end, 10);
	how.mtime.tv_nsec = strtol(end, &end, 10);
	times[0] = times[1] = how.mtime;
	path = path_join(end + (*end == ' '), ".timestamp");
	if (!utimensat(q->pc_fd, path, times, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (errno != ENOENT)
		return err_sys(e, errno, "cannot set the time of '%s/%s'", q->pc, path);
	rc = beneath_mkdirs(q->pc_fd, end + (*end == ' '), e);
	return rc ? rc : beneath_create(q->pc_fd, path, NULL, 0, &how, e);
}

static int drop(struct doing *d, char *name, struct err *e)
{
	parents_release(&d->pc);
	return quilt_drop(d->q, &name, 1, e);
}

static int place_line(struct doing *d, char *line, struct err *e)
{
	char *path = strchr(line + 2, ' ');

	if (!path)
		return err_set(e, ERR_INPUT, "%s/" JOURNAL_REDO ": cannot read '%s'",
			       d->q->pc, line);
	*path++ = '\0';
	return place(d, *line == 'p' ? &d->pc : &d->tree, line + 2, path, e);
}

static int do_line(struct doing *d, char *line, struct err *e)
{
	char *path = line + 2;
	int rc;

	switch (*line) {
	case 'p':
	case 't':
		return place_line(d, line, e);
	case 'r':
		rc = take_away(&d->pc, path, e);
		if (!rc)
			remove_empty_dirs(&d->pc, path);
		return rc;
	case 'R':
		return take_away(&d->tree, path, e);
	case 'e':
		remove_empty_dirs(&d->tree, path);
		return 0;
	case 'd':
		return drop(d, path, e);
	case 's':
		return stamp(d->q, path, e);
	default:
		return err_set(e, ERR_INPUT, "%s/" JOURNAL_REDO ": cannot read '%s'",
			       d->q->pc, line);
	}
}

int redo_finish(const struct quilt *q, struct err *e)
{
	unsigned most = parents_share(2);
	struct doing d = { q,
			   { .root = q->pc_fd, .most = most },
			   { .root = q->top_fd, .most = most } };
	_cleanup_buf_ struct buf ops = BUF_INIT;
	struct slice rest, line;
	int rc = beneath_read(q->pc_fd, JOURNAL_REDO, &ops, e);

	if (rc == ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	rest = buf_slice(&ops);
	while (!rc && slice_split(&rest, '\n', &line) && line.n > 2) {
		_cleanup_free_ char *l = xmemdupz(line.p, line.n);

		rc = do_line(&d, l, e);
	}
	parents_release(&d.pc);
	parents_release(&d.tree);
	return rc;
}

int redo_commit(struct redo *r, struct err *e)
{
	struct quilt *q = r->s->q;
	int rc = quilt_journal(q, JOURNAL_REDO, r->ops.v, r->ops.n, e);

	closep(&r->stage_fd);
	r->stage_fd = -1;
	return rc ? rc : quilt_recover(q, e);
}
