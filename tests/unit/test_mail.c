// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/fsx.h"
#include "exchange/mail_order.h"
#include "exchange/stage.h"

static void subjects_are_read(void **state)
{
	static const struct {
		const char *subject, *title;
		struct mail_mark mark;
	} cases[] = {
		{ "[PATCH] x: y", "x: y", { true, false, false, 1, 0, 0 } },
		{ "[PATCH v2 03/12] x", "x", { true, true, false, 2, 3, 12 } },
		{ "[PATCHv3 1/2] x", "x", { true, true, false, 3, 1, 2 } },
		{ "[RFC PATCH 6.1.y v10 0/2] x [1]",
		  "x [1]",
		  { true, true, false, 10, 0, 2 } },
		{ "[PATCH net-next][V4 1/1] x", "x", { true, true, false, 4, 1, 1 } },
		{ "Re: [PATCH 1/2] x", "x", { true, true, true, 1, 1, 2 } },
		{ "Fwd: AW: x", "x", { false, false, true, 1, 0, 0 } },
		{ "[x] v2 1/2", "v2 1/2", { false, false, false, 1, 0, 0 } },
		{ "[PATCH 1/2", "[PATCH 1/2", { false, false, false, 1, 0, 0 } },
		{ "[PATCH 1/x vx v2x 1/2/3] y", "y", { true, false, false, 1, 0, 0 } },
		{ "", "", { false, false, false, 1, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct mail_mark *want = &cases[i].mark;
		struct mail_mark mark;
		const char *title;

		mail_mark_parse(cases[i].subject, &mark, &title);
		assert_string_equal(title, cases[i].title);
		assert_int_equal(mark.patch, want->patch);
		assert_int_equal(mark.numbered, want->numbered);
		assert_int_equal(mark.reply, want->reply);
		assert_int_equal(mark.version, want->version);
		assert_int_equal(mark.n, want->n);
		assert_int_equal(mark.m, want->m);
	}
}

static void fields_are_unfolded(void **state)
{
	static const char raw[] =
		"From x@y Thu Jan  1 00:00:00 1970\r\nX-To: no\r\n"
		"References: <a@b>\r\n\t<c@d>\r\nTo: x\r\n\r\nCc: body\r\n";
	struct arena a = ARENA_INIT;

	(void)state;
	assert_string_equal(mail_field(SLICE(raw), "references", &a), "<a@b> <c@d>");
	assert_string_equal(mail_field(SLICE(raw), "To", &a), "x");
	assert_string_equal(mail_field(SLICE(raw), "Cc", &a), "");
	assert_string_equal(mail_field(SLICE(""), "Cc", &a), "");
	arena_release(&a);
}

/* As `git format-patch` names the like; a person's reading for the rest. */
static void files_are_named(void **state)
{
	static const char *const cases[][2] = {
		{ "x: Say y", "0007-x-Say-y.patch" },
		{ "../../etc/passwd", "0007-etc-passwd.patch" },
		{ "a.b_c v1.2. d", "0007-a.b_c-v1.2-d.patch" },
		{ "\xc3\xa4\n", "0007-patch.patch" },
		{ "", "0007-patch.patch" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *name = mail_file_name(cases[i][0], 7);

		assert_string_equal(name, cases[i][1]);
	}
}

static struct mail *a_mail(struct mailbox *box, const char *subject, bool diff)
{
	struct mail *m = xcalloc(1, sizeof(*m));

	m->source = "box";
	m->subject = subject;
	m->id = m->from = m->date = "";
	m->has_diff = diff;
	mail_mark_parse(subject, &m->mark, &m->title);
	vec_push(&box->mails, m);
	return m;
}

/* Any order of the mails of a series gives the one order. */
static void every_order_is_put_right(void **state)
{
	static const char *const subjects[] = { "[PATCH 0/3] c", "[PATCH 1/3] x",
						"[PATCH 2/3] y", "[PATCH 3/3] z" };

	(void)state;
	for (unsigned order = 0; order < 256; order++) {
		unsigned at[4] = { order & 3, order >> 2 & 3, order >> 4 & 3,
				   order >> 6 };
		struct mail_pick pick = { 0 };
		struct mailbox box = { 0 };
		struct mail_series s;
		struct err e = { 0 };
		unsigned all = 0;
		int rc;

		for (size_t i = 0; i < 4; i++) {
			a_mail(&box, subjects[at[i]], at[i] > 0);
			all |= 1u << at[i];
		}
		rc = mail_order(&box, &pick, &s, &e);
		/* The cover may be absent or there twice, no patch may be missing. */
		if ((all & 14) == 14) {
			assert_int_equal(rc, 0);
			assert_int_equal(s.patches.n, 3);
			for (unsigned i = 0; i < 3; i++)
				assert_int_equal(s.patches.v[i]->mark.n, i + 1);
			assert_int_equal(s.cover != NULL, all & 1);
		} else {
			assert_int_equal(rc, ERR_INPUT);
		}
		mail_series_release(&s);
		mailbox_release(&box);
	}
}

static char *slurp(const char *dir, const char *name)
{
	_cleanup_free_ char *path = path_join(dir, name);
	struct buf b = BUF_INIT;
	struct err e = { 0 };

	return fsx_read(path, &b, &e) ? NULL : buf_take(&b);
}

static void a_stage_changes_all_or_nothing(void **state)
{
	_cleanup_free_ char *top = NULL, *dest = NULL, *text = NULL, *one = NULL,
			    *two = NULL;
	struct stage s = STAGE_INIT, other = STAGE_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(fsx_tmpdir("/tmp", "carry-test", &top, &e), 0);
	dest = path_join(top, "a/series");
	assert_int_equal(stage_open(&s, top, dest, false, &e), 0);
	assert_int_equal(stage_write(&s, "sub/x", SLICE("one"), &e), 0);
	assert_int_equal(stage_write(&s, "../x", SLICE("one"), &e), ERR_UNSAFE);
	err_clear(&e);
	assert_int_equal(stage_open(&other, top, dest, false, &e), ERR_EXISTS);
	stage_release(&other);
	assert_false(fsx_exists(dest));
	assert_int_equal(stage_commit(&s, &e), 0);
	one = slurp(dest, "sub/x");
	assert_string_equal(one, "one");

	/* Given up: not even the hard links show what was written. */
	assert_int_equal(stage_open(&s, top, dest, false, &e), 0);
	assert_int_equal(stage_write(&s, "sub/x", SLICE("two"), &e), 0);
	stage_release(&s);
	two = slurp(dest, "sub/x");
	assert_string_equal(two, "one");

	assert_int_equal(stage_open(&s, top, dest, true, &e), 0);
	assert_int_equal(stage_write(&s, "y", SLICE("new"), &e), 0);
	assert_int_equal(stage_commit(&s, &e), 0);
	text = slurp(dest, "sub/x");
	assert_null(text);
	assert_int_equal(fsx_remove(top, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subjects_are_read),
		cmocka_unit_test(fields_are_unfolded),
		cmocka_unit_test(files_are_named),
		cmocka_unit_test(every_order_is_put_right),
		cmocka_unit_test(a_stage_changes_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
