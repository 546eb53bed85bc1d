// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fsx.h"
#include "store/base.h"
#include "tmpdir.h"

#define TREE "0123456789abcdef0123456789abcdef01234567"

static void records_come_back(void **state)
{
	struct base b = { .tree = (char[]){ TREE },
			  .provenance = (char[]){ "debian 1.2-3" },
			  .source = (char[]){ "debian linux-source-1" },
			  .version = (char[]){ "1.2-3" },
			  .fetched = (char[]){ "2026-11-23T00:20:00Z" } };
	struct base *got = NULL;
	struct err e = { 0 };

	assert_int_equal(base_load(*state, "1.y", &got, &e), ERR_NOTFOUND);
	assert_string_equal(e.msg, "no base yet; run 'carry fetch'");
	assert_int_equal(base_save_reason(*state, "1.y", "the host is gone", &e), 0);
	assert_int_equal(base_load(*state, "1.y", &got, &e), ERR_NOTFOUND);
	assert_string_equal(e.msg, "the host is gone");
	assert_int_equal(base_save(*state, "1.y", &b, &e), 0);
	assert_int_equal(base_load(*state, "1.y", &got, &e), 0);
	assert_string_equal(got->tree, TREE);
	assert_string_equal(got->provenance, "debian 1.2-3");
	assert_string_equal(got->source, "debian linux-source-1");
	assert_string_equal(got->version, "1.2-3");
	assert_string_equal(got->fetched, "2026-11-23T00:20:00Z");
	assert_null(got->kernel);
	assert_null(got->was);
	base_free(got);
	b.kernel = (char[]){ "1.2.3" };
	b.was = (char[]){ "before" };
	assert_int_equal(base_save(*state, "1.y", &b, &e), 0);
	assert_int_equal(base_load(*state, "1.y", &got, &e), 0);
	assert_string_equal(got->kernel, "1.2.3");
	assert_string_equal(got->was, "before");
	base_free(got);
}

static void broken_records_are_errors(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "{\"schema\":\"carry.base/2\"}",
		"{\"schema\":\"carry.base/1\",\"tree\":\"../x\",\"provenance\":\"p\","
		"\"source\":\"s\",\"version\":\"v\",\"fetched\":\"f\"}",
		"{\"schema\":\"carry.base/1\",\"tree\":\"" TREE "\",\"provenance\":7,"
		"\"source\":\"s\",\"version\":\"v\",\"fetched\":\"f\"}",
	};
	_cleanup_free_ char *path = path_join(*state, "bases/2.y.json");
	_cleanup_free_ char *dir = path_join(*state, "bases");
	struct base *got = NULL;
	struct err e = { 0 };

	assert_int_equal(fsx_mkdirs(dir, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(fsx_publish(path, slice_str(bad[i]), &e), 0);
		if (base_load(*state, "2.y", &got, &e) != ERR_INPUT)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void makefile_tells_the_version(void **state)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "# SPDX\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 192\nEXTRAVERSION =\nNAME = X\n",
		  "6.1.192" },
		{ "VERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n",
		  "7.4.0-rc1" },
		{ "VERSION=2\nPATCHLEVEL=6\n", "2.6" },
		{ "all:\n\techo\n", NULL },
		{ "VERSION = $(shell id)\nPATCHLEVEL = 1\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		_cleanup_free_ char *got = base_kernel_version(slice_str(t[i].text));

		if (t[i].want)
			assert_string_equal(got, t[i].want);
		else
			assert_null(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back),
		cmocka_unit_test(broken_records_are_errors),
		cmocka_unit_test(makefile_tells_the_version),
	};

	return cmocka_run_group_tests_name("bases", tests, tmp_setup, tmp_teardown);
}
