// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "tmpdir.h"

/* in/ is the tree, out/ what must not be reached; in/away leads there. */
static int setup(void **state)
{
	struct err e;

	if (tmp_setup(state) || chdir(*state) || mkdir("in", 0777) || mkdir("in/d", 0777) ||
	    mkdir("out", 0777) || symlink("../out", "in/away") ||
	    symlink("../out/file", "in/last"))
		return -1;
	return fsx_publish("out/file", SLICE("outside"), &e) ||
	       fsx_publish("in/d/file", SLICE("inside"), &e);
}

static int open_in(void)
{
	int fd = open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void assert_outside_is_whole(void)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct strvec names = { 0 };
	struct err e = { 0 };

	assert_int_equal(fsx_read("out/file", &b, &e), 0);
	assert_string_equal(buf_str(&b), "outside");
	assert_int_equal(fsx_list("out", &names, &e), 0);
	assert_int_equal(names.n, 1);
	strvec_release(&names);
}

static void no_link_is_read(void **state)
{
	static const char *const paths[] = { "away/file", "last", "../out/file",
					       "d/../../out/file" };
	_cleanup_fd_ int in = open_in();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		struct err e = { 0 };

		assert_int_equal(beneath_read(in, paths[i], &b, &e), ERR_UNSAFE);
		assert_int_equal(b.len, 0);
	}
}

static void no_link_is_written_through(void **state)
{
	const struct new_file how = { .perm = 0666, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	struct iovec v = { (char *)"x", 1 };
	_cleanup_fd_ int in = open_in();
	struct err e = { 0 };

	(void)state;
	assert_true(beneath_create(in, "away/new", &v, 1, &how, &e) < 0);
	assert_true(beneath_create(in, "last", &v, 1, &how, &e) < 0);
	assert_true(beneath_mkdirs(in, "away/sub", &e) < 0);
	assert_true(beneath_mkdirs(in, "last/sub", &e) < 0);
	assert_int_equal(beneath_remove(in, "away/file", &e), ERR_UNSAFE);
	assert_outside_is_whole();
}

static void removal_takes_the_link_only(void **state)
{
	_cleanup_fd_ int in = open_in();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mkdirat(in, "t", 0777), 0);
	assert_int_equal(symlinkat("../../out", in, "t/away"), 0);
	assert_int_equal(beneath_remove(in, "t", &e), 0);
	assert_false(fsx_exists("in/t"));
	assert_int_equal(beneath_remove(in, "t", &e), 0);
	assert_outside_is_whole();
}

static void parents_stop_at_links(void **state)
{
	struct parents p = { .root = open_in() };
	const char *base;
	struct err e = { 0 };
	int fd;

	(void)state;
	assert_int_equal(parents_get(&p, "away/x", true, &fd, &base, &e), ERR_UNSAFE);
	assert_int_equal(parents_get(&p, "away/y/x", true, &fd, &base, &e), ERR_UNSAFE);
	assert_int_equal(parents_get(&p, "no/x", false, &fd, &base, &e), ERR_NOTFOUND);
	assert_int_equal(parents_get(&p, "a/b/x", true, &fd, &base, &e), 0);
	assert_string_equal(base, "x");
	assert_true(fsx_is_dir("in/a/b"));
	assert_int_equal(parents_get(&p, "top", false, &fd, &base, &e), 0);
	assert_int_equal(fd, p.root);
	parents_release(&p);
	close(p.root);
	assert_outside_is_whole();
}

/* More directories than are kept open. */
static void parents_open_again(void **state)
{
	struct parents p = { .root = open_in() };
	struct err e = { 0 };
	struct stat st;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 1000; i++) {
			_cleanup_free_ char *path = xasprintf("many/%d/x", i);
			const char *base;
			int fd;

			assert_int_equal(parents_get(&p, path, true, &fd, &base, &e), 0);
			assert_int_equal(fstat(fd, &st), 0);
		}
	}
	parents_release(&p);
	close(p.root);
}

static size_t open_files(void)
{
	struct strvec names = { 0 };
	struct err e = { 0 };
	size_t n;

	assert_int_equal(fsx_list("/proc/self/fd", &names, &e), 0);
	n = names.n;
	strvec_release(&names);
	return n;
}

/* As many threads have them, so that all together stay below what a process may open. */
static void parents_are_as_few_as_said(void **state)
{
	struct parents p = { .root = open_in(), .most = 3 };
	size_t before = open_files();
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++) {
		_cleanup_free_ char *path = xasprintf("few/%d/x", i);
		const char *base;
		int fd;

		assert_int_equal(parents_get(&p, path, true, &fd, &base, &e), 0);
		assert_in_range(open_files(), before + 1, before + 3);
	}
	parents_release(&p);
	assert_int_equal(open_files(), before);
	close(p.root);
}

static unsigned table_size(void)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err e = { 0 };
	unsigned n = 0;

	assert_int_equal(fsx_read("/proc/self/status", &b, &e), 0);
	assert_non_null(strstr(buf_str(&b), "FDSize:"));
	assert_int_equal(sscanf(strstr(buf_str(&b), "FDSize:"), "FDSize: %u", &n), 1);
	return n;
}

static void reserving_leaves_room_only(void **state)
{
	size_t before = open_files();

	(void)state;
	parents_reserve(0);
	assert_in_range(table_size(), PARENTS_MOST, SIZE_MAX);
	assert_int_equal(open_files(), before);
}

static void new_files_look_as_said(void **state)
{
	struct new_file how = { .perm = 0664,
				.exact = true,
				.uid = (uid_t)-1,
				.gid = (gid_t)-1,
				.mtime = { 1000000000, 5 } };
	struct iovec v[2] = { { (char *)"ab", 2 }, { (char *)"c", 1 } };
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_fd_ int in = open_in();
	mode_t mask = umask(077);
	struct err e = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(beneath_create(in, "exact", v, 2, &how, &e), 0);
	how.exact = false;
	assert_int_equal(beneath_create(in, "plain", v, 2, &how, &e), 0);
	umask(mask);
	assert_int_equal(stat("in/exact", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0664);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_int_equal(st.st_mtim.tv_nsec, 5);
	assert_int_equal(stat("in/plain", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(beneath_read(in, "exact", &b, &e), 0);
	assert_string_equal(buf_str(&b), "abc");
	assert_true(beneath_create(in, "exact", v, 1, &how, &e) < 0);
}

static void lists_are_whole_and_sorted(void **state)
{
	_cleanup_fd_ int in = open_in();
	struct strvec names = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(beneath_list(in, "nothing", &names, &e), 0);
	assert_int_equal(names.n, 0);
	assert_int_equal(beneath_list(in, "d", &names, &e), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.v[0], "file");
	assert_int_equal(beneath_list(in, "away", &names, &e), ERR_UNSAFE);
	strvec_release(&names);
}

static void publishing_replaces_a_link(void **state)
{
	_cleanup_fd_ int in = open_in();
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(beneath_publish(in, "last", SLICE("new"), &e), 0);
	assert_int_equal(beneath_read(in, "last", &b, &e), 0);
	assert_string_equal(buf_str(&b), "new");
	assert_outside_is_whole();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_link_is_read, setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(no_link_is_written_through, setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(removal_takes_the_link_only, setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(parents_stop_at_links, setup, tmp_teardown),
		cmocka_unit_test(reserving_leaves_room_only),
		cmocka_unit_test_setup_teardown(parents_open_again, setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(parents_are_as_few_as_said, setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(new_files_look_as_said, setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(lists_are_whole_and_sorted, setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(publishing_replaces_a_link, setup,
						tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
