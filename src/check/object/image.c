// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/image.h"

#include <gelf.h>
#include <libelf.h>

#include "base/fsx.h"

/* More sections than this need extended indices, which no kernel object has. */
#define MAX_SECTIONS 60000

/* A relocation that tools have taken back: 0 on both machines, 256 before that. */
#define RELOC_NONE     0
#define RELOC_NONE_OLD 256

static int bad(const char *path, const char *what, struct err *e)
{
	return err_set(e, ERR_INPUT, "cannot read '%s' as an object: %s", path, what);
}

static int check_header(struct image *im, const char *path, Elf *elf, struct err *e)
{
	GElf_Ehdr h;
	size_t n = 0;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &h))
		return bad(path, "not an ELF file", e);
	if (h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB)
		return bad(path, "not a 64-bit little-endian one", e);
	if (h.e_type != ET_REL)
		return bad(path, "not a relocatable one", e);
	if (h.e_machine == EM_X86_64)
		im->machine = IMAGE_X86_64;
	else if (h.e_machine == EM_AARCH64)
		im->machine = IMAGE_ARM64;
	else
		return bad(path, "neither of x86_64 nor of arm64", e);
	if (elf_getshdrnum(elf, &n) || n > MAX_SECTIONS)
		return bad(path, "its section table is damaged", e);
	return 0;
}

static int add_section(struct image *im, const char *path, Elf *elf, Elf_Scn *scn,
		       size_t names, struct err *e)
{
	struct image_section s = { .name = "" };
	GElf_Shdr h;
	const char *name;

	if (!gelf_getshdr(scn, &h))
		return bad(path, "its section table is damaged", e);
	name = elf_strptr(elf, names, h.sh_name);
	if (name)
		s.name = arena_strdup(im->arena, name);
	s.alloc = h.sh_flags & SHF_ALLOC;
	s.exec = s.alloc && (h.sh_flags & SHF_EXECINSTR);
	if (h.sh_type == SHT_NOBITS) {
		s.size = h.sh_size > UINT32_MAX ? UINT32_MAX : h.sh_size;
	} else if (h.sh_type != SHT_NULL) {
		if (h.sh_offset > im->bytes.len ||
		    h.sh_size > im->bytes.len - h.sh_offset)
			return bad(path, "a section reaches beyond its end", e);
		s.data = (const uint8_t *)im->bytes.data + h.sh_offset;
		s.size = h.sh_size;
	}
	vec_push(&im->sections, s);
	return 0;
}

static void add_symbol(struct image *im, Elf *elf, const GElf_Sym *s, size_t names)
{
	struct image_sym sym = { .name = "", .size = s->st_size };
	int type = GELF_ST_TYPE(s->st_info);
	const char *name = elf_strptr(elf, names, s->st_name);

	if (name)
		sym.name = arena_strdup(im->arena, name);
	if (s->st_shndx != SHN_UNDEF && s->st_shndx < im->sections.n &&
	    s->st_value <= im->sections.v[s->st_shndx].size) {
		sym.at = pos_make(s->st_shndx, s->st_value);
		if (type == STT_SECTION && !*sym.name)
			sym.name = im->sections.v[s->st_shndx].name;
		if (sym.size > im->sections.v[s->st_shndx].size - s->st_value)
			sym.size = im->sections.v[s->st_shndx].size - s->st_value;
	}
	sym.func = type == STT_FUNC && sym.at && im->sections.v[s->st_shndx].exec;
	if (sym.func)
		vec_push(&im->funcs, (uint32_t)im->syms.n);
	vec_push(&im->syms, sym);
}

static int add_symbols(struct image *im, const char *path, Elf *elf, Elf_Scn *scn,
		       struct err *e)
{
	Elf_Data *d = elf_getdata(scn, NULL);
	GElf_Shdr h;
	GElf_Sym s;

	if (im->syms.n)
		return bad(path, "it has two symbol tables", e);
	if (!d || !gelf_getshdr(scn, &h))
		return bad(path, "its symbol table is damaged", e);
	for (int i = 0; gelf_getsym(d, i, &s); i++)
		add_symbol(im, elf, &s, h.sh_link);
	return 0;
}

static int cmp_reloc(const void *a, const void *b)
{
	const struct image_reloc *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int add_relocs(struct image *im, const char *path, Elf_Scn *scn, struct err *e)
{
	Elf_Data *d = elf_getdata(scn, NULL);
	struct image_section *s;
	GElf_Shdr h;
	GElf_Rela r;

	if (!d || !gelf_getshdr(scn, &h) || !h.sh_info || h.sh_info >= im->sections.n)
		return bad(path, "a relocation section is damaged", e);
	s = &im->sections.v[h.sh_info];
	for (int i = 0; gelf_getrela(d, i, &r); i++) {
		struct image_reloc one = { (uint32_t)r.r_offset,
					   (uint32_t)GELF_R_TYPE(r.r_info),
					   (uint32_t)GELF_R_SYM(r.r_info), r.r_addend };

		if (one.type == RELOC_NONE || one.type == RELOC_NONE_OLD)
			continue;
		if (r.r_offset >= s->size || GELF_R_SYM(r.r_info) >= im->syms.n)
			return bad(path, "a relocation points nowhere", e);
		vec_push(&s->relocs, one);
	}
	if (s->relocs.n)
		qsort(s->relocs.v, s->relocs.n, sizeof(*s->relocs.v), cmp_reloc);
	return 0;
}

static int cmp_func(const void *a, const void *b, void *data)
{
	const struct image *im = data;
	const struct image_sym *x = &im->syms.v[*(const uint32_t *)a];
	const struct image_sym *y = &im->syms.v[*(const uint32_t *)b];

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Sections of type @type (0: all), each through what it holds. */
static int read_sections(struct image *im, const char *path, Elf *elf, unsigned type,
			 struct err *e)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr h;
	size_t names;
	int ret = 0;

	if (elf_getshdrstrndx(elf, &names))
		return bad(path, "its section names are missing", e);
	if (!type)
		vec_push(&im->sections, (struct image_section){ .name = "" });
	while (!ret && (scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &h))
			return bad(path, "its section table is damaged", e);
		if (!type)
			ret = add_section(im, path, elf, scn, names, e);
		else if (h.sh_type != type)
			continue;
		else if (type == SHT_SYMTAB)
			ret = add_symbols(im, path, elf, scn, e);
		else if (h.sh_info < im->sections.n && im->sections.v[h.sh_info].alloc)
			ret = add_relocs(im, path, scn, e);
	}
	return ret;
}

