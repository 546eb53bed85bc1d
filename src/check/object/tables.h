/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The kernel's own tables in an object: which instructions warn, which may be
 * patched at run time and into what, and where a faulting one continues. Their
 * layouts are told from their relocations:
 *
 *   __bug_table       addr, [format,] file, line, flags (include/asm-generic/bug.h)
 *   __jump_table      code, target, key (include/linux/jump_label.h)
 *   .altinstructions  site, replacement, feature, lengths (asm/alternative.h)
 *   __ex_table        insn, fixup, ... (asm/extable.h)
 */

#include "base/map.h"
#include "check/object/image.h"
#include "check/object/object.h"

#define BUG_WARNING 0x01u
#define BUG_ONCE    0x02u
#define BUG_ARGS    0x10u

struct bug_entry {
	pos_t at;
	enum object_trap trap;
	const char *file; /* in the image's bytes */
	unsigned line, flags;
};

/* Another way on from @from than its instruction says. */
struct way {
	pos_t from, to;
	bool patched; /* the instruction may be turned into a no-operation */
};

/* Code that may replace @len bytes at @site; @to is 0 where a callback does it. */
struct alternative {
	pos_t site, to;
	uint8_t len, to_len;
};

struct tables {
	VEC(struct bug_entry) bugs;   /* by at */
	VEC(struct way) ways;	      /* by from */
	VEC(struct alternative) alts; /* by site */
	VEC(pos_t) held; /* places in code whose addresses read-only data holds, sorted */
	bool by_difference; /* it also holds differences, which lead nobody knows where */
};

/* ERR_INPUT for a layout that none of the known kernels has. */
int tables_read(const struct image *im, const char *path, struct tables *t,
		struct err *e) _must_check_;
void tables_release(struct tables *t);
/* The entry whose trap is at @at, or NULL. */
const struct bug_entry *tables_bug(const struct tables *t, pos_t at);
/* The first of those from or at @at; more may follow it. NULL if there is none. */
const struct way *tables_way(const struct tables *t, pos_t at);
const struct alternative *tables_alt(const struct tables *t, pos_t at);
/* The first of [at, end), or NULL. */
const pos_t *tables_held(const struct tables *t, pos_t at, pos_t end);
