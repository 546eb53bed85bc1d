// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sparse: the series adds no diagnostic, and sparse really analysed the lines in
 * question. Silence is no proof, so each site of an assertion is asked again with
 * a deliberate type error on its line (the canary), which must give exactly that
 * one diagnostic more.
 *
 * kbuild says how sparse is called: a wrapper keeps the arguments of each file, and
 * the base and the canary are then asked with the very same ones.
 */
#include <errno.h>
#include <sys/stat.h>

#include "check/check.h"

#define WRAPPER	 ".carry-sparse"
#define ARGS_DIR ".carry-sparse-args"

/*
 * sparse 0.6.4 does not know a keyword of newer kernels. Their own check for it
 * then skips the analysis in silence, and a plain rename leads to an error where
 * strlen() must be constant, after which sparse prints no warnings at all.
 */
static const char wrapper_head[] =
	"#!/bin/sh\n"
	"set -u\n"
	"out=$(dirname \"$0\")/" ARGS_DIR "\n"
	"for last; do :; done\n"
	"case $last in\n"
	"*.c) printf '%s\\n' \"$@\" >\"$out/$(printf %s \"$last\" | tr / %)\" ;;\n"
	"esac\n"
	"exec ";

struct sparse {
	const struct check_run *run;
	struct unit *unit;
	struct verdict *v;
	bool compat; /* this sparse needs the defines below */
	struct buf log;
};

static void add_program(const struct sparse *s, struct strvec *argv)
{
	strvec_push(argv, "sparse");
	if (!s->compat)
		return;
	strvec_push(argv, "-D__typeof_unqual__=__typeof__");
	strvec_push(argv, "-D__builtin_strlen(x)=(sizeof(x)-1)");
}

static int find_compat(struct sparse *s, struct err *e)
{
	static const char probe[] = "static int a; static __typeof_unqual__(a) b;\n";
	_cleanup_free_ char *sparse = proc_find_clean("sparse");
	const char *argv[] = { sparse ? sparse : "sparse", "-", NULL };
	struct proc_spec ps = { .argv = argv, .input = SLICE(probe), .merge = true };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = proc_run(&ps, &r, e);

	s->compat = !rc && strstr(buf_str(&r.out), "error");
	return rc;
}

static int write_wrapper(struct sparse *s, struct err *e)
{
	_cleanup_free_ char *path = path_join(unit_out(s->unit), WRAPPER);
	_cleanup_free_ char *dir = path_join(unit_out(s->unit), ARGS_DIR);
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;
	int rc = fsx_remove(dir, e);

	if (!rc)
		rc = fsx_mkdirs(dir, e);
	if (rc)
		return rc;
	add_program(s, &argv);
	buf_adds(&text, wrapper_head);
	proc_quote(&text, (const char *const *)argv.v);
	buf_adds(&text, " \"$@\"\n");
	rc = fsx_publish(path, buf_slice(&text), e);
	if (!rc && chmod(path, 0755))
		rc = err_sys(e, errno, "cannot change the mode of '%s'", path);
	return rc;
}

/*
 * kbuild's own run over the patched tree, for how it calls sparse. Its output may
 * have a compiler's warnings too, so the diagnostics are asked for alone, later.
 */
static int run_make(struct sparse *s, struct err *e)
{
	const struct strlist *objects = &s->run->target->plan->conf->objects;
	_cleanup_strvec_ struct strvec args = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc;

	strvec_push(&args, "W=1");
	strvec_push(&args, "C=2");
	strvec_pushf(&args, "CHECK=%s/" WRAPPER, unit_out_inside(s->unit));
	for (size_t i = 0; i < objects->n; i++)
		strvec_push(&args, objects->v[i]);
	rc = unit_make(s->unit, VARIANT_PATCHED, (const char *const *)args.v, &r, e);
	if (rc)
		return rc;
	buf_add_slice(&s->log, buf_slice(&r.out));
	if (strstr(buf_str(&r.out), "not available or not up to date"))
		return err_set(e, ERR_TOOL, "the kernel refused this sparse as too old");
	if (r.status)
		return err_set(e, ERR_TOOL, "make C=2 ended with status %d: %.300s",
			       r.status, buf_str(&r.out));
	return 0;
}

/* The files that sparse was called for, as paths in the source tree. */
static int list_files(const struct sparse *s, struct strvec *files, struct err *e)
{
	_cleanup_free_ char *dir = path_join(unit_out(s->unit), ARGS_DIR);
	const char *src = unit_src_inside(s->unit);
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(dir, &names, e);

	for (size_t i = 0; !rc && i < names.n; i++) {
		char *name = names.v[i];

		for (char *p = name; *p; p++) {
			if (*p == '%')
				*p = '/';
		}
		if (slice_starts(slice_str(name), src) && name[strlen(src)] == '/')
			strvec_push(files, name + strlen(src) + 1);
	}
	return rc;
}

static int read_args(const struct sparse *s, const char *file, struct strvec *argv,
		     struct err *e)
{
	_cleanup_free_ char *name = xasprintf("%s/%s", unit_src_inside(s->unit), file);
	_cleanup_free_ char *path = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest, line;

