// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "base/fsx.h"
#include "report/live.h"

static double fake_time;

static double fake_now(void)
{
	return fake_time;
}

/* What is written to the stream; grows as the live writes. */
struct rig {
	char *text;
	size_t len;
	FILE *f;
	struct live *l;
};

static void rig_open(struct rig *r, enum live_mode mode, unsigned width, unsigned height)
{
	struct live_opts opts = {
		mode, { width, STYLE_PLAIN, STYLE_ASCII }, height, fake_now
	};

	fake_time = 1000;
	*r = (struct rig){ 0 };
	r->f = open_memstream(&r->text, &r->len);
	r->l = live_new(r->f, &opts);
}

static void rig_close(struct rig *r)
{
	live_free(r->l);
	fclose(r->f);
	free(r->text);
}

#define ROWS 200
#define COLS 200

/* As much of a terminal as ECMA-48 has for: CR, LF, CUU, EL 0, ED 0. */
struct screen {
	char cell[ROWS][COLS + 1];
	size_t row, col, height;
};

static void clear_line(struct screen *s, size_t row, size_t from)
{
	memset(s->cell[row] + from, ' ', COLS - from);
}

static const char *screen_escape(struct screen *s, const char *p)
{
	size_t n = 0;

	assert_int_equal(*p++, '[');
	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (size_t)(*p - '0');
	switch (*p) {
	case 'A':
		/* The picture must never have left the screen. */
		assert_true(n < s->height && n <= s->row);
		s->row -= n;
		break;
	case 'K':
		clear_line(s, s->row, s->col);
		break;
	case 'J':
		clear_line(s, s->row, s->col);
		for (size_t r = s->row + 1; r < ROWS; r++)
			clear_line(s, r, 0);
		break;
	default:
		fail_msg("unknown sequence ESC [ %zu %c", n, *p);
	}
	return p;
}

/* The screen's lines after @text, without trailing blanks and empty lines. */
static char *screen_of(const char *text, size_t height)
{
	struct screen *s = xcalloc(1, sizeof(*s));
	struct buf out = BUF_INIT;

	s->height = height;
	for (size_t r = 0; r < ROWS; r++)
		clear_line(s, r, 0);
	for (const char *p = text; *p; p++) {
		if (*p == '\r')
			s->col = 0;
		else if (*p == '\n')
			s->col = 0, s->row++;
		else if (*p == '\033')
			p = screen_escape(s, p + 1);
		else
			s->cell[s->row][s->col++] = *p;
		assert_true(s->row < ROWS && s->col < COLS);
	}
	for (size_t r = 0; r < ROWS; r++) {
		struct slice line = { s->cell[r], COLS };

		while (line.n && line.p[line.n - 1] == ' ')
			line.n--;
		buf_add_slice(&out, line);
		buf_addc(&out, '\n');
	}
	while (out.len > 1 && out.data[out.len - 2] == '\n')
		buf_truncate(&out, out.len - 1);
	free(s);
	return buf_take(&out);
}

static void assert_screen(const struct rig *r, const char *want)
{
	_cleanup_free_ char *got = screen_of(r->text, 24);

	assert_string_equal(got, want);
}

static const struct live_plan four[] = {
	{ "6.1.y", "debian 6.1.192-2", "applies", NULL, NULL, NULL },
	{ "6.1.y", "debian 6.1.192-2", "build", "x86_64", "gcc", "module" },
	{ "6.1.y", "debian 6.1.192-2", "build", "arm64", "gcc", "module" },
	{ "6.6.y", NULL, "applies", NULL, NULL, NULL },
};

static void matrix_fills_in_place(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, LIVE_REDRAW, 80, 24);
	live_plan(r.l, four, 4);
	live_cell(r.l, 0, LIVE_REUSED, VERDICT_PASS, 0, NULL);
	live_cell(r.l, 1, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
	fake_time += 7;
	live_tick(r.l);
	assert_screen(&r, "line   base              applies  build\n"
			  "6.1.y  debian 6.1.192-2  +        >1.1\n"
			  "6.6.y  no tree           .\n"
			  "\n"
			  "1 of 4 done (1 by evidence), 1 running; 0:07\n"
			  "  0:07  6.1.y build x86_64 gcc module\n");
	live_cell(r.l, 1, LIVE_DECIDED, VERDICT_FAIL, 7, "broken\033[2J");
	live_cell(r.l, 2, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
	fake_time += 1;
	live_tick(r.l);
	assert_screen(
		&r,
		"line   base              applies  build\n"
		"6.1.y  debian 6.1.192-2  +        >1x1\n"
		"6.6.y  no tree           .\n"
		"\n"
		"2 of 4 done (1 by evidence), 1 running, 1 fail; 0:08, about 0:13 left\n"
		"  fail  6.1.y build x86_64 gcc module: broken\\x1b[2J\n"
		"  0:01  6.1.y build arm64 gcc module\n");
	live_note(r.l, "something to keep\n");
	live_end(r.l, LIVE_ERASE);
	live_tick(r.l);
	assert_screen(&r, "something to keep\n");
	rig_close(&r);
}

static void last_picture_can_stay(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, LIVE_REDRAW, 80, 24);
	live_plan(r.l, four, 1);
	live_cell(r.l, 0, LIVE_DECIDED, VERDICT_PASS, 1, NULL);
	live_end(r.l, LIVE_KEEP);
	assert_screen(&r, "line   base              applies\n"
			  "6.1.y  debian 6.1.192-2  +\n"
			  "\n"
			  "1 of 1 done; 0:00\n");
	rig_close(&r);
}

