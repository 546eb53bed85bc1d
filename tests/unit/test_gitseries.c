// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers as commits have them and back; the order of a series; binary patches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/gitbinary.h"
#include "exchange/gitseries_ident.h"
#include "exchange/gitseries_message.h"
#include "exchange/gitseries_order.h"
#include "text/lcs.h"

static void assert_slice(struct slice got, const char *want)
{
	_cleanup_free_ char *text = xmemdupz(got.p, got.n);

	assert_string_equal(text, want);
}

static void reads(const char *header, const char *author, const char *message)
{
	_cleanup_message_ struct message m;
	_cleanup_buf_ struct buf b = BUF_INIT;

	message_read(slice_str(header), "dir/0001-the-file.patch", false, &m);
	buf_addf(&b, "%s|%s", m.commit.name, m.commit.mail);
	assert_string_equal(buf_str(&b), author);
	assert_slice(m.commit.message, message);
}

static void test_read(void **state)
{
	(void)state;
	reads("From 0123 Mon Sep 17 00:00:00 2001\nFrom: =?utf-8?q?J=C3=B6rg?= <j@x>\n"
	      "Subject: [PATCH v2 1/2] a long\n title\n\nText.\n\n\nS: y\n---\n x | 2 +-\n",
	      "Jörg|j@x", "a long title\n\nText.\n\nS: y\n");
	reads("[media] not a patch prefix\n\nText\n", "|", "[media] not a patch prefix\n\nText\n");
	reads("Subject: [media] kept\n", "|", "[media] kept\n");
	reads("Description: short\n long\n .\n more\nAuthor: A <a@x>\n\nfree\n---\nx\n", "A|a@x",
	      "short\n\nlong\n\nmore\n\nfree\n");
	reads("", "|", "0001-the-file\n");
	reads("From: A <a@x>\n\nfoo: title\n\nbody\n", "A|a@x", "foo: title\n\nbody\n");
	reads("vfio: a title that looks like a field\n\nbody\n", "|",
	      "vfio: a title that looks like a field\n\nbody\n");
	reads("From: L <l@x>\nSubject: t\n\nFrom: Real <r@x>\n\nbody\n", "Real|r@x",
	      "t\n\nbody\n");
	reads("Subject: t\r\n\r\nbody\r\n---\r\n", "|", "t\n\nbody\n");
	reads("Subject: t\n\ndiff is a word\nIndex: too\n", "|",
	      "t\n\ndiff is a word\nIndex: too\n");
	reads("text\n\nIndex: x/y.c\n=========\n", "|", "text\n");
}

/* What is the same in both commits is written as it stood. */
static void writes(const char *header, const char *message, const char *want)
{
	_cleanup_message_ struct message m;
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct commit_text now;
	struct err e = { 0 };

	message_read(slice_str(header), "f.patch", false, &m);
	now = m.commit;
	assert_int_equal(message_write(&m, &m.commit, &now, &b, &e), 0);
	assert_string_equal(buf_str(&b), header);
	buf_clear(&b);
	now.message = slice_str(message);
	assert_int_equal(message_write(&m, &m.commit, &now, &b, &e), 0);
	assert_string_equal(buf_str(&b), want);
}

static void test_write(void **state)
{
	(void)state;
	writes("Subject: [PATCH] t\nForwarded: no\n\na  \n\n\nb\n---\ntail\n", "t\n\na\n\nc\n\nb\n",
	       "Subject: [PATCH] t\nForwarded: no\n\na  \n\n\nc\n\nb\n---\ntail\n");
	writes("Subject: [PATCH 1/2] t\nGit-commit: x\n\na\n", "new\n\na\n",
	       "Subject: [PATCH 1/2] new\nGit-commit: x\n\na\n");
	writes("Subject: =?utf-8?q?t=C3=A4?=\n\na\n", "tö\n\na\n",
	       "Subject: =?UTF-8?q?t=C3=B6?=\n\na\n");
	writes("Description: t\n one\nBug: x\n", "t\n\ntwo\n\none\n",
	       "Description: t\n two\n .\n one\nBug: x\n");
	writes("one\n\ntwo\n", "1\n\ntwo\n", "1\n\ntwo\n");
	writes("", "f\n\nbody\n", "Subject: f\n\nbody\n\n");
	writes("", "title\n", "Subject: title\n\n");
	writes("Subject: t\r\n\r\na\r\n", "t\n\na\nb\n", "Subject: t\r\n\r\na\r\nb\r\n");
	writes("Subject: t\nContent-Type: text/plain; charset=ISO-8859-1\n\n\xe9\n", "t\n\né\nè\n",
	       "Subject: t\nContent-Type: text/plain; charset=ISO-8859-1\n\n\xe9\n\xe8\n");
}

