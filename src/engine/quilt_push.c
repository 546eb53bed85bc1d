// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/apply_source.h"

/* A file of the tree whose original became the backup of a patch. */
struct original {
	size_t patch;
	struct slice path; /* the patch's */
};

struct pushing {
	struct apply_watch watch; /* first, so that one pointer is the other */
	struct quilt *q;
	struct push *p;
	const struct push_options *o;
	struct parents tree;
	struct map pc_dirs; /* directories in .pc that were made */
	struct map perms; /* path → struct stat's mode, owner: struct new_file */
	struct arena arena;
	VEC(struct original) originals;
	struct timespec written, pushed; /* times of the tree's and of .pc's files */
	struct strvec names;		 /* of the patches tried */
	size_t backups_from;		 /* the first patch that gets backups */
};

static const struct new_file plain = { .perm = 0666, .uid = (uid_t)-1, .gid = (gid_t)-1 };

/* Reads the permissions of a file while it still is in the tree. */
static int note_perm(struct pushing *s, const char *path, struct err *e)
{
	struct new_file *how = arena_alloc(&s->arena, sizeof(*how));
	const char *base;
	struct stat st;
	int dir, rc = parents_get(&s->tree, path, false, &dir, &base, e);

	if (rc || map_has(&s->perms, slice_str(path)))
		return rc;
	if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, errno, "cannot read the mode of '%s'", path);
	how->perm = st.st_mode & 0777;
	how->uid = st.st_uid == geteuid() ? (uid_t)-1 : st.st_uid;
	how->gid = st.st_gid == getegid() ? (gid_t)-1 : st.st_gid;
	map_set(&s->perms, slice_str(path), how);
	return 0;
}

/*
 * Permissions are as GNU patch (2.7) leaves them: a file keeps its own, a renamed one
 * takes them along, a mode that a patch says is set as it is said, and a new file of
 * which nothing is said has those of the umask.
 */
static int perm_of(struct pushing *s, struct slice origin, bool said, uint32_t mode,
		   struct new_file *how, struct err *e)
{
	const struct new_file *was = origin.p ? map_get(&s->perms, origin) : NULL;

	if (origin.p && !was) {
		_cleanup_free_ char *path = xmemdupz(origin.p, origin.n);
		int rc = note_perm(s, path, e);

		if (rc)
			return rc;
		was = map_get(&s->perms, origin);
	}
	how->perm = said ? mode & 0777 : was ? was->perm : 0666;
	how->exact = said || was;
	how->uid = was ? was->uid : (uid_t)-1;
	how->gid = was ? was->gid : (gid_t)-1;
	return 0;
}

static int read_patches(struct quilt *q, const struct push_options *o, struct push *p,
			struct err *e)
{
	int rc = 0;

	p->first = q->applied.n;
	p->patches = xcalloc(o->count, sizeof(*p->patches));
	p->reverse = xcalloc(o->count, sizeof(*p->reverse));
	for (; !rc && p->n < o->count; p->n += !rc) {
		p->reverse[p->n] = q->series->entries.v[p->first + p->n].reverse;
		rc = quilt_read_patch(q, p->first + p->n, &p->patches[p->n], e);
	}
	return rc;
}

/* Whether patch @i of this push gets backups. */
static bool wants_backup(const struct pushing *s, size_t i)
{
	return i >= s->backups_from;
}

static int make_timestamp(struct pushing *s, const char *name, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/.timestamp", name);
	struct new_file how = plain;

	how.mtime = s->pushed;
	return beneath_create(s->q->pc_fd, path, NULL, 0, &how, e);
}

/* What stands there is of a push that was killed, or of nobody. */
static int prepare_patch(struct pushing *s, size_t i, struct err *e)
{
	const char *name = s->names.v[i];
	_cleanup_free_ char *mark = xasprintf("%s~refresh", name);
	int rc = beneath_remove(s->q->pc_fd, name, e);

	if (!rc && unlinkat(s->q->pc_fd, mark, 0) && errno != ENOENT)
		rc = err_sys(e, errno, "cannot remove '%s/%s'", s->q->pc, mark);
	if (rc || !wants_backup(s, i))
		return rc;
	map_set(&s->pc_dirs, slice_str(name), s);
	rc = beneath_mkdirs(s->q->pc_fd, name, e);
	return rc ? rc : make_timestamp(s, name, e);
}