static void a_run_that_is_over_at_once_shows_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, LIVE_REDRAW, 80, 24);
	live_plan(r.l, four, 4);
	live_cell(r.l, 0, LIVE_REUSED, VERDICT_PASS, 0, NULL);
	live_note(r.l, "kept");
	fake_time += 0.2;
	live_tick(r.l);
	live_end(r.l, LIVE_ERASE);
	fflush(r.f);
	assert_string_equal(r.text, "kept\n");
	rig_close(&r);
}

static void a_file_gets_lines(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, LIVE_LINES, 80, 24);
	live_step(r.l, "fetch 6.1.y", 0, 3 << 20, "bytes");
	fake_time += 61;
	live_step(r.l, "fetch 6.1.y", 1 << 20, 3 << 20, "bytes");
	live_step(r.l, "fetch 6.1.y", 3 << 20, 3 << 20, "bytes");
	live_plan(r.l, four, 4);
	live_cell(r.l, 0, LIVE_REUSED, VERDICT_PASS, 0, NULL);
	live_cell(r.l, 1, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
	live_cell(r.l, 1, LIVE_DECIDED, VERDICT_PASS, 7.46, NULL);
	live_cell(r.l, 2, LIVE_DECIDED, VERDICT_ERROR, 0.5, "a\nb");
	live_cell(r.l, 3, LIVE_REUSED, VERDICT_SKIP, 0, "no tree");
	live_end(r.l, LIVE_ERASE);
	assert_string_equal(r.text,
			    "fetch 6.1.y ...\n"
			    "fetch 6.1.y: done in 1:01, 3.0 MiB\n"
			    "[2/4] pass   6.1.y build x86_64 gcc module  7.5 s\n"
			    "[3/4] error  6.1.y build arm64 gcc module  0.5 s: a\\nb\n"
			    "[4/4] skip   6.6.y applies  by evidence: no tree\n"
			    "4 of 4 cells decided in 1:01, 2 of them by evidence\n");
	rig_close(&r);
}

static void steps_show_their_way(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, LIVE_REDRAW, 80, 24);
	live_step(r.l, "fetch 6.1.y", 0, 8 << 20, "bytes");
	live_step(r.l, "import 5.10.y", 0, 0, "files");
	fake_time += 10;
	live_step(r.l, "fetch 6.1.y", 2 << 20, 8 << 20, "bytes");
	fake_time += 1;
	live_step(r.l, "import 5.10.y", 1234, 0, "files");
	assert_screen(&r, "  0:11  fetch 6.1.y  2.0 of 8.0 MiB, 25 %, 0:33 left\n"
			  "  0:11  import 5.10.y  1234 files\n");
	live_step_end(r.l, "import 5.10.y");
	fake_time += 1;
	live_step(r.l, "fetch 6.1.y", 8 << 20, 8 << 20, "bytes");
	assert_screen(&r, "\n");
	rig_close(&r);
}

/*
 * By hand: builds took 10 s, two of them are left; one runs for 4 s; the other
 * waits and is known to take 30 s. 6 + 30 seconds of work, one at a time.
 */
static void time_left_is_by_like_cells(void **state)
{
	struct live_plan cells[] = {
		{ "a", NULL, "build", "x86_64", NULL, NULL },
		{ "a", NULL, "build", "arm64", NULL, NULL },
		{ "a", NULL, "object", NULL, NULL, NULL },
	};
	struct rig r;

	(void)state;
	rig_open(&r, LIVE_REDRAW, 80, 24);
	live_plan(r.l, cells, 3);
	live_expect(r.l, 2, 30);
	live_cell(r.l, 0, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
	fake_time += 10;
	live_cell(r.l, 0, LIVE_DECIDED, VERDICT_PASS, 10, NULL);
	live_cell(r.l, 1, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
	fake_time += 4;
	live_tick(r.l);
	assert_non_null(strstr(r.text, "1 of 3 done, 1 running; 0:14, about 0:36 left"));
	rig_close(&r);
}

static struct live_plan *big_plan(size_t targets, size_t *n)
{
	struct live_plan *cells = xcalloc(targets * 9, sizeof(*cells));

	*n = 0;
	for (size_t t = 0; t < targets; t++) {
		for (size_t c = 0; c < 9; c++)
			cells[(*n)++] =
				(struct live_plan){ xasprintf("5.%zu.y", t),
						    "debian 6.12.117-1",
						    c < 5 ? "build" : "checkpatch",
						    c % 2 ? "arm64" : "x86_64",
						    "gcc",
						    "module" };
	}
	return cells;
}

static void free_plan(struct live_plan *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)cells[i].target);
	free(cells);
}

