// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/proc.h"
#include "golden.h"
#include "report/html.h"
#include "report/junit.h"
#include "report/porcelain.h"
#include "report/term.h"

#define DATA "tests/data/report/"

typedef int (*writer)(const json_t *model, struct buf *out, struct err *e);

static json_t *load(const char *name)
{
	_cleanup_free_ char *path = path_join(DATA, name);
	json_error_t why;
	json_t *j = json_load_file(path, JSON_ALLOW_NUL, &why);

	if (!j)
		fail_msg("%s:%d: %s", path, why.line, why.text);
	return j;
}

static char *write_as(writer w, json_t *model)
{
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	if (w(model, &out, &e))
		fail_msg("%s", e.msg);
	json_decref(model);
	return buf_take(&out);
}

/* An independent reader of what we wrote: its answer, trimmed; "" for none. */
static char *xmllint(const char *doc, const char *option, const char *arg)
{
	const char *argv[] = { "xmllint", "--nonet", "--huge", option, arg, "-", NULL };
	struct proc_spec spec = { .argv = argv, .input = slice_str(doc) };
	_cleanup_proc_ struct proc_result r;
	struct err e = { 0 };
	struct slice answer;

	if (proc_run(&spec, &r, &e))
		fail_msg("%s", e.msg);
	if (r.status)
		fail_msg("xmllint %s %s: %d\n%s", option, arg, r.status, buf_str(&r.err));
	answer = slice_trim(buf_slice(&r.out));
	return xmemdupz(answer.p, answer.n);
}

static void assert_xpath(const char *doc, const char *xpath, const char *want)
{
	_cleanup_free_ char *got = xmllint(doc, "--xpath", xpath);

	if (strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", xpath, got, want);
}

static bool have_xmllint(void)
{
	_cleanup_free_ char *path = proc_find("xmllint");

	return path;
}

#define NEEDS_XMLLINT()                                                                  \
	do {                                                                             \
		if (!have_xmllint())                                                     \
			skip();                                                          \
	} while (0)

static void junit_has_the_common_form(void **state)
{
	static const char *const models[] = { "matrix.json", "hostile.json",
					      "empty.json" };

	(void)state;
	NEEDS_XMLLINT();
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		_cleanup_free_ char *doc = write_as(report_junit, load(models[i]));
		_cleanup_free_ char *said = xmllint(doc, "--relaxng", DATA "junit.rng");

		assert_true(*said);
	}
}

/* Counted by a person (and jq) in matrix.json: see the summary there. */
static void junit_counts_what_it_holds(void **state)
{
	_cleanup_free_ char *doc = NULL;

	(void)state;
	NEEDS_XMLLINT();
	doc = write_as(report_junit, load("matrix.json"));
	assert_xpath(doc, "count(//testcase)", "133");
	assert_xpath(doc, "string(/testsuites/@tests)", "133");
	assert_xpath(doc, "sum(//testsuite/@tests)", "133");
	assert_xpath(doc, "count(//failure)", "2");
	assert_xpath(doc, "sum(//testsuite/@failures)", "2");
	/* The one of the summary, and the skip of a required cell. */
	assert_xpath(doc, "count(//error)", "2");
	assert_xpath(doc, "sum(//testsuite/@errors)", "2");
	/* 20 skips, 2 not run, 10 stale, 3 lines without a tree. */
	assert_xpath(doc, "count(//skipped)", "35");
	assert_xpath(doc, "sum(//testsuite/@skipped)", "35");
}

