// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fsx.h"
#include "base/plural.h"
#include "cmd/commands.h"
#include "cmd/project.h"
#include "engine/tree_apply.h"
#include "store/base.h"

static void show_hunks(FILE *out, const struct patch_outcome *p)
{
	for (uint32_t i = 0; p->changes && i < p->patch->nchanges; i++) {
		const struct change_outcome *c = &p->changes[i];

		for (uint32_t k = 0; k < c->change->nhunks; k++) {
			const struct hunk_outcome *h = &c->hunks[k];

			fprintf(out, "  %.*s: hunk %u: %s", SLICE_ARG(c->path), k + 1,
				hunk_fate_name(h->fate));
			if (h->line)
				fprintf(out, " at line %u", h->line);
			if (h->offset)
				fprintf(out, ", offset %d", h->offset);
			if (h->fuzz)
				fprintf(out, ", fuzz %u", h->fuzz);
			fputc('\n', out);
		}
	}
}

static int show(struct cmd_env *env, const struct plan_target *t, const struct apply_result *r,
		const char *tree)
{
	const struct variant_series *s = t->variant;
	_cleanup_buf_ struct buf why = BUF_INIT;

	fprintf(env->out, "%s on %s\n", t->conf->name, t->provenance);
	for (size_t i = 0; i < r->npatches; i++) {
		fprintf(env->out, "  %s: %s\n", s->series->entries.v[i].name,
			apply_answer_name(r->patches[i].answer));
		if (env->verbosity > 0)
			show_hunks(env->out, &r->patches[i]);
		apply_explain(&r->patches[i], &why);
	}
	fputs(buf_str(&why), env->out);
	if (r->done != r->npatches)
		return CMD_FINDINGS;
	fprintf(env->out, "  tree %s\n", tree);
	return 0;
}

static bool has_series(const struct cmd_env *env, const struct plan_target *t)
{
	_cleanup_free_ char *dir = path_join(env->top, t->conf->series);
	_cleanup_free_ char *file = path_join(dir, "series");

	return fsx_exists(file);
}

static int apply_target(struct cmd_env *env, struct store *store,
			const struct plan_target *t, struct err *e)
{
	struct apply_policy policy = APPLY_POLICY_INIT;
	struct apply_result *r = NULL;
	char tree[OID_HEX];
	int rc;

	if (!t->variant && !t->tree && !t->conf->required && !has_series(env, t)) {
		fprintf(env->out, "%s: skipped: %s (it has no series yet)\n", t->conf->name,
			t->reason);
		return 0;
	}
	if (!t->variant)
		return err_set(e, ERR_INPUT, "%s", t->variant_reason);
	if (!t->tree) {
		fprintf(env->out, "%s: skipped: %s (its series can be read: %zu %s)\n",
			t->conf->name, t->reason, t->variant->n,
			plural(t->variant->n, "patch", "patches"));
		return t->conf->required ? err_set(e, ERR_UNAVAILABLE, "%s", t->reason)
					 : 0;
	}
	policy.threads = env->jobs;
	rc = tree_apply(store, t->tree, (const struct patch *const *)t->variant->patches,
			t->variant->reverse, t->variant->n, &policy, &r, tree, e);
	if (!rc)
		rc = show(env, t, r, tree);
	apply_result_free(r);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct filter_opts none = { 0 };
	struct plan_filter filter;
	struct store *store = NULL;
	struct project p;
	int rc;

	(void)values;
	filter_make(env, &none, &filter);
	rc = project_open(env, &filter, &p, e);
	if (!rc)
		rc = store_open(env->cache, &store, e);
	if (!rc) {
		vec_each (t, &p.plan.targets) {
			struct err one = { 0 };
			int got;

			if (!strlist_allows(&filter.targets, t->conf->name))
				continue;
			got = apply_target(env, store, t, &one);
			if (got < 0 && !e->code)
				*e = one;
			rc = worse_result(rc, got);
		}
	}
	store_close(store);
	project_release(&p);
	filter_release(&filter);
	return rc;
}

const struct cmd cmd_apply = {
	.name = "apply",
	.summary = "apply each target's series to its base in memory and say how it fits",
	.usage = "[TARGET...]",
	.habits = HABIT_JOBS,
	.place = PLACE_REPO,
	.max_args = ARGS_ANY,
	.args = HINT_TARGET,
	.run = run,
};