	for (char *p = name; *p; p++) {
		if (*p == '/')
			*p = '%';
	}
	path = xasprintf("%s/" ARGS_DIR "/%s", unit_out(s->unit), name);
	if (fsx_read_plain(path, &b, e))
		return e->code;
	add_program(s, argv);
	rest = buf_slice(&b);
	while (slice_line(&rest, &line)) {
		line.n -= line.p[line.n - 1] == '\n';
		strvec_pushf(argv, "%.*s", SLICE_ARG(line));
	}
	return 0;
}

/* sparse alone on @file as it stands in the farm now. */
static int run_alone(struct sparse *s, const char *file, struct diags *out, struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = read_args(s, file, &argv, e);

	if (!rc)
		rc = unit_run(s->unit, (const char *const *)argv.v, &r, e);
	if (rc)
		return rc;
	diags_parse(out, buf_slice(&r.out), unit_src_inside(s->unit), unit_src(s->unit));
	/* 1: it found something. The rest is a crash, or no sparse at all. */
	if (r.status < 0 || r.status > 1)
		return err_set(e, ERR_TOOL, "sparse broke on '%s' (status %d): %.300s",
			       file, r.status, buf_str(&r.out));
	return 0;
}

/* After an error sparse says nothing more: then it has not looked. */
static int refuse_errors(const struct diags *d, const char *what, struct err *e)
{
	vec_each (one, &d->list) {
		if (one->error)
			return err_set(e, ERR_TOOL, "sparse stopped in %s: %s:%u: %s",
				       what, one->path, one->line, one->message);
	}
	return 0;
}

static int run_files(struct sparse *s, const struct strvec *files, struct diags *out,
		     struct err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < files->n; i++) {
		_cleanup_free_ char *path = path_join(unit_src(s->unit), files->v[i]);

		if (fsx_exists(path)) /* the base may not have it */
			rc = run_alone(s, files->v[i], out, e);
	}
	return rc;
}

static int run_base(struct sparse *s, const struct strvec *files, struct diags *out,
		    struct err *e)
{
	int rc = unit_select(s->unit, VARIANT_BASE, e), back;
	struct err second = { 0 };

	if (!rc)
		rc = run_files(s, files, out, e);
	back = unit_select(s->unit, VARIANT_PATCHED, &second);
	if (back && !rc) {
		*e = second;
		rc = back;
	}
	return rc;
}

static void compare(struct sparse *s, const struct diags *base,
		    const struct diags *patched)
{
	struct diag_refs added = { 0 };
	struct verdict *v = s->v;

	diags_new(base, patched, &added);
	for (size_t i = 0; i < added.n; i++) {
		const struct diag *d = added.v[i];

		finding_add(v, FINDING_ERROR, "new-sparse", d->path, d->line, "%s",
			    d->message);
		verdict_say(v, VERDICT_FAIL, "new diagnostic: %s:%u: %s", d->path,
			    d->line, d->message);
	}
	json_object_set_new(v->facts, "diagnostics_base",
			    json_integer((json_int_t)base->list.n));
	json_object_set_new(v->facts, "diagnostics_patched",
			    json_integer((json_int_t)patched->list.n));
	vec_release(&added);
}

/* @source with a dereference that sparse must refuse, at the front of line @at. */
static void plant(struct slice source, unsigned at, struct buf *out)
{
	static const char canary[] =
		"({ extern int __attribute__((noderef)) *carry_canary; *carry_canary; }); ";
	struct slice line;

	for (unsigned n = 1; slice_line(&source, &line); n++) {
		if (n == at)
			buf_adds(out, canary);
		buf_add_slice(out, line);
	}
}

/* @source with such a function behind its last line; returns the line of that. */
static unsigned plant_at_end(struct slice source, struct buf *out)
{
	static const char canary[] =
		"int carry_canary_at_end(void); int carry_canary_at_end(void) "
		"{ extern int __attribute__((noderef)) *carry_canary; return *carry_canary; }\n";
	struct slice rest = source, line = { "", 0 };
	unsigned n = 1;

	while (slice_line(&rest, &line))
		n++;
	buf_add_slice(out, source);
	if (line.n && line.p[line.n - 1] != '\n')
		buf_addc(out, '\n');
	buf_adds(out, canary);
	return n;
}

static unsigned count_at(const struct diags *d, const char *file, unsigned line)
{
	unsigned n = 0;

	vec_each (one, &d->list)
		n += one->line == line && !strcmp(one->path, file);
	return n;
}

/* Exactly one diagnostic more, on that line, is the proof. */
static void judge_canary(struct sparse *s, const char *file, unsigned line,
			 const struct diags *without, const struct diags *with)
{
	int here = (int)count_at(with, file, line) - (int)count_at(without, file, line);
	int all = (int)with->list.n - (int)without->list.n;

	json_object_set_new(s->v->facts, "canary",
			    json_pack("{s:s, s:i, s:i, s:i}", "path", file, "line",
				      (int)line, "more_there", here, "more_in_all", all));
	if (here != 1 || all != 1)
		verdict_say(
			s->v, VERDICT_ERROR,
			"sparse did not analyse %s:%u: a deliberate error there gave %d "
			"diagnostics instead of one",
			file, line, here);
}

