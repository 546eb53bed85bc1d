// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "exchange/git_source.h"

struct git_source {
	struct blob_source source; /* first: the engine hands it back */
	git_repository *repo;
	git_tree *tree;
};

static const char *why(void)
{
	const git_error *ge = git_error_last();

	return ge && ge->message ? ge->message : "unknown reason";
}

static enum blob_kind kind_of(git_filemode_t mode)
{
	if (mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE)
		return BLOB_FILE;
	return mode == GIT_FILEMODE_LINK ? BLOB_LINK : BLOB_OTHER;
}

static int get(struct blob_source *src, struct slice path, struct blob *out,
	       struct err *e)
{
	struct git_source *s = (struct git_source *)src;
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);
	git_tree_entry *entry = NULL;
	git_blob *blob = NULL;
	int rc = git_tree_entry_bypath(&entry, s->tree, name);

	*out = (struct blob){ .kind = BLOB_ABSENT };
	if (rc == GIT_ENOTFOUND)
		return 0;
	if (rc)
		return err_set(e, ERR_IO, "cannot read '%s': %s", name, why());
	out->mode = git_tree_entry_filemode(entry);
	out->kind = kind_of(out->mode);
	if (out->kind != BLOB_OTHER)
		rc = git_blob_lookup(&blob, s->repo, git_tree_entry_id(entry));
	git_tree_entry_free(entry);
	if (rc)
		return err_set(e, ERR_IO, "cannot read '%s': %s", name, why());
	out->owner = blob;
	if (blob)
		out->bytes = (struct slice){ git_blob_rawcontent(blob),
					     (size_t)git_blob_rawsize(blob) };
	return 0;
}

static void put(struct blob_source *src, struct blob *b)
{
	(void)src;
	git_blob_free(b->owner);
	b->owner = NULL;
}

void git_source_free(struct blob_source *src)
{
	struct git_source *s = (struct git_source *)src;

	if (!s)
		return;
	git_tree_free(s->tree);
	git_repository_free(s->repo);
	free(s);
	git_libgit2_shutdown();
}

static int find_tree(struct git_source *s, const char *rev, struct err *e)
{
	git_object *o = NULL, *tree = NULL;
	int rc = git_revparse_single(&o, s->repo, rev);

	if (!rc)
		rc = git_object_peel(&tree, o, GIT_OBJECT_TREE);
	git_object_free(o);
	s->tree = (git_tree *)tree;
	return rc ? err_set(e, ERR_NOTFOUND, "cannot find the tree of '%s': %s", rev,
			    why())
		  : 0;
}

int git_source_new(const char *dir, const char *rev, struct blob_source **out,
		   struct err *e)
{
	struct git_source *s = xcalloc(1, sizeof(*s));
	int rc = 0;

	s->source = (struct blob_source){ get, put, false };
	git_libgit2_init();
	if (git_repository_open_ext(&s->repo, dir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL))
		rc = err_set(e, ERR_NOTFOUND, "cannot open '%s' as a git repository: %s",
			     dir, why());
	if (!rc)
		rc = find_tree(s, rev ? rev : "HEAD", e);
	if (rc) {
		git_source_free(&s->source);
		return rc;
	}
	*out = &s->source;
	return 0;
}
