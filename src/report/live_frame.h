/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One picture of a run, drawn from its state; live.c keeps both. */

#include "base/arena.h"
#include "report/live.h"
#include "report/view.h"

struct run_cell {
	struct live_plan plan; /* strings in the run's arena */
	size_t target, check;  /* row and column */
	enum live_state state;
	enum verdict_status status;
	double started, seconds;
	double expect_s; /* by an earlier run; 0: not known */
	const char *reason; /* in the arena, or NULL */
};

struct run_step {
	char *what; /* NULL: a free place */
	const char *unit;
	uint64_t done, total;
	double started;
};

struct run {
	struct style style;
	unsigned height;
	struct arena arena;
	VEC(const char *) targets; /* rows */
	VEC(const char *) bases;   /* of the same rows; NULL: no tree */
	VEC(const char *) checks;  /* columns */
	VEC(struct run_cell) cells;
	VEC(struct run_step) steps;
	VEC(size_t) problems; /* cells that failed or broke, in order */
	size_t *min_col;      /* columns do not jump while they fill */
	double started;
};

/* Seconds left, by what like cells took and how many run at once; < 0: unknown. */
double run_time_left(const struct run *r, double now);
/* "6.12.y build arm64 clang module", safe to show. */
void run_cell_name(const struct run *r, const struct run_cell *c, struct buf *out);
/* "45.2 of 130.1 MiB, 34 %" */
void run_step_amount(const struct run_step *s, struct buf *out);
/* "0:07", "12:34", "1:02:03" */
void run_add_time(double seconds, struct buf *out);
/* At most height - 1 lines of at most width - 1 columns, each ended by LF. */
void run_frame(const struct run *r, double now, struct buf *out);
