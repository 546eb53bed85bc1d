// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fsx.h"
#include "store/treewriter.h"
#include "store_fixture.h"

#define FILES 300
#define LANES 4

/* Around the borders of what a header, a stored block and a window hold. */
static const size_t sizes[] = { 0,     1,     15,    16,    2047,  2048,
				32768, 65534, 65535, 65536, 65537, 200000 };

/* Text that can be made smaller, but not to nothing. */
static char *text(size_t n, unsigned seed)
{
	char *p = xmalloc(n + 1);

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		p[i] = (char)("abcd\n\0\377e"[seed >> 28 & 7]);
	}
	p[n] = '\0';
	return p;
}

struct blob {
	char *p;
	size_t n;
	git_oid oid;
};

/* The blobs, in a pack of that level, made by us. */
static void pack_blobs(struct fixture *f, enum pack_level level,
		       struct blob blobs[static ARRAY_SIZE(sizes)])
{
	_cleanup_free_ char *objects = path_join(f->dir, "store.git/objects");
	struct pack_encoder *z = pack_encoder_new(level);
	struct pack_batch out = { 0 };
	struct pack_writer *w = NULL;
	struct err e;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct blob *b = &blobs[i];

		*b = (struct blob){ .p = text(sizes[i], (unsigned)i), .n = sizes[i] };
		store_object_id(GIT_OBJECT_BLOB, (struct slice){ b->p, b->n }, &b->oid);
		pack_encode(z, &b->oid, GIT_OBJECT_BLOB, (struct slice){ b->p, b->n }, &out);
	}
	assert_int_equal(pack_open(objects, &w, &e), 0);
	assert_int_equal(pack_append(w, &out, &e), 0);
	assert_int_equal(pack_finish(w, &e), 0);
	pack_batch_release(&out);
	pack_encoder_free(z);
}

static void free_blobs(struct blob *blobs)
{
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		free(blobs[i].p);
}

static struct pack_reader *reader(struct fixture *f)
{
	_cleanup_free_ char *objects = path_join(f->dir, "store.git/objects");

	return pack_reader_new(objects);
}

/* How many of the blobs are read; what is read must be right. */
static size_t read_blobs(const struct pack_reader *r, const struct blob *blobs)
{
	size_t read = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct slice got;

		if (!pack_read_blob(r, &blobs[i].oid, &got))
			continue;
		assert_int_equal(got.n, blobs[i].n);
		assert_memory_equal(got.p, blobs[i].p, got.n);
		free((char *)(uintptr_t)got.p);
		read++;
	}
	return read;
}

static void what_we_pack_git_reads(void **state)
{
	static const enum pack_level levels[] = { PACK_PLAIN, PACK_LIGHT };
	struct fixture *f = *state;

	for (size_t k = 0; k < ARRAY_SIZE(levels); k++) {
		struct blob blobs[ARRAY_SIZE(sizes)];
		struct pack_reader *r;

		free(sh(f, "rm -rf store.git/objects/pack/*"));
		pack_blobs(f, levels[k], blobs);
		r = reader(f);
		assert_int_equal(read_blobs(r, blobs), ARRAY_SIZE(sizes));
		pack_reader_free(r);
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			_cleanup_free_ char *cmd =
				xasprintf("git --git-dir=store.git cat-file blob %s >got",
					  git_oid_tostr_s(&blobs[i].oid));
			_cleanup_free_ char *path = path_join(f->dir, "got");
			_cleanup_buf_ struct buf got = BUF_INIT;
			struct err e;

			free(sh(f, cmd));
			assert_int_equal(fsx_read(path, &got, &e), 0);
			assert_int_equal(got.len, blobs[i].n);
			assert_memory_equal(buf_str(&got), blobs[i].p, got.len);
		}
		free(sh(f, "git --git-dir=store.git fsck --full --strict"));
		free_blobs(blobs);
	}
}

