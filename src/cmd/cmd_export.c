// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fsx.h"
#include "base/plural.h"
#include "cmd/commands.h"
#include "cmd/findings.h"
#include "cmd/project.h"
#include "exchange/export.h"
#include "exchange/import.h"
#include "report/show.h"

struct values {
	const char *as, *dest;
};

/* The cover letter of the series, if it has one. */
static int read_cover(const struct variant_series *v, struct buf *out, struct err *e)
{
	_cleanup_free_ char *path = path_join(v->dir, COVER_NAME);
	struct err own = { 0 };
	int rc = fsx_read_plain(path, out, &own);

	if (rc && rc != ERR_NOTFOUND)
		*e = own;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static void print_text(const struct cmd_env *env, const struct export_dialect *d,
		       const struct export_result *r, const char *dest)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	findings_print(env, &r->report, false);
	show_line(&b, slice_str(dest), SHOW_UTF8);
	if (env->verbosity >= 0)
		fprintf(env->out, "%zu %s in %s; next, there: %s\n", r->files.n,
			plural(r->files.n, "file", "files"), buf_str(&b), d->next);
}

static void print_json(const struct cmd_env *env, const struct export_dialect *d,
		       const struct export_result *r, const char *dest)
{
	json_t *files = json_array(), *doc;

	vec_each (f, &r->files)
		json_array_append_new(files, json_bytes(f->path, strlen(f->path)));
	doc = json_pack("{s:s, s:s, s:o, s:s, s:o, s:o}", "schema", "carry.export/1",
			"as", d->name, "dir", json_bytes(dest, strlen(dest)), "next",
			d->next, "files", files, "findings", findings_json(&r->report));
	BUG_ON(!doc);
	json_dumpf(doc, env->out, JSON_INDENT(2));
	fputc('\n', env->out);
	json_decref(doc);
}

static int export_target(struct cmd_env *env, const struct values *v,
			 const struct conf_target *t, struct err *e)
{
	const struct export_dialect *d = NULL;
	_cleanup_buf_ struct buf cover = BUF_INIT;
	struct variant_series *series = NULL;
	struct export_result r = { 0 };
	int rc = export_dialect_find(v->as, &d, e);

	if (!rc)
		rc = variant_load(env->top, t, &series, e);
	if (!rc)
		rc = read_cover(series, &cover, e);
	if (!rc)
		rc = export_make(d, t->name, series, t->series, buf_slice(&cover), &r, e);
	if (!rc)
		rc = export_write(&r, v->dest, e);
	if (!rc) {
		(env->json ? print_json : print_text)(env, d, &r, v->dest);
		rc = findings_result(&r.report);
	}
	export_release(&r);
	variant_free(series);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	const struct conf_target *t;
	struct conf *conf = NULL;
	int rc;

	if (!v->as || !v->dest)
		return err_set(e, ERR_USAGE,
			       "say in which dialect and where to: --as DIALECT -o DIR");
	rc = conf_read(env->conf, &conf, e);
	if (rc)
		return rc;
	rc = project_target(conf, env->argv[0], &t, e);
	if (!rc)
		rc = export_target(env, v, t, e);
	conf_free(conf);
	return rc;
}

static const struct opt options[] = {
	OPT_WORD(0, "as", "DIALECT", export_dialect_names, struct values, as,
		 "debian, suse, fedora, ubuntu, mbox, git or b4"),
	OPT_STRING('o', "output", "DIR", HINT_DIR, struct values, dest,
		   "the directory to make; it must not exist"),
	OPT_END,
};

const struct cmd cmd_export = {
	.name = "export",
	.summary = "give a target's series out as another house wants it",
	.usage = "--as DIALECT -o DIR TARGET",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_JSON,
	.place = PLACE_REPO,
	.min_args = 1,
	.max_args = 1,
	.args = HINT_TARGET,
	.run = run,
};
