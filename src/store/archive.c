// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/import.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/ingest.h"

#define READ_SIZE ((size_t)256 << 10)

/*
 * A source of bytes for an archive reader: a file, or the content of an entry of
 * another archive. A Debian package nests three: ar, tar, tar.
 */
struct reader {
	struct archive *a;
	struct reader *outer; /* NULL: the file */
	int fd;
	char *chunk;
	uint64_t taken; /* bytes of the file */
};

struct import {
	struct ingest *in;
	const struct import_opts *o;
	const struct reader *file;
	uint64_t size; /* of the file */
	char *top;     /* the one top directory */
};

static la_ssize_t read_source(struct archive *a, void *arg, const void **data)
{
	struct reader *r = arg;
	la_ssize_t n;

	*data = r->chunk;
	if (r->outer) {
		n = archive_read_data(r->outer->a, r->chunk, READ_SIZE);
		if (n < 0)
			archive_set_error(a, EIO, "%s",
					  archive_error_string(r->outer->a));
		return n < 0 ? ARCHIVE_FATAL : n;
	}
	do {
		n = read(r->fd, r->chunk, READ_SIZE);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		archive_set_error(a, errno, "read failed");
	else
		r->taken += (uint64_t)n;
	return n < 0 ? ARCHIVE_FATAL : n;
}

static void reader_release(struct reader *r)
{
	archive_read_free(r->a);
	free(r->chunk);
}

static int bad_archive(const struct reader *r, struct err *e)
{
	const char *why = archive_error_string(r->a);

	return err_set(e, ERR_INPUT, "%s", why ? why : "it is no archive");
}

static int reader_open(struct reader *r, struct reader *outer, int fd, bool ar,
		       struct err *e)
{
	*r = (struct reader){ archive_read_new(), outer, fd, xmalloc(READ_SIZE), 0 };
	if (ar) {
		archive_read_support_format_ar(r->a);
	} else {
		archive_read_support_format_tar(r->a);
		archive_read_support_filter_gzip(r->a);
		archive_read_support_filter_bzip2(r->a);
		archive_read_support_filter_xz(r->a);
		archive_read_support_filter_lzma(r->a);
		archive_read_support_filter_zstd(r->a);
	}
	if (archive_read_open(r->a, r, NULL, read_source, NULL) < ARCHIVE_WARN)
		return bad_archive(r, e);
	return 0;
}

/* 1 with the next entry, 0 at the end. */
static int next_entry(struct reader *r, struct archive_entry **en, struct err *e)
{
	int rc = archive_read_next_header(r->a, en);

	if (rc == ARCHIVE_EOF)
		return 0;
	return rc < ARCHIVE_WARN ? bad_archive(r, e) : 1;
}

/* The first entry whose name fits @pattern. */
static int find_entry(struct reader *r, const char *pattern, struct err *e)
{
	struct archive_entry *en;
	int rc;

	while ((rc = next_entry(r, &en, e)) > 0) {
		const char *name = archive_entry_pathname(en);

		if (!name)
			continue;
		while (!strncmp(name, "./", 2))
			name += 2;
		if (!fnmatch(pattern, name, FNM_PATHNAME) &&
		    archive_entry_filetype(en) == AE_IFREG)
			return 0;
	}
	return rc ? rc : err_set(e, ERR_INPUT, "the package has no %s", pattern);
}

static struct slice entry_name(struct archive_entry *en)
{
	const char *name = archive_entry_pathname(en);

	return slice_str(name ? name : archive_entry_pathname_utf8(en));
}

/* Takes "./" and the slash of a directory off. */
static struct slice plain_name(struct slice name)
{
	while (slice_starts(name, "./")) {
		name.p += 2;
		name.n -= 2;
	}
	while (name.n > 1 && name.p[name.n - 1] == '/')
		name.n--;
	return slice_eqs(name, ".") ? (struct slice){ name.p, 0 } : name;
}

/* Leaves in @name what is below the top directory; nothing for that itself. */
static int strip_top(struct import *im, struct slice *name, struct err *e)
{
	struct slice rest = *name, top;

	if (name->p[0] == '/')
		return err_set(e, ERR_UNSAFE, "entry '%.*s' has an absolute path",
			       (int)(name->n < 200 ? name->n : 200), name->p);
	slice_split(&rest, '/', &top);
	if (!im->top)
		im->top = xmemdupz(top.p, top.n);
	if (!slice_eqs(top, im->top))
		return err_set(e, ERR_INPUT,
			       "it has more than one top directory: '%.100s' and '%.*s'",
			       im->top, (int)(top.n < 100 ? top.n : 100), top.p);
	if (slice_eqs(top, ".."))
		return err_set(e, ERR_UNSAFE, "entry '%.*s' leaves the tree",
			       (int)(name->n < 200 ? name->n : 200), name->p);
	*name = top.n == name->n ? (struct slice){ name->p, 0 } : rest;
	return 0;
}

static int take_file(struct import *im, struct reader *r, struct archive_entry *en,
		     struct slice name, struct err *e)
{
	int64_t size = archive_entry_size(en), got = 0;
	char *room;
	int rc;

	if (size < 0)
		return err_set(e, ERR_INPUT, "entry '%.*s' has no size", SLICE_ARG(name));
	rc = ingest_file(im->in, name, archive_entry_perm(en) & 0100, (uint64_t)size,
			 &room, e);
	while (!rc && got < size) {
		la_ssize_t n = archive_read_data(r->a, room + got, (size_t)(size - got));

		if (n < 0)
			rc = bad_archive(r, e);
		else if (!n)
			rc = err_set(e, ERR_INPUT, "entry '%.*s' is cut short",
				     SLICE_ARG(name));
		got += n;
	}
	return rc;
}

static int take_hardlink(struct import *im, struct slice name, const char *to,
			 struct err *e)
{
	struct slice target = plain_name(slice_str(to));
	int rc = target.n ? strip_top(im, &target, e) : 0;

	return rc ? rc : ingest_hardlink(im->in, name, target, e);
}

static int take_entry(struct import *im, struct reader *r, struct archive_entry *en,
		      struct err *e)
{
	struct slice full = entry_name(en);
	struct slice name = plain_name(full);
	const char *link = archive_entry_hardlink(en);
	int rc;

	if (!full.p)
		return err_set(e, ERR_INPUT, "it has an entry whose name cannot be read");
	if (!name.n)
		return 0;
	rc = strip_top(im, &name, e);
	if (rc)
		return rc;
	if (!name.n && archive_entry_filetype(en) == AE_IFDIR)
		return 0;
	if (!name.n)
		return err_set(e, ERR_INPUT, "entry '%.*s' is in no directory",
			       (int)(full.n < 200 ? full.n : 200), full.p);
	if (link)
		return take_hardlink(im, name, link, e);
	switch (archive_entry_filetype(en)) {
	case AE_IFREG:
		return take_file(im, r, en, name, e);
	case AE_IFDIR:
		return ingest_dir(im->in, name, e);
	case AE_IFLNK:
		link = archive_entry_symlink(en);
		link = link ? link : archive_entry_symlink_utf8(en);
		return ingest_link(im->in, name, slice_str(link), e);
	default:
		return err_set(e, ERR_UNSAFE,
			       "entry '%.*s' is neither file, directory nor link",
			       (int)(name.n < 200 ? name.n : 200), name.p);
	}
}

/* The file is read to its end before all of it is stored: the end is told apart. */
static void tell(const struct import *im, uint64_t done)
{
	if (im->o->label)
		log_progress(im->o->sink, im->o->label, done, im->size, "bytes");
}

static int take_all(struct import *im, struct reader *r, struct err *e)
{
	struct archive_entry *en;
	unsigned n = 0;
	int rc;

	while ((rc = next_entry(r, &en, e)) > 0) {
		rc = take_entry(im, r, en, e);
		if (rc)
			return rc;
		if (n++ % 256 == 0 && im->file->taken < im->size)
			tell(im, im->file->taken);
	}
	return rc;
}

static int import_tar(struct store *s, struct reader *r, struct import *im,
		      char tree[static OID_HEX], struct err *e)
{
	int rc = ingest_open(s, im->o, &im->in, e);

	if (rc)
		return rc;
	rc = take_all(im, r, e);
	if (rc)
		ingest_abandon(im->in);
	else
		rc = ingest_finish(im->in, tree, e);
	if (!rc)
		tell(im, im->size);
	return rc;
}

static int import_plain(struct store *s, int fd, struct import *im,
			char tree[static OID_HEX], struct err *e)
{
	_cleanup_(reader_release) struct reader r;
	int rc = reader_open(&r, NULL, fd, false, e);

	im->file = &r;
	return rc ? rc : import_tar(s, &r, im, tree, e);
}

static int import_package(struct store *s, int fd, struct import *im,
			  char tree[static OID_HEX], struct err *e)
{
	_cleanup_(reader_release) struct reader ar = { 0 };
	_cleanup_(reader_release) struct reader data = { 0 };
	_cleanup_(reader_release) struct reader tar = { 0 };
	int rc = reader_open(&ar, NULL, fd, true, e);

	im->file = &ar;
	if (!rc)
		rc = find_entry(&ar, "data.tar*", e);
	if (!rc)
		rc = reader_open(&data, &ar, -1, false, e);
	if (!rc)
		rc = find_entry(&data, "usr/src/*.tar*", e);
	if (!rc)
		rc = reader_open(&tar, &data, -1, false, e);
	return rc ? rc : import_tar(s, &tar, im, tree, e);
}

int import_archive(struct store *s, const char *path, const struct import_opts *o,
		   char tree[static OID_HEX], struct err *e)
{
	static const char ar_magic[] = "!<arch>\n";
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[sizeof(ar_magic) - 1] = "";
	struct import im = { .o = o };
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(e, errno, "cannot import '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "cannot import '%s': it is no regular file",
			       path);
	im.size = (uint64_t)st.st_size;
	if (pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	    !memcmp(magic, ar_magic, sizeof(magic)))
		rc = import_package(s, fd, &im, tree, e);
	else
		rc = import_plain(s, fd, &im, tree, e);
	free(im.top);
	return rc ? err_wrap(e, "cannot import '%s'", path) : 0;
}