/* Of git's own packs what is whole is read, and the rest by who knows deltas. */
static void what_git_packs_is_read(void **state)
{
	static const char script[] =
		"G='git --git-dir=store.git'; rm -rf store.git/objects/pack/*;"
		"seq 3000 >one; sed s/77/x/ one >two; seq 5 >three;"
		"for f in one two three; do $G hash-object -w $f; done >ids;"
		"$G pack-objects -q --window=10 store.git/objects/pack/pack <ids >/dev/null;"
		"$G prune-packed; test -z \"$(find store.git/objects/?? -type f)\";"
		"$G verify-pack -v store.git/objects/pack/*.idx | grep -c 'chain length = 1: 1 '";
	struct fixture *f = *state;
	_cleanup_free_ char *deltas = sh(f, script);
	_cleanup_free_ char *ids = sh(f, "cat ids");
	struct slice rest = slice_str(ids), line;
	struct pack_reader *r = reader(f);
	size_t whole = 0, all = 0;

	assert_string_equal(deltas, "1");
	store_close(f->s);
	assert_int_equal(store_open(f->dir, &f->s, &(struct err){ 0 }), 0);
	while (slice_line(&rest, &line)) {
		_cleanup_free_ char *id = NULL;
		struct slice got = { 0 };
		git_oid oid;

		line = slice_trim(line);
		assert_int_equal(git_oid_fromstrn(&oid, line.p, line.n), 0);
		if (pack_read_blob(r, &oid, &got)) {
			free((char *)(uintptr_t)got.p);
			whole++;
		}
		assert_int_equal(store_read_blob(f->s, &oid, &got, &(struct err){ 0 }), 0);
		store_object_id(GIT_OBJECT_BLOB, got, &oid);
		id = xmemdupz(git_oid_tostr_s(&oid), line.n);
		assert_memory_equal(id, line.p, line.n);
		free((char *)(uintptr_t)got.p);
		all++;
	}
	assert_int_equal(all, 3);
	assert_int_equal(whole, 2);
	pack_reader_free(r);
}

/* The one file below objects/pack that ends like that. */
static char *pack_file(struct fixture *f, const char *end)
{
	_cleanup_free_ char *cmd = xasprintf("echo store.git/objects/pack/*.%s", end);
	_cleanup_free_ char *name = sh(f, cmd);

	return path_join(f->dir, name);
}

static size_t read_with(struct fixture *f, const char *path, struct slice bytes,
			const struct blob *blobs)
{
	FILE *file = fopen(path, "we"); /* it is mapped by nobody */
	struct pack_reader *r;
	size_t n;

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	assert_int_equal(fclose(file), 0);
	r = reader(f);
	n = read_blobs(r, blobs);
	pack_reader_free(r);
	return n;
}

/* Each byte is another one, and the file ends before it. */
static void break_file(struct fixture *f, const char *end, size_t from, size_t to,
		       const struct blob *blobs, size_t step)
{
	_cleanup_free_ char *path = pack_file(f, end);
	_cleanup_buf_ struct buf good = BUF_INIT;
	size_t missed = 0;
	struct err e;

	assert_int_equal(fsx_read(path, &good, &e), 0);
	assert_int_equal(chmod(path, 0644), 0); /* git's packs may only be read */
	if (to > good.len)
		to = good.len;
	for (size_t i = from; i < to; i += step) {
		good.data[i] = (char)~good.data[i];
		missed += read_with(f, path, buf_slice(&good), blobs) < ARRAY_SIZE(sizes);
		good.data[i] = (char)~good.data[i];
		if (i)
			read_with(f, path, (struct slice){ good.data, i }, blobs);
	}
	assert_true(missed > 0);
	assert_int_equal(read_with(f, path, buf_slice(&good), blobs), ARRAY_SIZE(sizes));
}

static void broken_packs_are_not_read(void **state)
{
	struct fixture *f = *state;
	struct blob blobs[ARRAY_SIZE(sizes)];
	size_t offsets = 8 + 256 * 4 + ARRAY_SIZE(sizes) * (GIT_OID_RAWSZ + 4);

	free(sh(f, "rm -rf store.git/objects/pack/*"));
	pack_blobs(f, PACK_LIGHT, blobs);
	/* An offset that is another object's start could not be told without hashing. */
	break_file(f, "idx", 0, 1032, blobs, 37);
	break_file(f, "idx", 1032, offsets, blobs, 1);
	break_file(f, "pack", 0, 500, blobs, 1);
	break_file(f, "pack", 500, SIZE_MAX, blobs, 4999);
	free_blobs(blobs);
}

