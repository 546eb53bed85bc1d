// SPDX-License-Identifier: GPL-2.0-or-later
/* Red Hat's and CentOS Stream's kernel merge requests, and Fedora's spec patches. */
#include "text/provenance_priv.h"

static void read_status(struct provenance *p, struct slice value, unsigned line)
{
	struct standing_said s = { FROM_RHEL, STANDING_UNSAID, value, line };
	struct slice rest = value;

	if (is_mainline_url(value) || take_word(&rest, "merged") ||
	    take_word(&rest, "linus"))
		s.standing = STANDING_MAINLINE;
	else if (has_text(value, "RHEL only") || has_text(value, "RHEL-only") ||
		 has_text(value, "Fedora only"))
		s.standing = STANDING_NEVER;
	else if (take_word(&rest, "posted") || has_text(value, "lore.kernel.org"))
		s.standing = STANDING_SUBMITTED;
	else if (has_text(value, ".git"))
		s.standing = STANDING_QUEUED;
	vec_push(&p->standings, s);
}

bool read_rhel_field(struct provenance *p, struct slice name, struct slice value,
		     unsigned line)
{
	if (name_is(name, "Upstream Status") || name_is(name, "Upstream-Status"))
		read_status(p, value, line);
	else if (name_is(name, "JIRA") || name_is(name, "Bugzilla"))
		vec_push(&p->refs, (struct reference){ .kind = REF_BUG,
						       .vendor = SLICE("rhel"),
						       .value = value,
						       .line = line });
	else if (name_is(name, "CVE"))
		add_cves(p, value, line);
	else
		return false;
	return true;
}

/* git log's head of the commit, pasted in front of its message */
void read_rhel_line(struct provenance *p, struct slice text, struct slice next,
		    unsigned line)
{
	struct upstream_mark m = { .dialect = FROM_RHEL, .mainline = true, .line = line };

	if (take_word(&text, "commit ") && take_commit_id(&text, &m.id) && !text.n &&
	    slice_starts(slice_trim(next), "Author:"))
		vec_push(&p->marks, m);
}
