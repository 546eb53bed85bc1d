// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/study.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

/* Scopes in scopes; no compiler nests deeper. */
#define MAX_SCOPES 256

/* Ranges of one body. */
#define MAX_RANGES 10000
/* Entries that are read; an object of the kernel has some hundred thousand. */
#define MAX_ENTRIES 5000000

struct walk {
	struct study *s;
	Dwfl_Module *mod;
	bool *found;
	pos_t entry; /* of the function whose scopes are walked */
	size_t seen;
};

/* libdwfl lays the sections out one behind the other; back to ours. */
static pos_t pos_of(const struct walk *w, Dwarf_Addr addr)
{
	int i = dwfl_module_relocate_address(w->mod, &addr);
	GElf_Word section = SHN_UNDEF;

	if (i < 0 || !dwfl_module_relocation_info(w->mod, (unsigned)i, &section) ||
	    section == SHN_UNDEF || section >= w->s->im.sections.n ||
	    addr > w->s->im.sections.v[section].size)
		return 0;
	return pos_make(section, addr);
}

/* The function's first instruction: where its symbol says it begins. */
static pos_t entry_of(const struct walk *w, Dwarf_Die *die)
{
	const struct image_sym *f = NULL;
	Dwarf_Addr base, from = 0, to;
	pos_t at;

	if (dwarf_entrypc(die, &from) && dwarf_ranges(die, 0, &base, &from, &to) <= 0)
		return 0;
	at = pos_of(w, from);
	if (at)
		f = image_func_around(&w->s->im, at);
	return f ? f->at : 0;
}

static void add_ranges(const struct walk *w, Dwarf_Die *die, struct work *to)
{
	Dwarf_Addr base, lo, hi;
	ptrdiff_t off = 0;

	while ((off = dwarf_ranges(die, off, &base, &lo, &hi)) > 0 &&
	       to->inlined.n < MAX_RANGES) {
		struct range r = { pos_of(w, lo), pos_of(w, hi) };

		if (r.from && pos_section(r.to) == pos_section(r.from))
			vec_push(&to->inlined, r);
	}
}

static void take_inlined(const struct walk *w, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	struct work *to;

	for (size_t i = 0; name && w->s->q->handlers[i]; i++) {
		const char *handler = w->s->q->handlers[i];

		if (strcmp(name, handler) || !w->entry)
			continue;
		to = study_work(w->s, w->entry);
		if (!to)
			to = study_add(w->s, w->entry, handler, OBJECT_INLINED);
		if (!to)
			continue;
		w->found[i] = true;
		if (to->body.how == OBJECT_INLINED)
			add_ranges(w, die, to);
	}
}

static void walk_scopes(struct walk *w, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;

	if (depth > MAX_SCOPES || dwarf_child(parent, &die))
		return;
	do {
		pos_t outer = w->entry;
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_subprogram)
			w->entry = entry_of(w, &die);
		else if (tag == DW_TAG_inlined_subroutine)
			take_inlined(w, &die);
		if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
		    tag == DW_TAG_lexical_block)
			walk_scopes(w, &die, depth + 1);
		w->entry = outer;
	} while (w->seen++ < MAX_ENTRIES && !dwarf_siblingof(&die, &die));
}

static bool walk_module(struct walk *w)
{
	Dwarf_Addr bias;
	Dwarf_Die *cu = NULL;
	bool any = false;

	while ((cu = dwfl_module_nextcu(w->mod, cu, &bias))) {
		any = true;
		walk_scopes(w, cu, 0);
	}
	return any;
}

/* Nothing but the object itself is ever read for its debugging information. */
static int no_debuginfo(Dwfl_Module *mod _unused_, void **data _unused_,
			const char *name _unused_, Dwarf_Addr base _unused_,
			const char *file _unused_, const char *link _unused_,
			GElf_Word crc _unused_, char **out _unused_)
{
	return -1;
}

bool inlined_find(struct study *s, bool *found)
{
	static const Dwfl_Callbacks callbacks = {
		.find_debuginfo = no_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	struct walk w = { .s = s, .found = found };
	Dwfl *dwfl = dwfl_begin(&callbacks);
	bool any = false;

	if (!dwfl)
		return false;
	w.mod = dwfl_report_offline(dwfl, "", s->q->path, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	if (w.mod)
		any = walk_module(&w);
	dwfl_end(dwfl);
	return any;
}
