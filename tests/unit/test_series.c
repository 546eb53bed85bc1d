// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/series.h"

static struct err last;

static struct series *parse(const char *text)
{
	struct series *s = NULL;

	err_clear(&last);
	if (series_parse("d", "d/series", slice_str(text), &s, &last))
		return NULL;
	return s;
}

static void refused(const char *text, int code, const char *message)
{
	if (parse(text))
		fail_msg("accepted: %s", text);
	assert_int_equal(last.code, code);
	if (!strstr(last.msg, message))
		fail_msg("said '%s', not '%s'", last.msg, message);
}

static void lines_of_every_kind(void **state)
{
	static const char text[] =
		"# header\n\na.patch\nsub/b.patch -p0 # note # more\n"
		"  \t c.patch\t-R -p2\n#off.patch\n+x -y d#1.patch -pab\n"
		"last.patch";
	_cleanup_series_ struct series *s = parse(text);
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	assert_non_null(s);
	series_write(s, &out);
	assert_string_equal(out.data, text);
	assert_int_equal(s->entries.n, 5);
	assert_string_equal(s->entries.v[0].name, "a.patch");
	assert_int_equal(s->entries.v[0].strip, 1);
	assert_false(s->entries.v[0].strip_said);
	assert_int_equal(s->entries.v[0].line, 3);
	assert_string_equal(s->entries.v[1].name, "sub/b.patch");
	assert_int_equal(s->entries.v[1].strip, 0);
	assert_string_equal(s->entries.v[1].comment, "note # more");
	assert_true(s->entries.v[2].reverse);
	assert_int_equal(s->entries.v[2].strip, 2);
	assert_string_equal(s->entries.v[3].name, "d#1.patch");
	assert_string_equal(s->entries.v[3].guards, "+x -y");
	assert_int_equal(s->entries.v[3].strip, 1);
	assert_ptr_equal(series_find(s, "last.patch"), &s->entries.v[4]);
	assert_null(series_find(s, "off.patch"));
	assert_int_equal(s->lines.n, 8);
	assert_int_equal(s->lines.v[1].entry, -1);
	assert_int_equal(s->lines.v[3].entry, 1);
	assert_int_equal(s->entries.v[4].line_index, 7);
}

/* What `guards --config=FILE` prints of each line, with no symbol said. */
static void guards_select(void **state)
{
	static const struct {
		const char *line;
		bool applies;
	} rows[] = {
		{ "a", true },	      { "+x a", false },      { "-x a", true },
		{ "+!x a", true },    { "-!x a", false },     { "- a", false },
		{ "+ a", true },      { "+x -y a", false },   { "-x +y a", true },
		{ "-x +!y a", true }, { "+x - +!y a", true }, { "+!x -!y a", false },
		{ "-\t+\ta", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_series_ struct series *s = parse(rows[i].line);

		assert_non_null(s);
		if (s->entries.v[0].applies != rows[i].applies)
			fail_msg("%s", rows[i].line);
	}
}

static void what_guards_leave_out(void **state)
{
	static const char text[] = "# c\n+x a\nb\n\n-!x c\n-x d\n";
	_cleanup_series_ struct series *s = parse(text);
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	assert_non_null(s);
	series_leave_out(s);
	assert_int_equal(s->entries.n, 2);
	assert_string_equal(s->entries.v[0].name, "b");
	assert_string_equal(s->entries.v[1].name, "d");
	assert_int_equal(s->left_out.n, 2);
	assert_string_equal(s->left_out.v[1].name, "c");
	assert_int_equal(s->lines.v[1].entry, -1);
	assert_int_equal(s->lines.v[5].entry, 1);
	series_write(s, &out);
	assert_string_equal(out.data, text);
}

static void what_is_refused(void **state)
{
	(void)state;
	refused("a\n../b\n", ERR_UNSAFE, "d/series:2: cannot accept a name that leaves");
	refused("/etc/passwd\n", ERR_UNSAFE, "leaves");
	refused("a/../../b\n", ERR_UNSAFE, "leaves");
	refused("a\nb\na\n", ERR_INPUT, "d/series:3: cannot accept the same patch twice");
	refused("a -x\n", ERR_INPUT, "d/series:1: cannot accept the option '-x'");
	refused("a -p\n", ERR_INPUT, "strip level");
	refused("a -p1x\n", ERR_INPUT, "strip level");
	refused("a -p99999999\n", ERR_INPUT, "strip level");
	refused("a b\n", ERR_INPUT, "cannot accept the option 'b'");
	refused("+guard\n", ERR_INPUT, "cannot find a patch name");
}

static void carriage_returns_are_no_part_of_names(void **state)
{
	_cleanup_series_ struct series *s = parse("a.patch -p0\r\nb.patch\r\n");

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->entries.v[1].name, "b.patch");
	assert_int_equal(s->entries.v[0].strip, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_every_kind),
		cmocka_unit_test(guards_select),
		cmocka_unit_test(what_guards_leave_out),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(carriage_returns_are_no_part_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
