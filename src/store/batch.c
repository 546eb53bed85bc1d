// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

#include "store/batch.h"

#include "base/map.h"
#include "base/pool.h"
#include "store/store_priv.h"

/* Objects of one job of writing; compressing is most of the work. */
#define JOB_OBJECTS   64
#define WRITE_THREADS 2

struct batch {
	struct object_sink sink; /* first: the tree builder hands it back */
	struct store store;
	char *objects;
	git_odb_backend *memory; /* owned by the odb; found before the others */
	struct map fresh;	 /* raw ids of objects that are in memory */
	VEC(git_oid) unwritten;
};

static int put(struct object_sink *sink, git_object_t type, struct slice data, git_oid *out,
	       struct err *e)
{
	struct batch *b = (struct batch *)sink;
	void **slot;

	store_object_id(type, data, out);
	slot = map_slot(&b->fresh, (struct slice){ (char *)out->id, GIT_OID_RAWSZ });
	if (*slot || git_odb_exists_ext(b->store.odb, out, GIT_ODB_LOOKUP_NO_REFRESH))
		return 0;
	if (b->memory->write(b->memory, out, data.p, data.n, type))
		return store_git_err(e, ERR_INTERNAL, "cannot keep an object");
	*slot = b;
	vec_push(&b->unwritten, *out);
	return 0;
}

int batch_open(const char *objects_dir, struct batch **out, struct err *e)
{
	struct batch *b = xcalloc(1, sizeof(*b));
	int rc = 0;

	git_libgit2_init();
	store_git_options();
	b->objects = xstrdup(objects_dir);
	b->sink = (struct object_sink){ .put = put, .s = &b->store };
	if (git_odb_open(&b->store.odb, objects_dir) || git_mempack_new(&b->memory))
		rc = store_git_err(e, ERR_IO, "cannot open the objects in '%s'", objects_dir);
	else if (git_odb_add_backend(b->store.odb, b->memory, 1000))
		rc = store_git_err(e, ERR_INTERNAL, "cannot keep objects in memory");
	if (rc)
		batch_free(b);
	else
		*out = b;
	return rc;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	git_odb_free(b->store.odb);
	map_release(&b->fresh);
	vec_release(&b->unwritten);
	free(b->objects);
	free(b);
	git_libgit2_shutdown();
}

void batch_freep(struct batch **b)
{
	batch_free(*b);
	*b = NULL;
}

const struct store *batch_store(const struct batch *b)
{
	return &b->store;
}

int batch_put(struct batch *b, enum batch_type type, struct slice data,
	      char out[static OID_HEX], struct err *e)
{
	git_oid oid;
	int rc = put(&b->sink, type == BATCH_BLOB ? GIT_OBJECT_BLOB : GIT_OBJECT_COMMIT, data,
		     &oid, e);

	if (!rc)
		git_oid_tostr(out, OID_HEX, &oid);
	return rc;
}

int batch_tree(struct batch *b, const char *base, const struct store_change *changes, size_t n,
	       char out[static OID_HEX], struct err *e)
{
	return store_build_tree(&b->store, &b->sink, base, changes, n, out, e);
}

int batch_tree_join(struct batch *b, const struct store_change *files, size_t n,
		    const char *name, const char *sub, char out[static OID_HEX],
		    struct err *e)
{
	_cleanup_buf_ struct buf raw = BUF_INIT;
	_cleanup_object_ git_odb_object *o = NULL;
	git_oid top, oid;
	int rc = store_parse_oid(sub, &oid, e);

	if (!rc)
		rc = batch_tree(b, NULL, files, n, out, e);
	if (!rc)
		rc = store_parse_oid(out, &top, e);
	if (!rc)
		rc = store_read(&b->store, &top, GIT_OBJECT_TREE, &o, e);
	if (rc)
		return rc;
	buf_add(&raw, git_odb_object_data(o), git_odb_object_size(o));
	buf_addf(&raw, "%o %s", MODE_TREE, name);
	buf_addc(&raw, '\0');
	buf_add(&raw, oid.id, GIT_OID_RAWSZ);
	rc = put(&b->sink, GIT_OBJECT_TREE, buf_slice(&raw), &top, e);
	if (!rc)
		git_oid_tostr(out, OID_HEX, &top);
	return rc;
}

