// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fsx.h"
#include "check/runtime/judge.h"

/*
 * Consoles that real boots left are in tests/data/runtime; what must come of them was
 * read by a person. Those that no boot should leave are written here.
 */

static void parse(const char *text, struct console *c)
{
	struct err e = { 0 };

	if (console_parse(slice_str(text), c, &e))
		fail_msg("%s", e.msg);
}

static void refuses_bytes(const char *text, size_t n, const char *why)
{
	struct console c;
	struct err e = { 0 };

	assert_int_equal(console_parse((struct slice){ text, n }, &c, &e), ERR_INPUT);
	if (!strstr(e.msg, why))
		fail_msg("'%s' has no '%s'", e.msg, why);
	console_release(&c);
}

static void refuses(const char *text, const char *why)
{
	refuses_bytes(text, strlen(text), why);
}

static void a_console_is_read(void **state)
{
	struct console c;

	(void)state;
	parse("[    0.000000] Linux version 6\r\r\ncarry: begin 1 \r\n"
	      "carry: fact warning a+0x1/0x2 [m]\r\n WARNING: carry: end 9 9 9\r\n"
	      "carry: check a.b-1 pass all is well, 0x1\r\ncarry: fact warning b\n"
	      "carry: check c fail\n\n\r\ncarry: end 2 1 3\r\n[    1.0] reboot",
	      &c);
	assert_int_equal(c.checks.n, 2);
	assert_string_equal(c.checks.v[0].name, "a.b-1");
	assert_true(c.checks.v[0].pass);
	assert_string_equal(c.checks.v[0].detail, "all is well, 0x1");
	assert_false(c.checks.v[1].pass);
	assert_string_equal(c.checks.v[1].detail, "");
	assert_int_equal(c.failed, 1);
	assert_int_equal(c.warnings, 3);
	assert_int_equal(json_array_size(json_object_get(c.facts, "warning")), 2);
	console_release(&c);
}

#define BEGIN "carry: begin 1\n"
#define ONE   BEGIN "carry: check a pass\n"

static void what_is_not_whole_is_refused(void **state)
{
	(void)state;
	refuses("", "no total after 0 checks");
	refuses("Kernel panic - not syncing: VFS\r\n", "the last words: 'Kernel panic");
	refuses(ONE, "no total after 1 checks");
	refuses(ONE "carry: end 2 0 0\n", "lines were lost");
	refuses(ONE "carry: end 1 1 0\n", "lines were lost");
	refuses(BEGIN "carry: check a fail\ncarry: end 1 0 0\n", "lines were lost");
	refuses(BEGIN "carry: end 0 0 0\n", "made no check");
	refuses(ONE "carry: end 1 0 0", "is cut off");
	refuses(ONE "carry: broken device on the bus: No such file\n",
		"the probe cannot go on: device on the bus: No such file");
	/* The kernel's message ate the beginning of a line, or its end. */
	refuses(BEGIN "[ 1.0] xcarry: check a pass\ncarry: end 1 0 0\n", "lines were lost");
	refuses(ONE "carry: check b pa[ 1.0] x\ncarry: end 2 0 0\n", "is no check");
}

static void what_no_probe_says_is_refused(void **state)
{
	static const char nul[] = BEGIN "carry: check a pass \0\ncarry: end 1 0 0\n";
	static const char hidden[] = BEGIN "carry: check a\0 pass\ncarry: end 1 0 0\n";
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	refuses("carry: check a pass\n" BEGIN, "before the beginning");
	refuses("carry: begin 2\n", "is no beginning");
	refuses(BEGIN BEGIN, "is no beginning");
	refuses(ONE "carry: check a pass\ncarry: end 2 0 0\n", "was there before");
	refuses(ONE "carry: end 1 0 0\ncarry: end 1 0 0\n", "after the total");
	refuses(ONE "carry: end 1 0 0\ncarry: check b fail\n", "after the total");
	refuses(ONE "carry: end 1 0\n", "is no total");
	refuses(ONE "carry: end 1 0 0 0\n", "is no total");
	refuses(ONE "carry: end -1 0 0\n", "is no total");
	refuses(ONE "carry: end 4294967297 0 0\n", "is no total");
	refuses(BEGIN "carry: check A pass\n", "is no check");
	refuses(BEGIN "carry: check ../a pass\n", "is no check");
	refuses(BEGIN "carry: check a PASS\n", "is no check");
	refuses(BEGIN "carry: check a\n", "is no check");
	refuses(BEGIN "carry: check  pass\n", "is no check");
	refuses(BEGIN "carry: fact \n", "is no fact");
	refuses(BEGIN "carry:\n", "cannot be understood");
	refuses(BEGIN "carry: skip a\n", "cannot be understood");
	refuses_bytes(nul, sizeof(nul) - 1, "has a NUL byte");
	refuses_bytes(hidden, sizeof(hidden) - 1, "has a NUL byte");
	buf_adds(&b, BEGIN "carry: check a pass ");
	for (unsigned i = 0; i < 600; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "\ncarry: end 1 0 0\n");
	refuses(b.data, "is too long");
	buf_clear(&b);
	buf_adds(&b, BEGIN);
	for (unsigned i = 0; i < 3000; i++)
		buf_adds(&b, "carry: fact f\n");
	refuses(b.data, "is one of too many");
}

static void bytes_that_are_no_text_are_kept(void **state)
{
	struct console c;

	(void)state;
	parse("\xff\xfe\n" BEGIN "carry: fact f \xff\ncarry: check a pass \xc3\x28\n"
	      "carry: end 1 0 0\n",
	      &c);
	assert_string_equal(json_string_value(json_array_get(json_object_get(c.facts, "f"), 0)),
			    "\\xff");
	console_release(&c);
}

