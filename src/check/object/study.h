/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One examination while it runs: the object, what was asked of it, and what is
 * known so far of its functions.
 */

#include <regex.h>

#include "check/object/graph.h"
#include "check/object/object.h"

/* No longer chain of calls is followed. */
#define STUDY_MAX_DEPTH 64

struct range {
	pos_t from, to;
};

enum work_state { WORK_NEW, WORK_BUSY, WORK_DONE };

/* A body of the report and what the report does not show of it. */
struct work {
	pos_t entry;
	enum work_state state;
	VEC(struct range) inlined; /* only what is in there counts; none: all */
	struct object_body body;
};

enum callee_kind {
	CALLEE_OTHER,
	CALLEE_LOCK,
	CALLEE_MAYBE, /* it could not be looked through */
	CALLEE_BODY,
};

struct callee {
	enum callee_kind kind;
	const char *name; /* "" if nobody knows */
	struct work *body;
};

struct study {
	const struct object_query *q;
	struct arena *arena;
	struct image im;
	struct tables tables;
	struct decoder decoder;
	regex_t *locks;
	size_t nlocks;
	VEC(struct work *) works;
	struct map by_entry; /* position to the work of the function there */
	bool too_many;	     /* functions that hold handlers */
	struct map helpers;  /* position of a function to enum callee_kind + 1 */
	pos_t current;	     /* the helper that is looked through */
	unsigned depth;	     /* of functions that call functions */
	size_t budget;	     /* instructions that may still be looked at */
};

/* What the call or parting jump @n leads to. */
struct callee callee_of(struct study *s, const struct node *n);
/* A graph within what is left of the budget. */
void study_graph(struct study *s, struct graph *g, pos_t entry);
struct work *study_work(const struct study *s, pos_t entry);
/* Makes a body of the function at @entry unless it is one; NULL without a symbol. */
struct work *study_add(struct study *s, pos_t entry, const char *handler,
		       enum object_how how);
struct object_place study_place(const struct study *s, pos_t at);
struct object_site study_site(const struct study *s, const struct bug_entry *b,
			      bool reached);
/* Whether the entry is of the asked file and line. */
bool study_wants(const struct study *s, const struct bug_entry *b);

/* Answers all questions of @w, and first those of the bodies that it calls. */
void guard_examine(struct study *s, struct work *w);

/*
 * Finds, by the object's DWARF, where handlers were inlined, and makes bodies of
 * the functions around; @found has a place for each handler asked. False if there
 * is no DWARF to read.
 */
bool inlined_find(struct study *s, bool *found);
