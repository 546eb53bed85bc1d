// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * apply_dir [-R] [-d DIALECT] [-F FUZZ] [-E] [-k] [-n] [-j N] [-p N] TREE {-s DIR | PATCH…}
 * applies a series or patches to TREE in memory and writes what changed. Exit status:
 * 0 all apply, 1 conflicts (nothing is written, unless -k), 2 an error.
 */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/vec.h"
#include "engine/apply_source.h"
#include "text/series.h"

struct input {
	VEC(struct patch *) patches;
	VEC(bool) reverse;
	unsigned strip;
	bool backwards, dry;
};

static int read_one(struct input *in, const char *path, unsigned strip, bool reverse,
		    struct err *e)
{
	struct patch *p;
	int rc = patch_read(path, strip, &p, e);

	if (rc)
		return rc;
	vec_push(&in->patches, p);
	vec_push(&in->reverse, reverse != in->backwards);
	return 0;
}

static int read_series(struct input *in, const char *dir, struct err *e)
{
	_cleanup_series_ struct series *s = NULL;
	int rc = series_read(dir, &s, e);

	for (size_t i = 0; !rc && i < s->entries.n; i++) {
		const struct series_entry *en =
			&s->entries.v[in->backwards ? s->entries.n - 1 - i : i];
		_cleanup_free_ char *path = path_join(dir, en->name);

		rc = read_one(in, path, en->strip, en->reverse, e);
	}
	return rc;
}

static int write_file(const char *path, const struct result_file *f, struct err *e)
{
	_cleanup_free_ char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');
	mode_t perm = f->mode & 0777;
	struct stat st;
	FILE *out;
	int rc;

	*slash = '\0';
	rc = fsx_mkdirs(dir, e);
	if (rc)
		return rc;
	/* Of permissions a patch can change one bit; a tarball may have others. */
	if (f->mode == f->base_mode && !lstat(path, &st))
		perm = st.st_mode & 0777;
	unlink(path);
	if (f->mode == 0120000) {
		_cleanup_free_ char *to = xmemdupz(f->bytes.p, f->bytes.n);

		return symlink(to, path) ? err_sys(e, errno, "cannot link '%s'", path)
					 : 0;
	}
	out = fopen(path, "wb");
	if (!out)
		return err_sys(e, errno, "cannot write '%s'", path);
	if (f->bytes.n && fwrite(f->bytes.p, f->bytes.n, 1, out) != 1)
		rc = err_sys(e, errno, "cannot write '%s'", path);
	if (fclose(out) && !rc)
		rc = err_sys(e, errno, "cannot write '%s'", path);
	if (!rc && chmod(path, perm))
		rc = err_sys(e, errno, "cannot write '%s'", path);
	return rc;
}

static int remove_file(const char *tree, char *path, struct err *e)
{
	if (unlink(path) && errno != ENOENT)
		return err_sys(e, errno, "cannot remove '%s'", path);
	for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (strlen(path) <= strlen(tree) || rmdir(path))
			break;
	}
	return 0;
}

static int write_tree(const char *tree, const struct apply_result *r, struct err *e)
{
	int rc = 0;

	/* Removals first: a file may take the place of a directory, and the reverse. */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < r->nfiles && !rc; i++) {
			const struct result_file *f = &r->files[i];
			_cleanup_free_ char *path =
				xasprintf("%s/%.*s", tree, SLICE_ARG(f->path));

			if (pass == 0 && f->deleted)
				rc = remove_file(tree, path, e);
			else if (pass == 1 && !f->deleted)
				rc = write_file(path, f, e);
		}
	}
	return rc;
}

static void show(const struct apply_result *r)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	size_t already = 0;

	for (size_t i = 0; i < r->npatches; i++) {
		const struct patch_outcome *o = &r->patches[i];

		already += o->answer == ANSWER_ALREADY;
		if (o->answer == ANSWER_APPLIES || o->answer == ANSWER_NOT_TRIED)
			continue;
		printf("%s: %s\n", o->patch->name, apply_answer_name(o->answer));
		apply_explain(o, &out);
	}
	fwrite(buf_str(&out), 1, out.len, stdout);
	printf("%zu of %zu patches, %zu already, %zu files changed, hunks: %llu exact, %llu offset, %llu fuzz\n",
	       r->done, r->npatches, already, r->nfiles,
	       (unsigned long long)r->hunks_exact, (unsigned long long)r->hunks_offset,
	       (unsigned long long)r->hunks_fuzz);
}

static int run(const char *tree, struct input *in, const struct apply_policy *policy,
	       struct err *e)
{
	_cleanup_source_ struct blob_source *src = NULL;
	_cleanup_apply_result_ struct apply_result *r = NULL;
	int rc = disk_source_new(tree, &src, e);
	bool conflicts = false;

	if (!rc)
		rc = apply_series(src, (const struct patch *const *)in->patches.v,
				  in->reverse.v, in->patches.n, policy, &r, e);
	if (rc)
		return rc;
	show(r);
	for (size_t i = 0; i < r->npatches; i++)
		conflicts |= r->patches[i].answer != ANSWER_APPLIES;
	if (!in->dry && (!conflicts || policy->keep_going))
		rc = write_tree(tree, r, e);
	return rc ? rc : conflicts;
}

static enum dialect dialect_of(const char *name)
{
	return !strcmp(name, "patch") ? DIALECT_PATCH
	       : !strcmp(name, "git") ? DIALECT_GIT
				      : DIALECT_STRICT;
}

int main(int argc, char **argv)
{
	struct apply_policy policy = APPLY_POLICY_INIT;
	struct input in = { .strip = 1 };
	const char *series = NULL, *tree;
	struct err e = { 0 };
	int opt, rc = 0;

	while ((opt = getopt(argc, argv, "RknEd:F:j:p:s:")) != -1) {
		if (opt == 'R')
			in.backwards = true;
		else if (opt == 'k')
			policy.keep_going = true;
		else if (opt == 'n')
			in.dry = policy.answers_only = true;
		else if (opt == 'E')
			policy.remove_empty = true;
		else if (opt == 'd')
			policy.dialect = dialect_of(optarg);
		else if (opt == 'F')
			policy.max_fuzz = (unsigned)atoi(optarg);
		else if (opt == 'j')
			policy.threads = (unsigned)atoi(optarg);
		else if (opt == 'p')
			in.strip = (unsigned)atoi(optarg);
		else if (opt == 's')
			series = optarg;
		else
			return 2;
	}
	if (optind >= argc)
		return 2;
	tree = argv[optind++];
	if (series)
		rc = read_series(&in, series, &e);
	for (; optind < argc && !rc; optind++)
		rc = read_one(&in, argv[optind], in.strip, false, &e);
	if (!rc)
		rc = run(tree, &in, &policy, &e);
	if (rc < 0)
		fprintf(stderr, "%s\n", e.msg);
	vec_each (p, &in.patches)
		patch_free(*p);
	vec_release(&in.patches);
	vec_release(&in.reverse);
	return rc < 0 ? 2 : rc;
}
