/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Somebody's git repository with upstream's history, read to look up the commits that
 * patches name. Nothing is written there and nothing is fetched.
 */

#include "base/buf.h"
#include "base/err.h"

struct upstream;

struct upstream_commit {
	char *id;      /* 40 hex digits */
	char *author;  /* "Name <address>" */
	char *title;   /* the message's first line */
	char *message; /* all of it, UTF-8 where the commit says its encoding */
};

/* @path: a work tree or a bare repository. ERR_NOTFOUND when there is none. */
int upstream_open(const char *path, struct upstream **out, struct err *e) _must_check_;
void upstream_close(struct upstream *u);
/*
 * The commit whose id begins with @hex (7 to 40 digits). ERR_NOTFOUND when there is
 * none, ERR_CONFLICT when there are several.
 */
int upstream_find(struct upstream *u, struct slice hex, struct upstream_commit *out,
		  struct err *e) _must_check_;
void upstream_commit_release(struct upstream_commit *c);
/* Appends what the commit changes against its first parent, as git diff has it. */
int upstream_diff(struct upstream *u, const struct upstream_commit *c, struct buf *out,
		  struct err *e) _must_check_;
