// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>

#include "cmd/commands.h"
#include "cmd/project.h"
#include "store/fetch.h"

/* What became of one target. */
struct outcome {
	const struct conf_target *t;
	struct base *base; /* what serves now, or NULL */
	bool moved;
	char *reason; /* why nothing newer could be had, or NULL */
};

struct work {
	struct cmd_env *env;
	struct conf *conf;
	struct store *store;
	struct fetch *fetch;
	VEC(struct outcome) outcomes;
};

static void work_release(struct work *w)
{
	vec_each (o, &w->outcomes) {
		base_free(o->base);
		free(o->reason);
	}
	vec_release(&w->outcomes);
	fetch_close(w->fetch);
	store_close(w->store);
	conf_free(w->conf);
}

/* The targets that were named, or all that are not retired. */
static int choose(struct work *w, struct err *e)
{
	const struct cmd_env *env = w->env;
	struct strlist wanted = { (const char **)env->argv, env->argc, env->argc };

	if (project_check_targets(w->conf, &wanted, e))
		return e->code;
	for (size_t i = 0; i < env->argc; i++) {
		struct outcome o = { .t = conf_target(w->conf, env->argv[i]) };

		vec_push(&w->outcomes, o);
	}
	if (env->argc)
		return 0;
	vec_each (t, &w->conf->targets) {
		struct outcome o = { .t = t };

		if (!t->retired)
			vec_push(&w->outcomes, o);
	}
	return 0;
}

/* Without its source, what is in the store still serves. */
static int fetch_one(struct work *w, struct outcome *o, struct err *e)
{
	int rc = fetch_target(w->fetch, o->t, &o->base, &o->moved, e);
	struct err none;

	if (rc != ERR_UNAVAILABLE)
		return rc;
	o->reason = xstrdup(e->msg);
	err_clear(e);
	if (!base_load(w->env->cache, o->t->name, &o->base, &none))
		return 0;
	o->base = NULL;
	return base_save_reason(w->env->cache, o->t->name, o->reason, e);
}

static void show_text(const struct cmd_env *env, const struct outcome *o)
{
	fprintf(env->out, "%-10s ", o->t->name);
	if (!o->base)
		fprintf(env->out, "none: %s\n", o->reason);
	else if (o->reason)
		fprintf(env->out, "%s, kept: %s\n", o->base->provenance, o->reason);
	else if (!o->moved)
		fprintf(env->out, "%s, as before\n", o->base->provenance);
	else if (o->base->was)
		fprintf(env->out, "%s, was %s\n", o->base->provenance, o->base->was);
	else
		fprintf(env->out, "%s, new\n", o->base->provenance);
	fflush(env->out);
}

static const char *state_of(const struct outcome *o)
{
	if (!o->base)
		return "none";
	return o->reason ? "kept" : o->moved ? "moved" : "same";
}

static void show_porcelain(const struct cmd_env *env, const struct outcome *o)
{
	fprintf(env->out, "%s\t%s\t%s\t%s\n", o->t->name, state_of(o),
		o->base ? o->base->tree : "-", o->base ? o->base->provenance : "-");
}

static void show_json(const struct work *w)
{
	json_t *targets = json_array(), *doc;

	vec_each (o, &w->outcomes) {
		const struct base *b = o->base;
		json_t *base = b ? json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s?}", "tree",
					     b->tree, "provenance", b->provenance,
					     "source", b->source, "kernel", b->kernel,
					     "fetched", b->fetched, "was", b->was)
				 : json_null();

		json_array_append_new(targets,
				      json_pack("{s:s, s:s, s:o, s:s?}", "name",
						o->t->name, "state", state_of(o), "base",
						base, "reason", o->reason));
	}
	doc = json_pack("{s:s, s:o}", "schema", "carry.fetch/1", "targets", targets);
	BUG_ON(!doc);
	json_dumpf(doc, w->env->out, JSON_INDENT(2));
	fputc('\n', w->env->out);
	json_decref(doc);
}

/* What was asked for by name, or is required, and has no base at all. */
static int missing(const struct work *w, struct err *e)
{
	vec_each (o, &w->outcomes) {
		if (!o->base && (w->env->argc || o->t->required))
			return err_set(e, ERR_UNAVAILABLE, "%s", o->reason);
	}
	return 0;
}

static int fetch_all(struct work *w, struct err *e)
{
	const struct cmd_env *env = w->env;
	int rc = 0;

	vec_each (o, &w->outcomes) {
		if (rc)
			break;
		rc = fetch_one(w, o, e);
		if (!rc && env->porcelain)
			show_porcelain(env, o);
		else if (!rc && !env->json)
			show_text(env, o);
	}
	if (!rc && env->json)
		show_json(w);
	return rc ? rc : missing(w, e);
}

static int run_fetch(struct cmd_env *env, const void *values, struct err *e)
{
	_cleanup_(work_release) struct work w = { .env = env };
	struct fetch_opts o = { env->sink, env->cancel };
	int rc = conf_read(env->conf, &w.conf, e);

	(void)values;
	if (!rc)
		rc = choose(&w, e);
	if (!rc)
		rc = store_open(env->cache, &w.store, e);
	if (!rc)
		rc = fetch_open(w.store, w.conf, &o, &w.fetch, e);
	return rc ? rc : fetch_all(&w, e);
}

const struct cmd cmd_fetch = {
	.name = "fetch",
	.summary = "obtain the newest kernel trees, and say what moved",
	.usage = "[--json | --porcelain] [TARGET...]",
	.habits = HABIT_JSON | HABIT_PORCELAIN,
	.place = PLACE_REPO,
	.max_args = ARGS_ANY,
	.args = HINT_TARGET,
	.run = run_fetch,
};
