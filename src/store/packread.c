// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/packread.h"

#include <endian.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"

#define FANOUT	  8 /* where the index has its table: behind magic and version */
#define IDS	  (FANOUT + 256 * 4)
#define ID_SIZE	  ((size_t)GIT_OID_RAWSZ)
#define TRAILER	  ID_SIZE
#define PACK_HEAD 12

/* A file as it lies in memory. */
struct view {
	const unsigned char *p;
	size_t n;
};

struct pack {
	struct view index, data;
	uint32_t count;
};

struct pack_reader {
	VEC(struct pack) packs;
};

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static bool view_open(const char *path, struct view *v)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return false;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return false;
	*v = (struct view){ p, (size_t)st.st_size };
	return true;
}

static void view_close(struct view *v)
{
	if (v->n)
		munmap((void *)(uintptr_t)v->p, v->n);
}

/* Whether all that is read later lies inside; what the offsets name is looked at then. */
static bool is_sound(struct pack *k)
{
	uint32_t last = 0;

	if (k->index.n < IDS + 2 * TRAILER || memcmp(k->index.p, "\377tOc\0\0\0\2", 8) ||
	    k->data.n < PACK_HEAD + TRAILER || memcmp(k->data.p, "PACK\0\0\0\2", 8))
		return false;
	for (unsigned i = 0; i < 256; i++) {
		uint32_t n = get32(k->index.p + FANOUT + (size_t)i * 4);

		if (n < last)
			return false;
		last = n;
	}
	k->count = last;
	return k->index.n - IDS - 2 * TRAILER >= (uint64_t)last * (ID_SIZE + 4 + 4) &&
	       get32(k->data.p + 8) == last &&
	       !memcmp(k->index.p + k->index.n - 2 * TRAILER,
		       k->data.p + k->data.n - TRAILER, TRAILER);
}

static void add_pack(struct pack_reader *r, const char *dir, const char *index)
{
	_cleanup_free_ char *idx = path_join(dir, index);
	_cleanup_free_ char *pack = xasprintf("%.*s.pack", (int)(strlen(idx) - 4), idx);
	struct pack k = { 0 };

	if (view_open(idx, &k.index) && view_open(pack, &k.data) && is_sound(&k)) {
		vec_push(&r->packs, k);
		return;
	}
	view_close(&k.index);
	view_close(&k.data);
}

struct pack_reader *pack_reader_new(const char *objects_dir)
{
	_cleanup_free_ char *dir = path_join(objects_dir, "pack");
	struct pack_reader *r = xcalloc(1, sizeof(*r));
	_cleanup_strvec_ struct strvec names = { 0 };
	struct err ignored;

	if (fsx_list(dir, &names, &ignored))
		return r;
	for (size_t i = 0; i < names.n; i++) {
		if (slice_ends(slice_str(names.v[i]), ".idx"))
			add_pack(r, dir, names.v[i]);
	}
	return r;
}

void pack_reader_free(struct pack_reader *r)
{
	if (!r)
		return;
	vec_each (k, &r->packs) {
		view_close(&k->index);
		view_close(&k->data);
	}
	vec_release(&r->packs);
	free(r);
}

/* Where the object begins in the pack; 0: it is not there, or beyond 2 GiB. */
static size_t find(const struct pack *k, const git_oid *oid)
{
	const unsigned char *fan = k->index.p + FANOUT, *ids = k->index.p + IDS;
	const unsigned char *offsets = ids + (size_t)k->count * (ID_SIZE + 4);
	uint32_t from = oid->id[0] ? get32(fan + (oid->id[0] - 1) * (size_t)4) : 0;
	uint32_t to = get32(fan + oid->id[0] * (size_t)4);

	while (from < to) {
		uint32_t mid = from + (to - from) / 2;
		int c = memcmp(oid->id, ids + mid * ID_SIZE, ID_SIZE);

		if (!c) {
			uint32_t at = get32(offsets + (size_t)mid * 4);

			return at >> 31 ? 0 : at;
		}
		if (c < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return 0;
}

/* Takes the header of a blob off @at: type in three bits, size in four and then sevens. */
static bool blob_header(struct view *at, size_t *size)
{
	unsigned shift = 4;
	size_t i = 0;

	if (!at->n || (at->p[0] >> 4 & 7) != GIT_OBJECT_BLOB)
		return false;
	*size = at->p[0] & 15;
	for (; at->p[i] & 0x80; shift += 7) {
		if (++i == at->n || shift > 32)
			return false;
		*size |= (size_t)(at->p[i] & 0x7f) << shift;
	}
	at->p += i + 1;
	at->n -= i + 1;
	return *size <= FSX_MAX_FILE;
}

/* The zlib stream at the head of @at, which must make @size bytes and no more. */
static bool inflate_exactly(struct view at, size_t size, struct slice *out)
{
	struct libdeflate_decompressor *z = libdeflate_alloc_decompressor();
	char *p = xmalloc(size + 1);
	size_t used;
	enum libdeflate_result rc;

	BUG_ON(!z);
	rc = libdeflate_zlib_decompress_ex(z, at.p, at.n, p, size, &used, NULL);
	libdeflate_free_decompressor(z);
	if (rc != LIBDEFLATE_SUCCESS) {
		free(p);
		return false;
	}
	p[size] = '\0';
	*out = (struct slice){ p, size };
	return true;
}

bool pack_read_blob(const struct pack_reader *r, const git_oid *oid, struct slice *out)
{
	vec_each (k, &r->packs) {
		size_t at = find(k, oid), end = k->data.n - TRAILER, size;
		struct view v = { k->data.p + at, at < end ? end - at : 0 };

		if (at >= PACK_HEAD && blob_header(&v, &size))
			return inflate_exactly(v, size, out);
	}
	return false;
}
