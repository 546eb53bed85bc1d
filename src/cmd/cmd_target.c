// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>

#include "cmd/commands.h"
#include "cmd/project.h"
#include "store/conf.h"
#include "store/target_edit.h"

static const char *state_of(const struct conf_target *t)
{
	return t->retired ? "retired" : t->required ? "required" : "optional";
}

static const char *rank_of(const struct conf *c, const struct conf_target *t)
{
	return strcmp(t->name, c->newest) ? "-" : "newest";
}

static char *source_text(const struct conf_source *s)
{
	static const char *const kinds[] = { "debian", "git", "tarball", "dir" };

	return xasprintf("%s %s%s%s%s%s", kinds[s->kind], s->where, s->ref ? " " : "",
			 s->ref ? s->ref : "", s->sha256 ? " sha256:" : "",
			 s->sha256 ? s->sha256 : "");
}

static void list_porcelain(struct cmd_env *env, const struct conf *c)
{
	vec_each (t, &c->targets)
		fprintf(env->out, "%s\t%s\t%s\t%s\n", t->name, state_of(t), rank_of(c, t),
			t->series);
}

static void list_text(struct cmd_env *env, const struct conf *c)
{
	vec_each (t, &c->targets) {
		_cleanup_free_ char *source =
			t->sources.n ? source_text(&t->sources.v[0]) : xstrdup("");

		fprintf(env->out, "%-10s %-8s  %-18s %s\n", t->name,
			strcmp(t->name, c->newest) ? state_of(t) : "newest", t->series,
			source);
	}
}

static json_t *target_json(const struct conf *c, const struct conf_target *t)
{
	json_t *sources = json_array();

	vec_each (s, &t->sources) {
		_cleanup_free_ char *text = source_text(s);

		json_array_append_new(sources, json_string(text));
	}
	return json_pack("{s:s, s:s, s:b, s:b, s:b, s:o}", "name", t->name, "series",
			 t->series, "newest", !strcmp(t->name, c->newest), "required",
			 t->required, "retired", t->retired, "sources", sources);
}

static void list_json(struct cmd_env *env, const struct conf *c)
{
	json_t *targets = json_array(), *doc;

	vec_each (t, &c->targets)
		json_array_append_new(targets, target_json(c, t));
	doc = json_pack("{s:s, s:o}", "schema", "carry.targets/1", "targets", targets);
	BUG_ON(!doc);
	json_dumpf(doc, env->out, JSON_INDENT(2));
	fputc('\n', env->out);
	json_decref(doc);
}

static int run_list(struct cmd_env *env, const void *values, struct err *e)
{
	struct conf *c = NULL;
	int rc = conf_read(env->conf, &c, e);

	(void)values;
	if (rc)
		return rc;
	if (env->json)
		list_json(env, c);
	else if (env->porcelain)
		list_porcelain(env, c);
	else
		list_text(env, c);
	conf_free(c);
	return 0;
}

/* The message of @e, that there is no target @name, with the one that was meant. */
static void hint_at(const struct cmd_env *env, const char *name, struct err *e)
{
	const struct conf_target *t;
	struct conf *c = NULL;
	struct err better;

	if (!name || conf_read(env->conf, &c, &better))
		return;
	if (project_target(c, name, &t, &better))
		*e = better;
	conf_free(c);
}

/*
 * Makes what was planned, or only says so for a dry run. @named is the target that
 * must be there, or NULL.
 */
static int make(struct cmd_env *env, struct target_change *change, const char *named,
		int rc, struct err *e)
{
	if (rc == ERR_NOTFOUND)
		hint_at(env, named, e);
	/* A name that is not there, or there already, is a mistake of the command line.
	 */
	if (rc == ERR_NOTFOUND || rc == ERR_EXISTS)
		rc = e->code = ERR_USAGE;
	if (!rc && !env->dry_run)
		rc = target_change_apply(env->top, change, e);
	vec_each (step, &change->steps) {
		if (!rc && env->verbosity >= 0)
			fprintf(env->out, "%s\n", *step);
	}
	target_change_release(change);
	return rc;
}

struct values {
	struct strvec sources;
	const char *like;
	bool required;
};

static int run_add(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct target_edit t = { env->argv[0], &v->sources, v->like, v->required };
	struct target_change change;

	return make(env, &change, v->like, target_plan_add(env->top, &t, &change, e), e);
}

static int run_promote(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct target_edit t = { env->argv[0], &v->sources, NULL, v->required };
	struct target_change change;

	return make(env, &change, NULL, target_plan_promote(env->top, &t, &change, e), e);
}

static int run_retire(struct cmd_env *env, const void *values, struct err *e)
{
	struct target_change change;

	(void)values;
	return make(env, &change, env->argv[0],
		    target_plan_retire(env->top, env->argv[0], &change, e), e);
}

#define SOURCE                                                                           \
	OPT_LIST('s', "source", "SOURCE", HINT_NONE, struct values, sources,             \
		 "where its tree can be had; often: best first")
#define REQUIRED                                                                         \
	OPT_FLAG(0, "required", struct values, required,                                 \
		 "a cell of it without a verdict is an error")

static const struct opt add_options[] = {
	SOURCE,
	OPT_STRING('l', "like", "TARGET", HINT_TARGET, struct values, like,
		   "take over the keys and the series of TARGET (default: the newest)"),
	REQUIRED,
	OPT_END,
};

static const struct opt promote_options[] = {
	SOURCE,
	REQUIRED,
	OPT_END,
};

static const struct cmd target_list = {
	.name = "list",
	.summary = "show the lines and where their trees come from",
	.usage = "[--json | --porcelain]",
	.habits = HABIT_JSON | HABIT_PORCELAIN,
	.place = PLACE_REPO,
	.run = run_list,
};

static const struct cmd target_add = {
	.name = "add",
	.summary = "take a further line into the matrix",
	.usage = "[options] --source=SOURCE NAME",
	.options = add_options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.min_args = 1,
	.max_args = 1,
	.run = run_add,
};

static const struct cmd target_promote = {
	.name = "promote",
	.summary = "make a line the newest one, and keep the old newest",
	.usage = "[options] NAME",
	.options = promote_options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.min_args = 1,
	.max_args = 1,
	.args = HINT_TARGET,
	.run = run_promote,
};

static const struct cmd target_retire = {
	.name = "retire",
	.summary = "take a line at its end of life out of the matrix",
	.usage = "[-n] NAME",
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.min_args = 1,
	.max_args = 1,
	.args = HINT_TARGET,
	.run = run_retire,
};

static const struct cmd *const subs[] = {
	&target_list, &target_add, &target_promote, &target_retire, NULL,
};

const struct cmd cmd_target = {
	.name = "target",
	.summary = "the kernel lines: list, add, promote, retire",
	.usage = "COMMAND",
	.subs = subs,
};
