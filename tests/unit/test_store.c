// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "store/import.h"
#include "store_fixture.h"

static void build(struct fixture *f, const char *base, const struct store_change *c, size_t n,
		  char out[static OID_HEX])
{
	struct err e = { 0 };

	if (store_tree_with(f->s, base, c, n, out, &e))
		fail_msg("%s", e.msg);
}

static const struct store_change sample[] = {
	{ "z", MODE_FILE, SLICE("zz\n") },
	{ "a/b", MODE_FILE, SLICE("ab\n") },
	{ "a-b", MODE_FILE, SLICE("") },
	{ "a.c", MODE_EXEC, SLICE("#!/bin/sh\n") },
	{ "a0", MODE_LINK, SLICE("a/b") },
	{ "d/e/f/Kconfig", MODE_FILE, SLICE("k1\n") },
	{ "d/Kconfig.x", MODE_FILE, SLICE("k2\n") },
	{ "d/x/up", MODE_LINK, SLICE("../../a") },
	{ "d/x/y.c", MODE_FILE, SLICE("int nowhere;\n") },
};

static void trees_are_those_of_git(void **state)
{
	struct fixture *f = *state;
	char tree[OID_HEX];
	_cleanup_free_ char *want =
		sh(f, "mkdir w; cd w; git init -q; mkdir -p a d/e/f d/x; echo zz >z;"
		      "echo ab >a/b; : >a-b; echo '#!/bin/sh' >a.c; chmod +x a.c;"
		      "ln -s a/b a0; echo k1 >d/e/f/Kconfig; echo k2 >d/Kconfig.x;"
		      "ln -s ../../a d/x/up; echo 'int nowhere;' >d/x/y.c;"
		      "git add -A; git write-tree");

	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	assert_string_equal(tree, want);
	assert_true(store_has(f->s, tree));
	assert_false(store_has(f->s, "0123456789012345678901234567890123456789"));
	assert_false(store_has(f->s, "x"));
}

static void overlay_touches_what_it_names(void **state)
{
	struct fixture *f = *state;
	const struct store_change edit[] = {
		{ "d/x/y.c", MODE_EXEC, SLICE("changed\n") },
		{ "d/e/f/Kconfig", 0, { NULL, 0 } },	   /* d/e goes with it */
		{ "a/b", 0, { NULL, 0 } },
		{ "a", MODE_FILE, SLICE("a file now\n") }, /* where a directory stood */
		{ "z", 0, { NULL, 0 } },
		{ "z/n", MODE_FILE, SLICE("new\n") },	   /* and the reverse */
	};
	char base[OID_HEX], tree[OID_HEX], same[OID_HEX];
	_cleanup_free_ char *want =
		sh(f, "rm -rf w; mkdir w; cd w; git init -q; mkdir -p d/x z; echo new >z/n;"
		      "echo 'a file now' >a; : >a-b; echo '#!/bin/sh' >a.c; chmod +x a.c;"
		      "ln -s a/b a0; echo k2 >d/Kconfig.x; ln -s ../../a d/x/up;"
		      "echo changed >d/x/y.c; chmod +x d/x/y.c; git add -A; git write-tree");

	build(f, NULL, sample, ARRAY_SIZE(sample), base);
	build(f, base, edit, ARRAY_SIZE(edit), tree);
	assert_string_equal(tree, want);
	build(f, base, NULL, 0, same);
	assert_string_equal(same, base);
	build(f, NULL, NULL, 0, same);
	assert_string_equal(same, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void overlay_refuses(void **state)
{
	static const struct {
		struct store_change c;
		int code;
	} bad[] = {
		{ { "nope", 0, { NULL, 0 } }, ERR_NOTFOUND },
		{ { "d/nope", 0, { NULL, 0 } }, ERR_NOTFOUND },
		{ { "d", 0, { NULL, 0 } }, ERR_NOTFOUND },
		{ { "d", MODE_FILE, SLICE("x") }, ERR_CONFLICT },
		{ { "z/x", MODE_FILE, SLICE("x") }, ERR_CONFLICT },
		{ { "a0/x", MODE_FILE, SLICE("x") }, ERR_CONFLICT },
		{ { "../x", MODE_FILE, SLICE("x") }, ERR_UNSAFE },
		{ { "/x", MODE_FILE, SLICE("x") }, ERR_UNSAFE },
		{ { ".git/hooks/x", MODE_FILE, SLICE("x") }, ERR_UNSAFE },
		{ { "x", 0104755, SLICE("x") }, ERR_UNSAFE },
		{ { "x", MODE_LINK, SLICE("../x") }, ERR_UNSAFE },
		{ { "x", MODE_LINK, SLICE("/etc") }, ERR_UNSAFE },
	};
	struct fixture *f = *state;
	struct store_change twice[] = { sample[0], sample[0] };
	char base[OID_HEX], tree[OID_HEX];
	struct err e = { 0 };

	build(f, NULL, sample, ARRAY_SIZE(sample), base);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (store_tree_with(f->s, base, &bad[i].c, 1, tree, &e) != bad[i].code)
			fail_msg("%s: %d %s", bad[i].c.path, e.code, e.msg);
	}
	assert_int_equal(store_tree_with(f->s, base, twice, 2, tree, &e), ERR_INPUT);
	assert_int_equal(store_tree_with(f->s, "12", sample, 1, tree, &e), ERR_USAGE);
}

static void many_changes_make_one_pack(void **state)
{
	struct fixture *f = *state;
	struct store_change c[300];
	char names[300][32], tree[OID_HEX], again[OID_HEX];
	_cleanup_free_ char *count = NULL;
	_cleanup_free_ char *want = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		snprintf(names[i], sizeof(names[i]), "m%zu/f%zu", i % 7, i);
		c[i] = (struct store_change){ names[i], MODE_FILE, slice_str(names[i]) };
	}
	build(f, NULL, c, ARRAY_SIZE(c), tree);
	build(f, NULL, c, ARRAY_SIZE(c), again);
	assert_string_equal(tree, again);
	count = sh(f, "ls store.git/objects/pack/*.pack | wc -l");
	assert_string_equal(count, "1");
	want = sh(f, "rm -rf w; mkdir w; cd w; git init -q; i=0; while [ $i -lt 300 ]; do"
		     " mkdir -p m$((i%7)); printf m$((i%7))/f$i >m$((i%7))/f$i; i=$((i+1));"
		     " done; git add -A; git write-tree");
	assert_string_equal(tree, want);
	free(sh(f, "git --git-dir=store.git verify-pack store.git/objects/pack/*.idx;"
		   "git --git-dir=store.git fsck --full --strict 2>&1 | "
		   "(! grep -vE 'dangling|^notice')"));
}

