// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "store/import.h"
#include "store_fixture.h"

/* One header of ustar, as POSIX.1 has it; the content is padded to 512 bytes. */
static void tar_add_sized(struct buf *b, const char *name, char type, unsigned mode,
			  const char *link, struct slice data, uint64_t size)
{
	char h[512] = { 0 };
	unsigned sum = 0;

	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "%07o", mode);
	snprintf(h + 108, 8, "%07o", 0);
	snprintf(h + 116, 8, "%07o", 0);
	snprintf(h + 124, 12, "%011llo", (unsigned long long)size);
	snprintf(h + 136, 12, "%011o", 0);
	memset(h + 148, ' ', 8);
	h[156] = type;
	snprintf(h + 157, 100, "%s", link);
	memcpy(h + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	buf_add(b, h, sizeof(h));
	buf_add(b, data.p, data.n);
	while (b->len % 512)
		buf_addc(b, '\0');
}

static void tar_add(struct buf *b, const char *name, char type, unsigned mode,
		    const char *link, const char *data)
{
	tar_add_sized(b, name, type, mode, link, slice_str(data), strlen(data));
}

static void tar_end(struct buf *b)
{
	char zero[1024] = { 0 };

	buf_add(b, zero, sizeof(zero));
}

static char *put(struct fixture *f, const char *name, const struct buf *b)
{
	char *path = path_join(f->dir, name);
	struct err e;

	assert_int_equal(fsx_publish(path, buf_slice(b), &e), 0);
	return path;
}

static int import(struct fixture *f, const struct buf *b, const struct import_opts *o,
		  char tree[static OID_HEX], struct err *e)
{
	static const struct import_opts plain;
	_cleanup_free_ char *path = put(f, "x.tar", b);

	err_clear(e);
	return import_archive(f->s, path, o ? o : &plain, tree, e);
}

static size_t packs(struct fixture *f)
{
	_cleanup_free_ char *n = sh(f, "ls store.git/objects/pack | wc -l");

	return strtoul(n, NULL, 10);
}

static void good_tar(struct buf *b)
{
	tar_add(b, "linux-1/", '5', 0755, "", "");
	tar_add(b, "./linux-1/Makefile", '0', 0644, "", "VERSION = 1\n");
	tar_add(b, "linux-1/scripts/run", '0', 04744, "", "#!/bin/sh\n");
	tar_add(b, "linux-1/empty", '0', 0600, "", "");
	tar_add(b, "linux-1/nothing/", '5', 0755, "", "");
	tar_add(b, "linux-1/scripts/", '5', 0755, "", "");
	tar_add(b, "linux-1/scripts/link", '2', 0777, "../Makefile", "");
	tar_add(b, "linux-1/again", '1', 0644, "linux-1/scripts/run", "");
	tar_add(b, "linux-1/.gitignore", '0', 0644, "", "*.o\n");
	tar_end(b);
}

/* The same, made by git. */
#define GOOD_TREE                                                                        \
	"rm -rf w; mkdir w; cd w; git init -q; mkdir scripts; echo VERSION = 1 >Makefile;" \
	"echo '#!/bin/sh' >scripts/run; cp scripts/run again; chmod 755 scripts/run again;" \
	": >empty; ln -s ../Makefile scripts/link; echo '*.o' >.gitignore;"              \
	"git add -A; git write-tree"

