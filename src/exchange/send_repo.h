/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The branch that b4 sends from: a repository of its own in the cache, which borrows
 * the store's objects, so that neither the person's clone nor what he is at work on is
 * touched. On the base stand the cover commit, then one commit a patch. Of the work tree
 * only what the series changes is written out.
 */

#include "exchange/send.h"
#include "store/base.h"
#include "store/tree.h"

#define SEND_BRANCH "b4/series"
/* Below the cache: such repositories, and what else a send needs for a while. */
#define SEND_PLACE "send"

struct send_repo {
	char *dir;
	char base[OID_HEX]; /* the commit that the series stands on */
	/*
	 * Whether that is a commit which others have: the base was fetched from a git
	 * repository. Of a package's tree it is one of our own making.
	 */
	bool public_base;
	char tree[OID_HEX]; /* what the series makes of the base */
	char head[OID_HEX];
};

/* ERR_CONFLICT, with where, when the series does not apply. */
int send_repo_make(struct send_repo *r, const struct send *s,
		   const struct variant_series *series, struct store *store,
		   const struct base *base, const struct identity *me,
		   struct err *e) _must_check_;
/*
 * Appends what git range-diff says of the version that was sent last, on the base that it
 * stood on when the store has that; nothing when there is none. ERR_CONFLICT when it does
 * not apply to today's base, ERR_NOTFOUND or ERR_INPUT when the copy of it is not whole.
 */
int send_repo_range_diff(struct send_repo *r, const struct send *s,
			 const struct variant_series *series, struct store *store,
			 const struct identity *me, struct buf *out,
			 struct err *e) _must_check_;
/*
 * While a version is unfinished (see sent.h), what b4 says of it is in the branch: where
 * that is, is noted in the directory @keep.
 */
int send_repo_remember(const struct send_repo *r, const char *keep,
		       struct err *e) _must_check_;
/* The directory of the one noted there, NULL when that is gone. The caller frees. */
char *send_repo_left(const char *keep);
/* Removes that, and the note. */
int send_repo_forget(const char *keep, struct err *e) _must_check_;
/*
 * What killed runs left in SEND_PLACE, without those that are to be remembered. To ask
 * this one must have STORE_LOCK alone: who makes anything there has the store open, till
 * the end.
 */
int send_repo_leftover(const char *cache, struct strvec *paths,
		       struct err *e) _must_check_;
/* Removes the directory. */
void send_repo_release(struct send_repo *r);
/* git in @dir, without anybody's configuration; what it prints is appended to @out. */
int send_git(const char *dir, const char *const *args, const char *const *env,
	     struct slice input, struct buf *out, struct err *e) _must_check_;
