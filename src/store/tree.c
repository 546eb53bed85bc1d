// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */
#include <nettle/sha1.h>

#include "store/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "store/store_priv.h"

int store_git_err(struct err *e, enum errc code, const char *fmt, ...)
{
	const git_error *ge = git_error_last();
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return err_set(e, code, "%s: %s", b.data,
		       ge && ge->message ? ge->message : "unknown reason");
}

void store_object_freep(git_odb_object **o)
{
	git_odb_object_free(*o);
}

/* Made under another name, so that two at once and a killed one do no harm. */
static int make_repository(const char *cache, const char *dir, struct err *e)
{
	git_repository_init_options opts = GIT_REPOSITORY_INIT_OPTIONS_INIT;
	struct fsx_lock held = FSX_LOCK_INIT;
	_cleanup_free_ char *tmp = NULL;
	git_repository *repo = NULL;
	struct err ignored;
	int rc = fsx_workdir(cache, "store.git", &tmp, &held, e);

	if (rc)
		return rc;
	opts.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_NO_REINIT;
	if (git_repository_init_ext(&repo, tmp, &opts))
		rc = store_git_err(e, ERR_IO, "cannot make the store '%s'", dir);
	else
		rc = store_move_into_place(tmp, dir, e);
	git_repository_free(repo);
	if (rc && fsx_remove(tmp, &ignored))
		err_clear(&ignored); /* the next one removes it */
	/* Another one was faster. */
	if (rc == ERR_EXISTS) {
		err_clear(e);
		rc = 0;
	}
	fsx_unlock(&held);
	return rc;
}

void store_git_options(void)
{
	/*
	 * Each object carries a checksum of its own (that of its zlib stream), which finds what a
	 * disk has damaged; hashing all that is read again would double the cost.
	 */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	/* A loose object that a crash emptied would be taken for the real one. */
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	/* Directories are looked up again and again: include/linux has 100 KB. */
	git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE,
			 (size_t)1 << 20);
}

int store_open(const char *cache, struct store **out, struct err *e)
{
	_cleanup_free_ char *dir = path_join(cache, "store.git");
	_cleanup_free_ char *objects = path_join(dir, "objects");
	_cleanup_free_ char *lock = path_join(cache, STORE_LOCK);
	struct fsx_lock use = FSX_LOCK_INIT;
	struct err ignored;
	git_odb *odb = NULL;
	struct store *s;
	int rc = 0;

	git_libgit2_init();
	store_git_options();
	if (!fsx_is_dir(dir)) {
		rc = fsx_mkdirs(cache, e);
		if (!rc)
			rc = make_repository(cache, dir, e);
	}
	/* A cache that we may only read can be swept by nobody either. */
	if (!rc && fsx_lock_shared(&use, lock, &ignored))
		use = (struct fsx_lock)FSX_LOCK_INIT;
	if (!rc && git_odb_open(&odb, objects))
		rc = store_git_err(e, ERR_IO, "cannot open the store '%s'", dir);
	if (rc) {
		fsx_unlock(&use);
		git_libgit2_shutdown();
		return rc;
	}
	s = xcalloc(1, sizeof(*s));
	s->cache = xstrdup(cache);
	s->dir = TAKE(dir);
	s->odb = odb;
	s->packs = pack_reader_new(objects);
	s->use = use;
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	git_odb_free(s->odb);
	pack_reader_free(s->packs);
	fsx_unlock(&s->use);
	free(s->cache);
	free(s->dir);
	free(s);
	git_libgit2_shutdown();
}

void store_set_cancel(struct store *s, const atomic_bool *cancel)
{
	s->cancel = cancel;
}

const char *store_cache(const struct store *s)
{
	return s->cache;
}

int store_parse_oid(const char *hex, git_oid *out, struct err *e)
{
	if (strlen(hex) != GIT_OID_HEXSZ || git_oid_fromstr(out, hex))
		return err_set(e, ERR_USAGE, "'%.60s' is no id of a tree", hex);
	return 0;
}

bool store_has(const struct store *s, const char *hex)
{
	struct err ignored;
	git_oid oid;

	return !store_parse_oid(hex, &oid, &ignored) && git_odb_exists(s->odb, &oid);
}

/*
 * Not by libgit2: were we killed in it, its lock file would stay and refuse
 * every later try. A file that is renamed into place needs no lock.
 */
int store_keep(struct store *s, const char *name, const char *hex, struct err *e)
{
	_cleanup_free_ char *ref = xasprintf("%s/refs/carry/%s", s->dir, name);
	_cleanup_free_ char *parent = xmemdupz(ref, (size_t)(strrchr(ref, '/') - ref));
	_cleanup_free_ char *fresh = path_join(s->dir, "carry-keep-XXXXXX");
	_cleanup_free_ char *line = xasprintf("%s\n", hex);
	git_oid oid;
	int fd, rc = store_parse_oid(hex, &oid, e);

	if (!rc)
		rc = fsx_mkdirs(parent, e);
	if (rc)
		return rc;
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "cannot write '%s'", fresh);
	rc = fsx_write_all(fd, slice_str(line), fresh, e);
	if (!rc && (fchmod(fd, 0644) || fsync(fd) || rename(fresh, ref)))
		rc = err_sys(e, errno, "cannot write '%s'", ref);
	close(fd);
	if (rc)
		unlink(fresh);
	return rc;
}

