// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store_priv.h"

#include <sys/stat.h>

#include "base/fsx.h"
#include "base/map.h"
#include "store/treewriter.h"

/* One directory as it changes. */
struct dir {
	struct tree_entry *v;
	size_t n, cap;
	struct map names;    /* index + 1; kept up only where there is much to look up */
	git_odb_object *old; /* owns the names of the old entries */
};

struct builder {
	const struct store *s;
	struct object_sink *sink;
};

static int put_loose(struct object_sink *sink, git_object_t type, struct slice data,
		     git_oid *out, struct err *e)
{
	if (git_odb_write(out, sink->s->odb, data.p, data.n, type))
		return store_git_err(e, ERR_IO, "cannot write to the store");
	return 0;
}

struct object_sink object_sink_loose(struct store *s)
{
	return (struct object_sink){ .put = put_loose, .s = s };
}

static int put_pack(struct object_sink *sink, git_object_t type, struct slice data,
		    git_oid *out, struct err *e)
{
	struct pack_batch b = { 0 };
	int rc;

	store_object_id(type, data, out);
	if (!store_wants(sink->s, sink->pack, out))
		return 0;
	pack_encode(sink->z, out, type, data, &b);
	rc = pack_append(sink->pack, &b, e);
	pack_batch_release(&b);
	return rc;
}

struct object_sink object_sink_pack(struct store *s, struct pack_writer *pack,
				    struct pack_encoder *z)
{
	return (struct object_sink){ put_pack, s, pack, z };
}

bool store_wants(const struct store *s, struct pack_writer *pack, const git_oid *oid)
{
	return pack_claim(pack, oid) &&
	       !git_odb_exists_ext(s->odb, oid, GIT_ODB_LOOKUP_NO_REFRESH);
}

static void dir_release(struct dir *d)
{
	vec_release(d);
	map_release(&d->names);
	git_odb_object_free(d->old);
}

static void dir_add(struct dir *d, struct tree_entry en)
{
	vec_push(d, en);
	map_set(&d->names, en.name, (void *)(uintptr_t)d->n);
}

/* NULL when there is none; one that was taken out has mode 0. */
static struct tree_entry *dir_find(struct dir *d, struct slice name)
{
	uintptr_t at = (uintptr_t)map_get(&d->names, name);

	return at ? &d->v[at - 1] : NULL;
}

static int dir_load(struct builder *b, const git_oid *oid, struct dir *d, struct err *e)
{
	struct tree_entry en;
	struct slice rest;
	int rc;

	if (!oid)
		return 0;
	rc = store_read(b->s, oid, GIT_OBJECT_TREE, &d->old, e);
	if (rc)
		return rc;
	rest = (struct slice){ git_odb_object_data(d->old), git_odb_object_size(d->old) };
	while ((rc = tree_next(&rest, &en)) > 0)
		dir_add(d, en);
	if (rc < 0)
		return err_set(e, ERR_IO, "tree %s of the store is malformed",
			       git_oid_tostr_s(oid));
	return 0;
}

/* git sorts a directory as if its name ended with a slash. */
static int cmp_entries(const void *pa, const void *pb)
{
	const struct tree_entry *a = pa, *b = pb;
	size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;
	int c = memcmp(a->name.p, b->name.p, n);
	unsigned char ca, cb;

	if (c)
		return c;
	ca = n < a->name.n ? (unsigned char)a->name.p[n] : a->mode == MODE_TREE ? '/' : 0;
	cb = n < b->name.n ? (unsigned char)b->name.p[n] : b->mode == MODE_TREE ? '/' : 0;
	return (int)ca - (int)cb;
}

