/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Cells said together. Twelve builds that break for the same reason are one
 * sentence for a reader, so writers group cells by what is said of them and
 * name each set as briefly as is exact: "arm64 clang" when it is all of a
 * target's cells with that arch and toolchain.
 */

#include "base/buf.h"
#include "base/map.h"
#include "report/view.h"

struct cells {
	const struct view_cell **v;
	size_t n, cap;
};

struct group {
	struct slice text; /* what is said of them all; owned by the groups' map */
	struct cells cells;
};

struct groups {
	struct map map; /* text → struct group, in order of insertion */
};

void groups_release(struct groups *g);
void groups_add(struct groups *g, struct slice text, const struct view_cell *c);

#define groups_each(it, g) map_each(it, &(g)->map)

/*
 * Names for @set, cells of one target and check: each stands for all cells of
 * that check with these arches, toolchains and configurations, and leaves out
 * what could be any of several; "" for all. With @members (or NULL) the first
 * cell of each name is added in the same order.
 */
void group_names(const struct view *v, const struct cells *set, struct strvec *names,
		 struct cells *members);
/*
 * Appends where a set of cells in the view's order lies:
 * "7.3.y, 7.2.y: build, object (clang); 6.12.y build (arm64 gcc)".
 */
void group_where(const struct view *v, const struct cells *set, struct buf *out);
