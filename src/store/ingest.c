// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "store/ingest.h"

#include <pthread.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fsx.h"
#include "base/map.h"
#include "store/store_priv.h"

#define BATCH_BYTES ((size_t)512 << 10)
#define BATCH_FILES 256
#define BATCH_KEEP  ((size_t)4 << 20) /* a batch that grew beyond is not kept */
#define MAX_WORKERS 8
#define MAX_DEPTH   64

enum entry_kind { ENTRY_DIR, ENTRY_FILE, ENTRY_LINK };

/* Stands in the arena, so that a worker can fill in the id while others are added. */
struct entry {
	enum entry_kind kind;
	unsigned mode;
	struct slice path;
	git_oid oid;
};

struct batch_item {
	struct entry *entry;
	size_t off, len;
};

struct batch {
	struct batch *next;
	struct buf data;
	VEC(struct batch_item) items;
};

struct ingest {
	struct store *s;
	const struct import_opts *o;
	struct import_limits limits;
	struct arena arena;
	struct map entries; /* path to struct entry */
	uint64_t total;
	struct pack_writer *pack;
	struct batch *filling;

	pthread_t workers[MAX_WORKERS];
	unsigned nworkers;
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	/* under the lock */
	struct batch *first, **last; /* to do */
	struct batch *spare;
	unsigned queued;
	bool closed;
	int rc; /* the first failure of a worker */
	struct err err;

	atomic_bool failed; /* rc is set, for who looks without the lock */
};

static void batch_free(struct batch *b)
{
	struct batch *next;

	for (; b; b = next) {
		next = b->next;
		buf_release(&b->data);
		vec_release(&b->items);
		free(b);
	}
}

static int store_items(struct ingest *in, const struct batch *b, struct pack_encoder *z,
		       struct pack_batch *pb, struct err *e)
{
	pack_batch_clear(pb);
	vec_each (it, &b->items) {
		struct slice data = { b->data.data + it->off, it->len };
		git_oid *oid = &it->entry->oid;

		if (git_odb_hash(oid, data.p, data.n, GIT_OBJECT_BLOB))
			return store_git_err(e, ERR_INTERNAL, "cannot hash an object");
		if (pack_claim(in->pack, oid) &&
		    !git_odb_exists_ext(in->s->odb, oid, GIT_ODB_LOOKUP_NO_REFRESH))
			pack_encode(z, oid, GIT_OBJECT_BLOB, data, pb);
	}
	return pb->items.n ? pack_append(in->pack, pb, e) : 0;
}

static struct batch *take_work(struct ingest *in)
{
	struct batch *b;

	pthread_mutex_lock(&in->lock);
	while (!in->first && !in->closed)
		pthread_cond_wait(&in->work, &in->lock);
	b = in->first;
	if (b) {
		in->first = b->next;
		if (!in->first)
			in->last = &in->first;
	}
	pthread_mutex_unlock(&in->lock);
	return b;
}

static void give_back(struct ingest *in, struct batch *b, int rc, const struct err *e)
{
	b->items.n = 0;
	b->next = NULL;
	if (b->data.cap > BATCH_KEEP)
		buf_release(&b->data);
	else
		buf_clear(&b->data);
	pthread_mutex_lock(&in->lock);
	b->next = in->spare;
	in->spare = b;
	in->queued--;
	if (rc && !in->rc) {
		in->rc = rc;
		in->err = *e;
		atomic_store(&in->failed, true);
	}
	pthread_cond_signal(&in->room);
	pthread_mutex_unlock(&in->lock);
}

static void *worker(void *arg)
{
	struct ingest *in = arg;
	struct pack_encoder *z = pack_encoder_new(PACK_LIGHT);
	struct pack_batch pb = { 0 };
	struct batch *b;

	while ((b = take_work(in)) != NULL) {
		struct err e = { 0 };
		int rc = 0;

		/* After a failure of any of us the rest only needs to go away. */
		if (!atomic_load(&in->failed))
			rc = store_items(in, b, z, &pb, &e);
		give_back(in, b, rc, &e);
	}
	pack_batch_release(&pb);
	pack_encoder_free(z);
	return NULL;
}

/* Hands the batch on, and waits while too many are under way. */
static int flush(struct ingest *in, struct err *e)
{
	struct batch *b = in->filling;
	int rc;

	pthread_mutex_lock(&in->lock);
	if (b && b->items.n) {
		b->next = NULL;
		*in->last = b;
		in->last = &b->next;
		in->queued++;
		b = NULL;
		pthread_cond_signal(&in->work);
	}
	while (in->queued > 2 * in->nworkers)
		pthread_cond_wait(&in->room, &in->lock);
	if (!b) {
		b = in->spare;
		if (b)
			in->spare = b->next;
	}
	rc = in->rc;
	if (rc)
		*e = in->err;
	pthread_mutex_unlock(&in->lock);
	if (!b)
		b = xcalloc(1, sizeof(*b));
	b->next = NULL;
	in->filling = b;
	if (!rc && in->o->cancel && atomic_load(in->o->cancel))
		rc = err_set(e, ERR_CANCELLED, "interrupted");
	return rc;
}

