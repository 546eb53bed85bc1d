// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cocci and premise: semantic patches over the sources. cocci asks about the
 * change itself, premise about what it stands on, all over the tree: an
 * assertion with `over = mention` belongs to premise, every other one to cocci.
 *
 * cocci: each assertion's semantic patch over the patched sources proves what
 * it must. A file that spatch could not parse whole, or a binding that an
 * independent count finds and the rule does not, is an error: then nobody looked.
 */
#include <regex.h>
#include <stdio.h>

#include "check/cache.h"
#include "check/check.h"
#include "check/facts.h"

#define INSIDE "/carry/src"

/* The patched files that a rule reads, written out where spatch finds them. */
struct work {
	const struct check_run *run;
	const struct conf_assert *assert;
	char *dir;
	struct strvec files; /* paths in the tree */
	struct buf log;
	struct buf command;
};

static int put_file(struct work *w, const char *path, struct err *e)
{
	_cleanup_free_ char *to = path_join(w->dir, path);
	_cleanup_free_ char *dir = xstrdup(to);
	_cleanup_buf_ struct buf b = BUF_INIT;
	int rc = check_patched(w->run->target, path, &b, e);

	*strrchr(dir, '/') = '\0';
	if (!rc)
		rc = fsx_mkdirs(dir, e);
	if (!rc)
		rc = fsx_publish(to, buf_slice(&b), e);
	return rc;
}

static bool in_dir(const char *path, const char *dir, size_t n)
{
	return !strncmp(path, dir, n) && path[n] == '/' && !strchr(path + n + 1, '/');
}

static bool is_source(const char *path)
{
	return slice_ends(slice_str(path), ".c") || slice_ends(slice_str(path), ".h");
}

/* Sources beside an object: the base's, less deleted, with what the series adds. */
static int list_dir(struct work *w, const char *object, struct strvec *found,
		    struct err *e)
{
	const struct check_target *t = w->run->target;
	const char *slash = strrchr(object, '/');
	_cleanup_free_ char *dir = xmemdupz(object, slash ? (size_t)(slash - object) : 0);
	_cleanup_strvec_ struct strvec names = { 0 };
	_cleanup_free_ char *c = xasprintf("%s/*.c", dir);
	_cleanup_free_ char *h = xasprintf("%s/*.h", dir);
	struct strlist patterns = { 0 };
	int rc;

	vec_push(&patterns, c);
	vec_push(&patterns, h);
	rc = store_paths(w->run->env->store, t->plan->tree, &patterns, &names, e);
	for (size_t i = 0; !rc && i < names.n; i++) {
		if (!strvec_has(found, names.v[i]))
			strvec_push(found, names.v[i]);
	}
	for (size_t i = 0; !rc && i < t->nfiles; i++) {
		const char *path = t->files[i].path;

		if (in_dir(path, dir, strlen(dir)) && is_source(path) &&
		    !strvec_has(found, path))
			strvec_push(found, path);
	}
	vec_release(&patterns);
	return rc;
}

static int gather_dirs(struct work *w, struct err *e)
{
	const struct strlist *objects = &w->run->target->plan->conf->objects;
	_cleanup_strvec_ struct strvec found = { 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < objects->n; i++)
		rc = list_dir(w, objects->v[i], &found, e);
	strvec_sort(&found);
	for (size_t i = 0; !rc && i < found.n; i++) {
		rc = put_file(w, found.v[i], e);
		if (rc == ERR_NOTFOUND) { /* the series deletes it */
			err_clear(e);
			rc = 0;
			continue;
		}
		if (!rc && slice_ends(slice_str(found.v[i]), ".c"))
			strvec_push(&w->files, found.v[i]);
	}
	return rc;
}

struct mention {
	struct work *w;
	regex_t re;
	struct strvec found;
};

static int see_file(void *arg, const char *path, unsigned mode, struct slice data,
		    struct err *e)
{
	struct mention *m = arg;
	_cleanup_free_ char *text = NULL;

	(void)mode;
	(void)e;
	/* Programs of the host: they share words with the kernel and nothing else. */
	if (slice_starts(slice_str(path), "tools/") ||
	    slice_starts(slice_str(path), "scripts/") || memchr(data.p, '\0', data.n))
		return 0;
	text = xmemdupz(data.p, data.n);
	if (!regexec(&m->re, text, 0, NULL, 0))
		strvec_push(&m->found, path);
	return 0;
}

