// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/arena.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"

/* Blocks grow from the first to the second, so that a small arena is cheap. */
#define FIRST_BLOCK 1024
#define BLOCK_SIZE  (512 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size;
	max_align_t data[];
};

void arena_release(struct arena *a)
{
	struct arena_block *b, *next;

	if (!a)
		return;
	for (b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena)ARENA_INIT;
}

/*
 * All pages of a large block at once: that costs less than a fault for each, above all
 * where threads would wait for each other's. Kernels before 5.14 refuse, which is no harm.
 */
static struct arena_block *new_block(size_t bytes)
{
	struct arena_block *b = xmalloc(bytes);
	uintptr_t page = (uintptr_t)getpagesize() - 1;
	uintptr_t from = (uintptr_t)b & ~page, to = ((uintptr_t)b + bytes) & ~page;

	if (bytes >= BLOCK_SIZE)
		madvise((void *)from, to - from, MADV_POPULATE_WRITE);
	return b;
}

static void add_block(struct arena *a, size_t size)
{
	struct arena_block *b;
	size_t bytes, least = a->head ? a->head->size * 2 : FIRST_BLOCK;

	if (least > BLOCK_SIZE)
		least = BLOCK_SIZE;
	if (size < least)
		size = least;
	if (__builtin_add_overflow(size, sizeof(*b), &bytes))
		BUG_ON("arena block size overflows");
	b = new_block(bytes);
	b->next = a->head;
	b->size = size;
	a->head = b;
	a->used = 0;
}

void *arena_raw(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	size_t rounded;
	char *p;

	if (__builtin_add_overflow(size, align - 1, &rounded))
		BUG_ON("arena size overflows");
	rounded &= ~(align - 1);
	if (!a->head || a->head->size - a->used < rounded)
		add_block(a, rounded);
	p = (char *)a->head->data + a->used;
	a->used += rounded;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_raw(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		BUG_ON("arena array overflows");
	return arena_alloc(a, bytes);
}

char *arena_dup(struct arena *a, const void *p, size_t n)
{
	char *d = arena_alloc(a, n + 1);

	if (n)
		memcpy(d, p, n);
	return d;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return arena_dup(a, b.data, b.len);
}
