// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fsx.h"

int beneath_open(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how = { .flags = (uint64_t)flags | O_CLOEXEC,
				.mode = flags & O_CREAT ? mode : 0,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* Of an open that failed: what stands in the way, or what the system said. */
static int open_failed(const char *what, const char *path, struct err *e)
{
	if (errno == ENOENT)
		return err_set(e, ERR_NOTFOUND, "cannot %s '%s': it is not there", what,
			       path);
	if (errno == ELOOP || errno == ENOTDIR || errno == EXDEV)
		return err_set(e, ERR_UNSAFE,
			       "cannot %s '%s': a link or a file stands in its way", what,
			       path);
	return err_sys(e, errno, "cannot %s '%s'", what, path);
}

int beneath_read(int dir, const char *path, struct buf *out, struct err *e)
{
	_cleanup_fd_ int fd = beneath_open(dir, path, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return open_failed("read", path, e);
	if (fstat(fd, &st))
		return err_sys(e, errno, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_UNSAFE, "cannot read '%s': it is no file", path);
	if ((uint64_t)st.st_size > FSX_MAX_FILE)
		return err_set(e, ERR_LIMIT, "cannot read '%s': larger than %zu bytes",
			       path, FSX_MAX_FILE);
	buf_grow(out, (size_t)st.st_size + 1);
	for (;;) {
		ssize_t n;

		buf_grow(out, 1);
		n = read(fd, out->data + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read '%s'", path);
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (!n)
			return 0;
	}
}

static int make_dir(int dir, const char *path, struct err *e)
{
	_cleanup_fd_ int fd = -1;

	if (!mkdirat(dir, path, 0777))
		return 0;
	if (errno != EEXIST)
		return err_sys(e, errno, "cannot make directory '%s'", path);
	fd = beneath_open(dir, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	return fd < 0 ? open_failed("use directory", path, e) : 0;
}

int beneath_mkdirs(int dir, const char *path, struct err *e)
{
	_cleanup_free_ char *part = xstrdup(path);
	int rc = 0;

	for (char *slash = strchr(part, '/'); slash && !rc; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rc = make_dir(dir, part, e);
		*slash = '/';
	}
	return rc ? rc : make_dir(dir, part, e);
}

/*
 * Calls itself for each directory. @fd is taken. What is found in a directory is
 * decided by opening it, never by what it was a moment before.
 */
static int walk(int fd, const char *prefix, bool removing, struct strvec *out,
		struct err *e);

static int visit(int dirfd, const char *prefix, const char *name, bool removing,
		 struct strvec *out, struct err *e)
{
	_cleanup_free_ char *path = path_join(prefix, name);
	int fd;

	if (removing && !unlinkat(dirfd, name, 0))
		return 0;
	fd = openat(dirfd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		int rc = walk(fd, path, removing, out, e);

		if (!rc && removing && unlinkat(dirfd, name, AT_REMOVEDIR))
			rc = err_sys(e, errno, "cannot remove '%s'", path);
		return rc;
	}
	if (removing || (errno != ENOTDIR && errno != ELOOP))
		return err_sys(e, errno, "cannot %s '%s'", removing ? "remove" : "read",
			       path);
	strvec_push(out, path);
	return 0;
}

static int walk(int fd, const char *prefix, bool removing, struct strvec *out,
		struct err *e)
{
	DIR *d = fdopendir(fd);
	struct dirent *de;
	int rc = 0;

	if (!d) {
		close(fd);
		return err_sys(e, errno, "cannot read '%s'", prefix);
	}
	while (!rc && (errno = 0, de = readdir(d))) {
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			rc = visit(fd, prefix, de->d_name, removing, out, e);
	}
	if (!rc && errno)
		rc = err_sys(e, errno, "cannot read '%s'", prefix);
	closedir(d);
	return rc;
}

/* unlinkat() and its kin follow links on the way: so from the parent's own descriptor. */
int beneath_remove(int dir, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	_cleanup_free_ char *up = slash ? xmemdupz(path, (size_t)(slash - path)) : NULL;
	_cleanup_fd_ int parent =
		beneath_open(dir, up ? up : ".", O_PATH | O_DIRECTORY, 0);
	int fd, rc;

	if (parent < 0)
		return errno == ENOENT ? 0 : open_failed("remove", path, e);
	if (!unlinkat(parent, base, 0) || errno == ENOENT)
		return 0;
	fd = beneath_open(parent, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return err_sys(e, errno, "cannot remove '%s'", path);
	rc = walk(fd, path, true, NULL, e);
	if (!rc && unlinkat(parent, base, AT_REMOVEDIR) && errno != ENOENT)
		rc = err_sys(e, errno, "cannot remove '%s'", path);
	return rc;
}

int beneath_list(int dir, const char *path, struct strvec *out, struct err *e)
{
	int fd = beneath_open(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : open_failed("read", path, e);
	rc = walk(fd, "", false, out, e);
	strvec_sort(out);
	return rc;
}

static int write_pieces(int fd, const struct iovec *v, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t batch = n - i > IOV_MAX ? IOV_MAX : n - i, want = 0;
		ssize_t got;

		for (size_t k = i; k < i + batch; k++)
			want += v[k].iov_len;
		do
			got = writev(fd, v + i, (int)batch);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return -1;
		if ((size_t)got != want) {
			/* To a file less is written only when no more has room. */
			errno = ENOSPC;
			return -1;
		}
		i += batch;
	}
	return 0;
}

static int create_link(int dir, const char *path, const struct iovec *v, size_t n,
		       struct err *e)
{
	_cleanup_buf_ struct buf to = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_add(&to, v[i].iov_base, v[i].iov_len);
	if (!to.len || strlen(to.data) != to.len)
		return err_set(e, ERR_INPUT, "cannot make the link '%s': bad target",
			       path);
	if (symlinkat(to.data, dir, path))
		return err_sys(e, errno, "cannot make the link '%s'", path);
	return 0;
}

/* Only root can give files away, and nobody else needs to. */
static void give_to(int fd, const struct new_file *how)
{
	if ((how->uid != (uid_t)-1 || how->gid != (gid_t)-1) && !geteuid() &&
	    fchown(fd, how->uid, how->gid))
		return;
}

static bool is_omitted(const struct new_file *how)
{
	return how->mtime.tv_nsec == UTIME_OMIT;
}

/* Most have it from the start, and to look is cheaper than to set. */
static bool has_perm(int fd, mode_t perm)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & 07777) == perm;
}

static int finish_file(int fd, const struct new_file *how)
{
	struct timespec times[2] = { how->mtime, how->mtime };

	give_to(fd, how);
	if (how->exact && !has_perm(fd, how->perm) && fchmod(fd, how->perm))
		return -1;
	return is_omitted(how) ? 0 : futimens(fd, times);
}

int beneath_create(int dir, const char *path, const struct iovec *v, size_t n,
		   const struct new_file *how, struct err *e)
{
	int fd, failed;

	if (how->link)
		return create_link(dir, path, v, n, e);
	fd = beneath_open(dir, path, O_WRONLY | O_CREAT | O_EXCL, how->perm & 0777);
	if (fd < 0)
		return err_sys(e, errno, "cannot make '%s'", path);
	failed = write_pieces(fd, v, n) || finish_file(fd, how) ? errno : 0;
	if (close(fd) && !failed)
		failed = errno;
	return failed ? err_sys(e, failed, "cannot write '%s'", path) : 0;
}

static int copy_link(int from_dir, const char *from, int dir, const char *path,
		     struct err *e)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(from_dir, from, to, sizeof(to) - 1);
	struct iovec v = { to, n > 0 ? (size_t)n : 0 };

	if (n < 0)
		return err_sys(e, errno, "cannot read the link '%s'", from);
	return create_link(dir, path, &v, 1, e);
}

int beneath_copy(int from_dir, const char *from, int dir, const char *path,
		 struct err *e)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	struct new_file how = { .exact = true };
	struct iovec v;
	struct stat st;
	int rc;

	if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, errno, "cannot read '%s'", from);
	if (S_ISLNK(st.st_mode))
		return copy_link(from_dir, from, dir, path, e);
	rc = beneath_read(from_dir, from, &bytes, e);
	if (rc)
		return rc;
	v = (struct iovec){ bytes.data, bytes.len };
	how.perm = st.st_mode & 07777;
	how.uid = st.st_uid;
	how.gid = st.st_gid;
	how.mtime = st.st_mtim;
	return beneath_create(dir, path, &v, 1, &how, e);
}

int beneath_publish(int dir, const char *name, struct slice data, struct err *e)
{
	static const char tmp[] = BENEATH_TMP;
	struct new_file how = { .perm = 0666,
				.uid = (uid_t)-1,
				.gid = (gid_t)-1,
				.mtime = { 0, UTIME_OMIT } };
	struct iovec v = { (char *)data.p, data.n };
	int rc;

	if (unlinkat(dir, tmp, 0) && errno != ENOENT)
		return err_sys(e, errno, "cannot remove '%s'", tmp);
	rc = beneath_create(dir, tmp, &v, 1, &how, e);
	if (!rc && renameat(dir, tmp, dir, name))
		rc = err_sys(e, errno, "cannot write '%s'", name);
	return rc;
}

unsigned parents_share(unsigned n)
{
	struct rlimit limit;
	unsigned all = PARENTS_MOST;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur / 2 < all)
		all = (unsigned)limit.rlim_cur / 2;
	return all / n ? all / n : 1;
}

