// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_pushing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/*
 * Permissions are as GNU patch (2.7) leaves them: a file keeps its own, a renamed one
 * takes them along, a mode that a patch says is set as it is said, and a new file of
 * which nothing is said has those of the umask.
 */
struct new_file pushing_look(const struct pushing *s, const struct perms *was, bool said,
			     uint32_t mode)
{
	struct new_file how = NEW_FILE_PLAIN;

	how.link = mode == 0120000;
	how.perm = said ? mode & 0777 : was->known ? was->perm : 0666;
	how.exact = said || was->known;
	if (was->known && was->uid != s->uid)
		how.uid = was->uid;
	if (was->known && was->gid != s->gid)
		how.gid = was->gid;
	return how;
}

/* Whether patch @i of this push gets backups. */
static bool wants_backup(const struct pushing *s, size_t i)
{
	return i >= s->backups_from;
}

static int make_timestamp(struct pushing *s, const char *name, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/.timestamp", name);
	struct new_file how = NEW_FILE_PLAIN;

	how.mtime = s->pushed;
	return beneath_create(s->q->pc_fd, path, NULL, 0, &how, e);
}

/* What stands there is of a push that was killed, or of nobody. */
static int clear_place(struct pushing *s, const char *name, struct err *e)
{
	_cleanup_free_ char *mark = xasprintf("%s~refresh", name);
	int rc = beneath_remove(s->q->pc_fd, name, e);

	if (!rc && unlinkat(s->q->pc_fd, mark, 0) && errno != ENOENT)
		rc = err_sys(e, errno, "cannot remove '%s/%s'", s->q->pc, mark);
	return rc;
}

static int prepare_patch(struct pushing *s, size_t i, bool fresh, struct err *e)
{
	const char *name = s->names.v[i];
	int rc = fresh ? 0 : clear_place(s, name, e);

	if (rc || !wants_backup(s, i))
		return rc;
	rc = beneath_mkdirs(s->q->pc_fd, name, e);
	return rc ? rc : make_timestamp(s, name, e);
}

static bool is_own(const char *name)
{
	static const char *const own[] = { ".",
					   "..",
					   ".version",
					   ".quilt_patches",
					   ".quilt_series",
					   "applied-patches" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		if (!strcmp(name, own[i]))
			return true;
	}
	return slice_starts(slice_str(name), ".carry-");
}

/* Whether .pc holds nothing but its own files, so that there are no places to clear. */
static bool is_fresh(const struct pushing *s)
{
	int fd = beneath_open(s->q->pc_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de = NULL;
	bool fresh;

	if (!d) {
		closep(&fd);
		return false;
	}
	do {
		errno = 0;
		de = readdir(d);
	} while (de && is_own(de->d_name));
	fresh = !de && !errno;
	closedir(d);
	return fresh;
}

int pushing_prepare(struct pushing *s, struct err *e)
{
	bool fresh = is_fresh(s);
	int rc = 0;

	for (size_t i = 0; !rc && i < s->p->n; i++)
		rc = prepare_patch(s, i, fresh, e);
	return rc;
}

/* The directory of @path in .pc, below the patch's own, of so many bytes. */
static int pc_dir(struct pushing *s, struct hand *h, const char *path, size_t own,
		  struct err *e)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = xmemdupz(path, (size_t)(slash - path));
	int rc;

	if (strlen(dir) <= own || map_has(&h->pc_dirs, slice_str(dir)))
		return 0;
	rc = pc_dir(s, h, dir, own, e);
	if (rc)
		return rc;
	map_set(&h->pc_dirs, slice_str(dir), h);
	if (mkdirat(s->q->pc_fd, dir, 0777) && errno != EEXIST)
		return err_sys(e, errno, "cannot make '%s/%s'", s->q->pc, dir);
	return 0;
}

/*
 * The original itself becomes the backup, as with GNU patch; the tree gets a new file
 * once all backups are there.
 */
static int keep_original(struct pushing *s, struct hand *h, const char *path,
			 const char *backup, struct err *e)
{
	const char *base;
	int dir, rc = parents_get(&h->tree, path, false, &dir, &base, e);

	if (rc || !linkat(dir, base, s->q->pc_fd, backup, 0))
		return rc;
	return beneath_copy(dir, base, s->q->pc_fd, backup, e);
}

static int write_backup(struct pushing *s, const char *backup, const struct file_was *was,
			struct err *e)
{
	struct new_file how = NEW_FILE_PLAIN;

	if (was->kind != BLOB_ABSENT)
		how = pushing_look(s, &was->perms, was->mode_said, was->mode);
	how.mtime = s->pushed;
	return beneath_create(s->q->pc_fd, backup, was->pieces, was->npieces, &how, e);
}