/* As many as there are processors: reading alone does not fill one of two. */
static int start_workers(struct ingest *in, struct err *e)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned want = cpus < 1 ? 1 : cpus > MAX_WORKERS ? MAX_WORKERS : (unsigned)cpus;

	while (in->nworkers < want &&
	       !pthread_create(&in->workers[in->nworkers], NULL, worker, in))
		in->nworkers++;
	if (!in->nworkers)
		return err_set(e, ERR_IO, "cannot start a thread");
	return 0;
}

static void stop_workers(struct ingest *in)
{
	pthread_mutex_lock(&in->lock);
	in->closed = true;
	pthread_cond_broadcast(&in->work);
	pthread_mutex_unlock(&in->lock);
	while (in->nworkers)
		pthread_join(in->workers[--in->nworkers], NULL);
}

static void ingest_free(struct ingest *in)
{
	pack_abandon(in->pack);
	batch_free(in->first);
	batch_free(in->spare);
	batch_free(in->filling);
	map_release(&in->entries);
	arena_release(&in->arena);
	pthread_cond_destroy(&in->work);
	pthread_cond_destroy(&in->room);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

void ingest_abandon(struct ingest *in)
{
	if (!in)
		return;
	atomic_store(&in->failed, true);
	stop_workers(in);
	ingest_free(in);
}

int ingest_open(struct store *s, const struct import_opts *o, struct ingest **out,
		struct err *e)
{
	_cleanup_free_ char *objects = path_join(s->dir, "objects");
	struct ingest *in = xcalloc(1, sizeof(*in));
	int rc;

	in->s = s;
	in->o = o;
	in->limits = o->limits;
	if (!in->limits.total)
		in->limits.total = (uint64_t)6 << 30;
	if (!in->limits.file)
		in->limits.file = (uint64_t)256 << 20;
	if (!in->limits.entries)
		in->limits.entries = 500000;
	in->last = &in->first;
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->work, NULL);
	pthread_cond_init(&in->room, NULL);
	rc = pack_open(objects, &in->pack, e);
	if (!rc)
		rc = start_workers(in, e);
	if (!rc)
		rc = flush(in, e);
	if (rc)
		ingest_abandon(in);
	else
		*out = in;
	return rc;
}