static int read_elf(struct image *im, const char *path, Elf *elf, struct err *e)
{
	int ret = check_header(im, path, elf, e);

	if (!ret)
		ret = read_sections(im, path, elf, 0, e);
	if (!ret)
		ret = read_sections(im, path, elf, SHT_SYMTAB, e);
	if (!ret)
		ret = read_sections(im, path, elf, SHT_RELA, e);
	if (!ret && im->funcs.n)
		qsort_r(im->funcs.v, im->funcs.n, sizeof(*im->funcs.v), cmp_func, im);
	return ret;
}

int image_open(struct image *im, const char *path, struct arena *arena, struct err *e)
{
	Elf *elf;
	int ret;

	*im = (struct image){ .arena = arena };
	ret = fsx_read_head(path, IMAGE_MAX_FILE + 1, &im->bytes, e);
	if (ret)
		return ret;
	if (im->bytes.len > IMAGE_MAX_FILE)
		return err_set(e, ERR_LIMIT,
			       "cannot read '%s': larger than an object may be", path);
	if (elf_version(EV_CURRENT) == EV_NONE)
		return err_set(e, ERR_INTERNAL, "cannot use libelf: %s", elf_errmsg(-1));
	elf = im->bytes.len ? elf_memory(im->bytes.data, im->bytes.len) : NULL;
	if (!elf)
		return bad(path, "not an ELF file", e);
	ret = read_elf(im, path, elf, e);
	elf_end(elf);
	return ret;
}

void image_release(struct image *im)
{
	vec_each (s, &im->sections)
		vec_release(&s->relocs);
	vec_release(&im->sections);
	vec_release(&im->syms);
	vec_release(&im->funcs);
	buf_release(&im->bytes);
}

const uint8_t *image_bytes(const struct image *im, pos_t at, size_t *left)
{
	const struct image_section *s;

	if (pos_section(at) >= im->sections.n)
		return NULL;
	s = &im->sections.v[pos_section(at)];
	if (!s->data || pos_offset(at) >= s->size)
		return NULL;
	*left = s->size - pos_offset(at);
	return s->data + pos_offset(at);
}

const struct image_reloc *image_reloc(const struct image *im, pos_t at, size_t len)
{
	const struct image_section *s;
	uint32_t off = pos_offset(at);
	size_t lo = 0, hi;

	if (pos_section(at) >= im->sections.n)
		return NULL;
	s = &im->sections.v[pos_section(at)];
	hi = s->relocs.n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->relocs.v[mid].offset < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == s->relocs.n || s->relocs.v[lo].offset - off >= len)
		return NULL;
	return &s->relocs.v[lo];
}

pos_t image_target(const struct image *im, const struct image_reloc *r, int64_t bias)
{
	const struct image_sym *s = &im->syms.v[r->sym];
	int64_t off;

	if (!s->at || __builtin_add_overflow(r->addend, bias, &off) ||
	    __builtin_add_overflow(off, (int64_t)pos_offset(s->at), &off))
		return 0;
	if (off < 0 || (uint64_t)off > im->sections.v[pos_section(s->at)].size)
		return 0;
	return pos_make(pos_section(s->at), (uint64_t)off);
}

const char *image_extern(const struct image *im, const struct image_reloc *r)
{
	const struct image_sym *s = &im->syms.v[r->sym];

	return s->at ? NULL : s->name;
}

/* Index into funcs of the first function that starts at or after @at. */
static size_t func_from(const struct image *im, pos_t at)
{
	size_t lo = 0, hi = im->funcs.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (im->syms.v[im->funcs.v[mid]].at < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct image_sym *image_func_at(const struct image *im, pos_t at)
{
	size_t i = func_from(im, at);

	if (i == im->funcs.n || im->syms.v[im->funcs.v[i]].at != at)
		return NULL;
	return &im->syms.v[im->funcs.v[i]];
}

const struct image_sym *image_func_around(const struct image *im, pos_t at)
{
	size_t i = func_from(im, at + 1);
	const struct image_sym *s;

	if (!i)
		return NULL;
	s = image_func_at(im, im->syms.v[im->funcs.v[i - 1]].at);
	if (pos_section(s->at) != pos_section(at) || at - s->at >= s->size)
		return NULL;
	return s;
}

unsigned image_find(const struct image *im, const char *name)
{
	for (size_t i = 1; i < im->sections.n; i++) {
		if (!strcmp(im->sections.v[i].name, name))
			return (unsigned)i;
	}
	return 0;
}