/* @line 0: behind the last line. */
static int run_canary(struct sparse *s, const char *file, unsigned line,
		      struct slice source, const struct diags *without, struct err *e)
{
	_cleanup_buf_ struct buf planted = BUF_INIT;
	struct diags with = { 0 };
	struct err second = { 0 };
	int rc, back;

	if (line)
		plant(source, line, &planted);
	else
		line = plant_at_end(source, &planted);
	rc = unit_swap(s->unit, file, buf_slice(&planted), e);
	if (rc)
		return rc;
	rc = run_alone(s, file, &with, e);
	back = unit_restore(s->unit, file, &second);
	if (!rc)
		judge_canary(s, file, line, without, &with);
	diags_release(&with);
	if (back && !rc) {
		*e = second;
		rc = back;
	}
	return rc;
}

static int canaries_of_file(struct sparse *s, const char *file, const char *site,
			    unsigned *found, struct err *e)
{
	_cleanup_buf_ struct buf source = BUF_INIT;
	struct diags without = { 0 };
	struct site_lines lines = { 0 };
	int rc = check_patched(s->run->target, file, &source, e);

	if (!rc)
		check_sites(buf_slice(&source), site, &lines);
	if (!rc && lines.n)
		rc = run_alone(s, file, &without, e);
	for (size_t i = 0; !rc && i < lines.n; i++) {
		rc = run_canary(s, file, lines.v[i], buf_slice(&source), &without, e);
		++*found;
	}
	vec_release(&lines);
	diags_release(&without);
	return rc;
}

/* Where no line is asked about, that sparse read the file to its end is the proof. */
static int canary_at_end(struct sparse *s, const char *file, struct err *e)
{
	_cleanup_buf_ struct buf source = BUF_INIT;
	struct diags without = { 0 };
	int rc = check_patched(s->run->target, file, &source, e);

	if (!rc)
		rc = run_alone(s, file, &without, e);
	if (!rc)
		rc = run_canary(s, file, 0, buf_slice(&source), &without, e);
	diags_release(&without);
	return rc;
}

static int run_canaries(struct sparse *s, const struct strvec *files, struct err *e)
{
	const struct conf *conf = s->run->env->plan->conf;
	bool any = false;
	int rc = 0;

	vec_each (a, &conf->asserts) {
		unsigned found = 0;

		if (!a->site)
			continue;
		any = true;
		for (size_t i = 0; !rc && i < files->n; i++)
			rc = canaries_of_file(s, files->v[i], a->site, &found, e);
		if (rc)
			return rc;
		if (!found)
			verdict_say(s->v, VERDICT_FAIL,
				    "no file that sparse checked has the site of '%s'",
				    a->name);
	}
	for (size_t i = 0; !any && !rc && i < files->n; i++)
		rc = canary_at_end(s, files->v[i], e);
	return rc;
}

static int ask(struct sparse *s, struct diags *base, struct diags *patched, struct err *e)
{
	_cleanup_strvec_ struct strvec files = { 0 };
	json_t *names = json_array();

	json_object_set_new(s->v->facts, "files", names);
	if (find_compat(s, e) || write_wrapper(s, e) || run_make(s, e) ||
	    list_files(s, &files, e))
		return e->code;
	for (size_t i = 0; i < files.n; i++)
		json_array_append_new(names, json_string(files.v[i]));
	if (!files.n)
		return err_set(e, ERR_TOOL, "kbuild called sparse for no file");
	if (run_files(s, &files, patched, e) ||
	    refuse_errors(patched, "the patched tree", e) ||
	    run_base(s, &files, base, e) || refuse_errors(base, "the base", e))
		return e->code;
	compare(s, base, patched);
	return run_canaries(s, &files, e);
}

static void run(const struct check_run *run, struct verdict *v)
{
	struct sparse s = { .run = run, .unit = run->unit, .v = v };
	struct diags base = { 0 }, patched = { 0 };
	struct err e = { 0 };

	if (ask(&s, &base, &patched, &e))
		check_broken(v, &e);
	json_object_set_new(v->facts, "needs_defines", json_boolean(s.compat));
	verdict_say(v, VERDICT_PASS, "no new diagnostic, and the site was analysed");
	v->log = buf_take(&s.log);
	diags_release(&base);
	diags_release(&patched);
}

static const char *const tools[] = { "sparse", NULL };

const struct checker checker_sparse = {
	.spec = { .name = "sparse",
		  .usual_s = 6,
		  .version = 4,
		  .scope = SCOPE_UNIT,
		  .inputs =
			  INPUT_CHANGES | INPUT_OBJECTS | INPUT_CHECKOUT | INPUT_ASSERTS,
		  .tools = tools },
	.run = run,
	.needs_target = true,
};
