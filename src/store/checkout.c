// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/select.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"

#define CHECKOUT_THREADS 2
#define TMP_PREFIX	 "checkout"

struct checkout {
	int root;
	const char *dest;
};

static int make_dir(const struct checkout *c, char *dir, struct err *e)
{
	char *slash = strrchr(dir, '/');
	int rc;

	if (!mkdirat(c->root, dir, 0777) || errno == EEXIST)
		return 0;
	if (errno != ENOENT || !slash)
		return err_sys(e, errno, "cannot make '%s/%s'", c->dest, dir);
	*slash = '\0';
	rc = make_dir(c, dir, e);
	*slash = '/';
	if (!rc && mkdirat(c->root, dir, 0777) && errno != EEXIST)
		rc = err_sys(e, errno, "cannot make '%s/%s'", c->dest, dir);
	return rc;
}

/* The files of a directory are neighbours, mostly: so each is made about once. */
static int make_dirs(const struct checkout *c, const struct selection *sel, struct err *e)
{
	const struct selected *last = NULL;
	int rc = 0;

	vec_each (f, &sel->files) {
		_cleanup_free_ char *dir = NULL;

		if (rc || !f->dir ||
		    (last && last->dir == f->dir && !memcmp(last->path, f->path, f->dir)))
			continue;
		dir = xmemdupz(f->path, f->dir);
		rc = make_dir(c, dir, e);
		last = f;
	}
	return rc;
}

static int write_file(void *arg, const struct selected *f, struct slice data,
		      struct err *e)
{
	const struct checkout *c = arg;
	_cleanup_fd_ int fd = -1;
	int rc;

	if (f->mode == MODE_LINK)
		return 0;
	fd = openat(c->root, f->path,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    f->mode & 0100 ? 0777 : 0666);
	if (fd < 0)
		return err_sys(e, errno, "cannot make '%s/%s'", c->dest, f->path);
	rc = fsx_write_all(fd, data, f->path, e);
	if (!rc && close(TAKE_FD(fd)))
		rc = err_sys(e, errno, "cannot write '%s/%s'", c->dest, f->path);
	return rc;
}

static int write_link(void *arg, const struct selected *f, struct slice data,
		      struct err *e)
{
	const struct checkout *c = arg;
	_cleanup_free_ char *target = NULL;

	if (f->mode != MODE_LINK)
		return 0;
	if (!store_link_is_safe(slice_str(f->path), data))
		return err_set(e, ERR_UNSAFE, "link '%s' leaves the tree", f->path);
	target = xmemdupz(data.p, data.n);
	if (symlinkat(target, c->root, f->path))
		return err_sys(e, errno, "cannot make link '%s/%s'", c->dest, f->path);
	return 0;
}

/*
 * Directories, then files, then links, and each only where nothing stands: a
 * tree that names a link and a directory alike cannot lead a write elsewhere.
 */
static int write_all(const struct store *s, const struct selection *sel, const char *dir,
		     struct err *e)
{
	_cleanup_fd_ int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct checkout c = { root, dir };
	int rc;

	if (root < 0)
		return err_sys(e, errno, "cannot open '%s'", dir);
	rc = make_dirs(&c, sel, e);
	if (!rc)
		rc = select_each(s, sel->files.v, sel->files.n, CHECKOUT_THREADS,
				 write_file, &c, e);
	vec_each (f, &sel->files) {
		if (!rc && f->mode == MODE_LINK)
			rc = select_each(s, f, 1, 1, write_link, &c, e);
	}
	return rc;
}

int store_move_into_place(const char *from, const char *dest, struct err *e)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	/* A group that is handed down stays. */
	if (stat(from, &st) || chmod(from, (st.st_mode & S_ISGID) | (0777 & ~mask)))
		return err_sys(e, errno, "cannot make '%s'", dest);
	if (!rename(from, dest))
		return 0;
	return err_sys(e, errno == ENOTEMPTY ? EEXIST : errno, "cannot make '%s'", dest);
}

static int write_beside(const struct store *s, const struct selection *sel,
			const char *dest, struct err *e)
{
	_cleanup_free_ char *parent = xstrdup(dest);
	_cleanup_free_ char *tmp = NULL;
	char *slash = strrchr(parent, '/');
	struct fsx_lock held = FSX_LOCK_INIT;
	struct err ignored;
	int rc;

	if (slash)
		slash[slash == parent] = '\0';
	rc = fsx_workdir(slash ? parent : ".", TMP_PREFIX, &tmp, &held, e);
	if (rc)
		return rc;
	rc = write_all(s, sel, tmp, e);
	if (!rc)
		rc = store_move_into_place(tmp, dest, e);
	/* What is left has a name that nobody reads. */
	if (rc && fsx_remove(tmp, &ignored))
		err_clear(&ignored);
	fsx_unlock(&held);
	return rc;
}

int store_checkout(const struct store *s, const char *tree,
		   const struct strlist *patterns, const char *dest, struct err *e)
{
	_cleanup_(selection_release) struct selection sel = { 0 };
	int rc;

	if (fsx_exists(dest))
		return err_set(e, ERR_EXISTS, "cannot make '%s': it exists", dest);
	rc = select_files(s, tree, patterns, &sel, e);
	if (rc)
		return rc;
	if (sel.missing)
		return err_set(e, ERR_NOTFOUND, "the tree has no '%s'", sel.missing);
	return write_beside(s, &sel, dest, e);
}

struct each {
	store_file_fn *fn;
	void *arg;
};

static int call_fn(void *arg, const struct selected *f, struct slice data, struct err *e)
{
	struct each *each = arg;

	return each->fn(each->arg, f->path, f->mode, data, e);
}

int store_each(const struct store *s, const char *tree, const struct strlist *patterns,
	       unsigned threads, store_file_fn *fn, void *arg, struct err *e)
{
	_cleanup_(selection_release) struct selection sel = { 0 };
	struct each each = { fn, arg };
	int rc = select_files(s, tree, patterns, &sel, e);

	return rc ? rc
		  : select_each(s, sel.files.v, sel.files.n, threads, call_fn, &each, e);
}

int store_paths(const struct store *s, const char *tree, const struct strlist *patterns,
		struct strvec *out, struct err *e)
{
	_cleanup_(selection_release) struct selection sel = { 0 };
	int rc = select_files(s, tree, patterns, &sel, e);

	if (rc)
		return rc;
	vec_each (f, &sel.files)
		strvec_push(out, f->path);
	strvec_sort(out);
	return 0;
}
