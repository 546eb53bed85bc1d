// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/provenance_priv.h"

static void read_mainline(struct provenance *p, struct slice value, unsigned line)
{
	static const struct {
		const char *word;
		enum standing standing;
	} words[] = {
		{ "Queued", STANDING_QUEUED },	 { "Submitted", STANDING_SUBMITTED },
		{ "Not yet", STANDING_NOT_YET }, { "Never", STANDING_NEVER },
		{ "No", STANDING_NEVER },
	};
	struct standing_said s = { FROM_SUSE, STANDING_UNSAID, value, line };

	if (value.n > 1 && value.p[0] == 'v' && value.p[1] >= '0' && value.p[1] <= '9') {
		s.standing = STANDING_MAINLINE;
		p->version = value;
		p->version_line = line;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words) && s.standing == STANDING_UNSAID; i++) {
		struct slice rest = value;

		if (take_word(&rest, words[i].word))
			s.standing = words[i].standing;
	}
	vec_push(&p->standings, s);
}

static void read_commit(struct provenance *p, struct slice value, unsigned line)
{
	struct upstream_mark m = { .dialect = FROM_SUSE, .line = line };

	if (!take_commit_id(&value, &m.id))
		return;
	m.partial = has_text(value, "(partial)");
	m.where = p->repo;
	m.mainline = !m.where.n || is_mainline_url(m.where); /* see read_repo() too */
	vec_push(&p->marks, m);
}

/* The commit is in that tree and not in Linus's yet. */
static void read_repo(struct provenance *p, struct slice value, unsigned line)
{
	p->repo = value;
	p->repo_line = line;
	vec_each (m, &p->marks) {
		if (m->dialect == FROM_SUSE && !is_mainline_url(value)) {
			m->mainline = false;
			m->where = value;
		}
	}
}

/* Words that name a bug of a tracker ("bsc#123", "jsc#PED-1") or a CVE. */
static void read_references(struct provenance *p, struct slice value, unsigned line)
{
	struct slice rest = value, word;

	add_cves(p, value, line);
	while (slice_split(&rest, ' ', &word)) {
		word = slice_trim(word);
		if (slice_ends(word, ","))
			word.n--;
		if (!word.n || slice_starts(word, "CVE-"))
			continue;
		vec_push(&p->refs,
			 (struct reference){ .kind = REF_BUG,
					     .vendor = has_text(word, "#") ? SLICE("suse")
									   : SLICE(""),
					     .value = word,
					     .line = line });
	}
}

bool read_suse_field(struct provenance *p, struct slice name, struct slice value,
		     unsigned line)
{
	if (name_is(name, "Patch-mainline"))
		read_mainline(p, value, line);
	else if (name_is(name, "Git-commit"))
		read_commit(p, value, line);
	else if (name_is(name, "Git-repo"))
		read_repo(p, value, line);
	else if (name_is(name, "References") && !slice_starts(value, "<"))
		read_references(p, value, line); /* a mail's own begins with "<" */
	else
		return false;
	return true;
}
