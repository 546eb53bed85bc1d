// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/vec.h"
#include "engine/apply_source.h"
#include "engine/chain.h"

#define NAMES	  8
#define MAX_LINES 60

/* A small tree of numbered lines, and patches that are true of it. */
struct world {
	uint32_t rand;
	int n[NAMES]; /* lines of the file, -1: absent */
	unsigned line[NAMES][MAX_LINES];
	unsigned mode[NAMES];
	VEC(struct patch *) patches;
};

/* Now and then g is a file, now and then a directory. */
static const char *const names[NAMES] = { "a",	 "b", "d/a", "d/b",
					  "e/a", "g", "g/x", "g/y/z" };

static unsigned dice(struct world *w, unsigned n)
{
	w->rand = w->rand * 1103515245u + 12345;
	return (w->rand >> 16) % n;
}

static bool can_be(const struct world *w, int f)
{
	if (!strcmp(names[f], "g"))
		return w->n[6] < 0 && w->n[7] < 0;
	return names[f][0] != 'g' || w->n[5] < 0;
}

static void add_lines(struct buf *b, const struct world *w, int f, char op)
{
	for (int i = 0; i < w->n[f]; i++)
		buf_addf(b, "%cline %u\n", op, w->line[f][i]);
}

static void head(struct buf *b, const char *from, const char *to)
{
	buf_addf(b, "diff --git a/%s b/%s\n", from, to);
}

static void create(struct world *w, int f, struct buf *b)
{
	w->n[f] = 5 + (int)dice(w, 20);
	w->mode[f] = dice(w, 2) ? 0100644 : 0100755;
	for (int i = 0; i < w->n[f]; i++)
		w->line[f][i] = dice(w, 1000);
	head(b, names[f], names[f]);
	buf_addf(b, "new file mode %o\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1,%d @@\n",
		 w->mode[f], names[f], w->n[f]);
	add_lines(b, w, f, '+');
}

static void delete (struct world *w, int f, struct buf *b)
{
	head(b, names[f], names[f]);
	buf_addf(b, "deleted file mode %o\n--- a/%s\n+++ /dev/null\n@@ -1,%d +0,0 @@\n",
		 w->mode[f], names[f], w->n[f]);
	add_lines(b, w, f, '-');
	w->n[f] = -1;
}

/* One line becomes another, with the whole file as context. */
static void edit_hunk(struct world *w, int f, int other, struct buf *b)
{
	int at = (int)dice(w, (unsigned)w->n[f]);

	buf_addf(b, "--- a/%s\n+++ b/%s\n@@ -1,%d +1,%d @@\n", names[f], names[other],
		 w->n[f], w->n[f]);
	for (int i = 0; i < w->n[f]; i++) {
		buf_addf(b, "%cline %u\n", i == at ? '-' : ' ', w->line[f][i]);
		if (i == at)
			buf_addf(b, "+line %u\n", w->line[f][i] = 1000 + dice(w, 1000));
	}
}

static void edit(struct world *w, int f, struct buf *b)
{
	head(b, names[f], names[f]);
	edit_hunk(w, f, f, b);
}

static void change_mode(struct world *w, int f, struct buf *b)
{
	head(b, names[f], names[f]);
	buf_addf(b, "old mode %o\nnew mode %o\n", w->mode[f], w->mode[f] ^ 0111);
	w->mode[f] ^= 0111;
}

static void move(struct world *w, int f, int to, struct buf *b)
{
	const char *word = dice(w, 2) ? "rename" : "copy";
	int n = w->n[f];

	if (!strcmp(word, "rename"))
		w->n[f] = -1;
	if (w->n[to] >= 0 || !can_be(w, to)) {
		w->n[f] = n;
		return;
	}
	w->n[f] = n;
	head(b, names[f], names[to]);
	buf_addf(b, "similarity index 90%%\n%s from %s\n%s to %s\n", word, names[f], word,
		 names[to]);
	w->n[to] = n;
	w->mode[to] = w->mode[f];
	memcpy(w->line[to], w->line[f], sizeof(w->line[f]));
	if (!strcmp(word, "rename"))
		w->n[f] = -1;
}

static void add_patch(struct world *w, struct buf *text)
{
	struct err e = { 0 };
	struct patch *p;

	if (patch_parse("p", text, 1, &p, &e))
		fail_msg("%s", e.msg);
	vec_push(&w->patches, p);
}

/* No file twice, so that it does not matter what a mail is. */
static void random_patch(struct world *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	bool used[NAMES] = { false };

	buf_adds(&text, "Subject: x\n\n");
	for (unsigned n = 1 + dice(w, 3); n; n--) {
		int f = (int)dice(w, NAMES), to = (int)dice(w, NAMES);

		if (used[f])
			continue;
		if (w->n[f] < 0) {
			if (can_be(w, f))
				create(w, f, &text);
		} else if (!dice(w, 8)) {
			delete (w, f, &text);
		} else if (!dice(w, 8)) {
			change_mode(w, f, &text);
		} else if (!dice(w, 4) && !used[to] && to != f) {
			move(w, f, to, &text);
			used[to] = true;
		} else {
			edit(w, f, &text);
		}
		used[f] = true;
		/* g may turn from file to directory: not in one patch. */
		used[5] |= f >= 5 || to >= 5;
		used[6] |= used[5];
		used[7] |= used[5];
	}
	add_patch(w, &text);
}

