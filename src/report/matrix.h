/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The matrix as a terminal shows it: one row a target line with the provenance
 * of its base, one column a check. Where a check has many cells, the place
 * holds their tally, a glyph and a count for each status that occurs; rows
 * below it name the cells that differ. The layout is the roomiest one that
 * fits the width: headings take two lines, the longest first, then the base moves
 * to a line of its own, then the columns go on in a second block.
 */

#include "base/vec.h"
#include "report/style.h"

enum tally_state {
	TALLY_PASS,
	TALLY_RUNNING,
	TALLY_FAIL,
	TALLY_ERROR,
	TALLY_SKIP,
	TALLY_NONE,
	TALLY_STALE, /* whatever it was, it is not that of today */
	TALLY_STATES,
};

/* The cells behind one place; all zero is an empty place. */
struct tally {
	unsigned n[TALLY_STATES];
};

struct matrix_row {
	char *label, *base; /* made safe to show; base is "" when there is none */
	bool sub;	    /* names cells of the row above; has no base */
	struct tally *cells;
};

struct matrix {
	struct style style;
	struct strvec heads; /* one a column */
	VEC(struct matrix_row) rows;
	size_t *min_col; /* what rendering raises and never goes below; or NULL */
};

void matrix_init(struct matrix *m, const struct style *style);
void matrix_release(struct matrix *m);
/* All columns come before the first row. */
void matrix_head(struct matrix *m, const char *name);
/* The row's places, as many as there are columns, for the caller to fill. */
struct tally *matrix_row(struct matrix *m, const char *label, const char *base);
struct tally *matrix_sub(struct matrix *m, const char *label);
/* Lines no wider than the style's width, each ended by LF. */
void matrix_render(const struct matrix *m, struct buf *out);
/* What the glyphs mean that occur in @m; nothing when none does. */
void matrix_legend(const struct matrix *m, struct buf *out);

/* "✓11✗1~2", fourteen cells; a single cell has no count. Returns its columns. */
size_t tally_add(struct buf *out, const struct tally *t, const struct style *s);
