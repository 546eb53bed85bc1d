// SPDX-License-Identifier: GPL-2.0-or-later
/* SUSE's kernel-source: patches.suse/ and series.conf */
#include "exchange/dialects/dialect.h"

static int fill_mainline(struct export_patch *p, struct err *e)
{
	const struct provenance *v = p->provenance;
	struct slice text = v->standings.n ? v->standings.v[0].text : SLICE("");

	if (has_field(p, "Patch-mainline"))
		return 0;
	switch (provenance_standing(v)) {
	case STANDING_MAINLINE:
		if (v->version.n)
			return fill_field(p, e, "Patch-mainline", "%.*s",
					  SLICE_ARG(v->version));
		lacks(p,
		      "Patch-mainline: nothing says which release has the commit first "
		      "(git describe --contains)");
		return 0;
	case STANDING_SUBMITTED:
		return fill_field(p, e, "Patch-mainline", "Submitted, %.*s",
				  SLICE_ARG(text));
	case STANDING_NOT_YET:
		return fill_field(p, e, "Patch-mainline", "Not yet, not forwarded");
	case STANDING_NEVER:
		return fill_field(p, e, "Patch-mainline", "Never, not needed upstream");
	case STANDING_QUEUED:
		return fill_field(p, e, "Patch-mainline",
				  "Queued in subsystem maintainer repository");
	default:
		lacks(p,
		      "Patch-mainline: nothing says how the change stands with upstream");
		return 0;
	}
}

static int fill_commit(struct export_patch *p, struct err *e)
{
	const struct upstream_mark *m = provenance_upstream(p->provenance);
	int rc;

	if (!m || has_field(p, "Git-commit"))
		return 0;
	if (m->id.n < 40) {
		lacks(p, "Git-commit: line %u has only %zu digits of 40", m->line,
		      m->id.n);
		return 0;
	}
	rc = fill_field(p, e, "Git-commit", "%.*s%s", SLICE_ARG(m->id),
			m->partial ? " (partial)" : "");
	if (rc || m->mainline)
		return rc;
	if (m->where.n)
		return fill_field(p, e, "Git-repo", "%.*s", SLICE_ARG(m->where));
	lacks(p, "Git-repo: nothing says in which tree the commit is");
	return 0;
}

/* Tracker's words and CVEs; an address of another tracker stays where it is. */
static int fill_references(struct export_patch *p, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (header_field(p->header, "References"))
		return 0;
	vec_each (r, &p->provenance->refs) {
		if (r->kind == REF_BUG)
			stays_text(p, r->line, "%.*s is no word of References",
				   SLICE_ARG(r->value));
		if (r->kind == REF_CVE &&
		    !memmem(buf_str(&b), b.len, r->value.p, r->value.n))
			buf_addf(&b, "%s%.*s", b.len ? " " : "", SLICE_ARG(r->value));
	}
	if (b.len)
		return fill_field(p, e, "References", "%s", buf_str(&b));
	lacks(p, "References: nothing names a bug, a feature or a CVE");
	return 0;
}

static int convert(struct export_patch *p, struct err *e)
{
	int rc = fill_mainline(p, e);

	check_person(p);
	if (!rc)
		rc = fill_commit(p, e);
	return rc ? rc : fill_references(p, e);
}

const struct export_dialect dialect_suse = {
	.name = "suse",
	.summary = "patches.suse and lines for series.conf",
	.dir = "patches.suse",
	.list = "series.conf.add",
	.line = "\t%s",
	.next = "cp -R patches.suse KERNEL-SOURCE/, put the lines of series.conf.add into series.conf",
	.convert = convert,
};