static int before(struct apply_watch *w, size_t patch, const struct file_was *was,
		  struct err *e)
{
	struct pushing *s = (struct pushing *)w;
	struct hand *h = &s->hands[was->lane];
	_cleanup_free_ char *path = xmemdupz(was->path.p, was->path.n);
	_cleanup_free_ char *backup = NULL;
	bool original = was->untouched && was->kind != BLOB_ABSENT;
	int rc;

	if (!wants_backup(s, patch))
		return 0;
	if (original)
		vec_push(&h->originals, (struct original){ patch, was->path });
	backup = xasprintf("%s/%s", s->names.v[patch], path);
	rc = pc_dir(s, h, backup, strlen(s->names.v[patch]), e);
	if (rc)
		return rc;
	if (original)
		return keep_original(s, h, path, backup, e);
	return write_backup(s, backup, was, e);
}

static int open_stage(struct pushing *s, struct hand *h, struct err *e)
{
	_cleanup_free_ char *dir = xasprintf(STAGE "/%u", (unsigned)(h - s->hands));
	int rc;

	if (h->stage_fd >= 0)
		return 0;
	rc = beneath_mkdirs(s->q->pc_fd, dir, e);
	if (rc)
		return rc;
	h->stage_fd = beneath_open(s->q->pc_fd, dir, O_PATH | O_DIRECTORY, 0);
	return h->stage_fd < 0 ? err_sys(e, errno, "cannot open '%s/%s'", s->q->pc, dir)
			       : 0;
}

/* For when the file is put in place: that is done by one thread, this by all. */
static void open_parent(struct hand *h, struct slice path)
{
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);
	struct err ignored = { 0 };
	const char *base;
	int dir;

	if (parents_get(&h->tree, name, false, &dir, &base, &ignored))
		return;
}

/* Writes the file aside, so that nobody has to hold it until all is known to fit. */
static int after(struct apply_watch *w, const struct result_file *f,
		 const struct iovec *pieces, size_t npieces, struct err *e)
{
	struct pushing *s = (struct pushing *)w;
	struct hand *h = &s->hands[f->lane];
	struct staged st = { f->path, h, h->staged.n, f->base_mode };
	struct new_file how = pushing_look(s, &f->perms, f->mode_said, f->mode);
	char name[24];
	int rc;

	if (f->deleted)
		return 0;
	rc = open_stage(s, h, e);
	if (rc)
		return rc;
	open_parent(h, f->path);
	/* Without backups nobody compares it with another: the time of writing will do. */
	if (s->o->backup != BACKUP_NEVER)
		how.mtime = s->written;
	else
		how.mtime.tv_nsec = UTIME_OMIT;
	snprintf(name, sizeof(name), "%zu", st.number);
	vec_push(&h->staged, st);
	return beneath_create(h->stage_fd, name, pieces, npieces, &how, e);
}

void pushing_clear(struct pushing *s)
{
	for (unsigned i = 0; i < s->nhands; i++) {
		struct hand *h = &s->hands[i];

		parents_release(&h->tree);
		map_release(&h->pc_dirs);
		h->originals.n = 0;
		h->staged.n = 0;
		closep(&h->stage_fd);
		h->stage_fd = -1;
	}
}

/* What was written is void: begin anew with empty directories. */
static int again(struct apply_watch *w, struct err *e)
{
	struct pushing *s = (struct pushing *)w;
	int rc;

	pushing_clear(s);
	rc = beneath_remove(s->q->pc_fd, STAGE, e);
	return rc ? rc : pushing_prepare(s, e);
}

const struct apply_watch pushing_watch = { before, after, again };

/* What is staged is of another pass, and stays. */
static int backups_again(struct apply_watch *w, struct err *e)
{
	struct pushing *s = (struct pushing *)w;

	for (unsigned i = 0; i < s->nhands; i++) {
		map_release(&s->hands[i].pc_dirs);
		s->hands[i].originals.n = 0;
	}
	return pushing_prepare(s, e);
}

const struct apply_watch pushing_backups_watch = { before, NULL, backups_again };

int pushing_backup(struct pushing *s, size_t patch, struct slice at, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(at.p, at.n);
	_cleanup_free_ char *backup = xasprintf("%s/%s", s->names.v[patch], path);
	const char *base;
	int dir, rc = parents_get(&s->hands[0].tree, path, false, &dir, &base, e);

	if (rc || !faccessat(s->q->pc_fd, backup, F_OK, AT_SYMLINK_NOFOLLOW))
		return rc;
	rc = pc_dir(s, &s->hands[0], backup, strlen(s->names.v[patch]), e);
	return rc ? rc : beneath_copy(dir, base, s->q->pc_fd, backup, e);
}
