// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/header.h"

static void a_mail_is_read(void **state)
{
	static const char mail[] =
		"From 0123 Mon Sep 17 00:00:00 2001\n"
		"From: A B <a@b.c>\n"
		"Date: Tue, 26 May 2020 08:32:18 -0600\n"
		"Subject: [PATCH 6.1.y] x: A subject that is long enough\n"
		" to be folded\n"
		"\n"
		"Why this is done.\n"
		"\n"
		"Note: prose that looks like a trailer\n"
		"but is a paragraph of text.\n"
		"\n"
		"[ 6.1.y: adapted\n"
		"  by hand ]\n"
		"\n"
		"Fixes: 0123456789ab (\"x\")\n"
		"Cc: <stable@vger.kernel.org>\n"
		"[ me: one line ]\n"
		"Signed-off-by: A B <a@b.c>\n"
		"---\n"
		"Reviewed-by: after the message <no@b.c>\n";
	struct header h;

	(void)state;
	header_parse(SLICE(mail), &h);
	assert_true(slice_eqs(h.from, "A B <a@b.c>"));
	assert_true(
		slice_eqs(h.subject,
			  "[PATCH 6.1.y] x: A subject that is long enough to be folded"));
	assert_true(slice_eqs(header_title(&h),
			      "x: A subject that is long enough to be folded"));
	assert_int_equal(h.subject_line, 4);
	assert_int_equal(h.notes.n, 2);
	assert_true(slice_eqs(h.notes.v[0], "6.1.y: adapted\n  by hand"));
	assert_true(slice_eqs(h.notes.v[1], "me: one line"));
	assert_int_equal(h.trailers.n, 3);
	assert_true(trailer_is(&h.trailers.v[0], "fixes"));
	assert_true(slice_eqs(h.trailers.v[1].value, "<stable@vger.kernel.org>"));
	assert_int_equal(h.trailers.v[2].line, 18);
	header_release(&h);
}

static void what_is_missing_stays_empty(void **state)
{
	static const char *const inputs[] = { "", "\n", "--- a/x\n+++ b/x\n",
					      "no header here\n\njust text" };
	struct header h;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		header_parse(slice_str(inputs[i]), &h);
		assert_int_equal(h.from.n, 0);
		assert_int_equal(h.subject.n, 0);
		assert_int_equal(h.trailers.n, 0);
		header_release(&h);
	}
}

/* The header written back after a change, as a string that the caller frees. */
static char *written(const struct header *h)
{
	struct buf b = BUF_INIT;

	header_write(h, &b);
	return buf_take(&b);
}

static void assert_untouched(struct slice in)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_header_ struct header h;

	header_parse(in, &h);
	header_write(&h, &out);
	assert_true(slice_eq(buf_slice(&out), in));
}

static void what_nobody_changed_is_the_same(void **state)
{
	static const char odd[] =
		"Subject: a\0b\r\n \xff fold\r\n\r\nx\r\n\0\r\nSigned-off-by: q";

	(void)state;
	assert_untouched(SLICE(odd));
	assert_untouched(SLICE(""));
	assert_untouched(SLICE("\n\n\nFrom: x"));
	assert_untouched(SLICE("From 0123456 Mon Sep 17 00:00:00 2001\n"));
	assert_untouched(SLICE("mm: no fields\n\nwhy\n---\n file | 1 +\n\n"));
}

static void a_message_without_fields_is_no_block(void **state)
{
	_cleanup_header_ struct header h;

	(void)state;
	header_parse(SLICE("mm: fix it\n\nWhy.\n\nSigned-off-by: A <a@b.c>\n"), &h);
	assert_int_equal(h.fields.n, 0);
	assert_true(slice_starts(h.body, "mm: fix it\n"));
	assert_int_equal(h.trailers.n, 1);
	assert_int_equal(h.trailers.v[0].line, 5);
}

static void folded_and_encoded_fields_are_text(void **state)
{
	_cleanup_header_ struct header h;

	(void)state;
	header_parse(SLICE("\nFrom: =?utf-8?q?J=C3=BCrgen_Gro=C3=9F?= <j@g.de>\r\n"
			   "Subject: =?ISO-8859-1?Q?caf=E9?= =?iso-8859-1?b?6Q==?= x\r\n"
			   "\ty =?nosuch?q?z?=\r\n"
			   "To: =?utf-8?q?a=0AFrom=3A_b?= <x@y.z>\r\n\r\nwhy\r\n"),
		     &h);
	assert_true(h.crlf || h.fields.n == 3);
	assert_true(slice_eqs(h.from, "J\xc3\xbcrgen Gro\xc3\x9f <j@g.de>"));
	assert_int_equal(h.from_line, 2);
	assert_true(slice_eqs(h.subject, "caf\xc3\xa9\xc3\xa9 x y =?nosuch?q?z?="));
	assert_true(slice_eqs(header_field(&h, "to")->value,
			      "=?utf-8?q?a=0AFrom=3A_b?= <x@y.z>"));
	assert_int_equal(header_field(&h, "to")->line, 5);
	assert_int_equal(h.body_line, 7);
}