static void archive_becomes_gits_tree(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct fixture *f = *state;
	_cleanup_free_ char *want = sh(f, GOOD_TREE);
	static const char *const forms[] = { "gzip -nc", "bzip2 -c", "xz -c", "zstd -qc" };
	char tree[OID_HEX];
	struct err e = { 0 };
	size_t before;

	good_tar(&b);
	if (import(f, &b, NULL, tree, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(tree, want);
	/* a second time nothing is new, so nothing is written */
	before = packs(f);
	assert_int_equal(before, 2);
	assert_int_equal(import(f, &b, NULL, tree, &e), 0);
	assert_int_equal(packs(f), before);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		_cleanup_free_ char *cmd = xasprintf("%s x.tar >y || echo none >y", forms[i]);
		_cleanup_free_ char *path = path_join(f->dir, "y");
		struct import_opts o = { 0 };

		free(sh(f, cmd));
		if (import_archive(f->s, path, &o, tree, &e))
			fail_msg("%s: %s", forms[i], e.msg);
		assert_string_equal(tree, want);
	}
	free(sh(f, "git --git-dir=store.git verify-pack store.git/objects/pack/*.idx"));
}

static void ar_add(struct buf *b, const char *name, const struct buf *data)
{
	buf_addf(b, "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 0, 0, 0, 0100644, data->len);
	buf_add(b, data->data, data->len);
	if (data->len % 2)
		buf_addc(b, '\n');
}

static void package_holds_a_tarball(void **state)
{
	_cleanup_buf_ struct buf inner = BUF_INIT;
	_cleanup_buf_ struct buf data = BUF_INIT;
	_cleanup_buf_ struct buf deb = BUF_INIT;
	_cleanup_buf_ struct buf empty = BUF_INIT;
	_cleanup_free_ char *path = NULL;
	struct fixture *f = *state;
	_cleanup_free_ char *want = sh(f, GOOD_TREE);
	struct import_opts o = { 0 };
	char tree[OID_HEX];
	struct err e = { 0 };

	good_tar(&inner);
	tar_add(&data, "./", '5', 0755, "", "");
	tar_add(&data, "./usr/share/doc/x", '0', 0644, "", "text");
	tar_add_sized(&data, "./usr/src/linux-source-1.tar", '0', 0644, "", buf_slice(&inner),
		      inner.len);
	tar_end(&data);
	buf_adds(&deb, "!<arch>\n");
	buf_adds(&empty, "2.0\n");
	ar_add(&deb, "debian-binary", &empty);
	ar_add(&deb, "control.tar", &empty);
	ar_add(&deb, "data.tar", &data);
	path = put(f, "x.deb", &deb);
	if (import_archive(f->s, path, &o, tree, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(tree, want);
	/* and one without says so */
	buf_clear(&deb);
	buf_adds(&deb, "!<arch>\n");
	ar_add(&deb, "debian-binary", &empty);
	free(path);
	path = put(f, "x.deb", &deb);
	assert_int_equal(import_archive(f->s, path, &o, tree, &e), ERR_INPUT);
	assert_non_null(strstr(e.msg, "the package has no data.tar*"));
}

struct hostile {
	const char *name;
	char type;
	const char *link;
	int code;
	const char *says;
};

static void hostile_entries_are_refused(void **state)
{
	static const struct hostile t[] = {
		{ "linux-1/../evil", '0', "", ERR_UNSAFE, "entry '../evil' is no path" },
		{ "../evil", '0', "", ERR_INPUT, "more than one top directory" },
		{ "/etc/evil", '0', "", ERR_UNSAFE, "entry '/etc/evil' has an absolute path" },
		{ "linux-1//x", '0', "", ERR_UNSAFE, "entry '/x' is no path" },
		{ "linux-1/a/./x", '0', "", ERR_UNSAFE, "entry 'a/./x' is no path" },
		{ "linux-1/.git/config", '0', "", ERR_UNSAFE, "entry '.git/config' is no path" },
		{ "linux-1/.GIT", '5', "", ERR_UNSAFE, "entry '.GIT' is no path" },
		{ "linux-1/a\nb", '0', "", ERR_UNSAFE, "entry 'a?b' is no path" },
		{ "linux-2/x", '0', "", ERR_INPUT,
		  "more than one top directory: 'linux-1' and 'linux-2'" },
		{ "linux-1", '0', "", ERR_INPUT, "entry 'linux-1' is in no directory" },
		{ "linux-1/dev", '3', "", ERR_UNSAFE, "entry 'dev' is neither file" },
		{ "linux-1/blk", '4', "", ERR_UNSAFE, "entry 'blk' is neither file" },
		{ "linux-1/fifo", '6', "", ERR_UNSAFE, "entry 'fifo' is neither file" },
		{ "linux-1/l", '2', "/etc/passwd", ERR_UNSAFE, "is a link that leaves" },
		{ "linux-1/l", '2', "../x", ERR_UNSAFE, "is a link that leaves" },
		{ "linux-1/a/l", '2', "b/../../../x", ERR_UNSAFE, "is a link that leaves" },
		{ "linux-1/h", '1', "/etc/passwd", ERR_UNSAFE, "has an absolute path" },
		{ "linux-1/h", '1', "linux-1/gone", ERR_UNSAFE, "is a hard link to no earlier" },
		{ "linux-1/h", '1', "linux-1/ln", ERR_UNSAFE, "is a hard link to no earlier" },
		{ "linux-1/h", '1', "../x", ERR_INPUT, "more than one top directory" },
		{ "linux-1/f", '0', "", ERR_INPUT, "entry 'f' is given twice" },
		{ "linux-1/f", '5', "", ERR_INPUT, "entry 'f' is given twice" },
		{ "linux-1/d", '0', "", ERR_INPUT, "entry 'd' is given twice" },
		{ "linux-1/f/x", '0', "", ERR_UNSAFE, "entry 'f' is used as a directory" },
		{ "linux-1/ln/x", '0', "", ERR_UNSAFE, "entry 'ln' is used as a directory" },
	};
	struct fixture *f = *state;
	size_t before = packs(f);
	char tree[OID_HEX];
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		tar_add(&b, "linux-1/f", '0', 0644, "", "hostile");
		tar_add(&b, "linux-1/d/g", '0', 0644, "", "");
		tar_add(&b, "linux-1/ln", '2', 0644, "d", "");
		tar_add(&b, t[i].name, t[i].type, 0644, t[i].link, "");
		tar_end(&b);
		if (import(f, &b, NULL, tree, &e) != t[i].code || !strstr(e.msg, t[i].says))
			fail_msg("%s: %d %s", t[i].name, e.code, e.msg);
	}
	assert_int_equal(packs(f), before);
}

static void deep_paths_are_refused(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct fixture *f = *state;
	char tree[OID_HEX], name[100] = "t";
	struct err e = { 0 };

	/* the prefix field of ustar would hold more, but 100 bytes are deep enough */
	for (size_t i = 1; i + 1 < 99; i += 2)
		memcpy(name + i, "/d", 3);
	for (int i = 0; i < 3; i++)
		tar_add(&b, name, '5', 0755, "", "");
	tar_add(&b, "t/f", '0', 0644, "", "");
	tar_end(&b);
	assert_int_equal(import(f, &b, NULL, tree, &e), 0); /* 49 levels */
	buf_clear(&b);
	{
		_cleanup_buf_ struct buf longer = BUF_INIT;

		for (int i = 0; i < 70; i++)
			buf_adds(&longer, "t/");
		buf_addc(&longer, 'f');
		tar_add_sized(&b, "././@LongLink", 'L', 0644, "", buf_slice(&longer), longer.len);
		tar_add(&b, "t", '0', 0644, "", "");
		tar_end(&b);
	}
	assert_int_equal(import(f, &b, NULL, tree, &e), ERR_LIMIT);
	assert_non_null(strstr(e.msg, "lies too deep"));
}

static void bombs_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct import_opts o = { .limits = { .total = 1000, .file = 600, .entries = 10 } };
	char tree[OID_HEX], kb[601];
	struct err e = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	/* 100 GB of zeros, said in the header: refused before a byte of it is read */
	tar_add_sized(&b, "t/zeros", '0', 0644, "", SLICE(""), (uint64_t)8 << 30);
	assert_int_equal(import(f, &b, NULL, tree, &e), ERR_LIMIT);
	assert_non_null(strstr(e.msg, "entry 'zeros' is larger than the bound allows"));
	memset(kb, 'x', 600);
	kb[600] = '\0';
	buf_clear(&b);
	tar_add(&b, "t/a", '0', 0644, "", kb);
	tar_add(&b, "t/b", '0', 0644, "", kb);
	tar_end(&b);
	assert_int_equal(import(f, &b, &o, tree, &e), ERR_LIMIT);
	assert_non_null(strstr(e.msg, "entry 'b' exceeds the bound of all files together"));
	buf_clear(&b);
	for (int i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof(name), "t/%d", i);
		tar_add(&b, name, '0', 0644, "", "");
	}
	tar_end(&b);
	assert_int_equal(import(f, &b, &o, tree, &e), ERR_LIMIT);
	assert_non_null(strstr(e.msg, "is one more than the bound allows"));
}

static void broken_archives_are_errors(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_buf_ struct buf nothing = BUF_INIT;
	struct fixture *f = *state;
	struct import_opts o = { 0 };
	char tree[OID_HEX];
	struct err e = { 0 };
	_cleanup_free_ char *gone = path_join(f->dir, "gone.tar");

	tar_add(&b, "t/a", '0', 0644, "", "some text");
	tar_add_sized(&b, "t/b", '0', 0644, "", SLICE("cut"), 5000);
	assert_int_equal(import(f, &b, NULL, tree, &e), ERR_INPUT);
	buf_clear(&b);
	buf_adds(&b, "this is no archive at all, whatever its name says");
	assert_int_equal(import(f, &b, NULL, tree, &e), ERR_INPUT);
	assert_int_equal(import(f, &nothing, NULL, tree, &e), ERR_INPUT);
	buf_clear(&b);
	tar_end(&b);
	assert_int_equal(import(f, &b, NULL, tree, &e), ERR_INPUT);
	assert_non_null(strstr(e.msg, "it has no files"));
	assert_int_equal(import_archive(f->s, gone, &o, tree, &e), ERR_NOTFOUND);
	assert_int_equal(import_archive(f->s, f->dir, &o, tree, &e), ERR_INPUT);
	assert_int_equal(import_archive(f->s, "/dev/zero", &o, tree, &e), ERR_INPUT);
}

static void cancelled_import_leaves_nothing(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct fixture *f = *state;
	atomic_bool cancel = true;
	struct import_opts o = { .cancel = &cancel };
	size_t before = packs(f);
	char tree[OID_HEX];
	struct err e = { 0 };

	tar_add(&b, "t/never", '0', 0644, "", "never seen");
	tar_end(&b);
	assert_int_equal(import(f, &b, &o, tree, &e), ERR_CANCELLED);
	assert_int_equal(packs(f), before);
}

static void killed_imports_are_swept(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct fixture *f = *state;
	_cleanup_free_ char *used = path_join(f->dir, "store.git/objects/pack/tmp_pack_carry_used");
	_cleanup_fd_ int fd = -1;
	_cleanup_free_ char *left = NULL;
	char tree[OID_HEX];
	struct err e = { 0 };

	free(sh(f, "cd store.git/objects/pack; touch -d '2 hours ago' tmp_pack_carry_dead "
		   "tmp_pack_carry_used; touch tmp_pack_carry_new"));
	fd = open(used, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	good_tar(&b);
	assert_int_equal(import(f, &b, NULL, tree, &e), 0);
	left = sh(f, "cd store.git/objects/pack; echo tmp_*; rm tmp_*");
	assert_string_equal(left, "tmp_pack_carry_new tmp_pack_carry_used");
}

static void directories_are_taken_as_they_are(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *want = sh(f, GOOD_TREE);
	_cleanup_free_ char *w = path_join(f->dir, "w");
	struct import_opts o = { 0 };
	char tree[OID_HEX];
	struct err e = { 0 };

	assert_int_equal(import_dir(f->s, w, &o, tree, &e), 0); /* without w/.git */
	assert_string_equal(tree, want);
	free(sh(f, "mkfifo w/pipe"));
	assert_int_equal(import_dir(f->s, w, &o, tree, &e), ERR_UNSAFE);
	free(sh(f, "rm w/pipe; ln -s /etc w/out"));
	assert_int_equal(import_dir(f->s, w, &o, tree, &e), ERR_UNSAFE);
	free(sh(f, "rm w/out"));
	assert_int_equal(import_dir(f->s, "/nonexistent", &o, tree, &e), ERR_NOTFOUND);
}

static void repositories_give_one_commit(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *want = sh(f, GOOD_TREE);
	_cleanup_free_ char *w = path_join(f->dir, "w");
	_cleanup_free_ char *id = NULL;
	struct import_opts o = { 0 };
	struct import_commit c = { 0 };
	struct err e = { 0 };

	id = sh(f, "cd w; c='git -c user.name=a -c user.email=a@b commit -q'; "
		   "$c --allow-empty -m 'Linux 1.2.3' -m body; git branch v1; "
		   "git -c user.name=a -c user.email=a@b tag -m t t1; "
		   "echo later >later; git add later; $c -m later; git rev-parse v1");
	if (import_git(f->s, w, "v1", "x", &o, &c, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(c.id, id);
	assert_string_equal(c.tree, want);
	assert_string_equal(c.subject, "Linux 1.2.3");
	assert_int_equal(import_git(f->s, w, "t1", "x", &o, &c, &e), 0);
	assert_string_equal(c.id, id);
	assert_int_equal(import_git(f->s, w, "gone", "x", &o, &c, &e), ERR_UNAVAILABLE);
	assert_non_null(strstr(e.msg, "gone"));
	assert_int_equal(import_git(f->s, "/nonexistent", "v1", "x", &o, &c, &e),
			 ERR_UNAVAILABLE);
	assert_int_equal(import_git(f->s, "ext::sh -c false", "v1", "x", &o, &c, &e),
			 ERR_UNSAFE);
	assert_int_equal(import_git(f->s, w, "--upload-pack=x", "x", &o, &c, &e), ERR_UNSAFE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_becomes_gits_tree),
		cmocka_unit_test(package_holds_a_tarball),
		cmocka_unit_test(hostile_entries_are_refused),
		cmocka_unit_test(deep_paths_are_refused),
		cmocka_unit_test(bombs_are_bounded),
		cmocka_unit_test(broken_archives_are_errors),
		cmocka_unit_test(cancelled_import_leaves_nothing),
		cmocka_unit_test(killed_imports_are_swept),
		cmocka_unit_test(directories_are_taken_as_they_are),
		cmocka_unit_test(repositories_give_one_commit),
	};

	return cmocka_run_group_tests_name("import", tests, setup, teardown);
}