static int compile(regex_t *re, const char *pattern, const char *assert, struct err *e)
{
	int bad = regcomp(re, pattern, REG_EXTENDED | REG_NEWLINE);
	char why[200];

	if (!bad)
		return 0;
	regerror(bad, re, why, sizeof(why));
	return err_set(e, ERR_USAGE,
		       "cannot read the expression '%s' of assertion '%s': %s", pattern,
		       assert, why);
}

/* Files of the whole tree that mention it; the series may add to them. */
static int gather_mentions(struct work *w, struct err *e)
{
	const struct check_target *t = w->run->target;
	struct mention m = { .w = w };
	struct strlist sources = { 0 };
	static const char *const where[] = { "**/*.c", "**/*.h" };
	int rc = compile(&m.re, w->assert->mention, w->assert->name, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(where); i++)
		vec_push(&sources, where[i]);
	rc = store_each(w->run->env->store, t->plan->tree, &sources, 1, see_file, &m, e);
	vec_release(&sources);
	for (size_t i = 0; !rc && i < t->nfiles; i++) {
		if (is_source(t->files[i].path) &&
		    !strvec_has(&m.found, t->files[i].path))
			rc = see_file(&m, t->files[i].path, t->files[i].mode,
				      t->files[i].data, e);
	}
	strvec_sort(&m.found);
	for (size_t i = 0; !rc && i < m.found.n; i++) {
		rc = put_file(w, m.found.v[i], e);
		if (!rc)
			strvec_push(&w->files, m.found.v[i]);
	}
	strvec_release(&m.found);
	regfree(&m.re);
	return rc;
}

static int run_spatch(struct work *w, const char *const *how, struct proc_result *r,
		      struct err *e)
{
	const struct check_env *env = w->run->env;
	_cleanup_free_ char *rule = path_join(env->top, w->assert->rule);
	_cleanup_free_ char *macros =
		w->assert->macros ? path_join(env->top, w->assert->macros) : NULL;
	struct sandbox sb = { .off = env->no_sandbox };
	_cleanup_strvec_ struct strvec argv = { 0 }, full = { 0 };
	struct proc_spec ps = { .timeout_s = check_timeout(w->run, 600),
				.cancel = env->cancel };
	int rc;

	sandbox_add(&sb, w->dir, INSIDE, false);
	sandbox_add(&sb, rule, "/carry/rule.cocci", false);
	if (macros)
		sandbox_add(&sb, macros, "/carry/macros.h", false);
	strvec_push(&argv, "spatch");
	if (macros) {
		strvec_push(&argv, "--macro-file");
		strvec_push(&argv, sandbox_path(&sb, macros));
	}
	strvec_push(&argv, "--no-includes");
	for (; *how; how++)
		strvec_push(&argv,
			    !strcmp(*how, "RULE") ? sandbox_path(&sb, rule) : *how);
	for (size_t i = 0; i < w->files.n; i++)
		strvec_push(&argv, w->files.v[i]);
	sandbox_argv(&sb, INSIDE, (const char *const *)argv.v, &full);
	ps.argv = (const char *const *)full.v;
	ps.dir = sb.off ? w->dir : NULL;
	buf_clear(&w->command);
	proc_quote(&w->command, ps.argv);
	rc = proc_run(&ps, r, e);
	sandbox_release(&sb);
	return rc;
}

/* "nb good = 12,  nb bad = 0": how many lines the parser could not read. */
static long lines_bad(const char *output)
{
	const char *at = strstr(output, "nb bad = ");

	return at ? atol(at + strlen("nb bad = ")) : -1;
}

/* Lines of one source that bind a handler, counted without Coccinelle. */
static int count_bindings(struct work *w, const char *file, size_t *n, struct err *e)
{
	_cleanup_free_ char *path = path_join(w->dir, file);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest, line;
	regex_t re;
	int rc = compile(&re, w->assert->bindings, w->assert->name, e);

	if (rc)
		return rc;
	rc = fsx_read(path, &b, e);
	rest = buf_slice(&b);
	while (!rc && slice_line(&rest, &line)) {
		_cleanup_free_ char *text = xmemdupz(line.p, line.n);

		*n += !regexec(&re, text, 0, NULL, 0);
	}
	regfree(&re);
	return rc;
}

/*
 * A file that was not read whole may hide what the rule looks for, unless it is
 * known to bind nothing and the change is not about it: then it is worth a word,
 * no more.
 */