static void dep3_is_read(void **state)
{
	_cleanup_header_ struct header h;

	(void)state;
	header_parse(
		SLICE("Description: short one\n Long line.\n .\n [ a: note ]\n"
		      "Author: A B <a@b.c>\nForwarded: no\n\nmore text\n---\nignored\n"),
		&h);
	assert_true(slice_eqs(h.subject, "short one"));
	assert_true(slice_eqs(h.from, "A B <a@b.c>"));
	assert_true(slice_eqs(h.body, "Long line.\n\n[ a: note ]\n\nmore text\n"));
	assert_int_equal(h.body_line, 2);
	assert_true(slice_eqs(header_field(&h, "forwarded")->value, "no"));
}

/* git mailinfo: the From in the text is the author, the one of the mail sent it. */
static void the_author_may_stand_in_the_text(void **state)
{
	_cleanup_header_ struct header h;

	(void)state;
	header_parse(SLICE("From: Sender <s@b.c>\nSubject: x: y\n\n"
			   "From: Author <a@b.c>\n\nwhy\n"),
		     &h);
	assert_true(slice_eqs(h.from, "Author <a@b.c>"));
	assert_int_equal(h.from_line, 4);
	assert_true(slice_eqs(h.subject, "x: y"));
}

static void trailers_with_marks_and_notes_between(void **state)
{
	_cleanup_header_ struct header h;

	(void)state;
	header_parse(
		SLICE("From: A <a@b.c>\nSubject: s\n\n[1] https://x is no note\n\n[...]\n\n"
		      "Signed-off-by: A <a@b.c>\n(cherry picked from commit 0123456)\n"
		      "[bwh: Adjusted\n\nover a blank line]\n"
		      "Reviewed-by: B\n <b@b.c>\nnot a field\nCc: x@y.z\n"),
		&h);
	assert_int_equal(h.trailers.n, 3);
	assert_true(slice_eqs(h.trailers.v[1].value, "B <b@b.c>"));
	assert_int_equal(h.notes.n, 1);
	assert_true(slice_eqs(h.notes.v[0], "bwh: Adjusted\n\nover a blank line"));
	assert_int_equal(h.note_lines.v[0], 10);
	header_release(&h);

	header_parse(
		SLICE("From: A <a@b.c>\nSubject: s\n\nwhy\n\n"
		      "[ Upstream commit 0123456 ]\n\nSigned-off-by: A <a@b.c>\nx y\n"),
		&h);
	assert_int_equal(h.notes.n, 0);
	assert_int_equal(h.trailers.n, 1);
}

static void a_change_is_the_least_difference(void **state)
{
	static const char in[] =
		"From 01 Mon\nFrom:  A <a@b.c>\nSubject: [PATCH]\n long\n"
		"X: y\n\nwhy\n\nFixes: 0123456\nCc: c@d.e\n---\n f | 1 +\n";
	_cleanup_header_ struct header h;
	_cleanup_free_ char *got = NULL;
	struct err e = { 0 };

	(void)state;
	header_parse(SLICE(in), &h);
	assert_int_equal(header_set(&h, "from", SLICE("J\xc3\xbc <j@b.c>"), &e), 0);
	assert_int_equal(header_set(&h, "subject", SLICE("[PATCH] long"), &e), 0);
	assert_int_equal(header_set(&h, "Origin", SLICE("upstream"), &e), 0);
	header_drop(&h, "x");
	header_drop_trailer(&h, 1);
	assert_int_equal(header_add_trailer(&h, "Acked-by", SLICE("Q <q@r.s>"), &e), 0);
	assert_int_equal(header_add_note(&h, SLICE("q: adapted"), &e), 0);
	got = written(&h);
	assert_string_equal(
		got, "From 01 Mon\nFrom:  J\xc3\xbc <j@b.c>\nSubject: [PATCH]\n long\n"
		     "Origin: upstream\n\nwhy\n\nFixes: 0123456\n"
		     "Acked-by: Q <q@r.s>\n[ q: adapted ]\n---\n f | 1 +\n");
}

