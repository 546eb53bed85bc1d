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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_is_read),
		cmocka_unit_test(what_is_missing_stays_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
