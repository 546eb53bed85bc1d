// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fsx.h"
#include "base/vec.h"
#include "engine/apply_source.h"

/* One tree, the patches put onto it, and what came out. */
struct scene {
	struct blob_source *src;
	VEC(struct patch *) patches;
	VEC(bool) reverse;
	struct apply_policy policy;
	struct apply_result *r;
	struct err e;
};

static int setup(void **state)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	s->src = memory_source_new();
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	apply_result_free(s->r);
	vec_each (p, &s->patches)
		patch_free(*p);
	vec_release(&s->patches);
	vec_release(&s->reverse);
	blob_source_free(s->src);
	free(s);
	return 0;
}

static void file(struct scene *s, const char *path, const char *text)
{
	memory_source_add(s->src, path, 0100644, slice_str(text));
}

static void patch_dir(struct scene *s, const char *text, bool reverse)
{
	_cleanup_buf_ struct buf in = BUF_INIT;
	struct patch *p;

	buf_adds(&in, text);
	if (patch_parse("p", &in, 1, &p, &s->e))
		fail_msg("%s", s->e.msg);
	vec_push(&s->patches, p);
	vec_push(&s->reverse, reverse);
}

static void patch(struct scene *s, const char *text)
{
	patch_dir(s, text, false);
}

static int run(struct scene *s)
{
	apply_result_free(s->r);
	s->r = NULL;
	err_clear(&s->e);
	return apply_series(s->src, (const struct patch *const *)s->patches.v,
			    s->reverse.v, s->patches.n, &s->policy, &s->r, &s->e);
}

static void good(struct scene *s)
{
	if (run(s))
		fail_msg("%s", s->e.msg);
}

static void assert_answer(struct scene *s, size_t patch, enum apply_answer answer)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (s->r->patches[patch].answer == answer)
		return;
	apply_explain(&s->r->patches[patch], &out);
	fail_msg("patch %zu: %s, not %s\n%s", patch,
		 apply_answer_name(s->r->patches[patch].answer),
		 apply_answer_name(answer), buf_str(&out));
}

static const struct result_file *find(struct scene *s, const char *path)
{
	for (size_t i = 0; i < s->r->nfiles; i++) {
		if (slice_eqs(s->r->files[i].path, path))
			return &s->r->files[i];
	}
	return NULL;
}

static void assert_file(struct scene *s, const char *path, const char *text)
{
	const struct result_file *f = find(s, path);

	if (!f || f->deleted || !slice_eqs(f->bytes, text))
		fail_msg("%s is '%.*s', not '%s'", path, f ? (int)f->bytes.n : 0,
			 f ? f->bytes.p : "", text);
}

static void assert_conflict(struct scene *s, enum conflict reason)
{
	assert_answer(s, 0, ANSWER_CONFLICTS);
	assert_string_equal(conflict_name(s->r->patches[0].changes[0].reason),
			    conflict_name(reason));
	assert_int_equal(s->r->nfiles, 0);
}

static const struct hunk_outcome *hunk(struct scene *s, size_t n)
{
	return &s->r->patches[0].changes[0].hunks[n];
}

#define HEAD "--- a/f\n+++ b/f\n"
#define EDIT HEAD "@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n"

static void exact_and_offset(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\nc\nd\ne\n");
	patch(s, EDIT);
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_int_equal(hunk(s, 0)->fate, HUNK_EXACT);
	assert_int_equal(hunk(s, 0)->line, 2);
	assert_file(s, "f", "a\nb\nC\nd\ne\n");
	file(s, "f", "x\ny\na\nb\nc\nd\ne\n");
	good(s);
	assert_int_equal(hunk(s, 0)->fate, HUNK_OFFSET);
	assert_int_equal(hunk(s, 0)->offset, 2);
	assert_file(s, "f", "x\ny\na\nb\nC\nd\ne\n");
	s->policy.no_offsets = true;
	good(s);
	assert_conflict(s, CONFLICT_OFFSET);
}

