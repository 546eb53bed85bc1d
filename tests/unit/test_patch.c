// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "text/patch.h"
#include "tmpdir.h"

static struct err last;

static struct patch *parse(struct slice text, unsigned strip)
{
	struct buf in = BUF_INIT;
	struct patch *p = NULL;

	err_clear(&last);
	buf_add_slice(&in, text);
	if (patch_parse("t", &in, strip, &p, &last))
		return NULL;
	return p;
}

static void assert_back(const struct patch *p, struct slice text)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	patch_write(p, &out);
	assert_int_equal(out.len, text.n);
	if (text.n)
		assert_memory_equal(out.data, text.p, text.n);
}

/* Parses, checks the way back, and gives the patch. */
static struct patch *good_n(struct slice text, unsigned strip)
{
	struct patch *p = parse(text, strip);

	if (!p)
		fail_msg("refused: %s", last.msg);
	assert_back(p, text);
	return p;
}

static struct patch *good(const char *text)
{
	return good_n(slice_str(text), 1);
}

static void refused(const char *text, const char *message)
{
	struct patch *p = parse(slice_str(text), 1);

	if (p)
		fail_msg("accepted: %s", text);
	if (!strstr(last.msg, message))
		fail_msg("said '%s', not '%s'", last.msg, message);
	assert_int_equal(last.code, ERR_INPUT);
}

static void assert_slice(struct slice s, const char *text)
{
	if (!slice_eqs(s, text))
		fail_msg("'%.*s' is not '%s'", SLICE_ARG(s), text);
}

static void mail_with_two_files(void **state)
{
	struct patch *p =
		good("From: A <a@example.org>\nSubject: x\n\nmessage\n---\n f | 2 +-\n\n"
		     "diff --git a/f.c b/f.c\nindex 12ab..34cd 100644\n"
		     "--- a/f.c\n+++ b/f.c\n"
		     "@@ -1,3 +1,3 @@ int f(void)\n a\n-b\n+c\n d\n"
		     "diff --git a/g.c b/g.c\n--- a/g.c\n+++ b/g.c\n"
		     "@@ -7 +7,2 @@\n-x\n+y\n+z\n@@ -20,0 +22 @@\n+w\n"
		     "-- \n2.39.5\n\n");

	(void)state;
	assert_int_equal(p->nchanges, 2);
	assert_true(slice_starts(p->header, "From: A"));
	assert_slice(p->trailer, "-- \n2.39.5\n\n");
	assert_slice(p->changes[0].new_path, "f.c");
	assert_slice(p->changes[0].old_id, "12ab");
	assert_int_equal(p->changes[0].old_mode, 0100644);
	assert_int_equal(p->changes[0].kind, CHANGE_MODIFY);
	assert_slice(p->changes[0].hunks[0].section, "int f(void)");
	assert_int_equal(p->changes[0].hunks[0].prefix, 1);
	assert_int_equal(p->changes[0].hunks[0].suffix, 1);
	assert_int_equal(p->changes[0].hunks[0].line, 12);
	assert_int_equal(p->changes[1].nhunks, 2);
	assert_int_equal(p->changes[1].hunks[1].old_count, 0);
	assert_int_equal(p->changes[1].hunks[1].new_start, 22);
	assert_int_equal(p->changes[1].hunks[0].lines[2].op, '+');
	assert_memory_equal(p->changes[1].hunks[0].lines[2].p, "z\n", 2);
	patch_free(p);
}

static void several_mails_keep_what_is_between(void **state)
{
	struct patch *p = good("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n-- \n2.0\n\n"
			       "From 0 Mon Sep 17 00:00:00 2001\nSubject: second\n\n---\n"
			       "Index: f\n=====================\n"
			       "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-b\n+c\n");

	(void)state;
	assert_int_equal(p->nchanges, 2);
	assert_true(slice_starts(p->changes[1].gap, "-- \n2.0\n\nFrom 0"));
	assert_true(slice_ends(p->changes[1].gap, "---\n"));
	assert_true(slice_starts(p->changes[1].meta, "Index: f\n===="));
	patch_free(p);
}

