// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/variant.h"
#include "exchange/init.h"

/* What the files make in the top directory, in the order in which it is put there. */
static void top_names(const struct init_plan *plan, struct strvec *out)
{
	vec_each (f, &plan->files) {
		_cleanup_free_ char *top = xmemdupz(f->path, strcspn(f->path, "/"));

		if (!strvec_has(out, top))
			strvec_push(out, top);
	}
}

/* These are a person's own when they are there. */
static bool may_stay(const char *name)
{
	return !strcmp(name, "README.md") || !strcmp(name, ".gitignore");
}

/* Leaves out of @names what may stay. */
static int check_free(const char *dir, struct strvec *names, struct strvec *kept,
		      struct err *e)
{
	struct strvec left = { 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < names->n; i++) {
		_cleanup_free_ char *path = path_join(dir, names->v[i]);
		struct stat st;

		if (lstat(path, &st))
			strvec_push(&left, names->v[i]);
		else if (may_stay(names->v[i]))
			strvec_push(kept, names->v[i]);
		else
			rc = err_set(e, ERR_EXISTS,
				     "'%s' is there already; nothing was written", path);
	}
	strvec_release(names);
	*names = left;
	return rc;
}

static int write_aside(const char *aside, const struct init_plan *plan, struct err *e)
{
	vec_each (f, &plan->files) {
		_cleanup_free_ char *path = path_join(aside, f->path);
		_cleanup_free_ char *dir = xmemdupz(path, (size_t)(strrchr(path, '/') - path));

		if (fsx_mkdirs(dir, e) || fsx_publish(path, buf_slice(&f->bytes), e))
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

/* carry.conf comes last: until then it is no repository. */
static int move_in(const char *aside, const char *dir, const struct strvec *names,
		   struct err *e)
{
	struct err ignored;
	int rc = 0;
	size_t n;

	for (n = 0; !rc && n < names->n; n++) {
		_cleanup_free_ char *from = path_join(aside, names->v[n]);
		_cleanup_free_ char *to = path_join(dir, names->v[n]);

		if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
			rc = errno == EEXIST
				     ? err_set(e, ERR_EXISTS, "'%s' is there already", to)
				     : err_sys(e, errno, "cannot make '%s'", to);
	}
	while (rc && --n > 0) {
		_cleanup_free_ char *made = path_join(dir, names->v[n - 1]);

		if (fsx_remove(made, &ignored))
			break; /* what went wrong first is what counts */
	}
	return rc;
}

/* A directory that is not there yet appears as a whole. */
static int move_whole(const char *aside, const char *dir, struct err *e)
{
	mode_t mask = umask(0);

	umask(mask);
	if (chmod(aside, 0777 & ~mask) ||
	    renameat2(AT_FDCWD, aside, AT_FDCWD, dir, RENAME_NOREPLACE))
		return err_sys(e, errno, "cannot make '%s'", dir);
	return 0;
}

static char *parent_of(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash ? xmemdupz(dir, slash == dir ? 1 : (size_t)(slash - dir)) : xstrdup(".");
}

int init_write(const char *dir, struct init_plan *plan, struct strvec *kept, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	bool there = fsx_exists(dir);
	_cleanup_free_ char *parent = there ? xstrdup(dir) : parent_of(dir);
	_cleanup_free_ char *aside = NULL;
	struct err ignored;
	int rc;

	if (there && !fsx_is_dir(dir))
		return err_set(e, ERR_EXISTS, "'%s' is no directory", dir);
	top_names(plan, &names);
	rc = check_free(dir, &names, kept, e);
	if (!rc)
		rc = fsx_tmpdir(parent, ".carry-init", &aside, e);
	if (rc)
		return rc;
	rc = write_aside(aside, plan, e);
	if (!rc)
		rc = read_back(aside, e);
	if (!rc)
		rc = there ? move_in(aside, dir, &names, e) : move_whole(aside, dir, e);
	if (fsx_remove(aside, &ignored))
		return rc; /* a hidden directory too much is no failure */
	return rc;
}