static void test_write_author(void **state)
{
	static const char header[] = "From: A <a@x>\nSubject: t\n\nbody\n";
	_cleanup_message_ struct message m;
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct commit_text now;
	struct err e = { 0 };

	(void)state;
	message_read(slice_str(header), "f.patch", false, &m);
	now = m.commit;
	now.name = "B. C";
	now.time = 1358409321;
	now.zone = 60;
	assert_int_equal(message_write(&m, &m.commit, &now, &b, &e), 0);
	assert_string_equal(buf_str(&b),
			    "From: \"B. C\" <a@x>\nSubject: t\nDate: Thu, 17 Jan 2013 08:55:21 "
			    "+0100\n\nbody\n");
	/* What a charset cannot say is refused, not replaced. */
	message_release(&m);
	message_read(SLICE("Subject: t\n\n\xe9\n"), "f.patch", false, &m);
	now = m.commit;
	now.message = SLICE("t\n\né\n日\n");
	assert_int_equal(message_write(&m, &m.commit, &now, &b, &e), ERR_INPUT);
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
		int zone;
	} good[] = {
		{ "Thu, 17 Jan 2013 08:55:21 +0100", 1358409321, 60 },
		{ "17 Jan 2013 07:55:21 GMT", 1358409321, 0 },
		{ "2013-01-17 02:55:21 -0500", 1358409321, -300 },
		{ "2013-01-17T07:55:21Z", 1358409321, 0 },
		{ "2013-01-17", 1358380800, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		int64_t time;
		int zone;

		assert_true(date_parse(slice_str(good[i].text), &time, &zone));
		assert_int_equal(time, good[i].time);
		assert_int_equal(zone, good[i].zone);
	}
	for (const char *const *bad = (const char *const[]){ "", "soon", "1901-01-01", NULL }; *bad;
	     bad++) {
		int64_t time;
		int zone;

		assert_false(date_parse(slice_str(*bad), &time, &zone));
	}
}

static void ordered(const char *text, const char *const *names, const char *want)
{
	_cleanup_series_ struct series *s = NULL;
	_cleanup_strvec_ struct strvec list = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err e = { 0 };

	assert_int_equal(series_parse("/nowhere", "series", slice_str(text), &s, &e), 0);
	strvec_push_all(&list, names);
	order_series(s, &list, &b);
	assert_string_equal(buf_str(&b), want);
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_order(void **state)
{
	static const char text[] = "# top\na\n# of b\nb -p0 # x\n+no off\nc";

	(void)state;
	ordered(text, NAMES("a", "b", "c"), text);
	ordered(text, NAMES("b", "a", "c"), "# top\n# of b\nb -p0 # x\na\n+no off\nc");
	ordered(text, NAMES("n", "a", "c", "m"), "# top\nn\na\n# of b\n+no off\nc\nm\n");
	ordered(text, NAMES("c"), "# top\n# of b\n+no off\nc");
	ordered("# only\n", NAMES("x"), "# only\nx\n");
	ordered("a\n", (const char *const[]){ NULL }, "");
}

static void test_order_name(void **state)
{
	_cleanup_series_ struct series *s = NULL;
	struct strvec none = { 0 };
	struct err e = { 0 };
	char *name;

	(void)state;
	assert_int_equal(series_parse("/nowhere", "series",
				      SLICE("sub/0007-x.patch\nfix-it.patch\n"), &s, &e),
			 0);
	name = order_name(s, "mm: Do [it]", "sub/0007-x.patch", &none);
	assert_string_equal(name, "sub/0008-mm-Do-it.patch");
	free(name);
	name = order_name(s, "fix it", "fix-it.patch", &none);
	assert_string_equal(name, "fix-it-2.patch");
	free(name);
}

/* Made by git diff --binary: "old\0" becomes "new\0\1". */
static void test_binary(void **state)
{
	static const char text[] = "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\n"
				   "literal 5\nMcmc~xEoWc^00kuhOaK4?\n\n"
				   "literal 4\nLcmd1LNnrp01Iz(H\n\n";
	_cleanup_patch_ struct patch *p = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct buf bytes = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	buf_adds(&bytes, text);
	assert_int_equal(patch_parse("x.patch", &bytes, 1, &p, &e), 0);
	assert_int_equal(p->nchanges, 1);
	assert_int_equal(git_binary_apply(p, p->changes, false, SLICE("old\0"), &out, &e), 0);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "new\0\1", 5);
	buf_clear(&out);
	assert_int_equal(git_binary_apply(p, p->changes, true, SLICE("new\0\1"), &out, &e), 0);
	assert_int_equal(out.len, 4);
	assert_memory_equal(out.data, "old\0", 4);
	/* One digit that is another: zlib's checksum finds it. */
	((char *)p->changes[0].binary_data.p)[strlen("GIT binary patch\nliteral 5\nMcmc~x")] ^= 1;
	assert_int_equal(git_binary_apply(p, p->changes, false, SLICE("old\0"), &out, &e),
			 ERR_INPUT);
}

static void test_lcs(void **state)
{
	const struct slice a[] = { SLICE("a"), SLICE("b"), SLICE("c"), SLICE("d") };
	const struct slice b[] = { SLICE("a"), SLICE("c"), SLICE("x"), SLICE("b"), SLICE("d") };
	_cleanup_lcs_ struct lcs l = { 0 };

	(void)state;
	lcs_find(a, 4, b, 5, &l);
	assert_int_equal(l.common, 3);
	assert_true(l.a[0] && l.a[3] && l.b[0] && l.b[4] && !l.b[2]);
	assert_int_equal(l.a[1] + l.a[2], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),	    cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_author), cmocka_unit_test(test_dates),
		cmocka_unit_test(test_order),	    cmocka_unit_test(test_order_name),
		cmocka_unit_test(test_binary),	    cmocka_unit_test(test_lcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
