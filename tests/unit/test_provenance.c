// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/provenance.h"

#define ID "e1c1d80fdd2ac8f6ee7f3ffd0b2b4f6dd5a6bf55"

struct read {
	struct header header;
	struct provenance p;
};

static struct read *read_text(const char *text)
{
	struct read *r = xcalloc(1, sizeof(*r));

	header_parse(slice_str(text), &r->header);
	provenance_read(&r->header, &r->p);
	return r;
}

static void read_free(struct read **r)
{
	provenance_release(&(*r)->p);
	header_release(&(*r)->header);
	free(*r);
}
#define _cleanup_read_ _cleanup_(read_free)

struct mark_case {
	const char *text;
	enum dialect_of dialect;
	const char *id, *where;
	bool mainline, adapted;
	unsigned line;
};

/* Each as it stands in some public tree or in that dialect's own documentation. */
static void commits_are_read_in_every_dialect(void **state)
{
	static const struct mark_case cases[] = {
		{ "From: a\nSubject: b\n\ncommit " ID " upstream.\n\nwhy\n", FROM_STABLE,
		  ID, "", true, false, 4 },
		{ "From: a\nSubject: b\n\n[ Upstream commit " ID " ]\n\nwhy\n",
		  FROM_STABLE, ID, "", true, false, 4 },
		{ "From: a\nSubject: b\n\nwhy\n\nSigned-off-by: A <a@b>\n"
		  "(cherry picked from commit " ID ")\n",
		  FROM_GIT, ID, "", true, false, 7 },
		{ "From: a\nSubject: b\n\nwhy\n\n(backported from commit " ID
		  " linux-next)\n",
		  FROM_UBUNTU, ID, "linux-next", false, true, 6 },
		{ "Description: b\nOrigin: upstream, https://git.kernel.org/linus/" ID
		  "\n",
		  FROM_DEP3, ID, "https://git.kernel.org/linus/" ID, true, false, 2 },
		{ "Subject: b\nOrigin: backport, commit:" ID "\n", FROM_DEP3, ID, "",
		  true, true, 2 },
		{ "Subject: b\nOrigin: https://git.kernel.org/cgit/linux/kernel/git/rt/"
		  "linux-stable-rt.git/commit?id=" ID "\n",
		  FROM_DEP3, ID,
		  "https://git.kernel.org/cgit/linux/kernel/git/rt/"
		  "linux-stable-rt.git/commit?id=" ID,
		  false, false, 2 },
		{ "From: a\nGit-commit: " ID "\nPatch-mainline: v6.5-rc7\nSubject: b\n",
		  FROM_SUSE, ID, "", true, false, 2 },
		{ "From: a\nGit-commit: " ID "\nGit-repo: git://x/y.git\nSubject: b\n",
		  FROM_SUSE, ID, "git://x/y.git", false, false, 2 },
		{ "From: a\nGit-repo: git://x/y.git\nGit-commit: " ID "\nSubject: b\n",
		  FROM_SUSE, ID, "git://x/y.git", false, false, 3 },
		{ "From: a\nSubject: b\n\ncommit " ID "\nAuthor: C <c@d>\n\n    t\n",
		  FROM_RHEL, ID, "", true, false, 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_read_ struct read *r = read_text(cases[i].text);
		const struct upstream_mark *m = provenance_upstream(&r->p);

		assert_int_equal(r->p.marks.n, 1);
		assert_int_equal(m->dialect, cases[i].dialect);
		assert_true(slice_eqs(m->id, cases[i].id));
		assert_true(slice_eqs(m->where, cases[i].where));
		assert_int_equal(m->mainline, cases[i].mainline);
		assert_int_equal(m->adapted, cases[i].adapted);
		assert_int_equal(m->line, cases[i].line);
	}
}

struct standing_case {
	const char *text;
	enum standing standing;
};

static void standings_are_read_in_every_dialect(void **state)
{
	static const struct standing_case cases[] = {
		{ "Subject: x\n", STANDING_UNSAID },
		{ "Subject: x\nForwarded: no\n", STANDING_NOT_YET },
		{ "Subject: x\nForwarded: not-needed\n", STANDING_NEVER },
		{ "Subject: x\nForwarded: https://lore.kernel.org/r/1\n",
		  STANDING_SUBMITTED },
		{ "Subject: x\nApplied-Upstream: v6.1, commit:" ID "\n",
		  STANDING_MAINLINE },
		{ "Subject: x\nPatch-mainline: v6.5-rc7\n", STANDING_MAINLINE },
		{ "Subject: x\nPatch-mainline: Queued in subsystem\n", STANDING_QUEUED },
		{ "Subject: x\nPatch-mainline: Submitted, 2020-01-01 x@y\n",
		  STANDING_SUBMITTED },
		{ "Subject: x\nPatch-mainline: Not yet, testing\n", STANDING_NOT_YET },
		{ "Subject: x\nPatch-mainline: Never, SUSE only\n", STANDING_NEVER },
		{ "Subject: x\nPatch-mainline: No, SUSE only\n", STANDING_NEVER },
		{ "Subject: x\n\nUpstream Status: RHEL only\n\nwhy\n", STANDING_NEVER },
		{ "Subject: x\n\nUpstream Status: "
		  "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git\n\nwhy\n",
		  STANDING_MAINLINE },
		{ "Subject: x\n\nUpstream-Status: "
		  "https://git.kernel.org/pub/scm/linux/kernel/git/tip/tip.git\n\nwhy\n",
		  STANDING_QUEUED },
		{ "Subject: x\n\ncommit " ID " upstream.\n", STANDING_MAINLINE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_read_ struct read *r = read_text(cases[i].text);

		assert_string_equal(standing_name(provenance_standing(&r->p)),
				    standing_name(cases[i].standing));
	}
}

static void assert_ref(const struct read *r, size_t i, enum reference_kind kind,
		       const char *vendor, const char *value, unsigned line)
{
	const struct reference *ref = &r->p.refs.v[i];

	assert_true(i < r->p.refs.n);
	assert_int_equal(ref->kind, kind);
	assert_true(slice_eqs(ref->vendor, vendor));
	assert_true(slice_eqs(ref->value, value));
	assert_int_equal(ref->line, line);
}

static void references_are_read_in_every_dialect(void **state)
{
	_cleanup_read_ struct read *a =
		read_text("Subject: x\nBug: https://b/1\n"
			  "Bug-Debian: https://bugs.debian.org/1\n"
			  "References: bsc#12 CVE-2024-12345, jsc#PED-1\n");
	_cleanup_read_ struct read *b = read_text(
		"Subject: UBUNTU: SAUCE: x\nReferences: <id@host>\n\n"
		"BugLink: https://bugs.launchpad.net/bugs/1\n\nCVE-2023-1\nCVE-2023-4321\n\n"
		"JIRA: https://issues.redhat.com/browse/RHEL-1\nCVE: CVE-2022-2222\n\nwhy\n");

	(void)state;
	assert_int_equal(a->p.refs.n, 5);
	assert_ref(a, 0, REF_BUG, "", "https://b/1", 2);
	assert_ref(a, 1, REF_BUG, "Debian", "https://bugs.debian.org/1", 3);
	assert_ref(a, 2, REF_CVE, "", "CVE-2024-12345", 4);
	assert_ref(a, 3, REF_BUG, "suse", "bsc#12", 4);
	assert_ref(a, 4, REF_BUG, "suse", "jsc#PED-1", 4);
	assert_int_equal(b->p.refs.n, 4);
	assert_ref(b, 0, REF_BUG, "ubuntu", "https://bugs.launchpad.net/bugs/1", 4);
	assert_ref(b, 1, REF_BUG, "rhel", "https://issues.redhat.com/browse/RHEL-1", 9);
	assert_ref(b, 2, REF_CVE, "", "CVE-2022-2222", 10);
	assert_ref(b, 3, REF_CVE, "", "CVE-2023-4321", 7);
	assert_true(b->p.sauce);
	assert_true(slice_eqs(provenance_title(&b->header), "x"));
}

static void stable_tags_are_read(void **state)
{
	_cleanup_read_ struct read *r = read_text(
		"From: a\nSubject: b\n\nwhy\n\nFixes: 0123456789ab (\"x: (\"y\")\")\n"
		"Cc: <stable@vger.kernel.org> # 5.10.x: a1f84a3: title\n"
		"Cc: stable@vger.kernel.org\nCc: <stable+noautosel@kernel.org> # reason\n"
		"Stable-dep-of: abcdef012345 (\"z\")\nCc: someone@x.y\n");

	(void)state;
	assert_int_equal(r->p.stable.n, 3);
	assert_true(slice_eqs(r->p.stable.v[0].lines, "5.10.x: a1f84a3: title"));
	assert_int_equal(r->p.stable.v[1].lines.n, 0);
	assert_int_equal(r->p.stable.v[1].line, 8);
	assert_true(r->p.stable.v[2].refused);
	assert_int_equal(r->p.commits.n, 2);
	assert_true(slice_eqs(r->p.commits.v[0].title, "x: (\"y\")"));
	assert_true(slice_eqs(r->p.commits.v[1].id, "abcdef012345"));
}

static void what_only_looks_so_is_none(void **state)
{
	_cleanup_read_ struct read *r = read_text(
		"From: a\nSubject: b\nOrigin: vendor, https://x/commit/" ID "\n\n"
		"Since commit " ID " upstream is broken.\ncommit beef upstream.\n"
		"commit " ID "0 upstream.\ncommit " ID "\nis bad\n");

	(void)state;
	assert_int_equal(r->p.marks.n, 0);
	assert_int_equal(provenance_standing(&r->p), STANDING_UNSAID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commits_are_read_in_every_dialect),
		cmocka_unit_test(standings_are_read_in_every_dialect),
		cmocka_unit_test(references_are_read_in_every_dialect),
		cmocka_unit_test(stable_tags_are_read),
		cmocka_unit_test(what_only_looks_so_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
