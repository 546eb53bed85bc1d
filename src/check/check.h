/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Running cells. A checker is a const record; adding one touches its file and
 * the table in check.c. A target is prepared once (its series applied, its
 * sparse tree written); the cells of one build directory run in turn, those of
 * different ones at the same time.
 */

#include "base/log.h"
#include "check/slots.h"
#include "check/unit.h"
#include "engine/apply.h"
#include "engine/plan.h"
#include "store/tree.h"

/* What all cells of a run share; borrowed. */
struct check_env {
	const char *top, *cache; /* the repository; the cache directory */
	const struct plan *plan;
	struct store *store;
	struct slots *slots;
	bool no_sandbox;
	const atomic_bool *cancel;
	struct log_sink *sink;
};

/* A target made ready: its patched files and the base's sparse tree. */
struct check_target {
	const struct check_env *env;
	const struct plan_target *plan;
	struct apply_result *applied; /* NULL when the series could not be tried */
	char *tree;		      /* directory of the base's sparse tree, or NULL */
	struct unit_file *files;      /* what the series changes */
	size_t nfiles;
	struct err err; /* why it is not ready; code 0 when it is */
};

struct check_run {
	const struct check_env *env;
	const struct check_target *target;
	const struct cell *cell;
	struct unit *unit; /* SCOPE_UNIT only */
};

struct checker {
	struct check_spec spec;
	/* Fills @v, which is initialised; sets nothing else. */
	void (*run)(const struct check_run *run, struct verdict *v);
	bool needs_target; /* cannot run unless the target was made ready */
};

/* All checkers, in the order in which a cell's checks run and are shown. */
extern const struct checker *const checkers[];
extern const size_t ncheckers;
const struct checker *checker_of(const struct cell *cell);

/* How a run tells what happens; called from any thread, one at a time. */
struct check_events {
	void (*started)(void *arg, size_t cell);
	void (*done)(void *arg, size_t cell, const struct verdict *v);
	void *arg;
};

/*
 * Runs plan->cells[todo[i]] over @jobs threads. Each verdict is handed to
 * events->done and released after it. With !keep_going nothing new begins after
 * the first cell that fails or breaks.
 */
int check_run_cells(const struct check_env *env, const size_t *todo, size_t ntodo,
		    unsigned jobs, bool keep_going, const struct check_events *events,
		    struct err *e) _must_check_;

/* The source of @path with the series applied. ERR_NOTFOUND when it has none. */
int check_patched(const struct check_target *t, const char *path, struct buf *out,
		  struct err *e) _must_check_;
/*
 * The sparse tree of the target's base, with what @rt (or NULL) needs besides; written
 * unless it is there. The caller frees *dir.
 */
int check_tree(const struct check_target *t, const struct conf_runtime *rt, char **dir,
	       struct err *e) _must_check_;
/* Seconds that carry.conf gives this check for one program; else @fallback. */
unsigned check_timeout(const struct check_run *run, unsigned fallback);
/* A cell's verdict from an error: our own and the tools' become VERDICT_ERROR. */
void check_broken(struct verdict *v, const struct err *e);
/* Lines (from 1) of @source at which the statement @site begins. */
struct site_lines {
	unsigned *v;
	size_t n, cap;
};
void check_sites(struct slice source, const char *site, struct site_lines *out);
