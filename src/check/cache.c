// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/cache.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/map.h"

char *cache_unit_dir(const char *cache, const struct plan *plan, const struct cell *c)
{
	const struct plan_target *t = &plan->targets.v[c->target];
	char hex[SHA256_HEX];

	plan_unit_digest(plan, c, hex);
	return xasprintf("%s/build/%s-%s-%s-%s-%.12s", cache, t->conf->name,
			 c->arch->name, c->toolchain->name, c->config->name, hex);
}

static void add_paths(struct sha256 *h, const struct strlist *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		sha256_field(h, "path", slice_str(paths->v[i]));
}

char *cache_tree_dir(const char *cache, const struct plan *plan,
		     const struct conf_runtime *rt, const char *tree)
{
	char hex[SHA256_HEX];
	struct sha256 h;

	sha256_start(&h);
	/* The first trees could be left half removed, by the name of a whole one. */
	sha256_field(&h, "format", SLICE("2"));
	add_paths(&h, &plan->conf->checkout);
	if (rt)
		add_paths(&h, &rt->paths);
	sha256_hex(&h, hex);
	return xasprintf("%s/trees/%.16s-%.8s", cache, tree, hex);
}

char *cache_sources_dir(const char *cache, const struct cell *c, const char *assert)
{
	return xasprintf("%s/cocci/%.16s-%s", cache, c->key, assert);
}

static void keep(struct map *kept, char *path)
{
	map_set(kept, slice_str(path), kept);
	free(path);
}

static void keep_plan(const char *cache, const struct plan *plan, struct map *kept)
{
	vec_each (t, &plan->targets) {
		if (t->tree)
			keep(kept, cache_tree_dir(cache, plan, NULL, t->tree));
	}
	vec_each (c, &plan->cells) {
		if (c->arch)
			keep(kept, cache_unit_dir(cache, plan, c));
		if (c->runtime)
			keep(kept, cache_tree_dir(cache, plan, c->runtime,
						  plan->targets.v[c->target].tree));
		vec_each (a, &plan->conf->asserts)
			keep(kept, cache_sources_dir(cache, c, a->name));
	}
}

/* nftw() has no argument for its callback; each thread adds up its own. */
static __thread uint64_t counted;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path;
	(void)at;
	if (type == FTW_F && st->st_nlink == 1)
		counted += (uint64_t)st->st_blocks * 512;
	return 0;
}

void cache_left_add(struct cache_left *left, const char *path)
{
	counted = 0;
	nftw(path, count_one, 64, FTW_PHYS);
	left->bytes += counted;
	strvec_push(&left->paths, path);
}

static bool in_use(const char *path)
{
	_cleanup_free_ char *lock = xasprintf("%s.lock", path);
	struct fsx_lock l = FSX_LOCK_INIT;
	struct err e;
	bool used;

	if (!fsx_exists(lock))
		return false;
	used = fsx_lock(&l, lock, true, &e) != 0;
	fsx_unlock(&l);
	return used;
}

/* Somebody may be writing it right now; a day later he is not. */
static bool is_fresh(const char *path)
{
	struct stat st;

	return !stat(path, &st) && time(NULL) - st.st_mtime < 24 * 60 * 60;
}

static int look_in(const char *dir, const struct map *kept, const atomic_bool *cancel,
		   struct cache_left *left, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };

	if (!fsx_is_dir(dir))
		return 0;
	if (fsx_list(dir, &names, e))
		return e->code;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = path_join(dir, names.v[i]);
		bool locked = slice_ends(slice_str(path), ".lock");
		bool temporary = strchr(names.v[i], '.') && !strchr(names.v[i], '-');

		if (atomic_load(cancel))
			return err_set(e, ERR_CANCELLED, "interrupted");
		/* A lock file must never go: who holds it would then be alone with it. */
		if (locked || map_has(kept, slice_str(path)) || in_use(path) ||
		    (temporary && is_fresh(path)))
			continue;
		cache_left_add(left, path);
	}
	return 0;
}

int cache_leftover(const char *cache, const struct plan *plan, const atomic_bool *cancel,
		   struct cache_left *left, struct err *e)
{
	static const char *const dirs[] = { "build", "cocci", "trees" };
	struct map kept = { 0 };
	int rc = 0;

	keep_plan(cache, plan, &kept);
	for (size_t i = 0; !rc && i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *dir = path_join(cache, dirs[i]);

		rc = look_in(dir, &kept, cancel, left, e);
	}
	map_release(&kept);
	return rc;
}

/*
 * Aside first, in one step: a run that is killed while it removes must not leave half a
 * tree by the name that is taken for a whole one.
 */
static int remove_aside(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *gone =
		xasprintf("%.*s/gone.%ld", (int)(slash - path), path, (long)getpid());

	/* What a killed run of this number may have left. */
	if (fsx_remove(gone, e))
		return e->code;
	if (rename(path, gone))
		return errno == ENOENT ? 0 : err_sys(e, errno, "cannot rename '%s'", path);
	return fsx_remove(gone, e);
}

int cache_drop(const char *path, struct err *e)
{
	_cleanup_free_ char *lock = xasprintf("%s.lock", path);
	struct fsx_lock l = FSX_LOCK_INIT;
	int rc = 0;

	if (fsx_exists(lock) && fsx_lock(&l, lock, true, e)) {
		err_clear(e);
		return 0;
	}
	rc = remove_aside(path, e);
	fsx_unlock(&l);
	return rc;
}
