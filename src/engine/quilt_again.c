// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_again.h"

#include <errno.h>
#include <fcntl.h>

#include "engine/apply_source.h"

static struct again *of_watch(struct apply_watch *w)
{
	return (struct again *)((char *)w - offsetof(struct again, watch));
}

static char *backup_of(const struct again *a, size_t old, struct slice path)
{
	return xasprintf("%.*s/%.*s", SLICE_ARG(a->old.patches.v[old].name),
			 SLICE_ARG(path));
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
		if (again_in_pc(a, *backup))
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

/*
 * An empty backup means that there was no file; but a patch below `first` may have made
 * an empty one, which quilt's backups do not tell apart.
 */
static bool may_be_empty(const struct again *a, struct slice path)
{
	const struct known_file *f = known_file(&a->old, path);

	return f && f->by.n && f->by.v[0].patch < a->first;
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
	if (!is_empty(&st))
		return a->pc->get(a->pc, slice_str(backup), out, e);
	if (!may_be_empty(a, path))
		return 0;
	return err_set(e, ERR_CONFLICT, "'%s' may have been empty or absent", backup);
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

static int write_file(struct again *a, struct slice path, const struct iovec *pieces,
		      size_t npieces, struct new_file how, struct err *e)
{
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);

	how.mtime = a->s.written;
	return redo_put(&a->redo, 't', name, pieces, npieces, &how, e);
}

static int after(struct apply_watch *w, const struct result_file *f,
		 const struct iovec *pieces, size_t npieces, struct err *e)
{
	struct again *a = of_watch(w);

	map_set(&a->settled, f->path, a);
	if (!f->deleted)
		return write_file(a, f->path, pieces, npieces,
				  pushing_look(&a->s, &f->perms, f->mode_said, f->mode), e);
	remove_file(a, f->path);
	return 0;
}

/* An affected file that ends as it began. */
static int put_back(struct again *a, struct slice path, struct err *e)
{
	_cleanup_free_ char *backup = NULL;
	struct iovec all;
	struct blob b;
	int rc;

	if (map_has(&a->settled, path))
		return 0;
	if (!begin_of(a, path, &backup))
		return err_set(e, ERR_CONFLICT, "a backup is missing");
	rc = backup ? get(&a->source, path, &b, e) : 0;
	if (rc || !backup)
		return rc;
	all = (struct iovec){ (char *)b.bytes.p, b.bytes.n };
	if (b.kind == BLOB_ABSENT)
		remove_file(a, path);
	else if (b.kind == BLOB_FILE || b.kind == BLOB_LINK)
		rc = write_file(a, path, &all, 1,
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
		strvec_push(&a->s.names, again_entry(a, j)->name);
		map_set(&a->stamps, slice_str(again_entry(a, j)->name), a);
		p->reverse[p->n] = again_entry(a, j)->reverse;
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
	if (patch >= a->first && !map_has(&a->backups, slice_str(path)) && again_in_pc(a, path))
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
		buf_addf(&b, "%s\n", again_entry(a, j)->name);
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
	struct known_new w = { .q = a->s.q, .fuzz = a->s.o->fuzz, .begun = begun,
			       .pushed = a->s.pushed };
	size_t at = 0;

	for (size_t j = 0; j < a->count; j++) {
		if (a->was[j] < 0)
			known_add(&w, again_entry(a, j), &a->s.p->result->patches[at]);
		else
			known_keep(&w, again_entry(a, j), &a->old.patches.v[a->was[j]]);
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
	bool ok = again_find_edits(a);

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
