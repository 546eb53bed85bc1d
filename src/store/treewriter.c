// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "store/treewriter.h"

#include "base/fsx.h"
#include "store/store_priv.h"

/* A lane hands its bytes over to the file when it has so many. */
#define LANE_BYTES ((size_t)1 << 20)

struct changes {
	struct tree_change *v;
	size_t n, cap;
};

struct lane {
	struct pack_encoder *z;
	struct pack_batch out;
	struct changes changes;
	struct arena paths;
};

struct tree_writer {
	struct store *s;
	const char *base;
	struct pack_writer *pack;
	unsigned n;
	struct lane *lanes;
};

int tree_writer_open(struct store *s, const char *base, unsigned lanes,
		     struct tree_writer **out, struct err *e)
{
	_cleanup_free_ char *objects = path_join(s->dir, "objects");
	struct pack_writer *pack = NULL;
	struct tree_writer *w;
	int rc = pack_open(objects, &pack, e);

	if (rc)
		return rc;
	w = xcalloc(1, sizeof(*w));
	*w = (struct tree_writer){ s, base, pack, lanes, xcalloc(lanes, sizeof(*w->lanes)) };
	for (unsigned i = 0; i < lanes; i++)
		w->lanes[i].z = pack_encoder_new(PACK_PLAIN);
	*out = w;
	return 0;
}

void tree_writer_free(struct tree_writer *w)
{
	if (!w)
		return;
	for (unsigned i = 0; i < w->n; i++) {
		pack_encoder_free(w->lanes[i].z);
		pack_batch_release(&w->lanes[i].out);
		vec_release(&w->lanes[i].changes);
		arena_release(&w->lanes[i].paths);
	}
	pack_abandon(w->pack);
	free(w->lanes);
	free(w);
}

static int hand_over(struct tree_writer *w, struct lane *l, struct err *e)
{
	int rc = pack_append(w->pack, &l->out, e);

	pack_batch_clear(&l->out);
	return rc;
}

int tree_writer_add(struct tree_writer *w, unsigned lane, const struct store_change *c,
		    struct err *e)
{
	struct lane *l = &w->lanes[lane];
	struct tree_change change = { .mode = c->mode, .has_oid = true };
	size_t n = strlen(c->path);
	int rc = store_check_change(c, e);

	if (rc)
		return rc;
	change.path = (struct slice){ arena_dup(&l->paths, c->path, n), n };
	if (c->mode) {
		store_object_id(GIT_OBJECT_BLOB, c->data, &change.oid);
		if (store_wants(w->s, w->pack, &change.oid))
			pack_encode(l->z, &change.oid, GIT_OBJECT_BLOB, c->data, &l->out);
	}
	vec_push(&l->changes, change);
	return l->out.bytes.len < LANE_BYTES ? 0 : hand_over(w, l, e);
}

void tree_writer_clear(struct tree_writer *w)
{
	for (unsigned i = 0; i < w->n; i++)
		w->lanes[i].changes.n = 0;
}

/* What all lanes have, in one list; all contents go to the file. */
static int join(struct tree_writer *w, struct changes *all, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < w->n; i++) {
		vec_each (c, &w->lanes[i].changes)
			vec_push(all, *c);
		rc = hand_over(w, &w->lanes[i], e);
	}
	return rc;
}

int tree_writer_finish(struct tree_writer *w, char out[static OID_HEX], struct err *e)
{
	struct object_sink sink = object_sink_pack(w->s, w->pack, w->lanes[0].z);
	struct changes all = { 0 };
	git_oid base, oid;
	int rc = w->base ? store_parse_oid(w->base, &base, e) : 0;

	if (!rc)
		rc = join(w, &all, e);
	if (!rc)
		rc = tree_build(w->s, &sink, w->base ? &base : NULL, all.v, all.n, &oid, e);
	vec_release(&all);
	if (rc)
		return rc;
	rc = pack_finish(TAKE(w->pack), e);
	if (!rc && git_odb_refresh(w->s->odb))
		rc = store_git_err(e, ERR_IO, "cannot read the store anew");
	if (!rc)
		git_oid_tostr(out, OID_HEX, &oid);
	return rc;
}