static void later_hunks_follow_the_offset(void **state)
{
	struct scene *s = *state;

	/* At its own number the second hunk would fit too: it goes with the first. */
	file(s, "f", "0\n0\na\nb\nc\nm\nm\nd\nx\nd\nx\nd\nz\n");
	patch(s, HEAD "@@ -2,1 +2,1 @@\n-b\n+B\n@@ -8,2 +8,2 @@\n-d\n+D\n x\n");
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_int_equal(hunk(s, 1)->offset, 2);
	assert_file(s, "f", "0\n0\na\nB\nc\nm\nm\nd\nx\nD\nx\nd\nz\n");
}

static void forward_wins_at_equal_distance(void **state)
{
	struct scene *s = *state;

	file(s, "f", "b\nc\nd\n1\n2\n3\nb\nc\nd\n9\n");
	patch(s, HEAD "@@ -4,3 +4,3 @@\n b\n-c\n+C\n d\n");
	s->policy.find_doubts = true;
	good(s);
	assert_int_equal(hunk(s, 0)->offset, 3);
	assert_true(hunk(s, 0)->ambiguous);
	assert_file(s, "f", "b\nc\nd\n1\n2\n3\nb\nC\nd\n9\n");
}

static void short_context_anchors(void **state)
{
	struct scene *s = *state;

	file(s, "f", "new\na\nb\n");
	patch(s, HEAD "@@ -1,2 +1,3 @@\n+0\n a\n b\n");
	good(s);
	assert_conflict(s, CONFLICT_CONTEXT);
	file(s, "f", "new\nalpha\nbeta\n");
	patch(s, HEAD "@@ -1,2 +1,3 @@\n+0\n alpha\n beta\n");
	s->policy.keep_going = true;
	good(s);
	assert_int_equal(s->r->patches[1].changes[0].reason, CONFLICT_ANCHOR);
	s->policy.keep_going = false;
	file(s, "f", "a\nb\nnew\n");
	good(s);
	assert_file(s, "f", "0\na\nb\nnew\n");
}

static void the_end_anchors(void **state)
{
	struct scene *s = *state;

	file(s, "f", "alpha\nbeta\nmore\n");
	patch(s, HEAD "@@ -1,2 +1,3 @@\n alpha\n beta\n+c\n");
	good(s);
	assert_conflict(s, CONFLICT_ANCHOR);
	s->policy.max_fuzz = 2;
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_int_equal(hunk(s, 0)->fate, HUNK_FUZZ);
	assert_file(s, "f", "alpha\nbeta\nc\nmore\n");
}

static void fuzz_is_asked_for(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nX\nc\nd\ne\n");
	patch(s, HEAD "@@ -1,4 +1,4 @@\n a\n b\n-c\n+C\n d\n");
	good(s);
	assert_conflict(s, CONFLICT_FUZZ);
	assert_int_equal(hunk(s, 0)->near.wrong_line, 2);
	assert_true(slice_eqs(hunk(s, 0)->near.wanted, "b"));
	assert_true(slice_eqs(hunk(s, 0)->near.found, "X"));
	assert_int_equal(hunk(s, 0)->fuzz, 2);
	s->policy.max_fuzz = 1;
	good(s);
	assert_conflict(s, CONFLICT_FUZZ);
	file(s, "f", "X\nb\nc\nd\ne\n");
	good(s);
	assert_int_equal(hunk(s, 0)->fuzz, 1);
	assert_file(s, "f", "X\nb\nC\nd\ne\n");
}

