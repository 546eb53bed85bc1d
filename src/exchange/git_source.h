/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A commit of a person's git repository as a source of blobs; only read. */

#include "engine/apply.h"

/*
 * The tree of @rev (a branch, tag or commit; NULL: HEAD) in the repository at @dir, a
 * work tree or a bare one. ERR_NOTFOUND when it is none, or has no such revision.
 */
int git_source_new(const char *dir, const char *rev, struct blob_source **out,
		   struct err *e) _must_check_;
void git_source_free(struct blob_source *src);
