// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * ways SEED CASES WORK: random trees and series (gen.h), each applied in many ways, which
 * must all say and make the same: alone and among others, in any order of series that do
 * not touch each other, with 1, 2, 3 and 8 threads, of files in memory, on disk and in the
 * store, there as we pack them and as git does, read for the first time and again. Prints
 * TAP; each line that is not ok names seed, dialect, case and way.
 */

#include <stdio.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/vec.h"
#include "engine/apply_source.h"
#include "engine/tree_apply.h"
#include "engine/tree_source.h"
#include "gen.h"

#define BATCH 60

/* What is applied: a patch of a case. */
struct item {
	unsigned id, k;
	const struct patch *patch;
};

struct items {
	struct item v[BATCH * GEN_PATCHES];
	size_t n;
};

static const struct apply_policy policies[] = {
	{ .dialect = DIALECT_STRICT, .keep_going = true, .find_doubts = true },
	{ .dialect = DIALECT_PATCH, .keep_going = true, .remove_empty = true },
	{ .dialect = DIALECT_PATCH, .max_fuzz = 2, .keep_going = true, .find_doubts = true },
	{ .dialect = DIALECT_GIT, .keep_going = true },
};

struct batch {
	struct rng rng;
	uint64_t seed;
	const char *work;
	struct gen_case cases[BATCH];
	struct patch *patches[BATCH][GEN_PATCHES];
	bool dropped[BATCH]; /* it cannot stand in a store, or is an error alone */
	struct blob_source *memory, *disk;
	struct store *store;
	char base[OID_HEX];
	struct buf alone[BATCH]; /* what is said and made of the case by itself */
	bool applies[BATCH];
	size_t policy;
	unsigned asked, failed;
	struct err e;
};

static unsigned mode_of(const struct node *n)
{
	return n->kind == NODE_LINK ? MODE_LINK : n->exec ? MODE_EXEC : MODE_FILE;
}

static int put_node(struct batch *b, const char *path, const struct node *n)
{
	_cleanup_free_ char *where = xasprintf("%s/disk/%s", b->work, path);
	_cleanup_free_ char *dir = xmemdupz(where, (size_t)(strrchr(where, '/') - where));
	int rc = fsx_mkdirs(dir, &b->e);

	memory_source_add(b->memory, path, mode_of(n), buf_slice(&n->bytes));
	if (rc || n->kind == NODE_FILE)
		return rc ? rc : put_file(where, buf_slice(&n->bytes), n->exec, &b->e);
	return symlink(buf_str(&n->bytes), where) ? ERR_IO : 0;
}

/* Where it is a directory, or lies behind a file or link, all sources must say so. */
static const struct {
	const char *path;
	struct node node;
} corner_base[] = {
	{ "k/d/s/f", { NODE_FILE, false, { (char *)"x\n", 2, 0 } } },
	{ "k/e", { NODE_FILE, true, { (char *)"y\n", 2, 0 } } },
	{ "k/l", { NODE_LINK, false, { (char *)"d", 1, 0 } } },
};

#define NEW(path) "--- /dev/null\n+++ b/" path "\n@@ -0,0 +1 @@\n+1\n"
static const char *const corners[] = {
	NEW("k/d/s"),	  NEW("k/d"),	  NEW("k/e/new"),
	NEW("k/e/s/new"), NEW("k/l/new"), NEW("k/l/s/new"),
	NEW("k/n/new"),	  NEW("k/e"),	  NEW("k/l"),
	"--- a/k/l/s/f\n+++ b/k/l/s/f\n@@ -1 +1 @@\n-x\n+1\n",
	"--- a/k/d/s\n+++ b/k/d/s\n@@ -1 +1 @@\n-x\n+1\n",
	"--- a/k/e\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n",
	"diff --git a/k/d/s/f b/k/e/f\nrename from k/d/s/f\nrename to k/e/f\n",
	"diff --git a/k/d/s/f b/k/d\nrename from k/d/s/f\nrename to k/d\n",
	"diff --git a/k/l/s/f b/k/g\ncopy from k/l/s/f\ncopy to k/g\n",
};