static void nearest_place_is_shown(void **state)
{
	struct scene *s = *state;
	_cleanup_buf_ struct buf out = BUF_INIT;

	file(s, "f", "1\n2\n3\nfirst line\nsecond line\nthird LINE\nfourth line\n8\n9\n");
	patch(s, HEAD "@@ -1,4 +1,4 @@\n first line\n second line\n-third line\n+x\n"
		      " fourth line\n");
	good(s);
	assert_conflict(s, CONFLICT_CONTEXT);
	assert_int_equal(hunk(s, 0)->near.line, 4);
	assert_int_equal(hunk(s, 0)->near.matched, 3);
	assert_int_equal(hunk(s, 0)->near.wrong_line, 6);
	apply_explain(&s->r->patches[0], &out);
	assert_non_null(strstr(out.data, "p:3: hunk 1 does not fit"));
	assert_non_null(strstr(out.data, "line 6, found:  third LINE\n"));
}

static void already_there(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\nC\nd\ne\n");
	patch(s, EDIT);
	good(s);
	assert_answer(s, 0, ANSWER_ALREADY);
	assert_int_equal(hunk(s, 0)->fate, HUNK_ALREADY);
	assert_int_equal(s->r->nfiles, 0);
	assert_int_equal(s->r->done, 1);
	patch(s, HEAD "@@ -2,3 +2,3 @@\n b\n-C\n+c\n d\n");
	good(s);
	assert_answer(s, 1, ANSWER_APPLIES);
	assert_file(s, "f", "a\nb\nc\nd\ne\n");
}

static void partly_already_changes_nothing(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\nC\nd\ne\n");
	file(s, "g", "x\n");
	patch(s, EDIT "--- a/g\n+++ b/g\n@@ -1 +1 @@\n-x\n+y\n");
	good(s);
	assert_answer(s, 0, ANSWER_CONFLICTS);
	assert_int_equal(s->r->patches[0].changes[0].answer, ANSWER_ALREADY);
	assert_int_equal(s->r->patches[0].changes[1].answer, ANSWER_APPLIES);
	assert_int_equal(s->r->nfiles, 0);
}

static void several_mails_already_there(void **state)
{
	struct scene *s = *state;

	file(s, "f", "3\n");
	patch(s, HEAD "@@ -1 +1 @@\n-1\n+2\n-- \n\nFrom 0\nSubject: y\n---\n" HEAD
		      "@@ -1 +1 @@\n-2\n+3\n");
	good(s);
	assert_answer(s, 0, ANSWER_ALREADY);
	file(s, "f", "1\n");
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_file(s, "f", "3\n");
}

static void a_series_stops_and_rolls_back(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\nc\nd\ne\n");
	file(s, "g", "g\n");
	patch(s, EDIT);
	/* Its first change fits, with lines moved on both sides; its second does not. */
	patch(s, HEAD "@@ -1,5 +1,6 @@\n-a\n b\n+new\n+er\n C\n-d\n e\n+end\n"
		      "--- a/g\n+++ b/g\n@@ -1 +1 @@\n-other\n+y\n");
	patch(s, "--- a/g\n+++ b/g\n@@ -1 +1 @@\n-g\n+G\n");
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_answer(s, 1, ANSWER_CONFLICTS);
	assert_int_equal(s->r->patches[1].changes[0].last_patch, 0);
	assert_answer(s, 2, ANSWER_NOT_TRIED);
	assert_int_equal(s->r->done, 1);
	assert_file(s, "f", "a\nb\nC\nd\ne\n");
	s->policy.keep_going = true;
	good(s);
	assert_answer(s, 2, ANSWER_APPLIES);
	assert_file(s, "f", "a\nb\nC\nd\ne\n");
	assert_file(s, "g", "G\n");
}

static void back_and_forth_is_nothing(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\nc\nd\ne\n");
	patch(s, EDIT);
	patch_dir(s, EDIT, true);
	good(s);
	assert_answer(s, 1, ANSWER_APPLIES);
	assert_int_equal(s->r->nfiles, 0);
}