void parents_reserve(int fd)
{
	int last = fcntl(fd, F_DUPFD_CLOEXEC, PARENTS_MOST + PARENTS_MOST / 2 - 1);

	if (last >= 0)
		close(last);
}

void parents_release(struct parents *p)
{
	map_each(it, &p->fds)
		close((int)(intptr_t)it->value - 1);
	map_release(&p->fds);
}

int parents_get(struct parents *p, const char *path, bool make, int *fd,
		const char **base, struct err *e)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = slash ? xmemdupz(path, (size_t)(slash - path)) : NULL;
	int rc;

	*base = slash ? slash + 1 : path;
	*fd = p->root;
	if (!slash)
		return 0;
	*fd = (int)(intptr_t)map_get(&p->fds, slice_str(dir)) - 1;
	if (*fd >= 0)
		return 0;
	if (p->fds.n >= (p->most ? p->most : PARENTS_FEW))
		parents_release(p);
	*fd = beneath_open(p->root, dir, O_PATH | O_DIRECTORY, 0);
	if (*fd < 0 && errno == ENOENT && make) {
		rc = beneath_mkdirs(p->root, dir, e);
		if (rc)
			return rc;
		*fd = beneath_open(p->root, dir, O_PATH | O_DIRECTORY, 0);
	}
	if (*fd < 0)
		return open_failed("use directory", dir, e);
	map_set(&p->fds, slice_str(dir), (void *)(intptr_t)(*fd + 1));
	return 0;
}
