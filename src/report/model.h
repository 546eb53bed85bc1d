/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The report's model, made of a plan and of what the evidence store has: the
 * one document (docs/report.schema.json) that every writer reads. A cell has the
 * evidence of its key; without that its last one, marked stale with the names of
 * the inputs that changed; without any, "none".
 */

#include "engine/plan.h"
#include "store/evidence.h"

struct model_opts {
	const char *version; /* of carry */
	size_t max_log;	     /* bytes of each log to take along; 0: none */
	/* When each target's base was obtained, by plan target; NULL entries: unknown. */
	const char *const *fetched;
};

/* *out is the caller's. */
int model_make(const struct plan *plan, struct evidence_store *store,
	       const struct model_opts *opts, json_t **out, struct err *e) _must_check_;
/* Counts over the model's cells, as its summary has them; stale ones do not count. */
struct model_counts {
	unsigned pass, fail, skip, error, none, stale;
	unsigned required_open; /* required cells that were not asked, or long ago */
};
void model_count(const json_t *model, struct model_counts *c);