static void creating_and_deleting(void **state)
{
	struct scene *s = *state;

	file(s, "old", "x\ny\n");
	patch(s, "--- /dev/null\n+++ b/d/new\n@@ -0,0 +1,2 @@\n+1\n+2\n"
		 "--- a/old\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n");
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_file(s, "d/new", "1\n2\n");
	assert_true(find(s, "old")->deleted);
	file(s, "d/new", "other\n");
	good(s);
	assert_conflict(s, CONFLICT_EXISTS);
	file(s, "d/new", "1\n2\n");
	good(s);
	assert_answer(s, 0, ANSWER_CONFLICTS);
	assert_int_equal(s->r->patches[0].changes[0].answer, ANSWER_ALREADY);
}

static void deleting_leaves_nothing_over(void **state)
{
	struct scene *s = *state;

	file(s, "f", "x\ny\nz\n");
	patch(s, "--- a/f\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n");
	good(s);
	assert_conflict(s, CONFLICT_NOT_EMPTY);
	file(s, "f", "x\ny\n");
	good(s);
	assert_true(find(s, "f")->deleted);
}

static void emptied_files_stay_unless_asked(void **state)
{
	struct scene *s = *state;

	file(s, "f", "x\n");
	patch(s, HEAD "@@ -1 +0,0 @@\n-x\n");
	good(s);
	assert_file(s, "f", "");
	s->policy.remove_empty = true;
	good(s);
	assert_true(find(s, "f")->deleted);
}

static void modes_and_links(void **state)
{
	struct scene *s = *state;

	file(s, "m", "x\n");
	patch(s, "diff --git a/m b/m\nold mode 100644\nnew mode 104755\n"
		 "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
		 "@@ -0,0 +1 @@\n+m\n\\ No newline at end of file\n");
	good(s);
	assert_int_equal(find(s, "m")->mode, 0100755);
	assert_file(s, "m", "x\n");
	assert_int_equal(find(s, "l")->mode, 0120000);
	assert_file(s, "l", "m");
}

static void renames_and_copies(void **state)
{
	struct scene *s = *state;

	file(s, "a", "1\n2\n");
	file(s, "b", "3\n");
	patch(s, "diff --git a/a b/b\nrename from a\nrename to b\n--- a/a\n+++ b/b\n"
		 "@@ -1,2 +1,2 @@\n-1\n+one\n 2\n"
		 "diff --git a/b b/a\nrename from b\nrename to a\n"
		 "diff --git a/b b/c\ncopy from b\ncopy to c\n");
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_file(s, "b", "one\n2\n");
	assert_file(s, "a", "3\n");
	assert_file(s, "c", "3\n");
}

static void a_rename_already_there(void **state)
{
	struct scene *s = *state;

	file(s, "b", "one\n2\n");
	patch(s, "diff --git a/a b/b\nrename from a\nrename to b\n--- a/a\n+++ b/b\n"
		 "@@ -1,2 +1,2 @@\n-1\n+one\n 2\n");
	good(s);
	assert_answer(s, 0, ANSWER_ALREADY);
	file(s, "a", "1\n2\n");
	good(s);
	assert_conflict(s, CONFLICT_EXISTS);
}

static void no_newline_at_the_end(void **state)
{
	struct scene *s = *state;
	static const char text[] =
		HEAD "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+B\n";

	file(s, "f", "a\nb");
	patch(s, text);
	good(s);
	assert_file(s, "f", "a\nB\n");
	file(s, "f", "a\nb\n");
	good(s);
	assert_answer(s, 0, ANSWER_CONFLICTS);
}

static void line_ends_are_told_apart(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\r\nb\r\nc\r\nd\r\ne\r\n");
	patch(s, EDIT);
	good(s);
	assert_conflict(s, CONFLICT_LINE_ENDS);
}

static void patch_strips_cr_as_gnu_does(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\n");
	patch(s, "--- a/f\r\n+++ b/f\r\n@@ -1,2 +1,2 @@\r\n a\r\n-b\r\n+B\r\n");
	good(s);
	assert_conflict(s, CONFLICT_LINE_ENDS);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_file(s, "f", "a\nB\n");
}

