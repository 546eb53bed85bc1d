/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which of the variants that are kept fits a tree of somebody else's: each is
 * tried on it patch by patch, and they are put in order, the best first. The tree is
 * only read.
 */

#include "engine/apply.h"
#include "engine/variant.h"

enum fit_answer {
	FIT_APPLIES,
	FIT_ALREADY, /* the tree has it already */
	FIT_NEAR, /* it does not apply; every hunk has a place that is mostly like it */
	FIT_CONFLICTS,
	FIT_ANSWERS,
};

struct fit_patch {
	const char *name;
	enum fit_answer answer;
	unsigned moved; /* hunks that have an offset */
	const struct patch_outcome *outcome;
};

/* One series; several targets may carry the same. */
struct fit_variant {
	struct strvec targets;
	const char *dir; /* of the series, as carry.conf has it */
	struct variant_series *series;
	struct apply_result *applied;
	struct fit_patch *patches; /* series->n */
	unsigned count[FIT_ANSWERS], moved;
	bool same_line; /* a target's name is that of the tree's line */
	struct err err; /* why it could not be tried; code 0: it was */
};

struct fit {
	char *kernel; /* "6.1.190", as the tree's Makefile tells */
	VEC(struct fit_variant) variants;
};

/*
 * Tries all variants of @conf in the repository @top. ERR_INPUT when @src has no
 * Makefile of a kernel. *out is always releasable, and needs @src while it is used.
 */
int fit_tree(const char *top, const struct conf *conf, struct blob_source *src,
	     struct fit *out, struct err *e) _must_check_;
void fit_release(struct fit *f);
/* Whether every patch applies or is there. */
bool fit_is_whole(const struct fit_variant *v);
/* "applies", "already", "near", "conflicts" */
const char *fit_answer_name(enum fit_answer a);
