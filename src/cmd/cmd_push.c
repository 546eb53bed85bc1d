// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"
#include "cmd/quiltrc.h"
#include "cmd/stack.h"

struct push_values {
	bool all, force, again;
	const char *fuzz;
	int backup;
	const char *backup_count;
};

static const char *const backup_words[] = { "always", "onfail", "never", NULL };

#define BACKUP_COUNT_DEFAULT 100 /* as rapidquilt */

static const struct opt options[] = {
	OPT_FLAG('a', "all", struct push_values, all, "push all patches of the series"),
	OPT_FLAG(0, "again", struct push_values, again,
		 "push anew what was edited since, and what depends on it"),
	OPT_FLAG('f', "force", struct push_values, force,
		 "apply what fits of a patch, and leave the rest in .rej files"),
	OPT_STRING('F', "fuzz", "N", HINT_NONE, struct push_values, fuzz,
		   "lines of context that may be ignored (default: 2, as patch)"),
	OPT_CHOICE('b', "backup", "WHEN", backup_words, struct push_values, backup,
		   "keep what pop needs: always, onfail or never (default: always)"),
	OPT_STRING('B', "backup-count", "N", HINT_NONE, struct push_values, backup_count,
		   "with onfail: of that many last patches, or all (default: 100)"),
	OPT_END,
};

static void show_hunks(FILE *out, const struct change_outcome *c, const char *name)
{
	fprintf(out, "patching file %.*s\n", SLICE_ARG(c->path));
	for (uint32_t k = 0; k < c->change->nhunks; k++) {
		const struct hunk_outcome *h = &c->hunks[k];

		if (!h->offset && !h->fuzz)
			continue;
		fprintf(out, "hunk %u (%s:%u) fits at line %u", k + 1, name,
			c->change->hunks[k].line, h->line);
		if (h->offset)
			fprintf(out, ", offset %d", h->offset);
		if (h->fuzz)
			fprintf(out, ", fuzz %u", h->fuzz);
		fputc('\n', out);
	}
}

static bool is_plain(const struct change_outcome *c)
{
	for (uint32_t k = 0; k < c->change->nhunks; k++) {
		if (c->hunks[k].offset || c->hunks[k].fuzz)
			return false;
	}
	return true;
}

static void show_pushed(struct cmd_env *env, const struct push *p)
{
	for (size_t i = 0; i < p->done && env->verbosity >= 0; i++) {
		const struct patch_outcome *o = &p->result->patches[i];

		fprintf(env->out, "applying %s%s\n", o->patch->name,
			o->patch->nchanges ? "" : ", which is empty");
		for (uint32_t k = 0; k < o->patch->nchanges; k++) {
			if (env->verbosity > 0 || !is_plain(&o->changes[k]))
				show_hunks(env->out, &o->changes[k], o->patch->name);
		}
	}
}

/* The patches that changed the file before: where a person looks first. */
static void show_last_touch(struct cmd_env *env, const struct push *p,
			    const struct patch_outcome *o)
{
	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		const struct change_outcome *c = &o->changes[i];

		if (c->answer == ANSWER_APPLIES)
			continue;
		if (c->last_patch >= 0)
			fprintf(env->out, "%.*s: last changed by %s\n", SLICE_ARG(c->path),
				p->patches[c->last_patch]->name);
	}
}

static int show_failed(struct cmd_env *env, const struct quilt *q, const struct push *p,
		       struct err *e)
{
	const struct patch_outcome *o = &p->result->patches[p->done];
	_cleanup_buf_ struct buf why = BUF_INIT;

	apply_explain(o, &why);
	fprintf(env->out, "applying %s\n%s", o->patch->name, buf_str(&why));
	show_last_touch(env, p, o);
	for (size_t i = 0; i < p->rejects.n; i++)
		fprintf(env->out, "rejects in %s\n", p->rejects.v[i]);
	if (p->forced)
		return err_set(e, ERR_CONFLICT,
			       "'%s' was forced and has to be refreshed ('quilt refresh' once "
			       "the rejects are worked in)",
			       o->patch->name);
	if (o->answer == ANSWER_ALREADY)
		return err_set(e, ERR_CONFLICT,
			       "'%s' is there already: it can be applied in reverse (drop it "
			       "from %s)",
			       o->patch->name, q->series_path);
	return err_set(e, ERR_CONFLICT,
		       "'%s' does not apply ('carry push -f' applies what fits)",
		       o->patch->name);
}

static int show(struct cmd_env *env, const struct quilt *q, const struct push *p,
		struct err *e)
{
	size_t done = p->done + p->forced;
	_cleanup_free_ char *top = !done ? NULL
				   : env->dry_run
					   ? xstrdup(p->patches[done - 1]->name)
					   : quilt_patch_path(q, quilt_top(q));
	int rc = 0;

	if (p->result)
		show_pushed(env, p);
	if (p->result && p->done < p->n)
		rc = show_failed(env, q, p, e);
	if (top)
		fprintf(env->out, "%s %s\n", env->dry_run ? "would be at" : "now at", top);
	return rc;
}

