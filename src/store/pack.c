// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/pack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <nettle/sha1.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/map.h"

#define TMP_PREFIX  "tmp_pack_carry_"
#define HEADER_SIZE 12
#define OID_SIZE    GIT_OID_RAWSZ
/* Offsets stay in 31 bits, so that the index needs no second table. */
#define MAX_PACK  (((uint64_t)1 << 31) - 1)
#define SUM_CHUNK ((size_t)256 << 10)
#define SYNC_STEP ((uint64_t)16 << 20)

struct pack_writer {
	char *dir; /* objects/pack */
	char *tmp;
	int fd; /* locked, which tells others that it is in use */
	pthread_mutex_t lock;
	uint64_t end;	 /* where the next bytes go */
	uint64_t synced; /* up to where the kernel was told to write */
	struct map claimed;
	VEC(struct pack_item) items;
};

/* A temporary pack that nobody holds locked was left by a killed process. */
static void remove_stale(const char *dir)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	struct err ignored;

	if (fsx_list(dir, &names, &ignored))
		return;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = path_join(dir, names.v[i]);
		_cleanup_fd_ int fd = -1;
		struct stat st;

		if (strncmp(names.v[i], TMP_PREFIX, strlen(TMP_PREFIX)))
			continue;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		/* A minute's grace for one that is made but not locked yet. */
		if (fd >= 0 && !fstat(fd, &st) && st.st_mtime + 60 < time(NULL) &&
		    !flock(fd, LOCK_EX | LOCK_NB))
			unlink(path);
	}
}

int pack_open(const char *objects_dir, struct pack_writer **out, struct err *e)
{
	static const char header[HEADER_SIZE] = "PACK";
	_cleanup_free_ char *dir = path_join(objects_dir, "pack");
	_cleanup_free_ char *tmp = path_join(dir, TMP_PREFIX "XXXXXX");
	struct pack_writer *w;
	int fd;

	remove_stale(dir);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) ||
	    pwrite(fd, header, HEADER_SIZE, 0) != HEADER_SIZE) {
		int en = errno;

		if (fd >= 0) {
			close(fd);
			unlink(tmp);
		}
		return err_sys(e, en, "cannot write a pack in '%s'", dir);
	}
	w = xcalloc(1, sizeof(*w));
	w->dir = TAKE(dir);
	w->tmp = TAKE(tmp);
	w->fd = fd;
	w->end = HEADER_SIZE;
	pthread_mutex_init(&w->lock, NULL);
	*out = w;
	return 0;
}

static void writer_free(struct pack_writer *w)
{
	closep(&w->fd);
	pthread_mutex_destroy(&w->lock);
	map_release(&w->claimed);
	vec_release(&w->items);
	free(w->dir);
	free(w->tmp);
	free(w);
}

void pack_abandon(struct pack_writer *w)
{
	if (!w)
		return;
	unlink(w->tmp);
	writer_free(w);
}

size_t pack_count(const struct pack_writer *w)
{
	return w->items.n;
}

bool pack_claim(struct pack_writer *w, const git_oid *oid)
{
	struct slice key = { (const char *)oid->id, OID_SIZE };
	void **slot;
	bool first;

	pthread_mutex_lock(&w->lock);
	slot = map_slot(&w->claimed, key);
	first = !*slot;
	*slot = w;
	pthread_mutex_unlock(&w->lock);
	return first;
}

