// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "exchange/gitrepo.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "text/mime.h"

/* The diffs of a large series, printed at once. */
#define MAX_OUTPUT ((size_t)1 << 30)

struct gitrepo {
	git_repository *git;
	char *dir;
};

static int git_err(struct err *e, enum errc code, const char *what, const char *subject)
{
	const git_error *ge = git_error_last();

	return err_set(e, code, "%s '%s': %s", what, subject,
		       ge && ge->message ? ge->message : "unknown reason");
}

int gitrepo_open(const char *dir, struct gitrepo **out, struct err *e)
{
	git_repository *git = NULL;
	struct gitrepo *r;
	const char *work;
	size_t n;

	git_libgit2_init();
	if (git_repository_open_ext(&git, dir, 0, NULL)) {
		int rc = git_err(e, ERR_NOTFOUND, "cannot open the git repository in", dir);

		git_libgit2_shutdown();
		return rc;
	}
	r = xcalloc(1, sizeof(*r));
	r->git = git;
	work = git_repository_workdir(git);
	r->dir = xstrdup(work ? work : git_repository_path(git));
	n = strlen(r->dir);
	if (n > 1 && r->dir[n - 1] == '/')
		r->dir[n - 1] = '\0';
	*out = r;
	return 0;
}

int gitrepo_create(const char *dir, const char *alternate, struct err *e)
{
	git_repository_init_options opts = GIT_REPOSITORY_INIT_OPTIONS_INIT;
	_cleanup_free_ char *info = path_join(dir, ".git/objects/info/alternates");
	_cleanup_free_ char *line = xasprintf("%s\n", alternate);
	git_repository *git = NULL;
	int rc = 0;

	git_libgit2_init();
	opts.flags = GIT_REPOSITORY_INIT_NO_REINIT | GIT_REPOSITORY_INIT_MKPATH;
	if (git_repository_init_ext(&git, dir, &opts))
		rc = git_err(e, ERR_IO, "cannot make the repository", dir);
	git_repository_free(git);
	git_libgit2_shutdown();
	return rc ? rc : fsx_publish(info, slice_str(line), e);
}

void gitrepo_free(struct gitrepo *r)
{
	if (!r)
		return;
	git_repository_free(r->git);
	free(r->dir);
	free(r);
	git_libgit2_shutdown();
}

void gitrepo_freep(struct gitrepo **r)
{
	gitrepo_free(*r);
	*r = NULL;
}

const char *gitrepo_dir(const struct gitrepo *r)
{
	return r->dir;
}

char *gitrepo_objects(const struct gitrepo *r)
{
	return path_join(git_repository_commondir(r->git), "objects");
}

int gitrepo_ref(const struct gitrepo *r, const char *ref, char hex[static OID_HEX],
		struct err *e)
{
	git_oid oid;

	if (git_reference_name_to_id(&oid, r->git, ref))
		return git_err(e, ERR_NOTFOUND, "cannot find", ref);
	git_oid_tostr(hex, OID_HEX, &oid);
	return 0;
}

/* Were we killed while one of our refs was written, its lock would refuse us for ever. */
static void drop_stale_lock(const struct gitrepo *r, const char *ref)
{
	_cleanup_free_ char *lock =
		xasprintf("%s%s.lock", git_repository_commondir(r->git), ref);

	if (!strncmp(ref, "refs/carry/", strlen("refs/carry/")))
		unlink(lock);
}

int gitrepo_set_ref(struct gitrepo *r, const char *ref, const char *hex, const char *why,
		    struct err *e)
{
	git_reference *out = NULL;
	git_oid oid;
	int rc = 0;

	drop_stale_lock(r, ref);
	if (git_oid_fromstr(&oid, hex) ||
	    git_reference_create(&out, r->git, ref, &oid, 1, why))
		rc = git_err(e, ERR_IO, "cannot set", ref);
	git_reference_free(out);
	return rc;
}

int gitrepo_delete_ref(struct gitrepo *r, const char *ref, struct err *e)
{
	int rc;

	drop_stale_lock(r, ref);
	rc = git_reference_remove(r->git, ref);
	if (rc && rc != GIT_ENOTFOUND)
		return git_err(e, ERR_IO, "cannot delete", ref);
	return 0;
}

int gitrepo_set_head(struct gitrepo *r, const char *ref, struct err *e)
{
	if (git_repository_set_head(r->git, ref))
		return git_err(e, ERR_IO, "cannot switch to", ref);
	return 0;
}

bool gitrepo_is_checked_out(const struct gitrepo *r, const char *ref)
{
	git_reference *branch = NULL;
	bool is = !git_reference_lookup(&branch, r->git, ref) &&
		  git_branch_is_checked_out(branch) == 1;

	git_reference_free(branch);
	return is;
}

int gitrepo_resolve(const struct gitrepo *r, const char *rev, char hex[static OID_HEX],
		    struct err *e)
{
	git_object *o = NULL, *commit = NULL;
	int rc = 0;

	if (git_revparse_single(&o, r->git, rev) ||
	    git_object_peel(&commit, o, GIT_OBJECT_COMMIT))
		rc = git_err(e, ERR_NOTFOUND, "cannot find the commit", rev);
	else
		git_oid_tostr(hex, OID_HEX, git_object_id(commit));
	git_object_free(o);
	git_object_free(commit);
	return rc;
}

