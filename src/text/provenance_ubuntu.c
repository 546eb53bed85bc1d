// SPDX-License-Identifier: GPL-2.0-or-later
/* Ubuntu's stable release updates (https://wiki.ubuntu.com/Kernel/StableReleaseUpdates)
 */
#include "text/provenance_priv.h"

bool read_ubuntu_field(struct provenance *p, struct slice name, struct slice value,
		       unsigned line)
{
	if (!name_is(name, "BugLink"))
		return false;
	vec_push(&p->refs, (struct reference){ .kind = REF_BUG,
					       .vendor = SLICE("ubuntu"),
					       .value = value,
					       .line = line });
	return true;
}

/* "(backported from commit <id> linux-next)"; a CVE alone in its line */
void read_ubuntu_line(struct provenance *p, struct slice text, unsigned line)
{
	struct upstream_mark m = { .dialect = FROM_UBUNTU,
				   .adapted = true,
				   .line = line };
	struct slice rest = text;

	if (slice_starts(text, "CVE-") && !has_text(text, " ")) {
		add_cves(p, text, line);
		return;
	}
	if (!take_word(&rest, "(backported from "))
		return;
	take_word(&rest, "commit ");
	if (!take_commit_id(&rest, &m.id))
		return;
	if (slice_ends(rest, ")"))
		rest.n--;
	m.where = slice_trim(rest);
	m.mainline = !m.where.n || is_mainline_url(m.where);
	vec_push(&p->marks, m);
}
