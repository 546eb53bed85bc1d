// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fsx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/random.h>
#include <unistd.h>

static int read_fd(int fd, const char *path, size_t max, bool cut, struct buf *out,
		   struct err *e)
{
	struct stat st = { 0 };
	size_t got = 0;

	/* Who brings a large buffer along does without the size, for one more read. */
	if (out->cap - out->len <= FSX_ROOMY && fstat(fd, &st))
		return err_sys(e, errno, "cannot read '%s'", path);
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= max)
		buf_grow(out, (size_t)st.st_size + 1);
	for (;;) {
		ssize_t n;

		if (got == max && cut)
			return 0;
		if (out->cap - out->len < 2)
			buf_grow(out, 64 * 1024);
		n = read(fd, out->data + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read '%s'", path);
		if (!n)
			break;
		if (cut && (size_t)n > max - got)
			n = (ssize_t)(max - got);
		got += (size_t)n;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (got > max)
			return err_set(e, ERR_LIMIT, "cannot read '%s': larger than %zu bytes",
				       path, max);
		/* All of a file: no need to be told so by another read. */
		if (S_ISREG(st.st_mode) && (off_t)got == st.st_size)
			break;
	}
	buf_grow(out, 0);
	return 0;
}

int fsx_read_at(int dir, const char *name, const char *path, struct buf *out,
		struct err *e)
{
	_cleanup_fd_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, errno, "cannot read '%s'", path);
	return read_fd(fd, path, FSX_MAX_FILE, false, out, e);
}

int fsx_read(const char *path, struct buf *out, struct err *e)
{
	return fsx_read_at(AT_FDCWD, path, path, out, e);
}

static int read_plain_fd(int fd, const char *path, struct buf *out, struct err *e)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(e, errno, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "cannot read '%s': no plain file", path);
	return read_fd(fd, path, FSX_MAX_FILE, false, out, e);
}

int fsx_read_plain(const char *path, struct buf *out, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return read_plain_fd(fd, path, out, e);
}

int fsx_read_beneath(const char *dir, const char *path, struct buf *out, struct err *e)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	_cleanup_fd_ int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int fd = -1;

	if (at < 0)
		return err_sys(e, errno, "cannot read '%s'", dir);
	fd = (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
	return read_plain_fd(fd, path, out, e);
}

int fsx_read_head(const char *path, size_t max, struct buf *out, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, errno, "cannot read '%s'", path);
	return read_fd(fd, path, max, true, out, e);
}

