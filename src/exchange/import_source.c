// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/import_source.h"

#include <jansson.h>

#include "base/fsx.h"
#include "base/proc.h"

#define TRACKING "--- b4-submit-tracking ---"
#define MAX_MBOX ((size_t)256 << 20)

/* A range goes after the options; a leading dash would be one. */
static int check_rev(const char *rev, struct err *e)
{
	if (*rev && *rev != '-')
		return 0;
	return err_set(e, ERR_USAGE, "'%s' names no commit", rev);
}

/* git in @repo as the person has it, since his configuration says what he may read. */
static int git(const char *repo, const char *const *args, struct proc_result *r,
	       struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	struct proc_spec ps = { .max_output = MAX_MBOX, .inherit_env = true };
	int rc;

	strvec_push_all(&argv, (const char *const[]){ "git", "-C", repo, NULL });
	strvec_push_all(&argv, args);
	ps.argv = (const char *const *)argv.v;
	rc = proc_check(&ps, r, e);
	if (!rc && r->truncated)
		rc = err_set(e, ERR_LIMIT, "git printed more than %zu bytes", MAX_MBOX);
	return rc;
}

int source_git(struct mailbox *box, const char *repo, const char *rev, const char *work,
	       struct err *e)
{
	const char *args[] = {
		"format-patch",
		"--stdout",
		"--no-numbered",
		"--no-signoff",
		"--no-signature",
		"--no-attach",
		"--no-thread",
		"--no-cover-letter",
		"--no-from",
		"--no-notes",
		"--no-base",
		"--no-to",
		"--no-cc",
		"--no-add-header",
		"--no-encode-email-headers",
		"--no-color",
		"--no-ext-diff",
		"--no-textconv",
		"--subject-prefix=PATCH",
		"--binary",
		"--full-index",
		"--src-prefix=a/",
		"--dst-prefix=b/",
		"-M",
		strstr(rev, "..") ? rev : "-1",
		strstr(rev, "..") ? NULL : rev,
		NULL,
	};
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = check_rev(rev, e);

	if (!rc)
		rc = git(repo, args, &r, e);
	if (rc)
		return err_wrap(e, "cannot take '%s' from '%s'", rev, repo);
	if (!r.out.len)
		return err_set(e, ERR_INPUT, "there is no commit in '%s' of '%s'", rev,
			       repo);
	return mailbox_parse(box, rev, buf_slice(&r.out), work, e);
}

static int find_cover(const char *repo, const char *branch, char **commit, struct err *e)
{
	const char *args[] = {
		"log",	"-1", "--format=%H", "-F", "--grep=" TRACKING, "--end-of-options",
		branch, "--", NULL
	};
	_cleanup_proc_ struct proc_result r = { 0 };
	struct slice id;
	int rc = git(repo, args, &r, e);

	if (rc)
		return rc;
	id = slice_trim(buf_slice(&r.out));
	if (!id.n)
		return err_set(
			e, ERR_INPUT,
			"'%s' has no cover commit of b4: is it a branch of b4 prep? "
			"its commits go in with --from=git BASE..%s",
			branch, branch);
	*commit = xmemdupz(id.p, id.n);
	return 0;
}

/* What b4 keeps below the letter: lines of comment, then one JSON object. */
static void add_tracking(struct buf *out, const char *tracking)
{
	const char *brace = strchr(tracking, '{'), *id;
	json_t *doc = brace ? json_loads(brace, JSON_DISABLE_EOF_CHECK, NULL) : NULL;

	id = json_string_value(
		json_object_get(json_object_get(doc, "series"), "change-id"));
	if (id)
		buf_addf(out, "\n---\nchange-id: %s\n", id);
	json_decref(doc);
}

static int read_cover(const char *repo, const char *commit, struct buf *out,
		      struct err *e)
{
	const char *args[] = { "log",
			       "-1",
			       "--encoding=UTF-8",
			       "--no-show-signature",
			       "--format=From: %an <%ae>%nDate: %aD%n"
			       "Subject: [PATCH 0/0] %s%n%n%b",
			       "--end-of-options",
			       commit,
			       "--",
			       NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	char *mark;
	int rc = git(repo, args, &r, e);

	if (rc)
		return rc;
	mark = strstr(r.out.data, TRACKING);
	if (!mark)
		return err_set(e, ERR_INPUT, "the cover commit %s has no text", commit);
	buf_add_slice(out, slice_trim((struct slice){ r.out.data,
						      (size_t)(mark - r.out.data) }));
	buf_addc(out, '\n');
	add_tracking(out, mark);
	return 0;
}

int source_b4(struct mailbox *box, const char *repo, const char *branch, const char *work,
	      struct mailbox *cover, struct err *e)
{
	_cleanup_free_ char *commit = NULL, *range = NULL;
	_cleanup_buf_ struct buf letter = BUF_INIT;
	int rc = check_rev(branch, e);

	if (!rc)
		rc = find_cover(repo, branch, &commit, e);
	if (!rc)
		rc = read_cover(repo, commit, &letter, e);
	if (rc)
		return err_wrap(e, "cannot take '%s' from '%s'", branch, repo);
	range = xasprintf("%s..%s", commit, branch);
	rc = source_git(box, repo, range, work, e);
	return rc ? rc : mailbox_parse(cover, branch, buf_slice(&letter), work, e);
}

int source_message_id(struct mailbox *box, const char *id, const char *work,
		      struct err *e)
{
	const char *argv[] = { "b4", "mbox",   "--no-cache", "-o", work,
			       "-n", "thread.mbx", id,	     NULL };
	struct proc_spec ps = { .argv = argv, .inherit_env = true, .timeout_s = 300 };
	_cleanup_free_ char *path = path_join(work, "thread.mbx");
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = check_rev(id, e);

	if (!rc)
		rc = proc_check(&ps, &r, e);
	if (!rc && !fsx_exists(path))
		rc = err_set(e, ERR_UNAVAILABLE, "b4 found no such thread");
	if (rc)
		return err_wrap(e,
				"cannot obtain the thread of '%s' (this needs b4 and the "
				"network; offline, import a saved mbox)",
				id);
	if (fsx_is_dir(path)) /* b4.save-maildirs */
		return mailbox_read(box, path, work, e);
	rc = fsx_read(path, &bytes, e);
	return rc ? rc : mailbox_parse(box, id, buf_slice(&bytes), work, e);
}
