// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/project.h"

#include "check/check.h"
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

static bool is_check(const char *name)
{
	for (size_t i = 0; i < ncheckers; i++) {
		if (!strcmp(checkers[i]->spec.name, name))
			return true;
	}
	return false;
}

/* A filter that names what does not exist would quietly verify nothing. */
static int check_filter(const struct conf *c, const struct plan_filter *f, struct err *e)
{
	for (size_t i = 0; i < f->targets.n; i++) {
		if (!conf_target(c, f->targets.v[i]))
			return err_set(e, ERR_USAGE, "%s has no target '%s'", c->path,
				       f->targets.v[i]);
	}
	for (size_t i = 0; i < f->checks.n; i++) {
		if (!is_check(f->checks.v[i]))
			return err_set(e, ERR_USAGE, "there is no check '%s'",
				       f->checks.v[i]);
	}
	for (size_t i = 0; i < f->archs.n; i++) {
		if (!conf_arch(c, f->archs.v[i]))
			return err_set(e, ERR_USAGE, "%s has no arch '%s'", c->path,
				       f->archs.v[i]);
	}
	for (size_t i = 0; i < f->toolchains.n; i++) {
		if (!conf_toolchain(c, f->toolchains.v[i]))
			return err_set(e, ERR_USAGE, "%s has no toolchain '%s'", c->path,
				       f->toolchains.v[i]);
	}
	for (size_t i = 0; i < f->configs.n; i++) {
		if (!conf_config(c, f->configs.v[i]))
			return err_set(e, ERR_USAGE, "%s has no config '%s'", c->path,
				       f->configs.v[i]);
	}
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

	*p = (struct project){ 0 };
	BUG_ON(ncheckers > ARRAY_SIZE(specs));
	for (size_t i = 0; i < ncheckers; i++)
		specs[i] = &checkers[i]->spec;
	if (conf_read(env->conf, &p->conf, e) || check_filter(p->conf, filter, e) ||
	    toolbox_open(env->cache, &p->tools, e) ||
	    evidence_open(env->state, env->cache, &p->evidence, e))
		return e->code;
	p->plan.conf = p->conf;
	vec_each (t, &p->conf->targets) {
		bool named = filter->targets.n && strlist_has(&filter->targets, t->name);

		if (named || (!filter->targets.n && !t->retired) ||
		    !strcmp(t->name, p->conf->newest))
			add_target(env, p, t);
	}
	plan_make(&p->plan, env->top, specs, ncheckers, filter, p->tools);
	return toolbox_save(p->tools, e);
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