static void blobs_are_read_by_path(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct fixture *f = *state;
	char tree[OID_HEX];
	unsigned mode;
	struct err e = { 0 };

	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	assert_int_equal(store_blob(f->s, tree, "d/x/y.c", &b, &mode, &e), 0);
	assert_string_equal(b.data, "int nowhere;\n");
	assert_int_equal(mode, MODE_FILE);
	buf_clear(&b);
	assert_int_equal(store_blob(f->s, tree, "a0", &b, &mode, &e), 0);
	assert_string_equal(b.data, "a/b");
	assert_int_equal(mode, MODE_LINK);
	assert_int_equal(store_blob(f->s, tree, "d/x", &b, NULL, &e), ERR_NOTFOUND);
	assert_int_equal(store_blob(f->s, tree, "d/x/y", &b, NULL, &e), ERR_NOTFOUND);
	assert_int_equal(store_blob(f->s, tree, "z/x", &b, NULL, &e), ERR_NOTFOUND);
	assert_int_equal(store_blob(f->s, tree, "", &b, NULL, &e), ERR_NOTFOUND);
	assert_string_equal(b.data, "a/b"); /* nothing was added */
}

static void patterns_select(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool match;
	} t[] = {
		{ "**/Kconfig*", "Kconfig", true },
		{ "**/Kconfig*", "d/e/f/Kconfig", true },
		{ "**/Kconfig*", "d/Kconfig.x", true },
		{ "**/Kconfig*", "d/aKconfig", false },
		{ "**/Kconfig*", "Kconfig/x", false }, /* but its directory is selected */
		{ "d/*.c", "d/x.c", true },
		{ "d/*.c", "d/x/y.c", false },
		{ "d/**", "d/x/y.c", true },
		{ "d/**", "e/x", false },
		{ "d/**/y.c", "d/y.c", true },
		{ "d/**/y.c", "d/a/b/y.c", true },
		{ "?", "z", true },
		{ "?", "zz", false },
		{ "a/b", "a/b", true },
		{ "a/b", "a", false },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		if (pattern_matches(t[i].pattern, t[i].path) != t[i].match)
			fail_msg("%s on %s", t[i].pattern, t[i].path);
	}
}

static int check_out(struct fixture *f, const char *tree, const char *const *patterns, size_t n,
		     const char *name, struct err *e)
{
	const char *v[8];
	struct strlist l = { v, n, n };
	_cleanup_free_ char *dest = path_join(f->dir, name);

	for (size_t i = 0; i < n; i++)
		v[i] = patterns[i];
	return store_checkout(f->s, tree, &l, dest, e);
}

