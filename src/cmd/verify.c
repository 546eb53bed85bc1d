// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/verify.h"

#include <pthread.h>
#include <time.h>

#include "cmd/present.h"
#include "engine/record.h"
#include "report/live.h"

struct verify {
	struct cmd_env *env;
	struct project *project;
	struct live *live;
	const struct check_events *also;
	size_t ndone;
	struct err err; /* the first evidence that could not be kept */
};

/* Lets elapsed time show while the cells run, in a window that may change. */
struct ticker {
	const struct cmd_env *env;
	struct live *live;
	atomic_bool stop;
	pthread_t thread;
	bool running;
};

static void *tick(void *arg)
{
	struct ticker *t = arg;
	const struct timespec pause = { 0, 200 * 1000 * 1000 };

	while (!atomic_load(&t->stop)) {
		present_window(t->env, t->live);
		live_tick(t->live);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void ticker_start(struct ticker *t, const struct cmd_env *env, struct live *live)
{
	t->env = env;
	t->live = live;
	atomic_init(&t->stop, false);
	t->running = !pthread_create(&t->thread, NULL, tick, t);
}

static void ticker_stop(struct ticker *t)
{
	atomic_store(&t->stop, true);
	if (t->running)
		pthread_join(t->thread, NULL);
}

static void started(void *arg, size_t cell)
{
	struct verify *v = arg;

	live_cell(v->live, cell, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
}

static void done(void *arg, size_t cell, const struct verdict *verdict)
{
	struct verify *v = arg;
	const struct cell *c = &v->project->plan.cells.v[cell];
	json_t *doc = record_make(&v->project->plan, c, verdict, v->project->tools);
	char hash[SHA256_HEX];
	struct err e;

	if (evidence_put(v->project->evidence, doc,
			 slice_str(verdict->log ? verdict->log : ""), hash, &e) &&
	    !v->err.code)
		v->err = e;
	json_decref(doc);
	v->ndone++;
	live_cell(v->live, cell, LIVE_DECIDED, verdict->status, verdict->wall_s,
		  verdict->reason);
	if (v->also)
		v->also->done(v->also->arg, cell, verdict);
}

/* What the store answers for this cell, or none; an error is asked again. */
static int look_up(struct project *p, const struct cell *c, enum verdict_status *known,
		   struct err *e)
{
	json_t *doc = NULL;
	const char *status;
	int rc = evidence_by_key(p->evidence, c->key, &doc, e);

	status = json_string_value(json_object_get(doc, "status"));
	*known = status ? verdict_parse(status) : VERDICT_NONE;
	if (*known == VERDICT_ERROR)
		*known = VERDICT_NONE;
	json_decref(doc);
	return rc;
}

/* How long a cell took when it was last decided, whatever it stood on. */
static int expect(struct project *p, struct cell *c, struct err *e)
{
	json_t *doc = NULL;
	int rc = evidence_by_cell(p->evidence, c->id, &doc, e);
	const json_t *cost = json_object_get(doc, "cost");

	c->expect_s = json_number_value(json_object_get(cost, "wall_s"));
	json_decref(doc);
	return rc;
}

static int pick(struct verify *v, bool fresh, size_t *todo, size_t *n, struct err *e)
{
	struct plan *plan = &v->project->plan;

	for (size_t i = 0; i < plan->cells.n; i++) {
		struct cell *c = &plan->cells.v[i];
		enum verdict_status known = VERDICT_NONE;

		if (c->planned.status != VERDICT_NONE) {
			live_cell(v->live, i, LIVE_DECIDED, c->planned.status, 0,
				  c->planned.reason);
			continue;
		}
		if (!fresh && look_up(v->project, c, &known, e))
			return e->code;
		if (known != VERDICT_NONE) {
			live_cell(v->live, i, LIVE_REUSED, known, 0, NULL);
			continue;
		}
		if (expect(v->project, c, e))
			return e->code;
		live_expect(v->live, i, c->expect_s);
		todo[(*n)++] = i;
	}
	return 0;
}

/* The cells of @p that @todo names, which @env's -j and -k are for. */
static int run_cells(struct cmd_env *env, struct project *p, const size_t *todo, size_t n,
		     struct log_sink *sink, const struct check_events *events,
		     struct err *e)
{
	struct check_env ce = { .top = env->top,
				.cache = env->cache,
				.plan = &p->plan,
				.no_sandbox = env->no_sandbox,
				.cancel = env->cancel,
				.sink = sink };
	int rc = store_open(env->cache, &ce.store, e);

	if (rc)
		return rc;
	store_set_cancel(ce.store, env->cancel);
	ce.slots = slots_new();
	rc = check_run_cells(&ce, todo, n, env->jobs, env->keep_going, events, e);
	slots_free(ce.slots);
	store_close(ce.store);
	return rc;
}

int verify_cell(struct cmd_env *env, struct project *p, size_t cell,
		const struct check_events *events, struct err *e)
{
	return run_cells(env, p, &cell, 1, env->sink, events, e);
}

static int run_todo(struct verify *v, const size_t *todo, size_t n, struct err *e)
{
	struct cmd_env *env = v->env;
	struct check_events events = { started, done, v };
	struct ticker ticker;
	int rc;

	if (!n)
		return 0;
	if (!env->no_sandbox && sandbox_probe(e))
		return e->code;
	ticker_start(&ticker, env, v->live);
	rc = run_cells(env, v->project, todo, n, live_sink(v->live), &events, e);
	ticker_stop(&ticker);
	if (!rc && v->err.code) {
		*e = v->err;
		rc = err_wrap(e, "cannot keep evidence");
	}
	if (!rc && v->ndone < n && !atomic_load(env->cancel))
		log_msg(live_sink(v->live), LOG_WARN,
			"stopped after the first failure, %zu cells not begun; -k goes on",
			n - v->ndone);
	if (!rc && atomic_load(env->cancel))
		rc = err_set(e, ERR_CANCELLED, "interrupted; what was decided is kept");
	return rc;
}

/* A dry run: how many cells would run, with -v which; the others are in the report. */
static void say_todo(struct verify *v, const size_t *todo, size_t n)
{
	const struct plan *plan = &v->project->plan;
	size_t decided = 0;

	vec_each (c, &plan->cells)
		decided += c->planned.status != VERDICT_NONE;
	log_msg(v->env->sink, LOG_INFO,
		"%zu of %zu cells would run, %zu are known by evidence, %zu are skips%s", n,
		plan->cells.n, plan->cells.n - n - decided, decided,
		decided ? " or errors: see below" : "");
	for (size_t i = 0; i < n; i++)
		log_msg(v->env->sink, LOG_DEBUG, "would run %s",
			plan->cells.v[todo[i]].id);
}

int verify_cells(struct cmd_env *env, struct project *p, bool fresh,
		 const struct check_events *also, struct err *e)
{
	struct verify v = { .env = env, .project = p, .also = also };
	_cleanup_free_ size_t *todo = xcalloc(p->plan.cells.n, sizeof(*todo));
	size_t n = 0;
	int rc;

	if (!p->plan.cells.n)
		return err_set(e, ERR_USAGE, "no cell fits these options");
	v.live = present_live(env, &p->plan);
	rc = pick(&v, fresh, todo, &n, e);
	if (!rc && env->dry_run)
		say_todo(&v, todo, n);
	else if (!rc)
		rc = run_todo(&v, todo, n, e);
	live_end(v.live, LIVE_ERASE);
	live_free(v.live);
	return rc;
}
