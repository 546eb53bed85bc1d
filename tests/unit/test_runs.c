// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that are longer than what is listed of them at once (RUN_BYTES in
 * engine/apply_runs.c): patches made of random edits of an array of lines, which says
 * what must come out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/vec.h"
#include "engine/apply_source.h"

#define ROUNDS	300
#define CONTEXT 3

struct text {
	VEC(char *) lines; /* without LF */
	bool open_end;	   /* the last line has none */
};

struct world {
	struct text text;
	struct blob_source *src;
	VEC(struct patch *) patches;
	struct apply_policy policy;
	unsigned long long seed;
};

static unsigned rnd(struct world *w, unsigned below)
{
	w->seed = w->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(w->seed >> 33) % below;
}

static char *new_line(struct world *w)
{
	struct buf b = BUF_INIT;
	unsigned n = rnd(w, 50) ? rnd(w, 60) : rnd(w, 5000);

	buf_addf(&b, "%u ", rnd(w, 1000000));
	for (unsigned i = 0; i < n; i++)
		buf_addf(&b, "%c", 'a' + (int)rnd(w, 26));
	return b.data;
}

static void write_line(const struct text *t, size_t i, struct buf *out)
{
	buf_adds(out, t->lines.v[i]);
	buf_adds(out, t->open_end && i + 1 == t->lines.n ? "" : "\n");
}

static void add_hunk_line(struct buf *out, char op, const char *line, bool open_end)
{
	buf_addf(out, "%c%s\n%s", op, line,
		 open_end ? "\\ No newline at end of file\n" : "");
}

/* One hunk around lines [at, at + ndel), which nins new ones replace; in the text too. */
static void add_hunk(struct world *w, struct buf *out, size_t at, size_t ndel, size_t nins,
		     ssize_t moved)
{
	struct text *t = &w->text;
	size_t from = at > CONTEXT ? at - CONTEXT : 0, last = t->lines.n;
	size_t to = at + ndel + CONTEXT < last ? at + ndel + CONTEXT : last;
	size_t left = last - at - ndel;

	buf_addf(out, "@@ -%zd,%zu +%zu,%zu @@\n", (ssize_t)from + 1 - moved, to - from, from + 1,
		 to - from - ndel + nins);
	for (size_t i = from; i < at + ndel; i++)
		add_hunk_line(out, i < at ? ' ' : '-', t->lines.v[i], t->open_end && i + 1 == last);
	for (size_t i = 0; i < ndel; i++)
		free(t->lines.v[at + i]);
	for (size_t i = ndel; i < nins; i++)
		vec_push(&t->lines, NULL);
	memmove(t->lines.v + at + nins, t->lines.v + at + ndel, left * sizeof(char *));
	t->lines.n = last - ndel + nins;
	for (size_t i = at; i < at + nins; i++) {
		t->lines.v[i] = new_line(w);
		add_hunk_line(out, '+', t->lines.v[i], t->open_end && i + 1 == t->lines.n);
	}
	for (size_t i = at + nins; i < to - ndel + nins; i++)
		add_hunk_line(out, ' ', t->lines.v[i], t->open_end && i + 1 == t->lines.n);
}

static struct patch *parsed(const char *text)
{
	_cleanup_buf_ struct buf in = BUF_INIT;
	struct err e = { 0 };
	struct patch *p;

	buf_adds(&in, text);
	if (patch_parse("p", &in, 1, &p, &e))
		fail_msg("%s\n%s", e.msg, text);
	return p;
}

/*
 * A patch of a few hunks behind line @at, far enough from each other; its new lines are in
 * the text.
 */
