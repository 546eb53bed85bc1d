/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Deciding the cells of a project: what `carry verify` does, and a send before it sends. */

#include "cmd/project.h"

/*
 * Runs the cells of @p's plan that have no evidence, or all of them with @fresh, as
 * @env's habits say (-j, -k, -n, --no-sandbox), and keeps what they came to. A live view
 * shows them. A cell that fails is no error here: its verdict is in the evidence.
 */
int verify_cells(struct cmd_env *env, struct project *p, bool fresh,
		 struct err *e) _must_check_;
