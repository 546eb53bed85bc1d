// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/quilt_redo.h"

static int set_word(const struct quilt *q, const char *name, const char *word,
		    struct err *e)
{
	_cleanup_free_ char *line = xasprintf("%s\n", word);
	int rc = beneath_publish(q->pc_fd, name, slice_str(line), e);

	return rc ? err_wrap(e, "in '%s'", q->pc) : 0;
}

static int ensure_word(const struct quilt *q, const char *name, const char *word,
		       struct err *e)
{
	if (!faccessat(q->pc_fd, name, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	return set_word(q, name, word, e);
}

static int make_pc(struct quilt *q, struct err *e)
{
	int rc;

	if (q->pc_fd >= 0)
		return 0;
	rc = fsx_mkdirs(q->pc, e);
	if (rc)
		return rc;
	q->pc_fd = open(q->pc, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return q->pc_fd < 0 ? err_sys(e, errno, "cannot open '%s'", q->pc) : 0;
}

/* The lock is the directory's own and goes with our descriptor. */
int quilt_begin(struct quilt *q, struct err *e)
{
	int rc = q->begun ? 0 : make_pc(q, e);

	if (rc || q->begun)
		return rc;
	if (flock(q->pc_fd, LOCK_EX | LOCK_NB))
		return err_set(e, ERR_CONFLICT,
			       "another push or pop is at work in '%s': wait for it",
			       q->top);
	q->begun = true;
	rc = quilt_reload(q, e);
	if (!rc && q->torn)
		rc = quilt_recover(q, e);
	if (!rc)
		rc = ensure_word(q, ".version", PC_VERSION, e);
	if (!rc)
		rc = ensure_word(q, ".quilt_patches", q->patches, e);
	return rc ? rc : ensure_word(q, ".quilt_series", q->series_said, e);
}

static void join(char *const *names, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		buf_adds(out, names[i]);
		buf_addc(out, '\n');
	}
}

/* quilt is kept out first, then it is said why. */
int quilt_journal(const struct quilt *q, const char *file, char *const *names, size_t n,
		  struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int rc = set_word(q, ".version", PC_VERSION_BUSY, e);

	join(names, n, &b);
	return rc ? rc : beneath_publish(q->pc_fd, file, buf_slice(&b), e);
}

int quilt_journal_turn(const struct quilt *q, const char *from, const char *to,
		       struct err *e)
{
	if (renameat(q->pc_fd, from, q->pc_fd, to))
		return err_sys(e, errno, "cannot rename '%s/%s'", q->pc, from);
	return 0;
}

int quilt_write_applied(const struct quilt *q, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	join(q->applied.v, q->applied.n, &b);
	if (q->applied.n)
		return beneath_publish(q->pc_fd, "applied-patches", buf_slice(&b), e);
	if (unlinkat(q->pc_fd, "applied-patches", 0) && errno != ENOENT)
		return err_sys(e, errno, "cannot remove '%s/applied-patches'", q->pc);
	return 0;
}

static int remove_old(int dir, const char *base, const char *path, struct err *e)
{
	if (!unlinkat(dir, base, 0) || errno == ENOENT)
		return 0;
	return err_sys(e, errno, "cannot put back '%s': cannot remove what is there", path);
}

struct restore {
	struct quilt *q;
	struct parents tree;
	struct map seen;
	struct timespec now;
};

static int put_back(struct restore *r, const char *backup, const char *path,
		    struct err *e)
{
	struct timespec times[2] = { r->now, r->now };
	const char *base;
	struct stat st;
	int dir, rc;
	bool there;

	if (fstatat(r->q->pc_fd, backup, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, errno, "cannot read the backup '%s/%s'", r->q->pc, backup);
	there = S_ISLNK(st.st_mode) || st.st_size;
	rc = parents_get(&r->tree, path, there, &dir, &base, e);
	if (rc == ERR_NOTFOUND && !there) {
		err_clear(e);
		return 0;
	}
	if (!rc)
		rc = remove_old(dir, base, path, e);
	if (rc || !there)
		return rc;
	if (linkat(r->q->pc_fd, backup, dir, base, 0))
		rc = beneath_copy(r->q->pc_fd, backup, dir, base, e);
	if (!rc && S_ISREG(st.st_mode) && utimensat(dir, base, times, 0) && errno != EPERM)
		rc = err_sys(e, errno, "cannot set the time of '%s'", path);
	return rc;
}

static int restore_patch(struct restore *r, const char *name, struct err *e)
{
	struct strvec files = { 0 };
	int rc = quilt_files(r->q, name, &files, e);

	for (size_t i = 0; !rc && i < files.n; i++) {
		_cleanup_free_ char *backup = NULL;

		if (map_has(&r->seen, slice_str(files.v[i])))
			continue;
		map_set(&r->seen, slice_str(files.v[i]), r);
		backup = path_join(name, files.v[i]);
		rc = put_back(r, backup, files.v[i], e);
	}
	strvec_release(&files);
	return rc;
}

/* The oldest backup of a file is how it was before all of them. */
int quilt_restore(struct quilt *q, char *const *names, size_t n, struct err *e)
{
	struct restore r = { .q = q, .tree = { .root = q->top_fd } };
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &r.now);
	for (size_t i = 0; !rc && i < n; i++)
		rc = restore_patch(&r, names[i], e);
	parents_release(&r.tree);
	map_release(&r.seen);
	return rc;
}

int quilt_drop(const struct quilt *q, char *const *names, size_t n, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		_cleanup_free_ char *mark = xasprintf("%s~refresh", names[i]);

		rc = beneath_remove(q->pc_fd, names[i], e);
		if (!rc && unlinkat(q->pc_fd, mark, 0) && errno != ENOENT)
			rc = err_sys(e, errno, "cannot remove '%s/%s'", q->pc, mark);
	}
	return rc;
}

int quilt_end(const struct quilt *q, struct err *e)
{
	static const char *const files[] = { JOURNAL_UNDO, JOURNAL_LOST, JOURNAL_DROP,
					     JOURNAL_REDO };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (unlinkat(q->pc_fd, files[i], 0) && errno != ENOENT)
			return err_sys(e, errno, "cannot remove '%s/%s'", q->pc, files[i]);
	}
	return set_word(q, ".version", PC_VERSION, e);
}

