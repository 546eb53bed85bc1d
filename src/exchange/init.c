// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/init.h"

#include "base/fsx.h"
#include "exchange/init_conf.h"
#include "text/patch.h"
#include "text/series.h"

static struct buf *add_file(struct init_plan *plan, const char *path)
{
	vec_push(&plan->files, (struct init_file){ .path = xstrdup(path) });
	return &plan->files.v[plan->files.n - 1].bytes;
}

static void see_changes(const struct patch *p, struct init_scope *scope)
{
	for (uint32_t i = 0; i < p->nchanges; i++) {
		struct slice s = change_path(&p->changes[i]);
		_cleanup_free_ char *path = xmemdupz(s.p, s.n);

		if (!strvec_has(&scope->files, path))
			strvec_push(&scope->files, path);
	}
}

/* Takes one patch as it is, if it can be read; no @scope: it is not applied. */
static int take_patch(struct init_plan *plan, struct init_scope *scope, const char *from,
		      const char *name, unsigned strip, struct err *e)
{
	_cleanup_free_ char *to = path_join("series", name);
	_cleanup_patch_ struct patch *p = NULL;
	int rc = patch_read(from, strip, &p, e);

	if (rc)
		return rc;
	if (!p->nchanges)
		return err_set(e, ERR_INPUT, "%s:1: cannot find a change in it", from);
	vec_each (f, &plan->files) {
		if (!strcmp(f->path, to))
			return err_set(e, ERR_USAGE, "two patches have the name '%s'", name);
	}
	patch_write(p, add_file(plan, to));
	for (uint32_t i = 0; i < p->nchanges; i++) {
		if (!path_is_safe(change_path(&p->changes[i])))
			return err_set(e, ERR_UNSAFE, "%s:%u: cannot take a path that leaves "
						      "the tree",
				       from, p->changes[i].line);
	}
	if (scope)
		see_changes(p, scope);
	return 0;
}

static int take_series(const struct init_spec *spec, struct init_plan *plan,
		       struct init_scope *scope, struct err *e)
{
	_cleanup_series_ struct series *s = NULL;
	int rc = series_read(spec->series, &s, e);

	if (rc)
		return rc;
	if (!s->entries.n)
		return err_set(e, ERR_USAGE, "the series in '%s' is empty", spec->series);
	vec_each (en, &s->entries) {
		_cleanup_free_ char *from = path_join(spec->series, en->name);

		if (!en->applies && !fsx_exists(from))
			continue;
		if (take_patch(plan, en->applies ? scope : NULL, from, en->name, en->strip, e))
			return e->code;
	}
	series_write(s, add_file(plan, "series/series"));
	return 0;
}

static int take_patches(const struct init_spec *spec, struct init_plan *plan,
			struct init_scope *scope, struct err *e)
{
	_cleanup_buf_ struct buf series = BUF_INIT;

	for (size_t i = 0; i < spec->patches.n; i++) {
		const char *from = spec->patches.v[i], *slash = strrchr(from, '/');
		const char *name = slash ? slash + 1 : from;

		if (strpbrk(name, " \t\n#"))
			return err_set(e, ERR_USAGE,
				       "'%s' has a character in its name that cannot stand "
				       "in a series file: rename it",
				       from);
		if (take_patch(plan, scope, from, name, 1, e))
			return e->code;
		buf_addf(&series, "%s\n", name);
	}
	buf_add_slice(add_file(plan, "series/series"), buf_slice(&series));
	return 0;
}

int init_plan(const struct init_spec *spec, struct init_plan *out, struct err *e)
{
	struct init_scope scope = { .spec = spec };
	int rc;

	*out = (struct init_plan){ 0 };
	if (!spec->series == !spec->patches.n)
		return err_set(e, ERR_USAGE, "give the patches, or --series=DIR%s",
			       spec->series ? ", not both" : "");
	rc = spec->series ? take_series(spec, out, &scope, e)
			  : take_patches(spec, out, &scope, e);
	if (!rc) {
		init_base_config(&scope, add_file(out, "kernel-configs/base.config"));
		init_series_config(&scope, add_file(out, "kernel-configs/series.config"));
		for (size_t i = 0; i < spec->archs.n; i++) {
			_cleanup_free_ char *path = xasprintf("kernel-configs/%s.config",
							      spec->archs.v[i]);

			init_arch_config(spec->archs.v[i], add_file(out, path));
		}
		buf_adds(add_file(out, ".gitignore"), "/.carry/\n");
		init_readme(&scope, add_file(out, "README.md"));
		rc = init_conf(&scope, add_file(out, "carry.conf"), e);
	}
	strvec_release(&scope.files);
	return rc;
}

void init_release(struct init_plan *plan)
{
	vec_each (f, &plan->files) {
		free(f->path);
		buf_release(&f->bytes);
	}
	vec_release(&plan->files);
}
