// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/compare.h"

#include "text/header.h"
#include "text/provenance.h"
#include "text/lcs.h"

const char *hunk_drift_name(enum hunk_drift d)
{
	static const char *const names[] = { [HUNK_SAME] = "same",
					     [HUNK_OTHER_CONTEXT] = "context",
					     [HUNK_ADAPTED] = "adapted",
					     [HUNK_DROPPED] = "dropped",
					     [HUNK_ADDED] = "added" };

	return names[d];
}

static struct slice line_slice(const struct patch_line *l)
{
	return (struct slice){ l->p, l->n };
}

/* Lines of one kind that tell something: a brace or a blank line is alike everywhere. */
static size_t telling_lines(const struct hunk *h, char op, struct slice **out)
{
	struct slice *lines = xcalloc(h->nlines + 1, sizeof(*lines));
	size_t n = 0;

	for (uint32_t i = 0; i < h->nlines; i++) {
		struct slice t = slice_trim(line_slice(&h->lines[i]));

		if (h->lines[i].op == op && t.n >= 3)
			lines[n++] = t;
	}
	*out = lines;
	return n;
}

/* How much @a and @b have in common: changed lines, and a little the lines around. */
static size_t likeness(const struct hunk *a, const struct hunk *b)
{
	size_t like = 0;

	for (const char *op = "-+ "; *op; op++) {
		_cleanup_free_ struct slice *la = NULL, *lb = NULL;
		size_t na = telling_lines(a, *op, &la), nb = telling_lines(b, *op, &lb);
		_cleanup_lcs_ struct lcs lcs = { 0 };

		lcs_find(la, na, lb, nb, &lcs);
		like += lcs.common * (*op == ' ' ? 1 : 4);
	}
	return like;
}

static bool same_hunk_lines(const struct hunk *a, const struct hunk *b, bool changed_only)
{
	uint32_t i = 0, k = 0;

	for (;;) {
		while (changed_only && i < a->nlines && a->lines[i].op == ' ')
			i++;
		while (changed_only && k < b->nlines && b->lines[k].op == ' ')
			k++;
		if (i == a->nlines || k == b->nlines)
			return i == a->nlines && k == b->nlines;
		if (a->lines[i].op != b->lines[k].op ||
		    a->lines[i].no_eol != b->lines[k].no_eol ||
		    !slice_eq(line_slice(&a->lines[i]), line_slice(&b->lines[k])))
			return false;
		i++;
		k++;
	}
}

static enum hunk_drift judge(const struct hunk *ours, const struct hunk *theirs)
{
	if (same_hunk_lines(ours, theirs, false))
		return HUNK_SAME;
	return same_hunk_lines(ours, theirs, true) ? HUNK_OTHER_CONTEXT : HUNK_ADAPTED;
}

/*
 * Their hunk that is most like ours: the first that does the same, else the one that has
 * the most in common with it.
 */
static long most_alike(const struct hunk *h, const struct change *theirs, const bool *taken)
{
	size_t most = 0;
	long best = -1;

	for (uint32_t k = 0; k < theirs->nhunks; k++) {
		if (!taken[k] && same_hunk_lines(h, &theirs->hunks[k], true))
			return k;
	}
	for (uint32_t k = 0; k < theirs->nhunks; k++) {
		size_t n = taken[k] ? 0 : likeness(h, &theirs->hunks[k]);

		if (n > most) {
			most = n;
			best = k;
		}
	}
	return best;
}

static void add_hunk(struct compare_file *f, const struct hunk *ours, const struct hunk *theirs)
{
	enum hunk_drift d = !theirs ? HUNK_ADDED : !ours ? HUNK_DROPPED : judge(ours, theirs);

	f->hunks[f->nhunks++] = (struct compare_hunk){ d, ours, theirs };
}

/* One hunk in each, both changed: what stands in the same place is its adaptation. */
static bool are_alone(const struct change *ours, const struct change *theirs)
{
	return ours->nhunks == 1 && theirs->nhunks == 1;
}

static void compare_changes(struct comparison *c, struct compare_file *f)
{
	const struct change *ours = f->ours, *theirs = f->theirs;
	uint32_t nours = ours ? ours->nhunks : 0, ntheirs = theirs ? theirs->nhunks : 0;
	_cleanup_free_ bool *taken = xcalloc(ntheirs + 1, sizeof(*taken));

	f->hunks = arena_array(&c->arena, nours + ntheirs + 1, sizeof(*f->hunks));
	f->other_kind = ours && theirs &&
			(ours->kind != theirs->kind || ours->new_mode != theirs->new_mode ||
			 !slice_eq(ours->binary_data, theirs->binary_data));
	for (uint32_t i = 0; i < nours; i++) {
		long k = theirs ? most_alike(&ours->hunks[i], theirs, taken) : -1;

		if (k < 0 && theirs && are_alone(ours, theirs))
			k = 0;
		if (k >= 0)
			taken[k] = true;
		add_hunk(f, &ours->hunks[i], k < 0 ? NULL : &theirs->hunks[k]);
	}
	for (uint32_t k = 0; k < ntheirs; k++) {
		if (!taken[k])
			add_hunk(f, NULL, &theirs->hunks[k]);
	}
}

static size_t alike(const struct change *a, const struct change *b)
{
	size_t n = 0;

	for (uint32_t i = 0; i < a->nhunks; i++) {
		for (uint32_t k = 0; k < b->nhunks; k++)
			n += likeness(&a->hunks[i], &b->hunks[k]);
	}
	return n;
}

