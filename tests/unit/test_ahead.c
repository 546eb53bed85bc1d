// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ahead.h"
#include "tmpdir.h"

#define NFILES 100

/* Not in memory, where the file system lets that be asked for. */
static void write_cold(const char *path)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	char page[4096] = "text";

	assert_true(fd >= 0);
	assert_int_equal(write(fd, page, sizeof(page)), sizeof(page));
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
}

/* A read would bring it there. */
static bool is_in_memory(const char *path)
{
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned char in = 0;
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(mincore(p, 4096, &in), 0);
	munmap(p, 4096);
	return in & 1;
}

static int setup(void **state)
{
	if (tmp_setup(state) || chdir(*state) || mkdir("d", 0777) ||
	    mkfifo("d/fifo", 0666) || symlink("../out", "d/link"))
		return -1;
	write_cold("out");
	for (unsigned i = 0; i < NFILES; i++) {
		char path[16];

		snprintf(path, sizeof(path), "d/%u", i);
		write_cold(path);
	}
	return 0;
}

static bool all_in_memory(void)
{
	for (unsigned i = 0; i < NFILES; i++) {
		char path[16];

		snprintf(path, sizeof(path), "d/%u", i);
		if (!is_in_memory(path))
			return false;
	}
	return true;
}

/* The names of the files, with some between that cannot be read, or must not. */
static size_t name_all(const char *dir, char (*names)[16], struct slice *paths)
{
	static const char *const odd[] = { "none", "fifo", "link", "0/x", "../out", "" };
	size_t n = 0;

	for (unsigned i = 0; i < NFILES; i++)
		snprintf(names[n++], 16, "%s%u", dir, i);
	for (unsigned i = 0; i < ARRAY_SIZE(odd); i++)
		snprintf(names[n++], 16, "%s%s", *odd[i] == '.' ? "" : dir, odd[i]);
	for (size_t i = 0; i < n; i++)
		paths[i] = slice_str(names[i]);
	return n;
}

static void wait_for_all(struct ahead *a)
{
	for (unsigned i = 0; i < 2000 && !all_in_memory(); i++)
		usleep(5000);
	ahead_stop(a);
	assert_true(all_in_memory());
}

static void what_comes_is_brought_in(void **state)
{
	_cleanup_fd_ int dir = open("d", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char names[NFILES + 8][16];
	struct slice paths[NFILES + 8];
	size_t n = name_all("", names, paths);

	(void)state;
	if (is_in_memory("d/0"))
		skip();
	wait_for_all(ahead_start(dir, paths, n));
	assert_false(is_in_memory("out"));
}

static void anywhere_links_are_followed(void **state)
{
	char names[NFILES + 8][16];
	struct slice paths[NFILES + 8];
	size_t n = name_all("d/", names, paths);
	struct ahead *a;

	(void)state;
	if (is_in_memory("d/0"))
		skip();
	a = ahead_start(AT_FDCWD, paths, n);
	for (unsigned i = 0; i < 2000 && !is_in_memory("out"); i++)
		usleep(5000);
	wait_for_all(a);
	assert_true(is_in_memory("out"));
}

static void it_can_end_at_once(void **state)
{
	char names[NFILES + 8][16];
	struct slice paths[NFILES + 8];
	size_t n = name_all("d/", names, paths);

	(void)state;
	ahead_stop(ahead_start(AT_FDCWD, paths, n));
	ahead_stop(ahead_start(AT_FDCWD, NULL, 0));
	ahead_stop(NULL);
}

static void one_is_told_after_a_read(void **state)
{
	_cleanup_fd_ int fd = open("d/7", O_RDONLY | O_CLOEXEC);
	struct ahead_watch w;
	char byte;

	(void)state;
	ahead_watch_init(&w);
	assert_false(ahead_is_due(&w, 1));
	if (is_in_memory("d/7"))
		skip();
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_false(ahead_is_due(&w, 0));
	assert_false(ahead_is_due(&w, 33));
	assert_true(ahead_is_due(&w, 2));
	assert_false(ahead_is_due(&w, 4));
	ahead_watch_init(&w);
	w.before--;
	assert_true(ahead_is_due(&w, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_comes_is_brought_in, setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(anywhere_links_are_followed, setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(it_can_end_at_once, setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(one_is_told_after_a_read, setup,
						tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
