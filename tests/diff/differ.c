// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * differ SEED CASES WORK: random files, random changes of them, random changes of
 * the patches; each is applied by us, by GNU patch and by git apply. Everything of one
 * batch goes through one run of the other program; a .rej file says which failed.
 * Prints TAP; each line that is not ok names seed and case.
 *
 * Asked: with DIALECT_PATCH we agree with GNU patch, with and without fuzz; with
 * DIALECT_GIT with git apply; what DIALECT_STRICT accepts GNU patch accepts too, with
 * the same bytes; forward and back again is nothing.
 */

#include <stdio.h>

#include "base/fsx.h"
#include "base/vec.h"
#include "common.h"
#include "engine/apply_source.h"

#define BATCH 250

struct text {
	VEC(uint32_t) lines; /* line k is the text "line k\n" */
	bool no_eol;
};

struct one {
	struct text a, b, c;
	struct buf patch; /* of this case alone, as it goes to all programs */
};

struct batch {
	struct rng rng;
	uint64_t seed;
	const char *work;
	struct one cases[BATCH];
	unsigned context;
	struct err e;
	bool we, they; /* of the last comparison: applied, and what it made */
	struct buf x, y;
	unsigned tests, failed, applied[3], refused[3], excused;
};

static void render(const struct text *t, struct buf *out)
{
	for (size_t i = 0; i < t->lines.n; i++)
		buf_addf(out, "line %u\n", t->lines.v[i]);
	if (t->no_eol && out->len)
		buf_truncate(out, out->len - 1);
}

static void copy_text(struct text *to, const struct text *from)
{
	to->lines.n = 0;
	vec_each (l, &from->lines)
		vec_push(&to->lines, *l);
	to->no_eol = from->no_eol;
}

static void insert(struct text *t, size_t at, uint32_t line)
{
	vec_push(&t->lines, 0);
	memmove(t->lines.v + at + 1, t->lines.v + at,
		(t->lines.n - 1 - at) * sizeof(*t->lines.v));
	t->lines.v[at] = line;
}

static void remove_at(struct text *t, size_t at)
{
	memmove(t->lines.v + at, t->lines.v + at + 1,
		(t->lines.n - 1 - at) * sizeof(*t->lines.v));
	t->lines.n--;
}

/* Lines out of a small stock, so that places repeat. */
static void mutate(struct batch *b, struct text *t, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		size_t n = t->lines.n;
		uint32_t line = below(&b->rng, 12);

		switch (below(&b->rng, 3)) {
		case 0:
			insert(t, below(&b->rng, (uint32_t)n + 1), line);
			break;
		case 1:
			if (n)
				remove_at(t, below(&b->rng, (uint32_t)n));
			break;
		default:
			if (n)
				t->lines.v[below(&b->rng, (uint32_t)n)] = line;
		}
	}
	if (!below(&b->rng, 20))
		t->no_eol = !t->no_eol;
}

static void make_case(struct batch *b, struct one *o)
{
	uint32_t n = 1 + below(&b->rng, below(&b->rng, 2) ? 12 : 60);

	o->a.lines.n = 0;
	for (uint32_t i = 0; i < n; i++)
		vec_push(&o->a.lines, below(&b->rng, 12));
	o->a.no_eol = !below(&b->rng, 10);
	copy_text(&o->b, &o->a);
	mutate(b, &o->b, 1 + below(&b->rng, 5));
	copy_text(&o->c, &o->a);
	mutate(b, &o->c, below(&b->rng, 5));
}

static int put(struct batch *b, const char *dir, unsigned i, const struct text *t)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *path = xasprintf("%s/%s/f%03u", b->work, dir, i);

	render(t, &out);
	return put_file(path, buf_slice(&out), false, &b->e);
}

static int run(struct batch *b, const char *dir, const char *const *argv, struct buf *out)
{
	return run_tool(b->work, dir, argv, SLICE(""), out, NULL, &b->e);
}