static int prepare(struct pushing *s, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < s->p->n; i++)
		rc = prepare_patch(s, i, e);
	return rc;
}

/* The directory of @path in .pc, made where it is not known to be there. */
static int pc_dir(struct pushing *s, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = xmemdupz(path, (size_t)(slash - path));
	int rc;

	if (map_has(&s->pc_dirs, slice_str(dir)))
		return 0;
	rc = pc_dir(s, dir, e);
	if (rc)
		return rc;
	map_set(&s->pc_dirs, slice_str(dir), s);
	if (mkdirat(s->q->pc_fd, dir, 0777) && errno != EEXIST)
		return err_sys(e, errno, "cannot make '%s/%s'", s->q->pc, dir);
	return 0;
}

/*
 * The original itself becomes the backup, as with GNU patch; the tree gets a new file
 * once all backups are there.
 */
static int keep_original(struct pushing *s, const char *path, const char *backup,
			 struct err *e)
{
	const char *base;
	int dir, rc = parents_get(&s->tree, path, false, &dir, &base, e);

	if (rc || !linkat(dir, base, s->q->pc_fd, backup, 0))
		return rc;
	return beneath_copy(dir, base, s->q->pc_fd, backup, e);
}

static int write_backup(struct pushing *s, const char *backup,
			const struct file_was *was, struct err *e)
{
	struct new_file how = plain;
	int rc = 0;

	how.mtime = s->pushed;
	how.link = was->kind == BLOB_LINK;
	if (was->kind != BLOB_ABSENT)
		rc = perm_of(s, was->origin, was->mode_said, was->mode, &how, e);
	return rc ? rc : beneath_create(s->q->pc_fd, backup, was->pieces, was->npieces,
					&how, e);
}

static int before(struct apply_watch *w, size_t patch, const struct file_was *was,
		  struct err *e)
{
	struct pushing *s = (struct pushing *)w;
	_cleanup_free_ char *path = xmemdupz(was->path.p, was->path.n);
	_cleanup_free_ char *backup = NULL;
	bool original = was->untouched && was->kind != BLOB_ABSENT;
	int rc = 0;

	if (!wants_backup(s, patch))
		return 0;
	if (original) {
		vec_push(&s->originals, (struct original){ patch, was->path });
		rc = note_perm(s, path, e);
	}
	if (rc)
		return rc;
	backup = xasprintf("%s/%s", s->names.v[patch], path);
	rc = pc_dir(s, backup, e);
	if (rc)
		return rc;
	if (original)
		return keep_original(s, path, backup, e);
	return write_backup(s, backup, was, e);
}

/* What was written is void: begin anew with empty directories. */
static int again(struct apply_watch *w, struct err *e)
{
	struct pushing *s = (struct pushing *)w;

	s->originals.n = 0;
	map_release(&s->pc_dirs);
	return prepare(s, e);
}

/* Applies the first @n patches, shown to @watch. */
static int apply(struct pushing *s, size_t n, struct apply_watch *watch,
		 struct apply_result **out, struct err *e)
{
	struct apply_policy policy = { .dialect = DIALECT_PATCH,
				       .max_fuzz = s->o->fuzz,
				       .remove_empty = true,
				       .answers_only = s->o->dry_run,
				       .threads = s->o->threads,
				       .watch = watch };
	struct blob_source *src;
	int rc = disk_source_new(s->q->top, &src, e);

	if (rc)
		return rc;
	rc = apply_series(src, (const struct patch *const *)s->p->patches, s->p->reverse, n,
			  &policy, out, e);
	blob_source_free(src);
	return rc;
}

/* What is there already is no success for a push: it could not be popped. */
static void count_done(struct push *p)
{
	while (p->done < p->n && p->result->patches[p->done].answer == ANSWER_APPLIES)
		p->done++;
}

/* Backups are made while the patches are applied. */
static int apply_with_backups(struct pushing *s, struct err *e)
{
	int rc = prepare(s, e);

	if (!rc)
		rc = apply(s, s->p->n, &s->watch, &s->p->result, e);
	if (!rc)
		count_done(s->p);
	return rc;
}