int store_read(const struct store *s, const git_oid *oid, git_object_t type,
	       git_odb_object **out, struct err *e)
{
	int rc = git_odb_read(out, s->odb, oid);

	if (rc)
		return store_git_err(e, rc == GIT_ENOTFOUND ? ERR_NOTFOUND : ERR_IO,
				     "cannot read %s from the store",
				     git_oid_tostr_s(oid));
	if (git_odb_object_type(*out) != type)
		return err_set(e, ERR_IO, "object %s of the store is no %s",
			       git_oid_tostr_s(oid), git_object_type2string(type));
	return 0;
}

void store_object_id(git_object_t type, struct slice data, git_oid *out)
{
	struct sha1_ctx ctx;
	char head[64];
	int n = snprintf(head, sizeof(head), "%s %zu", git_object_type2string(type), data.n);

	sha1_init(&ctx);
	sha1_update(&ctx, (size_t)n + 1, (const uint8_t *)head);
	sha1_update(&ctx, data.n, (const uint8_t *)data.p);
	sha1_digest(&ctx, SHA1_DIGEST_SIZE, out->id);
}

int tree_next(struct slice *rest, struct tree_entry *en)
{
	size_t i = 0, start;

	if (!rest->n)
		return 0;
	en->mode = 0;
	for (; i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '7' && i < 7; i++)
		en->mode = en->mode << 3 | (unsigned)(rest->p[i] - '0');
	if (!i || i == rest->n || rest->p[i] != ' ')
		return -1;
	start = ++i;
	while (i < rest->n && rest->p[i])
		i++;
	if (i == start || rest->n - i < 1 + GIT_OID_RAWSZ)
		return -1;
	en->name = (struct slice){ rest->p + start, i - start };
	memcpy(en->oid.id, rest->p + i + 1, GIT_OID_RAWSZ);
	i += 1 + GIT_OID_RAWSZ;
	rest->p += i;
	rest->n -= i;
	return 1;
}

/* The entry @name of the tree @oid; its mode is 0 when there is none. */
static int find_entry(const struct store *s, const git_oid *oid, struct slice name,
		      struct tree_entry *en, struct err *e)
{
	_cleanup_object_ git_odb_object *o = NULL;
	struct slice rest;
	int rc = store_read(s, oid, GIT_OBJECT_TREE, &o, e);

	if (rc)
		return rc;
	rest = (struct slice){ git_odb_object_data(o), git_odb_object_size(o) };
	while ((rc = tree_next(&rest, en)) > 0) {
		if (slice_eq(en->name, name))
			return 0;
	}
	if (rc < 0)
		return err_set(e, ERR_IO, "tree %s of the store is malformed",
			       git_oid_tostr_s(oid));
	en->mode = 0;
	return 0;
}

int store_read_blob(const struct store *s, const git_oid *oid, struct slice *out,
		    struct err *e)
{
	_cleanup_object_ git_odb_object *o = NULL;
	int rc;

	if (s->packs && pack_read_blob(s->packs, oid, out))
		return 0;
	rc = store_read(s, oid, GIT_OBJECT_BLOB, &o, e);
	if (!rc)
		*out = (struct slice){ xmemdupz(git_odb_object_data(o), git_odb_object_size(o)),
				       git_odb_object_size(o) };
	return rc;
}

static enum store_kind kind_of(unsigned mode)
{
	if (!mode)
		return STORE_ABSENT;
	return mode == MODE_LINK || (mode & S_IFMT) == S_IFREG ? STORE_FILE : STORE_OTHER;
}

int store_look(const struct store *s, const char *tree, const char *path,
	       enum store_kind *kind, struct slice *out, unsigned *mode, struct err *e)
{
	struct slice rest = slice_str(path), name;
	struct tree_entry en = { .mode = MODE_TREE };
	int rc = store_parse_oid(tree, &en.oid, e);

	while (!rc && en.mode && slice_split(&rest, '/', &name)) {
		git_oid at = en.oid;

		if (en.mode != MODE_TREE) {
			*kind = STORE_BEYOND;
			return 0;
		}
		rc = find_entry(s, &at, name, &en, e);
	}
	if (rc)
		return rc;
	*kind = kind_of(en.mode);
	*mode = en.mode;
	return *kind == STORE_FILE ? store_read_blob(s, &en.oid, out, e) : 0;
}

int store_blob(const struct store *s, const char *tree, const char *path, struct buf *out,
	       unsigned *mode, struct err *e)
{
	enum store_kind kind;
	struct slice data;
	unsigned found;
	int rc = store_look(s, tree, path, &kind, &data, &found, e);

	if (rc)
		return rc;
	if (kind != STORE_FILE)
		return err_set(e, ERR_NOTFOUND, "the tree has no file '%s'", path);
	buf_add_slice(out, data);
	free((char *)(uintptr_t)data.p);
	if (mode)
		*mode = found;
	return 0;
}

bool store_link_is_safe(struct slice path, struct slice target)
{
	struct slice rest = target, part;
	size_t depth = 0;
	bool down = false;

	if (!target.n || target.n >= 4096 || target.p[0] == '/' ||
	    memchr(target.p, 0, target.n))
		return false;
	for (size_t i = 0; i < path.n; i++)
		depth += path.p[i] == '/';
	while (slice_split(&rest, '/', &part)) {
		if (!part.n || slice_eqs(part, "."))
			continue;
		if (!slice_eqs(part, "..")) {
			down = true;
			continue;
		}
		if (down || !depth--)
			return false;
	}
	return true;
}
