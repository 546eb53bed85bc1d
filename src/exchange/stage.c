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

int stage_write(struct stage *s, const char *name, struct slice data, struct err *e)
{
	_cleanup_free_ char *path = path_join(s->path, name), *dir = xstrdup(path);
	int rc;

	if (!path_is_safe(slice_str(name)))
		return err_set(e, ERR_UNSAFE, "'%s' is no name for a patch", name);
	*strrchr(dir, '/') = '\0';
	rc = fsx_mkdirs(dir, e);
	return rc ? rc : fsx_publish(path, data, e);
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

static int sync_dir(const char *path, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		return err_sys(e, errno, "cannot sync '%s'", path);
	return 0;
}

int stage_commit(struct stage *s, struct err *e)
{
	_cleanup_free_ char *parent = xstrdup(s->dest);
	unsigned how = s->is_new ? RENAME_NOREPLACE : RENAME_EXCHANGE;
	int rc;

	*strrchr(parent, '/') = '\0';
	rc = fsx_mkdirs(parent, e);
	if (!rc)
		rc = sync_dir(s->path, e);
	if (rc)
		return rc;
	if (renameat2(AT_FDCWD, s->path, AT_FDCWD, s->dest, how))
		return err_sys(e, errno, "cannot put the new '%s' in its place", s->dest);
	rc = sync_dir(parent, e);
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
	if (s->lock.fd > 0)
		fsx_unlock(&s->lock);
	*s = (struct stage)STAGE_INIT;
}
