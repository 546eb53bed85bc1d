// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/tables.h"

#include <elf.h>

/* No file name is longer. */
#define MAX_NAME 4096
/* No object warns in so many places. */
#define MAX_BUG_TABLE (1 << 20)

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static int unknown(const char *path, const char *section, struct err *e)
{
	return err_set(e, ERR_INPUT, "cannot read '%s': '%s' has no layout that is known",
		       path, section);
}

static bool is_code(const struct image *im, pos_t at)
{
	return at && im->sections.v[pos_section(at)].exec;
}

/* The trapping bytes at @at: x86 ud2 or ud1 (with or without 0x67), arm64 brk #0x800. */
static enum object_trap trap_at(const struct image *im, pos_t at)
{
	size_t left = 0;
	const uint8_t *p = image_bytes(im, at, &left);

	if (!p)
		return OBJECT_TRAP_NONE;
	if (im->machine == IMAGE_ARM64)
		return left >= 4 && get32(p) == 0xd4210000 ? OBJECT_TRAP_BRK
							   : OBJECT_TRAP_NONE;
	if (left >= 3 && p[0] == 0x67) {
		p++;
		left--;
	}
	if (left < 2 || p[0] != 0x0f)
		return OBJECT_TRAP_NONE;
	if (p[1] == 0x0b)
		return OBJECT_TRAP_UD2;
	return p[1] == 0xb9 ? OBJECT_TRAP_UD1 : OBJECT_TRAP_NONE;
}

/* The string at @at if it is whole and begins there, or NULL. */
static const char *string_at(const struct image *im, pos_t at)
{
	size_t left = 0;
	const uint8_t *p = at ? image_bytes(im, at, &left) : NULL;

	if (!p || !memchr(p, 0, left < MAX_NAME ? left : MAX_NAME) ||
	    (pos_offset(at) && p[-1]))
		return NULL;
	return (const char *)p;
}

static bool is_source_name(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	return n > 2 && s[n - 2] == '.' && strchr("chS", s[n - 1]);
}

/*
 * Until 5.18 a field held its target relative to the entry, since then relative
 * to itself. Strings are unaligned, so that the right one is where all file
 * fields lead to the beginning of a source file's name.
 */
static int file_bias(const struct image *im, unsigned sec, size_t stride, size_t field,
		     int64_t *bias)
{
	const struct image_section *s = &im->sections.v[sec];
	const int64_t candidates[] = { 0, -(int64_t)field };

	for (size_t c = 0; c < ARRAY_SIZE(candidates); c++) {
		size_t off;

		for (off = 0; off < s->size; off += stride) {
			const struct image_reloc *r =
				image_reloc(im, pos_make(sec, off + field), 1);

			if (!is_source_name(
				    string_at(im, image_target(im, r, candidates[c]))))
				break;
		}
		if (off >= s->size) {
			*bias = candidates[c];
			return 0;
		}
	}
	return -1;
}

/* Size of an entry and where its file field is; 0 if that cannot be told. */
static size_t bug_layout(const struct image *im, unsigned sec, size_t *file)
{
	const struct image_section *s = &im->sections.v[sec];
	size_t stride, words;

	for (words = 1; words < 4; words++) {
		const struct image_reloc *r =
			image_reloc(im, pos_make(sec, words * 4), 1);

		if (!r || is_code(im, image_target(im, r, 0)))
			break;
	}
	if (words < 2 || words > 3)
		return 0;
	*file = words * 4 - 4;
	stride = words * 4 + 4;
	if (s->size % stride || s->relocs.n != s->size / stride * words)
		return 0;
	for (size_t off = 0; off < s->size; off += stride) {
		const struct image_reloc *addr = image_reloc(im, pos_make(sec, off), 1);

		if (!addr || !is_code(im, image_target(im, addr, 0)) ||
		    !image_reloc(im, pos_make(sec, off + *file), 1))
			return 0;
	}
	return stride;
}

