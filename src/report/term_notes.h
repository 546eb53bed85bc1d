/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The parts of the terminal's report that stand below the matrix. */

#include "report/term.h"
#include "report/view.h"

/* Cells that failed or broke, and required ones that were not decided. */
void term_problems(const struct view *v, const struct term_opts *opts, struct buf *out);
/* Skips by reason, stale cells by cause, warnings, what is owed, other notes. */
void term_notes(const struct view *v, const struct term_opts *opts, struct buf *out);
