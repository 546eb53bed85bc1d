/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where a change is from and how it stands with upstream: one model of what the
 * dialects say in their own fields and lines. Each statement keeps its line and the
 * dialect that it is written in, so that lint can hold one against another and an
 * export can say what it has to leave out. Nothing is inferred here.
 *
 *	stable	commit <id> upstream.   [ Upstream commit <id> ]   Cc: stable@… # 6.1.x
 *	git	(cherry picked from commit <id>)
 *	DEP-3	Origin, Forwarded, Applied-Upstream, Bug, Bug-<Vendor>, Last-Update
 *		(https://dep-team.pages.debian.net/deps/dep3/)
 *	SUSE	Patch-mainline, Git-commit, Git-repo, References, Alt-commit
 *		(SUSE/kernel-source, README and scripts/git_sort)
 *	Ubuntu	(backported from commit <id> <repo>), BugLink, CVE-…, "UBUNTU: SAUCE:"
 *	RHEL	Upstream Status, JIRA, Bugzilla, CVE, "commit <id>" over "Author:"
 *
 * All slices point into the header's bytes or its arena.
 */

#include "text/header.h"

enum dialect_of {
	FROM_STABLE,
	FROM_GIT,
	FROM_DEP3,
	FROM_SUSE,
	FROM_UBUNTU,
	FROM_RHEL,
};

/* A commit that the change is said to be. */
struct upstream_mark {
	enum dialect_of dialect;
	struct slice id;    /* hex as it stands, 7 to 40 digits */
	struct slice where; /* tree or URL that is named with it, or empty: mainline */
	bool mainline;	    /* said to be in Linus's tree */
	bool adapted;	    /* said to be a backport, not the same */
	bool partial;	    /* said to be a part of it */
	unsigned line;
};

enum standing {
	STANDING_UNSAID,
	STANDING_MAINLINE,  /* is in a release or in Linus's tree */
	STANDING_QUEUED,    /* in a maintainer's tree */
	STANDING_SUBMITTED, /* sent */
	STANDING_NOT_YET,   /* to be sent */
	STANDING_NEVER,	    /* not meant for upstream */
};

struct standing_said {
	enum dialect_of dialect;
	enum standing standing;
	struct slice text; /* the value as it stands */
	unsigned line;
};

enum reference_kind {
	REF_BUG,  /* of some tracker: `vendor`, and an URL or a tracker's word (bsc#1) */
	REF_CVE,  /* CVE-2024-1234 */
	REF_LINK, /* Link: */
};

struct reference {
	enum reference_kind kind;
	struct slice
		vendor; /* "Debian" of Bug-Debian, "suse", "rhel", "ubuntu"; or empty */
	struct slice value;
	unsigned line;
};

/* "Cc: stable@vger.kernel.org # 5.10.x: 0123456: title" */
struct stable_tag {
	bool refused;	    /* stable+noautosel@ */
	struct slice lines; /* what stands behind '#', or empty */
	unsigned line;
};

/* A commit that another is named with: Fixes, Stable-dep-of. */
struct commit_ref {
	struct slice name;	/* of the trailer */
	struct slice id, title; /* the title without ("…"); empty where malformed */
	unsigned line;
};

struct provenance {
	VEC(struct upstream_mark) marks;
	VEC(struct standing_said) standings;
	VEC(struct reference) refs;
	VEC(struct stable_tag) stable;
	VEC(struct commit_ref) commits;
	struct slice version;	  /* "v6.5-rc7" of Patch-mainline or Applied-Upstream */
	struct slice repo;	  /* Git-repo */
	struct slice origin;	  /* DEP-3's, as it stands */
	struct slice last_update; /* DEP-3's */
	unsigned version_line, repo_line, origin_line, last_update_line;
	bool sauce; /* "UBUNTU: SAUCE:" */
};

/* @h must outlive *out. Never fails. */
void provenance_read(struct header *h, struct provenance *out);
void provenance_release(struct provenance *p);
#define _cleanup_provenance_ _cleanup_(provenance_release)

/* The mark to go by: of mainline if there is one, else the first; NULL: none. */
const struct upstream_mark *provenance_upstream(const struct provenance *p);
/* How it stands by all that is said; where statements differ, by the first. */
enum standing provenance_standing(const struct provenance *p);
/* The title as upstream has it: without "[...]" and distributions' words in front. */
struct slice provenance_title(const struct header *h);
/* "stable", "git", "dep3", "suse", "ubuntu", "rhel" */
const char *dialect_of_name(enum dialect_of d);
/* "unsaid", "mainline", "queued", "submitted", "not-yet", "never" */
const char *standing_name(enum standing s);
/* Takes 7 to 40 hex digits off the front of @rest; false when it does not begin so. */
bool take_commit_id(struct slice *rest, struct slice *id);
