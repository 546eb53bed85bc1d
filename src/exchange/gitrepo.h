/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A person's or our own git repository, as far as series become commits and commits series:
 * refs, commits, and the git program run in it. Its hooks are never run by us.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "store/tree.h"

struct gitrepo;

/* Opens the one that @dir is in. ERR_NOTFOUND when it is in none. */
int gitrepo_open(const char *dir, struct gitrepo **out, struct err *e) _must_check_;
/*
 * Makes an empty one with its work tree at @dir, which must be a new name; it
 * borrows objects from @alternate ("<repository>/objects").
 */
int gitrepo_create(const char *dir, const char *alternate, struct err *e) _must_check_;
void gitrepo_free(struct gitrepo *r);
void gitrepo_freep(struct gitrepo **r);
#define _cleanup_gitrepo_ _cleanup_(gitrepo_freep)
/* The top of its work tree; of a bare one the repository itself. */
const char *gitrepo_dir(const struct gitrepo *r);
/* Its "objects". The caller frees. */
char *gitrepo_objects(const struct gitrepo *r);

/* What @ref ("refs/heads/x") stands for. ERR_NOTFOUND when there is none. */
int gitrepo_ref(const struct gitrepo *r, const char *ref, char hex[static OID_HEX],
		struct err *e) _must_check_;
/* Of refs/carry/ the caller is the only one who writes: see gitseries.h. */
int gitrepo_set_ref(struct gitrepo *r, const char *ref, const char *hex, const char *why,
		    struct err *e) _must_check_;
/* One that is not there is no error. */
int gitrepo_delete_ref(struct gitrepo *r, const char *ref, struct err *e) _must_check_;
/* Points HEAD at the branch @ref; the work tree is not touched. */
int gitrepo_set_head(struct gitrepo *r, const char *ref, struct err *e) _must_check_;
/* Whether a work tree of it, linked ones included, is on the branch @ref. */
bool gitrepo_is_checked_out(const struct gitrepo *r, const char *ref);
/* The commit that @rev ("v6.1.1", "HEAD~2") means. ERR_NOTFOUND. */
int gitrepo_resolve(const struct gitrepo *r, const char *rev, char hex[static OID_HEX],
		    struct err *e) _must_check_;

struct gitcommit {
	char id[OID_HEX], tree[OID_HEX];
	char parent[OID_HEX]; /* the first; "" when there is none */
	unsigned nparents;
	const char *name, *mail; /* of the author; in the arena, as the message */
	int64_t time;
	int zone;
	struct slice message; /* UTF-8 */
};

int gitrepo_commit(const struct gitrepo *r, const char *hex, struct arena *a,
		   struct gitcommit *out, struct err *e) _must_check_;
int gitrepo_parent(const struct gitrepo *r, const char *hex, unsigned n,
		   char out[static OID_HEX], struct err *e) _must_check_;

/* Appends the content of @path in @tree. ERR_NOTFOUND. */
int gitrepo_blob(const struct gitrepo *r, const char *tree, const char *path, struct buf *out,
		 struct err *e) _must_check_;
/* The id of what stands at @path in @tree. */
int gitrepo_entry(const struct gitrepo *r, const char *tree, const char *path,
		  char out[static OID_HEX], struct err *e) _must_check_;

/*
 * Runs git in it with @args (NULL-ended, without "git") in a clean environment; what it
 * prints is appended to @out, which may be NULL. ERR_TOOL with git's last words.
 */
int gitrepo_git(const struct gitrepo *r, const char *const *args, struct slice input,
		struct buf *out, struct err *e) _must_check_;
/* "Name <mail> 1234567890 +0000": who commits, by the person's own settings. */
int gitrepo_committer(const struct gitrepo *r, struct buf *out, struct err *e) _must_check_;
