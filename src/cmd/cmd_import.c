// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fsx.h"
#include "base/plural.h"
#include "cmd/commands.h"
#include "engine/tree_source.h"
#include "engine/variant.h"
#include "exchange/import.h"
#include "exchange/import_source.h"
#include "exchange/sent.h"
#include "report/show.h"
#include "store/base.h"

enum from { FROM_MAIL, FROM_GIT, FROM_B4, FROM_QUILT };

static const char *const from_words[] = { "mail", "git", "b4", "quilt", NULL };

struct values {
	int from;
	const char *repo, *message_id;
	unsigned revision;
	bool partial, replace, no_cover;
};

/* One run: what is asked, and where it is to go. */
struct job {
	struct cmd_env *env;
	const struct values *v;
	const struct conf_target *target;
	const char *const *sources;
	size_t nsources;
	char *dir;  /* of the target's series */
	char *work; /* scratch, */
	struct fsx_lock held; /* and that we work in it */
	struct mailbox box;
	struct mailbox letter; /* a cover that does not come as one of the mails */
	struct mail_series picked;
	struct import plan;
};

/* The first argument is the target when carry.conf has one of that name. */
static int choose_target(struct job *j, const struct conf *conf, struct err *e)
{
	const struct cmd_env *env = j->env;

	j->target = env->argc ? conf_target(conf, env->argv[0]) : NULL;
	j->sources = env->argv + (j->target ? 1 : 0);
	j->nsources = env->argc - (j->target ? 1 : 0);
	if (!j->target)
		j->target = conf_target(conf, conf->newest);
	if (!j->target)
		return err_set(e, ERR_USAGE, "%s has no target '%s'", conf->path,
			       conf->newest);
	if (!j->nsources == !j->v->message_id)
		return err_set(
			e, ERR_USAGE,
			"%s: give the files to take, or a commit with --from=git, or "
			"--message-id=ID",
			j->nsources ? "too many sources" : "nothing to import");
	if (env->argc > 1 && j->sources == env->argv && j->v->from == FROM_MAIL &&
	    !fsx_exists(env->argv[0]))
		return err_set(e, ERR_USAGE, "'%s' is no target of carry.conf and no file",
			       env->argv[0]);
	j->dir = path_join(env->top, j->target->series);
	return 0;
}

static int check_values(const struct job *j, struct err *e)
{
	const struct values *v = j->v;

	if (v->from == FROM_QUILT && j->nsources != 1)
		return err_set(e, ERR_USAGE,
			       "--from=quilt takes one directory with a series file");
	if (v->from == FROM_B4 && j->nsources != 1)
		return err_set(e, ERR_USAGE, "--from=b4 takes one branch");
	if (v->repo && v->from != FROM_GIT && v->from != FROM_B4)
		return err_set(e, ERR_USAGE, "--repo goes with --from=git or --from=b4");
	if (v->message_id && v->from != FROM_MAIL)
		return err_set(e, ERR_USAGE, "--message-id is a mail: it goes alone");
	return 0;
}

/* Fills the box from what was named; *cover is set where it comes apart from the mails.
 */
static int collect(struct job *j, struct err *e)
{
	const char *repo = j->v->repo ? j->v->repo : ".";
	int rc = 0;

	if (j->v->message_id)
		return source_message_id(&j->box, j->v->message_id, j->work, e);
	for (size_t i = 0; !rc && i < j->nsources; i++) {
		if (j->v->from == FROM_GIT)
			rc = source_git(&j->box, repo, j->sources[i], j->work, e);
		else if (j->v->from == FROM_B4)
			rc = source_b4(&j->box, repo, j->sources[i], j->work, &j->letter,
				       e);
		else
			rc = mailbox_read(&j->box, j->sources[i], j->work, e);
	}
	return rc;
}