static void hunks_without_context(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\nc\n");
	patch(s, HEAD "@@ -2,0 +3 @@\n+new\n");
	good(s);
	assert_conflict(s, CONFLICT_NO_CONTEXT);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_file(s, "f", "a\nb\nnew\nc\n");
}

static void missing_and_other_kinds(void **state)
{
	struct scene *s = *state;

	patch(s, EDIT);
	good(s);
	assert_conflict(s, CONFLICT_MISSING_FILE);
	memory_source_add(s->src, "f", 0120000, SLICE("target"));
	good(s);
	assert_conflict(s, CONFLICT_KIND);
	file(s, "f/x", "a directory\n");
}

static void two_names(void **state)
{
	struct scene *s = *state;

	file(s, "f", "x\n");
	patch(s, "--- a/f.orig\n+++ b/f\n@@ -1 +1 @@\n-x\n+y\n");
	good(s);
	assert_file(s, "f", "y\n");
	file(s, "f.orig", "x\n");
	good(s);
	assert_conflict(s, CONFLICT_NAMES);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_file(s, "f", "y\n");
}

static void a_name_beside_that_of_the_git_header(void **state)
{
	struct scene *s = *state;

	file(s, "f.c", "x\n");
	patch(s, "diff --git a/f.c b/f.c\n--- a/f\n+++ b/f.c\n@@ -1 +1 @@\n-x\n+y\n");
	good(s);
	assert_file(s, "f.c", "y\n");
	s->policy.dialect = DIALECT_GIT;
	good(s);
	assert_conflict(s, CONFLICT_NAMES);
	s->policy.dialect = DIALECT_STRICT;
	file(s, "f", "x\n");
	good(s);
	assert_conflict(s, CONFLICT_NAMES);
}

#define RENAME(a, b)                                                                     \
	"diff --git a/" a " b/" b "\nsimilarity index 100%\nrename from " a "\nrename to " b   \
	"\n"
#define COPY(a, b)                                                                       \
	"diff --git a/" a " b/" b "\nsimilarity index 100%\ncopy from " a "\ncopy to " b "\n"

static void a_source_that_is_copied_and_renamed(void **state)
{
	struct scene *s = *state;

	file(s, "a", "x\n");
	patch(s, COPY("a", "b") RENAME("a", "c"));
	good(s);
	assert_file(s, "b", "x\n");
	assert_file(s, "c", "x\n");
	assert_true(find(s, "a")->deleted);
}

static void a_rename_back_of_what_was_not_there(void **state)
{
	struct scene *s = *state;

	file(s, "a", "x\n");
	patch(s, RENAME("a", "b") RENAME("b", "a"));
	good(s);
	assert_answer(s, 0, ANSWER_CONFLICTS);
	assert_int_equal(s->r->patches[0].changes[1].reason, CONFLICT_MISSING_FILE);
}

static void a_copy_onto_something_else(void **state)
{
	struct scene *s = *state;

	file(s, "a", "x\n");
	file(s, "b", "y\n");
	patch(s, COPY("a", "b"));
	good(s);
	assert_conflict(s, CONFLICT_EXISTS);
	file(s, "b", "x\n");
	good(s);
	assert_answer(s, 0, ANSWER_ALREADY);
}

static void a_renamed_link(void **state)
{
	struct scene *s = *state;

	memory_source_add(s->src, "a", 0120000, SLICE("to"));
	patch(s, RENAME("a", "b"));
	good(s);
	assert_int_equal(find(s, "b")->mode, 0120000);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_conflict(s, CONFLICT_KIND);
}

static void hunks_for_a_file_that_is_not_there(void **state)
{
	struct scene *s = *state;

	patch(s, "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+x\n@@ -3,0 +5 @@\n+y\n");
	good(s);
	assert_conflict(s, CONFLICT_MISSING_FILE);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_file(s, "f", "x\ny\n");
}

static void a_git_header_that_makes_no_file(void **state)
{
	struct scene *s = *state;

	patch(s, "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+x\n");
	good(s);
	assert_conflict(s, CONFLICT_MISSING_FILE);
	s->policy.dialect = DIALECT_GIT;
	good(s);
	assert_conflict(s, CONFLICT_MISSING_FILE);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_file(s, "f", "x\n");
}

