// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_pushing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/pool.h"

static const struct result_file *find_result(const struct apply_result *r,
					     struct slice path)
{
	size_t from = 0, to = r->nfiles;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int c = slice_cmp(r->files[mid].path, path);

		if (!c)
			return &r->files[mid];
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

/*
 * A file that patches changed and changed back must not share its inode with the
 * backup: an editor may write in place.
 */
static int part_from_backup(int dir, const char *base, struct err *e)
{
	_cleanup_free_ char *tmp = xasprintf("%s.carry", base);
	int rc = beneath_copy(dir, base, dir, tmp, e);

	if (!rc && renameat(dir, tmp, dir, base))
		rc = err_sys(e, errno, "cannot write '%s'", base);
	return rc;
}

static void set_backup_time(struct pushing *s, const struct original *it)
{
	_cleanup_free_ char *backup =
		xasprintf("%s/%.*s", s->names.v[it->patch], SLICE_ARG(it->path));
	struct timespec times[2] = { s->pushed, s->pushed };
	struct stat st;

	if (fstatat(s->q->pc_fd, backup, &st, AT_SYMLINK_NOFOLLOW) || !st.st_size ||
	    !S_ISREG(st.st_mode))
		return;
	/* Not ours to touch when it belongs to another: quilt then looks at contents. */
	if (utimensat(s->q->pc_fd, backup, times, AT_SYMLINK_NOFOLLOW))
		return;
}

static int finish_backup(struct pushing *s, struct hand *h, const struct original *it,
			 struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(it->path.p, it->path.n);
	const struct result_file *f = find_result(s->p->result, it->path);
	const char *base;
	int dir, rc = f ? 0 : parents_get(&h->tree, path, false, &dir, &base, e);

	if (!rc && !f)
		rc = part_from_backup(dir, base, e);
	if (!rc)
		set_backup_time(s, it);
	return rc;
}

/* What a staged file takes the place of stays until then. */
static int take_away(struct hand *h, const struct result_file *f, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	const char *base;
	int dir, rc;

	if (!f->base_mode || !f->deleted)
		return 0;
	rc = parents_get(&h->tree, path, false, &dir, &base, e);
	if (!rc && unlinkat(dir, base, 0))
		rc = err_sys(e, errno, "cannot remove '%s'", path);
	return rc;
}

/* As GNU patch: a directory that holds nothing any more goes. */
static void remove_empty_dirs(struct pushing *s, const struct result_file *f)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	struct err ignored = { 0 };
	bool removed = false;
	const char *base;
	int dir;

	for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (parents_get(&s->hands[0].tree, path, false, &dir, &base, &ignored) ||
		    unlinkat(dir, base, AT_REMOVEDIR))
			break;
		removed = true;
	}
	err_clear(&ignored);
	for (unsigned i = 0; removed && i < s->nhands; i++)
		parents_release(&s->hands[i].tree);
}

/* .pc may be on another file system than the tree. */
static int place_copy(const struct staged *st, const char *name, int dir,
		      const char *base, struct err *e)
{
	if (unlinkat(dir, base, 0) && errno != ENOENT)
		return err_sys(e, errno, "cannot replace '%s'", base);
	return beneath_copy(st->hand->stage_fd, name, dir, base, e);
}

/*
 * A rename over a file gives that back within the rename, of which the kernel does one at
 * a time between directories, and ext4 writes the new file to the disk first. Where nobody
 * needs the old file they are exchanged, and the old ones are removed by other threads.
 */
static bool exchanges(const struct pushing *s, const struct staged *st)
{
	return st->replaces && s->backups_from;
}

static int place(struct pushing *s, const struct staged *st, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(st->path.p, st->path.n);
	char name[24];
	const char *base;
	int dir, rc = parents_get(&st->hand->tree, path, true, &dir, &base, e);

	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%zu", st->number);
	if (exchanges(s, st) && !renameat2(st->hand->stage_fd, name, dir, base, RENAME_EXCHANGE))
		return 0;
	if (!renameat(st->hand->stage_fd, name, dir, base))
		return 0;
	if (errno == EXDEV)
		return place_copy(st, name, dir, base, e);
	return err_sys(e, errno, "cannot write '%s'", path);
}

static int by_path(const void *a, const void *b)
{
	return slice_cmp(((const struct staged *)a)->path,
			 ((const struct staged *)b)->path);
}

/* So many files, at least, that a thread takes them up for more than the taking costs. */
#define SHELF_FILES 24
/* Who looks for one that is ready looks at all of them. */
#define MOST_SHELVES 100

/* Some of the staged files, one directory after the other. */
struct shelf {
	struct pushing *s;
	const struct staged *v;
	size_t n;
	bool first;
	int rc; /* of this one and those before it */
	struct err *e;
};