int fsx_write_all(int fd, struct slice data, const char *path, struct err *e)
{
	while (data.n) {
		ssize_t n = write(fd, data.p, data.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot write '%s'", path);
		data.p += n;
		data.n -= (size_t)n;
	}
	return 0;
}

static int sync_parent(const char *path, struct err *e)
{
	_cleanup_free_ char *dir = path_parent(path);
	_cleanup_fd_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		return err_sys(e, errno, "cannot sync the directory of '%s'", path);
	return 0;
}

static int fill_and_rename(int fd, const char *tmp, const char *path, struct slice data,
			   struct err *e)
{
	int rc = fsx_write_all(fd, data, path, e);

	if (!rc && fsync(fd))
		rc = err_sys(e, errno, "cannot write '%s'", path);
	if (close(fd) && !rc)
		rc = err_sys(e, errno, "cannot write '%s'", path);
	if (!rc && rename(tmp, path))
		rc = err_sys(e, errno, "cannot rename to '%s'", path);
	if (rc)
		unlink(tmp);
	return rc;
}

/*
 * mkostemp() makes files of mode 0600, and the umask, which the mode wanted depends
 * on, can only be read by changing it under the feet of other threads.
 */
static int open_beside(const char *path, char **tmp)
{
	int fd = -1;

	for (unsigned tries = 0; fd < 0 && tries < 100; tries++) {
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -1;
		free(*tmp);
		*tmp = xasprintf("%s.tmp-%016llx", path, (unsigned long long)random);
		fd = open(*tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

int fsx_publish(const char *path, struct slice data, struct err *e)
{
	_cleanup_free_ char *tmp = NULL;
	int fd = open_beside(path, &tmp);
	int rc;

	if (fd < 0)
		return err_sys(e, errno, "cannot write '%s'", path);
	rc = fill_and_rename(fd, tmp, path, data, e);
	return rc ? rc : sync_parent(path, e);
}

int fsx_write_close(int fd, struct slice data, const char *path, struct err *e)
{
	int rc = fsx_write_all(fd, data, path, e);

	if (close(fd) && !rc)
		rc = err_sys(e, errno, "cannot write '%s'", path);
	return rc;
}

int fsx_create(const char *path, struct slice data, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_EXISTS, "'%s' is there already", path);
	if (fd < 0)
		return err_sys(e, errno, "cannot write '%s'", path);
	return fsx_write_close(fd, data, path, e);
}

int fsx_mkdirs(const char *path, struct err *e)
{
	_cleanup_free_ char *p = xstrdup(path);

	for (char *s = p + 1; *p; s++) {
		char was = *s;

		if (was && was != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0777) && errno != EEXIST)
			return err_sys(e, errno, "cannot make directory '%s'", p);
		*s = was;
		if (!was)
			break;
	}
	if (!fsx_is_dir(path))
		return err_sys(e, ENOTDIR, "cannot make directory '%s'", path);
	return 0;
}

int fsx_tmpdir(const char *parent, const char *prefix, char **out, struct err *e)
{
	_cleanup_free_ char *tmp = NULL;
	int rc = fsx_mkdirs(parent, e);

	if (rc)
		return rc;
	tmp = xasprintf("%s/%s.XXXXXX", parent, prefix);
	if (!mkdtemp(tmp))
		return err_sys(e, errno, "cannot make a directory in '%s'", parent);
	*out = TAKE(tmp);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_DP || type == FTW_DNR)
		return rmdir(path);
	return unlink(path);
}

static int open_up(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	if (type == FTW_D && (st->st_mode & 0700) != 0700)
		return chmod(path, st->st_mode | 0700);
	return 0;
}

int fsx_remove(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		return err_sys(e, errno, "cannot remove '%s'", path);
	}
	if (!S_ISDIR(st.st_mode)) {
		if (unlink(path) && errno != ENOENT)
			return err_sys(e, errno, "cannot remove '%s'", path);
		return 0;
	}
	if (nftw(path, remove_one, 64, FTW_DEPTH | FTW_PHYS) == 0)
		return 0;
	/* A build may leave directories without our permission to empty them. */
	nftw(path, open_up, 64, FTW_PHYS);
	if (nftw(path, remove_one, 64, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		return err_sys(e, errno, "cannot remove '%s'", path);
	return 0;
}

static int link_entry(int from, int to, const struct dirent *d, const char *path,
		      struct err *e);

static int link_dir(int from, int to, const char *path, struct err *e)
{
	int dup_fd = dup(from);
	DIR *dir = dup_fd < 0 ? NULL : fdopendir(dup_fd);
	struct dirent *d;
	int rc = 0;

	if (!dir) {
		if (dup_fd >= 0)
			close(dup_fd);
		return err_sys(e, errno, "cannot read directory '%s'", path);
	}
	while (!rc && (errno = 0, d = readdir(dir)) != NULL) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		rc = link_entry(from, to, d, path, e);
	}
	if (!rc && errno)
		rc = err_sys(e, errno, "cannot read directory '%s'", path);
	closedir(dir);
	return rc;
}

static int link_entry(int from, int to, const struct dirent *d, const char *path,
		      struct err *e)
{
	_cleanup_fd_ int f = -1;
	_cleanup_fd_ int t = -1;

	if (d->d_type != DT_DIR) {
		if (linkat(from, d->d_name, to, d->d_name, 0))
			return err_sys(e, errno, "cannot link '%s/%s'", path, d->d_name);
		return 0;
	}
	if (mkdirat(to, d->d_name, 0777))
		return err_sys(e, errno, "cannot make directory '%s'", d->d_name);
	f = openat(from, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	t = openat(to, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f < 0 || t < 0)
		return err_sys(e, errno, "cannot open directory '%s/%s'", path, d->d_name);
	return link_dir(f, t, d->d_name, e);
}

int fsx_link_tree(const char *from, const char *to, struct err *e)
{
	_cleanup_fd_ int f = -1;
	_cleanup_fd_ int t = -1;
	int rc = fsx_mkdirs(to, e);

	if (rc)
		return rc;
	f = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f < 0 || t < 0)
		return err_sys(e, errno, "cannot open directory '%s'", f < 0 ? from : to);
	return link_dir(f, t, from, e);
}

int fsx_list(const char *dir, struct strvec *names, struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int rc = 0;

	if (!d)
		return err_sys(e, errno, "cannot read directory '%s'", dir);
	while ((errno = 0, de = readdir(d)) != NULL) {
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			strvec_push(names, de->d_name);
	}
	if (errno)
		rc = err_sys(e, errno, "cannot read directory '%s'", dir);
	closedir(d);
	strvec_sort(names);
	return rc;
}

bool fsx_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

bool fsx_is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int lock_file(struct fsx_lock *l, const char *path, int how, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	int rc;

	if (fd < 0)
		return err_sys(e, errno, "cannot lock '%s'", path);
	do {
		rc = flock(fd, how);
	} while (rc && errno == EINTR);
	if (rc && errno == EWOULDBLOCK)
		return err_set(e, ERR_EXISTS, "cannot lock '%s': in use by another carry",
			       path);
	if (rc)
		return err_sys(e, errno, "cannot lock '%s'", path);
	l->fd = TAKE_FD(fd);
	return 0;
}

int fsx_lock(struct fsx_lock *l, const char *path, bool try_only, struct err *e)
{
	return lock_file(l, path, LOCK_EX | (try_only ? LOCK_NB : 0), e);
}

int fsx_lock_shared(struct fsx_lock *l, const char *path, struct err *e)
{
	return lock_file(l, path, LOCK_SH, e);
}

int fsx_lock_wait(struct fsx_lock *l, const char *path, const atomic_bool *cancel,
		  struct err *e)
{
	int rc;

	while ((rc = fsx_lock(l, path, true, e)) == ERR_EXISTS) {
		if (cancel && atomic_load(cancel))
			return err_set(e, ERR_CANCELLED, "interrupted");
		err_clear(e);
		usleep(50000);
	}
	return rc;
}

void fsx_unlock(struct fsx_lock *l)
{
	closep(&l->fd);
}

enum hold { HELD, HELD_BY_OTHER, NO_LOCKS };

/* Held means that it is still there, too: who had it before may have removed it. */
static enum hold hold_dir(const char *path, struct fsx_lock *l)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat mine, there;

	if (fd < 0)
		return errno == ENOENT ? HELD_BY_OTHER : NO_LOCKS;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? HELD_BY_OTHER : NO_LOCKS;
	if (fstat(fd, &mine) || lstat(path, &there) || mine.st_dev != there.st_dev ||
	    mine.st_ino != there.st_ino)
		return HELD_BY_OTHER;
	l->fd = TAKE_FD(fd);
	return HELD;
}