/* Only when a patch fails are the last ones before it applied again, with backups. */
static int apply_then_backups(struct pushing *s, struct err *e)
{
	struct apply_result *again = NULL;
	struct push *p = s->p;
	int rc = apply(s, p->n, NULL, &p->result, e);

	if (!rc)
		count_done(p);
	s->backups_from = p->done;
	if (!rc && p->done < p->n && s->o->backup == BACKUP_ONFAIL)
		s->backups_from -= p->done < s->o->backup_count ? p->done
								: s->o->backup_count;
	if (!rc)
		rc = prepare(s, e);
	if (!rc && s->backups_from < p->done) {
		rc = apply(s, p->done, &s->watch, &again, e);
		apply_result_free(again);
	}
	return rc;
}

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

static int finish_backup(struct pushing *s, const struct original *it, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(it->path.p, it->path.n);
	const struct result_file *f = find_result(s->p->result, it->path);
	const char *base;
	int dir, rc = f ? 0 : parents_get(&s->tree, path, false, &dir, &base, e);

	if (!rc && !f)
		rc = part_from_backup(dir, base, e);
	if (!rc)
		set_backup_time(s, it);
	return rc;
}

static int take_away(struct pushing *s, const struct result_file *f, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	const char *base;
	int dir, rc;

	if (!f->base_mode)
		return 0;
	rc = parents_get(&s->tree, path, false, &dir, &base, e);
	if (!rc && unlinkat(dir, base, 0))
		rc = err_sys(e, errno, "cannot replace '%s'", path);
	return rc;
}

/* As GNU patch: a directory that holds nothing any more goes. */
static void remove_empty_dirs(struct pushing *s, const struct result_file *f)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	const char *base;
	int dir;

	parents_release(&s->tree);
	for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
		struct err ignored = { 0 };

		*slash = '\0';
		if (parents_get(&s->tree, path, false, &dir, &base, &ignored) ||
		    unlinkat(dir, base, AT_REMOVEDIR))
			return;
	}
}

static int write_file(struct pushing *s, const struct result_file *f, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	struct iovec v = { (char *)f->bytes.p, f->bytes.n };
	struct new_file how = plain;
	const char *base;
	int dir, rc = parents_get(&s->tree, path, true, &dir, &base, e);

	if (!rc)
		rc = perm_of(s, f->origin, f->mode_said, f->mode, &how, e);
	how.mtime = s->written;
	how.link = f->mode == 0120000;
	return rc ? rc : beneath_create(dir, base, &v, 1, &how, e);
}

/* Copies may come from files that no patch changes. */
static int note_perms(struct pushing *s, struct err *e)
{
	const struct apply_result *r = s->p->result;
	struct new_file ignored;
	int rc = 0;

	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		if (!r->files[i].deleted)
			rc = perm_of(s, r->files[i].origin, false, 0, &ignored, e);
	}
	return rc;
}

static int write_tree(struct pushing *s, struct err *e)
{
	const struct apply_result *r = s->p->result;
	int rc = note_perms(s, e);

	vec_each (it, &s->originals) {
		if (!rc && it->patch < s->p->done)
			rc = finish_backup(s, it, e);
	}
	for (size_t i = 0; !rc && i < r->nfiles; i++)
		rc = take_away(s, &r->files[i], e);
	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		if (r->files[i].deleted)
			remove_empty_dirs(s, &r->files[i]);
	}
	parents_release(&s->tree);
	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		if (!r->files[i].deleted)
			rc = write_file(s, &r->files[i], e);
	}
	return rc;
}

static int add_applied(struct pushing *s, struct err *e)
{
	for (size_t i = 0; i < s->p->done; i++)
		strvec_push(&s->q->applied, s->names.v[i]);
	return quilt_write_applied(s->q, e);
}

/*
 * The backups are there and the tree is as it was. From here on we can go back, but for
 * what has none.
 */
