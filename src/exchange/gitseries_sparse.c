// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_place.h"

#include "text/patch.h"

/*
 * Which part of a kernel stands in the work tree, in the form that git calls cone mode
 * (git-sparse-checkout(1)): whole directories, and the files right in those above them.
 * With it the index has one entry for each directory that is left out, and git's
 * commands cost what is there, not 80,000 files.
 */
struct cone {
	struct strvec whole, parents;
};

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

static bool is_whole(const struct cone *c, const char *path)
{
	for (size_t i = 0; i < c->whole.n; i++) {
		if (is_below(path, c->whole.v[i]))
			return true;
	}
	return false;
}

/* All directories above @path: their own files are there, too. */
static void add_parents(struct cone *c, const char *path)
{
	_cleanup_free_ char *dir = xstrdup(path);
	char *slash;

	while ((slash = strrchr(dir, '/'))) {
		*slash = '\0';
		if (!strvec_has(&c->parents, dir))
			strvec_push(&c->parents, dir);
	}
}

/* Of a pattern that which stands before the first wildcard's name. */
static void add_path(struct cone *c, const char *pattern)
{
	size_t n = strcspn(pattern, "*?[\\");
	_cleanup_free_ char *path = xmemdupz(pattern, n);

	if (pattern[n]) {
		char *slash = strrchr(path, '/');

		if (!slash)
			return;
		*slash = '\0';
	}
	if (*path && !is_whole(c, path))
		strvec_push(&c->whole, path);
}

static int add_patch(struct cone *c, const struct series_file *f, unsigned strip,
		     struct err *e)
{
	_cleanup_patch_ struct patch *p = NULL;
	struct buf bytes = BUF_INIT;
	int rc;

	buf_add_slice(&bytes, f->bytes);
	rc = patch_parse(f->name, &bytes, strip, &p, e);
	for (uint32_t i = 0; !rc && i < p->nchanges; i++) {
		struct slice s[] = { p->changes[i].old_path, p->changes[i].new_path };

		for (size_t k = 0; k < 2; k++) {
			_cleanup_free_ char *path = xmemdupz(s[k].p ? s[k].p : "", s[k].n);

			add_parents(c, path);
		}
	}
	return rc;
}

static void write_name(struct buf *out, const char *name)
{
	for (; *name; name++) {
		if (strchr("*?[\\", *name))
			buf_addc(out, '\\');
		buf_addc(out, *name);
	}
}

static void write_cone(struct cone *c, struct buf *out)
{
	strvec_sort(&c->parents);
	strvec_sort(&c->whole);
	buf_adds(out, "/*\n!/*/\n");
	for (size_t i = 0; i < c->parents.n; i++) {
		if (is_whole(c, c->parents.v[i]))
			continue;
		buf_addc(out, '/');
		write_name(out, c->parents.v[i]);
		buf_adds(out, "/\n!/");
		write_name(out, c->parents.v[i]);
		buf_adds(out, "/*/\n");
	}
	for (size_t i = 0; i < c->whole.n; i++) {
		buf_addc(out, '/');
		write_name(out, c->whole.v[i]);
		buf_adds(out, "/\n");
	}
}

static int make_cone(const struct series_files *files, const struct strvec *paths,
		     struct buf *out, struct err *e)
{
	struct cone c = { 0 };
	int rc = 0;

	for (size_t i = 0; i < paths->n; i++)
		add_path(&c, paths->v[i]);
	for (size_t i = 0; i < c.whole.n; i++)
		add_parents(&c, c.whole.v[i]);
	vec_each (en, &files->series->entries) {
		if (!rc && en->applies)
			rc = add_patch(&c, series_files_find(files, en->name), en->strip, e);
	}
	write_cone(&c, out);
	strvec_release(&c.whole);
	strvec_release(&c.parents);
	return rc;
}

/* Lines of messages begin with '#' now and then, with ';' hardly ever: git drops comments. */
static const char settings[] = "[core]\n"
			       "\tsparseCheckout = true\n"
			       "\tsparseCheckoutCone = true\n"
			       "\tcommentChar = \";\"\n"
			       "[index]\n"
			       "\tsparse = true\n";

static int configure(const struct place *p, struct err *e)
{
	_cleanup_free_ char *path = path_join(p->work, ".git/config");
	_cleanup_buf_ struct buf text = BUF_INIT;
	int rc = fsx_read(path, &text, e);

	if (rc || strstr(buf_str(&text), "sparseCheckoutCone"))
		return rc;
	buf_adds(&text, settings);
	return fsx_publish(path, buf_slice(&text), e);
}

int place_sparse(const struct place *p, const struct series_files *files,
		 const struct strvec *paths, struct err *e)
{
	_cleanup_free_ char *dir = path_join(p->work, ".git/info");
	_cleanup_free_ char *path = path_join(dir, "sparse-checkout");
	_cleanup_buf_ struct buf cone = BUF_INIT;
	int rc = fsx_mkdirs(dir, e);

	if (!rc)
		rc = configure(p, e);
	if (!rc)
		rc = make_cone(files, paths, &cone, e);
	return rc ? rc : fsx_publish(path, buf_slice(&cone), e);
}

int place_checkout(const struct place *p, struct err *e)
{
	static const char *const args[] = { "reset", "--hard", "--quiet", NULL };

	return gitrepo_git(p->repo, args, (struct slice){ 0 }, NULL, e);
}