/* The bases of all cases, in memory, on disk and in the store. */
static int put_bases(struct batch *b)
{
	struct store_change c[BATCH * GEN_NAMES + ARRAY_SIZE(corner_base)] = { 0 };
	_cleanup_free_ char *disk = path_join(b->work, "disk");
	struct arena a = ARENA_INIT;
	size_t n = 0;
	int rc = fsx_remove(disk, &b->e);

	if (!rc)
		rc = fsx_mkdirs(disk, &b->e);
	b->memory = memory_source_new();
	for (size_t i = 0; !rc && i < (size_t)BATCH * GEN_NAMES; i++) {
		const struct node *node = &b->cases[i / GEN_NAMES].base.n[i % GEN_NAMES];
		char *path = arena_printf(&a, "c%03zu/%s", i / GEN_NAMES,
					  gen_names[i % GEN_NAMES]);

		if (!node->kind || b->dropped[i / GEN_NAMES])
			continue;
		c[n++] = (struct store_change){ path, mode_of(node), buf_slice(&node->bytes) };
		rc = put_node(b, path, node);
	}
	for (size_t i = 0; !rc && i < ARRAY_SIZE(corner_base); i++) {
		const struct node *node = &corner_base[i].node;

		c[n++] = (struct store_change){ corner_base[i].path, mode_of(node),
						buf_slice(&node->bytes) };
		rc = put_node(b, corner_base[i].path, node);
	}
	if (!rc)
		rc = disk_source_new(disk, &b->disk, &b->e);
	if (!rc)
		rc = store_tree_with(b->store, NULL, c, n, b->base, &b->e);
	arena_release(&a);
	return rc;
}

/* A link that leaves the tree can be on disk, but not in the store. */
static bool stores_all(const struct gen_case *c)
{
	for (unsigned k = 0; k < GEN_NAMES; k++) {
		const struct node *n = &c->base.n[k];

		if (n->kind == NODE_LINK && !store_link_is_safe(slice_str(gen_names[k]),
								buf_slice(&n->bytes)))
			return false;
	}
	return true;
}

static void read_patches(struct batch *b, unsigned id)
{
	for (unsigned k = 0; k < b->cases[id].npatches; k++) {
		_cleanup_free_ char *name = xasprintf("c%03u.%u", id, k);
		_cleanup_buf_ struct buf text = BUF_INIT;
		struct err e;

		buf_add_slice(&text, buf_slice(&b->cases[id].patch[k]));
		if (patch_parse(name, &text, 1, &b->patches[id][k], &e))
			b->dropped[id] = true;
	}
}

static void say_hunk(const struct hunk_outcome *h, struct buf *out)
{
	buf_addf(out, "  %s %s line %u offset %d fuzz %u%s near %u %u/%u %u ",
		 hunk_fate_name(h->fate), conflict_name(h->reason), h->line, h->offset, h->fuzz,
		 h->ambiguous ? " ambiguous" : "", h->near.line, h->near.matched, h->near.of,
		 h->near.wrong_line);
	buf_add_slice(out, h->near.wanted);
	buf_addc(out, '|');
	buf_add_slice(out, h->near.found);
	buf_addc(out, '\n');
}

/* The patches that an outcome names are of the same case, or it is wrong. */
static void say_last(const struct items *all, const struct item *of, ssize_t last,
		     struct buf *out)
{
	if (last >= 0)
		buf_addf(out, " after %u%s", all->v[last].k,
			 all->v[last].id == of->id ? "" : " of another case");
}

static void say_patch(const struct items *all, const struct item *it,
		      const struct patch_outcome *o, struct buf *out)
{
	buf_addf(out, "%u: %s\n", it->k, apply_answer_name(o->answer));
	for (uint32_t i = 0; o->changes && i < o->patch->nchanges; i++) {
		const struct change_outcome *c = &o->changes[i];

		buf_addf(out, " %.*s: %s %s%s", SLICE_ARG(c->path), apply_answer_name(c->answer),
			 conflict_name(c->reason), c->idle ? " idle" : "");
		say_last(all, it, c->last_patch, out);
		buf_addc(out, '\n');
		for (uint32_t k = 0; k < c->change->nhunks; k++)
			say_hunk(&c->hunks[k], out);
	}
	apply_explain(o, out);
}

/* All that came of one case. */
static void say(const struct items *all, const struct apply_result *r, unsigned id,
		struct buf *out)
{
	_cleanup_free_ char *top = xasprintf("c%03u/", id);

	buf_clear(out);
	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i].id == id)
			say_patch(all, &all->v[i], &r->patches[i], out);
	}
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct result_file *f = &r->files[i];

		if (!slice_starts(f->path, top))
			continue;
		buf_addf(out, "%.*s %d %o was %o", SLICE_ARG(f->path), f->deleted, f->mode,
			 f->base_mode);
		say_last(all, &all->v[f->last_patch], (ssize_t)f->last_patch, out);
		buf_addf(out, ", %zu bytes:\n", f->bytes.n);
		buf_add_slice(out, f->bytes);
	}
}

static int apply_items(struct batch *b, struct blob_source *src, const struct items *all,
		       unsigned threads, struct apply_result **r, char tree[static OID_HEX])
{
	const struct patch *list[BATCH * GEN_PATCHES];
	struct apply_policy policy = policies[b->policy];

	policy.threads = threads;
	for (size_t i = 0; i < all->n; i++)
		list[i] = all->v[i].patch;
	err_clear(&b->e);
	if (!src)
		return tree_apply(b->store, b->base, list, NULL, all->n, &policy, r, tree, &b->e);
	return apply_series(src, list, NULL, all->n, &policy, r, &b->e);
}