/* Whether fsx_tmpdir() makes such names. */
static bool is_tmpdir(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) && name[n] == '.' &&
	       strlen(name + n) == strlen(".XXXXXX");
}

/*
 * What another user made is his to remove: in a place like /tmp he could lead the removal
 * elsewhere while it goes on.
 */
static bool is_own(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && st.st_uid == geteuid();
}

static void remove_dead(const char *parent, const char *prefix)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	struct err ignored;

	if (fsx_list(parent, &names, &ignored))
		return;
	vec_each (name, &names) {
		_cleanup_free_ char *path = path_join(parent, *name);
		struct fsx_lock l = FSX_LOCK_INIT;

		if (!is_tmpdir(*name, prefix) || !is_own(path) ||
		    hold_dir(path, &l) != HELD)
			continue;
		/* What cannot be removed is no obstacle. */
		if (fsx_remove(path, &ignored))
			err_clear(&ignored);
		fsx_unlock(&l);
	}
}

int fsx_workdir(const char *parent, const char *prefix, char **out, struct fsx_lock *held,
		struct err *e)
{
	remove_dead(parent, prefix);
	for (unsigned tries = 0; tries < 100; tries++) {
		_cleanup_free_ char *dir = NULL;
		int rc = fsx_tmpdir(parent, prefix, &dir, e);

		if (rc)
			return rc;
		/* Another may have taken it for a dead one before it was locked. */
		if (hold_dir(dir, held) == HELD_BY_OTHER)
			continue;
		*out = TAKE(dir);
		return 0;
	}
	return err_set(e, ERR_IO, "cannot keep a directory in '%s'", parent);
}