static void wrong_patch(struct world *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int f = (int)dice(w, 5);

	head(&text, names[f], names[f]);
	buf_addf(&text,
		 "--- a/%s\n+++ b/%s\n@@ -1,2 +1,2 @@\n line x\n-line y\n+line z\n",
		 names[f], names[f]);
	add_patch(w, &text);
}

static void make_world(struct world *w, uint32_t seed, int patches, int wrong)
{
	*w = (struct world){ .rand = seed };
	for (int f = 0; f < NAMES; f++)
		w->n[f] = -1;
	for (int i = 0; i < patches; i++) {
		random_patch(w);
		if (wrong && !dice(w, (unsigned)wrong))
			wrong_patch(w);
	}
}

static void drop_world(struct world *w)
{
	vec_each (p, &w->patches)
		patch_free(*p);
	vec_release(&w->patches);
}

static const struct patch *const *list(const struct world *w)
{
	return (const struct patch *const *)w->patches.v;
}

/* What the generator knows, which no engine had a hand in. */
static void assert_world(const struct world *w, const struct apply_result *r)
{
	size_t found = 0;

	for (int f = 0; f < NAMES; f++) {
		_cleanup_buf_ struct buf want = BUF_INIT;

		for (int i = 0; i < w->n[f]; i++)
			buf_addf(&want, "line %u\n", w->line[f][i]);
		for (size_t i = 0; i < r->nfiles; i++) {
			if (!slice_eqs(r->files[i].path, names[f]))
				continue;
			found++;
			assert_true(w->n[f] >= 0);
			assert_int_equal(r->files[i].mode, w->mode[f]);
			assert_true(slice_eq(r->files[i].bytes, buf_slice(&want)));
			want.len = 0;
		}
		assert_int_equal(want.len, 0);
	}
	assert_int_equal(found, r->nfiles);
}

static struct apply_result *apply(const struct world *w, unsigned threads,
				  bool keep_going)
{
	struct apply_policy policy = { .threads = threads, .keep_going = keep_going };
	_cleanup_source_ struct blob_source *src = memory_source_new();
	struct apply_result *r = NULL;
	struct err e = { 0 };

	if (apply_series(src, list(w), NULL, w->patches.n, &policy, &r, &e))
		fail_msg("%s", e.msg);
	return r;
}

static void fail_of(uint32_t seed, const struct apply_result *r)
{
	_cleanup_buf_ struct buf why = BUF_INIT;

	for (size_t i = 0; i < r->npatches; i++) {
		if (r->patches[i].answer != ANSWER_APPLIES && !why.len) {
			apply_explain(&r->patches[i], &why);
			buf_add_slice(&why, buf_slice(&r->patches[i].patch->bytes));
		}
	}
	fail_msg("seed %u: %zu of %zu: %s", seed, r->done, r->npatches, buf_str(&why));
}

static void any_number_of_threads(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 150; seed++) {
		struct world w;

		make_world(&w, seed, 40, 0);
		for (unsigned threads = 0; threads <= 5; threads++) {
			_cleanup_apply_result_ struct apply_result *r =
				apply(&w, threads, false);

			if (r->done != w.patches.n)
				fail_of(seed, r);
			assert_world(&w, r);
		}
		drop_world(&w);
	}
}

/* Where some do not apply, those that do are the same, for any number. */
static void with_patches_that_conflict(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 60; seed++) {
		struct world w;

		make_world(&w, seed, 30, 6);
		for (unsigned threads = 1; threads <= 3; threads++) {
			_cleanup_apply_result_ struct apply_result *r =
				apply(&w, threads, true);

			assert_world(&w, r);
		}
		drop_world(&w);
	}
}

/* All of them, backwards and in reverse order, onto the result: nothing is left. */
static void and_back(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 60; seed++) {
		_cleanup_apply_result_ struct apply_result *back = NULL;
		_cleanup_source_ struct blob_source *src = memory_source_new();
		struct apply_policy policy = { .threads = 2 };
		VEC(const struct patch *) both = { 0 };
		VEC(bool) reverse = { 0 };
		struct err e = { 0 };
		bool copies = false;
		struct world w;

		make_world(&w, seed, 30, 0);
		for (size_t i = 0; i < w.patches.n * 2; i++) {
			struct patch *p =
				w.patches
					.v[i < w.patches.n ? i : 2 * w.patches.n - 1 - i];

			for (uint32_t k = 0; k < p->nchanges; k++)
				copies |= p->changes[k].kind == CHANGE_COPY;
			vec_push(&both, p);
			vec_push(&reverse, i >= w.patches.n);
		}
		assert_int_equal(
			apply_series(src, both.v, reverse.v, both.n, &policy, &back, &e),
			0);
		/* A copy is not taken back: see docs/apply.md. */
		if (!copies) {
			assert_int_equal(back->done, both.n);
			assert_int_equal(back->nfiles, 0);
		}
		vec_release(&both);
		vec_release(&reverse);
		drop_world(&w);
	}
}