static int carry_out(struct pushing *s, struct err *e)
{
	const char *journal = s->backups_from ? JOURNAL_LOST : JOURNAL_UNDO;
	struct push *p = s->p;
	int rc = quilt_drop(s->q, s->names.v + p->done, p->n - p->done, e);

	if (!rc && !p->done)
		return quilt_end(s->q, e);
	if (!rc && p->done < p->n)
		rc = quilt_journal(s->q, JOURNAL_DROP, s->names.v, p->done, e);
	if (!rc)
		rc = quilt_journal_turn(s->q, JOURNAL_DROP, journal, e);
	if (!rc)
		rc = write_tree(s, e);
	if (!rc)
		rc = add_applied(s, e);
	return rc ? rc : quilt_end(s->q, e);
}

static struct timespec file_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t;
}

/*
 * The kernel stamps files by a clock that ticks every few milliseconds. All that was
 * written before @since is to be older than the tree's files (make looks), these older
 * than .timestamp, and that not newer than any edit that follows (pop looks).
 */
static void set_times(struct pushing *s, struct timespec since)
{
	const struct timespec nap = { 0, 500000 };

	do
		s->pushed = file_clock();
	while (s->pushed.tv_sec == since.tv_sec && s->pushed.tv_nsec == since.tv_nsec &&
	       !nanosleep(&nap, NULL));
	s->written = s->pushed;
	if (s->written.tv_nsec-- == 0) {
		s->written.tv_nsec = 999999999;
		s->written.tv_sec--;
	}
}

static bool is_cancelled(const struct push_options *o)
{
	return o->cancel && atomic_load(o->cancel);
}

static int push_all(struct pushing *s, struct err *e)
{
	_cleanup_free_ char *why = NULL;
	struct err back = { 0 };
	int rc = quilt_journal(s->q, JOURNAL_DROP, s->names.v, s->p->n, e);

	if (!rc)
		rc = s->o->backup == BACKUP_ALWAYS ? apply_with_backups(s, e)
						   : apply_then_backups(s, e);
	if (!rc && is_cancelled(s->o))
		rc = err_set(e, ERR_CANCELLED, "interrupted: nothing was pushed");
	if (!rc)
		rc = carry_out(s, e);
	if (!rc || !quilt_recover(s->q, &back))
		return rc;
	why = xstrdup(e->msg);
	return err_set(e, rc, "%s; and %s", why, back.msg);
}

static int start(struct pushing *s, struct err *e)
{
	int rc = s->o->dry_run ? 0 : quilt_begin(s->q, e);

	if (!rc)
		rc = quilt_check(s->q, e);
	BUG_ON(!rc && s->o->count > s->q->series->entries.n - s->q->applied.n);
	return rc;
}

int quilt_push(struct quilt *q, const struct push_options *o, struct push *p,
	       struct err *e)
{
	struct pushing s = { .watch = { before, again }, .q = q, .p = p, .o = o };
	struct timespec begun = file_clock();
	struct err unread = { 0 };
	int rc;

	*p = (struct push){ 0 };
	rc = start(&s, e);
	if (rc)
		return rc;
	rc = read_patches(q, o, p, &unread);
	if (rc && (rc != ERR_NOTFOUND && rc != ERR_INPUT && rc != ERR_UNSAFE)) {
		*e = unread;
		return rc;
	}
	rc = 0;
	s.tree.root = q->top_fd;
	set_times(&s, begun);
	for (size_t i = 0; i < p->n; i++)
		strvec_push(&s.names, q->series->entries.v[p->first + i].name);
	if (p->n && o->dry_run) {
		rc = apply(&s, p->n, NULL, &p->result, e);
		if (!rc)
			count_done(p);
	} else if (p->n) {
		rc = push_all(&s, e);
	}
	if (!rc && p->done == p->n && unread.code) {
		*e = unread;
		rc = e->code;
	}
	parents_release(&s.tree);
	map_release(&s.perms);
	arena_release(&s.arena);
	map_release(&s.pc_dirs);
	vec_release(&s.originals);
	strvec_release(&s.names);
	return rc;
}

void push_release(struct push *p)
{
	apply_result_free(p->result);
	for (size_t i = 0; p->patches && i < p->n; i++)
		patch_free(p->patches[i]);
	free(p->patches);
	free(p->reverse);
	strvec_release(&p->rejects);
	*p = (struct push){ 0 };
}