static void place_shelf(void *arg)
{
	struct shelf *shelf = arg;

	if (!shelf->first)
		shelf->rc = shelf[-1].rc;
	for (size_t i = 0; i < shelf->n && !shelf->rc; i++)
		shelf->rc = place(shelf->s, &shelf->v[i], shelf->e);
}

/* What stays behind goes with the stage. */
static void clear_shelf(void *arg)
{
	const struct shelf *shelf = arg;
	char name[24];

	for (size_t i = 0; i < shelf->n && !shelf->rc; i++) {
		const struct staged *st = &shelf->v[i];

		snprintf(name, sizeof(name), "%zu", st->number);
		if (exchanges(shelf->s, st))
			unlinkat(st->hand->stage_fd, name, 0);
	}
}

/*
 * One after the other, since two threads would wait for each other's renames; meanwhile
 * the others clear what is placed.
 */
static void run_shelves(struct pushing *s, struct shelf *shelves, size_t n)
{
	_cleanup_free_ struct pool_job *jobs = xcalloc(2 * n, sizeof(*jobs));
	size_t clear = s->backups_from ? n : 0;
	unsigned threads = s->nhands < n + 1 ? s->nhands : (unsigned)n + 1;
	struct err unstarted = { 0 };

	for (size_t i = 0; i < n; i++) {
		jobs[i] = (struct pool_job){ place_shelf, &shelves[i], (long)i - 1 };
		jobs[n + i] = (struct pool_job){ clear_shelf, &shelves[i], (long)i };
	}
	if (clear > 1 && threads > 1 &&
	    !pool_run(jobs, n + clear, threads, NULL, NULL, &unstarted))
		return;
	for (size_t i = 0; i < n + clear; i++)
		jobs[i].run(jobs[i].arg);
}

static int place_all(struct pushing *s, struct err *e)
{
	VEC(struct staged) all = { 0 };
	struct shelf *shelves;
	size_t n = 0, each;
	int rc;

	for (unsigned i = 0; i < s->nhands; i++) {
		vec_each (st, &s->hands[i].staged)
			vec_push(&all, *st);
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_path);
	each = all.n / MOST_SHELVES > SHELF_FILES ? all.n / MOST_SHELVES : SHELF_FILES;
	shelves = xcalloc(all.n / each + 1, sizeof(*shelves));
	for (size_t i = 0; i < all.n; i += each) {
		size_t left = all.n - i;

		shelves[n++] = (struct shelf){ .s = s,
					       .v = all.v + i,
					       .n = left < each ? left : each,
					       .first = !i,
					       .e = e };
	}
	run_shelves(s, shelves, n);
	rc = n ? shelves[n - 1].rc : 0;
	free(shelves);
	vec_release(&all);
	return rc;
}

static int finish_backups(struct pushing *s, struct hand *h, struct err *e)
{
	int rc = 0;

	vec_each (it, &h->originals) {
		if (!rc && it->patch < s->p->done)
			rc = finish_backup(s, h, it, e);
	}
	return rc;
}

/* The hands do it at once, each for its own files. */
struct part {
	struct pushing *s;
	struct hand *h;
	int rc;
	struct err e;
};

static void finish_part(void *arg)
{
	struct part *p = arg;

	p->rc = finish_backups(p->s, p->h, &p->e);
}

static int finish_all(struct pushing *s, struct err *e)
{
	_cleanup_free_ struct part *parts = xcalloc(s->nhands, sizeof(*parts));
	_cleanup_free_ struct pool_job *jobs = xcalloc(s->nhands, sizeof(*jobs));
	struct err unstarted = { 0 };
	size_t n = 0;

	for (unsigned i = 0; i < s->nhands; i++) {
		struct hand *h = &s->hands[i];

		parts[n] = (struct part){ s, h };
		jobs[n] = (struct pool_job){ finish_part, &parts[n], -1 };
		n += h->originals.n > 0;
	}
	if (n < 2 || pool_run(jobs, n, (unsigned)n, NULL, NULL, &unstarted)) {
		for (size_t i = 0; i < n; i++)
			finish_part(&parts[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (parts[i].rc) {
			*e = parts[i].e;
			return parts[i].rc;
		}
	}
	return 0;
}

/* Removals first: a file may stand where a directory was, and the reverse. */
int pushing_write(struct pushing *s, struct err *e)
{
	const struct apply_result *r = s->p->result;
	int rc = finish_all(s, e);

	for (size_t i = 0; !rc && i < r->nfiles; i++)
		rc = take_away(&s->hands[0], &r->files[i], e);
	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		if (r->files[i].deleted)
			remove_empty_dirs(s, &r->files[i]);
	}
	if (!rc)
		rc = place_all(s, e);
	return rc ? rc : beneath_remove(s->q->pc_fd, STAGE, e);
}