/* screen_escape() fails when the cursor would have to leave the screen. */
static void picture_fits_the_terminal(void **state)
{
	static const unsigned sizes[][2] = { { 5, 24 },	 { 40, 4 },  { 40, 10 },
					     { 80, 24 }, { 80, 70 }, { 199, 24 } };
	size_t n;
	struct live_plan *cells = big_plan(60, &n);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct rig r;
		struct slice rest, line;
		char *screen;

		rig_open(&r, LIVE_REDRAW, sizes[i][0], sizes[i][1]);
		live_plan(r.l, cells, n);
		for (size_t c = 0; c < n; c++) {
			fake_time += 0.05;
			live_cell(r.l, c, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
			if (c >= 6)
				live_cell(
					r.l, c - 6, LIVE_DECIDED,
					c % 50 ? VERDICT_PASS : VERDICT_FAIL, 0.3,
					"a reason that is much longer than a line of the "
					"terminal has place for, so that it must be cut");
			live_step(r.l, "fetch", c, 0, "files");
		}
		screen = screen_of(r.text, sizes[i][1]);
		rest = slice_str(screen);
		while (slice_line(&rest, &line))
			assert_true(line.n - 1 < sizes[i][0]);
		free(screen);
		rig_close(&r);
	}
	free_plan(cells, n);
}

/* What matters most is shown where not all fits: here the one line that runs. */
static void running_line_is_always_seen(void **state)
{
	struct rig r;
	_cleanup_free_ char *screen = NULL;
	size_t n;
	struct live_plan *cells = big_plan(60, &n);

	(void)state;
	rig_open(&r, LIVE_REDRAW, 80, 10);
	live_plan(r.l, cells, n);
	live_cell(r.l, 50 * 9, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
	fake_time += 1;
	live_tick(r.l);
	screen = screen_of(r.text, 10);
	assert_non_null(strstr(screen, "5.50.y  debian 6.12.117-1  >1.4"));
	assert_non_null(strstr(screen, "and 56 more\n"));
	rig_close(&r);
	free_plan(cells, n);
}

struct job {
	struct live *l;
	size_t first, step, n;
};

static void *work(void *arg)
{
	struct job *j = arg;

	for (size_t i = j->first; i < j->n; i += j->step) {
		live_cell(j->l, i, LIVE_RUNNING, VERDICT_NONE, 0, NULL);
		log_progress(live_sink(j->l), j->first ? "odd" : "even", i, 0, "cells");
		log_msg(live_sink(j->l), LOG_INFO, "cell %zu", i);
		live_cell(j->l, i, LIVE_DECIDED, VERDICT_PASS, 1, NULL);
	}
	return NULL;
}

static void threads_do_not_mix_lines(void **state)
{
	struct rig r;
	pthread_t threads[4];
	struct job jobs[4];
	size_t n, lines = 0;
	struct live_plan *cells = big_plan(20, &n);
	struct slice rest, line;

	(void)state;
	rig_open(&r, LIVE_LINES, 80, 24);
	live_plan(r.l, cells, n);
	for (size_t i = 0; i < 4; i++) {
		jobs[i] = (struct job){ r.l, i, 4, n };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
	}
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	live_end(r.l, LIVE_ERASE);
	rest = (struct slice){ r.text, r.len };
	while (slice_line(&rest, &line)) {
		assert_true(slice_starts(line, "[") || slice_starts(line, "cell ") ||
			    slice_starts(line, "odd ...") ||
			    slice_starts(line, "even ...") ||
			    slice_starts(line, "180 of 180 cells"));
		lines++;
	}
	assert_int_equal(lines, 2 * n + 2 + 1);
	rig_close(&r);
	free_plan(cells, n);
}

static void redraw_needs_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(live_mode_for(true, "xterm"), LIVE_REDRAW);
	assert_int_equal(live_mode_for(true, "dumb"), LIVE_LINES);
	assert_int_equal(live_mode_for(true, NULL), LIVE_LINES);
	assert_int_equal(live_mode_for(false, "xterm"), LIVE_LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matrix_fills_in_place),
		cmocka_unit_test(last_picture_can_stay),
		cmocka_unit_test(a_run_that_is_over_at_once_shows_nothing),
		cmocka_unit_test(a_file_gets_lines),
		cmocka_unit_test(steps_show_their_way),
		cmocka_unit_test(time_left_is_by_like_cells),
		cmocka_unit_test(picture_fits_the_terminal),
		cmocka_unit_test(running_line_is_always_seen),
		cmocka_unit_test(threads_do_not_mix_lines),
		cmocka_unit_test(redraw_needs_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