static int cmp_bug(const void *a, const void *b)
{
	const struct bug_entry *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static int read_bugs(const struct image *im, const char *path, struct tables *t,
		     struct err *e)
{
	unsigned sec = image_find(im, "__bug_table");
	const struct image_section *s = &im->sections.v[sec];
	size_t stride, file;
	int64_t bias;

	if (!sec || !s->size)
		return 0;
	if (s->size > MAX_BUG_TABLE)
		return err_set(e, ERR_LIMIT,
			       "cannot read '%s': its bug table is too large", path);
	stride = s->data ? bug_layout(im, sec, &file) : 0;
	if (!stride || file_bias(im, sec, stride, file, &bias))
		return err_set(e, ERR_INPUT,
			       "cannot read '%s': its bug table names no file and line; "
			       "was it built with DEBUG_BUGVERBOSE?",
			       path);
	for (size_t off = 0; off < s->size; off += stride) {
		const uint8_t *p = s->data + off + file;
		struct bug_entry b = { .line = get16(p + 4), .flags = get16(p + 6) };

		b.at = image_target(im, image_reloc(im, pos_make(sec, off), 1), 0);
		b.file = string_at(
			im,
			image_target(im, image_reloc(im, pos_make(sec, off + file), 1),
				     bias));
		b.trap = trap_at(im, b.at);
		if (b.trap == OBJECT_TRAP_NONE && stride == 16 && (b.flags & BUG_ARGS))
			b.trap = OBJECT_TRAP_CALL;
		vec_push(&t->bugs, b);
	}
	qsort(t->bugs.v, t->bugs.n, sizeof(*t->bugs.v), cmp_bug);
	return 0;
}

/* Pairs of (code, where it may go) in @section, one for each @stride bytes. */
static int read_ways(const struct image *im, const char *path, const char *section,
		     size_t stride, bool patched, struct tables *t, struct err *e)
{
	unsigned sec = image_find(im, section);
	const struct image_section *s = &im->sections.v[sec];

	if (!sec || !s->size)
		return 0;
	if (s->size % stride)
		return unknown(path, section, e);
	for (size_t off = 0; off < s->size; off += stride) {
		const struct image_reloc *a = image_reloc(im, pos_make(sec, off), 1);
		const struct image_reloc *b = image_reloc(im, pos_make(sec, off + 4), 1);
		struct way w = { .patched = patched };

		if (!a || !b)
			return unknown(path, section, e);
		w.from = image_target(im, a, 0);
		w.to = image_target(im, b, 0);
		if (!is_code(im, w.from) || !is_code(im, w.to))
			return unknown(path, section, e);
		vec_push(&t->ways, w);
	}
	return 0;
}

/* x86 always had a third word; arm64 got one with 5.15. */
static size_t extable_stride(const struct image *im)
{
	unsigned sec = image_find(im, "__ex_table");

	if (im->machine == IMAGE_ARM64 && sec && image_reloc(im, pos_make(sec, 8), 1))
		return 8;
	return im->machine == IMAGE_ARM64 && sec && im->sections.v[sec].size == 8 ? 8
										  : 12;
}

/* Where the two length bytes stand in an entry of @stride bytes; 0: unknown. */
static size_t alt_lengths(const struct image *im, size_t stride)
{
	if (im->machine == IMAGE_ARM64)
		return stride == 12 ? 10 : 0;
	if (stride == 12 || stride == 13)
		return 10;
	return stride == 14 ? 12 : 0;
}

static int cmp_alt(const void *a, const void *b)
{
	const struct alternative *x = a, *y = b;

	return (x->site > y->site) - (x->site < y->site);
}

static int read_alts(const struct image *im, const char *path, struct tables *t,
		     struct err *e)
{
	static const char name[] = ".altinstructions";
	unsigned sec = image_find(im, name);
	const struct image_section *s = &im->sections.v[sec];
	const struct image_reloc *second;
	size_t stride, lengths;

	if (!sec || !s->size)
		return 0;
	second = image_reloc(im, pos_make(sec, 8), s->size);
	stride = second ? second->offset : s->size;
	lengths = s->data ? alt_lengths(im, stride) : 0;
	if (!lengths || s->size % stride)
		return unknown(path, name, e);
	for (size_t off = 0; off < s->size; off += stride) {
		const struct image_reloc *a = image_reloc(im, pos_make(sec, off), 1);
		const struct image_reloc *b = image_reloc(im, pos_make(sec, off + 4), 1);
		struct alternative alt = { .len = s->data[off + lengths],
					   .to_len = s->data[off + lengths + 1] };

		alt.site = a ? image_target(im, a, 0) : 0;
		alt.to = b ? image_target(im, b, 0) : 0;
		if (!is_code(im, alt.site))
			return unknown(path, name, e);
		vec_push(&t->alts, alt);
	}
	qsort(t->alts.v, t->alts.n, sizeof(*t->alts.v), cmp_alt);
	return 0;
}

static int cmp_way(const void *a, const void *b)
{
	const struct way *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static int cmp_pos(const void *a, const void *b)
{
	const pos_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What jump tables, and pointers to functions, lead to. */
static void read_held(const struct image *im, struct tables *t)
{
	uint32_t exact = im->machine == IMAGE_ARM64 ? R_AARCH64_ABS64 : R_X86_64_64;

	vec_each (s, &im->sections) {
		if (strncmp(s->name, ".rodata", strlen(".rodata")))
			continue;
		vec_each (r, &s->relocs) {
			pos_t to = image_target(im, r, 0);

			if (!is_code(im, im->syms.v[r->sym].at))
				continue;
			if (r->type != exact)
				t->by_difference = true;
			else if (to)
				vec_push(&t->held, to);
		}
	}
	if (t->held.n)
		qsort(t->held.v, t->held.n, sizeof(*t->held.v), cmp_pos);
}

int tables_read(const struct image *im, const char *path, struct tables *t, struct err *e)
{
	int ret;

	*t = (struct tables){ 0 };
	ret = read_bugs(im, path, t, e);
	if (!ret)
		ret = read_ways(im, path, "__jump_table", 16, true, t, e);
	if (!ret)
		ret = read_ways(im, path, "__ex_table", extable_stride(im), false, t, e);
	if (!ret)
		ret = read_alts(im, path, t, e);
	if (!ret)
		read_held(im, t);
	if (t->ways.n)
		qsort(t->ways.v, t->ways.n, sizeof(*t->ways.v), cmp_way);
	return ret;
}

void tables_release(struct tables *t)
{
	vec_release(&t->bugs);
	vec_release(&t->ways);
	vec_release(&t->alts);
	vec_release(&t->held);
}

/* The first of @n sorted elements of @size whose leading pos_t is in [at, end). */
static const void *first_in(const void *v, size_t n, size_t size, pos_t at, pos_t end)
{
	const char *base = v;
	size_t lo = 0, hi = n;
	pos_t here;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		memcpy(&here, base + mid * size, sizeof(here));
		if (here < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == n)
		return NULL;
	memcpy(&here, base + lo * size, sizeof(here));
	return here < end ? base + lo * size : NULL;
}

const struct bug_entry *tables_bug(const struct tables *t, pos_t at)
{
	return first_in(t->bugs.v, t->bugs.n, sizeof(*t->bugs.v), at, at + 1);
}

const struct way *tables_way(const struct tables *t, pos_t at)
{
	return first_in(t->ways.v, t->ways.n, sizeof(*t->ways.v), at, at + 1);
}

const struct alternative *tables_alt(const struct tables *t, pos_t at)
{
	return first_in(t->alts.v, t->alts.n, sizeof(*t->alts.v), at, at + 1);
}

const pos_t *tables_held(const struct tables *t, pos_t at, pos_t end)
{
	return first_in(t->held.v, t->held.n, sizeof(*t->held.v), at, end);
}