static int read_journal(const struct quilt *q, const char *file, struct strvec *names,
			bool *there, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest, line;
	int rc = beneath_read(q->pc_fd, file, &b, e);

	*there = !rc;
	if (rc == ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	rest = buf_slice(&b);
	while (!rc && slice_line(&rest, &line)) {
		struct slice name = slice_trim(line);

		if (path_is_safe(name))
			strvec_pushf(names, "%.*s", SLICE_ARG(name));
		else
			rc = err_set(e, ERR_UNSAFE, "%s/%s: cannot accept the name '%.*s'",
				     q->pc, file, (int)(name.n > 200 ? 200 : name.n),
				     name.p);
	}
	return rc;
}

/* @names are the last of those applied, or not among them yet. */
static void forget_applied(struct quilt *q, const struct strvec *names)
{
	while (q->applied.n && strvec_has(names, quilt_top(q))) {
		free(q->applied.v[--q->applied.n]);
		q->applied.v[q->applied.n] = NULL;
	}
}

static int recover_undo(struct quilt *q, struct strvec *names, struct err *e)
{
	int rc = quilt_restore(q, names->v, names->n, e);

	if (!rc) {
		forget_applied(q, names);
		rc = quilt_write_applied(q, e);
	}
	return rc ? rc : quilt_journal_turn(q, JOURNAL_UNDO, JOURNAL_DROP, e);
}

int quilt_recover(struct quilt *q, struct err *e)
{
	struct strvec names = { 0 };
	bool undo = false, drop = false;
	int rc;

	if (!faccessat(q->pc_fd, JOURNAL_LOST, F_OK, AT_SYMLINK_NOFOLLOW))
		return err_set(e, ERR_CONFLICT,
			       "a push without backups was cut off in '%s', and nobody can "
			       "tell what it wrote: unpack the sources anew",
			       q->top);
	rc = redo_finish(q, e);
	if (!rc)
		rc = read_journal(q, JOURNAL_UNDO, &names, &undo, e);
	if (!rc && undo)
		rc = recover_undo(q, &names, e);
	if (!rc && !undo)
		rc = read_journal(q, JOURNAL_DROP, &names, &drop, e);
	if (!rc)
		rc = quilt_drop(q, names.v, names.n, e);
	if (!rc)
		rc = beneath_remove(q->pc_fd, STAGE, e);
	if (!rc)
		rc = quilt_end(q, e);
	if (!rc)
		rc = quilt_reload(q, e);
	strvec_release(&names);
	return rc ? err_wrap(e, "cannot take back the push or pop that was cut off") : 0;
}
