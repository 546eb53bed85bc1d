// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/variant.h"
#include "exchange/init.h"

/*
 * Where the directory is there already, what is put into it is made in PREPARED.XXXXXX,
 * and renamed to PREPARED once it is whole; then one name after the other goes to its
 * place, carry.conf last. So whoever finds PREPARED can end what was cut off, and the
 * others are rubbish. A lock on the directory that has them keeps two of us apart.
 */
#define PREPARED ".carry-init"

/* These are a person's own when they are there. */
static bool may_stay(const char *name)
{
	return !strcmp(name, "README.md") || !strcmp(name, ".gitignore");
}

/* Which files shall be written: all but those in @kept. ERR_EXISTS: there is one already. */
static int check_free(const char *dir, const struct init_plan *plan, struct strvec *kept,
		      struct err *e)
{
	vec_each (f, &plan->files) {
		_cleanup_free_ char *top = xmemdupz(f->path, strcspn(f->path, "/"));
		_cleanup_free_ char *path = path_join(dir, top);
		struct stat st;

		if (lstat(path, &st))
			continue;
		if (!may_stay(top))
			return err_set(e, ERR_EXISTS,
				       "'%s' is there already; nothing was written", path);
		strvec_push(kept, top);
	}
	return 0;
}

static int write_aside(const char *aside, const struct init_plan *plan,
		       const struct strvec *kept, struct err *e)
{
	vec_each (f, &plan->files) {
		_cleanup_free_ char *path = path_join(aside, f->path);
		_cleanup_free_ char *dir = path_parent(path);

		if (strvec_has(kept, f->path))
			continue;
		if (fsx_mkdirs(dir, e) || fsx_create(path, buf_slice(&f->bytes), e))
			return e->code;
	}
	return 0;
}

/* As the commands will read it. */
static int read_back(const char *aside, struct err *e)
{
	_cleanup_free_ char *path = path_join(aside, "carry.conf");
	struct variant_series *v = NULL;
	struct conf *conf = NULL;
	int rc = conf_read(path, &conf, e);

	if (!rc)
		rc = variant_load(aside, conf_target(conf, conf->newest), &v, e);
	variant_free(v);
	conf_free(conf);
	return rc;
}

static int put(const char *from, const char *to, struct err *e)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	return errno == EEXIST ? err_set(e, ERR_EXISTS, "'%s' is there already", to)
			       : err_sys(e, errno, "cannot make '%s'", to);
}

/* What is in @prepared goes to its place; carry.conf last: until then it is no repository. */
static int move_in(const char *prepared, const char *dir, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(prepared, &names, e);

	for (int last = 0; last < 2; last++) {
		for (size_t i = 0; !rc && i < names.n; i++) {
			_cleanup_free_ char *from = path_join(prepared, names.v[i]);
			_cleanup_free_ char *to = path_join(dir, names.v[i]);

			if (last == !strcmp(names.v[i], "carry.conf"))
				rc = put(from, to, e);
		}
	}
	return rc ? rc : fsx_remove(prepared, e);
}

/* A directory that is not there yet appears as a whole. */
static int move_whole(const char *aside, const char *dir, struct err *e)
{
	mode_t mask = umask(0);

	umask(mask);
	if (chmod(aside, 0777 & ~mask))
		return err_sys(e, errno, "cannot make '%s'", dir);
	return put(aside, dir, e);
}

static int make_new(const char *dir, const char *parent, const struct init_plan *plan,
		    struct init_done *done, struct err *e)
{
	_cleanup_free_ char *prepared = path_join(dir, PREPARED), *aside = NULL;
	struct fsx_lock held = FSX_LOCK_INIT;
	bool there = fsx_exists(dir);
	struct err ignored;
	int rc = check_free(dir, plan, &done->kept, e);

	if (!rc)
		rc = fsx_workdir(parent, PREPARED, &aside, &held, e);
	if (rc)
		return rc;
	rc = write_aside(aside, plan, &done->kept, e);
	if (!rc)
		rc = read_back(aside, e);
	if (!rc)
		rc = there ? put(aside, prepared, e) : move_whole(aside, dir, e);
	if (rc && fsx_remove(aside, &ignored))
		err_clear(&ignored); /* the next one removes it */
	fsx_unlock(&held);
	return rc || !there ? rc : move_in(prepared, dir, e);
}

/* Whether all that the plan wants stands there. */
static bool is_there(const char *dir, const struct init_plan *plan, struct strvec *kept)
{
	vec_each (f, &plan->files) {
		_cleanup_free_ char *path = path_join(dir, f->path);
		_cleanup_buf_ struct buf has = BUF_INIT;
		struct err none = { 0 };

		if (!fsx_read_plain(path, &has, &none) &&
		    slice_eq(buf_slice(&has), buf_slice(&f->bytes)))
			continue;
		if (!may_stay(f->path))
			return false;
		strvec_push(kept, f->path);
	}
	return true;
}

/* Ends what was cut off; it may have been another one than is wanted now. */
static int resume(const char *dir, const struct init_plan *plan, struct init_done *done,
		  struct err *e)
{
	_cleanup_free_ char *prepared = path_join(dir, PREPARED);
	int rc;

	if (!fsx_exists(prepared))
		return 0;
	rc = move_in(prepared, dir, e);
	if (rc)
		return err_wrap(e, "cannot end the init of '%s' that was cut off", dir);
	done->resumed = true;
	return is_there(dir, plan, &done->kept)
		       ? 0
		       : err_set(e, ERR_EXISTS,
				 "an init that was cut off in '%s' is complete now, and was "
				 "another one: nothing else was written",
				 dir);
}

/* Where directories cannot be locked, two are not kept apart. */
static int lock_dir(const char *parent, int *fd, struct err *e)
{
	int rc = fsx_mkdirs(parent, e);

	if (rc)
		return rc;
	*fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0 && flock(*fd, LOCK_EX))
		closep(fd);
	return 0;
}

int init_write(const char *dir, const struct init_plan *plan, struct init_done *done,
	       struct err *e)
{
	_cleanup_free_ char *parent = fsx_exists(dir) ? xstrdup(dir) : path_parent(dir);
	_cleanup_fd_ int lock = -1;
	int rc;

	*done = (struct init_done){ 0 };
	if (fsx_exists(dir) && !fsx_is_dir(dir))
		return err_set(e, ERR_EXISTS, "'%s' is no directory", dir);
	rc = lock_dir(parent, &lock, e);
	if (!rc)
		rc = resume(dir, plan, done, e);
	return rc || done->resumed ? rc : make_new(dir, parent, plan, done, e);
}
