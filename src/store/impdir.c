// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "store/ingest.h"

struct dir_import {
	struct ingest *in;
	const struct import_opts *o;
	const char *top;
	uint64_t files;
};

static int take_content(struct dir_import *d, int fd, const struct stat *st,
			const char *path, struct err *e)
{
	size_t size = (size_t)st->st_size, got = 0;
	char *room;
	int rc = ingest_file(d->in, slice_str(path), st->st_mode & 0100, size, &room, e);

	while (!rc && got < size) {
		ssize_t n = read(fd, room + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read '%s/%s'", d->top, path);
		if (!n)
			return err_set(e, ERR_IO, "'%s/%s' shrank while it was read",
				       d->top, path);
		got += (size_t)n;
	}
	if (!rc && d->files++ % 1024 == 0 && d->o->label)
		log_progress(d->o->sink, d->o->label, d->files, 0, "files");
	return rc;
}

static int take_link(struct dir_import *d, int at, const char *name, const char *path,
		     struct err *e)
{
	char target[4096];
	ssize_t n = readlinkat(at, name, target, sizeof(target));

	if (n < 0)
		return err_sys(e, errno, "cannot read '%s/%s'", d->top, path);
	return ingest_link(d->in, slice_str(path), (struct slice){ target, (size_t)n },
			   e);
}

static int take_dir(struct dir_import *d, int fd, const char *path, struct err *e);

static int take_name(struct dir_import *d, int at, const char *name, const char *path,
		     struct err *e)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, errno, "cannot read '%s/%s'", d->top, path);
	if (S_ISLNK(st.st_mode))
		return take_link(d, at, name, path, e);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_UNSAFE,
			       "entry '%s' is neither file, directory nor link", path);
	fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return err_sys(e, errno, "cannot read '%s/%s'", d->top, path);
	return S_ISDIR(st.st_mode) ? take_dir(d, fd, path, e)
				   : take_content(d, fd, &st, path, e);
}

static int take_dir(struct dir_import *d, int fd, const char *path, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	char self[64];
	int rc;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	rc = *path ? ingest_dir(d->in, slice_str(path), e) : 0;
	if (!rc)
		rc = fsx_list(self, &names, e);
	for (size_t i = 0; !rc && i < names.n; i++) {
		_cleanup_free_ char *below = path_join(path, names.v[i]);

		if (strcmp(names.v[i], ".git"))
			rc = take_name(d, fd, names.v[i], below, e);
	}
	return rc;
}

int import_dir(struct store *s, const char *path, const struct import_opts *o,
	       char tree[static OID_HEX], struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dir_import d = { .o = o, .top = path };
	int rc;

	if (fd < 0)
		return err_sys(e, errno, "cannot import '%s'", path);
	rc = ingest_open(s, o, &d.in, e);
	if (rc)
		return rc;
	rc = take_dir(&d, fd, "", e);
	if (rc)
		ingest_abandon(d.in);
	else
		rc = ingest_finish(d.in, tree, e);
	return rc ? err_wrap(e, "cannot import '%s'", path) : 0;
}
