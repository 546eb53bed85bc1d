// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/provenance_priv.h"

static void say(struct provenance *p, enum standing s, struct slice text, unsigned line)
{
	vec_push(&p->standings, (struct standing_said){ FROM_DEP3, s, text, line });
}

/*
 * "[category, ]where": a category of upstream, backport, vendor and other; where is an
 * URL or "commit:<id>".
 */
static void read_origin(struct provenance *p, struct slice value, unsigned line)
{
	struct upstream_mark m = { .dialect = FROM_DEP3, .line = line };
	struct slice rest = value, word;
	bool upstream, vendor;

	p->origin = value;
	p->origin_line = line;
	slice_split(&rest, ',', &word);
	word = slice_trim(word);
	upstream = name_is(word, "upstream") || name_is(word, "backport");
	vendor = name_is(word, "vendor") || name_is(word, "other");
	m.adapted = name_is(word, "backport");
	rest = upstream || vendor ? slice_trim(rest.p ? rest : SLICE("")) : value;
	m.where = rest;
	if (take_word(&rest, "commit:") || take_word(&rest, "commit ")) {
		struct slice id = slice_trim(rest);

		m.mainline = take_commit_id(&id, &m.id);
		m.where = SLICE("");
	} else {
		m.id = url_commit(rest);
		m.mainline = is_mainline_url(rest);
	}
	if (m.id.n && !vendor)
		vec_push(&p->marks, m);
}

/* A version, an URL with or without a commit, or "commit:<id>" */
static void read_applied(struct provenance *p, struct slice value, unsigned line)
{
	struct slice rest = value, version, id;

	say(p, STANDING_MAINLINE, value, line);
	slice_split(&rest, ',', &version);
	if (!p->version.n && version.n && !slice_starts(version, "http") &&
	    !slice_starts(version, "commit:")) {
		p->version = slice_trim(version);
		p->version_line = line;
	}
	id = url_commit(value);
	if (id.n)
		vec_push(&p->marks,
			 (struct upstream_mark){
				 .dialect = FROM_DEP3,
				 .id = id,
				 .where = slice_starts(value, "http") ? value : SLICE(""),
				 .mainline = true,
				 .line = line });
}

static void read_forwarded(struct provenance *p, struct slice value, unsigned line)
{
	if (name_is(value, "no"))
		say(p, STANDING_NOT_YET, value, line);
	else if (name_is(value, "not-needed"))
		say(p, STANDING_NEVER, value, line);
	else if (value.n)
		say(p, STANDING_SUBMITTED, value, line);
}

bool read_dep3_field(struct provenance *p, struct slice name, struct slice value,
		     unsigned line)
{
	struct slice vendor = name;

	if (name_is(name, "Origin"))
		read_origin(p, value, line);
	else if (name_is(name, "Applied-Upstream"))
		read_applied(p, value, line);
	else if (name_is(name, "Forwarded"))
		read_forwarded(p, value, line);
	else if (name_is(name, "Last-Update")) {
		p->last_update = value;
		p->last_update_line = line;
	} else if (name_is(name, "Bug") || take_word(&vendor, "Bug-")) {
		vec_push(&p->refs,
			 (struct reference){ .kind = REF_BUG,
					     .vendor = name.n > 3 ? vendor : SLICE(""),
					     .value = value,
					     .line = line });
	} else {
		return false;
	}
	return true;
}
