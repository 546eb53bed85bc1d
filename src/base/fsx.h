/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Files: whole reads with a bound, atomic publication, trees. What is published
 * is either the old or the new content for any reader and after any crash: it
 * is written beside its place, synced, and renamed.
 */

#include <stdatomic.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/* No file that carry reads whole may be larger. */
#define FSX_MAX_FILE ((size_t)1 << 30)

/* Appends the content of @path to @out. ERR_NOTFOUND, ERR_LIMIT or ERR_IO. */
int fsx_read(const char *path, struct buf *out, struct err *e) _must_check_;
/*
 * As fsx_read(), of @name below the directory @dir; @path is for messages. With more room
 * than this in @out a file that fits is not asked for its size.
 */
#define FSX_ROOMY ((size_t)64 * 1024)
int fsx_read_at(int dir, const char *name, const char *path, struct buf *out,
		struct err *e) _must_check_;
/* As fsx_read(), of what others may have put there: no link is followed, no pipe waited for. */
int fsx_read_plain(const char *path, struct buf *out, struct err *e) _must_check_;
/*
 * As fsx_read_plain(), of @path in @dir that others may have made: links are followed
 * only as long as they stay below @dir.
 */
int fsx_read_beneath(const char *dir, const char *path, struct buf *out,
		     struct err *e) _must_check_;
/* As fsx_read(), of at most the first @max bytes; a longer file is cut there. */
int fsx_read_head(const char *path, size_t max, struct buf *out, struct err *e) _must_check_;
/* Replaces @path atomically with mode 0644 (less the umask). */
int fsx_publish(const char *path, struct slice data, struct err *e) _must_check_;
/*
 * A new file, not synced: for a directory that is not in its place yet and can be made
 * again. ERR_EXISTS when there is anything of that name.
 */
int fsx_create(const char *path, struct slice data, struct err *e) _must_check_;
/* All of @data to @fd, through short writes and EINTR. */
int fsx_write_all(int fd, struct slice data, const char *path, struct err *e) _must_check_;
/* The same, and closes @fd, whatever comes of it: that can fail as well. */
int fsx_write_close(int fd, struct slice data, const char *path, struct err *e) _must_check_;
/* Makes @path and what is missing above it. */
int fsx_mkdirs(const char *path, struct err *e) _must_check_;
/* A new directory below @parent (made if missing), its path in *out. */
int fsx_tmpdir(const char *parent, const char *prefix, char **out, struct err *e) _must_check_;
/* Removes a file or a tree, without following links; a missing one is no error. */
int fsx_remove(const char *path, struct err *e) _must_check_;
/* Mirrors @from at @to: directories anew, files as hard links, links as links. */
int fsx_link_tree(const char *from, const char *to, struct err *e) _must_check_;
/* The names in @dir without "." and "..", sorted. */
int fsx_list(const char *dir, struct strvec *names, struct err *e) _must_check_;
bool fsx_exists(const char *path);
bool fsx_is_dir(const char *path);

/* "a/b"; @b alone when it is absolute or @a is empty. The caller frees. */
char *path_join(const char *a, const char *b);
/* The directory above @path, "." for a bare name. The caller frees. */
char *path_parent(const char *path);
/*
 * Whether @path, as a relative path inside a tree, stays in it and names no
 * repository: not empty, not absolute, no empty, "." or ".." component, no
 * ".git" in any spelling that a file system may fold to it, no control bytes.
 */
bool path_is_safe(struct slice path);

/* An exclusive lock on a file, made if missing; the kernel drops it with us. */
struct fsx_lock {
	int fd;
};

#define FSX_LOCK_INIT { -1 }

/* Waits for it; with @try_only gives ERR_EXISTS when another holds it. */
int fsx_lock(struct fsx_lock *l, const char *path, bool try_only, struct err *e) _must_check_;
/* One that several may hold at once, and nobody while another has it alone. */
int fsx_lock_shared(struct fsx_lock *l, const char *path, struct err *e) _must_check_;
/* Waits for it, or until *cancel (which may be NULL) is true: ERR_CANCELLED. */
int fsx_lock_wait(struct fsx_lock *l, const char *path, const atomic_bool *cancel,
		  struct err *e) _must_check_;
void fsx_unlock(struct fsx_lock *l);
/*
 * As fsx_tmpdir(), with the directory locked in @held, so that others see that somebody
 * works in it; where directories cannot be locked, it is taken to be in use for ever.
 * Those of the same @prefix and user that nobody holds any more, since he was killed, are
 * removed before.
 */
int fsx_workdir(const char *parent, const char *prefix, char **out, struct fsx_lock *held,
		struct err *e) _must_check_;
