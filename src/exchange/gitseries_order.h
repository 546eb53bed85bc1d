/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The series file after its patches changed places, came or went. */

#include "base/vec.h"
#include "text/series.h"

/*
 * Appends @s with the applied patches being @names, in that order. Lines of patches that
 * keep their place among the others stay where they are, as do comments and patches that
 * are not applied; the line of one that moved goes, as it is, behind the patch that is
 * now before it.
 */
void order_series(const struct series *s, const struct strvec *names, struct buf *out);

/*
 * A name for a new patch in the manner of @before (NULL: it comes first): with a number
 * or not, in the same directory. One that neither @taken nor the directory of
 * the series has. The caller frees.
 */
char *order_name(const struct series *s, const char *title, const char *before,
		 const struct strvec *taken);