static void junit_says_what_happened(void **state)
{
	_cleanup_free_ char *doc = NULL;

	(void)state;
	NEEDS_XMLLINT();
	doc = write_as(report_junit, load("matrix.json"));
	assert_xpath(
		doc,
		"string(//testsuite[@name='6.12.y']/properties/property[@name='base']/@value)",
		"debian 6.12.117-1");
	assert_xpath(
		doc,
		"string(//testcase[@classname='6.12.y' and @name='build arm64 clang module']"
		"/failure)",
		"drivers/demo/core.c:1701: unused variable 'demo' [-Wunused-variable]\n"
		"drivers/demo/core.c:1702: declaration shadows a local variable [-Wshadow]\n"
		"$ make -C /src/6.12.y O=/out ARCH=arm64 drivers/demo/core.o");
	assert_xpath(
		doc,
		"string(//testcase[@classname='6.1.y' and @name='build arm64 gcc module']"
		"/skipped/@message)",
		"stale (was pass)");
	assert_xpath(
		doc,
		"string(//testcase[@classname='5.10.y' and @name='object x86_64 gcc debug']"
		"/error/@message)",
		"required, but skipped: nothing was built");
	assert_xpath(doc,
		     "string(//testsuite[@name='mainline']/testcase/skipped/@message)",
		     "no source could be reached: git: could not resolve host");
	assert_xpath(doc, "string(//testcase[@name='build x86_64 gcc debug']/system-out)",
		     "cc1: out of memory allocating 65536 bytes");
}

static void a_required_line_without_a_tree_is_an_error(void **state)
{
	_cleanup_free_ char *doc = NULL;

	(void)state;
	NEEDS_XMLLINT();
	doc = write_as(report_junit,
		       json_pack("{s:s,s:[{s:s,s:b,s:n,s:s}],s:[]}", "schema",
				 "carry.report/1", "targets", "name", "6.1.y", "required",
				 1, "base", "reason", "gone", "cells"));
	assert_xpath(doc, "string(//testcase[@name='base']/error/@message)", "gone");
	assert_xpath(doc, "string(/testsuites/@errors)", "1");
}

/* Nothing is loaded from anywhere, nothing runs, and every link has its place. */
static void html_stands_alone(void **state)
{
	static const char *const models[] = { "matrix.json", "hostile.json",
					      "empty.json" };

	(void)state;
	NEEDS_XMLLINT();
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		_cleanup_free_ char *doc = write_as(report_html, load(models[i]));

		assert_true(slice_starts(slice_str(doc),
					 "<!DOCTYPE html>\n<html lang=\"en\">"));
		assert_xpath(doc, "count(//script|//link|//img|//iframe|//object|//base)",
			     "0");
		assert_xpath(doc, "count(//@src|//@*[starts-with(name(),'on')])", "0");
		assert_xpath(doc, "count(//@href[not(starts-with(.,'#'))])", "0");
		assert_xpath(doc, "count(//a[not(substring(@href,2)=//@id)])", "0");
		assert_xpath(
			doc,
			"count(//@id)=count(//@id[not(.=(../following::*|../descendant::*)/@id)])",
			"true");
		assert_null(strstr(doc, "url("));
		assert_null(strstr(doc, "@import"));
	}
}

static void html_shows_matrix_and_evidence(void **state)
{
	_cleanup_free_ char *doc = NULL;

	(void)state;
	NEEDS_XMLLINT();
	doc = write_as(report_html, load("matrix.json"));
	assert_xpath(doc, "count(//table[@class='matrix']/tbody/tr)", "8");
	assert_xpath(doc, "count(//th[@scope='col'])", "9");
	assert_xpath(doc, "count(//th[@scope='row'])", "8");
	assert_xpath(doc, "string(//tr[th/a='6.12.y']/td[@data-label='build']/a/span[2])",
		     "2 fail");
	assert_xpath(doc, "string(//tr[th/a='6.1.y']/td[@data-label='build']/a/span[2])",
		     "5 stale");
	assert_xpath(doc, "string(//tr[th/a='6.1.y']/td[@data-label='base'])",
		     "debian 6.1.192-2");
	/* One place of evidence a cell, open where it went wrong. */
	assert_xpath(doc, "count(//details)", "130");
	assert_xpath(doc, "count(//details[@open])", "3");
	assert_xpath(doc,
		     "string(//details[@open][contains(summary,'arm64 clang module')]"
		     "/div/pre[@class='cmd'])",
		     "make -C /src/6.12.y O=/out ARCH=arm64 drivers/demo/core.o");
	/* Statuses are words. */
	assert_xpath(doc, "count(//span[starts-with(@class,'s ')][normalize-space()=''])",
		     "0");
}

