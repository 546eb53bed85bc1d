/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The report model as the writers read it: checked once, put in order, and
 * given types. The model itself is JSON (docs/report.schema.json,
 * "carry.report/1"); everything here borrows from it and lives no longer.
 */

#include <jansson.h>

#include "base/err.h"
#include "base/vec.h"
#include "engine/verdict.h"

struct view_target {
	const json_t *json;
	const char *name;
	const char *provenance; /* of its base, or NULL when there is no tree */
	const char *tree;	/* tree id, or NULL */
	struct slice reason;	/* why there is no base; n is 0 otherwise */
	bool required, retired;
	size_t first, ncells; /* its cells, a run of view.cells */
};

struct view_cell {
	const json_t *json;
	size_t order;			       /* its index in the model */
	size_t target;			       /* index into view.targets */
	size_t check;			       /* index into view.checks */
	const char *arch, *toolchain, *config; /* NULL: of the source alone */
	enum verdict_status status;
	bool stale, required;
	struct slice reason, command, log; /* n is 0 when there is none */
	const json_t *findings;		   /* array */
};

struct view {
	const char *version, *generated, *newest; /* "" when the model does not say */
	VEC(struct view_target) targets;	  /* in the model's order */
	VEC(const char *) checks; /* columns: the model's "checks", else as they appear */
	VEC(struct view_cell)
	cells; /* by target, then check, else in the model's order */
};

struct finding {
	const char *level; /* "error", "warning", "owed", "note" */
	const char *id;	   /* or NULL */
	const char *path;  /* or NULL */
	long line;	   /* 0: none */
	struct slice message;
};

/*
 * Reads @model. ERR_INPUT, with the place in the model, when it is of another
 * schema, a part has the wrong type, or a cell names a target that is not there.
 */
int view_init(struct view *v, const json_t *model, struct err *e) _must_check_;
void view_release(struct view *v);

/* The finding @i of a cell; false past the end. */
bool view_finding(const struct view_cell *c, size_t i, struct finding *f);
/* The finding that says most: the first error, else the first of any level. */
bool view_main_finding(const struct view_cell *c, struct finding *f);
/* A string member of @obj, or NULL when it is missing or null. */
const char *view_str(const json_t *obj, const char *key);
/* The same with its length; n is 0 when it is missing or null. */
struct slice view_slice(const json_t *obj, const char *key);

/* How many cells stand where. */
struct view_counts {
	unsigned status[VERDICT_ERROR + 1]; /* without stale ones */
	unsigned stale, total;
	unsigned open; /* required cells that have no pass of today's key */
};

void view_count(const struct view *v, struct view_counts *n);

#define _cleanup_view_ _cleanup_(view_release)
