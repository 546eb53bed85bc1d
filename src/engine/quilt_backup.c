// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_pushing.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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

int pushing_perm(struct pushing *s, struct slice origin, bool said, uint32_t mode,
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

int pushing_prepare(struct pushing *s, struct err *e)
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
	struct new_file how = NEW_FILE_PLAIN;
	int rc = 0;

	how.mtime = s->pushed;
	how.link = was->kind == BLOB_LINK;
	if (was->kind != BLOB_ABSENT)
		rc = pushing_perm(s, was->origin, was->mode_said, was->mode, &how, e);
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
	return pushing_prepare(s, e);
}

const struct apply_watch pushing_watch = { before, again };

int pushing_backup(struct pushing *s, size_t patch, struct slice at, struct err *e)
{
	_cleanup_free_ char *path = xmemdupz(at.p, at.n);
	_cleanup_free_ char *backup = xasprintf("%s/%s", s->names.v[patch], path);
	const char *base;
	int dir, rc = parents_get(&s->tree, path, false, &dir, &base, e);

	if (rc || !faccessat(s->q->pc_fd, backup, F_OK, AT_SYMLINK_NOFOLLOW))
		return rc;
	rc = pc_dir(s, backup, e);
	return rc ? rc : beneath_copy(dir, base, s->q->pc_fd, backup, e);
}