/* Facts of any depth are told as lists; what is deeper than a reader follows, as JSON. */
static void html_tells_facts(void **state)
{
	_cleanup_free_ char *doc = NULL;
	json_t *model = load("matrix.json");
	json_t *cell = json_array_get(json_object_get(model, "cells"), 0);

	(void)state;
	NEEDS_XMLLINT();
	json_object_set_new(
		cell, "facts",
		json_loads("{\"n\": {\"b\": [1, \"x<y\"], \"a\": [{\"k\": null}]},"
			   "\"deep\": [[[[[[[[{\"z\": 1}]]]]]]]]}",
			   0, NULL));
	doc = write_as(report_html, model);
	assert_xpath(doc, "string(//details[@id='c0']//dt[.='b']/following-sibling::dd)",
		     "1, x<y");
	assert_xpath(doc,
		     "string(//details[@id='c0']//dt[.='a']/following-sibling::dd/ul/li)",
		     "k null");
	assert_xpath(doc,
		     "string(//details[@id='c0']//dt[.='deep']/following-sibling::dd)",
		     "[[{\"z\": 1}]]");
}

/* Looked at in a browser, wide, narrow, dark and on paper, before it was kept. */
static void html_page_reads_as_expected(void **state)
{
	_cleanup_free_ char *doc = write_as(report_html, load("matrix.json"));

	(void)state;
	assert_golden(doc, DATA "matrix.html");
}

static void html_quotes_but_does_not_obey(void **state)
{
	_cleanup_free_ char *doc = NULL;

	(void)state;
	NEEDS_XMLLINT();
	doc = write_as(report_html, load("hostile.json"));
	assert_null(strstr(doc, "<script"));
	assert_null(strstr(doc, "</script"));
	assert_null(strstr(doc, "\xe2\x80\xae"));
	for (const unsigned char *p = (unsigned char *)doc; *p; p++)
		assert_true(*p >= 0x20 || *p == '\n' || *p == '\t');
	assert_xpath(doc, "string(//tbody/tr/th/a)", "<b>&\"\\u202e.y");
	assert_xpath(
		doc,
		"contains(//details[1]/div/p[1],'</script><script>alert(1)</script>')",
		"true");
}

static int porcelain_lines(const json_t *model, struct buf *out, struct err *e)
{
	return report_porcelain(model, PORCELAIN_LINES, out, e);
}

static void porcelain_is_stable(void **state)
{
	_cleanup_free_ char *text = write_as(
		porcelain_lines,
		json_loads(
			"{\"schema\":\"carry.report/1\",\"generated\":\"now\",\"targets\":["
			"{\"name\":\"6.1.y\",\"required\":true,\"reason\":null,"
			"\"base\":{\"provenance\":\"debian 6.1.192-2\",\"tree\":\"ab\"}},"
			"{\"name\":\"a\\tb\",\"retired\":true,\"base\":null,"
			"\"reason\":\"-\"}],\"cells\":["
			"{\"target\":\"6.1.y\",\"arch\":\"arm64\",\"toolchain\":\"gcc\","
			"\"config\":null,\"check\":\"build\",\"status\":\"fail\","
			"\"stale\":true,\"required\":true,\"key\":\"cd\","
			"\"reason\":\"said \\\"no\\\"\\n\",\"findings\":[{\"level\":\"error\","
			"\"id\":null,\"path\":\"x.c\",\"line\":3,"
			"\"message\":\"\\u001b\\u00e4\\\\\"}]}]}",
			0, NULL));

	(void)state;
	assert_string_equal(
		text,
		"carry-report\t1\tnow\n"
		"target\t6.1.y\trequired\tdebian 6.1.192-2\tab\t-\n"
		"target\t\"a\\tb\"\tretired\t-\t-\t\"-\"\n"
		"cell\t6.1.y\tbuild\tarm64\tgcc\t-\tfail\tstale\trequired\tcd"
		"\t\"said \\\"no\\\"\\n\"\n"
		"finding\t6.1.y\tbuild\tarm64\tgcc\t-\terror\t-\tx.c\t3\t\"\\033\xc3\xa4\\\\\"\n"
		"summary\t0\t0\t0\t0\t0\t1\n");
}