static void git_headers(void **state)
{
	struct patch *p =
		good("diff --git a/s b/t\nsimilarity index 90%\nrename from s\n"
		     "rename to t\n--- a/s\n+++ b/t\n@@ -1 +1 @@\n-a\n+b\n"
		     "diff --git a/c b/d\nsimilarity index 100%\ncopy from c\ncopy to d\n"
		     "diff --git a/m b/m\nold mode 100644\nnew mode 100755\n"
		     "diff --git a/e b/e\nnew file mode 100644\nindex 000..e69\n"
		     "diff --git a/x b/x\ndeleted file mode 120000\n--- a/x\n"
		     "+++ /dev/null\n@@ -1 +0,0 @@\n-to\n\\ No newline at end of file\n");
	struct change *c = p->changes;

	(void)state;
	assert_int_equal(p->nchanges, 5);
	assert_int_equal(c[0].kind, CHANGE_RENAME);
	assert_int_equal(c[0].similarity, 90);
	assert_slice(c[0].old_path, "s");
	assert_slice(c[0].new_path, "t");
	assert_int_equal(c[1].kind, CHANGE_COPY);
	assert_int_equal(c[1].nhunks, 0);
	assert_int_equal(c[2].kind, CHANGE_MODE);
	assert_int_equal(c[2].new_mode, 0100755);
	assert_int_equal(c[3].kind, CHANGE_CREATE);
	assert_slice(c[3].new_path, "e");
	assert_null(c[3].old_path.p);
	assert_int_equal(c[4].kind, CHANGE_DELETE);
	assert_int_equal(c[4].old_mode, 0120000);
	assert_true(c[4].hunks[0].lines[0].no_eol);
	assert_int_equal(c[4].hunks[0].lines[0].n, 2);
	patch_free(p);
}

static void one_quoted_name_of_two(void **state)
{
	struct patch *p = good("diff --git a/f \"b/\\146\"\nold mode 100644\nnew mode 100755\n"
			       "dissimilarity index 9%\n");

	(void)state;
	assert_slice(p->changes[0].new_path, "f");
	patch_free(p);
}

