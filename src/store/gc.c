// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/gc.h"

#include <ftw.h>
#include <stdio.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "store/base.h"
#include "store/tree.h"

/* Packs are copied, not made anew: an hour is for the slowest of disks. */
#define GC_TIMEOUT 3600
/* Less is not worth writing all packs anew. */
#define MIN_WASTE ((uint64_t)1 << 20)

struct gc {
	const struct store_gc_opts *o;
	char *cache, *dir; /* dir: <cache>/store.git */
	struct fsx_lock fetch, use;
	struct buf roots; /* for rev-list: what is needed, a line each */
	struct buf refs;  /* for update-ref: what shall be so before git looks */
	struct store_gc *out;
};

static int git(const struct gc *g, const char *const *args, struct slice input,
	       struct proc_result *r, struct err *e)
{
	static const char *const head[] = { "git", "-c", "pack.window=0", "-c",
					    "core.hooksPath=/dev/null", "-c",
					    "core.fsync=all", NULL };
	_cleanup_strvec_ struct strvec argv = { 0 };
	struct proc_spec spec = { .input = input,
				  .timeout_s = GC_TIMEOUT,
				  .cancel = g->o->cancel };

	strvec_push_all(&argv, head);
	strvec_pushf(&argv, "--git-dir=%s", g->dir);
	strvec_push_all(&argv, args);
	spec.argv = (const char *const *)argv.v;
	return proc_check(&spec, r, e);
}

/* nftw() has no argument for its callback. */
static __thread uint64_t counted;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	if (type == FTW_F && !slice_ends(slice_str(path), ".idx"))
		counted += (uint64_t)st->st_size;
	return 0;
}

static uint64_t bytes_of_objects(const struct gc *g)
{
	_cleanup_free_ char *objects = path_join(g->dir, "objects");

	counted = 0;
	nftw(objects, count_one, 64, FTW_PHYS);
	return counted;
}

/* A recorded base: needed, or its target is gone and so are the names it has. */
static void look_at_base(struct gc *g, const struct store *s, const char *target)
{
	bool stays = !g->o->keep || strvec_has(g->o->keep, target);
	struct base *b = NULL;
	struct err ignored;

	if (!stays) {
		strvec_push(&g->out->gone, target);
		buf_addf(&g->refs, "delete refs/carry/bases/%s\n", target);
		buf_addf(&g->refs, "delete refs/carry/git/%s\n", target);
		return;
	}
	/* A record whose tree is lost names nothing that could be kept. */
	if (base_load(g->cache, target, &b, &ignored))
		return;
	if (store_has(s, b->tree)) {
		buf_addf(&g->roots, "%s\n", b->tree);
		buf_addf(&g->refs, "update refs/carry/bases/%s %s\n", target, b->tree);
	}
	base_free(b);
}

static int look_at_bases(struct gc *g, struct err *e)
{
	_cleanup_free_ char *dir = path_join(g->cache, "bases");
	_cleanup_strvec_ struct strvec names = { 0 };
	struct store *s = NULL;
	int rc = 0;

	if (fsx_is_dir(dir))
		rc = fsx_list(dir, &names, e);
	if (!rc)
		rc = store_open(g->cache, &s, e);
	for (size_t i = 0; !rc && i < names.n; i++) {
		struct slice name = slice_str(names.v[i]);

		if (slice_ends(name, ".json")) {
			names.v[i][name.n - strlen(".json")] = '\0';
			look_at_base(g, s, names.v[i]);
		}
	}
	store_close(s);
	return rc;
}

/* Bytes of what is needed, as it lies in packs and files now. */
static int bytes_needed(struct gc *g, uint64_t *bytes, struct err *e)
{
	_cleanup_strvec_ struct strvec args = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc;

	strvec_push_all(&args, (const char *const[]){ "rev-list", "--objects",
						      "--disk-usage", "--stdin", NULL });
	vec_each (t, &g->out->gone) {
		strvec_pushf(&args, "--exclude=refs/carry/bases/%s", *t);
		strvec_pushf(&args, "--exclude=refs/carry/git/%s", *t);
	}
	strvec_push(&args, "--all");
	rc = git(g, (const char *const *)args.v, buf_slice(&g->roots), &r, e);
	if (rc)
		return err_wrap(e, "cannot tell what of '%s' is needed", g->dir);
	*bytes = strtoull(buf_str(&r.out), NULL, 10);
	return 0;
}

static int forget(struct gc *g, struct err *e)
{
	static const char *const suffixes[] = { "json", "none" };

	vec_each (t, &g->out->gone) {
		for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
			_cleanup_free_ char *path =
				xasprintf("%s/bases/%s.%s", g->cache, *t, suffixes[i]);

			if (fsx_remove(path, e))
				return e->code;
		}
	}
	return 0;
}

/*
 * References first: git must find a name for all that stays. Records go after them, so
 * that a run which was broken off is taken up by the next.
 */
static int sweep(struct gc *g, struct err *e)
{
	const char *update[] = { "update-ref", "--stdin", NULL };
	const char *collect[] = { "gc", "--prune=now", "--quiet", NULL };
	_cleanup_proc_ struct proc_result r = { 0 }, r2 = { 0 };

	if (g->refs.len && git(g, update, buf_slice(&g->refs), &r, e))
		return err_wrap(e, "cannot name what is needed of '%s'", g->dir);
	if (forget(g, e))
		return e->code;
	if (git(g, collect, SLICE(""), &r2, e))
		return err_wrap(e, "cannot clean '%s'", g->dir);
	return 0;
}

static int lock_out(struct gc *g, struct err *e)
{
	_cleanup_free_ char *use = path_join(g->cache, STORE_LOCK);

	return fsx_lock(&g->use, use, true, e);
}

static int run(struct gc *g, struct err *e)
{
	_cleanup_free_ char *fetch = path_join(g->cache, "fetch.lock");
	uint64_t needed = 0, left;

	if (fsx_lock(&g->fetch, fetch, true, e) || look_at_bases(g, e) ||
	    lock_out(g, e) || bytes_needed(g, &needed, e))
		return e->code;
	g->out->total = bytes_of_objects(g);
	g->out->freed = g->out->total > needed ? g->out->total - needed : 0;
	if (g->o->dry_run)
		return 0;
	if (g->out->freed < MIN_WASTE && !g->out->gone.n) {
		g->out->freed = 0;
		return 0;
	}
	if (sweep(g, e))
		return e->code;
	left = bytes_of_objects(g);
	g->out->freed = g->out->total > left ? g->out->total - left : 0;
	return 0;
}

int store_gc(const char *cache, const struct store_gc_opts *o, struct store_gc *out,
	     struct err *e)
{
	struct gc g = { .o = o,
			.cache = xstrdup(cache),
			.dir = path_join(cache, "store.git"),
			.fetch = FSX_LOCK_INIT,
			.use = FSX_LOCK_INIT,
			.out = out };
	int rc = 0;

	*out = (struct store_gc){ 0 };
	if (fsx_is_dir(g.dir))
		rc = run(&g, e);
	fsx_unlock(&g.use);
	fsx_unlock(&g.fetch);
	buf_release(&g.roots);
	buf_release(&g.refs);
	free(g.cache);
	free(g.dir);
	return rc;
}
