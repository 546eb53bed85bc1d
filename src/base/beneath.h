/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Work below a directory that others have filled: no link is ever followed, neither at
 * the end of a path nor on the way, so that nothing outside of it is read or
 * written. Paths are relative to a directory's descriptor (O_PATH will do). Nothing is
 * synced: who needs order after a crash of the system syncs himself.
 */

#include <sys/stat.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"

/* open(2) of a path below @dir; a descriptor, or -1 with errno (ELOOP for a link). */
int beneath_open(int dir, const char *path, int flags, mode_t mode);
/* Appends the content of the file. ERR_NOTFOUND when there is none. */
int beneath_read(int dir, const char *path, struct buf *out, struct err *e) _must_check_;
/* Makes the directory @path and those above it that are missing. */
int beneath_mkdirs(int dir, const char *path, struct err *e) _must_check_;
/* Removes a file or a whole directory; a missing one is no error. */
int beneath_remove(int dir, const char *path, struct err *e) _must_check_;
/*
 * The files and links below the directory @path, relative to it and sorted; none when
 * there is no such directory.
 */
int beneath_list(int dir, const char *path, struct strvec *out, struct err *e) _must_check_;
/* What a killed beneath_publish() may leave; the next one takes it away. */
#define BENEATH_TMP ".carry-new"
/*
 * Puts @data in place of the file @name at once: no reader sees a part of it. One at a
 * time in a directory.
 */
int beneath_publish(int dir, const char *name, struct slice data,
		    struct err *e) _must_check_;

/* How a new file is to look. */
struct new_file {
	mode_t perm;		 /* of a file */
	bool exact;		 /* the umask takes nothing from perm */
	bool link;		 /* the bytes are a symbolic link's target */
	uid_t uid;		 /* tried, for root; -1: ours */
	gid_t gid;
	struct timespec mtime; /* tv_nsec UTIME_OMIT: the time of writing */
};

/* Makes @path, which must not be there, with the @n pieces as content. */
int beneath_create(int dir, const char *path, const struct iovec *v, size_t n,
		   const struct new_file *how, struct err *e) _must_check_;
/* Makes @path anew as a copy of @from with its mode. */
int beneath_copy(int from_dir, const char *from, int dir, const char *path,
		 struct err *e) _must_check_;

/* Directories kept open: by one who keeps some, and by all together who know of each other. */
#define PARENTS_FEW  128
#define PARENTS_MOST 512

/*
 * Keeps the directories of recent paths open, so that a thousand files of one
 * directory walk the path to it once.
 */
struct parents {
	int root;
	unsigned most;	/* that are kept open; 0: PARENTS_FEW */
	struct map fds; /* directory → descriptor + 1 */
};

/*
 * The directory that @path is in, and the last component in *base. With @make it is
 * made; without, ERR_NOTFOUND says that it is not there. *fd is good until the next
 * call. ERR_UNSAFE: there is a link or a file on the way.
 */
int parents_get(struct parents *p, const char *path, bool make, int *fd,
		const char **base, struct err *e) _must_check_;
/*
 * The `most` for each of @n that are in use at once: PARENTS_MOST together, or half of the
 * files that this process may open if that is less.
 */
unsigned parents_share(unsigned n);
/*
 * To be called before threads fill parents of their own, with any open file: when their
 * common table of files grows, each growth is milliseconds of waiting for all of them.
 */
void parents_reserve(int fd);
/* Forgets what is open: to be called when directories were removed. */
void parents_release(struct parents *p);
