// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/live.h"

#include <pthread.h>

#include "report/live_frame.h"

#define MIN_INTERVAL 0.1 /* seconds between two pictures */
#define FIRST_AFTER  0.3 /* a run that is over by then shows none */

struct live {
	struct log_sink sink; /* first, so that a sink is a live */
	pthread_mutex_t lock; /* over everything below */
	FILE *out;
	enum live_mode mode;
	double (*now)(void);
	struct run run;
	size_t drawn;	   /* lines of the picture above the cursor */
	double last_drawn; /* < 0: never */
	bool ended;
};

static double steady_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

enum live_mode live_mode_for(bool is_tty, const char *term)
{
	return is_tty && term && *term && strcmp(term, "dumb") != 0 ? LIVE_REDRAW
								    : LIVE_LINES;
}

static void sink_message(struct log_sink *sink, enum log_level level, const char *text)
{
	(void)level;
	live_note((struct live *)sink, text);
}

static void sink_progress(struct log_sink *sink, const char *what, uint64_t done,
			  uint64_t total, const char *unit)
{
	live_step((struct live *)sink, what, done, total, unit);
}

struct live *live_new(FILE *out, const struct live_opts *opts)
{
	struct live *l = xcalloc(1, sizeof(*l));

	l->sink = (struct log_sink){ sink_message, sink_progress };
	pthread_mutex_init(&l->lock, NULL);
	l->out = out;
	l->mode = opts->mode;
	l->now = opts->now ? opts->now : steady_now;
	l->run.style = opts->style;
	l->run.height = opts->height ? opts->height : 24;
	l->run.started = l->now();
	l->last_drawn = -1;
	return l;
}