static int say_half_parsed(struct work *w, const char *file, long bad, struct verdict *v,
			   struct err *e)
{
	size_t bindings = 0;
	bool matters;

	if (w->assert->bindings && count_bindings(w, file, &bindings, e))
		return e->code;
	matters = bindings || !w->assert->bindings ||
		  strlist_has(&w->run->target->plan->conf->files, file);
	finding_add(v, matters ? FINDING_ERROR : FINDING_NOTE, "half-parsed", file, 0,
		    "%s: spatch could not read %ld lines", w->assert->name, bad);
	if (matters)
		verdict_say(v, VERDICT_ERROR, "%s: spatch could not read all of %s",
			    w->assert->name, file);
	return 0;
}

/* Each file alone, so that the one which is not read whole can be named. */
static int check_parsed(struct work *w, struct verdict *v, struct err *e)
{
	const char *how[] = { "--parse-c", NULL };
	struct strvec all = w->files;
	json_t *partly = json_array();
	int rc = 0;

	for (size_t i = 0; !rc && i < all.n; i++) {
		_cleanup_proc_ struct proc_result r = { 0 };
		char *one[] = { all.v[i], NULL };
		long bad;

		w->files = (struct strvec){ one, 1, 2 };
		rc = run_spatch(w, how, &r, e);
		bad = rc ? 0 : lines_bad(buf_str(&r.out));
		if (!bad)
			continue;
		json_array_append_new(partly, json_string(all.v[i]));
		rc = say_half_parsed(w, all.v[i], bad, v, e);
	}
	w->files = all;
	json_object_set_new(v->facts, "half_parsed", partly);
	return rc;
}

static int check_bindings(struct work *w, const json_t *facts, struct verdict *v,
			  struct err *e)
{
	size_t counted = 0, seen = 0, i;
	const json_t *f;

	if (!w->assert->bindings)
		return 0;
	for (i = 0; i < w->files.n; i++) {
		if (count_bindings(w, w->files.v[i], &counted, e))
			return e->code;
	}
	json_array_foreach(facts, i, f)
	{
		const char *kind = json_string_value(json_object_get(f, "kind"));

		seen += kind && !strcmp(kind, "binding");
	}
	json_object_set_new(
		v->facts, "bindings",
		json_pack("{s:i, s:i}", "counted", (int)counted, "seen", (int)seen));
	if (counted != seen)
		verdict_say(v, VERDICT_ERROR,
			    "%s: the sources bind %zu handlers, the rule saw %zu",
			    w->assert->name, counted, seen);
	return 0;
}

static int gather_files(struct work *w, struct err *e)
{
	const struct strlist *files = &w->run->target->plan->conf->files;
	int rc = 0;

	for (size_t i = 0; !rc && i < files->n; i++) {
		rc = put_file(w, files->v[i], e);
		if (!rc)
			strvec_push(&w->files, files->v[i]);
	}
	return rc;
}

static int gather(struct work *w, struct err *e)
{
	switch (w->assert->over) {
	case OVER_MENTION:
		return gather_mentions(w, e);
	case OVER_FILES:
		return gather_files(w, e);
	case OVER_OBJECT_DIRS:
		break;
	}
	return gather_dirs(w, e);
}

/*
 * Where the sources stand: named after the cell's key, so that the command in the
 * evidence can be run again. Gathered aside and renamed; who comes second finds
 * the same files.
 */
static int make_work(struct work *w, struct err *e)
{
	_cleanup_free_ char *parent = path_join(w->run->env->cache, "cocci");
	_cleanup_free_ char *at =
		cache_sources_dir(w->run->env->cache, w->run->cell, w->assert->name);
	int rc = fsx_tmpdir(parent, "new", &w->dir, e);

	if (!rc)
		rc = gather(w, e);
	if (rc)
		return rc;
	if (rename(w->dir, at)) {
		rc = fsx_remove(w->dir, e);
		if (!rc && !fsx_is_dir(at))
			rc = err_set(e, ERR_IO, "cannot make '%s'", at);
	}
	free(w->dir);
	w->dir = TAKE(at);
	return rc;
}

