/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Deciding the cells of a project: what `carry verify` does, and a send before it sends. */

#include "check/check.h"
#include "cmd/project.h"

/*
 * Runs the cells of @p's plan that have no evidence, or all of them with @fresh, as
 * @env's habits say (-j, -k, -n, --no-sandbox), and keeps what they came to. A live view
 * shows them. A cell that fails is no error here: its verdict is in the evidence. Each
 * that is run is told to @also, which may be NULL.
 */
int verify_cells(struct cmd_env *env, struct project *p, bool fresh,
		 const struct check_events *also, struct err *e) _must_check_;
/* Runs one cell of @p's plan, whatever is known of it; only @events see the verdict. */
int verify_cell(struct cmd_env *env, struct project *p, size_t cell,
		const struct check_events *events, struct err *e) _must_check_;