int batch_commit_tree(struct batch *b, const char *commit, char tree[static OID_HEX],
		      struct err *e)
{
	_cleanup_object_ git_odb_object *o = NULL;
	git_oid oid;
	int rc = store_parse_oid(commit, &oid, e);
	struct slice data;

	if (!rc)
		rc = store_read(&b->store, &oid, GIT_OBJECT_COMMIT, &o, e);
	if (rc)
		return rc;
	data = (struct slice){ git_odb_object_data(o), git_odb_object_size(o) };
	if (data.n < 5 + OID_HEX || !slice_starts(data, "tree "))
		return err_set(e, ERR_IO, "commit %s is malformed", commit);
	memcpy(tree, data.p + 5, OID_HEX - 1);
	tree[OID_HEX - 1] = '\0';
	return 0;
}

struct write_job {
	struct batch *b;
	struct pack_writer *pack;
	size_t from, to;
	struct err e;
};

static int encode(struct write_job *j, struct pack_encoder *z, struct pack_batch *out)
{
	for (size_t i = j->from; i < j->to; i++) {
		const git_oid *oid = &j->b->unwritten.v[i];
		_cleanup_object_ git_odb_object *o = NULL;

		if (git_odb_read(&o, j->b->store.odb, oid))
			return store_git_err(&j->e, ERR_INTERNAL, "cannot read object %s",
					     git_oid_tostr_s(oid));
		pack_claim(j->pack, oid);
		pack_encode(z, oid, git_odb_object_type(o),
			    (struct slice){ git_odb_object_data(o), git_odb_object_size(o) },
			    out);
	}
	return pack_append(j->pack, out, &j->e);
}

static void run_job(void *arg)
{
	struct write_job *j = arg;
	struct pack_encoder *z = pack_encoder_new(PACK_LIGHT);
	struct pack_batch out = { 0 };
	int rc = encode(j, z, &out);

	BUG_ON(rc != j->e.code);
	pack_encoder_free(z);
	pack_batch_release(&out);
}

static int run_jobs(struct batch *b, struct pack_writer *pack, struct err *e)
{
	size_t n = (b->unwritten.n + JOB_OBJECTS - 1) / JOB_OBJECTS;
	_cleanup_free_ struct write_job *jobs = xcalloc(n, sizeof(*jobs));
	_cleanup_free_ struct pool_job *pool = xcalloc(n, sizeof(*pool));
	int rc;

	for (size_t i = 0; i < n; i++) {
		size_t to = (i + 1) * JOB_OBJECTS;

		jobs[i] = (struct write_job){ .b = b, .pack = pack, .from = i * JOB_OBJECTS,
					      .to = to < b->unwritten.n ? to
									: b->unwritten.n };
		pool[i] = (struct pool_job){ run_job, &jobs[i], -1 };
	}
	rc = pool_run(pool, n, WRITE_THREADS, NULL, NULL, e);
	for (size_t i = 0; !rc && i < n; i++) {
		if (jobs[i].e.code)
			rc = err_set(e, jobs[i].e.code, "%s", jobs[i].e.msg);
	}
	return rc;
}

int batch_write(struct batch *b, struct err *e)
{
	struct pack_writer *pack = NULL;
	int rc;

	if (!b->unwritten.n)
		return 0;
	rc = pack_open(b->objects, &pack, e);
	if (rc)
		return rc;
	rc = run_jobs(b, pack, e);
	if (rc) {
		pack_abandon(pack);
		return rc;
	}
	b->unwritten.n = 0;
	return pack_finish(pack, e);
}
