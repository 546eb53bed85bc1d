// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <strings.h>

#include "engine/lint_priv.h"

static bool same_id(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	return !strncasecmp(a.p, b.p, n);
}

/*
 * The marks that say of which upstream commit it is. A cherry-pick may name the commit
 * of the tree that it was taken from: it counts where nothing else is said.
 */
static bool counts(const struct provenance *p, const struct upstream_mark *m)
{
	if (!m->mainline || m->partial)
		return false;
	if (m->dialect != FROM_GIT)
		return true;
	vec_each (other, &p->marks) {
		if (other->mainline && other->dialect != FROM_GIT)
			return false;
	}
	return true;
}

static void check_marks(struct lint *l)
{
	const struct provenance *p = l->provenance;
	const struct upstream_mark *first = NULL;

	vec_each (m, &p->marks) {
		if (!counts(p, m))
			continue;
		if (m->id.n < 40)
			lint_say(l, "short-id", m->line, "commit %.*s has %zu digits",
				 SLICE_ARG(m->id), m->id.n);
		if (!first)
			first = m;
		else if (!same_id(first->id, m->id))
			lint_say(l, "two-upstreams", m->line,
				 "commit %.*s here, %.*s in line %u", SLICE_ARG(m->id),
				 SLICE_ARG(first->id), first->line);
	}
}

/* DEP-3's "not-needed" and "no" say that nobody has to send it, merged or not. */
static bool denies_mainline(const struct standing_said *s)
{
	return s->dialect != FROM_DEP3 && s->standing != STANDING_MAINLINE &&
	       s->standing != STANDING_UNSAID;
}

static void check_standing(struct lint *l)
{
	const struct provenance *p = l->provenance;
	const struct upstream_mark *m = provenance_upstream(p);
	unsigned in = m && m->mainline ? m->line : 0;

	vec_each (s, &p->standings) {
		if (s->standing == STANDING_MAINLINE)
			in = in ? in : s->line;
	}
	if (!in)
		return;
	vec_each (s, &p->standings) {
		if (denies_mainline(s))
			lint_say(l, "standing-contradicts", s->line,
				 "'%.*s' here, but line %u names it as upstream's",
				 SLICE_ARG(s->text), in);
	}
}

static void check_commit_refs(struct lint *l)
{
	vec_each (c, &l->provenance->commits) {
		if (c->id.n < 12 || !c->title.n)
			lint_say(l, "bad-commit-ref", c->line,
				 "%.*s wants 12 digits and (\"title\")",
				 SLICE_ARG(c->name));
	}
}

/* Patch-mainline's words that must be followed by a reason. */
static bool lacks_reason(const struct standing_said *s)
{
	struct slice rest = s->text;

	while (rest.n && (isalpha((unsigned char)rest.p[0]) || rest.p[0] == ' ')) {
		rest.p++;
		rest.n--;
	}
	return s->standing != STANDING_MAINLINE && s->standing != STANDING_QUEUED &&
	       !slice_trim(rest).n;
}

/* SUSE/kernel-source, scripts/git_sort/tag.rst */
static void check_suse(struct lint *l)
{
	const struct header *h = l->header;
	bool commit = header_field(h, "Git-commit"), repo = header_field(h, "Git-repo");

	vec_each (s, &l->provenance->standings) {
		const char *wrong = NULL;

		if (s->dialect != FROM_SUSE)
			continue;
		if (s->standing == STANDING_UNSAID || lacks_reason(s))
			lint_say(l, "suse-standing", s->line, "Patch-mainline: %.*s%s",
				 SLICE_ARG(s->text),
				 s->standing == STANDING_UNSAID ? " is no known word"
								: " wants a reason");
		if (s->standing == STANDING_MAINLINE)
			wrong = !commit ? "wants Git-commit"
				: repo	? "excludes Git-repo"
					: NULL;
		else if (s->standing == STANDING_QUEUED)
			wrong = commit && repo ? NULL : "wants Git-commit and Git-repo";
		else if (s->standing != STANDING_UNSAID)
			wrong = commit || repo ? "excludes Git-commit and Git-repo"
					       : NULL;
		if (wrong)
			lint_say(l, "suse-commit", s->line, "Patch-mainline: %.*s %s",
				 SLICE_ARG(s->text), wrong);
	}
}

static void check_dep3(struct lint *l)
{
	static const char form[] = "dddd-dd-dd";
	struct slice d = l->provenance->last_update;
	bool ok = d.n == sizeof(form) - 1;

	for (size_t i = 0; ok && i < d.n; i++)
		ok = form[i] == 'd' ? isdigit((unsigned char)d.p[i]) : d.p[i] == '-';
	if (l->provenance->last_update_line && !ok)
		lint_say(l, "dep3-date", l->provenance->last_update_line,
			 "Last-Update: %.*s is no YYYY-MM-DD", SLICE_ARG(d));
}

void lint_origin(struct lint *l)
{
	check_marks(l);
	check_standing(l);
	check_commit_refs(l);
	check_suse(l);
	check_dep3(l);
}
