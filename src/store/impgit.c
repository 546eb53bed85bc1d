// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store_priv.h"

#include <stdio.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "store/import.h"

#define FETCH_TIMEOUT 3600

/*
 * The person's configuration counts (proxies, credentials, mirrors by insteadOf),
 * but not where a hook that called us has put its repository, and no transport
 * beyond those that carry.conf may name.
 */
static void fetch_argv(struct strvec *argv, const struct store *s)
{
	static const char *const env[] = {
		"env", "-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE",
		"-u", "GIT_OBJECT_DIRECTORY", "-u", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"-u", "GIT_QUARANTINE_PATH", "-u", "GIT_NAMESPACE", "-u", "GIT_COMMON_DIR",
		"-u", "GIT_SHALLOW_FILE", "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "git",
		"-c", "protocol.allow=never", "-c", "protocol.https.allow=always",
		"-c", "protocol.ssh.allow=always", "-c", "protocol.file.allow=always",
		"-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
		"-c", "fetch.unpackLimit=1", "-c", "transfer.unpackLimit=1",
		"-c", "core.fsync=all", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60",
		NULL,
	};
	static const char *const fetch[] = {
		"fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head",
		"--no-recurse-submodules", "--force", "--", NULL,
	};

	strvec_push_all(argv, env);
	strvec_pushf(argv, "--git-dir=%s", s->dir);
	strvec_push_all(argv, fetch);
}

/* The first line in which git says what was fatal, or the last one. */
static struct slice git_words(const struct proc_result *r)
{
	struct slice rest = buf_slice(&r->err), line, best = { "", 0 };

	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.n)
			best = line;
		if (slice_starts(line, "fatal: "))
			break;
	}
	if (best.n > 400)
		best.n = 400;
	return best;
}

/*
 * What a git that was killed has left. No other one is at work here: that is
 * the caller's promise, and git dies with us.
 */
static int remove_locks(const struct store *s, const char *ref, struct err *e)
{
	_cleanup_free_ char *shallow = path_join(s->dir, "shallow.lock");
	_cleanup_free_ char *own = xasprintf("%s/%s.lock", s->dir, ref);
	int rc = fsx_remove(shallow, e);

	return rc ? rc : fsx_remove(own, e);
}

static int run_fetch(const struct store *s, const char *url, const char *refspec,
		     const struct import_opts *o, struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct proc_spec spec = { .timeout_s = FETCH_TIMEOUT,
				  .inherit_env = true,
				  .max_output = 64 << 10,
				  .cancel = o->cancel };
	int rc;

	fetch_argv(&argv, s);
	strvec_push(&argv, url);
	strvec_push(&argv, refspec);
	spec.argv = (const char *const *)argv.v;
	rc = proc_run(&spec, &r, e);
	if (rc)
		return rc;
	if (r.status)
		return err_set(e, ERR_UNAVAILABLE, "cannot fetch from '%s': %.*s", url,
			       SLICE_ARG(git_words(&r)));
	return 0;
}

static int read_commit(const struct store *s, git_repository *repo, const char *ref,
		       struct import_commit *out, struct err *e)
{
	git_reference *r = NULL;
	git_object *o = NULL;
	const git_commit *c;
	const char *subject;

	(void)s;
	if (git_reference_lookup(&r, repo, ref) ||
	    git_reference_peel(&o, r, GIT_OBJECT_COMMIT)) {
		git_reference_free(r);
		return store_git_err(e, ERR_INPUT, "what was fetched is no commit");
	}
	c = (const git_commit *)o;
	subject = git_commit_summary((git_commit *)o);
	git_oid_tostr(out->id, OID_HEX, git_commit_id(c));
	git_oid_tostr(out->tree, OID_HEX, git_commit_tree_id(c));
	snprintf(out->subject, sizeof(out->subject), "%s", subject ? subject : "");
	git_object_free(o);
	git_reference_free(r);
	return 0;
}

int import_git(struct store *s, const char *url, const char *ref, const char *name,
	       const struct import_opts *o, struct import_commit *out, struct err *e)
{
	_cleanup_free_ char *to = xasprintf("refs/carry/git/%s", name);
	_cleanup_free_ char *refspec = xasprintf("+%s:%s", ref, to);
	git_repository *repo = NULL;
	int rc;

	if (url[0] == '-' || strstr(url, "::") || ref[0] == '-')
		return err_set(e, ERR_UNSAFE, "cannot fetch from '%s'", url);
	if (o->label)
		log_progress(o->sink, o->label, 0, 0, "bytes");
	rc = remove_locks(s, to, e);
	if (!rc)
		rc = run_fetch(s, url, refspec, o, e);
	if (rc)
		return rc;
	if (git_odb_refresh(s->odb) || git_repository_open_bare(&repo, s->dir))
		return store_git_err(e, ERR_IO, "cannot read the store anew");
	rc = read_commit(s, repo, to, out, e);
	git_repository_free(repo);
	return rc;
}