static void add_patch_behind(struct world *w, size_t at)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	ssize_t moved = 0;

	buf_adds(&out, "--- a/f\n+++ b/f\n");
	while (at + 2 < w->text.lines.n) {
		size_t ndel = rnd(w, 3), nins = rnd(w, 4);

		nins += !ndel && !nins;
		add_hunk(w, &out, at, ndel, nins, moved);
		moved += (ssize_t)nins - (ssize_t)ndel;
		at += nins + 2 * CONTEXT + 2 + rnd(w, 200);
	}
	if (out.len > strlen("--- a/f\n+++ b/f\n"))
		vec_push(&w->patches, parsed(buf_str(&out)));
}

static void add_patch(struct world *w)
{
	add_patch_behind(w, rnd(w, 40));
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	*state = w;
	return 0;
}

static void clear(struct world *w)
{
	vec_each (l, &w->text.lines)
		free(*l);
	vec_each (p, &w->patches)
		patch_free(*p);
	w->text.lines.n = w->patches.n = 0;
	blob_source_free(w->src);
	w->src = NULL;
}

static int teardown(void **state)
{
	struct world *w = *state;

	clear(w);
	vec_release(&w->text.lines);
	vec_release(&w->patches);
	free(w);
	return 0;
}

static void begin(struct world *w, unsigned long long seed)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	unsigned n;

	clear(w);
	w->seed = seed;
	n = 10 + rnd(w, 600);
	for (unsigned i = 0; i < n; i++)
		vec_push(&w->text.lines, new_line(w));
	w->text.open_end = !rnd(w, 4);
	for (size_t i = 0; i < n; i++)
		write_line(&w->text, i, &all);
	w->src = memory_source_new();
	memory_source_add(w->src, "f", 0100644, buf_slice(&all));
}

/* The file gets lines at its beginning that the patches do not know. */
static void move_down(struct world *w, unsigned by)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	struct err e = { 0 };
	struct blob was;

	for (unsigned i = 0; i < by; i++)
		vec_push(&w->text.lines, NULL);
	memmove(w->text.lines.v + by, w->text.lines.v,
		(w->text.lines.n - by) * sizeof(char *));
	for (unsigned i = 0; i < by; i++) {
		w->text.lines.v[i] = new_line(w);
		buf_addf(&all, "%s\n", w->text.lines.v[i]);
	}
	assert_int_equal(w->src->get(w->src, SLICE("f"), &was, &e), 0);
	buf_add_slice(&all, was.bytes);
	memory_source_add(w->src, "f", 0100644, buf_slice(&all));
}

static struct apply_result *apply(struct world *w)
{
	struct apply_result *r;
	struct err e = { 0 };

	if (apply_series(w->src, (const struct patch *const *)w->patches.v, NULL, w->patches.n,
			 &w->policy, &r, &e))
		fail_msg("seed %llu: %s", w->seed, e.msg);
	return r;
}

static void assert_text(struct world *w, const struct apply_result *r, unsigned long long seed)
{
	_cleanup_buf_ struct buf all = BUF_INIT;

	for (size_t i = 0; i < w->text.lines.n; i++)
		write_line(&w->text, i, &all);
	if (r->nfiles != 1 || !slice_eq(r->files[0].bytes, buf_slice(&all)))
		fail_msg("round %llu: the file is another one", seed);
}

static void edits_of_long_files(void **state)
{
	struct world *w = *state;

	for (unsigned long long seed = 1; seed <= ROUNDS; seed++) {
		struct apply_result *r;

		begin(w, seed);
		for (unsigned i = 0; i < 4; i++)
			add_patch(w);
		r = apply(w);
		assert_int_equal(r->done, w->patches.n);
		assert_int_equal(r->hunks_offset + r->hunks_fuzz, 0);
		if (w->patches.n)
			assert_text(w, r, seed);
		apply_result_free(r);
	}
}

/* Near where they should be, and far from there. */
static void edits_that_moved(void **state)
{
	struct world *w = *state;

	for (unsigned long long seed = 1; seed <= ROUNDS; seed++) {
		struct apply_result *r;

		begin(w, seed);
		add_patch_behind(w, CONTEXT + 1);
		add_patch_behind(w, CONTEXT + 20);
		move_down(w, 1 + rnd(w, 400));
		r = apply(w);
		assert_int_equal(r->done, w->patches.n);
		assert_int_equal(r->hunks_exact, 0);
		if (w->patches.n)
			assert_text(w, r, seed);
		apply_result_free(r);
	}
}

