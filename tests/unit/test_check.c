// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/pool.h"
#include "check/check.h"
#include "check/diag.h"
#include "check/facts.h"
#include "check/slots.h"
#include "tmpdir.h"

static void write_source(const char *dir, const char *text)
{
	_cleanup_free_ char *path = path_join(dir, "a.c");
	struct err e;

	assert_int_equal(fsx_publish(path, slice_str(text), &e), 0);
}

/* The forms are gcc 12's, clang 14's and sparse 0.6.4's own. */
static void diagnostics_are_recognised(void **state)
{
	struct diags d = { 0 };

	write_source(*state, "one\n  two\n");
	diags_parse(
		&d,
		SLICE("In file included from /src/b.c:1:\n"
		      "/src/a.c: In function 'f':\n"
		      "/src/a.c:2:4: warning: unused variable 'x' [-Wunused-variable]\n"
		      "    2 |  two\n"
		      "/src/./sub/../a.c:1:1: error: expected ';'\n"
		      "/src/a.c:1: note: declared here\n"
		      "make[1]: *** [Makefile:12: a.o] Error 1\n"
		      "/src/a.c:1:2: fatal error: x.h: No such file or directory\n"),
		"/src", *state);
	assert_int_equal(d.list.n, 3);
	assert_string_equal(d.list.v[0].path, "a.c");
	assert_int_equal(d.list.v[0].line, 2);
	assert_false(d.list.v[0].error);
	assert_string_equal(d.list.v[0].text, "two");
	assert_string_equal(d.list.v[0].message,
			    "unused variable 'x' [-Wunused-variable]");
	assert_string_equal(d.list.v[1].path, "a.c");
	assert_true(d.list.v[1].error);
	assert_string_equal(d.list.v[2].message, "x.h: No such file or directory");
	diags_release(&d);
}

/*
 * A count would say nothing changed: one warning went, another came, and the
 * one that stayed moved by a line.
 */
static void a_replaced_warning_is_new(void **state)
{
	struct diags before = { 0 }, after = { 0 };
	struct diag_refs added = { 0 };

	write_source(*state, "stay\ngone\n");
	diags_parse(&before, SLICE("a.c:1:1: warning: w\na.c:2:1: warning: w\n"), "/src",
		    *state);
	write_source(*state, "new\nstay\n");
	diags_parse(&after, SLICE("a.c:1:1: warning: w\na.c:2:1: warning: w\n"), "/src",
		    *state);
	diags_new(&before, &after, &added);
	assert_int_equal(added.n, 1);
	assert_string_equal(added.v[0]->text, "new");
	vec_release(&added);
	diags_release(&before);
	diags_release(&after);
}

static void a_second_copy_is_new(void **state)
{
	struct diags before = { 0 }, after = { 0 };
	struct diag_refs added = { 0 };

	write_source(*state, "same\nsame\n");
	diags_parse(&before, SLICE("a.c:1:1: warning: w\n"), "/src", *state);
	diags_parse(&after, SLICE("a.c:1:1: warning: w\na.c:2:1: warning: w\n"), "/src",
		    *state);
	diags_new(&before, &after, &added);
	assert_int_equal(added.n, 1);
	vec_release(&added);
	diags_release(&before);
	diags_release(&after);
}

/* Whoever made the tree does not choose what of this machine a report quotes. */
static void a_source_is_read_inside_of_the_tree(void **state)
{
	static const struct {
		const char *target, *text;
	} links[] = { { "/etc/passwd", "" },
		      { "../outside", "" },
		      { "a.c", "inside" } };
	_cleanup_free_ char *dir = path_join(*state, "tree");
	_cleanup_free_ char *link = path_join(dir, "l.c");
	_cleanup_free_ char *out = path_join(*state, "outside");
	struct err e;

	assert_int_equal(fsx_mkdirs(dir, &e), 0);
	assert_int_equal(fsx_publish(out, SLICE("secret\n"), &e), 0);
	write_source(dir, "inside\n");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct diags d = { 0 };

		assert_int_equal(symlink(links[i].target, link), 0);
		diags_parse(&d, SLICE("l.c:1:1: warning: w\n"), "/src", dir);
		assert_int_equal(d.list.n, 1);
		assert_string_equal(d.list.v[0].text, links[i].text);
		diags_release(&d);
		assert_int_equal(unlink(link), 0);
	}
}

static json_t *facts_of(const char *text)
{
	json_t *facts = NULL;
	struct err e;

	assert_int_equal(facts_parse(slice_str(text), &facts, &e), 0);
	return facts;
}

#define FACT(kind, name, more)                                                           \
	"carry: {\"file\": \"f.c\", \"kind\": \"" kind                                   \
	"\", \"line\": 1, \"name\": \"" name "\"" more "}\n"

static void states_follow_from_facts(void **state)
{
	json_t *f = facts_of(
		"noise\n" FACT("definition", "good", "") FACT("proves", "good",
							      ", \"property\": \"p\"")
			FACT("definition", "wrap", "") FACT("delegates", "wrap",
							    ", \"callee\": \"good\"")
				FACT("definition", "bad",
				     "") FACT("proves", "bad", ", \"property\": \"p\"")
					FACT("violates", "bad", ", \"property\": \"p\"")
						FACT("definition", "loop",
						     "") FACT("delegates", "loop",
							      ", \"callee\": \"loop\"")
							FACT("proves", "undefined",
							     ", \"property\": \"p\""));

	(void)state;
	assert_int_equal(facts_state(f, "good", "p"), STATE_HOLDS);
	assert_int_equal(facts_state(f, "good", "q"), STATE_UNDECIDED);
	assert_int_equal(facts_state(f, "wrap", "p"), STATE_HOLDS);
	assert_int_equal(facts_state(f, "bad", "p"), STATE_VIOLATED);
	assert_int_equal(facts_state(f, "loop", "p"), STATE_UNDECIDED);
	assert_int_equal(facts_state(f, "undefined", "p"), STATE_UNSEEN);
	assert_int_equal(facts_state(f, "nowhere", "p"), STATE_UNSEEN);
	json_decref(f);
}