static const char *shown[] = { "[.]warns$", "^copies$" };
static const struct conf_runtime rt = { .shows = { shown, 2, 2 } };

/* The verdict on two consoles, as "status reason". */
static char *judge(const char *base_text, const char *patched_text)
{
	struct console base, patched;
	struct verdict v;
	char *said;

	parse(base_text, &base);
	parse(patched_text, &patched);
	verdict_init(&v);
	runtime_judge(&rt, &base, &patched, &v);
	said = xasprintf("%s %s", verdict_name(v.status), v.reason ? v.reason : "");
	verdict_release(&v);
	console_release(&base);
	console_release(&patched);
	return said;
}

static void judges(const char *base, const char *patched, const char *want)
{
	_cleanup_free_ char *got = judge(base, patched);

	if (strncmp(got, want, strlen(want)) != 0)
		fail_msg("'%s', not '%s'", got, want);
}

#define C(name, result) "carry: check " name " " result " because\n"
#define BASE	  BEGIN C("x.warns", "fail") C("x.maps", "pass") C("copies", "fail") "carry: end 3 2 0\n"
#define PATCHED	  BEGIN C("x.warns", "pass") C("x.maps", "pass") C("copies", "pass") "carry: end 3 0 1\n"

static void the_base_is_the_control(void **state)
{
	(void)state;
	judges(BASE, PATCHED, "pass ");
	/* The warning is missing, or one of the others is hurt by it. */
	judges(BASE, BASE, "fail 'x.warns' fails: because");
	judges(BASE,
	       BEGIN C("x.warns", "pass") C("x.maps", "fail") C("copies", "pass")
	       "carry: end 3 1 1\n",
	       "fail 'x.maps' fails: because");
	/* A base on which it is seen too shows nothing, and is not the series' fault. */
	judges(PATCHED, PATCHED, "error ");
	judges(BEGIN C("x.warns", "fail") C("x.maps", "pass") C("copies", "pass")
	       "carry: end 3 1 0\n",
	       PATCHED, "error 'copies' passes on the base as well");
	judges(BEGIN C("x.warns", "fail") C("x.maps", "fail") C("copies", "fail")
	       "carry: end 3 3 0\n",
	       PATCHED, "error 'x.maps' fails on the base already: because");
	judges(BEGIN C("x.warns", "fail") C("x.maps", "pass") C("copies", "fail")
	       "carry: end 3 2 1\n",
	       PATCHED, "error the base warns by itself, 1 times");
	/* Both wrong: the base decides that nothing is shown. */
	judges(PATCHED, BASE, "error ");
}

static void boots_must_be_alike(void **state)
{
	(void)state;
	judges(BASE, BEGIN C("x.warns", "pass") "carry: end 1 0 1\n",
	       "error the base made 3 checks, the series 1");
	judges(BASE,
	       BEGIN C("y.warns", "pass") C("x.maps", "pass") C("copies", "pass")
	       "carry: end 3 0 1\n",
	       "error the boots made different checks: 'x.warns' on the base, 'y.warns' with");
	/* An expression that fits nothing would demand nothing. */
	judges(BEGIN C("x.warns", "fail") "carry: end 1 1 0\n",
	       BEGIN C("x.warns", "pass") "carry: end 1 0 1\n",
	       "error no check has a name like '^copies$'");
}

static char *recorded(const char *name)
{
	_cleanup_free_ char *path = xasprintf("tests/data/runtime/%s", name);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err e = { 0 };

	if (fsx_read(path, &b, &e))
		fail_msg("%s", e.msg);
	return buf_take(&b);
}

static const char *vfio[] = { "[.]nowait-(warns|in-handler|before-lock)$", "^[a-z]+[.]copies$" };

/* Judges two recorded boots as carry.conf would; @nfailed checks must fail. */
static void judge_recorded(const char *base_name, const char *patched_name, size_t nfailed)
{
	const struct conf_runtime of_conf = { .shows = { vfio, 2, 2 } };
	_cleanup_free_ char *base_text = recorded(base_name);
	_cleanup_free_ char *patched_text = recorded(patched_name);
	struct console base, patched;
	struct verdict v;

	parse(base_text, &base);
	parse(patched_text, &patched);
	verdict_init(&v);
	runtime_judge(&of_conf, &base, &patched, &v);
	assert_int_equal(v.status, nfailed ? VERDICT_FAIL : VERDICT_PASS);
	assert_int_equal(json_array_size(v.findings), nfailed);
	assert_int_equal(json_array_size(json_object_get(v.facts, "shown_by")), 8);
	verdict_release(&v);
	console_release(&base);
	console_release(&patched);
}

static void recorded_boots_are_judged(void **state)
{
	(void)state;
	/* Here the compiler has made two copies of the statement. */
	judge_recorded("7.3.y-base", "7.3.y-patched", 0);
	judge_recorded("5.10.y-base", "5.10.y-patched", 0);
	judge_recorded("5.10.y-base", "5.10.y-base", 8);
}

static void a_boot_that_died_is_no_verdict(void **state)
{
	_cleanup_free_ char *text = recorded("panic");

	(void)state;
	refuses(text, "no total after 0 checks; the last words: 'Kernel panic - not syncing: No ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_console_is_read),
		cmocka_unit_test(what_is_not_whole_is_refused),
		cmocka_unit_test(what_no_probe_says_is_refused),
		cmocka_unit_test(bytes_that_are_no_text_are_kept),
		cmocka_unit_test(the_base_is_the_control),
		cmocka_unit_test(boots_must_be_alike),
		cmocka_unit_test(recorded_boots_are_judged),
		cmocka_unit_test(a_boot_that_died_is_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