/* A hunk with its header's numbers moved or an end of its context cut off. */
static void write_hunk(struct batch *b, const struct hunk *h, struct buf *out)
{
	uint32_t old_start = h->old_start, new_start = h->new_start, first = 0;
	uint32_t old_count = h->old_count, new_count = h->new_count, last = h->nlines;
	bool end = h->lines[h->nlines - 1].no_eol;

	if (!below(&b->rng, 6) && h->prefix && h->nlines > 1) {
		first = 1;
		old_start++, new_start++, old_count--, new_count--;
	}
	if (!below(&b->rng, 6) && h->suffix && !end && last - first > 1) {
		last--;
		old_count--, new_count--;
	}
	if (!below(&b->rng, 5) && old_start && new_start) {
		uint32_t d = below(&b->rng, 4);

		old_start += d;
		new_start += d;
	}
	if (!old_count && !new_count) {
		first = 0, last = h->nlines;
		old_count = h->old_count, new_count = h->new_count;
	}
	buf_addf(out, "@@ -%u,%u +%u,%u @@\n", old_start, old_count, new_start,
		 new_count);
	for (uint32_t i = first; i < last; i++) {
		const struct patch_line *l = &h->lines[i];

		buf_addc(out, l->op);
		buf_add(out, l->p, l->n);
		if (l->no_eol)
			buf_adds(out, "\n\\ No newline at end of file\n");
	}
}

static void write_change(struct batch *b, const struct change *c)
{
	unsigned i = (unsigned)atoi(c->new_path.p + 1);
	struct buf *out = &b->cases[i].patch;

	buf_addf(out, "--- a/f%03u\n+++ b/f%03u\n", i, i);
	for (uint32_t k = 0; k < c->nhunks; k++)
		write_hunk(b, &c->hunks[k], out);
}

static int make_patches(struct batch *b)
{
	_cleanup_free_ char *u = xasprintf("-U%u", b->context);
	const char *const argv[] = { "diff", "-r", u, "a", "b", NULL };
	_cleanup_patch_ struct patch *p = NULL;
	_cleanup_buf_ struct buf raw = BUF_INIT;
	int rc = run(b, ".", argv, &raw);

	if (!rc)
		rc = patch_parse("diff", &raw, 1, &p, &b->e);
	for (uint32_t i = 0; !rc && i < p->nchanges; i++)
		write_change(b, &p->changes[i]);
	return rc;
}

static int prepare(struct batch *b)
{
	static const char *const dirs[] = { "a", "b", "patch0", "patch2", "git" };
	_cleanup_buf_ struct buf all = BUF_INIT;
	_cleanup_free_ char *path = xasprintf("%s/all.patch", b->work);
	int rc = 0;

	for (size_t d = 0; d < ARRAY_SIZE(dirs) && !rc; d++) {
		_cleanup_free_ char *dir = path_join(b->work, dirs[d]);

		rc = fsx_remove(dir, &b->e);
		if (!rc)
			rc = fsx_mkdirs(dir, &b->e);
	}
	for (unsigned i = 0; i < BATCH && !rc; i++) {
		struct one *o = &b->cases[i];

		make_case(b, o);
		buf_clear(&o->patch);
		rc = put(b, "a", i, &o->a);
		if (!rc)
			rc = put(b, "b", i, &o->b);
		for (size_t d = 2; d < ARRAY_SIZE(dirs) && !rc; d++)
			rc = put(b, dirs[d], i, &o->c);
	}
	if (!rc)
		rc = make_patches(b);
	for (unsigned i = 0; i < BATCH; i++)
		buf_add_slice(&all, buf_slice(&b->cases[i].patch));
	return rc ? rc : put_file(path, buf_slice(&all), false, &b->e);
}

static int others(struct batch *b)
{
	static const char *const patch0[] = {
		"patch", "-p1",		 "-f", "-s", "-F0", "--no-backup-if-mismatch",
		"-i",	 "../all.patch", NULL
	};
	static const char *const patch2[] = {
		"patch", "-p1",		 "-f", "-s", "-F2", "--no-backup-if-mismatch",
		"-i",	 "../all.patch", NULL
	};
	static const char *const git[] = {
		"git",		"apply", "-p1", "--reject", "--whitespace=nowarn",
		"../all.patch", NULL
	};
	int rc = run(b, "patch0", patch0, NULL);

	if (!rc)
		rc = run(b, "patch2", patch2, NULL);
	return rc ? rc : run(b, "git", git, NULL);
}