static void names(void **state)
{
	struct patch *p = good(
		"--- linux.orig/f 2005-06-17 12:00:00\n+++ linux/f 2005-06-17 12:00:00\n"
		"@@ -1 +1 @@\n-a\n+b\n"
		"--- a//d//e\n+++ b//d//e\n@@ -1 +1 @@\n-a\n+b\n"
		"--- a/x y\t2020-01-01 00:00:00\n+++ b/x y\t2020-01-02 00:00:00\n"
		"@@ -1 +1 @@\n-a\n+b\n"
		"diff --git \"a/t\\tb\\303\\244\" \"b/t\\tb\\303\\244\"\n"
		"old mode 100644\nnew mode 100755\n"
		"diff --git a/with blank b/with blank\nold mode 100644\nnew mode 100755\n"
		"diff --git a/b a/b b/b a/b\nold mode 100644\nnew mode 100755\n");

	(void)state;
	assert_slice(p->changes[0].old_path, "f");
	assert_slice(p->changes[1].new_path, "d//e");
	assert_slice(p->changes[2].new_path, "x y");
	assert_slice(p->changes[3].new_path, "t\tb\303\244");
	assert_slice(p->changes[4].new_path, "with blank");
	assert_slice(p->changes[5].new_path, "b a/b");
	patch_free(p);
	p = good_n(SLICE("--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n"), 0);
	assert_slice(p->changes[0].new_path, "x");
	patch_free(p);
	p = good_n(SLICE("diff --git a/b/x a/b/y\nrename from b/x\nrename to b/y\n"), 2);
	assert_slice(p->changes[0].new_path, "y");
	patch_free(p);
	refused("--- a/x y\n+++ b/x y\n@@ -1 +1 @@\n-a\n+b\n", "t:1: cannot tell where");
	refused("--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n", "t:1: cannot take 1 leading");
	refused("--- \"a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "quoted name");
	refused("--- \"a/\\000\"\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "quoted name");
}

static void the_epoch_means_absent(void **state)
{
	struct patch *p =
		good("--- a/n\t1970-01-01 01:00:00.000000000 +0100\n"
		     "+++ b/n\t2020-01-02 00:00:00\n@@ -0,0 +1 @@\n+b\n"
		     "--- a/o\t2020-01-02 00:00:00\n"
		     "+++ b/o\tThu Jan  1 00:00:00 1970\n@@ -1 +0,0 @@\n-b\n"
		     "--- a/p\t2020-01-01 00:00:00\n+++ b/p\t2020-01-02 00:00:00\n"
		     "@@ -0,0 +1 @@\n+b\n"
		     "--- a/q\t1970-01-01 00:00:00\n+++ b/q\t2020-01-02 00:00:00\n"
		     "@@ -3 +3 @@\n-a\n+b\n");

	(void)state;
	assert_int_equal(p->changes[0].kind, CHANGE_CREATE);
	assert_int_equal(p->changes[1].kind, CHANGE_DELETE);
	assert_slice(change_path(&p->changes[1]), "o");
	assert_int_equal(p->changes[2].kind, CHANGE_MODIFY);
	assert_true(p->changes[2].old_maybe_absent);
	assert_int_equal(p->changes[3].kind, CHANGE_MODIFY);
	assert_true(p->changes[3].old_epoch);
	patch_free(p);
}

static void bytes_of_any_kind(void **state)
{
	static const char nul[] =
		"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-a\0b\n+\xff\xfe\n c\n";
	struct patch *p = good_n((struct slice){nul, sizeof(nul) - 1}, 1);

	(void)state;
	assert_int_equal(p->changes[0].hunks[0].lines[0].n, 4);
	assert_memory_equal(p->changes[0].hunks[0].lines[0].p, "a\0b\n", 4);
	patch_free(p);
	p = good("--- a/f\r\n+++ b/f\r\n@@ -1,2 +1,2 @@ s\r\n-a\r\n+b\r\n \r\n");
	assert_slice(p->changes[0].new_path, "f");
	assert_slice(p->changes[0].hunks[0].section, "s");
	assert_int_equal(p->changes[0].hunks[0].lines[0].n, 3);
	patch_free(p);
	p = good("--- a/f\n+++ b/f\n@@ -1,3 +1,2 @@\n a\n\n-b\n");
	assert_int_equal(p->changes[0].hunks[0].lines[1].op, ' ');
	assert_memory_equal(p->changes[0].hunks[0].lines[1].p, "\n", 1);
	patch_free(p);
	patch_free(good(""));
	p = good("just a message\n--- a/f\n+++ b/f\nand no hunk");
	assert_int_equal(p->nchanges, 0);
	patch_free(p);
}

static void lines_that_look_like_headers(void **state)
{
	struct patch *p =
		good("--- a/f\n+++ b/f\n@@ -1,3 +1,2 @@\n---- a/g\n-- a/x\n+++ b/x\n a\n"
		     "--- a/h\n+++ b/h\n@@ -1 +1 @@\n-a\n+b\n--\n");

	(void)state;
	assert_int_equal(p->nchanges, 2);
	assert_slice(p->changes[1].new_path, "h");
	assert_slice(p->trailer, "--\n");
	patch_free(p);
}

static void binary_is_recognised(void **state)
{
	struct patch *p =
		good("diff --git a/b b/b\nindex 1..2 100644\nGIT binary patch\n"
		     "literal 3\nKcmZQzWMT#Y01f~L\n\nliteral 1\nIcmZPo000310RR91\n\n"
		     "diff --git a/c b/c\nindex 1..2 100644\n"
		     "Binary files a/c and b/c differ\n"
		     "--- a/h\n+++ b/h\n@@ -1 +1 @@\n-a\n+b\n");

	(void)state;
	assert_int_equal(p->nchanges, 3);
	assert_int_equal(p->changes[0].binary, BINARY_DATA);
	assert_true(
		slice_starts(p->changes[0].binary_data, "GIT binary patch\nliteral 3"));
	assert_int_equal(p->changes[1].binary, BINARY_NAMED);
	assert_int_equal(p->changes[2].binary, BINARY_NO);
	patch_free(p);
	refused("diff --git a/b b/b\nindex 1..2\nGIT binary patch\nnonsense\n",
		"t:4: cannot read the binary");
}

#define F "--- a/f\n+++ b/f\n"

static void counts_must_add_up(void **state)
{
	(void)state;
	refused(F "@@ -1,3 +1,3 @@\n a\n-b\n+c\n",
		"t:7: cannot find all lines of the hunk");
	refused(F "@@ -1,3 +1,3 @@\n a\n-b\n+c\nx\n", "t:7: cannot find all lines");
	refused(F "@@ -1,2 +1,2 @@\n a\n-b\n+c\n d\n", "t:7: cannot place a line after");
	refused(F "@@ -1 +1 @@\n-b\n+c\n+d\n", "t:6: cannot place a line after");
	refused(F "@@ -1,2 +1 @@\n-b\n+c\n+d\n", "cannot find all lines");
	refused(F "@@ -1 +1 @@\n-b\n+c", "t:5: cannot accept a hunk's line without");
	refused(F "@@ -1,99999999999 +1 @@\n-b\n+c\n",
		"t:3: cannot read the hunk header");
	refused(F "@@ -99999999999999999999 +1 @@\n-b\n+c\n",
		"t:3: cannot read the hunk header");
	refused(F "@@ -1,4294967297 +1 @@\n-b\n+c\n", "t:3: cannot read the hunk header");
	refused(F "@@ -0 +1 @@\n-b\n+c\n", "t:3: cannot accept line 0");
	refused(F "@@ -0,0 +0,0 @@\n", "t:3: cannot accept a hunk without lines");
	refused(F "@@ -1,2 +1,2 @@\n a\n b\n", "t:3: cannot accept a hunk that changes nothing");
	refused(F "@@ -1 +1 @\n-b\n+c\n", "t:3: cannot read the hunk header");
	refused(F "@@ -1,2 +1 @@\n-b\n\\ No newline at end of file\n-c\n+d\n",
		"after the end");
	refused(F "@ -1 +1 @@\n-b\n+c\n", "t:3: cannot read the hunk header '@ -1");
	refused(F "@@ -1 +1 @@\n-b\n+c\n\n@@ -5,9223372036854775806 +5 @@\n-e\n+f\n",
		"t:7: cannot place a hunk that stands under no file header");
	refused(F "@@ -1 +1 @@\n-b\n+c\n\\ No n", "t:6: cannot read the mark '\\ No n'");
}

static void other_kinds_of_diff(void **state)
{
	(void)state;
	refused("*** a/f\t2020\n--- b/f\t2020\n***************\n*** 1,2 ****\n",
		"t:3: cannot apply a context diff");
	refused("Index: f\n1d\n.\n", "t:2: cannot apply an ed script");
	refused("--- a/f\n+++ b/f\n1,2c\nx\n.\n", "t:3: cannot apply an ed script");
	refused("1d\n", "t:1: cannot apply an ed script");
	refused("diff f g\n1c1\n< a\n---\n> b\n", "t:3: cannot apply a normal diff");
	refused("@@ -1 +1 @@\n-a\n+b\n", "t:1: cannot place a hunk");
	refused(F "@@ -1 +1 @@\n-a\n+b\ngarbage\n@@ -5 +5 @@\n-a\n+b\n",
		"t:7: cannot place a hunk");
}

static void headers_that_contradict_themselves(void **state)
{
	(void)state;
	refused("diff --git a/f b/f\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n",
		"t:1: cannot tell which file is meant");
	refused("diff --git a/f b/f\nnew file mode 100644\n--- /dev/null\n+++ b/g\n"
		"@@ -0,0 +1 @@\n+b\n",
		"t:1: cannot tell which file is meant");
	refused("diff --git a/f b/g\nrename from f\nrename to g\n--- a/f\n+++ b/h\n"
		"@@ -1 +1 @@\n-a\n+b\n",
		"cannot tell which file");
	refused("diff --git a/f b/f\nnew file mode 100644\n--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+b\n",
		"contradicts");
	refused("diff --git a/f b/f\nnew file mode 100644\ndeleted file mode 100644\n",
		"two kinds");
	refused("diff --git a/f b/g\nrename from f\n", "both its names");
	refused("diff --git a/f b/f\nold mode 100644\nold mode 100755\n", "two modes");
	refused("diff --git a/f b/f\nnew mode 10064x\n", "cannot read the mode");
	refused("diff --git a/f b/f\n", "cannot find what the change would do");
	refused("diff --git a/f b/f\n--- a/f\n+++ b/f\n", "cannot find a hunk");
	refused("diff --git a/f b/f\nnew mode \n", "cannot read the mode");
	refused("diff --git a/f b/g\nrename from f\nrename from f\n", "a second name");
	refused("diff --git a/f b/f\nsimilarity index 101%\n", "cannot read the similarity");
	refused("diff --git a/f b/f\n--- a/f\n--- a/f\n", "a second '---'");
	refused("diff --git a/f b/f\n+++ b/f\n", "cannot accept a '+++'");
	refused("diff --git a/f b/f\n--- a/f\n@@ -1 +1 @@\n-a\n+b\n", "the '+++' line");
	refused("diff --git a/f b/g\ndeleted file mode 100644\n", "the file's name");
	refused("diff --git \"a/f\"b/f\nold mode 100644\nnew mode 100755\n", "two file names");
	refused("--- \n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n", "cannot find a file name");
	refused("--- a/x y z\n+++ b/x y z\n@@ -1 +1 @@\n-a\n+b\n", "where the name");
	refused("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n",
		"cannot find a file name");
	refused("--- /dev/null\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n",
		"cannot create a file with");
}

static int setup_dir(void **state)
{
	return tmp_setup(state) || chdir(*state) || mkdir("d", 0777);
}

/* Lines enough that none of the set's buffers is large enough before. */
static void write_long(const char *path, unsigned lines)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err e = { 0 };

	buf_addf(&b, F "@@ -0,0 +1,%u @@\n", lines);
	for (unsigned i = 0; i < lines; i++)
		buf_addf(&b, "+line %u of %u\n", i, lines);
	assert_int_equal(fsx_publish(path, buf_slice(&b), &e), 0);
}

static void assert_file(const struct patch *p, const char *path)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err e = { 0 };

	assert_int_equal(fsx_read(path, &b, &e), 0);
	assert_back(p, buf_slice(&b));
}