static int write_at(struct pack_writer *w, struct slice data, uint64_t off, struct err *e)
{
	while (data.n) {
		ssize_t n = pwrite(w->fd, data.p, data.n, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot write '%s'", w->tmp);
		data.p += n;
		data.n -= (size_t)n;
		off += (uint64_t)n;
	}
	return 0;
}

int pack_append(struct pack_writer *w, const struct pack_batch *b, struct err *e)
{
	uint64_t at, from = 0, to = 0;
	int rc;

	pthread_mutex_lock(&w->lock);
	at = w->end;
	w->end += b->bytes.len;
	vec_each (it, &b->items) {
		struct pack_item item = *it;

		item.off += at;
		vec_push(&w->items, item);
	}
	if (at - w->synced >= SYNC_STEP) {
		from = w->synced;
		to = w->synced = at;
	}
	pthread_mutex_unlock(&w->lock);
	if (at + b->bytes.len > MAX_PACK)
		return err_set(e, ERR_LIMIT, "cannot write '%s': a pack over 2 GiB",
			       w->tmp);
	rc = write_at(w, buf_slice(&b->bytes), at, e);
	/* The disk starts early, so that the sync at the end has little to wait for. */
	if (!rc && to > from)
		sync_file_range(w->fd, (off_t)from, (off_t)(to - from),
				SYNC_FILE_RANGE_WRITE);
	return rc;
}

struct pack_encoder *pack_encoder_new(enum pack_level level)
{
	struct libdeflate_compressor *z = libdeflate_alloc_compressor((int)level);

	BUG_ON(!z);
	return (struct pack_encoder *)z;
}

void pack_encoder_free(struct pack_encoder *z)
{
	if (z)
		libdeflate_free_compressor((struct libdeflate_compressor *)z);
}

/* Type in three bits, size in four and then sevens, low bits first. */
static void add_object_header(struct buf *b, git_object_t type, size_t size)
{
	unsigned char c = (unsigned char)((unsigned)type << 4 | (size & 15));

	for (size >>= 4; size; size >>= 7) {
		buf_addc(b, (char)(c | 0x80));
		c = size & 0x7f;
	}
	buf_addc(b, (char)c);
}

void pack_encode(struct pack_encoder *encoder, const git_oid *oid, git_object_t type,
		 struct slice data, struct pack_batch *b)
{
	struct libdeflate_compressor *z = (struct libdeflate_compressor *)encoder;
	struct pack_item item = { .oid = *oid, .off = b->bytes.len };
	size_t bound = libdeflate_zlib_compress_bound(z, data.n), n;

	add_object_header(&b->bytes, type, data.n);
	buf_grow(&b->bytes, bound);
	n = libdeflate_zlib_compress(z, data.p, data.n, b->bytes.data + b->bytes.len, bound);
	BUG_ON(!n);
	b->bytes.len += n;
	b->bytes.data[b->bytes.len] = '\0';
	item.crc = libdeflate_crc32(0, b->bytes.data + item.off, b->bytes.len - item.off);
	vec_push(&b->items, item);
}

void pack_batch_clear(struct pack_batch *b)
{
	buf_clear(&b->bytes);
	b->items.n = 0;
}

void pack_batch_release(struct pack_batch *b)
{
	buf_release(&b->bytes);
	vec_release(&b->items);
}

static void put32(struct buf *b, uint32_t v)
{
	v = htonl(v);
	buf_add(b, &v, sizeof(v));
}

static int sum_file(const struct pack_writer *w, uint8_t sum[SHA1_DIGEST_SIZE],
		    struct err *e)
{
	_cleanup_free_ uint8_t *chunk = xmalloc(SUM_CHUNK);
	struct sha1_ctx ctx;
	uint64_t at = 0;

	sha1_init(&ctx);
	while (at < w->end) {
		ssize_t n = pread(w->fd, chunk, SUM_CHUNK, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n ? errno : EIO, "cannot read '%s'", w->tmp);
		sha1_update(&ctx, (size_t)n, chunk);
		at += (uint64_t)n;
	}
	sha1_digest(&ctx, SHA1_DIGEST_SIZE, sum);
	return 0;
}

/* The pack ends with a checksum over all of it, the header with the count included. */
static int seal(struct pack_writer *w, uint8_t sum[SHA1_DIGEST_SIZE], struct err *e)
{
	uint32_t head[2] = { htonl(2), htonl((uint32_t)w->items.n) };
	int rc = write_at(w, (struct slice){ (char *)head, sizeof(head) }, 4, e);

	if (!rc)
		rc = sum_file(w, sum, e);
	if (!rc)
		rc = write_at(w, (struct slice){ (char *)sum, SHA1_DIGEST_SIZE }, w->end,
			      e);
	if (!rc && (fchmod(w->fd, 0444) || fsync(w->fd)))
		rc = err_sys(e, errno, "cannot write '%s'", w->tmp);
	return rc;
}

static int cmp_items(const void *a, const void *b)
{
	return memcmp(((const struct pack_item *)a)->oid.id,
		      ((const struct pack_item *)b)->oid.id, OID_SIZE);
}

/* Fan-out, ids, checksums, offsets, then the sums of the pack and of this. */
static void make_index(struct pack_writer *w, const uint8_t *pack_sum, struct buf *b)
{
	uint8_t sum[SHA1_DIGEST_SIZE];
	struct sha1_ctx ctx;
	uint32_t count = 0;

	qsort(w->items.v, w->items.n, sizeof(*w->items.v), cmp_items);
	buf_add(b, "\377tOc\0\0\0\2", 8);
	for (unsigned first = 0; first < 256; first++) {
		while (count < w->items.n && w->items.v[count].oid.id[0] <= first)
			count++;
		put32(b, count);
	}
	vec_each (it, &w->items)
		buf_add(b, it->oid.id, OID_SIZE);
	vec_each (it, &w->items)
		put32(b, it->crc);
	vec_each (it, &w->items)
		put32(b, (uint32_t)it->off);
	buf_add(b, pack_sum, SHA1_DIGEST_SIZE);
	sha1_init(&ctx);
	sha1_update(&ctx, b->len, (uint8_t *)b->data);
	sha1_digest(&ctx, sizeof(sum), sum);
	buf_add(b, sum, sizeof(sum));
}

static int publish(struct pack_writer *w, const uint8_t *sum, struct err *e)
{
	_cleanup_buf_ struct buf index = BUF_INIT;
	_cleanup_free_ char *pack = NULL;
	_cleanup_free_ char *idx = NULL;
	char hex[2 * SHA1_DIGEST_SIZE + 1];

	for (size_t i = 0; i < SHA1_DIGEST_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	pack = xasprintf("%s/pack-%s.pack", w->dir, hex);
	idx = xasprintf("%s/pack-%s.idx", w->dir, hex);
	if (rename(w->tmp, pack))
		return err_sys(e, errno, "cannot rename to '%s'", pack);
	make_index(w, sum, &index);
	/* Readers look for the index: it comes last. */
	return fsx_publish(idx, buf_slice(&index), e);
}

int pack_finish(struct pack_writer *w, struct err *e)
{
	uint8_t sum[SHA1_DIGEST_SIZE];
	int rc;

	if (!w->items.n) {
		pack_abandon(w);
		return 0;
	}
	rc = seal(w, sum, e);
	if (!rc)
		rc = publish(w, sum, e);
	if (rc)
		unlink(w->tmp);
	writer_free(w);
	return rc;
}
