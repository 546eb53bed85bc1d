/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the two ways to apply a series share; nobody else includes it. */

#include "engine/apply_tree.h"
#include "engine/chain.h"

/* One patch that is to be done, and where the answers go. */
struct to_do {
	bool reverse;
	const struct apply_policy *policy;
	struct change_outcome *outcomes; /* patch->nchanges */
};

/* Does steps of that one patch in order. Commits nothing. */
int apply_steps(struct tree *t, const struct to_do *d, const struct step *s, size_t n,
		struct err *e) _must_check_;
/* In the result's arena, of no change tried so far. */
struct change_outcome *new_outcomes(struct apply_result *r, const struct patch *p);

struct result_files {
	struct result_file *v;
	size_t n, cap;
};

/* Where the files of a result go. */
struct collector {
	const struct apply_policy *policy;
	struct arena *arena; /* for their bytes, when nobody watches */
	struct result_files files;
};

/*
 * Adds @f when it is not as the source has it. @f->path must live as long as the
 * result.
 */
int collect_file(struct collector *c, struct tree *t, struct file *f,
		 struct err *e) _must_check_;
/* Makes them the result's, sorted; they are released. */
void finish_files(struct apply_result *r, struct result_files *files);

/*
 * Applies all patches chain by chain over policy->threads. False when not every
 * change of every patch applies, or anything goes wrong: then the patches must be done
 * in order, which says who stops whom. Fills r->patches and r->files.
 */
bool apply_chains(struct blob_source *src, const struct patch *const *patches,
		  const bool *reverse, const struct apply_policy *policy,
		  struct apply_result *r);
