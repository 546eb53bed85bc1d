/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A relocatable ELF object as sections, symbols and relocations. Everything that
 * comes from the file is bounded here, once: a reader of this module may use each
 * offset that it hands out. Only little-endian 64-bit objects of x86_64 and arm64
 * with RELA relocations are taken.
 *
 * A position names a byte of the object: the section's number and the offset in
 * it. Position 0 is none (section 0 holds nothing).
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

#define IMAGE_MAX_FILE ((size_t)256 << 20)

typedef uint64_t pos_t;

static inline pos_t pos_make(unsigned section, uint64_t offset)
{
	return (pos_t)section << 32 | (uint32_t)offset;
}

static inline unsigned pos_section(pos_t at)
{
	return (unsigned)(at >> 32);
}

static inline uint32_t pos_offset(pos_t at)
{
	return (uint32_t)at;
}

enum image_machine { IMAGE_X86_64, IMAGE_ARM64 };

struct image_reloc {
	uint32_t offset;
	uint32_t type;
	uint32_t sym; /* an index that exists */
	int64_t addend;
};

struct image_section {
	const char *name;
	const uint8_t *data; /* NULL where the file holds no bytes */
	size_t size;
	bool exec;
	bool alloc;
	VEC(struct image_reloc) relocs; /* by offset */
};

struct image_sym {
	const char *name;
	pos_t at; /* 0: undefined here, or no place */
	uint64_t size;
	bool func;
};

struct image {
	struct arena *arena; /* borrowed; owns the names */
	struct buf bytes;
	enum image_machine machine;
	VEC(struct image_section) sections;
	VEC(struct image_sym) syms;
	VEC(uint32_t) funcs; /* defined functions, by position, then larger first */
};

/* Names go into @arena, which must live longer. ERR_INPUT, ERR_LIMIT, ERR_IO. */
int image_open(struct image *im, const char *path, struct arena *arena,
	       struct err *e) _must_check_;
void image_release(struct image *im);
/* The bytes at @at and how many follow in its section; NULL outside all data. */
const uint8_t *image_bytes(const struct image *im, pos_t at, size_t *left);
/* The first relocation of [at, at + len), or NULL. */
const struct image_reloc *image_reloc(const struct image *im, pos_t at, size_t len);
/* Symbol plus addend plus @bias; 0 when undefined or outside its section. */
pos_t image_target(const struct image *im, const struct image_reloc *r, int64_t bias);
/* The name of the undefined symbol that @r is for; NULL if it is defined. */
const char *image_extern(const struct image *im, const struct image_reloc *r);
/* The function symbol that starts at @at, or whose range holds it; or NULL. */
const struct image_sym *image_func_at(const struct image *im, pos_t at);
const struct image_sym *image_func_around(const struct image *im, pos_t at);
/* The section of that name, or 0. */
unsigned image_find(const struct image *im, const char *name);
