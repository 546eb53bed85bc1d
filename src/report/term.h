/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The report for a terminal: the matrix, then what a reader has to act on (each
 * failing or broken cell with its reason, its first finding and the command
 * that shows it again), then what was not asked and why, what is stale, what
 * the sender owes, and one line that sums it up. Nothing is printed here.
 */

#include <jansson.h>

#include "base/err.h"
#include "report/style.h"

struct term_opts {
	struct style style;
	unsigned findings; /* shown of each failing cell; 0: all, and no list is cut */
};

/* Appends the report of @model to @out. ERR_INPUT for a malformed model. */
int report_term(const json_t *model, const struct term_opts *opts, struct buf *out,
		struct err *e) _must_check_;
