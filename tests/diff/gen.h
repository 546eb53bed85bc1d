/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Random small trees, and series of patches between them as git and diff write them:
 * renames chained and crossed, copies, modes, links, CRLF, no line feed at the end,
 * empty files. The tree that a series is for may differ from the one it is tried on.
 */

#include "common.h"

#define GEN_NAMES   7
#define GEN_PATCHES 3

enum node_kind { NODE_NONE, NODE_FILE, NODE_LINK };

struct node {
	enum node_kind kind;
	bool exec;
	struct buf bytes; /* or the target */
};

/* By gen_names[]. */
struct gen_tree {
	struct node n[GEN_NAMES];
};

struct gen_case {
	struct gen_tree base; /* what the patches are tried on */
	struct buf patch[GEN_PATCHES];
	unsigned npatches;
	bool has_copy; /* which cannot be taken back */
	bool mutated;  /* `base` is not what the patches are for */
	bool deletes;
	bool retypes;  /* a file becomes a link, or the reverse */
	bool bare; /* a hunk without context */
	bool crosses;  /* a name is taken that was another file's, or read that goes */
	bool plain;    /* without git's headers */
	bool risky;    /* may be a deletion that does not fit: see mend_git() */
};

extern const char *const gen_names[GEN_NAMES];

/* Paths in the patches begin with "a/cNNN/", NNN being @id. */
void gen_case(struct rng *r, unsigned id, struct gen_case *c);
void gen_case_release(struct gen_case *c);
void gen_tree_copy(struct gen_tree *to, const struct gen_tree *from);
void gen_tree_release(struct gen_tree *t);
bool node_eq(const struct node *a, const struct node *b);

/*
 * The hunks that make @b of @a, with @context lines; none if they are the same. False:
 * one has no context at all.
 */
bool gen_hunks(struct slice a, struct slice b, unsigned context, struct rng *spoil,
	       struct buf *out);
