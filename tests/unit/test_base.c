// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fsx.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/proc.h"
#include "base/sandbox.h"
#include "tmpdir.h"

static void lines_keep_their_end(void **state)
{
	struct slice rest = slice_str("a\n\nlast"), line;

	(void)state;
	assert_true(slice_line(&rest, &line) && slice_eqs(line, "a\n"));
	assert_true(slice_line(&rest, &line) && slice_eqs(line, "\n"));
	assert_true(slice_line(&rest, &line) && slice_eqs(line, "last"));
	assert_false(slice_line(&rest, &line));
}

static void split_gives_empty_parts(void **state)
{
	struct slice rest = slice_str("a//b/"), part;

	(void)state;
	assert_true(slice_split(&rest, '/', &part) && slice_eqs(part, "a"));
	assert_true(slice_split(&rest, '/', &part) && part.n == 0);
	assert_true(slice_split(&rest, '/', &part) && slice_eqs(part, "b"));
	assert_true(slice_split(&rest, '/', &part) && part.n == 0);
	assert_false(slice_split(&rest, '/', &part));
}

static void buffer_holds_nul(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	buf_add(&b, "a\0b", 3);
	buf_addf(&b, "%d", 42);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "a\0b42", 6);
}

static void map_finds_what_it_holds(void **state)
{
	struct map m = { 0 };
	char key[16];

	(void)state;
	for (intptr_t i = 1; i <= 1000; i++) {
		snprintf(key, sizeof(key), "k%d", (int)i);
		map_set(&m, slice_str(key), (void *)i);
	}
	map_set(&m, slice_str("k7"), (void *)(intptr_t)-7);
	assert_int_equal(m.n, 1000);
	assert_int_equal((intptr_t)map_get(&m, slice_str("k7")), -7);
	assert_int_equal((intptr_t)map_get(&m, slice_str("k1000")), 1000);
	assert_null(map_get(&m, slice_str("k1001")));
	assert_int_equal(m.entries[999].len, 5);
	map_release(&m);
}

static void quoted_bytes_are_harmless(void **state)
{
	char text[] = "a\tb\n\033[31m\r\x7f\x01 \xc3\xa4 \xc2\x9b \xc2\xa0 \xc2";
	struct err e = { 0 };

	(void)state;
	bytes_disarm(text, sizeof(text) - 1);
	assert_string_equal(text, "a\tb\n?[31m??? \xc3\xa4 ?? \xc2\xa0 \xc2");
	assert_int_equal(err_set(&e, ERR_INPUT, "'%s'", "\033]0;x\007"), ERR_INPUT);
	assert_int_equal(err_wrap(&e, "in '%s'", "\033"), ERR_INPUT);
	assert_string_equal(e.msg, "in '?': '?]0;x?'");
	err_clear(&e);
	assert_int_equal(err_sys(&e, ENOENT, "\033"), ERR_NOTFOUND);
	assert_int_equal(e.msg[0], '?');
}

static void errors_gain_context(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_sys(&e, ENOENT, "cannot read '%s'", "x"), ERR_NOTFOUND);
	assert_int_equal(err_wrap(&e, "cannot import '%s'", "y"), ERR_NOTFOUND);
	assert_string_equal(e.msg,
			    "cannot import 'y': cannot read 'x': No such file or directory");
}

