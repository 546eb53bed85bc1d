// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/project.h"

#include "check/check.h"
#include "cmd/nearest.h"
#include "store/base.h"

static void push_all(struct strlist *to, char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vec_push(to, v[i]);
}

void filter_make(const struct cmd_env *env, const struct filter_opts *o,
		 struct plan_filter *filter)
{
	*filter = (struct plan_filter){ 0 };
	for (size_t i = 0; i < env->argc; i++)
		vec_push(&filter->targets, env->argv[i]);
	push_all(&filter->checks, o->checks.v, o->checks.n);
	push_all(&filter->archs, o->archs.v, o->archs.n);
	push_all(&filter->toolchains, o->toolchains.v, o->toolchains.n);
	push_all(&filter->configs, o->configs.v, o->configs.n);
}

void filter_release(struct plan_filter *filter)
{
	vec_release(&filter->targets);
	vec_release(&filter->checks);
	vec_release(&filter->archs);
	vec_release(&filter->toolchains);
	vec_release(&filter->configs);
}

/* Each of @wanted must be one of @names, which are the @kind that @where has. */
static int check_names(const struct strlist *wanted, const struct strvec *names,
		       const char *where, const char *kind, struct err *e)
{
	for (size_t i = 0; i < wanted->n; i++) {
		_cleanup_free_ char *hint = NULL;

		if (strvec_has(names, wanted->v[i]))
			continue;
		hint = word_hint(wanted->v[i], names);
		return err_set(e, ERR_USAGE, "%s no %s '%s'%s", where, kind, wanted->v[i],
			       hint);
	}
	return 0;
}

int project_check_targets(const struct conf *c, const struct strlist *wanted,
			  struct err *e)
{
	_cleanup_free_ char *where = xasprintf("%s has", c->path);
	_cleanup_strvec_ struct strvec names = { 0 };

	vec_each (t, &c->targets)
		strvec_push(&names, t->name);
	return check_names(wanted, &names, where, "target", e);
}

int project_target(const struct conf *c, const char *name, const struct conf_target **out,
		   struct err *e)
{
	struct strlist wanted = { 0 };
	int rc;

	vec_push(&wanted, name);
	rc = project_check_targets(c, &wanted, e);
	vec_release(&wanted);
	if (!rc)
		*out = conf_target(c, name);
	return rc;
}

/* A filter that names what does not exist would quietly verify nothing. */
static int check_filter(const struct conf *c, const struct plan_filter *f, struct err *e)
{
	_cleanup_strvec_ struct strvec checks = { 0 }, archs = { 0 }, configs = { 0 };
	_cleanup_strvec_ struct strvec toolchains = { 0 };
	_cleanup_free_ char *where = xasprintf("%s has", c->path);

	for (size_t i = 0; i < ncheckers; i++)
		strvec_push(&checks, checkers[i]->spec.name);
	vec_each (a, &c->archs)
		strvec_push(&archs, a->name);
	vec_each (t, &c->toolchains)
		strvec_push(&toolchains, t->name);
	vec_each (k, &c->configs)
		strvec_push(&configs, k->name);
	vec_each (rt, &c->runtimes)
		strvec_push(&configs, rt->name);
	if (project_check_targets(c, &f->targets, e) ||
	    check_names(&f->checks, &checks, "there is", "check", e) ||
	    check_names(&f->archs, &archs, where, "arch", e) ||
	    check_names(&f->toolchains, &toolchains, where, "toolchain", e) ||
	    check_names(&f->configs, &configs, where, "config", e))
		return e->code;
	return 0;
}

static void add_target(struct cmd_env *env, struct project *p,
		       const struct conf_target *t)
{
	struct plan_target pt = { .conf = t };
	struct variant_series *v = NULL;
	struct base *base = NULL;
	struct err e = { 0 };

	if (!base_load(env->cache, t->name, &base, &e)) {
		pt.tree = base->tree;
		pt.provenance = base->provenance;
	} else {
		base = NULL;
		pt.reason = arena_strdup(&p->arena, e.msg);
	}
	err_clear(&e);
	if (variant_load(env->top, t, &v, &e))
		pt.variant_reason = arena_strdup(&p->arena, e.msg);
	pt.variant = v;
	vec_push(&p->bases, base);
	vec_push(&p->variants, v);
	vec_push(&p->fetched, base ? base->fetched : NULL);
	vec_push(&p->plan.targets, pt);
}

int project_open(struct cmd_env *env, const struct plan_filter *filter, struct project *p,
		 struct err *e)
{
	const struct check_spec *specs[32];
	struct err unkept = { 0 };

	*p = (struct project){ 0 };
	BUG_ON(ncheckers > ARRAY_SIZE(specs));
	for (size_t i = 0; i < ncheckers; i++)
		specs[i] = &checkers[i]->spec;
	if (conf_read(env->conf, &p->conf, e) || check_filter(p->conf, filter, e) ||
	    evidence_open(env->state, env->cache, &p->evidence, e))
		return e->code;
	p->plan.conf = p->conf;
	p->tools = toolbox_open(env->cache);
	vec_each (t, &p->conf->targets) {
		bool named = filter->targets.n && strlist_has(&filter->targets, t->name);

		if (named || (!filter->targets.n && !t->retired) ||
		    !strcmp(t->name, p->conf->newest))
			add_target(env, p, t);
	}
	plan_make(&p->plan, env->top, specs, ncheckers, filter, p->tools);
	/* What cannot be kept is found out again. */
	if (toolbox_save(p->tools, &unkept))
		log_msg(env->sink, LOG_DEBUG, "%s", unkept.msg);
	return 0;
}

/* What a cell of a check that runs only when asked must have to be shown. */
struct asked {
	struct project *project;
	const struct strlist *named;
	struct err err; /* of the first look-up that failed */
};

static bool was_asked(void *arg, const struct cell *c)
{
	struct asked *a = arg;
	const struct conf_check *cc = conf_check(a->project->conf, c->spec->name);
	json_t *doc = NULL;
	struct err e = { 0 };
	bool seen;

	if (!cc || cc->when != CHECK_ASKED || strlist_has(a->named, c->spec->name))
		return true;
	if (evidence_by_cell(a->project->evidence, c->id, &doc, &e) && !a->err.code)
		a->err = e;
	seen = doc != NULL;
	json_decref(doc);
	return seen;
}

int project_open_seen(struct cmd_env *env, const struct plan_filter *filter,
		      struct project *p, struct err *e)
{
	struct asked a = { .project = p, .named = &filter->checks };
	struct plan_filter with = *filter;
	int rc;

	with.unasked = true;
	rc = project_open(env, &with, p, e);
	if (rc)
		return rc;
	plan_keep(&p->plan, was_asked, &a);
	if (a.err.code)
		*e = a.err;
	return a.err.code;
}

void project_release(struct project *p)
{
	if (!p)
		return;
	plan_release(&p->plan);
	vec_each (b, &p->bases)
		base_free(*b);
	vec_each (v, &p->variants)
		variant_free(*v);
	vec_release(&p->bases);
	vec_release(&p->variants);
	vec_release(&p->fetched);
	evidence_close(p->evidence);
	toolbox_free(p->tools);
	conf_free(p->conf);
	arena_release(&p->arena);
}

int project_model(const struct project *p, size_t max_log, json_t **model, struct err *e)
{
	struct model_opts opts = { .version = CARRY_VERSION,
				   .max_log = max_log,
				   .fetched = p->fetched.v };

	return model_make(&p->plan, p->evidence, &opts, model, e);
}
