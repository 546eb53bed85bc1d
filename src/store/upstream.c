// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "store/upstream.h"

#include "store/store_priv.h"
#include "text/mime.h"

struct upstream {
	git_repository *repo;
};

int upstream_open(const char *path, struct upstream **out, struct err *e)
{
	struct upstream *u = xcalloc(1, sizeof(*u));
	int rc;

	git_libgit2_init();
	rc = git_repository_open_ext(&u->repo, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	if (rc < 0) {
		rc = store_git_err(e, rc == GIT_ENOTFOUND ? ERR_NOTFOUND : ERR_IO,
				   "cannot open the git repository '%s'", path);
		upstream_close(u);
		return rc;
	}
	*out = u;
	return 0;
}

void upstream_close(struct upstream *u)
{
	if (!u)
		return;
	git_repository_free(u->repo);
	git_libgit2_shutdown();
	free(u);
}

/* Bytes of the encoding that the commit names, as UTF-8 if it can be had. */
static char *commit_text(const git_commit *c, const char *text)
{
	const char *encoding = git_commit_message_encoding(c);
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (!text)
		return xstrdup("");
	if (encoding && utf8_from(encoding, slice_str(text), &b))
		return buf_take(&b);
	return xstrdup(text);
}

static void fill(const git_commit *c, struct upstream_commit *out)
{
	const git_signature *by = git_commit_author(c);
	char hex[GIT_OID_HEXSZ + 1];
	const char *end;

	git_oid_tostr(hex, sizeof(hex), git_commit_id(c));
	out->id = xstrdup(hex);
	out->message = commit_text(c, git_commit_message(c));
	end = strchrnul(out->message, '\n');
	out->title = xmemdupz(out->message, (size_t)(end - out->message));
	out->author = xasprintf("%s <%s>", by->name, by->email);
}

int upstream_find(struct upstream *u, struct slice hex, struct upstream_commit *out,
		  struct err *e)
{
	_cleanup_free_ char *name = xmemdupz(hex.p, hex.n);
	git_object *object = NULL;
	git_oid oid;
	int rc;

	if (hex.n < 7 || hex.n > GIT_OID_HEXSZ || git_oid_fromstrn(&oid, name, hex.n) < 0)
		return err_set(e, ERR_INPUT, "cannot look up '%s': no commit id", name);
	rc = git_object_lookup_prefix(&object, u->repo, &oid, hex.n, GIT_OBJECT_COMMIT);
	if (rc == GIT_ENOTFOUND)
		return err_set(e, ERR_NOTFOUND, "%s has no commit %s",
			       git_repository_path(u->repo), name);
	if (rc == GIT_EAMBIGUOUS)
		return err_set(e, ERR_CONFLICT, "%s has more than one object %s",
			       git_repository_path(u->repo), name);
	if (rc < 0)
		return store_git_err(e, ERR_IO, "cannot read the commit %s", name);
	fill((git_commit *)object, out);
	git_object_free(object);
	return 0;
}

void upstream_commit_release(struct upstream_commit *c)
{
	free(c->id);
	free(c->author);
	free(c->title);
	free(c->message);
	*c = (struct upstream_commit){ 0 };
}

static int diff_of(git_repository *repo, const git_commit *c, git_diff **out)
{
	git_tree *tree = NULL, *before = NULL;
	git_commit *parent = NULL;
	int rc = git_commit_tree(&tree, c);

	if (!rc && git_commit_parentcount(c))
		rc = git_commit_parent(&parent, c, 0);
	if (!rc && parent)
		rc = git_commit_tree(&before, parent);
	if (!rc)
		rc = git_diff_tree_to_tree(out, repo, before, tree, NULL);
	if (!rc)
		rc = git_diff_find_similar(*out, NULL);
	git_tree_free(before);
	git_tree_free(tree);
	git_commit_free(parent);
	return rc;
}

int upstream_diff(struct upstream *u, const struct upstream_commit *c, struct buf *out,
		  struct err *e)
{
	git_commit *commit = NULL;
	git_diff *diff = NULL;
	git_buf text = { 0 };
	git_oid oid;
	int rc = git_oid_fromstr(&oid, c->id);

	if (!rc)
		rc = git_commit_lookup(&commit, u->repo, &oid);
	if (!rc)
		rc = diff_of(u->repo, commit, &diff);
	if (!rc)
		rc = git_diff_to_buf(&text, diff, GIT_DIFF_FORMAT_PATCH);
	if (rc)
		rc = store_git_err(e, ERR_IO, "cannot read what the commit %s changes",
				   c->id);
	else
		buf_add(out, text.ptr, text.size);
	git_buf_dispose(&text);
	git_diff_free(diff);
	git_commit_free(commit);
	return rc;
}
