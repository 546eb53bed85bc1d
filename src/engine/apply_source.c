// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ahead.h"
#include "base/fsx.h"
#include "base/map.h"

/* What either source is; `base` first, so that one pointer is the other. */
struct source {
	struct blob_source base;
	void (*free)(struct source *s);
};

struct disk_source {
	struct source s;
	char *dir;
	int fd;
	struct ahead *ahead; /* NULL: not begun */
};

struct memory_source {
	struct source s;
	struct arena arena;
	struct map files;
	struct map dirs;
};

static int open_beneath(int dir, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static int read_all(int fd, size_t size, struct blob *out, const char *path,
		    struct err *e)
{
	char *p = xmalloc(size + 1);
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, p + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(p);
			return err_sys(e, errno, "cannot read '%s'", path);
		}
		if (!n)
			break;
		got += (size_t)n;
	}
	out->owner = p;
	out->bytes = (struct slice){ p, got };
	return 0;
}

static int read_file(int fd, struct blob *out, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, errno, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode)) {
		out->kind = BLOB_OTHER;
		return 0;
	}
	if ((uint64_t)st.st_size > FSX_MAX_FILE)
		return err_set(e, ERR_LIMIT, "cannot read '%s': larger than %zu bytes",
			       path, FSX_MAX_FILE);
	out->kind = BLOB_FILE;
	out->mode = st.st_mode & 0100 ? 0100755 : 0100644;
	out->perms = (struct perms){ true, st.st_mode & 0777, st.st_uid, st.st_gid };
	return read_all(fd, (size_t)st.st_size, out, path, e);
}

static int read_link(int dir, struct blob *out, const char *path, struct err *e)
{
	_cleanup_fd_ int fd = open_beneath(dir, path, O_PATH | O_NOFOLLOW);
	char *p;
	ssize_t n;

	if (fd < 0) {
		out->kind = BLOB_BEYOND;
		return 0;
	}
	p = xmalloc(4096);
	n = readlinkat(fd, "", p, 4096);
	if (n < 0) {
		free(p);
		return err_sys(e, errno, "cannot read the link '%s'", path);
	}
	*out = (struct blob){
		.kind = BLOB_LINK, .mode = 0120000, .bytes = { p, (size_t)n }, .owner = p
	};
	return 0;
}

static int disk_get(struct blob_source *src, struct slice path, struct blob *out,
		    struct err *e)
{
	struct disk_source *d = (struct disk_source *)src;
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);
	_cleanup_fd_ int fd =
		open_beneath(d->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

	*out = (struct blob){ .kind = BLOB_ABSENT };
	if (fd >= 0)
		return read_file(fd, out, name, e);
	if (errno == ENOENT)
		return 0;
	if (errno == ENXIO) {
		out->kind = BLOB_OTHER;
		return 0;
	}
	if (errno == ENOTDIR || errno == EXDEV) {
		out->kind = BLOB_BEYOND;
		return 0;
	}
	if (errno == ELOOP)
		return read_link(d->fd, out, name, e);
	return err_sys(e, errno, "cannot open '%s/%s'", d->dir, name);
}

static void disk_put(struct blob_source *src, struct blob *b)
{
	(void)src;
	free(b->owner);
	*b = (struct blob){ 0 };
}

static void disk_ahead(struct blob_source *src, const struct slice *paths, size_t n)
{
	struct disk_source *d = (struct disk_source *)src;

	ahead_stop(d->ahead);
	d->ahead = n ? ahead_start(d->fd, paths, n) : NULL;
}

static void disk_free(struct source *s)
{
	struct disk_source *d = (struct disk_source *)s;

	ahead_stop(d->ahead);
	closep(&d->fd);
	free(d->dir);
	free(d);
}

int disk_source_new(const char *dir, struct blob_source **out, struct err *e)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct disk_source *d;

	if (fd < 0)
		return err_sys(e, errno, "cannot open directory '%s'", dir);
	d = xcalloc(1, sizeof(*d));
	d->fd = fd;
	d->dir = xstrdup(dir);
	d->s.base.get = disk_get;
	d->s.base.put = disk_put;
	d->s.base.ahead = disk_ahead;
	d->s.base.threads = true;
	d->s.free = disk_free;
	*out = &d->s.base;
	return 0;
}

static int memory_get(struct blob_source *src, struct slice path, struct blob *out,
		      struct err *e)
{
	struct memory_source *m = (struct memory_source *)src;
	const struct blob *b = map_get(&m->files, path);

	(void)e;
	*out = (struct blob){ .kind = BLOB_ABSENT };
	if (b)
		*out = *b;
	else if (map_has(&m->dirs, path))
		out->kind = BLOB_OTHER;
	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] == '/' && map_has(&m->files, (struct slice){ path.p, i }))
			out->kind = BLOB_BEYOND;
	}
	return 0;
}

static void memory_free(struct source *s)
{
	struct memory_source *m = (struct memory_source *)s;

	map_release(&m->files);
	map_release(&m->dirs);
	arena_release(&m->arena);
	free(m);
}

struct blob_source *memory_source_new(void)
{
	struct memory_source *m = xcalloc(1, sizeof(*m));

	m->s.base.get = memory_get;
	m->s.base.threads = true;
	m->s.free = memory_free;
	return &m->s.base;
}

void memory_source_add(struct blob_source *src, const char *path, uint32_t mode,
		       struct slice bytes)
{
	struct memory_source *m = (struct memory_source *)src;
	struct blob *b = arena_alloc(&m->arena, sizeof(*b));
	bool link = (mode & 0170000) == 0120000;

	b->kind = link ? BLOB_LINK : BLOB_FILE;
	b->mode = mode;
	b->bytes = (struct slice){ arena_dup(&m->arena, bytes.p, bytes.n), bytes.n };
	map_set(&m->files, slice_str(path), b);
	for (size_t i = 0; path[i]; i++) {
		if (path[i] == '/')
			map_set(&m->dirs, (struct slice){ path, i }, b);
	}
}

void blob_source_free(struct blob_source *src)
{
	struct source *s = (struct source *)src;

	if (s)
		s->free(s);
}

void blob_source_freep(struct blob_source **src)
{
	blob_source_free(*src);
	*src = NULL;
}