/* What is shown of a name that nobody vouches for. */
static int refuse(struct err *e, enum errc code, struct slice path, const char *why)
{
	char shown[200];
	size_t n = path.n < sizeof(shown) - 1 ? path.n : sizeof(shown) - 1;

	for (size_t i = 0; i < n; i++)
		shown[i] = (unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f
				   ? '?'
				   : path.p[i];
	shown[n] = '\0';
	return err_set(e, code, "entry '%s' %s", shown, why);
}

/* Every directory above must be one, whether it was given or not. */
static int note_parents(struct ingest *in, struct slice path, struct err *e)
{
	size_t depth = 0;

	while (path.n && path.p[path.n - 1] != '/')
		path.n--;
	for (size_t i = 0; i < path.n; i++)
		depth += path.p[i] == '/';
	if (depth > MAX_DEPTH)
		return refuse(e, ERR_LIMIT, path, "lies too deep");
	while (path.n) {
		struct entry **slot;

		path.n--;
		slot = (struct entry **)map_slot(&in->entries, path);
		if (*slot && (*slot)->kind == ENTRY_DIR)
			return 0;
		if (*slot)
			return refuse(e, ERR_UNSAFE, path,
				      "is used as a directory and is none");
		if (in->entries.n > in->limits.entries)
			return refuse(e, ERR_LIMIT, path,
				      "is one more than the bound allows");
		*slot = arena_alloc(&in->arena, sizeof(**slot));
		while (path.n && path.p[path.n - 1] != '/')
			path.n--;
	}
	return 0;
}

static int note(struct ingest *in, struct slice path, enum entry_kind kind, unsigned mode,
		struct entry **out, struct err *e)
{
	struct entry **slot;
	int rc;

	if (!path_is_safe(path))
		return refuse(e, ERR_UNSAFE, path, "is no path inside of a tree");
	rc = note_parents(in, path, e);
	if (rc)
		return rc;
	if (in->entries.n >= in->limits.entries)
		return refuse(e, ERR_LIMIT, path, "is one more than the bound allows");
	slot = (struct entry **)map_slot(&in->entries, path);
	if (*slot && (kind != ENTRY_DIR || (*slot)->kind != ENTRY_DIR))
		return refuse(e, ERR_INPUT, path, "is given twice");
	if (!*slot) {
		*slot = arena_alloc(&in->arena, sizeof(**slot));
		(*slot)->kind = kind;
		(*slot)->mode = mode;
		(*slot)->path =
			(struct slice){ arena_dup(&in->arena, path.p, path.n), path.n };
	}
	*out = *slot;
	return 0;
}

static int add_content(struct ingest *in, struct entry *en, uint64_t size, char **room,
		       struct err *e)
{
	struct batch_item it = { .entry = en, .len = size };
	struct batch *b = in->filling;
	int rc;

	if (size > in->limits.file)
		return refuse(e, ERR_LIMIT, en->path, "is larger than the bound allows");
	in->total += size;
	if (in->total > in->limits.total)
		return refuse(e, ERR_LIMIT, en->path,
			      "exceeds the bound of all files together");
	if (b->items.n &&
	    (b->items.n >= BATCH_FILES || b->data.len + size > BATCH_BYTES)) {
		rc = flush(in, e);
		if (rc)
			return rc;
		b = in->filling;
	}
	it.off = b->data.len;
	buf_grow(&b->data, size > BATCH_BYTES ? size : BATCH_BYTES - b->data.len);
	b->data.len += size;
	b->data.data[b->data.len] = '\0';
	*room = b->data.data + it.off;
	vec_push(&b->items, it);
	return 0;
}

int ingest_file(struct ingest *in, struct slice path, bool exec, uint64_t size,
		char **room, struct err *e)
{
	struct entry *en;
	int rc = note(in, path, ENTRY_FILE, exec ? MODE_EXEC : MODE_FILE, &en, e);

	return rc ? rc : add_content(in, en, size, room, e);
}

int ingest_link(struct ingest *in, struct slice path, struct slice target, struct err *e)
{
	struct entry *en;
	char *room = NULL;
	int rc = note(in, path, ENTRY_LINK, MODE_LINK, &en, e);

	if (!rc && !store_link_is_safe(path, target))
		rc = refuse(e, ERR_UNSAFE, path, "is a link that leaves the tree");
	if (!rc)
		rc = add_content(in, en, target.n, &room, e);
	if (!rc)
		memcpy(room, target.p, target.n);
	return rc;
}

int ingest_dir(struct ingest *in, struct slice path, struct err *e)
{
	struct entry *en;

	return note(in, path, ENTRY_DIR, 0, &en, e);
}

int ingest_hardlink(struct ingest *in, struct slice path, struct slice earlier,
		    struct err *e)
{
	struct entry *of = map_get(&in->entries, earlier);
	struct entry *en;
	int rc;

	if (!of || of->kind != ENTRY_FILE)
		return refuse(e, ERR_UNSAFE, path, "is a hard link to no earlier file");
	rc = note(in, path, ENTRY_FILE, of->mode, &en, e);
	if (rc)
		return rc;
	/* The id may not be known yet: it is looked up when all are. */
	map_set(&in->entries, path, of);
	return 0;
}

static int write_trees(struct ingest *in, git_oid *root, struct err *e)
{
	struct pack_encoder *z = pack_encoder_new(PACK_LIGHT);
	struct object_sink sink = object_sink_pack(in->s, in->pack, z);
	struct tree_change *c = xcalloc(in->entries.n + 1, sizeof(*c));
	size_t n = 0;
	int rc;

	map_each(it, &in->entries)
	{
		const struct entry *en = it->value;

		if (en->kind == ENTRY_DIR)
			continue;
		c[n++] = (struct tree_change){ .path = { it->key, it->len },
					       .mode = en->mode,
					       .has_oid = true,
					       .oid = en->oid };
	}
	if (!n)
		rc = err_set(e, ERR_INPUT, "it has no files");
	else
		rc = tree_build(in->s, &sink, NULL, c, n, root, e);
	pack_encoder_free(z);
	free(c);
	return rc;
}

int ingest_finish(struct ingest *in, char tree[static OID_HEX], struct err *e)
{
	git_oid root;
	int rc = flush(in, e);

	stop_workers(in);
	if (!rc && in->rc) {
		rc = in->rc;
		*e = in->err;
	}
	if (!rc)
		rc = write_trees(in, &root, e);
	if (!rc)
		rc = pack_finish(TAKE(in->pack), e);
	if (!rc && git_odb_refresh(in->s->odb))
		rc = store_git_err(e, ERR_IO, "cannot read the store anew");
	if (!rc)
		git_oid_tostr(tree, OID_HEX, &root);
	ingest_free(in);
	return rc;
}
