/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A new repository: a series of anybody's with what is needed to verify it on the
 * lines that were chosen. Everything is planned in memory and read back as a
 * repository is read; only then is it put in place, all of it or nothing.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct init_spec {
	const char *series;    /* a quilt directory to adopt, or NULL: then @patches */
	struct strvec patches; /* files, in order */
	struct strvec targets; /* "NAME" or "NAME=SOURCE", the newest line first */
	struct strvec configs; /* "CONFIG_X=y": what the changed files need to be built */
	struct strvec archs;   /* as kernels call them; at least one */
};

struct init_file {
	char *path; /* in the repository */
	struct buf bytes;
};

struct init_plan {
	VEC(struct init_file) files; /* carry.conf is the last */
};

/*
 * ERR_USAGE for names and sources that cannot be, ERR_INPUT for patches that cannot be
 * read. *out is always releasable.
 */
int init_plan(const struct init_spec *spec, struct init_plan *out,
	      struct err *e) _must_check_;
struct init_done {
	struct strvec kept; /* README.md and .gitignore that were there, and stay */
	bool resumed;	    /* one that was cut off before had begun it */
};

/*
 * Writes it into @dir, which is made if missing. Ended at any moment it leaves what was
 * there, or all of it, or what the next call in @dir completes. ERR_EXISTS, and nothing
 * written, when something of it is there already, or when what was completed is not
 * the same. The caller releases done->kept.
 */
int init_write(const char *dir, const struct init_plan *plan, struct init_done *done,
	       struct err *e) _must_check_;
void init_release(struct init_plan *plan);
