// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_place.h"

/*
 * Where git apply (2.39, find_pos() and match_fragment()) puts hunks. It differs from
 * GNU patch: each hunk is looked for in the file as the hunks before it left it,
 * from the line that its new side names; it may stand before them, but never on
 * lines that one of them has written, context included; line 1 ties it to the
 * start of the file, and no trailing context at all to its end.
 */

struct image {
	int64_t *v; /* by line as it is now: the line of the file, or -1: written */
	size_t n, cap;
};

struct want {
	bool begin, end;
	size_t m;
};

static bool fits(const struct placer *pl, const struct image *img, struct want w,
		 size_t at, uint64_t *steps)
{
	if (at + w.m > img->n || (w.end && at + w.m != img->n) || (w.begin && at))
		return false;
	for (size_t i = 0; i < w.m; i++) {
		int64_t l = img->v[at + i];

		++*steps;
		if (l < 0 || l != img->v[at] + (int64_t)i ||
		    !line_eq(pl->file->v[l], pl->pat.v[i]))
			return false;
	}
	return true;
}

/* From @guess outwards, +n before -n; SIZE_MAX: nowhere. */
static size_t find(struct placer *pl, const struct image *img, struct want w,
		   size_t guess)
{
	uint64_t steps = 0;
	size_t found = SIZE_MAX;

	for (size_t d = 0; d <= img->n && found == SIZE_MAX && !pl->gave_up; d++) {
		if (guess + d <= img->n && fits(pl, img, w, guess + d, &steps))
			found = guess + d;
		else if (d && d <= guess && fits(pl, img, w, guess - d, &steps))
			found = guess - d;
		*pl->spent += steps + 1;
		steps = 0;
		pl->gave_up = *pl->spent > pl->limit;
	}
	return found;
}

static void image_init(struct image *img, const struct lines *file)
{
	img->n = img->cap = file->n;
	img->v = xreallocarray(NULL, img->n, sizeof(*img->v));
	for (size_t i = 0; i < img->n; i++)
		img->v[i] = (int64_t)i;
}

static void image_write(struct image *img, size_t at, size_t ndel, size_t nins)
{
	size_t n = img->n - ndel + nins;

	if (n > img->cap) {
		img->cap = n * 2;
		img->v = xreallocarray(img->v, img->cap, sizeof(*img->v));
	}
	memmove(img->v + at + nins, img->v + at + ndel,
		(img->n - at - ndel) * sizeof(*img->v));
	for (size_t i = 0; i < nins; i++)
		img->v[at + i] = -1;
	img->n = n;
}

static size_t count_new(const struct hunk *h, bool reverse)
{
	return reverse ? h->old_count : h->new_count;
}

static bool place_one(struct placer *pl, struct image *img, const struct hunk *h,
		      struct hunk_outcome *o, struct placed *at)
{
	uint32_t start = pl->reverse ? h->new_start : h->old_start;
	uint32_t new_start = pl->reverse ? h->old_start : h->new_start;
	struct want w = { .begin = start <= 1, .end = !h->suffix };
	size_t guess = new_start ? new_start - 1 : 0, found;

	*o = (struct hunk_outcome){ .fate = HUNK_CONFLICT, .reason = CONFLICT_LIMIT };
	if (pl->gave_up)
		return false;
	load_pattern(pl, h);
	w.m = pl->pat.n;
	if (w.begin)
		guess = 0;
	else if (w.end)
		guess = img->n - w.m;
	if (guess > img->n)
		guess = img->n;
	found = find(pl, img, w, guess);
	*o = (struct hunk_outcome){ .fate = HUNK_CONFLICT, .reason = CONFLICT_CONTEXT };
	if (pl->gave_up)
		o->reason = CONFLICT_LIMIT;
	if (found == SIZE_MAX || pl->gave_up)
		return false;
	at->at = w.m ? (uint32_t)img->v[found] : (uint32_t)pl->file->n;
	at->found = true;
	o->reason = CONFLICT_NONE;
	o->line = at->at + 1;
	o->offset = (int32_t)((int64_t)o->line - start - (w.m == 0));
	o->fate = o->offset ? HUNK_OFFSET : HUNK_EXACT;
	if (o->offset && pl->policy->no_offsets) {
		*o = (struct hunk_outcome){ .fate = HUNK_CONFLICT,
					    .reason = CONFLICT_OFFSET };
		at->found = false;
		return false;
	}
	*pl->spent += img->n - found;
	image_write(img, found, w.m, count_new(h, pl->reverse));
	return true;
}

uint32_t place_hunks_git(struct placer *pl, struct hunk_outcome *o, struct placed *at)
{
	struct image img = { 0 };
	uint32_t found = 0;

	list_lines(pl);
	if (!pl->gave_up)
		image_init(&img, pl->file);
	*pl->spent += img.n;
	pl->gave_up = *pl->spent > pl->limit;
	for (uint32_t i = 0; i < pl->change->nhunks; i++) {
		at[i] = (struct placed){ 0 };
		found += place_one(pl, &img, &pl->change->hunks[i], &o[i], &at[i]);
	}
	free(img.v);
	return found;
}
