// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/tree_apply.h"

#include "engine/tree_source.h"
#include "store/treewriter.h"

struct writing {
	struct apply_watch watch; /* first: the engine hands it back */
	struct tree_writer *writer;
	struct buf *bytes; /* of the file at hand, for each lane */
};

static int after(struct apply_watch *watch, const struct result_file *f,
		 const struct iovec *pieces, size_t npieces, struct err *e)
{
	struct writing *w = (struct writing *)watch;
	struct buf *bytes = &w->bytes[f->lane];
	_cleanup_free_ char *path = xmemdupz(f->path.p, f->path.n);
	struct store_change c = { path, f->deleted ? 0 : f->mode, { 0 } };

	buf_clear(bytes);
	for (size_t i = 0; i < npieces; i++)
		buf_add(bytes, pieces[i].iov_base, pieces[i].iov_len);
	c.data = buf_slice(bytes);
	return tree_writer_add(w->writer, f->lane, &c, e);
}

static int again(struct apply_watch *watch, struct err *e)
{
	(void)e;
	tree_writer_clear(((struct writing *)watch)->writer);
	return 0;
}

/* Files go to the store as they get done. */
static int apply_many(struct blob_source *src, struct store *s, const char *base,
		      const struct patch *const *patches, const bool *reverse, size_t n,
		      struct apply_policy policy, struct apply_result **out,
		      char tree[static OID_HEX], struct err *e)
{
	_cleanup_free_ struct buf *bytes = xcalloc(policy.threads, sizeof(*bytes));
	struct writing w = { .watch = { .after = after, .again = again }, .bytes = bytes };
	int rc = tree_writer_open(s, base, policy.threads, &w.writer, e);

	policy.watch = &w.watch;
	if (!rc)
		rc = apply_series(src, patches, reverse, n, &policy, out, e);
	if (!rc && (*out)->done == n)
		rc = tree_writer_finish(w.writer, tree, e);
	tree_writer_free(w.writer);
	for (unsigned i = 0; i < policy.threads; i++)
		buf_release(&bytes[i]);
	return rc;
}

static int write_few(struct store *s, const char *base, const struct apply_result *r,
		     char tree[static OID_HEX], struct err *e)
{
	struct store_change changes[TREE_WRITER_MIN] = { 0 };
	struct arena a = ARENA_INIT;
	int rc;

	BUG_ON(r->nfiles > ARRAY_SIZE(changes));
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct result_file *f = &r->files[i];

		changes[i] = (struct store_change){ arena_dup(&a, f->path.p, f->path.n),
						    f->deleted ? 0 : f->mode, f->bytes };
	}
	rc = store_tree_with(s, base, changes, r->nfiles, tree, e);
	arena_release(&a);
	return rc;
}

/* Renames change two files. */
static bool are_few(const struct patch *const *patches, size_t n)
{
	size_t files = 0;

	for (size_t i = 0; i < n && files <= TREE_WRITER_MIN; i++)
		files += 2 * (size_t)patches[i]->nchanges;
	return files <= TREE_WRITER_MIN;
}

int tree_apply(struct store *s, const char *base, const struct patch *const *patches,
	       const bool *reverse, size_t n, const struct apply_policy *policy,
	       struct apply_result **out, char tree[static OID_HEX], struct err *e)
{
	struct apply_policy own = *policy;
	struct apply_result *r = NULL;
	struct tree_source src;
	int rc;

	tree_source_init(&src, s, base);
	own.watch = NULL;
	if (!own.threads)
		own.threads = 1;
	if (!are_few(patches, n)) {
		rc = apply_many(&src.source, s, base, patches, reverse, n, own, &r, tree, e);
	} else {
		rc = apply_series(&src.source, patches, reverse, n, &own, &r, e);
		if (!rc && r->done == n)
			rc = write_few(s, base, r, tree, e);
	}
	if (rc) {
		apply_result_free(r);
		return rc;
	}
	if (r->done != n)
		tree[0] = '\0';
	*out = r;
	return 0;
}