static int dir_store(struct builder *b, struct dir *d, git_oid *out, bool *empty,
		     struct err *e)
{
	_cleanup_buf_ struct buf raw = BUF_INIT;

	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), cmp_entries);
	for (size_t i = 0; i < d->n; i++) {
		if (!d->v[i].mode)
			continue;
		buf_addf(&raw, "%o ", d->v[i].mode);
		buf_add_slice(&raw, d->v[i].name);
		buf_addc(&raw, '\0');
		buf_add(&raw, d->v[i].oid.id, GIT_OID_RAWSZ);
	}
	*empty = !raw.len;
	return b->sink->put(b->sink, GIT_OBJECT_TREE, buf_slice(&raw), out, e);
}

/* The part of the path that belongs to the directory whose path has @skip bytes. */
static struct slice part_of(const struct tree_change *c, size_t skip)
{
	struct slice rest = { c->path.p + skip, c->path.n - skip }, part;

	slice_split(&rest, '/', &part);
	return part;
}

static bool is_direct(const struct tree_change *c, size_t skip)
{
	return !memchr(c->path.p + skip, '/', c->path.n - skip);
}

static int remove_direct(struct dir *d, const struct tree_change *c, size_t skip,
			 struct err *e)
{
	struct tree_entry *en = dir_find(d, part_of(c, skip));

	if (!en || !en->mode || en->mode == MODE_TREE)
		return err_set(e, ERR_NOTFOUND,
			       "cannot remove '%.*s': the tree has no such file",
			       SLICE_ARG(c->path));
	en->mode = 0;
	return 0;
}

static int set_direct(struct builder *b, struct dir *d, const struct tree_change *c,
		      size_t skip, struct err *e)
{
	struct tree_entry fresh = { c->mode, part_of(c, skip), c->oid };
	struct tree_entry *en = dir_find(d, fresh.name);
	int rc = 0;

	if (en && en->mode == MODE_TREE)
		return err_set(e, ERR_CONFLICT,
			       "cannot make '%.*s': a directory stands there",
			       SLICE_ARG(c->path));
	if (!c->has_oid)
		rc = b->sink->put(b->sink, GIT_OBJECT_BLOB, c->data, &fresh.oid, e);
	if (rc)
		return rc;
	if (en)
		*en = fresh;
	else
		dir_add(d, fresh);
	return 0;
}

static int build_dir(struct builder *b, const git_oid *base, const struct tree_change *c,
		     size_t n, size_t skip, git_oid *out, bool *empty, struct err *e);

/* The changes @c, all below one directory of @d. */
static int change_subdir(struct builder *b, struct dir *d, const struct tree_change *c,
			 size_t n, size_t skip, struct err *e)
{
	struct tree_entry sub = { MODE_TREE, part_of(c, skip), { { 0 } } };
	struct tree_entry *en = dir_find(d, sub.name);
	bool empty = false;
	int rc;

	if (en && en->mode && en->mode != MODE_TREE)
		return err_set(e, ERR_CONFLICT,
			       "cannot make '%.*s': '%.*s' is no directory",
			       SLICE_ARG(c->path), (int)(skip + sub.name.n), c->path.p);
	rc = build_dir(b, en && en->mode ? &en->oid : NULL, c, n, skip + sub.name.n + 1,
		       &sub.oid, &empty, e);
	if (rc)
		return rc;
	if (empty)
		sub.mode = 0;
	if (en)
		*en = sub;
	else
		dir_add(d, sub);
	return 0;
}

static int change_subdirs(struct builder *b, struct dir *d, const struct tree_change *c,
			  size_t n, size_t skip, struct err *e)
{
	size_t i = 0, j;
	int rc = 0;

	for (; !rc && i < n; i = j) {
		struct slice part = part_of(&c[i], skip);

		j = i + 1;
		if (is_direct(&c[i], skip))
			continue;
		while (j < n && !is_direct(&c[j], skip) &&
		       slice_eq(part_of(&c[j], skip), part))
			j++;
		rc = change_subdir(b, d, c + i, j - i, skip, e);
	}
	return rc;
}

/*
 * Removals come first and new files last, so that a file can take the place of
 * a directory that the same changes empty, and the reverse.
 */