/* Every record ends in NUL, no field is more than it should be. */
static void porcelain_is_safe_with_nul(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	json_t *j = load("hostile.json");
	struct err e = { 0 };
	struct slice rest, record;
	size_t records = 0;

	(void)state;
	assert_int_equal(report_porcelain(j, PORCELAIN_NUL, &out, &e), 0);
	for (rest = buf_slice(&out); slice_split(&rest, '\0', &record) && record.n;) {
		assert_true(slice_starts(record, "carry-report\t1\t") ||
			    slice_starts(record, "target\t") ||
			    slice_starts(record, "cell\t") ||
			    slice_starts(record, "finding\t") ||
			    slice_starts(record, "summary\t"));
		records++;
	}
	/* The head, 1 target, 5 cells, 3 findings, the summary. */
	assert_int_equal(records, 11);
	assert_int_equal(out.data[out.len - 1], '\0');
	json_decref(j);
}

/* Runs every writer over @model; each gives a report or refuses. */
static void run_writers(const json_t *model)
{
	static const struct term_opts opts = { { 80, STYLE_COLOUR, STYLE_UTF8 }, 1 };
	static const writer writers[] = { report_html, report_junit, porcelain_lines };
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct err e = { 0 };
	int want = report_term(model, &opts, &text, &e);

	assert_true(want == 0 || want == ERR_INPUT);
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		assert_int_equal(writers[i](model, &out, &e), want);
	}
}

static const json_t *odd_values(void)
{
	static json_t *odd;

	if (!odd)
		odd = json_pack("[n,b,i,f,s,s%,[],{},[s],{s:i}]", 1, -7, 1e300, "",
				"a\0b", 3, "x", "k", 1);
	return odd;
}

static size_t spoil(json_t *model, json_t *at);

/* Every odd value in place of the member @key (or, without one, element @i) of @at. */
static size_t spoil_place(json_t *model, json_t *at, const char *key, size_t i)
{
	json_t *child =
		json_incref(key ? json_object_get(at, key) : json_array_get(at, i));
	const json_t *odd = odd_values(), *value;
	size_t k, runs;

	json_array_foreach(odd, k, value)
	{
		if (key)
			json_object_set(at, key, (json_t *)value);
		else
			json_array_set(at, i, (json_t *)value);
		run_writers(model);
	}
	if (key) {
		json_object_del(at, key);
		run_writers(model);
		json_object_set(at, key, child);
	} else {
		json_array_set(at, i, child);
	}
	runs = k + spoil(model, child);
	json_decref(child);
	return runs;
}

static size_t spoil(json_t *model, json_t *at)
{
	_cleanup_strvec_ struct strvec keys = { 0 };
	size_t runs = 0;
	const char *key;
	json_t *value;

	json_object_foreach(at, key, value) strvec_push(&keys, key);
	vec_each (k, &keys)
		runs += spoil_place(model, at, *k, 0);
	for (size_t i = 0; i < json_array_size(at); i++)
		runs += spoil_place(model, at, NULL, i);
	return runs;
}

static void no_model_breaks_a_writer(void **state)
{
	json_t *model = json_load_file("docs/report-example.json", 0, NULL);
	json_t *before = json_deep_copy(model);

	(void)state;
	assert_non_null(model);
	assert_true(spoil(model, model) > 500);
	assert_true(json_equal(model, before));
	json_decref(before);
	json_decref(model);
	json_decref((json_t *)odd_values());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(junit_has_the_common_form),
		cmocka_unit_test(junit_counts_what_it_holds),
		cmocka_unit_test(junit_says_what_happened),
		cmocka_unit_test(a_required_line_without_a_tree_is_an_error),
		cmocka_unit_test(html_stands_alone),
		cmocka_unit_test(html_shows_matrix_and_evidence),
		cmocka_unit_test(html_tells_facts),
		cmocka_unit_test(html_page_reads_as_expected),
		cmocka_unit_test(html_quotes_but_does_not_obey),
		cmocka_unit_test(porcelain_is_stable),
		cmocka_unit_test(porcelain_is_safe_with_nul),
		cmocka_unit_test(no_model_breaks_a_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