static void checkout_writes_what_is_selected(void **state)
{
	static const char *const some[] = { "**/Kconfig*", "a", "d/x", "nothing/**" };
	struct fixture *f = *state;
	char tree[OID_HEX], back[OID_HEX];
	struct import_opts o = { 0 };
	struct err e = { 0 };
	_cleanup_free_ char *all = path_join(f->dir, "all");
	_cleanup_free_ char *list = NULL;

	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	assert_int_equal(check_out(f, tree, some, 4, "some", &e), 0);
	list = sh(f, "cd some; find . ! -type d | LC_ALL=C sort | tr '\\n' ' '");
	assert_string_equal(list, "./a/b ./d/Kconfig.x ./d/e/f/Kconfig ./d/x/up ./d/x/y.c");
	assert_int_equal(check_out(f, tree, some, 4, "some", &e), ERR_EXISTS);
	/* the whole tree, back again, is the same tree */
	assert_int_equal(check_out(f, tree, NULL, 0, "all", &e), 0);
	assert_int_equal(import_dir(f->s, all, &o, back, &e), 0);
	assert_string_equal(back, tree);
}

static void checkout_names_what_is_missing(void **state)
{
	static const char *const some[] = { "a", "gone/x", "d" };
	struct fixture *f = *state;
	char tree[OID_HEX];
	struct err e = { 0 };
	_cleanup_free_ char *left = NULL;

	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	assert_int_equal(check_out(f, tree, some, 3, "missing", &e), ERR_NOTFOUND);
	assert_string_equal(e.msg, "the tree has no 'gone/x'");
	left = sh(f, "ls -d missing checkout.* 2>/dev/null || :");
	assert_string_equal(left, "");
}

static void killed_checkouts_are_swept(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *used = path_join(f->dir, "t/checkout.using1");
	_cleanup_free_ char *left = NULL;
	_cleanup_fd_ int fd = -1;
	char tree[OID_HEX];
	struct err e = { 0 };

	free(sh(f, "mkdir -p t/checkout.dead01/x t/checkout.using1"));
	fd = open(used, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	assert_int_equal(check_out(f, tree, NULL, 0, "t/done", &e), 0);
	left = sh(f, "ls t | tr '\n' ' '");
	assert_string_equal(left, "checkout.using1 done");
}

/* A tree object of any content; @text has "MODE NAME\n" lines, all of one blob or tree. */
static void raw_tree(struct fixture *f, const char *text, const git_oid *of, git_oid *out)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest = slice_str(text), line;

	while (slice_line(&rest, &line)) {
		buf_add(&b, line.p, line.n - 1);
		buf_addc(&b, '\0');
		buf_add(&b, of->id, GIT_OID_RAWSZ);
	}
	assert_int_equal(git_odb_write(out, f->s->odb, b.data, b.len, GIT_OBJECT_TREE), 0);
}

static void hostile_trees_stay_inside(void **state)
{
	static const char *const names[] = { "100644 ..\n", "100644 .git\n", "100644 a/b\n",
					     "160000 module\n", "120000 link\n" };
	struct fixture *f = *state;
	git_oid blob, sub, root;
	char tree[OID_HEX];
	struct err e = { 0 };
	_cleanup_free_ char *outside = path_join(f->dir, "outside");

	assert_int_equal(git_odb_write(&blob, f->s->odb, "/etc", 4, GIT_OBJECT_BLOB), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		raw_tree(f, names[i], &blob, &root);
		git_oid_tostr(tree, sizeof(tree), &root);
		if (check_out(f, tree, NULL, 0, "hostile", &e) != ERR_UNSAFE)
			fail_msg("%s: %s", names[i], e.msg);
	}
	/* a link and a directory of one name: what is below must not follow the link */
	assert_int_equal(git_odb_write(&blob, f->s->odb, "../outside", 10, GIT_OBJECT_BLOB), 0);
	raw_tree(f, "100644 file\n", &blob, &sub);
	{
		_cleanup_buf_ struct buf b = BUF_INIT;

		buf_add(&b, "120000 d", 9);
		buf_add(&b, blob.id, GIT_OID_RAWSZ);
		buf_add(&b, "40000 d", 8);
		buf_add(&b, sub.id, GIT_OID_RAWSZ);
		assert_int_equal(git_odb_write(&root, f->s->odb, b.data, b.len, GIT_OBJECT_TREE),
				 0);
	}
	git_oid_tostr(tree, sizeof(tree), &root);
	assert_int_not_equal(check_out(f, tree, NULL, 0, "hostile", &e), 0);
	assert_false(fsx_exists(outside));
}

struct count {
	atomic_int files, bytes;
	int stop_with;
};

static int count_file(void *arg, const char *path, unsigned mode, struct slice data,
		      struct err *e)
{
	struct count *c = arg;

	(void)mode;
	atomic_fetch_add(&c->files, 1);
	atomic_fetch_add(&c->bytes, (int)data.n);
	if (c->stop_with)
		return err_set(e, c->stop_with, "stopped at '%s'", path);
	return 0;
}

