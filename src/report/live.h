/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a person sees while cells run: on a terminal a matrix that fills in and
 * is redrawn in place, elsewhere one line for each finished cell. The only part
 * of this layer that writes anywhere, and only to the stream that the command
 * hands it. All functions but live_new() and live_free() may be called from any
 * thread; nothing else may write to that terminal between live_new() and
 * live_end().
 */

#include <stdio.h>

#include "base/log.h"
#include "engine/verdict.h"
#include "report/style.h"

enum live_mode {
	LIVE_LINES,  /* a file, a pipe, a terminal that cannot move its cursor */
	LIVE_REDRAW, /* a terminal that obeys ECMA-48 */
	LIVE_QUIET,  /* nothing at all */
};

struct live_opts {
	enum live_mode mode;
	struct style style;
	unsigned height;     /* lines of the terminal; 0: 24 */
	double (*now)(void); /* seconds of a steady clock; NULL: CLOCK_MONOTONIC */
};

/* A cell to come. Strings are copied. */
struct live_plan {
	const char *target, *base; /* base: provenance, or NULL without a tree */
	const char *check;
	const char *arch, *toolchain, *config; /* NULL: none */
};

enum live_state {
	LIVE_QUEUED,
	LIVE_RUNNING,
	LIVE_REUSED, /* decided before, by evidence */
	LIVE_DECIDED,
};

struct live;

/* LIVE_REDRAW for a terminal whose TERM is set and not "dumb". */
enum live_mode live_mode_for(bool is_tty, const char *term);

struct live *live_new(FILE *out, const struct live_opts *opts);
/* Sets the cells, numbered from 0, all queued. Once, before the first of them. */
void live_plan(struct live *l, const struct live_plan *cells, size_t n);
/*
 * Cell @i is now in @state. @status, @seconds and @reason (one line, or NULL)
 * count for LIVE_REUSED and LIVE_DECIDED.
 */
void live_cell(struct live *l, size_t i, enum live_state state,
	       enum verdict_status status, double seconds, const char *reason);
/* Cell @i took @seconds the last time, for the time left. */
void live_expect(struct live *l, size_t i, double seconds);
/*
 * A step that is no cell moved ("fetch 6.1.y"): @done of @total (0: unknown) in
 * @unit. It ends when @done reaches @total, or by live_step_end().
 */
void live_step(struct live *l, const char *what, uint64_t done, uint64_t total,
	       const char *unit);
void live_step_end(struct live *l, const char *what);
/* A message that stays: a line of its own above the matrix. */
void live_note(struct live *l, const char *text);
/* Lets time show; call it a few times a second. */
void live_tick(struct live *l);
void live_resize(struct live *l, unsigned width, unsigned height);
/* What libraries log goes to live_note() (all levels) and live_step(). */
struct log_sink *live_sink(struct live *l);

enum live_leave {
	LIVE_ERASE, /* a report follows in its place */
	LIVE_KEEP,  /* the last picture stays */
};

/* Nothing is written after it. */
void live_end(struct live *l, enum live_leave leave);
void live_free(struct live *l);