/* Digests from FIPS 180-4's examples. */
static void sha256_matches_the_standard(void **state)
{
	char hex[SHA256_HEX];

	(void)state;
	sha256_of(SLICE("abc"), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad");
}

static void unsafe_paths_are_known(void **state)
{
	static const char *const bad[] = { "",	       "/etc/passwd", "../x",	 "a/../b",
					   "a//b",     "./a",	      "a/.",	 ".git/hooks/x",
					   "a/.GIT/x", ".git.",	      ".g\xe2\x80\x8cit/x",
					   "GIT~1/x",  "a\nb",	      ".git::$INDEX/x",
					   "git~1",    "a/\xe2\x80\x8c.git",
					   "\xef\xbb\xbfgit~1/x" };
	static const char *const good[] = { "a", "a/b.c", ".gitignore", "a/..b", "x/.gitattributes",
					    "Documentation/\xc3\xa4.rst" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(path_is_safe(slice_str(bad[i])));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(path_is_safe(slice_str(good[i])));
}

static void publish_replaces_whole(void **state)
{
	_cleanup_free_ char *path = path_join(*state, "file");
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_strvec_ struct strvec names = { 0 };
	struct err e = { 0 };

	assert_int_equal(fsx_publish(path, SLICE("one"), &e), 0);
	assert_int_equal(fsx_publish(path, SLICE("two\0x"), &e), 0);
	assert_int_equal(fsx_read(path, &b, &e), 0);
	assert_true(slice_eq(buf_slice(&b), SLICE("two\0x")));
	assert_int_equal(fsx_list(*state, &names, &e), 0);
	assert_int_equal(names.n, 1);
}

static void locks_exclude(void **state)
{
	_cleanup_free_ char *path = path_join(*state, "lock");
	struct fsx_lock a = FSX_LOCK_INIT, b = FSX_LOCK_INIT;
	struct err e = { 0 };

	assert_int_equal(fsx_lock(&a, path, true, &e), 0);
	assert_int_equal(fsx_lock(&b, path, true, &e), ERR_EXISTS);
	fsx_unlock(&a);
	err_clear(&e);
	assert_int_equal(fsx_lock(&b, path, true, &e), 0);
	fsx_unlock(&b);
}

/* What is worked in stays, and so does what was not made so. */
static void dead_workdirs_go(void **state)
{
	_cleanup_free_ char *parent = path_join(*state, "work"),
			    *file = path_join(parent, "w.a_file"),
			    *link = path_join(parent, "w.a_link"),
			    *other = path_join(parent, "w.other-name"),
			    *dead = path_join(parent, "w.dead01/x/y");
	_cleanup_free_ char *first = NULL, *second = NULL, *third = NULL;
	struct fsx_lock a = FSX_LOCK_INIT, b = FSX_LOCK_INIT, c = FSX_LOCK_INIT;
	struct err e = { 0 };

	assert_int_equal(fsx_mkdirs(dead, &e), 0);
	assert_int_equal(fsx_mkdirs(other, &e), 0);
	assert_int_equal(fsx_publish(file, SLICE(""), &e), 0);
	assert_int_equal(symlink("w.other-name", link), 0);
	assert_int_equal(fsx_workdir(parent, "w", &first, &a, &e), 0);
	dead[strlen(parent) + strlen("/w.dead01")] = '\0';
	assert_false(fsx_exists(dead));
	assert_int_equal(fsx_workdir(parent, "w", &second, &b, &e), 0);
	assert_true(fsx_is_dir(first) && fsx_is_dir(second));
	fsx_unlock(&a);
	assert_int_equal(fsx_workdir(parent, "w", &third, &c, &e), 0);
	assert_false(fsx_exists(first));
	assert_true(fsx_is_dir(second) && fsx_is_dir(other));
	assert_true(fsx_exists(file) && fsx_exists(link));
	fsx_unlock(&b);
	fsx_unlock(&c);
}

/* Nor in a place where others may write, as only root can try. */
static void workdirs_of_others_stay(void **state)
{
	_cleanup_free_ char *parent = path_join(*state, "shared"),
			    *theirs = path_join(parent, "w.theirs"),
			    *file = path_join(theirs, "f");
	_cleanup_free_ char *dir = NULL;
	struct fsx_lock held = FSX_LOCK_INIT;
	struct err e = { 0 };

	if (geteuid())
		skip();
	assert_int_equal(fsx_mkdirs(theirs, &e), 0);
	assert_int_equal(fsx_publish(file, SLICE(""), &e), 0);
	assert_int_equal(chown(theirs, 1, 1), 0);
	assert_int_equal(fsx_workdir(parent, "w", &dir, &held, &e), 0);
	assert_true(fsx_exists(file));
	fsx_unlock(&held);
}

static void linked_tree_shares_files(void **state)
{
	_cleanup_free_ char *from = path_join(*state, "from/sub");
	_cleanup_free_ char *top = path_join(*state, "from");
	_cleanup_free_ char *to = path_join(*state, "to");
	_cleanup_free_ char *file = path_join(from, "f");
	_cleanup_free_ char *copy = path_join(to, "sub/f");
	struct stat a, b;
	struct err e = { 0 };

	assert_int_equal(fsx_mkdirs(from, &e), 0);
	assert_int_equal(fsx_publish(file, SLICE("x"), &e), 0);
	assert_int_equal(fsx_link_tree(top, to, &e), 0);
	assert_int_equal(stat(file, &a), 0);
	assert_int_equal(stat(copy, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
}

static void proc_captures_and_counts(void **state)
{
	const char *argv[] = { "sh", "-c", "cat; echo err >&2; exit 3", NULL };
	struct proc_spec spec = { .argv = argv, .input = SLICE("in\n") };
	_cleanup_proc_ struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(proc_run(&spec, &r, &e), 0);
	assert_int_equal(r.status, 3);
	assert_string_equal(r.out.data, "in\n");
	assert_string_equal(r.err.data, "err\n");
}

static void proc_bounds_output(void **state)
{
	const char *argv[] = { "head", "-c", "100000", "/dev/zero", NULL };
	struct proc_spec spec = { .argv = argv, .max_output = 1000 };
	_cleanup_proc_ struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(proc_run(&spec, &r, &e), 0);
	assert_int_equal(r.out.len, 1000);
	assert_true(r.truncated);
}

/* Killed, though perhaps not yet reaped by whoever inherited it. */
static bool is_dead(pid_t pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/stat", (int)pid);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err e;
	char *end;

	if (fsx_read(path, &b, &e))
		return true;
	end = strrchr(b.data, ')');
	return end && end[1] == ' ' && end[2] == 'Z';
}

/* The grandchild holds the pipe; neither it nor the program may keep us. */
static void proc_ends_the_whole_group(void **state)
{
	const char *argv[] = { "sh", "-c", "sleep 60 & echo $!; sleep 60", NULL };
	struct proc_spec spec = { .argv = argv, .timeout_s = 1 };
	_cleanup_proc_ struct proc_result r;
	struct err e = { 0 };
	pid_t grandchild;

	(void)state;
	assert_int_equal(proc_run(&spec, &r, &e), ERR_TIMEOUT);
	assert_true(r.wall_s < 10);
	grandchild = (pid_t)atoi(buf_str(&r.out));
	assert_true(grandchild > 1);
	for (int i = 0; i < 100 && !is_dead(grandchild); i++)
		usleep(10000);
	assert_true(is_dead(grandchild));
}

/* A descriptor of ours, left open without care, must not reach the program. */
static void proc_hands_no_descriptor_down(void **state)
{
	const char *argv[] = { "sh", "-c", "ls /proc/self/fd | wc -l", NULL };
	struct proc_spec spec = { .argv = argv };
	_cleanup_proc_ struct proc_result r;
	struct err e = { 0 };
	int stray = dup(0);

	(void)state;
	assert_int_equal(proc_run(&spec, &r, &e), 0);
	close(stray);
	/* The three standard ones and the directory that ls reads. */
	assert_int_equal(atoi(buf_str(&r.out)), 4);
}

static void proc_tells_what_is_missing(void **state)
{
	const char *argv[] = { "no-such-program-here", NULL };
	struct proc_spec spec = { .argv = argv };
	_cleanup_proc_ struct proc_result r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(proc_run(&spec, &r, &e), ERR_TOOL);
	assert_non_null(strstr(e.msg, "no-such-program-here"));
}

static void quoting_is_for_sh(void **state)
{
	const char *argv[] = { "a b", "it's", "-x=1", "", NULL };
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	proc_quote(&b, argv);
	assert_string_equal(b.data, "'a b' 'it'\\''s' -x=1 ''");
}

static atomic_int publishing;

static void *publish_often(void *dir)
{
	_cleanup_free_ char *path = xasprintf("%s/%lx", (char *)dir, (long)pthread_self());
	struct err e;

	for (int i = 0; i < 200; i++) {
		if (fsx_publish(path, SLICE("x"), &e))
			break;
	}
	atomic_fetch_sub(&publishing, 1);
	return NULL;
}

static mode_t umask_now(void)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *at;
	struct err e;

	assert_int_equal(fsx_read("/proc/self/status", &b, &e), 0);
	at = strstr(buf_str(&b), "Umask:");
	return at ? (mode_t)strtoul(at + 6, NULL, 8) : 0;
}

/* The umask is the whole process's: no thread may touch it, however shortly. */
static void publish_leaves_the_umask_alone(void **state)
{
	mode_t was = umask(027);
	_cleanup_free_ char *path = path_join(*state, "f");
	pthread_t threads[4];
	bool moved = false;
	struct stat st;
	struct err e;

	atomic_store(&publishing, ARRAY_SIZE(threads));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, publish_often, *state), 0);
	while (atomic_load(&publishing) && !moved)
		moved = umask_now() != 027;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	assert_false(moved);
	assert_int_equal(umask_now(), 027);
	assert_int_equal(fsx_publish(path, SLICE("x"), &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	umask(was);
}

static void sandbox_keeps_inside(void **state)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	const char *cmd[] = { "sh", "-c",
			      "echo ok >/out/f && ! echo bad 2>/dev/null >/usr/f && "
			      "! ls /root 2>/dev/null && ! ls /home 2>/dev/null && "
			      "! test -e /etc/passwd",
			      NULL };
	_cleanup_proc_ struct proc_result r;
	struct sandbox sb = { 0 };
	struct proc_spec spec = { 0 };
	struct err e = { 0 };

	if (sandbox_probe(&e))
		skip();
	sandbox_add(&sb, *state, "/out", true);
	sandbox_argv(&sb, "/", cmd, &argv);
	spec.argv = (const char *const *)argv.v;
	assert_int_equal(proc_run(&spec, &r, &e), 0);
	assert_int_equal(r.status, 0);
	sandbox_release(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_keep_their_end),
		cmocka_unit_test(split_gives_empty_parts),
		cmocka_unit_test(buffer_holds_nul),
		cmocka_unit_test(map_finds_what_it_holds),
		cmocka_unit_test(quoted_bytes_are_harmless),
		cmocka_unit_test(errors_gain_context),
		cmocka_unit_test(sha256_matches_the_standard),
		cmocka_unit_test(unsafe_paths_are_known),
		cmocka_unit_test_setup_teardown(publish_replaces_whole, tmp_setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(locks_exclude, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(dead_workdirs_go, tmp_setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(workdirs_of_others_stay, tmp_setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(linked_tree_shares_files, tmp_setup,
						tmp_teardown),
		cmocka_unit_test(proc_captures_and_counts),
		cmocka_unit_test(proc_bounds_output),
		cmocka_unit_test(proc_ends_the_whole_group),
		cmocka_unit_test(proc_hands_no_descriptor_down),
		cmocka_unit_test(proc_tells_what_is_missing),
		cmocka_unit_test(quoting_is_for_sh),
		cmocka_unit_test_setup_teardown(publish_leaves_the_umask_alone, tmp_setup,
						tmp_teardown),
		cmocka_unit_test_setup_teardown(sandbox_keeps_inside, tmp_setup,
						tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