/* Their change of the same file; of one that has moved the one that is most like it. */
static long find_change(const struct change *c, const struct patch *theirs, const bool *taken,
			bool moved)
{
	size_t most = 0;
	long best = -1;

	for (uint32_t k = 0; k < theirs->nchanges; k++) {
		const struct change *t = &theirs->changes[k];
		size_t n;

		if (taken[k])
			continue;
		if (!moved && slice_eq(change_path(c), change_path(t)))
			return k;
		n = moved ? alike(c, t) : 0;
		if (n > most) {
			most = n;
			best = k;
		}
	}
	return best;
}

static void add_file(struct comparison *c, struct compare_patch *p, const struct change *ours,
		     const struct change *theirs)
{
	struct compare_file *f = &p->files[p->nfiles++];

	f->ours = ours;
	f->theirs = theirs;
	compare_changes(c, f);
}

static void compare_files(struct comparison *c, struct compare_patch *p,
			  const struct patch *ours, const struct patch *theirs)
{
	uint32_t na = ours ? ours->nchanges : 0, nb = theirs ? theirs->nchanges : 0;
	_cleanup_free_ bool *taken = xcalloc(nb + 1, sizeof(*taken));
	_cleanup_free_ long *pair = xcalloc(na + 1, sizeof(*pair));

	p->files = arena_array(&c->arena, na + nb + 1, sizeof(*p->files));
	for (int moved = 0; moved < 2; moved++) {
		for (uint32_t i = 0; i < na; i++) {
			long k = pair[i] ? -1
				 : theirs ? find_change(&ours->changes[i], theirs, taken, moved)
					  : -1;

			if (k < 0)
				continue;
			pair[i] = k + 1;
			taken[k] = true;
		}
	}
	for (uint32_t i = 0; i < na; i++)
		add_file(c, p, &ours->changes[i],
			 pair[i] ? &theirs->changes[pair[i] - 1] : NULL);
	for (uint32_t k = 0; k < nb; k++) {
		if (!taken[k])
			add_file(c, p, NULL, &theirs->changes[k]);
	}
}

static void add_notes(struct comparison *c, struct compare_patch *p, const struct patch *from)
{
	_cleanup_header_ struct header h = { 0 };
	struct slice *notes;

	if (!from)
		return;
	header_parse(from->header, &h);
	notes = arena_array(&c->arena, p->nnotes + h.notes.n + 1, sizeof(*notes));
	for (size_t i = 0; i < p->nnotes; i++)
		notes[i] = p->notes[i];
	p->notes = notes;
	vec_each (n, &h.notes) {
		bool known = false;

		for (size_t i = 0; i < p->nnotes; i++)
			known |= slice_eq(notes[i], *n);
		if (!known)
			notes[p->nnotes++] =
				(struct slice){ arena_dup(&c->arena, n->p, n->n), n->n };
	}
}

static const char *name_of(const struct variant_series *v, long i)
{
	return i < 0 ? NULL : v->series->entries.v[i].name;
}

static void add_pair(struct comparison *c, const struct variant_series *ours, long i,
		     const struct variant_series *theirs, long k)
{
	const struct patch *a = i < 0 ? NULL : ours->patches[i];
	const struct patch *b = k < 0 ? NULL : theirs->patches[k];
	struct compare_patch p = { .ours = name_of(ours, i), .theirs = name_of(theirs, k),
				   .drift = DRIFT_ADAPTED };

	if (a && b)
		p.drift = patch_drift(b, a);
	compare_files(c, &p, a, b);
	add_notes(c, &p, a);
	add_notes(c, &p, b);
	p.finding = p.drift == DRIFT_ADAPTED && !p.nnotes;
	c->findings += p.finding;
	vec_push(&c->patches, p);
}

static bool same_title(const struct patch *a, const struct patch *b)
{
	_cleanup_header_ struct header ha = { 0 }, hb = { 0 };
	struct slice title;

	header_parse(a->header, &ha);
	header_parse(b->header, &hb);
	title = provenance_title(&ha);
	return title.n && slice_eq(title, provenance_title(&hb));
}

enum pairing { BY_NAME, BY_TITLE, BY_CHANGE, PAIRINGS };

static bool is_pair(const struct variant_series *ours, size_t i,
		    const struct variant_series *theirs, size_t k, enum pairing how)
{
	if (how == BY_NAME)
		return !strcmp(name_of(ours, (long)i), name_of(theirs, (long)k));
	if (how == BY_TITLE)
		return same_title(ours->patches[i], theirs->patches[k]);
	return patch_drift(ours->patches[i], theirs->patches[k]) != DRIFT_ADAPTED;
}

void compare_variants(const struct variant_series *ours, const struct variant_series *theirs,
		      struct comparison *out)
{
	_cleanup_free_ long *pair = xcalloc(ours->n + 1, sizeof(*pair));
	_cleanup_free_ bool *taken = xcalloc(theirs->n + 1, sizeof(*taken));

	*out = (struct comparison){ 0 };
	for (enum pairing how = BY_NAME; how < PAIRINGS; how++) {
		for (size_t i = 0; i < ours->n; i++) {
			for (size_t k = 0; !pair[i] && k < theirs->n; k++) {
				if (taken[k] || !is_pair(ours, i, theirs, k, how))
					continue;
				pair[i] = (long)k + 1;
				taken[k] = true;
			}
		}
	}
	for (size_t i = 0; i < ours->n; i++)
		add_pair(out, ours, (long)i, theirs, pair[i] - 1);
	for (size_t k = 0; k < theirs->n; k++) {
		if (!taken[k])
			add_pair(out, ours, -1, theirs, (long)k);
	}
}

void comparison_release(struct comparison *c)
{
	vec_release(&c->patches);
	arena_release(&c->arena);
}
