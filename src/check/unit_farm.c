// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/unit_priv.h"

#include <errno.h>
#include <unistd.h>

#include "base/hash.h"

/* Never in place: the file shares its inode with the base's tree. */
static int write_file(struct unit *u, const struct unit_file *f, struct err *e)
{
	_cleanup_free_ char *path = path_join(u->src, f->path);
	_cleanup_free_ char *dir = xstrdup(path);
	int rc;

	if (!f->mode)
		return fsx_remove(path, e);
	*strrchr(dir, '/') = '\0';
	rc = fsx_mkdirs(dir, e);
	if (!rc)
		rc = fsx_remove(path, e);
	if (rc)
		return rc;
	if ((f->mode & S_IFMT) == S_IFLNK) {
		_cleanup_free_ char *to = xmemdupz(f->data.p, f->data.n);

		if (symlink(to, path))
			return err_sys(e, errno, "cannot link '%s'", path);
		return 0;
	}
	rc = fsx_publish(path, f->data, e);
	if (!rc && (f->mode & 0111) && chmod(path, 0755))
		rc = err_sys(e, errno, "cannot change the mode of '%s'", path);
	return rc;
}

static void file_digest(const struct unit_file *f, char hex[static SHA256_HEX])
{
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, &f->mode, sizeof(f->mode));
	sha256_add(&h, f->data.p, f->data.n);
	sha256_hex(&h, hex);
}

/* The base's own file, as new: make must see that it changed back. */
static int write_base(struct unit *u, const char *path, struct err *e)
{
	_cleanup_free_ char *from = path_join(u->spec.tree, path);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct unit_file f = { .path = path };
	struct stat st;

	if (lstat(from, &st))
		return write_file(u, &f, e); /* the base has none */
	f.mode = st.st_mode;
	if (S_ISLNK(st.st_mode)) {
		ssize_t n;

		buf_grow(&b, 4096);
		n = readlink(from, b.data, 4096);
		if (n < 0)
			return err_sys(e, errno, "cannot read '%s'", from);
		b.len = (size_t)n;
	} else if (fsx_read(from, &b, e)) {
		return e->code;
	}
	f.data = buf_slice(&b);
	return write_file(u, &f, e);
}

static const struct unit_file *wanted_file(const struct unit *u, enum variant which,
					   const char *path)
{
	for (size_t i = 0; which == VARIANT_PATCHED && i < u->spec.nfiles; i++) {
		if (!strcmp(u->spec.files[i].path, path))
			return &u->spec.files[i];
	}
	return NULL;
}

static int put_wanted(struct unit *u, json_t *files, const struct unit_file *f,
		      struct err *e)
{
	const char *was = json_string_value(json_object_get(files, f->path));
	char digest[SHA256_HEX];
	int rc;

	file_digest(f, digest);
	if (was && !strcmp(was, digest))
		return 0;
	rc = write_file(u, f, e);
	if (!rc)
		json_object_set_new(files, f->path, json_string(digest));
	return rc;
}

/* Brings the farm to that variant, touching only files that differ. */
int unit_select(struct unit *u, enum variant which, struct err *e)
{
	json_t *files = json_object_get(u->state, "files"), *digest;
	const char *path;
	void *tmp;
	int rc = unit_save_state(u, false, e);

	json_object_foreach_safe(files, tmp, path, digest)
	{
		_cleanup_free_ char *name = xstrdup(path);

		if (rc || wanted_file(u, which, name))
			continue;
		rc = write_base(u, name, e);
		if (!rc)
			json_object_del(files, name);
	}
	for (size_t i = 0; !rc && which == VARIANT_PATCHED && i < u->spec.nfiles; i++)
		rc = put_wanted(u, files, &u->spec.files[i], e);
	return rc ? rc : unit_save_state(u, true, e);
}

int unit_swap(struct unit *u, const char *path, struct slice data, struct err *e)
{
	_cleanup_free_ char *at = path_join(u->src, path);
	_cleanup_free_ char *aside = xasprintf("%s.carry-aside", at);
	int rc;

	u->swapped = true;
	rc = unit_save_state(u, false, e);
	if (rc)
		return rc;
	if (rename(at, aside))
		return err_sys(e, errno, "cannot put aside '%s'", at);
	return fsx_publish(at, data, e);
}

int unit_restore(struct unit *u, const char *path, struct err *e)
{
	_cleanup_free_ char *at = path_join(u->src, path);
	_cleanup_free_ char *aside = xasprintf("%s.carry-aside", at);

	if (rename(aside, at))
		return err_sys(e, errno, "cannot bring back '%s'", at);
	u->swapped = false;
	return unit_save_state(u, true, e);
}