/* What a patch did that then does not fit is taken back, and the next one fits. */
static void edits_taken_back(void **state)
{
	static const char no_place[] = "--- a/f\n+++ b/f\n@@ -9,2 +9,2 @@\n nowhere\n-x\n+y\n";
	struct world *w = *state;

	w->policy.keep_going = true;
	for (unsigned long long seed = 1; seed <= ROUNDS; seed++) {
		_cleanup_buf_ struct buf twice = BUF_INIT;
		struct apply_result *r;
		struct patch *last;

		begin(w, seed);
		add_patch(w);
		add_patch(w);
		if (w->patches.n < 2)
			continue;
		/* The second patch, and another change of the same file that does not fit. */
		last = w->patches.v[1];
		buf_add_slice(&twice, buf_slice(&last->bytes));
		buf_adds(&twice, no_place);
		w->patches.v[1] = parsed(buf_str(&twice));
		vec_push(&w->patches, last);
		r = apply(w);
		assert_int_equal(r->patches[1].answer, ANSWER_CONFLICTS);
		assert_int_equal(r->patches[2].answer, ANSWER_APPLIES);
		assert_text(w, r, seed);
		apply_result_free(r);
	}
}

/* A mode is said before any line is looked at; then the patch does not fit. */
static void a_mode_taken_back(void **state)
{
	static const char bad[] = "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"
				  "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n nowhere\n-x\n+y\n";
	static const char mode[] = "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n";
	_cleanup_buf_ struct buf both = BUF_INIT;
	struct world *w = *state;
	struct apply_result *r;

	w->policy.keep_going = true;
	begin(w, 7);
	add_patch(w);
	buf_addf(&both, "%s%s", mode, bad);
	vec_push(&w->patches, w->patches.v[0]);
	w->patches.v[0] = parsed(buf_str(&both));
	r = apply(w);
	assert_int_equal(r->patches[0].answer, ANSWER_CONFLICTS);
	assert_int_equal(r->patches[1].answer, ANSWER_APPLIES);
	assert_int_equal(r->files[0].mode, 0100644);
	assert_text(w, r, 7);
	apply_result_free(r);
}

static void assert_patched(struct world *w, const char *file, const char *patch,
			   const char *want)
{
	struct apply_result *r;

	clear(w);
	w->src = memory_source_new();
	memory_source_add(w->src, "f", 0100644, slice_str(file));
	vec_push(&w->patches, parsed(patch));
	w->policy.dialect = DIALECT_PATCH;
	r = apply(w);
	assert_int_equal(r->done, 1);
	if (!slice_eqs(r->files[0].bytes, want))
		fail_msg("'%.*s', not '%s'", SLICE_ARG(r->files[0].bytes), want);
	apply_result_free(r);
}

static void lines_for_an_empty_file(void **state)
{
	assert_patched(*state, "", "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+a\n", "a\n");
}

/* A line that had no LF, or brings none, gets one as soon as another follows. */
static void line_ends_that_were_missing(void **state)
{
	struct world *w = *state;

	assert_patched(w, "a\nb", "--- a/f\n+++ b/f\n@@ -2,0 +3 @@\n+c\n", "a\nb\nc\n");
	assert_patched(w, "a\nb\nc\n",
		       "--- a/f\n+++ b/f\n@@ -2 +2 @@\n-b\n+B\n\\ No newline at end of file\n",
		       "a\nB\nc\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits_of_long_files, setup, teardown),
		cmocka_unit_test_setup_teardown(edits_that_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(edits_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_mode_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_for_an_empty_file, setup, teardown),
		cmocka_unit_test_setup_teardown(line_ends_that_were_missing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
