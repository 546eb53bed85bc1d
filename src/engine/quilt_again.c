// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/apply_source.h"
#include "engine/quilt_known.h"
#include "engine/quilt_redo.h"

/*
 * From a stack whose record holds to the one that the series wants. Below `first`
 * both are the same. A file that an edited, new or dropped patch names is affected, and
 * what a change of a later patch ties to it; for each of them the patches from `first` on
 * are done again, beginning with its first backup there. All others stay as they are.
 */
struct again {
	struct blob_source source; /* affected files as before `first` */
	struct apply_watch watch;
	struct pushing s;
	struct redo redo;
	struct known old;
	size_t count;		   /* entries of the series that are wanted */
	size_t first;
	ssize_t *was;		   /* entry → index in old.patches; -1: new or edited */
	ssize_t *now;		   /* and back */
	bool *needed;		   /* entry is done again */
	struct map entries;	   /* name of an entry → entry */
	struct map files;	   /* affected paths */
	struct map settled;	   /* those of the result */
	struct map backups;	   /* "NAME/PATH", of the new stack */
	struct map stamps;	   /* names of patches that get a new .timestamp */
	struct blob_source *tree, *pc;
	bool removed;		   /* a file of the tree goes */
};

static struct again *of_watch(struct apply_watch *w)
{
	return (struct again *)((char *)w - offsetof(struct again, watch));
}

static const struct series_entry *entry(const struct again *a, size_t i)
{
	return &a->s.q->series->entries.v[i];
}

