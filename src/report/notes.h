/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a report says below its matrix, sorted out once for all writers that
 * address people: each function fills groups of cells of which the same is to
 * be said, in the view's order.
 */

#include "report/group.h"

/*
 * What a person has to act on: cells that failed or broke, and skips of cells
 * that are required. The text of these groups is a key only.
 */
void notes_problems(const struct view *v, struct groups *g);
/* By reason: skips that are no problems and have another reason than their target. */
void notes_skips(const struct view *v, struct groups *g);
/* By what changed since. */
void notes_stale(const struct view *v, struct groups *g);
/*
 * By text: the findings of @level ("warning", "owed", "note"). What the sender
 * owes is the same on every line, so there the path is left out.
 */
void notes_level(const struct view *v, const char *level, struct groups *g);

/* Targets without a tree: reason → struct strvec of their names. */
void notes_treeless(const struct view *v, struct map *m);
void notes_treeless_release(struct map *m);

/* "path:line: message [id]"; LF in the message stays. */
void finding_text(const struct finding *f, struct buf *out);
/* Whether @reason says no more than the first line of @f does. */
bool finding_is_reason(const struct finding *f, struct slice reason);