static void a_mode_that_is_set_already(void **state)
{
	struct scene *s = *state;

	memory_source_add(s->src, "m", 0100755, SLICE("x\n"));
	file(s, "f", "a\n");
	patch(s, "diff --git a/m b/m\nold mode 100644\nnew mode 100755\n"
		 "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n");
	good(s);
	assert_answer(s, 0, ANSWER_CONFLICTS);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	file(s, "f", "b\n");
	good(s);
	assert_answer(s, 0, ANSWER_ALREADY);
}

static void a_patch_with_crlf_of_its_own(void **state)
{
	struct scene *s = *state;

	patch(s, "--- /dev/null\r\n+++ b/f\r\n@@ -0,0 +1,2 @@\r\n+x\r\n+y\r\n"
		 "\\ No newline at end of file\r\n");
	good(s);
	assert_conflict(s, CONFLICT_LINE_ENDS);
	s->policy.dialect = DIALECT_PATCH;
	good(s);
	assert_file(s, "f", "x\ny");
	s->policy.dialect = DIALECT_GIT;
	good(s);
	assert_file(s, "f", "x\r\ny\r");
}

static void names_of_the_same_rank(void **state)
{
	struct scene *s = *state;

	/* GNU patch: fewest components, then the shortest last one, then the shortest. */
	s->policy.dialect = DIALECT_PATCH;
	file(s, "a/long", "x\n");
	file(s, "ab/l", "x\n");
	patch(s, "--- o/a/long\n+++ n/ab/l\n@@ -1 +1 @@\n-x\n+y\n");
	good(s);
	assert_file(s, "ab/l", "y\n");
	file(s, "l", "x\n");
	patch(s, "--- o/a/long\n+++ n/l\n@@ -1 +1 @@\n-x\n+z\n");
	good(s);
	assert_file(s, "l", "z\n");
}

static void binary_data(void **state)
{
	struct scene *s = *state;

	file(s, "f", "x\n");
	patch(s, "diff --git a/f b/f\nindex 1..2 100644\nBinary files a/f and b/f differ\n");
	good(s);
	assert_conflict(s, CONFLICT_BINARY);
}

static void what_a_directory_holds(void **state)
{
	static const struct {
		const char *path;
		enum blob_kind kind;
	} want[] = {
		{ "f", BLOB_FILE },	    { "x", BLOB_FILE },	       { "link", BLOB_LINK },
		{ "d", BLOB_OTHER },	    { "pipe", BLOB_OTHER },    { "no", BLOB_ABSENT },
		{ "no/way", BLOB_ABSENT }, { "f/below", BLOB_BEYOND }, { "out/f", BLOB_BEYOND },
		{ "d/f", BLOB_FILE },
	};
	_cleanup_source_ struct blob_source *src = NULL;
	char dir[] = "/tmp/carry-test-XXXXXX";
	struct err e = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("d", 0755) || mkfifo("pipe", 0644) || symlink("f", "link") ||
				 symlink("d", "out") || fsx_publish("f", SLICE("x\n"), &e) ||
				 fsx_publish("d/f", SLICE("x\n"), &e) ||
				 fsx_publish("x", SLICE("x\n"), &e) || chmod("x", 0755),
			 0);
	assert_int_equal(disk_source_new(dir, &src, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct blob b;

		assert_int_equal(src->get(src, slice_str(want[i].path), &b, &e), 0);
		if (b.kind != want[i].kind)
			fail_msg("%s is %d, not %d", want[i].path, b.kind, want[i].kind);
		if (b.kind == BLOB_FILE)
			assert_true(slice_eqs(b.bytes, "x\n"));
		if (b.kind == BLOB_LINK)
			assert_true(slice_eqs(b.bytes, "f"));
		assert_int_equal(b.mode == 0100755, i == 1);
		src->put(src, &b);
	}
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(fsx_remove(dir, &e), 0);
	blob_source_free(TAKE(src));
	assert_int_equal(disk_source_new(dir, &src, &e), ERR_NOTFOUND);
}

