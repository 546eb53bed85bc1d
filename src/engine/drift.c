// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/drift.h"

const char *drift_name(enum drift d)
{
	static const char *const names[] = { [DRIFT_SAME] = "same",
					     [DRIFT_CONTEXT] = "context",
					     [DRIFT_ADAPTED] = "adapted" };

	return names[d];
}

/* The lines of a change, in order, over its hunks. */
struct walk {
	const struct change *change;
	uint32_t hunk, line;
	bool changed_only;
};

static const struct patch_line *next_line(struct walk *w)
{
	while (w->hunk < w->change->nhunks) {
		const struct hunk *h = &w->change->hunks[w->hunk];

		while (w->line < h->nlines) {
			const struct patch_line *l = &h->lines[w->line++];

			if (!w->changed_only || l->op != ' ')
				return l;
		}
		w->hunk++;
		w->line = 0;
	}
	return NULL;
}

static bool same_lines(const struct change *a, const struct change *b, bool changed_only)
{
	struct walk wa = { a, 0, 0, changed_only }, wb = { b, 0, 0, changed_only };

	for (;;) {
		const struct patch_line *la = next_line(&wa), *lb = next_line(&wb);

		if (!la || !lb)
			return la == lb;
		if (la->op != lb->op || la->no_eol != lb->no_eol ||
		    !slice_eq((struct slice){ la->p, la->n },
			      (struct slice){ lb->p, lb->n }))
			return false;
	}
}

/* A plain diff does not say the mode; git's index line does without changing it. */
static bool same_mode(const struct change *a, const struct change *b)
{
	return a->new_mode == b->new_mode ||
	       (a->kind == CHANGE_MODIFY && (!a->new_mode || !b->new_mode));
}

static bool same_file(const struct change *a, const struct change *b)
{
	return a->kind == b->kind && slice_eq(change_path(a), change_path(b)) &&
	       same_mode(a, b) && slice_eq(a->binary_data, b->binary_data);
}

enum drift patch_drift(const struct patch *a, const struct patch *b)
{
	enum drift d = DRIFT_SAME;

	if (a->nchanges != b->nchanges)
		return DRIFT_ADAPTED;
	for (uint32_t i = 0; i < a->nchanges; i++) {
		const struct change *ca = &a->changes[i], *cb = &b->changes[i];

		if (!same_file(ca, cb) || !same_lines(ca, cb, true))
			return DRIFT_ADAPTED;
		if (!same_lines(ca, cb, false))
			d = DRIFT_CONTEXT;
	}
	return d;
}
