/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A cell's verdict as evidence, and back: the document that the evidence store
 * keeps. Its body has no times but "seen", which says when; the cost of the run
 * stands beside it.
 */

#include "engine/plan.h"

/* The document of @v for @cell of @plan, seen now. The caller's. */
json_t *record_make(const struct plan *plan, const struct cell *cell,
		    const struct verdict *v, struct toolbox *tools);
/* Names of the inputs that differ between @doc and @cell; an array, the caller's. */
json_t *record_changes(const json_t *doc, const struct cell *cell);
/* The time of @t as RFC 3339 in UTC. */
void record_time(time_t t, char out[static 21]);