static int lookup(const struct gitrepo *r, const char *hex, git_commit **out, struct err *e)
{
	git_oid oid;

	if (git_oid_fromstr(&oid, hex) || git_commit_lookup(out, r->git, &oid))
		return git_err(e, ERR_NOTFOUND, "cannot read the commit", hex);
	return 0;
}

static void read_message(const git_commit *c, struct arena *a, struct gitcommit *out)
{
	struct slice raw = slice_str(git_commit_message(c));
	const char *charset = git_commit_message_encoding(c);
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (!charset || !utf8_from(charset, raw, &b))
		buf_add_slice(&b, raw);
	out->message = (struct slice){ arena_dup(a, b.data, b.len), b.len };
}

int gitrepo_commit(const struct gitrepo *r, const char *hex, struct arena *a,
		   struct gitcommit *out, struct err *e)
{
	const git_signature *who;
	git_commit *c = NULL;
	int rc = lookup(r, hex, &c, e);

	if (rc)
		return rc;
	*out = (struct gitcommit){ .nparents = git_commit_parentcount(c) };
	who = git_commit_author(c);
	git_oid_tostr(out->id, OID_HEX, git_commit_id(c));
	git_oid_tostr(out->tree, OID_HEX, git_commit_tree_id(c));
	if (out->nparents)
		git_oid_tostr(out->parent, OID_HEX, git_commit_parent_id(c, 0));
	out->name = arena_strdup(a, who->name);
	out->mail = arena_strdup(a, who->email);
	out->time = who->when.time;
	out->zone = who->when.offset;
	read_message(c, a, out);
	git_commit_free(c);
	return 0;
}

int gitrepo_parent(const struct gitrepo *r, const char *hex, unsigned n,
		   char out[static OID_HEX], struct err *e)
{
	git_commit *c = NULL;
	int rc = lookup(r, hex, &c, e);

	if (rc)
		return rc;
	if (n >= git_commit_parentcount(c))
		rc = err_set(e, ERR_NOTFOUND, "commit %s has no parent %u", hex, n + 1);
	else
		git_oid_tostr(out, OID_HEX, git_commit_parent_id(c, n));
	git_commit_free(c);
	return rc;
}

static int find_entry(const struct gitrepo *r, const char *hex, const char *path, git_oid *out,
		      struct err *e)
{
	git_tree_entry *entry = NULL;
	git_tree *tree = NULL;
	git_oid oid;
	int rc = 0;

	if (git_oid_fromstr(&oid, hex) || git_tree_lookup(&tree, r->git, &oid) ||
	    git_tree_entry_bypath(&entry, tree, path))
		rc = git_err(e, ERR_NOTFOUND, "cannot find", path);
	else
		git_oid_cpy(out, git_tree_entry_id(entry));
	git_tree_entry_free(entry);
	git_tree_free(tree);
	return rc;
}

int gitrepo_entry(const struct gitrepo *r, const char *tree, const char *path,
		  char out[static OID_HEX], struct err *e)
{
	git_oid oid;
	int rc = find_entry(r, tree, path, &oid, e);

	if (!rc)
		git_oid_tostr(out, OID_HEX, &oid);
	return rc;
}

int gitrepo_blob(const struct gitrepo *r, const char *tree, const char *path, struct buf *out,
		 struct err *e)
{
	git_blob *blob = NULL;
	git_oid oid;
	int rc = find_entry(r, tree, path, &oid, e);

	if (rc)
		return rc;
	if (git_blob_lookup(&blob, r->git, &oid))
		return git_err(e, ERR_IO, "cannot read", path);
	buf_add(out, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	git_blob_free(blob);
	return 0;
}

static int run_git(const struct gitrepo *r, const char *const *args, struct slice input,
		   bool own_env, struct buf *out, struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_proc_ struct proc_result res = { 0 };
	struct proc_spec spec = { .input = input, .max_output = MAX_OUTPUT,
				  .inherit_env = own_env };
	static const char *const env[] = { "GIT_CONFIG_NOSYSTEM=1", "HOME=/nonexistent", NULL };
	int rc;

	strvec_push(&argv, "git");
	strvec_push(&argv, "-C");
	strvec_push(&argv, r->dir);
	strvec_push(&argv, "-c");
	strvec_push(&argv, "core.hooksPath=/dev/null");
	strvec_push_all(&argv, args);
	spec.argv = (const char *const *)argv.v;
	if (!own_env)
		spec.env = env;
	rc = proc_check(&spec, &res, e);
	if (!rc && out)
		buf_add_slice(out, buf_slice(&res.out));
	return rc;
}

int gitrepo_git(const struct gitrepo *r, const char *const *args, struct slice input,
		struct buf *out, struct err *e)
{
	return run_git(r, args, input, false, out, e);
}

int gitrepo_committer(const struct gitrepo *r, struct buf *out, struct err *e)
{
	static const char *const args[] = { "var", "GIT_COMMITTER_IDENT", NULL };
	_cleanup_buf_ struct buf b = BUF_INIT;
	int rc = run_git(r, args, (struct slice){ 0 }, true, &b, e);

	if (!rc)
		buf_add_slice(out, slice_trim(buf_slice(&b)));
	return rc ? err_wrap(e, "cannot tell who commits") : 0;
}
