// SPDX-License-Identifier: GPL-2.0-or-later
/* Fedora's kernel.spec, and the message of Red Hat's merge requests. */
#include "exchange/dialects/dialect.h"

#define LINUS "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git"

static void add_status(struct export_patch *p, struct buf *lead)
{
	const struct provenance *v = p->provenance;
	struct slice text = v->standings.n ? v->standings.v[0].text : SLICE("");

	if (has_field(p, "Upstream Status") || has_field(p, "Upstream-Status"))
		return;
	switch (provenance_standing(v)) {
	case STANDING_MAINLINE:
		buf_adds(lead, "Upstream Status: " LINUS "\n");
		break;
	case STANDING_SUBMITTED:
		buf_addf(lead, "Upstream Status: Posted, %.*s\n", SLICE_ARG(text));
		break;
	case STANDING_NEVER:
		buf_adds(lead, "Upstream Status: RHEL only\n");
		break;
	default:
		lacks(p,
		      "Upstream Status: nothing says how the change stands with upstream");
	}
}

static void add_references(struct export_patch *p, struct buf *lead)
{
	bool bug = false;

	vec_each (r, &p->provenance->refs) {
		if (r->kind == REF_CVE && !has_field(p, "CVE"))
			buf_addf(lead, "CVE: %.*s\n", SLICE_ARG(r->value));
		bug |= r->kind == REF_BUG && slice_eqs(r->vendor, "rhel");
	}
	if (!bug)
		lacks(p, "JIRA: nothing names an issue of Red Hat's");
}

static int add_pick(struct export_patch *p, struct err *e)
{
	const struct upstream_mark *m = provenance_upstream(p->provenance);
	_cleanup_free_ char *line = NULL;

	if (!m || m->dialect == FROM_GIT || m->dialect == FROM_UBUNTU ||
	    m->dialect == FROM_RHEL)
		return 0;
	line = xasprintf("(cherry picked from commit %.*s)", SLICE_ARG(m->id));
	return header_add_line(p->header, slice_str(line), e);
}

static int convert(struct export_patch *p, struct err *e)
{
	_cleanup_buf_ struct buf lead = BUF_INIT;
	int rc = add_pick(p, e);

	add_references(p, &lead);
	add_status(p, &lead);
	if (lead.len)
		header_add_lead(p->header, buf_slice(&lead));
	return rc ? rc : as_mail(p, e);
}

const struct export_dialect dialect_fedora = {
	.name = "fedora",
	.summary = "patches with Red Hat's fields, and lines for kernel.spec",
	.dir = "",
	.numbered = true,
	.list = "kernel.spec.add",
	.line = "Patch%n: %s",
	.next = "put the lines of kernel.spec.add into kernel.spec, or git am *.patch",
	.convert = convert,
};