static void add_case(const struct batch *b, unsigned id, struct items *out)
{
	for (unsigned k = 0; k < b->cases[id].npatches; k++)
		out->v[out->n++] = (struct item){ id, k, b->patches[id][k] };
}

/* One after the other, or each as good a next one as any other. */
static void choose(struct batch *b, bool all, bool mix, struct items *out)
{
	unsigned next[BATCH] = { 0 }, left = 0;

	out->n = 0;
	for (unsigned i = 0; i < BATCH; i++) {
		if (b->dropped[i] || !(all || b->applies[i]))
			next[i] = GEN_PATCHES;
		else if (!mix)
			add_case(b, i, out);
		else
			left += b->cases[i].npatches;
	}
	while (mix && left) {
		unsigned i = below(&b->rng, BATCH);

		if (next[i] >= b->cases[i].npatches)
			continue;
		out->v[out->n++] = (struct item){ i, next[i], b->patches[i][next[i]] };
		next[i]++;
		left--;
	}
}

static void wrong(struct batch *b, unsigned id, const char *way, struct slice want,
		  struct slice got)
{
	if (!b->failed++)
		printf("# seed %llu dialect %zu case %u, %s:\n# wanted %.*s\n# got %.*s\n",
		       (unsigned long long)b->seed, b->policy, id, way, SLICE_ARG(want),
		       SLICE_ARG(got));
}

static void compare(struct batch *b, const struct items *all, const struct apply_result *r,
		    const char *way)
{
	_cleanup_buf_ struct buf got = BUF_INIT;
	bool seen[BATCH] = { false };

	for (size_t i = 0; i < all->n; i++) {
		unsigned id = all->v[i].id;

		if (seen[id])
			continue;
		seen[id] = true;
		say(all, r, id, &got);
		b->asked++;
		if (!slice_eq(buf_slice(&got), buf_slice(&b->alone[id])))
			wrong(b, id, way, buf_slice(&b->alone[id]), buf_slice(&got));
	}
}

static void one_way(struct batch *b, struct blob_source *src, const struct items *all,
		    unsigned threads, const char *name)
{
	_cleanup_free_ char *way = xasprintf("%s with %u threads", name, threads);
	_cleanup_apply_result_ struct apply_result *r = NULL;

	if (apply_items(b, src, all, threads, &r, (char[OID_HEX]){ 0 }))
		wrong(b, BATCH, way, SLICE("no error"), slice_str(b->e.msg));
	else
		compare(b, all, r, way);
}

/* The store anew: what it keeps in memory is gone. */
static int reopen(struct batch *b)
{
	_cleanup_free_ char *cache = path_join(b->work, "cache");

	store_close(b->store);
	b->store = NULL;
	return store_open(cache, &b->store, &b->e);
}

static int from_store(struct batch *b, const struct items *all, const char *name)
{
	static const unsigned threads[] = { 8, 1, 3, 2 };
	struct tree_source src;
	int rc = reopen(b);

	for (size_t i = 0; !rc && i < ARRAY_SIZE(threads); i++) {
		tree_source_init(&src, b->store, b->base);
		one_way(b, &src.source, all, threads[i], name);
	}
	return rc;
}

/* The tree that it makes, of which nobody but the store knows. */
static int into_store(struct batch *b, const struct items *all)
{
	char want[OID_HEX] = "", tree[OID_HEX];

	for (unsigned threads = 1; threads <= 8; threads++) {
		_cleanup_apply_result_ struct apply_result *r = NULL;

		if (apply_items(b, NULL, all, threads, &r, tree))
			return b->e.code;
		b->asked++;
		if (threads == 1)
			memcpy(want, tree, OID_HEX);
		else if (strcmp(want, tree))
			wrong(b, threads, "tree", slice_str(want), slice_str(tree));
	}
	return 0;
}

static int all_ways(struct batch *b, const char *packed)
{
	struct items all;
	int rc = 0;

	for (int way = 0; !rc && way < 4; way++) {
		choose(b, way & 1, way & 2, &all);
		for (unsigned n = 1; n <= 8; n += n < 3 ? 1 : 5) {
			one_way(b, b->memory, &all, n, "memory");
			one_way(b, b->disk, &all, n, "disk");
		}
		rc = from_store(b, &all, packed);
	}
	choose(b, false, true, &all);
	return rc ? rc : into_store(b, &all);
}

