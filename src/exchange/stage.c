// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Of a directory of patches: far above any, and a bound for what is none. */
#define MAX_DEPTH 8

/* What a killed run left; nobody else is at work, since we hold the lock. */
static int sweep(const char *dir, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(dir, &names, e);

	vec_each (name, &names) {
		_cleanup_free_ char *path = path_join(dir, *name);

		if (!rc)
			rc = fsx_remove(path, e);
	}
	return rc;
}

/* A shell that stands in a directory which is replaced stands nowhere. */
static int check_cwd(const char *dest, struct err *e)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0), *real = realpath(dest, NULL);
	size_t n = real ? strlen(real) : 0;

	if (!cwd || !real || strncmp(cwd, real, n) || (cwd[n] && cwd[n] != '/'))
		return 0;
	return err_set(e, ERR_USAGE,
		       "'%s' would be replaced by a new directory while this one is the "
		       "current directory: change to the repository's top first",
		       dest);
}

static int make_lock(struct stage *s, const char *state, char **dir, struct err *e)
{
	_cleanup_free_ char *lock = path_join(state, "stage.lock");
	int rc;

	*dir = path_join(state, "stage");
	rc = fsx_mkdirs(*dir, e);
	if (!rc)
		rc = fsx_lock(&s->lock, lock, true, e);
	return rc ? rc : sweep(*dir, e);
}

int stage_open(struct stage *s, const char *state, const char *dest, bool empty,
	       struct err *e)
{
	_cleanup_free_ char *dir = NULL;
	int rc;

	*s = (struct stage)STAGE_INIT;
	s->dest = xstrdup(dest);
	s->is_new = !fsx_exists(dest);
	rc = check_cwd(dest, e);
	if (!rc)
		rc = make_lock(s, state, &dir, e);
	if (rc)
		return rc;
	s->path = path_join(dir, "new");
	return empty || s->is_new ? fsx_mkdirs(s->path, e)
				  : fsx_link_tree(dest, s->path, e);
}

/* Notes the directories from the one of @path up to the stage's own, which is known. */
static void note_dirs(struct stage *s, const char *path)
{
	_cleanup_free_ char *dir = xstrdup(path);

	for (;;) {
		*strrchr(dir, '/') = '\0';
		if (!strcmp(dir, s->path) || strvec_has(&s->dirs, dir))
			return;
		strvec_push(&s->dirs, dir);
	}
}

int stage_write(struct stage *s, const char *name, struct slice data, struct err *e)
{
	_cleanup_free_ char *path = path_join(s->path, name), *dir = path_parent(path);
	int rc;

	if (!path_is_safe(slice_str(name)))
		return err_set(e, ERR_UNSAFE, "'%s' is no name for a patch", name);
	rc = fsx_mkdirs(dir, e);
	/* The link to the old file: its bytes are in the directory as it is. */
	if (!rc && unlink(path) && errno != ENOENT)
		rc = err_sys(e, errno, "cannot replace '%s'", path);
	if (!rc)
		rc = fsx_create(path, data, e);
	if (rc)
		return rc;
	strvec_push(&s->files, path);
	note_dirs(s, path);
	return 0;
}

int stage_remove(struct stage *s, const char *name, struct err *e)
{
	_cleanup_free_ char *path = path_join(s->path, name);

	if (!path_is_safe(slice_str(name)))
		return err_set(e, ERR_UNSAFE, "'%s' is no name for a patch", name);
	return fsx_remove(path, e);
}

static int copy_dir(struct stage *s, const char *from, const char *name, unsigned depth,
		    struct err *e);

static int copy_one(struct stage *s, const char *from, const char *name, unsigned depth,
		    struct err *e)
{
	_cleanup_free_ char *path = path_join(from, name);
	_cleanup_buf_ struct buf data = BUF_INIT;
	struct stat st;
	int rc;

	if (lstat(path, &st))
		return err_sys(e, errno, "cannot look at '%s'", path);
	if (S_ISDIR(st.st_mode))
		return copy_dir(s, from, name, depth + 1, e);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_UNSAFE, "cannot take '%s': not a plain file", path);
	rc = fsx_read_plain(path, &data, e);
	return rc ? rc : stage_write(s, name, buf_slice(&data), e);
}

static int copy_dir(struct stage *s, const char *from, const char *name, unsigned depth,
		    struct err *e)
{
	_cleanup_free_ char *dir = *name ? path_join(from, name) : xstrdup(from);
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(dir, &names, e);

	if (!rc && depth > MAX_DEPTH)
		rc = err_set(e, ERR_LIMIT, "cannot take '%s': too deep", dir);
	vec_each (n, &names) {
		_cleanup_free_ char *sub = *name ? path_join(name, *n) : xstrdup(*n);

		if (!rc)
			rc = copy_one(s, from, sub, depth, e);
	}
	return rc;
}

int stage_copy(struct stage *s, const char *from, struct err *e)
{
	return copy_dir(s, from, "", 0, e);
}

static int sync_path(const char *path, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0; /* removed again */
	if (fd < 0 || fsync(fd))
		return err_sys(e, errno, "cannot sync '%s'", path);
	return 0;
}

static int sync_all(const struct strvec *paths, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < paths->n; i++)
		rc = sync_path(paths->v[i], e);
	return rc;
}

/* The disk gets all of it before anything is waited for, so that it is one wait for most.
 */
static int sync_stage(const struct stage *s, struct err *e)
{
	int rc;

	vec_each (path, &s->files) {
		_cleanup_fd_ int fd = open(*path, O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	}
	rc = sync_all(&s->files, e);
	if (!rc)
		rc = sync_all(&s->dirs, e);
	return rc ? rc : sync_path(s->path, e);
}

int stage_commit(struct stage *s, struct err *e)
{
	_cleanup_free_ char *parent = xstrdup(s->dest);
	unsigned how = s->is_new ? RENAME_NOREPLACE : RENAME_EXCHANGE;
	int rc;

	*strrchr(parent, '/') = '\0';
	rc = fsx_mkdirs(parent, e);
	if (!rc)
		rc = sync_stage(s, e);
	if (rc)
		return rc;
	if (renameat2(AT_FDCWD, s->path, AT_FDCWD, s->dest, how))
		return err_sys(e, errno, "cannot put the new '%s' in its place", s->dest);
	rc = sync_path(parent, e);
	/* What has its old place now is the old content, or nothing. */
	stage_release(s);
	return rc;
}

void stage_release(struct stage *s)
{
	struct err ignored = { 0 };

	/* What cannot be removed now, the next stage removes. */
	if (s->path && fsx_remove(s->path, &ignored))
		err_clear(&ignored);
	free(s->dest);
	free(s->path);
	strvec_release(&s->files);
	strvec_release(&s->dirs);
	if (s->lock.fd > 0)
		fsx_unlock(&s->lock);
	*s = (struct stage)STAGE_INIT;
}