/* Empty *out and false: it was refused. */
static bool theirs(struct batch *b, const char *dir, unsigned i, struct buf *out)
{
	_cleanup_free_ char *path = xasprintf("%s/%s/f%03u", b->work, dir, i);
	_cleanup_free_ char *rej = xasprintf("%s.rej", path);
	struct err e = { 0 };

	if (fsx_exists(rej))
		return false;
	/* A file that became empty may be gone: for both that is the same result. */
	if (fsx_read(path, out, &e) && e.code != ERR_NOTFOUND)
		return false;
	return true;
}

static bool ours(struct batch *b, unsigned i, struct apply_policy policy, struct buf *out)
{
	_cleanup_source_ struct blob_source *src = memory_source_new();
	_cleanup_apply_result_ struct apply_result *r = NULL;
	_cleanup_buf_ struct buf bytes = BUF_INIT, base = BUF_INIT;
	_cleanup_patch_ struct patch *p = NULL;
	_cleanup_free_ char *name = xasprintf("f%03u", i);
	struct err e = { 0 };
	bool fits;

	render(&b->cases[i].c, &base);
	memory_source_add(src, name, 0100644, buf_slice(&base));
	buf_add_slice(&bytes, buf_slice(&b->cases[i].patch));
	if (patch_parse("case", &bytes, 1, &p, &e) ||
	    apply_series(src, (const struct patch *const *)&p, NULL, 1, &policy, &r,
			 &e)) {
		printf("# %s\n", e.msg);
		return false;
	}
	fits = r->patches[0].answer == ANSWER_APPLIES;
	if (fits && r->nfiles)
		buf_add_slice(out, r->files[0].bytes);
	else if (fits)
		buf_add_slice(out, buf_slice(&base));
	return fits;
}

static void show(struct batch *b, unsigned i)
{
	_cleanup_buf_ struct buf c = BUF_INIT;
	struct slice rest, line;

	render(&b->cases[i].c, &c);
	printf("# -- we: %d '%.*s' they: %d '%.*s'\n", b->we, SLICE_ARG(buf_slice(&b->x)),
	       b->they, SLICE_ARG(buf_slice(&b->y)));
	for (int k = 0; k < 2; k++) {
		rest = k ? buf_slice(&b->cases[i].patch) : buf_slice(&c);
		printf("# -- %s\n", k ? "patch" : "file");
		while (slice_line(&rest, &line))
			printf("# %.*s%s", SLICE_ARG(line),
			       slice_ends(line, "\n") ? "" : "\n");
	}
}

static void result(struct batch *b, unsigned i, const char *what, bool same)
{
	if (same)
		return;
	b->failed++;
	printf("# seed %llu case %u: %s\n", (unsigned long long)b->seed, i, what);
	if (b->failed <= 10)
		show(b, i);
}

/* Same answer, and the same bytes when it applies; @oneway: only when we apply it. */
static bool agree(struct batch *b, unsigned i, const char *dir,
		  struct apply_policy policy, bool oneway)
{
	buf_clear(&b->x);
	buf_clear(&b->y);
	b->we = ours(b, i, policy, &b->x);
	b->they = theirs(b, dir, i, &b->y);
	b->tests++;
	b->applied[policy.dialect] += b->we;
	b->refused[policy.dialect] += !b->we;
	if (!b->we)
		return oneway || !b->they;
	return b->they && slice_eq(buf_slice(&b->x), buf_slice(&b->y));
}

/*
 * The differences that docs/apply.md explains: GNU patch with fuzz, and git apply
 * without context, add a line behind one without LF on the same line; git takes context
 * without LF for the beginning of a line, and joins it with the next; with fuzz, GNU
 * patch judges hunks by numbers that overlap.
 */
