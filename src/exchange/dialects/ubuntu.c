// SPDX-License-Identifier: GPL-2.0-or-later
/* Ubuntu's stable release updates: mails as its kernel team's list has them. */
#include "exchange/dialects/dialect.h"

/* BugLink stands first, a paragraph of its own; each CVE likewise. */
static void add_references(struct export_patch *p, struct buf *lead)
{
	bool bug = has_field(p, "BugLink");

	vec_each (r, &p->provenance->refs) {
		if (r->kind == REF_BUG && !bug &&
		    memmem(r->value.p, r->value.n, "launchpad.net", 13)) {
			buf_addf(lead, "BugLink: %.*s\n", SLICE_ARG(r->value));
			bug = true;
		}
	}
	if (!bug)
		lacks(p, "BugLink: nothing names a bug of Launchpad's");
	vec_each (r, &p->provenance->refs) {
		_cleanup_free_ char *cve = xmemdupz(r->value.p, r->value.n);

		if (r->kind == REF_CVE && !has_line(p, cve))
			buf_addf(lead, "%s%s\n", lead->len ? "\n" : "", cve);
	}
}

static int add_pick(struct export_patch *p, struct err *e)
{
	const struct upstream_mark *m = provenance_upstream(p->provenance);
	_cleanup_free_ char *line = NULL;

	if (!m || m->dialect == FROM_GIT || m->dialect == FROM_UBUNTU)
		return 0;
	line = xasprintf("(%s from commit %.*s%s%.*s)",
			 is_adapted(p) ? "backported" : "cherry picked", SLICE_ARG(m->id),
			 m->mainline ? "" : " ", m->mainline ? 0 : (int)m->where.n,
			 m->where.p);
	return header_add_line(p->header, slice_str(line), e);
}

/* What is not upstream is SAUCE. The prefixes in brackets stay in front. */
static void add_sauce(struct export_patch *p)
{
	const struct upstream_mark *m = provenance_upstream(p->provenance);
	struct slice title = header_title(p->header), subject = p->header->subject;
	_cleanup_free_ char *text = NULL;

	if (m || !title.n || slice_starts(title, "UBUNTU:"))
		return;
	text = xasprintf("%.*sUBUNTU: SAUCE: %.*s", (int)(subject.n - title.n), subject.p,
			 SLICE_ARG(title));
	title = slice_str(text);
	p->header->subject =
		(struct slice){ arena_dup(&p->header->arena, title.p, title.n), title.n };
}

static int convert(struct export_patch *p, struct err *e)
{
	_cleanup_buf_ struct buf lead = BUF_INIT;
	int rc = add_pick(p, e);

	add_references(p, &lead);
	if (lead.len)
		header_add_lead(p->header, buf_slice(&lead));
	add_sauce(p);
	return rc ? rc : as_mail(p, e);
}

const struct export_dialect dialect_ubuntu = {
	.name = "ubuntu",
	.summary = "patches as mails for Ubuntu's kernel team",
	.dir = "",
	.numbered = true,
	.next = "git am *.patch",
	.convert = convert,
};