void live_free(struct live *l)
{
	struct run *r;

	if (!l)
		return;
	r = &l->run;
	vec_each (s, &r->steps)
		free(s->what);
	vec_release(&r->steps);
	vec_release(&r->targets);
	vec_release(&r->bases);
	vec_release(&r->checks);
	vec_release(&r->cells);
	vec_release(&r->problems);
	free(r->min_col);
	arena_release(&r->arena);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

struct log_sink *live_sink(struct live *l)
{
	return &l->sink;
}

static void put(struct live *l, const struct buf *b)
{
	if (b->len)
		fwrite(b->data, 1, b->len, l->out);
	fflush(l->out);
}

/* Takes the cursor back to the picture's first line (CUU, ECMA-48 8.3.22). */
static void add_home(struct live *l, struct buf *out)
{
	buf_addc(out, '\r');
	if (l->drawn)
		buf_addf(out, "\033[%zuA", l->drawn);
	l->drawn = 0;
}

/* The picture over the one before, each line cleared to its end (EL, ED). */
static void draw(struct live *l, const char *above)
{
	_cleanup_buf_ struct buf frame = BUF_INIT, b = BUF_INIT;
	struct slice rest, line;

	run_frame(&l->run, l->now(), &frame);
	add_home(l, &b);
	if (above)
		buf_addf(&b, "%s\033[K\n", above);
	for (rest = buf_slice(&frame); slice_line(&rest, &line); l->drawn++) {
		buf_add(&b, line.p, line.n - 1);
		buf_adds(&b, "\033[K\n");
	}
	buf_adds(&b, "\033[J");
	put(l, &b);
	l->last_drawn = l->now();
}

static bool is_due(const struct live *l)
{
	if (l->last_drawn < 0)
		return l->now() - l->run.started >= FIRST_AFTER;
	return l->now() - l->last_drawn >= MIN_INTERVAL;
}

static void draw_if_due(struct live *l)
{
	if (l->mode != LIVE_REDRAW || l->ended)
		return;
	if (is_due(l))
		draw(l, NULL);
}

static void add_line(struct live *l, const struct buf *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (l->ended || l->mode == LIVE_QUIET)
		return;
	if (l->mode == LIVE_REDRAW && l->last_drawn >= 0) {
		draw(l, buf_str(text));
		return;
	}
	buf_add_slice(&b, buf_slice(text));
	buf_addc(&b, '\n');
	put(l, &b);
}

static size_t index_of(struct run *r, const char *target, const char *base)
{
	for (size_t i = 0; i < r->targets.n; i++) {
		if (!strcmp(r->targets.v[i], target))
			return i;
	}
	vec_push(&r->targets, target);
	vec_push(&r->bases, base);
	return r->targets.n - 1;
}

static size_t column_of(struct run *r, const char *check)
{
	for (size_t i = 0; i < r->checks.n; i++) {
		if (!strcmp(r->checks.v[i], check))
			return i;
	}
	vec_push(&r->checks, check);
	return r->checks.n - 1;
}

static const char *copy(struct run *r, const char *s)
{
	return s ? arena_strdup(&r->arena, s) : NULL;
}

static void add_cell(struct run *r, const struct live_plan *p)
{
	struct run_cell c = { .plan = { .target = copy(r, p->target),
					.base = copy(r, p->base),
					.check = copy(r, p->check),
					.arch = copy(r, p->arch),
					.toolchain = copy(r, p->toolchain),
					.config = copy(r, p->config) } };

	c.target = index_of(r, c.plan.target, c.plan.base);
	c.check = column_of(r, c.plan.check);
	vec_push(&r->cells, c);
}

void live_plan(struct live *l, const struct live_plan *cells, size_t n)
{
	pthread_mutex_lock(&l->lock);
	BUG_ON(l->run.cells.n);
	for (size_t i = 0; i < n; i++)
		add_cell(&l->run, &cells[i]);
	l->run.min_col = xcalloc(l->run.checks.n + 1, sizeof(*l->run.min_col));
	draw_if_due(l);
	pthread_mutex_unlock(&l->lock);
}

static size_t count_done(const struct run *r)
{
	size_t n = 0;

	vec_each (c, &r->cells)
		n += c->state == LIVE_REUSED || c->state == LIVE_DECIDED;
	return n;
}

/* "[ 37/142] pass   6.1.y build x86_64 gcc module  7.5 s", as a file gets it. */
static void add_finished(struct live *l, const struct run_cell *c)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int digits = snprintf(NULL, 0, "%zu", l->run.cells.n);

	if (c->state == LIVE_REUSED && c->status == VERDICT_PASS)
		return;
	buf_addf(&b, "[%*zu/%zu] %-5s  ", digits, count_done(&l->run), l->run.cells.n,
		 verdict_name(c->status));
	run_cell_name(&l->run, c, &b);
	if (c->state == LIVE_REUSED)
		buf_adds(&b, "  by evidence");
	else
		buf_addf(&b, "  %.1f s", c->seconds);
	if (c->reason && c->status != VERDICT_PASS) {
		buf_adds(&b, ": ");
		show_line(&b, slice_str(c->reason), style_form(&l->run.style));
	}
	add_line(l, &b);
}

static bool is_problem(const struct run_cell *c)
{
	return c->status == VERDICT_FAIL || c->status == VERDICT_ERROR;
}

void live_cell(struct live *l, size_t i, enum live_state state,
	       enum verdict_status status, double seconds, const char *reason)
{
	bool decided = state == LIVE_REUSED || state == LIVE_DECIDED;
	struct run_cell *c;

	pthread_mutex_lock(&l->lock);
	BUG_ON(i >= l->run.cells.n);
	c = &l->run.cells.v[i];
	c->state = state;
	if (state == LIVE_RUNNING)
		c->started = l->now();
	if (decided) {
		c->status = status;
		c->seconds = seconds;
		c->reason = copy(&l->run, reason);
		if (is_problem(c))
			vec_push(&l->run.problems, i);
		if (l->mode == LIVE_LINES)
			add_finished(l, c);
	}
	draw_if_due(l);
	pthread_mutex_unlock(&l->lock);
}

void live_expect(struct live *l, size_t i, double seconds)
{
	pthread_mutex_lock(&l->lock);
	BUG_ON(i >= l->run.cells.n);
	l->run.cells.v[i].expect_s = seconds;
	pthread_mutex_unlock(&l->lock);
}