static void assert_unsafe(struct scene *s, const char *text)
{
	patch(s, text);
	assert_int_equal(run(s), ERR_UNSAFE);
	assert_null(s->r);
	patch_free(s->patches.v[--s->patches.n]);
	s->reverse.n--;
}

#define NEW(path) "--- /dev/null\n+++ b/" path "\n@@ -0,0 +1 @@\n+x\n"

static void paths_that_leave_the_tree(void **state)
{
	struct scene *s = *state;

	memory_source_add(s->src, "link", 0120000, SLICE("/tmp"));
	assert_unsafe(s, NEW("../x"));
	assert_unsafe(s, NEW("a/../../x"));
	assert_unsafe(s, NEW(".git/hooks/post-checkout"));
	assert_unsafe(s, NEW("d/.GIT/config"));
	assert_unsafe(s, NEW("a//b"));
	assert_unsafe(s, NEW("link/x"));
	assert_unsafe(s, "--- a/../f\n+++ b/../f\n@@ -1 +1 @@\n-x\n+y\n");
	assert_unsafe(s, "diff --git a/f b/f\nnew file mode 060644\n");
	assert_unsafe(s, "diff --git a/link b/../l\nrename from link\nrename to ../l\n");
}

static void links_made_by_the_patch_are_not_followed(void **state)
{
	struct scene *s = *state;
	static const char link[] = "diff --git a/l b/l\nnew file mode 120000\n"
				   "--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/tmp\n"
				   "\\ No newline at end of file\n";

	patch(s, link);
	assert_unsafe(s, NEW("l/x"));
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
}

static void a_link_gives_way_to_a_directory(void **state)
{
	struct scene *s = *state;

	memory_source_add(s->src, "d", 0120000, SLICE("e"));
	patch(s, "diff --git a/d b/d\ndeleted file mode 120000\n--- a/d\n+++ /dev/null\n"
		 "@@ -1 +0,0 @@\n-e\n\\ No newline at end of file\n" NEW("d/x"));
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_file(s, "d/x", "x\n");
	assert_true(find(s, "d")->deleted);
}

static void a_long_search_ends(void **state)
{
	struct scene *s = *state;
	_cleanup_buf_ struct buf text = BUF_INIT, p = BUF_INIT;

	for (int i = 0; i < 200000; i++)
		buf_adds(&text, i == 150000 ? "needle here\n" : "same\n");
	buf_adds(&p, HEAD "@@ -1,2001 +1,2001 @@\n");
	for (int i = 0; i < 2000; i++)
		buf_adds(&p, " same\n");
	buf_adds(&p, "-needle here\n+found\n");
	memory_source_add(s->src, "f", 0100644, buf_slice(&text));
	patch(s, p.data);
	s->policy.dialect = DIALECT_PATCH;
	s->policy.max_fuzz = 0;
	good(s);
	/* The end anchors it, so it does not fit, and says so soon. */
	assert_conflict(s, CONFLICT_ANCHOR);
	s->policy.search_limit = 1000;
	good(s);
	assert_answer(s, 0, ANSWER_CONFLICTS);
}

static void hashed_search_finds_the_place(void **state)
{
	struct scene *s = *state;
	_cleanup_buf_ struct buf text = BUF_INIT, p = BUF_INIT;

	for (int i = 0; i < 60000; i++)
		buf_adds(&text, i == 50000 ? "needle here\n" : "same\n");
	buf_adds(&p, HEAD "@@ -1,401 +1,401 @@\n");
	for (int i = 0; i < 200; i++)
		buf_adds(&p, " same\n");
	buf_adds(&p, "-needle here\n+found\n");
	for (int i = 0; i < 200; i++)
		buf_adds(&p, " same\n");
	memory_source_add(s->src, "f", 0100644, buf_slice(&text));
	patch(s, p.data);
	good(s);
	assert_answer(s, 0, ANSWER_APPLIES);
	assert_int_equal(hunk(s, 0)->offset, 50000 - 200);
	s->policy.search_limit = 1000;
	good(s);
	assert_conflict(s, CONFLICT_LIMIT);
}