/* How many patches an argument asks for. */
static int want(struct quilt *q, struct cmd_env *env, bool all, size_t *count,
		struct err *e)
{
	size_t left = q->series->entries.n - q->applied.n, index;
	int rc;

	*count = all ? left : 1;
	if (env->argc && all)
		return err_set(e, ERR_USAGE, "--all and '%s' exclude each other",
			       env->argv[0]);
	if (env->argc && !stack_count(env->argv[0], count)) {
		rc = quilt_find(q, env->argv[0], &index, e);
		if (rc)
			return rc;
		if (index < q->applied.n)
			return stack_nothing(e, "'%s' is applied", env->argv[0]);
		*count = index + 1 - q->applied.n;
	}
	if (!q->series->entries.n)
		return stack_nothing(e, "there is no patch in %s", q->series_path);
	if (!left)
		return stack_nothing(e, "all patches of %s are applied, up to '%s'",
				     q->series_path, quilt_top(q));
	*count = *count < left ? *count : left;
	return *count ? 0 : stack_nothing(e, "no patch to push");
}

static int read_options(const struct push_values *v, struct push_options *o,
			struct err *e)
{
	size_t fuzz = PATCH_FUZZ;
	int rc = quiltrc_options(&fuzz, e);

	if (rc)
		return rc;
	o->force = v->force;
	o->backup = (enum backup_policy)v->backup;
	o->backup_count = BACKUP_COUNT_DEFAULT;
	if (v->fuzz && !stack_count(v->fuzz, &fuzz))
		return err_set(e, ERR_USAGE, "cannot read the fuzz '%s': no number", v->fuzz);
	o->fuzz = (unsigned)fuzz;
	if (v->backup_count && !strcmp(v->backup_count, "all"))
		o->backup_count = SIZE_MAX;
	else if (v->backup_count && !stack_count(v->backup_count, &o->backup_count))
		return err_set(e, ERR_USAGE, "cannot read the backup count '%s'",
			       v->backup_count);
	return 0;
}

static int push(struct cmd_env *env, struct quilt *q, const struct push_values *v,
		struct err *e)
{
	struct push_options o = { .dry_run = env->dry_run,
				  .threads = env->jobs,
				  .cancel = env->cancel };
	struct push p = { 0 };
	int shown = 0, rc = read_options(v, &o, e);

	if (!rc)
		rc = want(q, env, v->all, &o.count, e);
	if (rc)
		return rc;
	if (quilt_needs_refresh(q))
		return err_set(e, ERR_CONFLICT,
			       "'%s' was forced and waits to be refreshed ('quilt refresh', "
			       "or 'carry pop -f' throws it away)",
			       quilt_top(q));
	rc = quilt_push(q, &o, &p, e);
	if (p.result)
		shown = show(env, q, &p, e);
	push_release(&p);
	return worse_result(rc, shown);
}

/* Up to the last patch of the series that is applied, or the last one at all. */
static size_t again_count(const struct quilt *q, bool all)
{
	size_t n = q->series->entries.n;

	while (n && !all && !strvec_has(&q->applied, q->series->entries.v[n - 1].name))
		n--;
	return n;
}

static int again_options(struct cmd_env *env, const struct push_values *v, struct err *e)
{
	if (env->argc || v->force || v->backup || env->dry_run)
		return err_set(e, ERR_USAGE,
			       "--again pushes what is applied, or with -a all, with full "
			       "backups: no patch, -f, -b or -n beside it");
	return 0;
}

static int push_again(struct cmd_env *env, struct quilt *q, const struct push_values *v,
		      struct err *e)
{
	struct push_options o = { .threads = env->jobs, .cancel = env->cancel };
	struct push p = { 0 };
	int shown = 0, rc = read_options(v, &o, e);

	if (!rc)
		rc = quilt_begin(q, e);
	if (!rc && !q->series)
		rc = quilt_check(q, e);
	if (rc)
		return rc;
	o.count = again_count(q, v->all);
	rc = quilt_push_again(q, &o, &p, e);
	if (p.result)
		shown = show(env, q, &p, e);
	else if (!rc)
		fprintf(env->out, "%s\n",
			q->applied.n ? "nothing was edited" : "no patch is applied");
	push_release(&p);
	return worse_result(rc, shown);
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct push_values *v = values;
	struct quilt q;
	int rc = v->again ? again_options(env, v, e) : 0;

	if (rc)
		return rc;
	quiltrc_warn(env->sink);
	rc = quilt_open(&q, e);
	if (!rc && v->again) {
		rc = push_again(env, &q, v, e);
		quilt_release(&q);
		return rc;
	}

	if (!rc && q.torn && !env->dry_run)
		rc = quilt_begin(&q, e);
	if (!rc)
		rc = quilt_check(&q, e);
	if (!rc)
		rc = push(env, &q, v, e);
	quilt_release(&q);
	return rc;
}

const struct cmd cmd_push = {
	.name = "push",
	.summary = "apply the next patches of a quilt series to the sources",
	.usage = "[-a | N | PATCH]",
	.options = options,
	.values_size = sizeof(struct push_values),
	.habits = HABIT_DRY_RUN | HABIT_JOBS,
	.place = PLACE_ANYWHERE,
	.max_args = 1,
	.run = run,
};