static bool in_pc(const struct again *a, const char *path)
{
	return !faccessat(a->s.q->pc_fd, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static char *backup_of(const struct again *a, size_t old, struct slice path)
{
	return xasprintf("%.*s/%.*s", SLICE_ARG(a->old.patches.v[old].name),
			 SLICE_ARG(path));
}

/* What was edited. False everywhere: it is in doubt. */

static bool match(struct again *a)
{
	struct map names = { 0 };
	size_t next = 0;
	bool ok = true;

	for (size_t i = 0; i < a->old.patches.n; i++) {
		a->now[i] = -1;
		map_set(&names, a->old.patches.v[i].name, (void *)(uintptr_t)(i + 1));
	}
	for (size_t j = 0; j < a->count; j++) {
		const struct series_entry *en = entry(a, j);
		size_t i = (size_t)(uintptr_t)map_get(&names, slice_str(en->name));

		map_set(&a->entries, slice_str(en->name), a);
		a->was[j] = -1;
		/* What nobody pushed does not stay in .pc. */
		ok = ok && (i || !in_pc(a, en->name));
		if (!i || !known_same(&a->old.patches.v[i - 1], a->s.q, en))
			continue;
		ok = ok && i > next;
		next = i;
		a->was[j] = (ssize_t)i - 1;
		a->now[i - 1] = (ssize_t)j;
	}
	map_release(&names);
	while (a->first < a->count && a->was[a->first] == (ssize_t)a->first)
		a->first++;
	return ok;
}

static bool affect(struct again *a, struct slice path)
{
	if (path.p)
		map_set(&a->files, path, a);
	return !path.p || path_is_safe(path);
}

static bool read_entry(struct again *a, size_t j)
{
	struct err ignored = { 0 };

	return a->s.p->patches[j] ||
	       !quilt_read_patch(a->s.q, j, &a->s.p->patches[j], &ignored);
}

static bool affect_new(struct again *a, size_t j)
{
	const struct patch *p;
	bool ok = read_entry(a, j);

	a->needed[j] = true;
	p = a->s.p->patches[j];
	for (uint32_t i = 0; ok && i < p->nchanges; i++)
		ok = affect(a, p->changes[i].old_path) && affect(a, p->changes[i].new_path);
	return ok;
}

static void affect_old(struct again *a)
{
	map_each(it, &a->old.files)
	{
		const struct known_file *f = it->value;

		vec_each (m, &f->by) {
			if (a->now[m->patch] < 0)
				affect(a, f->path);
		}
	}
}

static void affect_tied(struct again *a)
{
	size_t before;

	do {
		before = a->files.n;
		vec_each (t, &a->old.ties) {
			if (t->patch < a->first ||
			    (!map_has(&a->files, t->a) && !map_has(&a->files, t->b)))
				continue;
			affect(a, t->a);
			affect(a, t->b);
		}
	} while (a->files.n != before);
}

/* Whether a directory above @path is one of @files. */
static bool lies_below(struct slice path, const struct map *files)
{
	while (path.n) {
		if (path.p[--path.n] == '/' && map_has(files, path))
			return true;
	}
	return false;
}

/* A file where another patch has a directory is left to the plain way. */
static bool is_flat(const struct again *a)
{
	map_each(it, &a->files)
	{
		struct slice path = { it->key, it->len };

		if (lies_below(path, &a->files) || lies_below(path, &a->old.files))
			return false;
	}
	map_each(it, &a->old.files)
	{
		if (lies_below((struct slice){ it->key, it->len }, &a->files))
			return false;
	}
	return true;
}

static bool need(struct again *a)
{
	bool ok = true;

	map_each(it, &a->files)
	{
		const struct known_file *f =
			known_file(&a->old, (struct slice){ it->key, it->len });

		for (size_t i = 0; f && i < f->by.n; i++) {
			if (f->by.v[i].patch >= a->first && a->now[f->by.v[i].patch] >= 0)
				a->needed[a->now[f->by.v[i].patch]] = true;
		}
	}
	for (size_t j = a->first; ok && j < a->count; j++)
		ok = !a->needed[j] || read_entry(a, j);
	return ok;
}

static bool find_edits(struct again *a)
{
	if (!known_read(a->s.q, &a->old) ||
	    !known_holds(&a->old, a->s.q, a->s.o->fuzz))
		return false;
	a->now = xcalloc(a->old.patches.n + 1, sizeof(*a->now));
	if (!match(a))
		return false;
	for (size_t j = a->first; j < a->count; j++) {
		if (a->was[j] < 0 && !affect_new(a, j))
			return false;
	}
	affect_old(a);
	affect_tied(a);
	return is_flat(a) && need(a);
}

/* Where the files begin. */

/* *backup stays NULL when the tree has the file as it was before `first`. */
static bool begin_of(const struct again *a, struct slice path, char **backup)
{
	const struct known_file *f = known_file(&a->old, path);

	for (size_t i = 0; f && i < f->by.n; i++) {
		const struct mention *m = &f->by.v[i];

		if (m->patch < a->first)
			continue;
		*backup = backup_of(a, m->patch, path);
		if (in_pc(a, *backup))
			return true;
		free(*backup);
		*backup = NULL;
		if (m->sure)
			return false;
	}
	return true;
}

static bool is_empty(const struct stat *st)
{
	return S_ISREG(st->st_mode) && !st->st_size;
}

static int get(struct blob_source *src, struct slice path, struct blob *out, struct err *e)
{
	struct again *a = (struct again *)src;
	_cleanup_free_ char *backup = NULL;
	struct stat st;

	*out = (struct blob){ .kind = BLOB_ABSENT };
	if (!map_has(&a->files, path) || !begin_of(a, path, &backup))
		return err_set(e, ERR_CONFLICT, "cannot tell how '%.*s' was",
			       SLICE_ARG(path));
	if (!backup)
		return a->tree->get(a->tree, path, out, e);
	if (fstatat(a->s.q->pc_fd, backup, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, errno, "cannot read the backup '%s'", backup);
	if (st.st_mode & 07000)
		return err_set(e, ERR_CONFLICT, "'%s' has an unusual mode", backup);
	return is_empty(&st) ? 0 : a->pc->get(a->pc, slice_str(backup), out, e);
}

static void put(struct blob_source *src, struct blob *b)
{
	struct again *a = (struct again *)src;

	a->tree->put(a->tree, b);
}

/* What is written aside. */

static int before(struct apply_watch *w, size_t patch, const struct file_was *was,
		  struct err *e)
{
	struct again *a = of_watch(w);
	struct new_file how = NEW_FILE_PLAIN;
	_cleanup_free_ char *path =
		xasprintf("%s/%.*s", a->s.names.v[patch], SLICE_ARG(was->path));

	if (was->kind != BLOB_ABSENT)
		how = pushing_look(&a->s, &was->perms, was->mode_said, was->mode);
	how.mtime = a->s.pushed;
	map_set(&a->backups, slice_str(path), a);
	return redo_put(&a->redo, 'p', path, was->pieces, was->npieces, &how, e);
}

static void remove_file(struct again *a, struct slice path)
{
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);
	struct stat st;

	if (fstatat(a->s.q->top_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	strvec_pushf(&a->redo.ops, "R %s", name);
	a->removed = true;
}

static int write_file(struct again *a, struct slice path, struct slice bytes,
		      struct new_file how, struct err *e)
{
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);
	struct iovec v = { (char *)bytes.p, bytes.n };

	how.mtime = a->s.written;
	return redo_put(&a->redo, 't', name, &v, 1, &how, e);
}

static int after(struct apply_watch *w, const struct result_file *f, struct err *e)
{
	struct again *a = of_watch(w);

	map_set(&a->settled, f->path, a);
	if (!f->deleted)
		return write_file(a, f->path, f->bytes,
				  pushing_look(&a->s, &f->perms, f->mode_said, f->mode), e);
	remove_file(a, f->path);
	return 0;
}

/* An affected file that ends as it began. */
static int put_back(struct again *a, struct slice path, struct err *e)
{
	_cleanup_free_ char *backup = NULL;
	struct blob b;
	int rc;

	if (map_has(&a->settled, path))
		return 0;
	if (!begin_of(a, path, &backup))
		return err_set(e, ERR_CONFLICT, "a backup is missing");
	rc = backup ? get(&a->source, path, &b, e) : 0;
	if (rc || !backup)
		return rc;
	if (b.kind == BLOB_ABSENT)
		remove_file(a, path);
	else if (b.kind == BLOB_FILE || b.kind == BLOB_LINK)
		rc = write_file(a, path, b.bytes,
				pushing_look(&a->s, &b.perms, false, b.mode), e);
	else
		rc = err_set(e, ERR_CONFLICT, "'%s' is no file", backup);
	put(&a->source, &b);
	return rc;
}

/* The patches that are done again, in one row, as what was pushed. */
static void gather(struct again *a)
{
	struct push *p = a->s.p;

	p->n = 0;
	for (size_t j = a->first; j < a->count; j++) {
		if (!a->needed[j])
			continue;
		strvec_push(&a->s.names, entry(a, j)->name);
		map_set(&a->stamps, slice_str(entry(a, j)->name), a);
		p->reverse[p->n] = entry(a, j)->reverse;
		p->patches[p->n++] = p->patches[j];
		if (p->n <= j)
			p->patches[j] = NULL;
	}
}

static int apply(struct again *a, struct err *e)
{
	struct apply_policy policy = pushing_policy(&a->s, &a->watch);
	struct push *p = a->s.p;

	policy.threads = 1;
	policy.only = &a->files;
	return apply_series(&a->source, (const struct patch *const *)p->patches, p->reverse,
			    p->n, &policy, &p->result, e);
}

/* Whether the first patch that names the file found one. */
static bool was_there(const struct again *a, const struct known_file *f)
{
	for (size_t i = 0; i < f->by.n; i++) {
		_cleanup_free_ char *backup = backup_of(a, f->by.v[i].patch, f->path);
		struct stat st;

		if (!fstatat(a->s.q->pc_fd, backup, &st, AT_SYMLINK_NOFOLLOW))
			return !is_empty(&st);
	}
	return true;
}

/* As a push: a directory goes with the last file that patches delete there. */
static void remove_dirs(struct again *a)
{
	map_each(it, &a->files)
	{
		if (!known_file(&a->old, (struct slice){ it->key, it->len }))
			strvec_pushf(&a->redo.ops, "e %s", it->key);
	}
	map_each(it, &a->old.files)
	{
		const struct known_file *f = it->value;

		if ((!f->mark.n || map_has(&a->files, f->path)) && was_there(a, f))
			strvec_pushf(&a->redo.ops, "e %s", it->key);
	}
}

static void remove_backup(struct again *a, const struct known_file *f, uint32_t patch)
{
	_cleanup_free_ char *path = backup_of(a, patch, f->path);
	struct slice name = a->old.patches.v[patch].name;

	if (!map_has(&a->entries, name))
		return;
	map_set(&a->stamps, name, a);
	if (patch >= a->first && !map_has(&a->backups, slice_str(path)) && in_pc(a, path))
		strvec_pushf(&a->redo.ops, "r %s", path);
}

static void remove_backups(struct again *a)
{
	map_each(it, &a->files)
	{
		const struct known_file *f =
			known_file(&a->old, (struct slice){ it->key, it->len });

		for (size_t i = 0; f && i < f->by.n; i++)
			remove_backup(a, f, f->by.v[i].patch);
	}
}

static int remove_patches(struct again *a, struct err *e)
{
	for (size_t i = a->first; i < a->old.patches.n; i++) {
		struct slice name = a->old.patches.v[i].name;

		if (map_has(&a->entries, name))
			continue;
		strvec_pushf(&a->redo.ops, "d %.*s", SLICE_ARG(name));
		map_each(it, &a->entries)
		{
			if (it->len > name.n && it->key[name.n] == '/' &&
			    !memcmp(it->key, name.p, name.n))
				return err_set(e, ERR_CONFLICT, "'%s' is below", it->key);
		}
	}
	return 0;
}

static int list_applied(struct again *a, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct new_file how = NEW_FILE_PLAIN;
	struct iovec v;

	map_each(it, &a->stamps)
		strvec_pushf(&a->redo.ops, "s %lld %ld %s", (long long)a->s.pushed.tv_sec,
			     a->s.pushed.tv_nsec, it->key);
	for (size_t j = 0; j < a->count; j++)
		buf_addf(&b, "%s\n", entry(a, j)->name);
	v = (struct iovec){ b.data, b.len };
	how.mtime = a->s.pushed;
	return redo_put(&a->redo, 'p', "applied-patches", &v, 1, &how, e);
}

static int stage(struct again *a, struct err *e)
{
	int rc = redo_begin(&a->redo, &a->s, e);

	strvec_push(&a->redo.ops, "r .carry-patches");
	if (!rc)
		rc = apply(a, e);
	map_each(it, &a->files)
	{
		if (!rc)
			rc = put_back(a, (struct slice){ it->key, it->len }, e);
	}
	if (rc)
		return rc;
	remove_backups(a);
	rc = remove_patches(a, e);
	if (a->removed)
		remove_dirs(a);
	return rc ? rc : list_applied(a, e);
}

static void record(struct again *a, struct timespec begun)
{
	struct known_new w = { .q = a->s.q, .fuzz = a->s.o->fuzz, .begun = begun };
	size_t at = 0;

	for (size_t j = 0; j < a->count; j++) {
		if (a->was[j] < 0)
			known_add(&w, entry(a, j), &a->s.p->result->patches[at]);
		else
			known_keep(&w, entry(a, j), &a->old.patches.v[a->was[j]]);
		at += a->needed[j];
	}
	known_write(&w, &a->old, &a->files);
}

static int try_sources(struct again *a, struct err *e)
{
	int rc = disk_source_new(a->s.q->top, &a->tree, e);

	return rc ? rc : disk_source_new(a->s.q->pc, &a->pc, e);
}

/* False: nothing was done, and it has to be done in the plain way. */
static bool try_again(struct again *a, struct timespec begun, int *rc, struct err *e)
{
	struct err doubt = { 0 };
	bool ok = find_edits(a);

	if (ok && a->first == a->count && a->first == a->old.patches.n)
		return true;
	if (!ok)
		return false;
	gather(a);
	pushing_set_times(&a->s, begun);
	ok = !try_sources(a, &doubt) && !stage(a, &doubt);
	if (ok && a->s.o->cancel && atomic_load(a->s.o->cancel)) {
		*rc = err_set(e, ERR_CANCELLED, "interrupted: nothing was pushed");
		ok = false;
	}
	if (!ok) {
		int back = quilt_recover(a->s.q, e);

		*rc = *rc ? *rc : back;
		return *rc != 0;
	}
	*rc = redo_commit(&a->redo, e);
	a->s.p->done = a->s.p->n;
	if (!*rc)
		record(a, begun);
	return true;
}

static void release(struct again *a)
{
	redo_release(&a->redo);
	pushing_release(&a->s);
	known_release(&a->old);
	blob_source_free(a->tree);
	blob_source_free(a->pc);
	map_release(&a->entries);
	map_release(&a->files);
	map_release(&a->settled);
	map_release(&a->backups);
	map_release(&a->stamps);
	free(a->was);
	free(a->now);
	free(a->needed);
}

static bool do_again(struct quilt *q, const struct push_options *o, struct push *p,
		     int *rc, struct err *e)
{
	struct again a = { .source = { .get = get, .put = put },
			   .watch = { .before = before, .after = after },
			   .redo.stage_fd = -1,
			   .count = o->count };
	struct timespec begun = pushing_clock();
	bool done;

	pushing_init(&a.s, q, o, p);
	p->patches = xcalloc(o->count, sizeof(*p->patches));
	p->reverse = xcalloc(o->count, sizeof(*p->reverse));
	a.was = xcalloc(o->count, sizeof(*a.was));
	a.needed = xcalloc(o->count, sizeof(*a.needed));
	done = try_again(&a, begun, rc, e);
	release(&a);
	if (done)
		return true;
	p->n = o->count;
	push_release(p);
	return false;
}

static int begin(struct quilt *q, struct err *e)
{
	int rc = quilt_begin(q, e);

	if (!rc)
		rc = quilt_check(q, e);
	if (!rc || q->torn || !q->series || !q->mismatch.code)
		return rc;
	err_clear(e);
	return 0;
}

int quilt_push_again(struct quilt *q, const struct push_options *o, struct push *p,
		     struct err *e)
{
	struct pop_options pop = { .count = q->applied.n, .edited = true };
	int rc = begin(q, e);

	*p = (struct push){ 0 };
	if (rc || (o->count && do_again(q, o, p, &rc, e)))
		return rc;
	pop.count = q->applied.n;
	if (pop.count)
		rc = quilt_pop(q, &pop, e);
	known_forget(q);
	return rc || !o->count ? rc : quilt_push(q, o, p, e);
}
