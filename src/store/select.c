// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/select.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/fsx.h"

#define MAX_PATH_LEN 4096
#define MAX_THREADS  64
/* Files a thread takes at a time: neighbours in the tree are neighbours in the pack. */
#define CHUNK 32

struct walk {
	const struct store *s;
	const struct strlist *patterns;
	bool *used; /* by pattern */
	struct selection *out;
	char path[MAX_PATH_LEN];
};

void selection_release(struct selection *sel)
{
	vec_release(&sel->files);
	arena_release(&sel->arena);
}

static bool is_plain(const char *pattern)
{
	return !strpbrk(pattern, "*?");
}

static bool match_name(const char *pattern, size_t pn, const char *name, size_t n)
{
	char p[256], s[256];

	if (pn >= sizeof(p) || n >= sizeof(s))
		return false;
	memcpy(p, pattern, pn);
	memcpy(s, name, n);
	p[pn] = s[n] = '\0';
	return !fnmatch(p, s, FNM_NOESCAPE);
}

bool pattern_matches(const char *pattern, const char *path)
{
	size_t pn = strcspn(pattern, "/"), n = strcspn(path, "/");
	const char *rest = pattern[pn] ? pattern + pn + 1 : NULL;

	if (pn == 2 && !memcmp(pattern, "**", 2)) {
		if (!rest)
			return true;
		for (;; path++) {
			if (pattern_matches(rest, path))
				return true;
			path = strchr(path, '/');
			if (!path)
				return false;
		}
	}
	if (!match_name(pattern, pn, path, n))
		return false;
	if (!rest || !path[n])
		return !rest && !path[n];
	return pattern_matches(rest, path + n + 1);
}

static bool is_selected(struct walk *w)
{
	const struct strlist *l = w->patterns;
	bool yes = false;

	for (size_t i = 0; i < l->n; i++) {
		const char *p = l->v[i];

		if (is_plain(p) ? !strcmp(p, w->path) : pattern_matches(p, w->path))
			yes = w->used[i] = true;
	}
	return yes;
}

static int add_file(struct walk *w, const struct tree_entry *en, size_t dir,
		    struct err *e)
{
	struct selected f = { .dir = dir, .mode = en->mode, .oid = en->oid };

	if (en->mode != MODE_LINK && (en->mode & 0170000) != 0100000)
		return err_set(e, ERR_UNSAFE, "'%s' of the tree is neither file nor link",
			       w->path);
	f.path = arena_strdup(&w->out->arena, w->path);
	vec_push(&w->out->files, f);
	return 0;
}

/* @all: a directory above is selected. The path of this one has @len bytes. */
static int walk_dir(struct walk *w, const git_oid *oid, size_t len, bool all,
		    struct err *e)
{
	_cleanup_object_ git_odb_object *o = NULL;
	struct tree_entry en;
	struct slice rest;
	size_t at = len ? len + 1 : 0;
	int rc = store_read(w->s, oid, GIT_OBJECT_TREE, &o, e);
	int more = 0;

	if (rc)
		return rc;
	rest = (struct slice){ git_odb_object_data(o), git_odb_object_size(o) };
	if (len)
		w->path[len] = '/';
	while (!rc && (more = tree_next(&rest, &en)) > 0) {
		struct slice name = { w->path, at + en.name.n };
		bool mine;

		if (name.n >= sizeof(w->path))
			return err_set(e, ERR_UNSAFE, "a path of the tree is too long");
		memcpy(w->path + at, en.name.p, en.name.n);
		w->path[name.n] = '\0';
		if (!path_is_safe((struct slice){ w->path + at, en.name.n }) ||
		    memchr(en.name.p, '/', en.name.n))
			return err_set(e, ERR_UNSAFE, "'%s' is no path inside of a tree",
				       w->path);
		mine = is_selected(w) || all;
		if (en.mode == MODE_TREE)
			rc = walk_dir(w, &en.oid, name.n, mine, e);
		else if (mine)
			rc = add_file(w, &en, len, e);
	}
	if (!rc && more < 0)
		return err_set(e, ERR_IO, "tree %s of the store is malformed",
			       git_oid_tostr_s(oid));
	return rc;
}

int select_files(const struct store *s, const char *tree, const struct strlist *patterns,
		 struct selection *out, struct err *e)
{
	static const struct strlist none;
	struct walk w = { .s = s, .patterns = patterns ? patterns : &none, .out = out };
	_cleanup_free_ bool *used = xcalloc(w.patterns->n + 1, sizeof(*used));
	git_oid oid;
	int rc = store_parse_oid(tree, &oid, e);

	w.used = used;
	if (!rc)
		rc = walk_dir(&w, &oid, 0, !w.patterns->n, e);
	for (size_t i = 0; !rc && i < w.patterns->n; i++) {
		if (!used[i] && is_plain(w.patterns->v[i]) && !out->missing)
			out->missing = w.patterns->v[i];
	}
	return rc;
}

/* What the threads of one select_each() share. */
struct crew {
	const struct store *s;
	const struct selected *files;
	size_t n;
	select_fn *fn;
	void *arg;
	atomic_size_t next;
	atomic_bool stop;
	pthread_mutex_t lock;
	struct err err; /* the first one */
	int rc;
};

static void crew_fail(struct crew *c, int rc, const struct err *e)
{
	pthread_mutex_lock(&c->lock);
	if (!c->rc) {
		c->rc = rc;
		c->err = *e;
	}
	pthread_mutex_unlock(&c->lock);
	atomic_store(&c->stop, true);
}

static int crew_one(struct crew *c, const struct selected *f, struct err *e)
{
	struct slice data;
	int rc;

	if (c->s->cancel && atomic_load(c->s->cancel))
		return err_set(e, ERR_CANCELLED, "interrupted");
	rc = store_read_blob(c->s, &f->oid, &data, e);
	if (rc)
		return err_wrap(e, "cannot read '%s'", f->path);
	rc = c->fn(c->arg, f, data, e);
	free((char *)(uintptr_t)data.p);
	return rc;
}

static void *crew_work(void *arg)
{
	struct crew *c = arg;
	struct err e = { 0 };
	size_t from;

	while ((from = atomic_fetch_add(&c->next, CHUNK)) < c->n) {
		for (size_t i = from; i < c->n && i < from + CHUNK; i++) {
			int rc = atomic_load(&c->stop) ? -1 : 0;

			if (rc)
				return NULL;
			rc = crew_one(c, &c->files[i], &e);
			if (rc)
				crew_fail(c, rc, &e);
		}
	}
	return NULL;
}

int select_each(const struct store *s, const struct selected *files, size_t n,
		unsigned threads, select_fn *fn, void *arg, struct err *e)
{
	struct crew c = { .s = s, .files = files, .n = n, .fn = fn, .arg = arg };
	pthread_t ids[MAX_THREADS];
	unsigned started = 0;

	pthread_mutex_init(&c.lock, NULL);
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	while (started + 1 < threads &&
	       !pthread_create(&ids[started], NULL, crew_work, &c))
		started++;
	crew_work(&c); /* we are one of them */
	while (started)
		pthread_join(ids[--started], NULL);
	pthread_mutex_destroy(&c.lock);
	if (c.rc)
		*e = c.err;
	return c.rc;
}
