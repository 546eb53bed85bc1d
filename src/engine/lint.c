// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/lint.h"

#include "engine/lint_priv.h"

static void __attribute__((format(printf, 5, 0)))
add(struct lint_report *r, const char *id, const char *path, unsigned line,
    const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_vaddf(&b, fmt, ap);
	vec_push(&r->findings,
		 (struct lint_finding){
			 .rule = lint_rule(id),
			 .path = arena_strdup(&r->arena, path),
			 .line = line,
			 .order = r->findings.n,
			 .text = arena_dup(&r->arena, buf_str(&b), b.len) });
}

void lint_add(struct lint_report *r, const char *id, const char *path, unsigned line,
	      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, id, path, line, fmt, ap);
	va_end(ap);
}

void lint_say(struct lint *l, const char *id, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(l->out, id, l->at->path, line, fmt, ap);
	va_end(ap);
}

void lint_report_release(struct lint_report *r)
{
	if (!r)
		return;
	arena_release(&r->arena);
	vec_release(&r->findings);
	vec_release(&r->drifts);
}

/* The patch of @v that has the same name, or the same title. */
static const struct patch *counterpart(const struct variant_series *v,
				       const struct lint_patch *p, const struct header *h)
{
	struct slice title = provenance_title(h);

	for (size_t i = 0; i < v->n; i++) {
		if (!strcmp(v->series->entries.v[i].name, p->name))
			return v->patches[i];
	}
	for (size_t i = 0; title.n && i < v->n; i++) {
		_cleanup_header_ struct header other;

		header_parse(v->patches[i]->header, &other);
		if (slice_eq(provenance_title(&other), title))
			return v->patches[i];
	}
	return NULL;
}

/* A note that names the line says why it has no such patch. */
static bool is_noted(const struct header *h, const char *target)
{
	vec_each (n, &h->notes) {
		if (memmem(n->p, n->n, target, strlen(target)))
			return true;
	}
	return false;
}

static void lint_newer(struct lint *l)
{
	for (size_t i = 0; i < l->against->nnewer; i++) {
		const struct lint_line *line = &l->against->newer[i];

		if (!counterpart(line->series, l->at, l->header) &&
		    !is_noted(l->header, line->target))
			lint_say(l, "missing-newer", 0, "%s has no such patch",
				 line->target);
	}
}

static void lint_drift(struct lint *l, const struct patch *newest)
{
	enum drift d = patch_drift(newest, l->at->patch);
	const char *name = arena_strdup(&l->out->arena, l->at->name);

	vec_push(&l->out->drifts, (struct lint_drift){ name, d });
	if (d == DRIFT_ADAPTED && !l->header->notes.n)
		lint_say(
			l, "no-note", l->header->body_line,
			"it differs from the newest line's patch, and no [ … ] note says why");
}

static int lint_one(const struct lint_patch *p, const struct lint_against *against,
		    struct lint_report *out, struct err *e)
{
	_cleanup_header_ struct header h, theirs = { 0 };
	_cleanup_provenance_ struct provenance prov;
	struct lint l = { against, out, p, &h, &prov, NULL };
	const struct patch *other = NULL;

	header_parse(p->patch->header, &h);
	provenance_read(&h, &prov);
	if (against->newest)
		other = counterpart(against->newest, p, &h);
	if (other) {
		header_parse(other->header, &theirs);
		l.newest = &theirs;
	}
	lint_header(&l);
	lint_origin(&l);
	if (!p->patch->nchanges)
		lint_say(&l, "empty", 1, "the patch changes nothing");
	if (other)
		lint_drift(&l, other);
	else if (against->newest)
		lint_say(&l, "only-here", 0, "the newest line has no such patch");
	lint_newer(&l);
	return against->upstream ? lint_upstream(&l, e) : 0;
}

int lint_patches(const struct lint_patch *patches, size_t n,
		 const struct lint_against *against, struct lint_report *out,
		 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		int rc = lint_one(&patches[i], against, out, e);

		if (rc)
			return rc;
	}
	return 0;
}

int lint_variant(const struct variant_series *v, const char *dir,
		 const struct lint_against *against, struct lint_report *out,
		 struct err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < v->n; i++) {
		const char *name = v->series->entries.v[i].name;
		_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
		struct lint_patch p = { name, path, v->patches[i] };

		rc = lint_one(&p, against, out, e);
	}
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct lint_finding *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	if (c)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void lint_sort(struct lint_report *r)
{
	if (r->findings.n)
		qsort(r->findings.v, r->findings.n, sizeof(*r->findings.v), compare);
}