static void alone(struct batch *b)
{
	for (unsigned i = 0; i < BATCH; i++) {
		_cleanup_apply_result_ struct apply_result *r = NULL;
		struct items all = { .n = 0 };

		add_case(b, i, &all);
		b->applies[i] = false;
		if (b->dropped[i] || apply_items(b, b->memory, &all, 1, &r, (char[OID_HEX]){ 0 })) {
			b->dropped[i] = true;
			continue;
		}
		say(&all, r, i, &b->alone[i]);
		b->applies[i] = true;
		for (size_t k = 0; k < r->npatches; k++)
			b->applies[i] &= r->patches[k].answer == ANSWER_APPLIES;
	}
}

static void say_corner(struct batch *b, struct blob_source *src, const struct patch *p,
		       struct buf *out)
{
	_cleanup_apply_result_ struct apply_result *r = NULL;
	struct items all = { .v = { { 0, 0, p } }, .n = 1 };
	char tree[OID_HEX];

	if (apply_items(b, src, &all, 2, &r, tree))
		buf_addf(out, "%d %s\n", b->e.code, b->e.msg);
	else
		say_patch(&all, all.v, &r->patches[0], out);
}

static int try_corners(struct batch *b)
{
	for (unsigned i = 0; i < ARRAY_SIZE(corners); i++) {
		_cleanup_buf_ struct buf want = BUF_INIT, disk = BUF_INIT, in = BUF_INIT;
		_cleanup_buf_ struct buf text = BUF_INIT, into = BUF_INIT;
		struct patch *p = NULL;
		struct tree_source src;

		buf_adds(&text, corners[i]);
		if (patch_parse("corner", &text, 1, &p, &b->e))
			return b->e.code;
		tree_source_init(&src, b->store, b->base);
		say_corner(b, b->memory, p, &want);
		say_corner(b, b->disk, p, &disk);
		say_corner(b, &src.source, p, &in);
		say_corner(b, NULL, p, &into);
		patch_free(p);
		b->asked += 3;
		if (!slice_eq(buf_slice(&want), buf_slice(&disk)))
			wrong(b, i, "corner on disk", buf_slice(&want), buf_slice(&disk));
		if (!slice_eq(buf_slice(&want), buf_slice(&in)))
			wrong(b, i, "corner of the store", buf_slice(&want), buf_slice(&in));
		if (!slice_eq(buf_slice(&want), buf_slice(&into)))
			wrong(b, i, "corner onto the store", buf_slice(&want), buf_slice(&into));
	}
	return 0;
}

/* As git would have the objects after a while: deltas, and all of it in one pack. */
static int repack(struct batch *b)
{
	static const char *const keep[] = { "git", "--git-dir=store.git", "repack", "-adfq", NULL };
	int rc = store_keep(b->store, "base", b->base, &b->e);

	return rc ? rc : run_tool(b->work, "cache", keep, SLICE(""), NULL, NULL, &b->e);
}

static int prepare(struct batch *b)
{
	for (unsigned i = 0; i < BATCH; i++) {
		gen_case(&b->rng, i, &b->cases[i]);
		b->dropped[i] = !stores_all(&b->cases[i]);
		read_patches(b, i);
	}
	return put_bases(b);
}

static void release(struct batch *b)
{
	for (unsigned i = 0; i < BATCH; i++) {
		gen_case_release(&b->cases[i]);
		for (unsigned k = 0; k < GEN_PATCHES; k++) {
			patch_free(b->patches[i][k]);
			b->patches[i][k] = NULL;
		}
	}
	blob_source_free(b->memory);
	blob_source_free(b->disk);
	b->memory = b->disk = NULL;
}

static int run_batch(struct batch *b)
{
	int rc = reopen(b);

	if (!rc)
		rc = prepare(b);
	for (b->policy = 0; !rc && b->policy < ARRAY_SIZE(policies); b->policy++) {
		alone(b);
		rc = all_ways(b, "store");
		if (!rc)
			rc = try_corners(b);
	}
	if (!rc)
		rc = repack(b);
	for (b->policy = 0; !rc && b->policy < ARRAY_SIZE(policies); b->policy++) {
		alone(b);
		rc = all_ways(b, "repacked store");
	}
	release(b);
	return rc;
}

int main(int argc, char **argv)
{
	static struct batch b;
	unsigned long cases;
	int rc = 0;

	if (argc != 4) {
		fputs("usage: ways SEED CASES WORK\n", stderr);
		return 2;
	}
	b.seed = strtoull(argv[1], NULL, 10);
	b.work = argv[3];
	cases = strtoul(argv[2], NULL, 10);
	rng_seed(&b.rng, b.seed);
	for (unsigned long done = 0; !rc && done < cases; done += BATCH)
		rc = run_batch(&b);
	if (rc)
		printf("# %s\n", b.e.msg);
	printf("%s 1 - %u cases in a way, %u of them otherwise\n1..1\n",
	       rc || b.failed ? "not ok" : "ok", b.asked, b.failed);
	for (unsigned i = 0; i < BATCH; i++)
		buf_release(&b.alone[i]);
	store_close(b.store);
	return rc || b.failed;
}