static int ask(struct work *w, struct verdict *v, struct err *e)
{
	const char *how[] = { "--very-quiet", "-D", "report", "--sp-file", "RULE", NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	json_t *facts;
	int rc;

	if (!w->files.n)
		return err_set(e, ERR_TOOL, "assertion '%s' found no file to read",
			       w->assert->name);
	/* Over the whole tree much cannot be parsed: there the rule answers for it. */
	rc = w->assert->over == OVER_MENTION ? 0 : check_parsed(w, v, e);
	if (!rc)
		rc = run_spatch(w, how, &r, e);
	if (rc)
		return rc;
	v->cpu_s += r.cpu_s;
	free(v->command);
	v->command = buf_take(&w->command);
	buf_add_slice(&w->log, buf_slice(&r.out));
	buf_add_slice(&w->log, buf_slice(&r.err));
	if (r.status)
		return err_set(e, ERR_TOOL, "spatch ended with status %d: %.300s",
			       r.status, buf_str(&r.err));
	if (r.truncated)
		return err_set(e, ERR_LIMIT,
			       "the rule of '%s' says more than can be kept",
			       w->assert->name);
	rc = facts_parse(buf_slice(&r.out), &facts, e);
	if (rc)
		return rc;
	json_object_set_new(v->facts, "facts", facts);
	facts_judge(facts, w->assert, &w->run->target->plan->conf->handlers, v);
	return check_bindings(w, facts, v, e);
}

/* spatch's own words for a rule that is not there lead astray. */
static int check_rule(const struct check_run *run, const struct conf_assert *a,
		      struct err *e)
{
	const char *const paths[] = { a->rule, a->macros };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_free_ char *path =
			paths[i] ? path_join(run->env->top, paths[i]) : NULL;

		if (path && !fsx_exists(path))
			return err_set(
				e, ERR_INPUT,
				"%s: assertion '%s' names '%s', which is not there",
				run->env->plan->conf->path, a->name, paths[i]);
	}
	return 0;
}

/* One assertion with facts of its own, joined to the cell's. */
static void check_assert(const struct check_run *run, const struct conf_assert *a,
			 struct buf *log, struct verdict *v)
{
	struct work w = { .run = run, .assert = a };
	json_t *cell_facts = v->facts;
	struct err e = { 0 };

	v->facts = json_object();
	if (check_rule(run, a, &e) || make_work(&w, &e) || ask(&w, v, &e))
		check_broken(v, &e);
	json_object_set_new(cell_facts, a->name, v->facts);
	v->facts = cell_facts;
	buf_add_slice(log, buf_slice(&w.log));
	buf_release(&w.log);
	buf_release(&w.command);
	strvec_release(&w.files);
	free(w.dir);
}

static bool is_asked(const struct conf_assert *a, bool mentions)
{
	return a->rule && (a->over == OVER_MENTION) == mentions;
}

static bool cocci_asked(const struct conf *conf)
{
	vec_each (a, &conf->asserts) {
		if (is_asked(a, false))
			return true;
	}
	return false;
}

static bool premise_asked(const struct conf *conf)
{
	vec_each (a, &conf->asserts) {
		if (is_asked(a, true))
			return true;
	}
	return false;
}

static void run_over(const struct check_run *run, bool mentions, struct verdict *v)
{
	const struct conf *conf = run->env->plan->conf;
	_cleanup_buf_ struct buf log = BUF_INIT;

	vec_each (a, &conf->asserts) {
		if (run->env->cancel && atomic_load(run->env->cancel))
			verdict_say(v, VERDICT_ERROR, "interrupted");
		else if (is_asked(a, mentions))
			check_assert(run, a, &log, v);
	}
	v->log = buf_take(&log);
	verdict_say(v, VERDICT_PASS, "every required property is proven");
}

static void run_cocci(const struct check_run *run, struct verdict *v)
{
	run_over(run, false, v);
}

static void run_premise(const struct check_run *run, struct verdict *v)
{
	run_over(run, true, v);
}

static const char *const tools[] = { "spatch", NULL };

const struct checker checker_cocci = {
	.spec = { .name = "cocci",
		  .usual_s = 10,
		  .version = 2,
		  .scope = SCOPE_TARGET,
		  .inputs = INPUT_CHANGES | INPUT_OBJECTS | INPUT_ASSERTS,
		  .tools = tools,
		  .asked = cocci_asked },
	.run = run_cocci,
	.needs_target = true,
};

const struct checker checker_premise = {
	.spec = { .name = "premise",
		  .usual_s = 10,
		  .version = 1,
		  .scope = SCOPE_TARGET,
		  .inputs = INPUT_CHANGES | INPUT_ASSERTS,
		  .tools = tools,
		  .asked = premise_asked },
	.run = run_premise,
	.needs_target = true,
};