static void each_file_is_shown_once(void **state)
{
	const char *v[] = { "d/**/*.c", "**/Kconfig*" };
	struct strlist l = { v, 2, 2 };
	struct fixture *f = *state;
	_cleanup_strvec_ struct strvec paths = { 0 };
	struct count c = { 0 };
	char tree[OID_HEX];
	struct err e = { 0 };

	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	assert_int_equal(store_each(f->s, tree, &l, 3, count_file, &c, &e), 0);
	assert_int_equal(c.files, 3);
	assert_int_equal(c.bytes, 3 + 3 + 13);
	assert_int_equal(store_paths(f->s, tree, &l, &paths, &e), 0);
	assert_int_equal(paths.n, 3);
	assert_string_equal(paths.v[0], "d/Kconfig.x");
	c.stop_with = ERR_LIMIT;
	assert_int_equal(store_each(f->s, tree, NULL, 1, count_file, &c, &e), ERR_LIMIT);
	assert_int_equal(c.files, 4);
}

static void an_interrupt_ends_walks(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dest = path_join(f->dir, "out");
	atomic_bool cancel = false;
	struct count c = { 0 };
	char tree[OID_HEX];
	struct err e = { 0 };

	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	store_set_cancel(f->s, &cancel);
	assert_int_equal(store_each(f->s, tree, NULL, 2, count_file, &c, &e), 0);
	atomic_store(&cancel, true);
	c.files = 0;
	assert_int_equal(store_each(f->s, tree, NULL, 2, count_file, &c, &e),
			 ERR_CANCELLED);
	assert_int_equal(c.files, 0);
	assert_int_equal(store_checkout(f->s, tree, NULL, dest, &e), ERR_CANCELLED);
	assert_false(fsx_exists(dest));
	store_set_cancel(f->s, NULL);
}

static void *many_overlays(void *arg)
{
	struct fixture *f = arg;
	intptr_t bad = 0;

	for (int i = 0; i < 40; i++) {
		_cleanup_free_ char *text = xasprintf("%d\n", i);
		struct store_change c = { "t/x", MODE_FILE, slice_str(text) };
		_cleanup_buf_ struct buf b = BUF_INIT;
		char tree[OID_HEX];
		struct err e;

		bad += store_tree_with(f->s, NULL, &c, 1, tree, &e) ||
		       store_blob(f->s, tree, "t/x", &b, NULL, &e) || strcmp(b.data, text);
	}
	return (void *)bad;
}

static void threads_share_a_store(void **state)
{
	pthread_t t[4];
	void *bad;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, many_overlays, *state), 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		pthread_join(t[i], &bad);
		assert_null(bad);
	}
}

static void links_are_judged(void **state)
{
	static const struct {
		const char *path, *target;
		bool safe;
	} t[] = {
		{ "a/b", "../c", true },	{ "a/b", "../../c", false },
		{ "a", "b", true },		{ "a", "..", false },
		{ "a", "/b", false },		{ "a", "", false },
		{ "a/b/c", "x/../y", false },	{ "a/b/c", ".././../x/./y", true },
		{ "a/b", "..", true },		{ "a/b", "x/..", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		if (store_link_is_safe(slice_str(t[i].path), slice_str(t[i].target)) !=
		    t[i].safe)
			fail_msg("%s -> %s", t[i].path, t[i].target);
	}
}

static void names_keep_trees(void **state)
{
	struct fixture *f = *state;
	char tree[OID_HEX];
	struct err e = { 0 };

	build(f, NULL, sample, ARRAY_SIZE(sample), tree);
	assert_int_equal(store_keep(f->s, "bases/x", tree, &e), 0);
	free(sh(f, "git --git-dir=store.git gc -q --prune=now; "
		   "git --git-dir=store.git cat-file -e refs/carry/bases/x"));
	assert_true(store_has(f->s, tree));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_are_those_of_git),
		cmocka_unit_test(overlay_touches_what_it_names),
		cmocka_unit_test(overlay_refuses),
		cmocka_unit_test(many_changes_make_one_pack),
		cmocka_unit_test(blobs_are_read_by_path),
		cmocka_unit_test(patterns_select),
		cmocka_unit_test(checkout_writes_what_is_selected),
		cmocka_unit_test(checkout_names_what_is_missing),
		cmocka_unit_test(killed_checkouts_are_swept),
		cmocka_unit_test(hostile_trees_stay_inside),
		cmocka_unit_test(each_file_is_shown_once),
		cmocka_unit_test(an_interrupt_ends_walks),
		cmocka_unit_test(threads_share_a_store),
		cmocka_unit_test(links_are_judged),
		cmocka_unit_test(names_keep_trees),
	};

	return cmocka_run_group_tests_name("store", tests, setup, teardown);
}
