// SPDX-License-Identifier: GPL-2.0-or-later
#include <strings.h>

#include "engine/lint_priv.h"

/* What is wrong with the commit's name, as a finding; other errors are the caller's. */
static int find(struct lint *l, const char *id, unsigned line, struct slice hex,
		struct upstream_commit *out, struct err *e)
{
	struct err own = { 0 };
	int rc = upstream_find(l->against->upstream, hex, out, &own);

	if (rc == ERR_NOTFOUND || rc == ERR_CONFLICT)
		lint_say(l, id, line, "%s", own.msg);
	else if (rc)
		*e = own;
	return rc;
}

static void compare_credits(struct lint *l, const struct upstream_commit *c)
{
	_cleanup_free_ char *text = xasprintf("Subject: %s", c->message);
	_cleanup_header_ struct header theirs;

	header_parse(slice_str(text), &theirs);
	lint_chain(l, &theirs, "the upstream commit");
	vec_each (t, &theirs.trailers) {
		if (is_credit(t) && !trailer_is(t, "Signed-off-by") &&
		    !has_trailer(l->header, t))
			lint_say(l, "lost-credit", l->header->body_line,
				 "the upstream commit has %.*s: %.*s", SLICE_ARG(t->name),
				 SLICE_ARG(t->value));
	}
}

static int compare_diff(struct lint *l, const struct upstream_commit *c, struct err *e)
{
	_cleanup_buf_ struct buf diff = BUF_INIT;
	_cleanup_patch_ struct patch *p = NULL;
	struct err own = { 0 };
	int rc = upstream_diff(l->against->upstream, c, &diff, e);

	if (rc || l->header->notes.n)
		return rc;
	/* What we cannot parse cannot be compared: a submodule, say. */
	if (patch_parse(c->id, &diff, 1, &p, &own) ||
	    patch_drift(p, l->at->patch) != DRIFT_ADAPTED)
		return 0;
	lint_say(l, "no-note", l->header->body_line,
		 "it differs from upstream's commit %.12s, and no [ … ] note says why",
		 c->id);
	return 0;
}

static void compare_names(struct lint *l, const struct upstream_commit *c)
{
	const struct header *h = l->header;
	struct slice title = slice_str(c->title);

	if (h->subject.n && !slice_eq(provenance_title(h), title))
		lint_say(l, "title-differs", h->subject_line,
			 "upstream's %.12s is \"%s\"", c->id, c->title);
	if (h->from.n && !slice_eqs(h->from, c->author))
		lint_say(l, "author-differs", h->from_line, "upstream's %.12s is by %s",
			 c->id, c->author);
}

static int check_mark(struct lint *l, const struct upstream_mark *m, struct err *e)
{
	struct upstream_commit c = { 0 };
	int rc = find(l, "unknown-upstream", m->line, m->id, &c, e);

	if (rc)
		return rc == ERR_NOTFOUND || rc == ERR_CONFLICT ? 0 : rc;
	compare_names(l, &c);
	compare_credits(l, &c);
	rc = m->partial ? 0 : compare_diff(l, &c, e);
	upstream_commit_release(&c);
	return rc;
}

static int check_ref(struct lint *l, const struct commit_ref *r, struct err *e)
{
	struct upstream_commit c = { 0 };
	int rc =
		r->id.n ? find(l, "unknown-commit", r->line, r->id, &c, e) : ERR_NOTFOUND;

	if (rc)
		return rc == ERR_NOTFOUND || rc == ERR_CONFLICT ? 0 : rc;
	if (r->title.n && !slice_eqs(r->title, c.title))
		lint_say(l, "ref-title", r->line, "%.*s is \"%s\"", SLICE_ARG(r->id),
			 c.title);
	upstream_commit_release(&c);
	return 0;
}

int lint_upstream(struct lint *l, struct err *e)
{
	const struct upstream_mark *m = provenance_upstream(l->provenance);
	int rc = m && m->mainline ? check_mark(l, m, e) : 0;

	vec_each (r, &l->provenance->commits) {
		if (!rc)
			rc = check_ref(l, r, e);
	}
	return rc;
}