static bool is_known(struct batch *b, unsigned i, struct apply_policy policy)
{
	bool known = false;

	if (policy.dialect == DIALECT_GIT || policy.max_fuzz)
		known = b->we && b->they &&
			lf_less(buf_slice(&b->x), buf_slice(&b->y));
	if (policy.dialect == DIALECT_GIT && !known)
		known = b->they && context_without_lf(buf_slice(&b->cases[i].patch));
	if (policy.max_fuzz && !known)
		known = hunks_overlap(buf_slice(&b->cases[i].patch));
	b->excused += known;
	return known;
}

static bool there_and_back(struct batch *b, unsigned i)
{
	_cleanup_source_ struct blob_source *src = memory_source_new();
	_cleanup_apply_result_ struct apply_result *r = NULL;
	_cleanup_buf_ struct buf bytes = BUF_INIT, base = BUF_INIT;
	_cleanup_patch_ struct patch *p = NULL;
	_cleanup_free_ char *name = xasprintf("f%03u", i);
	const struct apply_policy policy = APPLY_POLICY_INIT;
	const bool reverse[] = { false, true };
	const struct patch *both[2];
	struct err e = { 0 };

	render(&b->cases[i].c, &base);
	memory_source_add(src, name, 0100644, buf_slice(&base));
	buf_add_slice(&bytes, buf_slice(&b->cases[i].patch));
	if (patch_parse("case", &bytes, 1, &p, &e))
		return false;
	both[0] = both[1] = p;
	if (apply_series(src, both, reverse, 2, &policy, &r, &e))
		return false;
	/* Reversed it may match in another place: then it must at least say so. */
	return r->patches[0].answer != ANSWER_APPLIES ||
	       r->patches[0].changes[0].hunks[0].fate != HUNK_EXACT ||
	       r->patches[1].answer != ANSWER_APPLIES || r->nfiles == 0 ||
	       r->hunks_offset;
}

static void compare(struct batch *b)
{
	const struct apply_policy strict = APPLY_POLICY_INIT;
	const struct apply_policy patch0 = { .dialect = DIALECT_PATCH };
	const struct apply_policy patch2 = { .dialect = DIALECT_PATCH, .max_fuzz = 2 };
	const struct apply_policy git = { .dialect = DIALECT_GIT };

	for (unsigned i = 0; i < BATCH; i++) {
		if (!b->cases[i].patch.len)
			continue;
		result(b, i, "GNU patch -F0", agree(b, i, "patch0", patch0, false));
		result(b, i, "GNU patch -F2",
		       agree(b, i, "patch2", patch2, false) || is_known(b, i, patch2));
		result(b, i, "git apply",
		       agree(b, i, "git", git, false) || is_known(b, i, git));
		result(b, i, "strict, GNU patch differs",
		       agree(b, i, "patch0", strict, true));
		result(b, i, "there and back", there_and_back(b, i));
	}
}

int main(int argc, char **argv)
{
	struct batch b = { 0 };
	unsigned long cases;
	int rc = 0;

	if (argc != 4)
		return 2;
	b.seed = strtoull(argv[1], NULL, 10);
	b.work = argv[3];
	rng_seed(&b.rng, b.seed);
	cases = strtoul(argv[2], NULL, 10);
	for (unsigned long done = 0; done < cases && !rc; done += BATCH) {
		b.context = below(&b.rng, 4);
		rc = prepare(&b);
		if (!rc)
			rc = others(&b);
		if (!rc)
			compare(&b);
	}
	if (rc)
		printf("Bail out! %s\n", b.e.msg);
	printf("# %u comparisons, %u known differences; strict %u applied, %u refused; patch %u, %u; git %u, %u\n",
	       b.tests, b.excused, b.applied[0], b.refused[0], b.applied[1], b.refused[1],
	       b.applied[2], b.refused[2]);
	printf("%sok 1 - seed %llu: all programs agree\n1..1\n",
	       b.failed || rc ? "not " : "", (unsigned long long)b.seed);
	buf_release(&b.x);
	buf_release(&b.y);
	for (unsigned i = 0; i < BATCH; i++) {
		vec_release(&b.cases[i].a.lines);
		vec_release(&b.cases[i].b.lines);
		vec_release(&b.cases[i].c.lines);
		buf_release(&b.cases[i].patch);
	}
	return b.failed || rc ? 1 : 0;
}