static int (*get_kept)(struct blob_source *src, struct slice path, struct blob *out,
		       struct err *e);

static int get_copy(struct blob_source *src, struct slice path, struct blob *out,
		    struct err *e)
{
	int rc = get_kept(src, path, out, e);

	if (!rc)
		out->bytes.p = out->owner = xmemdupz(out->bytes.p, out->bytes.n);
	return rc;
}

/* What a result shows must not be the source's any more. */
static void put_away(struct blob_source *src, struct blob *b)
{
	(void)src;
	memset(b->owner, 'Z', b->bytes.n);
	free(b->owner);
}

static void results_outlive_the_blobs(void **state)
{
	struct scene *s = *state;

	get_kept = s->src->get;
	s->src->get = get_copy;
	s->src->put = put_away;
	file(s, "f", "first\nsecond\nthird\nfourth\n");
	file(s, "g", "a\nb\nc\nd\n");
	patch(s, "--- a/g\n+++ b/g\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
	patch(s, HEAD "@@ -1,3 +1,3 @@\n first\n-other\n+x\n third\n");
	good(s);
	assert_file(s, "g", "a\nB\nc\nd\n");
	assert_true(slice_eqs(s->r->patches[1].changes[0].hunks[0].near.found, "second"));
}

static void many_moves_end(void **state)
{
	struct scene *s = *state;

	file(s, "f", "a\nb\nc\nd\ne\n");
	for (int i = 0; i < 10; i++)
		patch(s, HEAD "@@ -1,1 +1,2 @@\n+x\n a\n");
	s->policy.dialect = DIALECT_PATCH;
	s->policy.max_fuzz = 1;
	s->policy.search_limit = 30;
	good(s);
	assert_true(s->r->done < 10);
	assert_int_equal(s->r->patches[s->r->done].changes[0].reason, CONFLICT_LIMIT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(exact_and_offset),
		T(later_hunks_follow_the_offset),
		T(forward_wins_at_equal_distance),
		T(short_context_anchors),
		T(the_end_anchors),
		T(fuzz_is_asked_for),
		T(nearest_place_is_shown),
		T(already_there),
		T(partly_already_changes_nothing),
		T(several_mails_already_there),
		T(a_series_stops_and_rolls_back),
		T(back_and_forth_is_nothing),
		T(creating_and_deleting),
		T(deleting_leaves_nothing_over),
		T(emptied_files_stay_unless_asked),
		T(modes_and_links),
		T(renames_and_copies),
		T(a_rename_already_there),
		T(no_newline_at_the_end),
		T(line_ends_are_told_apart),
		T(patch_strips_cr_as_gnu_does),
		T(hunks_without_context),
		T(missing_and_other_kinds),
		T(two_names),
		T(a_name_beside_that_of_the_git_header),
		T(a_source_that_is_copied_and_renamed),
		T(a_rename_back_of_what_was_not_there),
		T(a_copy_onto_something_else),
		T(a_renamed_link),
		T(hunks_for_a_file_that_is_not_there),
		T(a_git_header_that_makes_no_file),
		T(a_patch_with_crlf_of_its_own),
		T(a_mode_that_is_set_already),
		T(names_of_the_same_rank),
		T(binary_data),
		T(what_a_directory_holds),
		T(paths_that_leave_the_tree),
		T(links_made_by_the_patch_are_not_followed),
		T(a_link_gives_way_to_a_directory),
		T(results_outlive_the_blobs),
		T(many_moves_end),
		T(a_long_search_ends),
		T(hashed_search_finds_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