static int plan_mails(struct job *j, struct err *e)
{
	struct mail_pick pick = { j->v->revision, j->v->partial };
	struct import_how how = { j->v->replace, j->v->no_cover };
	int rc = collect(j, e);

	if (!rc)
		rc = mail_order(&j->box, &pick, &j->picked, e);
	if (!rc && j->letter.mails.n)
		j->picked.cover = j->letter.mails.v[0];
	vec_each (note, &j->picked.notes) {
		bytes_disarm(*note, strlen(*note));
		if (j->env->verbosity >= 0)
			fprintf(j->env->err, "%s\n", *note);
	}
	return rc ? rc : import_plan(&j->picked, j->dir, &how, &j->plan, e);
}

/* A directory that is adopted is read once as a series, so that messages name its files.
 */
static int check_quilt(struct job *j, struct err *e)
{
	_cleanup_free_ char *from = realpath(j->sources[0], NULL);
	_cleanup_strvec_ struct strvec there = { 0 };
	struct conf_target as = *j->target;
	struct variant_series *v = NULL;
	int rc;

	if (!from || !fsx_is_dir(from))
		return err_set(e, ERR_NOTFOUND, "there is no directory '%s'",
			       j->sources[0]);
	as.series = from;
	rc = variant_load("/", &as, &v, e);
	variant_free(v);
	if (rc || j->v->replace || !fsx_exists(j->dir))
		return rc;
	rc = fsx_list(j->dir, &there, e);
	if (!rc && there.n)
		rc = err_set(
			e, ERR_EXISTS,
			"'%s' is not empty: give --replace to put all of '%s' in the "
			"place of all that is there",
			j->dir, j->sources[0]);
	return rc;
}

static void show_new(const struct job *j, const struct variant_series *v)
{
	FILE *out = j->env->out;

	fprintf(out, "%s: ", j->target->series);
	if (j->v->from == FROM_QUILT) {
		fprintf(out, "%zu %s, all of '%s' as it is\n", v->n,
			plural(v->n, "patch", "patches"), j->sources[0]);
		return;
	}
	fprintf(out, "%zu %s taken in%s\n", j->plan.files.n,
		plural(j->plan.files.n, "patch", "patches"),
		j->plan.cover.n ? ", with a cover letter" : "");
	vec_each (f, &j->plan.files) {
		_cleanup_buf_ struct buf from = BUF_INIT;

		show_line(&from, slice_str(f->from), SHOW_UTF8);
		fprintf(out, "  %s (%s)\n", f->name, buf_str(&from));
	}
	vec_each (name, &j->plan.obsolete)
		fprintf(out, "  %s goes\n", *name);
}

/* How the series fits as it will be; conflicts are for the person, not for us, to mend.
 */
static int try_series(struct job *j, const struct variant_series *v, struct err *e)
{
	struct apply_policy policy = APPLY_POLICY_INIT;
	_cleanup_apply_result_ struct apply_result *r = NULL;
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct store *store = NULL;
	struct base *base = NULL;
	struct tree_source src;
	struct err none = { 0 };
	int rc;

	if (base_load(j->env->cache, j->target->name, &base, &none)) {
		fprintf(j->env->out, "%s: not tried: %s\n", j->target->name, none.msg);
		return 0;
	}
	rc = store_open(j->env->cache, &store, e);
	if (!rc) {
		tree_source_init(&src, store, base->tree);
		rc = apply_series(&src.source, (const struct patch *const *)v->patches,
				  v->reverse, v->n, &policy, &r, e);
	}
	if (!rc) {
		fprintf(j->env->out, "%s on %s\n", j->target->name, base->provenance);
		for (size_t i = 0; i < r->npatches; i++) {
			fprintf(j->env->out, "  %s: %s\n", v->series->entries.v[i].name,
				apply_answer_name(r->patches[i].answer));
			apply_explain(&r->patches[i], &why);
		}
		fputs(buf_str(&why), j->env->out);
		rc = r->done == r->npatches ? 0 : CMD_FINDINGS;
	}
	store_close(store);
	base_free(base);
	return rc;
}

/* What is read from the stage is shown by the names that it will have. */
static int load_stage(struct job *j, const struct stage *stage,
		      struct variant_series **out, struct err *e)
{
	struct conf_target as = *j->target;
	int rc;