static enum verdict_status judged(const char *text, const char *handler)
{
	const char *require[] = { "p" }, *names[] = { handler };
	struct conf_assert a = { .name = "a", .require = { require, 1, 1 } };
	struct strlist handlers = { names, 1, 1 };
	enum verdict_status status;
	json_t *f = facts_of(text);
	struct verdict v;

	verdict_init(&v);
	facts_judge(f, &a, &handlers, &v);
	status = v.status;
	verdict_release(&v);
	json_decref(f);
	return status;
}

/* What was not seen, or not decided, must not pass and must not fail. */
static void doubt_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(judged("", "h"), VERDICT_ERROR);
	assert_int_equal(judged(FACT("definition", "h", ""), "h"), VERDICT_ERROR);
	assert_int_equal(judged(FACT("definition", "h", "")
					FACT("violates", "h", ", \"property\": \"p\""),
				"h"),
			 VERDICT_FAIL);
	assert_int_equal(judged(FACT("definition", "h", "")
					FACT("proves", "h", ", \"property\": \"p\""),
				"h"),
			 VERDICT_NONE);
}

static void a_broken_fact_is_refused(void **state)
{
	json_t *facts = NULL;
	struct err e;

	(void)state;
	assert_int_equal(facts_parse(SLICE("carry: {\"kind\": \n"), &facts, &e),
			 ERR_INPUT);
	assert_int_equal(facts_parse(SLICE("carry: {\"name\": \"x\"}\n"), &facts, &e),
			 ERR_INPUT);
}

static void a_site_begins_its_line(void **state)
{
	struct site_lines lines = { 0 };

	(void)state;
	check_sites(
		SLICE("x\n\tWARN(1);\n/* WARN(1); */\n\tif (WARN(1))\n  WARN(1); y\n"),
		"WARN(1)", &lines);
	assert_int_equal(lines.n, 2);
	assert_int_equal(lines.v[0], 2);
	assert_int_equal(lines.v[1], 5);
	vec_release(&lines);
}

static bool has_token(const struct slots_pipe *p)
{
	char c;

	return read(slots_fds(p)[0], &c, 1) == 1;
}

static void idle_slots_are_lent_and_come_back(void **state)
{
	struct slots *s = slots_new();
	struct slots_pipe *a, *b;
	struct err e;

	(void)state;
	assert_int_equal(slots_open(s, &a, &e), 0);
	assert_false(has_token(a));
	slots_idle(s);
	slots_idle(s);
	assert_true(has_token(a));
	assert_true(has_token(a));
	assert_false(has_token(a));
	/* A make that drained its pipe cannot keep them from the next one. */
	slots_close(s, a);
	assert_int_equal(slots_open(s, &b, &e), 0);
	slots_busy(s);
	assert_true(has_token(b));
	assert_false(has_token(b));
	slots_busy(s);
	slots_close(s, b);
	slots_free(s);
}

struct order {
	atomic_int next;
	int at[3];
};

struct numbered {
	struct order *order;
	int i;
};

static void note_order(void *arg)
{
	struct numbered *n = arg;

	n->order->at[n->i] = atomic_fetch_add(&n->order->next, 1);
}

static void jobs_wait_for_what_they_need(void **state)
{
	struct order o = { 0 };
	struct numbered n[3] = { { &o, 0 }, { &o, 1 }, { &o, 2 } };
	struct pool_job jobs[] = { { note_order, &n[0], 2 },
				   { note_order, &n[1], 0 },
				   { note_order, &n[2], -1 } };
	struct err e;

	(void)state;
	for (int round = 0; round < 50; round++) {
		o.next = 0;
		assert_int_equal(pool_run(jobs, 3, 3, NULL, NULL, &e), 0);
		assert_int_equal(o.at[2], 0);
		assert_int_equal(o.at[0], 1);
		assert_int_equal(o.at[1], 2);
	}
}

static void a_cancelled_pool_begins_nothing(void **state)
{
	atomic_bool cancel = true;
	struct order o = { 0 };
	struct numbered n = { &o, 0 };
	struct pool_job job = { note_order, &n, -1 };
	struct err e;

	(void)state;
	assert_int_equal(pool_run(&job, 1, 2, NULL, &cancel, &e), 0);
	assert_int_equal(o.next, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(diagnostics_are_recognised, tmp_setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(a_replaced_warning_is_new, tmp_setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(a_source_is_read_inside_of_the_tree,
						tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(a_second_copy_is_new, tmp_setup,
						tmp_teardown),
		cmocka_unit_test(states_follow_from_facts),
		cmocka_unit_test(doubt_is_an_error),
		cmocka_unit_test(a_broken_fact_is_refused),
		cmocka_unit_test(a_site_begins_its_line),
		cmocka_unit_test(idle_slots_are_lent_and_come_back),
		cmocka_unit_test(jobs_wait_for_what_they_need),
		cmocka_unit_test(a_cancelled_pool_begins_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