static struct run_step *find_step(struct run *r, const char *what)
{
	vec_each (s, &r->steps) {
		if (s->what && !strcmp(s->what, what))
			return s;
	}
	return NULL;
}

static void add_step_line(struct live *l, const struct run_step *s, bool ended)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (l->mode != LIVE_LINES)
		return;
	show_line(&b, slice_str(s->what), style_form(&l->run.style));
	if (ended) {
		buf_adds(&b, ": done in ");
		run_add_time(l->now() - s->started, &b);
		if (s->done) {
			buf_adds(&b, ", ");
			run_step_amount(
				&(struct run_step){ .unit = s->unit, .done = s->done },
				&b);
		}
	} else {
		buf_adds(&b, " ...");
	}
	add_line(l, &b);
}

static void end_step(struct live *l, struct run_step *s)
{
	add_step_line(l, s, true);
	free(TAKE(s->what));
}

static struct run_step *new_step(struct live *l, const char *what, const char *unit)
{
	struct run_step step = { xstrdup(what), copy(&l->run, unit ? unit : ""), 0, 0,
				 l->now() };
	struct run_step *place = NULL;

	vec_each (s, &l->run.steps) {
		if (!s->what)
			place = s;
	}
	if (place)
		*place = step;
	else
		vec_push(&l->run.steps, step);
	place = find_step(&l->run, what);
	add_step_line(l, place, false);
	return place;
}

void live_step(struct live *l, const char *what, uint64_t done, uint64_t total,
	       const char *unit)
{
	struct run_step *s;

	pthread_mutex_lock(&l->lock);
	s = find_step(&l->run, what);
	if (!s)
		s = new_step(l, what, unit);
	s->done = done;
	s->total = total;
	if (total && done >= total)
		end_step(l, s);
	draw_if_due(l);
	pthread_mutex_unlock(&l->lock);
}

void live_step_end(struct live *l, const char *what)
{
	struct run_step *s;

	pthread_mutex_lock(&l->lock);
	s = find_step(&l->run, what);
	if (s)
		end_step(l, s);
	draw_if_due(l);
	pthread_mutex_unlock(&l->lock);
}

void live_note(struct live *l, const char *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	show_line(&b, slice_trim(slice_str(text)), style_form(&l->run.style));
	pthread_mutex_lock(&l->lock);
	add_line(l, &b);
	pthread_mutex_unlock(&l->lock);
}

void live_tick(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	draw_if_due(l);
	pthread_mutex_unlock(&l->lock);
}

void live_resize(struct live *l, unsigned width, unsigned height)
{
	pthread_mutex_lock(&l->lock);
	l->run.style.width = width;
	l->run.height = height ? height : 24;
	pthread_mutex_unlock(&l->lock);
}

static void add_closing_line(struct live *l)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t reused = 0;

	if (!l->run.cells.n)
		return;
	vec_each (c, &l->run.cells)
		reused += c->state == LIVE_REUSED;
	buf_addf(&b, "%zu of %zu cells decided in ", count_done(&l->run), l->run.cells.n);
	run_add_time(l->now() - l->run.started, &b);
	if (reused)
		buf_addf(&b, ", %zu of them by evidence", reused);
	add_line(l, &b);
}

void live_end(struct live *l, enum live_leave leave)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	pthread_mutex_lock(&l->lock);
	if (l->mode == LIVE_LINES && !l->ended)
		add_closing_line(l);
	if (l->mode == LIVE_REDRAW && !l->ended && leave == LIVE_KEEP)
		draw(l, NULL);
	if (l->mode == LIVE_REDRAW && !l->ended && leave == LIVE_ERASE &&
	    l->last_drawn >= 0) {
		add_home(l, &b);
		buf_adds(&b, "\033[J");
		put(l, &b);
	}
	l->ended = true;
	pthread_mutex_unlock(&l->lock);
}
