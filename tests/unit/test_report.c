// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "golden.h"
#include "report/group.h"
#include "report/json.h"
#include "report/matrix.h"
#include "report/term.h"
#include "report/view.h"

#define DATA "tests/data/report/"

static const struct style ascii = { 80, STYLE_PLAIN, STYLE_ASCII };
static const struct style utf8 = { 80, STYLE_PLAIN, STYLE_UTF8 };

static json_t *load(const char *path)
{
	json_error_t why;
	json_t *j = json_load_file(path, JSON_ALLOW_NUL, &why);

	if (!j)
		fail_msg("%s:%d: %s", path, why.line, why.text);
	return j;
}

static char *term(const json_t *model, const struct style *style, unsigned findings)
{
	const struct term_opts opts = { *style, findings };
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	if (report_term(model, &opts, &out, &e))
		fail_msg("%s", e.msg);
	return buf_take(&out);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

/* UTF-8 by RFC 3629: shortest forms only, no surrogates, up to U+10FFFF. */
static void only_utf8_is_read_as_such(void **state)
{
	static const struct {
		const char *bytes;
		int32_t c;
		size_t used;
	} cases[] = {
		{ "a", 'a', 1 },
		{ "\xc3\xa4", 0xe4, 2 },
		{ "\xe2\x9c\x93", 0x2713, 3 },
		{ "\xf0\x9f\x98\x80", 0x1f600, 4 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
		{ "\x80", -1, 1 },
		{ "\xc0\xaf", -1, 1 },
		{ "\xe0\x80\xaf", -1, 1 },
		{ "\xed\xa0\x80", -1, 1 },
		{ "\xf4\x90\x80\x80", -1, 1 },
		{ "\xe2\x9c", -1, 1 },
		{ "\xff", -1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice rest = slice_str(cases[i].bytes);
		size_t before = rest.n;

		assert_int_equal(utf8_next(&rest), cases[i].c);
		assert_int_equal(before - rest.n, cases[i].used);
	}
}

static void shown_text_commands_nothing(void **state)
{
	static const struct {
		const char *in;
		enum show_form form;
		const char *line;
	} cases[] = {
		{ "\033[2J\a", SHOW_UTF8, "\\x1b[2J\\x07" },
		{ "\xc2\x9b"
		  "31m",
		  SHOW_UTF8, "\\xc2\\x9b31m" },
		{ "a\nb\tc\r", SHOW_UTF8, "a\\nb\\tc\\r" },
		{ "\xe2\x80\xae"
		  "evil",
		  SHOW_UTF8, "\\u202eevil" },
		{ "\xe2\x9c\x93\xff", SHOW_UTF8, "\xe2\x9c\x93\\xff" },
		{ "\xe2\x9c\x93\xff", SHOW_ASCII, "\\xe2\\x9c\\x93\\xff" },
		{ "\033\x7f\xff", SHOW_XML, "\\x1b\\x7f\xef\xbf\xbd" },
		{ "\xef\xbf\xbe<\xe2\x81\xa6", SHOW_XML, "\xef\xbf\xbd<\\u2066" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		show_line(&b, slice_str(cases[i].in), cases[i].form);
		assert_string_equal(b.data, cases[i].line);
	}
}

static void long_text_keeps_its_lines(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	show_text(&b, SLICE("a\tb\r\n\033c\0d"), SHOW_UTF8);
	assert_string_equal(b.data, "a       b\n\\x1bc\\x00d");
}

/* Widths by UAX #11 and what xterm does with combining marks. */
static void width_is_in_columns(void **state)
{
	(void)state;
	assert_int_equal(show_width(slice_str("abc")), 3);
	assert_int_equal(show_width(slice_str("a\xcc\x88")), 1);
	assert_int_equal(show_width(slice_str("\xe6\xbc\xa2\xe5\xad\x97")), 4);
	assert_int_equal(show_width(slice_str("\xf0\x9f\x98\x80")), 2);
	assert_int_equal(show_width(slice_str("\xd7\xa9\xd7\x9c")), 2);
	assert_int_equal(show_fit(slice_str("a\xe6\xbc\xa2"), 2), 1);
	assert_int_equal(show_fit(slice_str("a\xe6\xbc\xa2"), 3), 4);
}

static void text_wraps_at_blanks(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	show_wrap(&b, SLICE("one two three four"), &(struct show_wrap){ 2, 12, 0 });
	assert_string_equal(b.data, "  one two\n  three four\n");
	buf_clear(&b);
	show_wrap(&b, SLICE("abcdefghijklmnopqrst"), &(struct show_wrap){ 2, 12, 0 });
	assert_string_equal(b.data, "  abcdefghij\n  klmnopqrst\n");
	buf_clear(&b);
	show_wrap(&b, SLICE("one two three four five"), &(struct show_wrap){ 2, 12, 2 });
	assert_string_equal(b.data, "  one two\n  three...\n");
}

static const char *tally_text(const struct style *s, struct tally t)
{
	static char text[64];
	_cleanup_buf_ struct buf b = BUF_INIT;

	size_t cols = tally_add(&b, &t, s);

	assert_int_equal(cols, show_width(buf_slice(&b)));
	snprintf(text, sizeof(text), "%s", b.data);
	return text;
}

static void tally_counts_each_status(void **state)
{
	const struct tally all = { { [TALLY_PASS] = 9,
				     [TALLY_FAIL] = 1,
				     [TALLY_ERROR] = 2,
				     [TALLY_SKIP] = 3,
				     [TALLY_NONE] = 4,
				     [TALLY_STALE] = 5 } };

	(void)state;
	assert_string_equal(tally_text(&ascii, (struct tally){ { [TALLY_PASS] = 1 } }),
			    "+");
	assert_string_equal(tally_text(&utf8, (struct tally){ { [TALLY_FAIL] = 1 } }),
			    "✗");
	assert_string_equal(tally_text(&ascii, all), "+9x1!2-3.4~5");
	assert_string_equal(tally_text(&utf8, all), "✓9✗1!2–3·4~5");
}

/* Both were read line by line against tests/data/report/matrix.json. */
static void matrix_reads_as_expected(void **state)
{
	static const struct style narrow = { 60, STYLE_PLAIN, STYLE_ASCII };
	json_t *j = load(DATA "matrix.json");
	_cleanup_free_ char *wide = term(j, &utf8, 1);
	_cleanup_free_ char *small = term(j, &narrow, 1);

	(void)state;
	assert_golden(wide, DATA "matrix.80.txt");
	assert_golden(small, DATA "matrix.60.txt");
	json_decref(j);
}

/* As many checks as there are, and a base with a long version, in 80 columns. */
static void a_row_is_one_line_where_it_can_be(void **state)
{
	static const char *const heads[] = { "applies", "lint",	 "checkpatch", "cocci",
					     "premise", "build", "sparse",     "object" };
	const struct style s = { 80, STYLE_PLAIN, STYLE_ASCII };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct tally *row;
	struct matrix m;

	(void)state;
	matrix_init(&m, &s);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		matrix_head(&m, heads[i]);
	row = matrix_row(&m, "mainline", "debian 7.3.4-1~bpo13+1");
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		row[i].n[TALLY_PASS] = i < 5 ? 1 : 13;
	matrix_render(&m, &out);
	assert_string_equal(
		buf_str(&out),
		"                                applies   checkpatch  premise\n"
		"line     base                        lint       cocci      build sparse object\n"
		"mainline debian 7.3.4-1~bpo13+1 +    +    +     +     +    +13   +13    +13\n");
	matrix_release(&m);
}

static void assert_width(const char *text, size_t width)
{
	struct slice rest = slice_str(text), line;

	while (slice_line(&rest, &line)) {
		struct slice t = slice_trim(line);
		size_t cols;

		line.n -= line.p[line.n - 1] == '\n';
		cols = show_width(line);
		/* A command is there to be copied, whole. */
		if (cols > width && !slice_starts(t, "$ "))
			fail_msg("%zu columns: %.*s", cols, SLICE_ARG(line));
		assert_true(!line.n || line.p[line.n - 1] != ' ');
	}
}

static void report_fits_any_width(void **state)
{
	static const unsigned widths[] = { 40, 47, 60, 72, 80, 100, 132, 200 };
	static const char *const models[] = { DATA "matrix.json", DATA "hostile.json",
					      DATA "empty.json" };

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(models); m++) {
		json_t *j = load(models[m]);

		for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
			struct style s = { widths[i], STYLE_PLAIN, STYLE_UTF8 };
			_cleanup_free_ char *wide = term(j, &s, 1);
			_cleanup_free_ char *narrow = NULL;

			s.charset = STYLE_ASCII;
			narrow = term(j, &s, 0);
			assert_width(wide, widths[i]);
			assert_width(narrow, widths[i]);
			for (const char *p = narrow; *p; p++)
				assert_true(*p == '\n' || (*p >= ' ' && *p < 0x7f));
		}
		json_decref(j);
	}
}

static void hostile_text_stays_text(void **state)
{
	json_t *j = load(DATA "hostile.json");
	_cleanup_free_ char *plain = term(j, &utf8, 0);

	(void)state;
	for (const unsigned char *p = (unsigned char *)plain; *p; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p != 0x7f));
	assert_lacks(plain, "\xe2\x80\xae");
	assert_lacks(plain, "\xc2\x85");
	assert_has(plain, "\\x1b[31mred\\x1b]0;title\\x07 \\x00 </script>");
	assert_has(plain, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
	json_decref(j);
}

static void colour_only_when_told(void **state)
{
	struct style colour = { 80, STYLE_COLOUR, STYLE_UTF8 };
	json_t *j = load(DATA "matrix.json");
	_cleanup_free_ char *with = term(j, &colour, 1);
	_cleanup_free_ char *without = term(j, &utf8, 1);
	_cleanup_buf_ struct buf stripped = BUF_INIT;

	(void)state;
	assert_has(with, "\033[1;31mFAIL\033[m");
	assert_lacks(without, "\033");
	for (const char *p = with; *p; p++) {
		if (*p == '\033')
			p = strchr(p, 'm');
		else
			buf_addc(&stripped, *p);
	}
	assert_string_equal(stripped.data, without);
	json_decref(j);
}

static void nothing_is_a_report_too(void **state)
{
	json_t *j = load(DATA "empty.json");
	_cleanup_free_ char *text = term(j, &utf8, 1);

	(void)state;
	assert_string_equal(
		text, "carry 0.1, newest line 7.3.y, report of 2026-11-23T00:30:00Z\n\n"
		      "0 cells on 0 lines: 0 pass\n");
	json_decref(j);
}

/* 60 lines with the same failing build, so that one entry each is left to read. */
static json_t *sixty_targets(void)
{
	json_t *targets = json_array(), *cells = json_array();

	for (int i = 0; i < 60; i++) {
		_cleanup_free_ char *name = xasprintf("5.%d.y", i);

		json_array_append_new(targets,
				      json_pack("{s:s,s:{s:s,s:s}}", "name", name, "base",
						"provenance", "stable v5", "tree", ""));
		for (int c = 0; c < 12; c++)
			json_array_append_new(
				cells,
				json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "target", name,
					  "check", "build", "arch",
					  c % 2 ? "x86_64" : "arm64", "toolchain",
					  c % 3 ? "gcc" : "clang", "config",
					  c < 6 ? "module" : "builtin", "status",
					  i == 7 ? "skip" : "fail", "reason", "broken"));
	}
	return json_pack("{s:s,s:o,s:o}", "schema", "carry.report/1", "targets", targets,
			 "cells", cells);
}

static void many_lines_are_said_together(void **state)
{
	json_t *j = sixty_targets();
	_cleanup_free_ char *text = term(j, &ascii, 1);

	(void)state;
	assert_has(text, "5.59.y  stable v5  x12\n");
	assert_has(text, "5.7.y   stable v5  -12\n");
	assert_has(text, "\nFAIL   5.20.y\n       broken\n");
	assert_has(text, "\nand 39 more problems\n");
	assert_has(text, "\nSkipped\n  broken\n      5.7.y\n");
	assert_has(text, "720 cells on 60 lines: 0 pass, 708 fail, 12 skip\n");
	json_decref(j);
}

/* A diagonal has no names but its cells': six are shown, the rest is counted. */
static void differing_cells_are_bounded(void **state)
{
	json_t *cells = json_array(), *model;
	_cleanup_free_ char *text = NULL, *all = NULL;

	(void)state;
	for (int i = 0; i < 64; i++) {
		char arch[] = { 'a', (char)('0' + i / 8), '\0' };
		char config[] = { 'c', (char)('0' + i % 8), '\0' };

		json_array_append_new(cells, json_pack("{s:s,s:s,s:s,s:s,s:s}", "target",
						       "t", "check", "build", "status",
						       i / 8 == i % 8 ? "skip" : "pass",
						       "arch", arch, "config", config));
	}
	model = json_pack("{s:s,s:[{s:s}],s:o}", "schema", "carry.report/1", "targets",
			  "name", "t", "cells", cells);
	text = term(model, &ascii, 1);
	assert_has(text, "  a5 c5        -\n  and 2 more\n\n");
	assert_lacks(text, "a6 c6        -");
	all = term(model, &ascii, 0);
	assert_has(all, "  a7 c7        -\n\n");
	json_decref(model);
}

/* What holds for a whole line is said once, not again for each of its cells. */
static void a_line_without_a_tree_is_told_once(void **state)
{
	json_t *model = json_pack(
		"{s:s,s:[{s:s,s:s},{s:s,s:s}],s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}]}",
		"schema", "carry.report/1", "targets", "name", "6.1.y", "reason", "gone",
		"name", "6.6.y", "reason", "gone", "cells", "target", "6.1.y", "check",
		"lint", "status", "skip", "reason", "gone", "target", "6.1.y", "check",
		"build", "status", "skip", "reason", "no compiler");
	_cleanup_free_ char *text = term(model, &ascii, 1);

	(void)state;
	assert_has(text, "\nWithout a tree\n  6.1.y, 6.6.y: gone\n"
			 "\nSkipped\n  no compiler\n      6.1.y build\n"
			 "\n2 cells on 2 lines, 2 without a tree: 0 pass, 2 skip\n");
	json_decref(model);
}

/* The names a person would give: gcc, arm64 clang, and parts where no box is. */
static void sets_are_named_exactly(void **state)
{
	static const struct {
		const char *bits,
			*where; /* of x86_64 gcc m,b; x86_64 clang m,b; arm64 … */
	} cases[] = {
		{ "11111111", "t" },
		{ "11001100", "t build (gcc)" },
		{ "00000011", "t build (arm64 clang)" },
		{ "10101010", "t build (m)" },
		{ "10000000", "t build (x86_64 gcc m)" },
		{ "11110011", "t build (x86_64; arm64 clang)" },
		{ "10000001", "t build (x86_64 gcc m; arm64 clang b)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *cells = json_array(), *model;
		_cleanup_buf_ struct buf where = BUF_INIT;
		_cleanup_view_ struct view v;
		struct cells set = { 0 };
		struct err e = { 0 };

		for (int c = 0; c < 8; c++)
			json_array_append_new(
				cells,
				json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "target", "t",
					  "check", "build", "status",
					  cases[i].bits[c] == '1' ? "fail" : "pass",
					  "arch", c & 4 ? "arm64" : "x86_64", "toolchain",
					  c & 2 ? "clang" : "gcc", "config",
					  c & 1 ? "b" : "m"));
		model = json_pack("{s:s,s:[{s:s}],s:o}", "schema", "carry.report/1",
				  "targets", "name", "t", "cells", cells);
		assert_int_equal(view_init(&v, model, &e), 0);
		vec_each (c, &v.cells) {
			if (c->status == VERDICT_FAIL)
				vec_push(&set, c);
		}
		group_where(&v, &set, &where);
		assert_string_equal(where.data, cases[i].where);
		vec_release(&set);
		json_decref(model);
	}
}

static void malformed_models_are_refused(void **state)
{
	static const struct {
		const char *model, *says;
	} cases[] = {
		{ "[]", "schema is ''" },
		{ "{\"schema\":\"carry.report/2\"}", "schema is 'carry.report/2'" },
		{ "{\"targets\":[{}]}", "targets[0] has no name" },
		{ "{\"targets\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
		  "'a' stands there twice" },
		{ "{\"targets\":[{\"name\":\"a\",\"reason\":1}]}",
		  "'reason' is no string" },
		{ "{\"cells\":[1]}", "cells[0] lacks" },
		{ "{\"cells\":[{\"target\":\"a\",\"check\":\"c\",\"status\":\"ok\"}]}",
		  "unknown status 'ok'" },
		{ "{\"cells\":[{\"target\":\"a\",\"check\":\"c\",\"status\":\"none\"}]}",
		  "names target 'a'" },
		{ "{\"cells\":[{\"target\":\"a\",\"check\":\"c\",\"status\":\"none\","
		  "\"findings\":[[]]}]}",
		  "findings[0] is no object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *j = json_loads(cases[i].model, 0, NULL);
		_cleanup_buf_ struct buf out = BUF_INIT;
		const struct term_opts opts = { ascii, 1 };
		struct err e = { 0 };

		if (json_is_object(j) && !json_object_get(j, "schema"))
			json_object_set_new(j, "schema", json_string("carry.report/1"));
		assert_int_equal(report_term(j, &opts, &out, &e), ERR_INPUT);
		assert_has(e.msg, cases[i].says);
		assert_int_equal(out.len, 0);
		json_decref(j);
	}
}

static void json_is_canonical(void **state)
{
	json_t *j = json_loads("{\"b\":0.1,\"a\":[\"\\u00e4\",null]}", 0, NULL);
	_cleanup_buf_ struct buf one = BUF_INIT, lines = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(report_json(j, JSON_ONE, &one, &e), 0);
	assert_string_equal(one.data, "{\"a\":[\"ä\",null],\"b\":0.1}\n");
	assert_int_equal(report_json(j, JSON_LINES, &lines, &e), 0);
	assert_string_equal(lines.data,
			    "{\n \"a\": [\n  \"ä\",\n  null\n ],\n \"b\": 0.1\n}\n");
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_utf8_is_read_as_such),
		cmocka_unit_test(shown_text_commands_nothing),
		cmocka_unit_test(long_text_keeps_its_lines),
		cmocka_unit_test(width_is_in_columns),
		cmocka_unit_test(text_wraps_at_blanks),
		cmocka_unit_test(tally_counts_each_status),
		cmocka_unit_test(matrix_reads_as_expected),
		cmocka_unit_test(a_row_is_one_line_where_it_can_be),
		cmocka_unit_test(report_fits_any_width),
		cmocka_unit_test(hostile_text_stays_text),
		cmocka_unit_test(colour_only_when_told),
		cmocka_unit_test(nothing_is_a_report_too),
		cmocka_unit_test(many_lines_are_said_together),
		cmocka_unit_test(differing_cells_are_bounded),
		cmocka_unit_test(a_line_without_a_tree_is_told_once),
		cmocka_unit_test(sets_are_named_exactly),
		cmocka_unit_test(malformed_models_are_refused),
		cmocka_unit_test(json_is_canonical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
