// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What stable's rules ask for (Documentation/process/stable-kernel-rules.rst), and
 * git's own mark of a cherry-pick.
 */
#include "text/provenance_priv.h"

static void add_mark(struct provenance *p, enum dialect_of d, struct slice id,
		     struct slice where, unsigned line)
{
	vec_push(&p->marks, (struct upstream_mark){
				    .dialect = d,
				    .id = id,
				    .where = where,
				    .mainline = !where.n || is_mainline_url(where),
				    .line = line,
			    });
}

/* "0123456789ab ("title")" */
static bool read_commit_ref(struct provenance *p, struct slice name, struct slice value,
			    unsigned line)
{
	struct commit_ref c = { .name = name, .line = line };
	struct slice rest = value;

	take_word(&rest, "commit ");
	if (take_commit_id(&rest, &c.id))
		rest = slice_trim(rest);
	if (c.id.n && slice_starts(rest, "(\"") && slice_ends(rest, "\")") && rest.n >= 4)
		c.title = (struct slice){ rest.p + 2, rest.n - 4 };
	vec_push(&p->commits, c);
	return true;
}

bool read_stable_field(struct provenance *p, struct slice name, struct slice value,
		       unsigned line)
{
	bool stable = has_text(value, "stable@vger.kernel.org") ||
		      has_text(value, "stable@kernel.org");
	bool refused = has_text(value, "stable+noautosel@kernel.org");
	const char *hash;

	if (name_is(name, "Fixes") || name_is(name, "Stable-dep-of"))
		return read_commit_ref(p, name, value, line);
	if (name_is(name, "Link")) {
		vec_push(&p->refs, (struct reference){ .kind = REF_LINK,
						       .value = value,
						       .line = line });
		return true;
	}
	if (!name_is(name, "Cc") || (!stable && !refused))
		return false;
	hash = memchr(value.p, '#', value.n);
	vec_push(&p->stable,
		 (struct stable_tag){
			 .refused = refused,
			 .lines = hash ? slice_trim((struct slice){
						 hash + 1,
						 (size_t)(value.p + value.n - hash) - 1 })
				       : SLICE(""),
			 .line = line });
	return true;
}

/* "[ Upstream commit <id> ]", perhaps with a tree before the bracket closes */
static bool read_bracket(struct provenance *p, struct slice text, unsigned line)
{
	struct slice id;

	if (!take_word(&text, "["))
		return false;
	text = slice_trim(text);
	if (!take_word(&text, "Upstream commit ") || !take_commit_id(&text, &id))
		return false;
	if (slice_ends(text, "]"))
		text.n--;
	text = slice_trim(text);
	take_word(&text, "from ");
	add_mark(p, FROM_STABLE, id, text, line);
	return true;
}

static bool read_picked(struct provenance *p, struct slice text, unsigned line)
{
	struct slice id;

	if (!take_word(&text, "(cherry picked from "))
		return false;
	take_word(&text, "commit ");
	if (!take_commit_id(&text, &id))
		return false;
	if (slice_ends(text, ")"))
		text.n--;
	add_mark(p, FROM_GIT, id, slice_trim(text), line);
	return true;
}

void read_stable_line(struct provenance *p, struct slice text, unsigned line)
{
	struct slice id;

	if (read_bracket(p, text, line) || read_picked(p, text, line))
		return;
	if ((take_word(&text, "commit ") || take_word(&text, "upstream commit ")) &&
	    take_commit_id(&text, &id) &&
	    (slice_eqs(text, " upstream.") || slice_eqs(text, " upstream")))
		add_mark(p, FROM_STABLE, id, SLICE(""), line);
}
