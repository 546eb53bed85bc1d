/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The object store: kernel trees as git objects in `<cache>/store.git`, a bare
 * repository that plain git reads too. A tree is known by its id, as 40 hex
 * digits. Objects are only ever added; what a killed process left half-written
 * is never read.
 *
 * A struct store may be used by several threads at once without a lock of
 * theirs; open and close it in one. Several processes may have one store open.
 */

#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "store/conf.h"

#define OID_HEX 41 /* with the NUL */
/* In the cache: shared by all that have the store open. */
#define STORE_LOCK "store.lock"

struct store;

/* Opens the store below @cache; makes both when they are missing. */
int store_open(const char *cache, struct store **out, struct err *e) _must_check_;
void store_close(struct store *s);
/*
 * From now on what reads many files (checkout, each) ends with ERR_CANCELLED soon
 * after *cancel turned true. Before threads share the store.
 */
void store_set_cancel(struct store *s, const atomic_bool *cancel);
/* The cache directory that the store was opened in. */
const char *store_cache(const struct store *s);
/* Whether the object @hex is there. */
bool store_has(const struct store *s, const char *hex);
/*
 * Keeps the object @hex and all it needs from git's garbage collection, as
 * refs/carry/@name; what the name stood for before is let go.
 */
int store_keep(struct store *s, const char *name, const char *hex,
	       struct err *e) _must_check_;

/* Modes as git has them. */
enum file_mode { MODE_FILE = 0100644, MODE_EXEC = 0100755, MODE_LINK = 0120000 };

/*
 * Appends the content of @path in @tree to @out; of a symbolic link its target.
 * @mode may be NULL. ERR_NOTFOUND when no file or link has that path.
 */
int store_blob(const struct store *s, const char *tree, const char *path, struct buf *out,
	       unsigned *mode, struct err *e) _must_check_;

/* What a path of a tree leads to. */
enum store_kind {
	STORE_ABSENT,
	STORE_FILE,   /* or link */
	STORE_OTHER,  /* a directory, a submodule */
	STORE_BEYOND, /* something above it is no directory */
};

/*
 * Looks for @path. The content of a STORE_FILE is in *out, whose memory the caller frees
 * (out->p), and its mode in *mode.
 */
int store_look(const struct store *s, const char *tree, const char *path,
	       enum store_kind *kind, struct slice *out, unsigned *mode,
	       struct err *e) _must_check_;

/* One file of an overlay: new content, or gone when @mode is 0. */
struct store_change {
	const char *path;
	unsigned mode;	   /* enum file_mode, or 0 */
	struct slice data; /* of a link its target */
};

/*
 * The tree that @base becomes with @changes, in any order: no path twice. Only
 * the directories on the way are read and written; an emptied one goes. A
 * @base of NULL is the empty tree. ERR_UNSAFE for a path or link that leaves
 * the tree, ERR_NOTFOUND for the removal of what is not there, ERR_CONFLICT for
 * a file where a directory stands or the reverse.
 */
int store_tree_with(struct store *s, const char *base, const struct store_change *changes,
		    size_t n, char out[static OID_HEX], struct err *e) _must_check_;

/*
 * Writes what @patterns select of @tree to @dest, which must not exist; it
 * appears when it is complete. An empty list selects everything. A pattern is a
 * file, a directory with all below, or has `*` and `?` (inside of one name)
 * or `**` (any number of directories). One without these that the tree does
 * not have is ERR_NOTFOUND with its name. ERR_UNSAFE for a name or link that
 * would leave @dest, ERR_EXISTS when @dest is there.
 */
int store_checkout(const struct store *s, const char *tree,
		   const struct strlist *patterns, const char *dest,
		   struct err *e) _must_check_;

/* Called with one file or link; anything but 0 ends the walk with that value. */
typedef int store_file_fn(void *arg, const char *path, unsigned mode, struct slice data,
			  struct err *e);

/*
 * Calls @fn for each file that @patterns select, with its content, in no
 * particular order. With more than one of @threads it is called by several at
 * once. Patterns as for store_checkout(), save that none must match.
 */
int store_each(const struct store *s, const char *tree, const struct strlist *patterns,
	       unsigned threads, store_file_fn *fn, void *arg,
	       struct err *e) _must_check_;

/* The paths that @patterns select, sorted; contents are not read. */
int store_paths(const struct store *s, const char *tree, const struct strlist *patterns,
		struct strvec *out, struct err *e) _must_check_;

/*
 * Whether a symbolic link at @path in a tree, with that @target, stays inside
 * wherever the tree stands: relative, and `..` only in front and not more of
 * them than the link has directories above. (Behind another name `..` could
 * start from where a second link leads.)
 */
bool store_link_is_safe(struct slice path, struct slice target);