/* Long, short and broken ones in turns: what one leaves behind must not show in another. */
static void a_set_reads_one_after_the_other(void **state)
{
	static const unsigned lines[] = { 3, 9000, 1, 20000, 2, 300, 4 };
	_cleanup_fd_ int dir = open("d", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct patch_set *set = patch_set_new(dir);
	struct patch *p[ARRAY_SIZE(lines)], *none = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(fsx_publish("d/cut", SLICE(F "@@ -1 +1,2 @@\n-a\n+b\n"), &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		write_long("d/p", lines[i]);
		assert_int_equal(patch_set_read(set, "p", "d/p", 1, &p[i], &e), 0);
		assert_string_equal(p[i]->name, "d/p");
		assert_int_equal(p[i]->nchanges, 1);
		assert_int_equal(p[i]->changes[0].hunks[0].nlines, lines[i]);
		assert_file(p[i], "d/p");
		assert_int_equal(patch_set_read(set, "cut", "d/cut", 1, &none, &e),
				 ERR_INPUT);
		assert_non_null(strstr(e.msg, "d/cut:"));
		assert_non_null(strstr(e.msg, "all lines of the hunk of line 3"));
		assert_int_equal(patch_set_read(set, "none", "d/none", 1, &none, &e),
				 ERR_NOTFOUND);
		assert_int_not_equal(patch_set_read(set, ".", "d", 1, &none, &e), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		write_long("d/p", lines[i]);
		assert_file(p[i], "d/p");
		patch_free(p[i]);
		assert_file(p[i], "d/p");
	}
	patch_set_free(set);
	patch_set_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_with_two_files),
		cmocka_unit_test(several_mails_keep_what_is_between),
		cmocka_unit_test(git_headers),
		cmocka_unit_test(one_quoted_name_of_two),
		cmocka_unit_test(names),
		cmocka_unit_test(the_epoch_means_absent),
		cmocka_unit_test(bytes_of_any_kind),
		cmocka_unit_test(lines_that_look_like_headers),
		cmocka_unit_test(binary_is_recognised),
		cmocka_unit_test(counts_must_add_up),
		cmocka_unit_test(other_kinds_of_diff),
		cmocka_unit_test(headers_that_contradict_themselves),
		cmocka_unit_test_setup_teardown(a_set_reads_one_after_the_other, setup_dir,
						tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