struct lane_work {
	struct tree_writer *w;
	unsigned lane, of;
	char (*names)[32];
	int rc;
	pthread_t id;
};

static void *work(void *arg)
{
	struct lane_work *l = arg;

	for (unsigned i = l->lane; i < FILES; i += l->of) {
		struct store_change c = { l->names[i], MODE_FILE, slice_str(l->names[i]) };
		struct err e;

		l->rc |= tree_writer_add(l->w, l->lane, &c, &e);
	}
	return NULL;
}

static void write_files(struct fixture *f, unsigned lanes, bool twice, char out[static OID_HEX])
{
	struct lane_work l[LANES];
	struct tree_writer *w = NULL;
	char names[FILES][32];
	struct err e;

	for (size_t i = 0; i < FILES; i++)
		snprintf(names[i], sizeof(names[i]), "m%zu/f%zu", i % 7, i);
	assert_int_equal(tree_writer_open(f->s, NULL, lanes, &w, &e), 0);
	for (int round = 0; round <= twice; round++) {
		if (round)
			tree_writer_clear(w);
		for (unsigned i = 0; i < lanes; i++) {
			l[i] = (struct lane_work){ w, i, lanes, names, 0, 0 };
			assert_int_equal(pthread_create(&l[i].id, NULL, work, &l[i]), 0);
		}
		for (unsigned i = 0; i < lanes; i++) {
			pthread_join(l[i].id, NULL);
			assert_int_equal(l[i].rc, 0);
		}
	}
	assert_int_equal(tree_writer_finish(w, out, &e), 0);
	tree_writer_free(w);
}

static void lanes_make_one_tree(void **state)
{
	struct fixture *f = *state;
	char tree[OID_HEX], other[OID_HEX];
	_cleanup_free_ char *count = NULL;
	_cleanup_free_ char *want =
		sh(f, "rm -rf store.git/objects/pack/*; mkdir w; cd w; git init -q; i=0; while [ $i -lt 300 ]; do"
		      " mkdir -p m$((i%7)); printf m$((i%7))/f$i >m$((i%7))/f$i; i=$((i+1));"
		      " done; git add -A; git write-tree");

	write_files(f, LANES, false, tree);
	assert_string_equal(tree, want);
	write_files(f, 1, false, other);
	assert_string_equal(other, want);
	write_files(f, 3, true, other);
	assert_string_equal(other, want);
	/* What is there is not written again. */
	count = sh(f, "ls store.git/objects/pack | wc -l");
	assert_string_equal(count, "2");
	free(sh(f, "git --git-dir=store.git fsck --full --strict 2>&1 | "
		   "(! grep -vE 'dangling|^notice')"));
}

static void what_is_given_up_is_gone(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = sh(f, "find store.git -type f | sort");
	_cleanup_free_ char *big = text(3 << 20, 1);
	struct store_change good = { "d/x", MODE_FILE, { big, 3 << 20 } };
	struct store_change bad = { "../x", MODE_FILE, SLICE("x") };
	struct store_change gone = { "none", 0, SLICE("") };
	struct tree_writer *w = NULL;
	char tree[OID_HEX];
	struct err e = { 0 };
	_cleanup_free_ char *after = NULL;

	assert_int_equal(tree_writer_open(f->s, NULL, 1, &w, &e), 0);
	assert_int_equal(tree_writer_add(w, 0, &good, &e), 0);
	assert_int_equal(tree_writer_add(w, 0, &bad, &e), ERR_UNSAFE);
	tree_writer_free(w);
	assert_int_equal(tree_writer_open(f->s, NULL, 1, &w, &e), 0);
	assert_int_equal(tree_writer_add(w, 0, &good, &e), 0);
	assert_int_equal(tree_writer_add(w, 0, &gone, &e), 0);
	assert_int_equal(tree_writer_finish(w, tree, &e), ERR_NOTFOUND);
	tree_writer_free(w);
	after = sh(f, "find store.git -type f | sort");
	assert_string_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_we_pack_git_reads),
		cmocka_unit_test(what_git_packs_is_read),
		cmocka_unit_test(broken_packs_are_not_read),
		cmocka_unit_test(lanes_make_one_tree),
		cmocka_unit_test(what_is_given_up_is_gone),
	};

	return cmocka_run_group_tests_name("packs", tests, setup, teardown);
}
