/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The parts of the HTML report that show statuses and evidence. */

#include "report/view.h"
#include "report/xml.h"

/* A status as a word in its colour; @n counts cells, 0 for one alone. */
void html_status(struct xml *x, const char *status, unsigned n);
/* The statuses of some cells of one target and check: "8 pass" "2 fail". */
void html_statuses(struct xml *x, const struct view_cell *cells, size_t n);
/* One cell's evidence, opened when it failed or broke. */
void html_cell(struct xml *x, const struct view *v, const struct view_cell *c);
/* At most @max of a cell's findings as a list, in excerpts; 0: all of all. */
void html_findings(struct xml *x, const struct view_cell *c, size_t max);
/* Text of others, in the direction that it has itself. */
void html_foreign(struct xml *x, const char *tag, const char *cls, struct slice text);
/* The same, cut where it gets long: the evidence has the whole. */
void html_excerpt(struct xml *x, const char *tag, struct slice text);