static int build_dir(struct builder *b, const git_oid *base, const struct tree_change *c,
		     size_t n, size_t skip, git_oid *out, bool *empty, struct err *e)
{
	_cleanup_(dir_release) struct dir d = { 0 };
	int rc = dir_load(b, base, &d, e);

	for (size_t i = 0; !rc && i < n; i++) {
		if (is_direct(&c[i], skip) && !c[i].mode)
			rc = remove_direct(&d, &c[i], skip, e);
	}
	if (!rc)
		rc = change_subdirs(b, &d, c, n, skip, e);
	for (size_t i = 0; !rc && i < n; i++) {
		if (is_direct(&c[i], skip) && c[i].mode)
			rc = set_direct(b, &d, &c[i], skip, e);
	}
	return rc ? rc : dir_store(b, &d, out, empty, e);
}

static int cmp_changes(const void *a, const void *b)
{
	return slice_cmp(((const struct tree_change *)a)->path,
			 ((const struct tree_change *)b)->path);
}

int tree_build(const struct store *s, struct object_sink *sink, const git_oid *base,
	       struct tree_change *changes, size_t n, git_oid *out, struct err *e)
{
	struct builder b = { s, sink };
	bool empty;

	qsort(changes, n, sizeof(*changes), cmp_changes);
	for (size_t i = 1; i < n; i++) {
		if (slice_eq(changes[i - 1].path, changes[i].path))
			return err_set(e, ERR_INPUT, "'%.*s' is given twice",
				       SLICE_ARG(changes[i].path));
	}
	return build_dir(&b, base, changes, n, 0, out, &empty, e);
}

int store_check_change(const struct store_change *c, struct err *e)
{
	struct slice path = slice_str(c->path);

	if (!path_is_safe(path))
		return err_set(e, ERR_UNSAFE, "'%s' is no path inside of a tree",
			       c->path);
	if (c->mode == MODE_LINK && !store_link_is_safe(path, c->data))
		return err_set(e, ERR_UNSAFE, "link '%s' leaves the tree", c->path);
	if (c->mode && c->mode != MODE_FILE && c->mode != MODE_EXEC &&
	    c->mode != MODE_LINK)
		return err_set(e, ERR_UNSAFE, "'%s' would have mode %o", c->path,
			       c->mode);
	return 0;
}

int store_build_tree(struct store *s, struct object_sink *sink, const char *base,
		     const struct store_change *changes, size_t n, char out[static OID_HEX],
		     struct err *e)
{
	_cleanup_free_ struct tree_change *tc = xcalloc(n + 1, sizeof(*tc));
	git_oid base_oid, oid;
	int rc = base ? store_parse_oid(base, &base_oid, e) : 0;

	for (size_t i = 0; !rc && i < n; i++) {
		rc = store_check_change(&changes[i], e);
		tc[i].path = slice_str(changes[i].path);
		tc[i].mode = changes[i].mode;
		tc[i].data = changes[i].data;
	}
	if (!rc)
		rc = tree_build(s, sink, base ? &base_oid : NULL, tc, n, &oid, e);
	if (!rc)
		git_oid_tostr(out, OID_HEX, &oid);
	return rc;
}

static int tree_with_pack(struct store *s, const char *base, const struct store_change *changes,
			  size_t n, char out[static OID_HEX], struct err *e)
{
	struct tree_writer *w = NULL;
	int rc = tree_writer_open(s, base, 1, &w, e);

	for (size_t i = 0; !rc && i < n; i++)
		rc = tree_writer_add(w, 0, &changes[i], e);
	if (!rc)
		rc = tree_writer_finish(w, out, e);
	tree_writer_free(w);
	return rc;
}

int store_tree_with(struct store *s, const char *base, const struct store_change *changes,
		    size_t n, char out[static OID_HEX], struct err *e)
{
	struct object_sink loose = object_sink_loose(s);

	if (n > TREE_WRITER_MIN)
		return tree_with_pack(s, base, changes, n, out, e);
	return store_build_tree(s, &loose, base, changes, n, out, e);
}