static void a_change_is_refused(void **state)
{
	_cleanup_header_ struct header h;
	struct err e = { 0 };

	(void)state;
	header_parse(SLICE("From: a\n\n"), &h);
	assert_int_equal(header_set(&h, "From", SLICE("a\nSubject: b"), &e), ERR_INPUT);
	assert_non_null(strstr(e.msg, "'From'"));
	err_clear(&e);
	assert_int_equal(header_add_trailer(&h, "Cc", SLICE("\xff"), &e), ERR_INPUT);
}

struct edit_case {
	const char *in, *out;
};

/* Origin set, Acked-by added. */
static void what_is_new_finds_its_place(void **state)
{
	static const struct edit_case cases[] = {
		{ "", "Origin: o\n\nAcked-by: A <a@b>\n" },
		{ "From: x", "From: x\nOrigin: o\n\nAcked-by: A <a@b>\n" },
		{ "From: x\r\n\r\nwhy\r\n",
		  "From: x\r\nOrigin: o\r\n\r\nwhy\r\n\r\nAcked-by: A <a@b>\r\n" },
		{ "From: x\n\n---\n a | 1 +\n",
		  "From: x\nOrigin: o\n\nAcked-by: A <a@b>\n---\n a | 1 +\n" },
		{ "why\n\n--- a/x\n",
		  "Origin: o\n\nwhy\n\nAcked-by: A <a@b>\n\n--- a/x\n" },
		{ "Description: d\n long\nOrigin: p\n\n",
		  "Description: d\n long\nOrigin: o\n\nAcked-by: A <a@b>\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = NULL;
		_cleanup_header_ struct header h;
		struct err e = { 0 };

		header_parse(slice_str(cases[i].in), &h);
		assert_int_equal(header_set(&h, "Origin", SLICE("o"), &e), 0);
		assert_int_equal(header_add_trailer(&h, "Acked-by", SLICE("A <a@b>"), &e),
				 0);
		got = written(&h);
		assert_string_equal(got, cases[i].out);
	}
}

/* A paragraph in front of the message. */
static void a_lead_stands_in_front_of_the_message(void **state)
{
	static const struct edit_case cases[] = {
		{ "", "lead\n" },
		{ "From: x", "From: x\n\nlead\n" },
		{ "From: x\n\nwhy\n", "From: x\n\nlead\n\nwhy\n" },
		{ "From: x\r\n\r\nwhy\r\n", "From: x\r\n\r\nlead\r\n\r\nwhy\r\n" },
		{ "why\n", "lead\n\nwhy\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = NULL;
		_cleanup_header_ struct header h;

		header_parse(slice_str(cases[i].in), &h);
		header_add_lead(&h, SLICE("lead"));
		got = written(&h);
		assert_string_equal(got, cases[i].out);
	}
}

static void an_encoded_field_stays_encoded(void **state)
{
	_cleanup_header_ struct header h;
	_cleanup_free_ char *got = NULL;
	struct err e = { 0 };

	(void)state;
	header_parse(SLICE("From: =?utf-8?q?J=C3=BC?= <a@b.c>\nDescription: d\n long\n"),
		     &h);
	assert_int_equal(
		header_set(&h, "From", SLICE("Gro\xc3\x9f W\xc3\xbc X <a@b.c>"), &e), 0);
	assert_int_equal(header_set(&h, "Description", SLICE("e"), &e), 0);
	got = written(&h);
	assert_string_equal(got,
			    "From: =?UTF-8?q?Gro=C3=9F?= =?UTF-8?q?_W=C3=BC?= X <a@b.c>\n"
			    "Description: e\n long\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_is_read),
		cmocka_unit_test(what_is_missing_stays_empty),
		cmocka_unit_test(what_nobody_changed_is_the_same),
		cmocka_unit_test(a_message_without_fields_is_no_block),
		cmocka_unit_test(folded_and_encoded_fields_are_text),
		cmocka_unit_test(dep3_is_read),
		cmocka_unit_test(the_author_may_stand_in_the_text),
		cmocka_unit_test(trailers_with_marks_and_notes_between),
		cmocka_unit_test(a_change_is_the_least_difference),
		cmocka_unit_test(a_change_is_refused),
		cmocka_unit_test(what_is_new_finds_its_place),
		cmocka_unit_test(a_lead_stands_in_front_of_the_message),
		cmocka_unit_test(an_encoded_field_stays_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