	as.series = stage->path;
	rc = variant_load("/", &as, out, e);
	for (size_t i = 0; !rc && i < (*out)->n; i++) {
		struct patch *p = (*out)->patches[i];
		_cleanup_free_ char *path =
			path_join(j->target->series, (*out)->series->entries.v[i].name);

		p->name = arena_strdup(&p->arena, path);
	}
	return rc;
}

/* What was sent of the series before stays known, unless the new one has a record too. */
static int keep_sent(struct job *j, const struct stage *stage, struct err *e)
{
	_cleanup_free_ char *old = path_join(j->dir, SENT_DIR),
			    *new = path_join(stage->path, SENT_DIR);

	return fsx_is_dir(old) && !fsx_exists(new) ? fsx_link_tree(old, new, e) : 0;
}

static int finish(struct job *j, struct err *e)
{
	_cleanup_stage_ struct stage stage = STAGE_INIT;
	bool quilt = j->v->from == FROM_QUILT;
	struct variant_series *v = NULL;
	int rc, got;

	rc = stage_open(&stage, j->env->state, j->dir, quilt, e);
	if (!rc)
		rc = quilt ? stage_copy(&stage, j->sources[0], e)
			   : import_write(&j->plan, &stage, e);
	if (!rc && quilt)
		rc = keep_sent(j, &stage, e);
	if (!rc)
		rc = load_stage(j, &stage, &v, e);
	if (rc)
		return rc;
	show_new(j, v);
	got = try_series(j, v, e);
	variant_free(v);
	if (got < 0 || j->env->dry_run)
		return got;
	rc = stage_commit(&stage, e);
	return rc ? rc : got;
}

static int run_job(struct job *j, const struct conf *conf, struct err *e)
{
	int rc = choose_target(j, conf, e);

	if (!rc)
		rc = check_values(j, e);
	if (!rc)
		rc = fsx_workdir(j->env->cache, "import", &j->work, &j->held, e);
	if (!rc)
		rc = j->v->from == FROM_QUILT ? check_quilt(j, e) : plan_mails(j, e);
	return rc ? rc : finish(j, e);
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	struct job j = { .env = env, .v = values, .held = FSX_LOCK_INIT };
	struct err ignored = { 0 };
	struct conf *conf = NULL;
	int rc = conf_read(env->conf, &conf, e);

	if (!rc)
		rc = run_job(&j, conf, e);
	if (j.work && fsx_remove(j.work, &ignored))
		fprintf(env->err, "carry: %s\n", ignored.msg);
	fsx_unlock(&j.held);
	import_release(&j.plan);
	mail_series_release(&j.picked);
	mailbox_release(&j.box);
	mailbox_release(&j.letter);
	free(j.dir);
	free(j.work);
	conf_free(conf);
	return rc;
}

static const struct opt options[] = {
	OPT_CHOICE('f', "from", "KIND", from_words, struct values, from,
		   "what the sources are: mail (default), git, b4 or quilt"),
	OPT_STRING(0, "message-id", "ID", HINT_NONE, struct values, message_id,
		   "take the series of this mail from the list's archive (network)"),
	OPT_STRING(0, "repo", "DIR", HINT_DIR, struct values, repo,
		   "the git repository of --from=git and --from=b4"),
	OPT_UINT(0, "revision", "N", struct values, revision,
		 "of mails of several versions, take version N"),
	OPT_FLAG(0, "partial", struct values, partial,
		 "take a series of which patches are missing"),
	OPT_FLAG(0, "replace", struct values, replace,
		 "in the place of the patches that are there"),
	OPT_FLAG(0, "no-cover", struct values, no_cover, "leave the cover letter out"),
	OPT_END,
};

const struct cmd cmd_import = {
	.name = "import",
	.summary = "take patches, mails, commits or a quilt directory into a series",
	.usage = "[options] [TARGET] SOURCE...",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.max_args = ARGS_ANY,
	.args = HINT_FILE,
	.run = run,
};