/* Keeps what after() is given, as a result that has the bytes. */
struct keeper {
	struct apply_watch watch;
	struct apply_result r;
	struct result_file files[NAMES];
	unsigned begun_again;
	pthread_mutex_t lock;
};

static int keep(struct apply_watch *s, const struct result_file *f,
		const struct iovec *pieces, size_t npieces, struct err *e)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	struct keeper *k = (struct keeper *)s;
	struct result_file *to;

	(void)e;
	pthread_mutex_lock(&k->lock);
	assert_true(k->r.nfiles < NAMES);
	to = &k->files[k->r.nfiles++];
	*to = *f;
	assert_int_equal(f->bytes.n, 0);
	for (size_t i = 0; i < npieces; i++)
		buf_add(&all, pieces[i].iov_base, pieces[i].iov_len);
	to->bytes = (struct slice){ arena_dup(&k->r.arena, all.data, all.len), all.len };
	pthread_mutex_unlock(&k->lock);
	return 0;
}

static int keep_again(struct apply_watch *s, struct err *e)
{
	struct keeper *k = (struct keeper *)s;

	(void)e;
	k->r.nfiles = 0;
	k->begun_again++;
	return 0;
}

static void after_gets_the_files(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 60; seed++) {
		_cleanup_source_ struct blob_source *src = memory_source_new();
		_cleanup_apply_result_ struct apply_result *r = NULL;
		struct keeper k = { .watch = { NULL, keep, keep_again },
				    .r = { .files = k.files } };
		struct apply_policy policy = { .threads = seed % 4,
					       .keep_going = true,
					       .watch = &k.watch };
		struct err e = { 0 };
		struct world w;

		pthread_mutex_init(&k.lock, NULL);
		make_world(&w, seed, 30, seed % 2 ? 6 : 0);
		if (apply_series(src, list(&w), NULL, w.patches.n, &policy, &r, &e))
			fail_msg("%s", e.msg);
		assert_world(&w, &k.r);
		assert_int_equal(r->nfiles, k.r.nfiles);
		for (size_t i = 0; i < r->nfiles; i++)
			assert_null(r->files[i].bytes.p);
		assert_int_equal(k.begun_again, seed % 2 && r->done < w.patches.n);
		arena_release(&k.r.arena);
		drop_world(&w);
	}
}

static const char two_files[] = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n"
				"--- a/y\n+++ b/y\n@@ -1 +1 @@\n-1\n+2\n";
static const char renames[] = "diff --git a/x b/z\nrename from x\nrename to z\n";
static const char below[] = "--- /dev/null\n+++ b/y/under\n@@ -0,0 +1 @@\n+1\n";

static size_t cut(const char *const *texts, size_t n)
{
	_cleanup_chains_ struct chains chains = { 0 };
	struct world w = { 0 };
	size_t steps = 0, found;

	for (size_t i = 0; i < n; i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		buf_adds(&b, texts[i]);
		add_patch(&w, &b);
	}
	assert_true(chains_make(list(&w), NULL, NULL, n, &chains));
	found = chains.n;
	for (size_t i = 0; i < n; i++)
		steps += w.patches.v[i]->nchanges;
	for (size_t i = 0; i < chains.n; i++) {
		steps -= chains.v[i].n;
		for (size_t k = 1; k < chains.v[i].n; k++)
			assert_true(chains.v[i].steps[k - 1].patch <=
				    chains.v[i].steps[k].patch);
	}
	assert_int_equal(steps, 0);
	drop_world(&w);
	return found;
}

static void files_that_hang_together(void **state)
{
	(void)state;
	assert_int_equal(cut((const char *[]){ two_files }, 1), 2);
	assert_int_equal(cut((const char *[]){ two_files, two_files }, 2), 2);
	/* z follows x. */
	assert_int_equal(cut((const char *[]){ two_files, renames }, 2), 2);
	/* y is a directory of y/under. */
	assert_int_equal(cut((const char *[]){ two_files, below }, 2), 2);
	assert_int_equal(cut((const char *[]){ below, two_files, renames }, 3), 2);
	assert_int_equal(cut((const char *[]){ below, renames }, 2), 2);
}

static void a_path_too_long(void **state)
{
	_cleanup_chains_ struct chains chains = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct world w = { 0 };

	(void)state;
	buf_adds(&b, "--- /dev/null\n+++ b");
	for (int i = 0; i < CHAIN_MAX_PATH; i++)
		buf_adds(&b, "/a");
	buf_adds(&b, "\n@@ -0,0 +1 @@\n+1\n");
	add_patch(&w, &b);
	assert_false(chains_make(list(&w), NULL, NULL, 1, &chains));
	drop_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_hang_together),
		cmocka_unit_test(a_path_too_long),
		cmocka_unit_test(any_number_of_threads),
		cmocka_unit_test(with_patches_that_conflict),
		cmocka_unit_test(and_back),
		cmocka_unit_test(after_gets_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
