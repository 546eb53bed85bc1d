// SPDX-License-Identifier: GPL-2.0-or-later
/* Debian: quilt patches with DEP-3 fields, https://dep-team.pages.debian.net/deps/dep3/
 */
#include "exchange/dialects/dialect.h"

/* Origin is demanded where no author is named, and useful where upstream is known. */
static int fill_origin(struct export_patch *p, struct err *e)
{
	const struct upstream_mark *m = provenance_upstream(p->provenance);
	const char *kind = is_adapted(p) ? "backport" : "upstream";

	if (!m || p->provenance->origin_line)
		return 0;
	if (m->mainline)
		return fill_field(p, e, "Origin", "%s, https://git.kernel.org/linus/%.*s",
				  kind, SLICE_ARG(m->id));
	return fill_field(p, e, "Origin", "%s, commit:%.*s, %.*s", kind, SLICE_ARG(m->id),
			  SLICE_ARG(m->where));
}

static int fill_forwarded(struct export_patch *p, struct err *e)
{
	struct slice text, url;

	if (!p->provenance->standings.n)
		return 0;
	text = p->provenance->standings.v[0].text;
	switch (provenance_standing(p->provenance)) {
	case STANDING_NEVER:
		return fill_field(p, e, "Forwarded", "not-needed");
	case STANDING_NOT_YET:
		return fill_field(p, e, "Forwarded", "no");
	case STANDING_SUBMITTED:
		url.p = memmem(text.p, text.n, "http", 4);
		if (!url.p)
			return fill_field(p, e, "Forwarded", "yes");
		url.n = (size_t)(text.p + text.n - url.p);
		return fill_field(p, e, "Forwarded", "%.*s", SLICE_ARG(url));
	case STANDING_MAINLINE:
		if (!p->provenance->version.n)
			return 0;
		return fill_field(p, e, "Applied-Upstream", "%.*s",
				  SLICE_ARG(p->provenance->version));
	default:
		return 0;
	}
}

/* "bsc#1" and "jsc#PED-1" are SUSE's words for the two trackers' addresses. */
static int fill_bug(struct export_patch *p, const struct reference *r, struct err *e)
{
	struct slice v = r->value;

	if (slice_eqs(r->vendor, "ubuntu"))
		return fill_field(p, e, "Bug-Ubuntu", "%.*s", SLICE_ARG(v));
	if (slice_eqs(r->vendor, "rhel"))
		return fill_field(p, e, "Bug-RedHat", "%.*s", SLICE_ARG(v));
	if (slice_starts(v, "bsc#"))
		return fill_field(p, e, "Bug-SUSE", "https://bugzilla.suse.com/%.*s",
				  (int)v.n - 4, v.p + 4);
	if (slice_starts(v, "jsc#"))
		return fill_field(p, e, "Bug-SUSE", "https://jira.suse.com/browse/%.*s",
				  (int)v.n - 4, v.p + 4);
	return 0;
}

static int convert(struct export_patch *p, struct err *e)
{
	int rc = fill_origin(p, e);

	check_person(p);
	if (!rc)
		rc = fill_forwarded(p, e);
	vec_each (r, &p->provenance->refs) {
		if (!rc && r->kind == REF_BUG)
			rc = fill_bug(p, r, e);
		if (r->kind == REF_CVE)
			stays_text(p, r->line, "%.*s: DEP-3 has no field for a CVE",
				   SLICE_ARG(r->value));
	}
	vec_each (t, &p->provenance->stable)
		stays_text(p, t->line,
			   "DEP-3 has no field for the lines that stable is asked for");
	return rc;
}

const struct export_dialect dialect_debian = {
	.name = "debian",
	.summary = "quilt patches with DEP-3 fields, for debian/patches",
	.dir = "debian/patches",
	.list = "series",
	.line = "%s",
	.next = "cp -R debian SOURCE/ && cat series >>SOURCE/debian/patches/series",
	.convert = convert,
};
