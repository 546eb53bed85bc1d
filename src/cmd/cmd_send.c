// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "base/plural.h"
#include "cmd/commands.h"
#include "cmd/verify.h"
#include "exchange/recipients.h"
#include "exchange/send_b4.h"

struct values {
	bool really, rfc, stable, no_maintainers, not_sent;
	unsigned revision;
	const char *output, *sent;
	struct strvec to, cc;
};

struct job {
	struct cmd_env *env;
	const struct values *v;
	struct project project;
	struct store *store;
	const struct plan_target *target;
	const struct base *base;
	char *name, *mail; /* who sends */
	char *keep;	   /* where previews of the target are kept */
	struct fsx_lock lock;
	struct send send;
	struct send_repo repo;
	char *lint; /* the line that tells what it came to */
	bool findings;
	bool keep_repo; /* it has what the record does not have yet */
};

/* By git's own rules, in the project's repository: the person's configuration counts. */
static int ask_git(const char *top, const char *key, char **out, struct err *e)
{
	const char *argv[] = { "git", "-C", top, "config", "--get", key, NULL };
	struct proc_spec ps = { .argv = argv, .inherit_env = true };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct slice s;
	int rc = proc_run(&ps, &r, e);

	if (rc)
		return rc;
	s = slice_trim(buf_slice(&r.out));
	if (r.status || !s.n)
		return err_set(e, ERR_USAGE,
			       "who sends? git knows no %s: git config --global %s …",
			       key, key);
	*out = xmemdupz(s.p, s.n);
	return 0;
}

static int find_target(struct job *j, struct err *e)
{
	struct project *p = &j->project;

	for (size_t i = 0; i < p->plan.targets.n; i++) {
		if (strcmp(p->plan.targets.v[i].conf->name, j->env->argv[0]))
			continue;
		j->target = &p->plan.targets.v[i];
		j->base = p->bases.v[i];
	}
	BUG_ON(!j->target);
	if (!j->target->variant)
		return err_set(e, ERR_INPUT, "%s", j->target->variant_reason);
	if (!j->base)
		return err_set(e, ERR_UNAVAILABLE, "cannot send %s: %s",
			       j->target->conf->name, j->target->reason);
	return 0;
}

static int open_all(struct job *j, struct err *e)
{
	const struct filter_opts none = { 0 };
	struct plan_filter filter;
	int rc;

	filter_make(j->env, &none, &filter);
	rc = project_open(j->env, &filter, &j->project, e);
	filter_release(&filter);
	if (!rc)
		rc = find_target(j, e);
	if (!rc)
		rc = store_open(j->env->cache, &j->store, e);
	if (!rc)
		rc = ask_git(j->env->top, "user.name", &j->name, e);
	return rc ? rc : ask_git(j->env->top, "user.email", &j->mail, e);
}

/* Held as long as mails may leave, by b4 too: it outlives us when it has the terminal. */
static int lock_sending(struct job *j, struct err *e)
{
	_cleanup_free_ char *path = path_join(j->env->state, "send.lock");
	struct err why = { 0 };
	int rc = fsx_mkdirs(j->env->state, e);

	if (!rc)
		rc = fsx_lock(&j->lock, path, true, &why);
	if (rc == ERR_EXISTS)
		return err_set(
			e, ERR_CONFLICT,
			"b4 is still sending for an earlier carry send: wait for it");
	if (rc && why.code)
		*e = why;
	return rc;
}

/* Whether it has gone is for the person to say, or for b4, which may have noted it. */
static int has_gone(const struct job *j, const struct sent *s, bool *gone, char **id,
		    struct err *e)
{
	unsigned rev = sent_unfinished(s);
	_cleanup_free_ char *dir = send_repo_left(j->keep);

	*gone = j->v->sent != NULL;
	if (*gone) {
		struct slice given = slice_trim(slice_str(j->v->sent));

		if (given.n > 1 && given.p[0] == '<' && given.p[given.n - 1] == '>')
			given = (struct slice){ given.p + 1, given.n - 2 };
		if (!sent_is_first_id(s->unfinished, given))
			return err_set(
				e, ERR_USAGE,
				"'%s' is no Message-Id that b4 gave to the first mail "
				"of v%u: it has -v%u-%d- in it",
				j->v->sent, rev, rev,
				json_array_size(
					json_object_get(s->unfinished, "patches")) < 2);
		*id = xmemdupz(given.p, given.n);
	} else if (dir && !j->v->not_sent) {
		*gone = send_b4_has_gone(dir, rev, id);
	}
	return 0;
}

/* Settles the version that a run which was ended has left unfinished. */
static int settle_one(struct job *j, const struct sent *s, struct err *e)
{
	const char *would = j->env->dry_run ? " (not written: -n)" : "";
	const char *dir = j->target->variant->dir;
	_cleanup_free_ char *id = NULL;
	bool gone;
	int rc = has_gone(j, s, &gone, &id, e);

	if (rc || (!gone && !j->v->not_sent))
		return rc;
	if (!j->env->dry_run)
		rc = gone ? sent_finish(dir, j->env->state, id, e)
			  : sent_withdraw(dir, j->env->state, e);
	if (!rc && !j->env->dry_run)
		rc = send_repo_forget(j->keep, e);
	if (rc)
		return rc;
	fprintf(j->env->out, "v%u %s, %s%s\n", sent_unfinished(s),
		gone ? "was sent" : "was not sent",
		j->v->sent || j->v->not_sent ? "as you say"
					     : "as b4 has noted: recorded now",
		would);
	if (j->v->really)
		return err_set(e, ERR_CONFLICT,
			       "not sent: look at the preview of the next version first");
	return 0;
}

static int settle(struct job *j, struct err *e)
{
	_cleanup_sent_ struct sent s = { 0 };
	bool answered = j->v->sent || j->v->not_sent;
	int rc = sent_read(j->target->variant->dir, &s, e);

	if (!rc && (s.unfinished || j->v->really))
		rc = lock_sending(j, e);
	if (!rc && s.unfinished)
		return settle_one(j, &s, e);
	if (!rc && j->v->really)
		rc = send_repo_forget(j->keep, e);
	if (!rc && answered)
		rc = err_set(e, ERR_USAGE, "no version of %s is unfinished",
			     j->target->conf->name);
	return rc;
}

/* An id that is not sent yet is kept with the preview, so that it stays the same. */
static void kept_id(const struct job *j, struct buf *out)
{
	_cleanup_free_ char *path = path_join(j->keep, "change-id");
	struct err ignored = { 0 };

	if (fsx_exists(path) && fsx_read(path, out, &ignored))
		buf_clear(out);
	while (out->len && out->data[out->len - 1] == '\n')
		buf_truncate(out, out->len - 1);
}

static int read_series(struct job *j, struct err *e)
{
	struct identity me = { j->name, j->mail };
	_cleanup_buf_ struct buf id = BUF_INIT;
	struct send_request req = {
		.series = j->target->variant,
		.me = &me,
		.target = j->target->conf->name,
		.newest = !strcmp(j->target->conf->name, j->project.conf->newest),
		.rfc = j->v->rfc,
		.stable = j->v->stable,
		.revision = j->v->revision,
		.to = &j->v->to,
		.cc = &j->v->cc,
	};

	kept_id(j, &id);
	req.change_id = id.len ? id.data : NULL;
	return send_read(&req, &j->send, e);
}

static int find_recipients(struct job *j, struct err *e)
{
	struct recipients_ask ask = { j->store, j->base->tree, j->target->variant,
				      j->env->no_sandbox, j->env->cancel };
	struct err why = { 0 };
	bool asked = false;
	size_t n = 0;
	int rc;

	if (!j->v->no_maintainers) {
		rc = recipients_add(&ask, &j->send, &n, &why);
		if (rc && rc != ERR_NOTFOUND) {
			*e = why;
			return rc;
		}
		asked = !rc;
		if (rc)
			fprintf(j->env->err, "no maintainers asked: %s\n", why.msg);
	}
	if (!j->send.to.n && !j->send.cc.n)
		return err_set(e, ERR_USAGE, "nobody to send it to: give --to=ADDRESS%s",
			       asked ? " (get_maintainer.pl names nobody)" : "");
	return send_check_recipients(&j->send, e);
}

/* Its index; when the plan has none, the number of cells. */
static size_t lint_cell(const struct job *j)
{
	const struct plan *plan = &j->project.plan;
	size_t i = 0;

	while (i < plan->cells.n &&
	       (strcmp(plan->cells.v[i].spec->name, "lint") ||
		&plan->targets.v[plan->cells.v[i].target] != j->target))
		i++;
	return i;
}

/* Nothing is printed yet: verify may have a view on the screen. */
static void cell_done(void *arg, size_t cell, const struct verdict *v)
{
	struct job *j = arg;

	if (cell != lint_cell(j))
		return;
	j->lint = xasprintf("lint: %s%s%s\n", verdict_name(v->status),
			    v->reason ? ": " : "", v->reason ? v->reason : "");
	if (v->status != VERDICT_PASS) {
		j->findings = true;
		strvec_push(&j->send.owed, "headers that carry lint has nothing against");
	}
}

static int show_evidence(struct job *j, struct err *e)
{
	struct model_counts c = { 0 };
	json_t *model = NULL;
	int rc = project_model(&j->project, 0, &model, e);

	if (rc)
		return rc;
	model_count(model, &c);
	json_decref(model);
	fprintf(j->env->out,
		"verify: %u pass, %u fail, %u error, %u skipped, %u not seen as it is now\n",
		c.pass, c.fail, c.error, c.skip, c.none + c.stale);
	if (c.fail || c.error) {
		j->findings = true;
		strvec_pushf(&j->send.owed, "what carry verify %s fails at, mended",
			     j->target->conf->name);
	} else if (c.none + c.stale && !j->v->really) {
		fprintf(j->env->out, "  (carry verify %s; --really does it first)\n",
			j->target->conf->name);
	} else if (c.none + c.stale) {
		strvec_pushf(&j->send.owed, "what carry verify %s did not come to",
			     j->target->conf->name);
	}
	return 0;
}

/*
 * A preview looks up what is known; before mails leave, the rest is run. Lint is cheap
 * and always run, once.
 */
static int run_checks(struct job *j, struct err *e)
{
	const struct check_events events = { .done = cell_done, .arg = j };
	size_t lint = lint_cell(j);
	int rc = 0;

	if (j->v->really)
		rc = verify_cells(j->env, &j->project, false, &events, e);
	if (!rc && !j->lint && lint < j->project.plan.cells.n)
		rc = verify_cell(j->env, &j->project, lint, &events, e);
	if (j->lint)
		fputs(j->lint, j->env->out);
	return rc ? rc : show_evidence(j, e);
}

static void check_base(struct job *j)
{
	if (j->repo.public_base)
		return;
	strvec_pushf(
		&j->send.owed,
		"a base that others have: '%s' is a package and no commit of a public "
		"repository; let the first source of %s in carry.conf be git, and carry "
		"fetch",
		j->base->provenance, j->target->conf->name);
}

/* What changed since the last preview, as a diff of what a reader would see. */
static int show_changes(struct job *j, const char *old, struct slice now, struct err *e)
{
	_cleanup_free_ char *path = path_join(j->repo.dir, ".git/carry-preview");
	const char *argv[] = { "diff",	  "-u",	      "--label", "last preview",
			       "--label", "this one", old,	 path,
			       NULL };
	struct proc_spec ps = { .argv = argv };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = fsx_publish(path, now, e);

	if (!rc)
		rc = proc_run(&ps, &r, e);
	if (!rc)
		fprintf(j->env->out, "%s\n",
			r.out.len ? buf_str(&r.out)
				  : "nothing changed since the last preview");
	return rc;
}

static int keep_preview(struct job *j, struct slice text, struct err *e)
{
	_cleanup_free_ char *mails = path_join(j->keep, "mails"),
			    *id = path_join(j->keep, "change-id");
	int rc = 0;

	if (fsx_exists(mails))
		rc = show_changes(j, mails, text, e);
	else
		fwrite(text.p, 1, text.n, j->env->out);
	if (rc || j->env->dry_run)
		return rc;
	rc = fsx_mkdirs(j->keep, e);
	if (!rc)
		rc = fsx_publish(id, slice_str(j->send.change_id), e);
	return rc ? rc : fsx_publish(mails, text, e);
}

static int copy_mails(const char *from, const char *to, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(from, &names, e);

	if (!rc)
		rc = fsx_mkdirs(to, e);
	for (size_t i = 0; !rc && i < names.n; i++) {
		_cleanup_free_ char *src = path_join(from, names.v[i]),
				    *dst = path_join(to, names.v[i]);
		_cleanup_buf_ struct buf b = BUF_INIT;

		rc = fsx_read(src, &b, e);
		if (!rc)
			rc = fsx_publish(dst, buf_slice(&b), e);
	}
	return rc;
}

/* Where the last version no longer fits, the letter goes without. */
static int find_range_diff(struct job *j, const struct identity *me, struct buf *out,
			   struct err *e)
{
	struct err why = { 0 };
	int rc = send_repo_range_diff(&j->repo, &j->send, j->target->variant, j->store,
				      me, out, &why);

	if (rc == ERR_CONFLICT || rc == ERR_NOTFOUND || rc == ERR_INPUT) {
		fprintf(j->env->out, "no range-diff: %s\n", why.msg);
		return 0;
	}
	if (rc)
		*e = why;
	return rc;
}

static int preview(struct job *j, const struct send_b4 *b, struct err *e)
{
	_cleanup_free_ char *dir = path_join(j->repo.dir, ".git/carry-mails");
	_cleanup_buf_ struct buf text = BUF_INIT;
	int rc = send_b4_preview(b, dir, e);

	if (!rc && j->v->output)
		rc = copy_mails(dir, j->v->output, e);
	if (!rc)
		rc = send_b4_show(dir, &text, e);
	if (rc)
		return rc;
	return keep_preview(j, buf_slice(&text), e);
}

static void show_owed(const struct job *j)
{
	vec_each (what, &j->send.owed)
		fprintf(j->env->out, "owed before it can be sent: %s\n", *what);
	if (!j->v->really)
		fprintf(j->env->out, "tree %s\nnothing was sent: this is a dry run%s\n",
			j->repo.tree,
			j->send.owed.n ? "" : "; --really hands it to b4 send");
}

static int check_ready(const struct job *j, struct err *e)
{
	_cleanup_free_ char *filter = proc_find("git-filter-repo");

	if (j->send.owed.n)
		return err_set(e, ERR_CONFLICT, "not sent: %zu %s owed", j->send.owed.n,
			       plural(j->send.owed.n, "thing is", "things are"));
	if (!filter)
		return err_set(e, ERR_TOOL,
			       "b4 send needs git-filter-repo, and would fail after the "
			       "mails have gone: install it");
	return 0;
}

/* Before anything leaves: from here on a run that is killed is seen by the next one. */
static int begin(struct job *j, const struct send_b4 *b, struct err *e)
{
	json_t *version = send_b4_version(b);
	int rc = send_repo_remember(&j->repo, j->keep, e);

	if (!rc)
		rc = sent_begin(j->target->variant->dir, j->env->state, j->send.change_id,
				version, e);
	json_decref(version);
	return rc;
}

static int end(struct job *j, enum send_end how, const char *id, struct err *e)
{
	const char *dir = j->target->variant->dir;
	int rc = 0;

	if (how == SEND_GONE)
		rc = sent_finish(dir, j->env->state, id, e);
	else if (how == SEND_NOTHING)
		rc = sent_withdraw(dir, j->env->state, e);
	j->keep_repo = rc != 0;
	return rc || how == SEND_UNKNOWN ? rc : send_repo_forget(j->keep, e);
}

static int really(struct job *j, const struct send_b4 *b, struct err *e)
{
	_cleanup_free_ char *id = NULL;
	struct err later = { 0 };
	enum send_end how;
	int rc = check_ready(j, e), kept;

	if (!rc)
		rc = begin(j, b, e);
	if (rc)
		return rc;
	rc = send_b4_really(b, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO), j->lock.fd,
			    &how, &id, e);
	kept = end(j, how, id, &later);
	if (how == SEND_UNKNOWN)
		fprintf(j->env->err,
			"mails of v%u may have gone: carry send %s tells what to do\n",
			j->send.revision, j->target->conf->name);
	if (kept) {
		fprintf(j->env->err, "the record is not up to date: %s\n", later.msg);
		if (!rc)
			*e = later;
	}
	if (!rc && !kept)
		fprintf(j->env->out,
			"v%u was sent; commit the record %s/" SENT_DIR "/sent.json\n",
			j->send.revision, j->target->conf->series);
	return rc ? rc : kept;
}

static int run_job(struct job *j, struct err *e)
{
	struct identity me;
	struct send_b4 b = { .send = &j->send, .repo = &j->repo, .me = &me };
	_cleanup_buf_ struct buf range_diff = BUF_INIT;
	int rc = open_all(j, e);

	if (!rc)
		rc = settle(j, e);
	if (rc || j->v->sent || j->v->not_sent)
		return rc;
	rc = read_series(j, e);
	if (!rc)
		rc = find_recipients(j, e);
	if (rc)
		return rc;
	me = (struct identity){ j->name, j->mail };
	b.base = j->base->provenance;
	rc = send_repo_make(&j->repo, &j->send, j->target->variant, j->store, j->base,
			    &me, e);
	if (!rc)
		rc = find_range_diff(j, &me, &range_diff, e);
	b.range_diff = buf_slice(&range_diff);
	if (!rc)
		rc = run_checks(j, e);
	if (!rc)
		rc = preview(j, &b, e);
	if (rc)
		return rc;
	check_base(j);
	show_owed(j);
	rc = j->v->really ? really(j, &b, e) : 0;
	return rc ? rc : j->findings ? CMD_FINDINGS : 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	struct job j = { .env = env, .v = values, .lock = FSX_LOCK_INIT };
	_cleanup_free_ char *previews = path_join(env->state, "preview");
	int rc;

	if (j.v->stable && j.v->rfc)
		return err_set(e, ERR_USAGE, "--stable and --rfc exclude each other");
	if (j.v->really && env->dry_run)
		return err_set(e, ERR_USAGE, "--really and -n exclude each other");
	if ((j.v->sent != NULL) + j.v->not_sent + j.v->really > 1)
		return err_set(e, ERR_USAGE,
			       "--sent, --not-sent and --really exclude each other");
	j.keep = path_join(previews, env->argv[0]);
	rc = run_job(&j, e);
	if (j.keep_repo)
		free(j.repo.dir);
	else
		send_repo_release(&j.repo);
	fsx_unlock(&j.lock);
	send_release(&j.send);
	store_close(j.store);
	project_release(&j.project);
	free(j.name);
	free(j.mail);
	free(j.keep);
	free(j.lint);
	return rc;
}

static const struct opt options[] = {
	OPT_FLAG(0, "really", struct values, really, "hand it to b4 send: mails leave"),
	OPT_FLAG(0, "rfc", struct values, rfc, "ask for comments: [PATCH RFC]"),
	OPT_FLAG(0, "stable", struct values, stable,
		 "a backport of mainline commits, to the stable team"),
	OPT_LIST(0, "to", "ADDRESS", HINT_NONE, struct values, to, "a further recipient"),
	OPT_LIST(0, "cc", "ADDRESS", HINT_NONE, struct values, cc,
		 "a further recipient of a copy"),
	OPT_FLAG(0, "no-maintainers", struct values, no_maintainers,
		 "do not ask the tree's get_maintainer.pl"),
	OPT_UINT(0, "revision", "N", struct values, revision,
		 "send it as version N (default: the one after the last sent)"),
	OPT_STRING(
		0, "sent", "ID", HINT_NONE, struct values, sent,
		"the unfinished version was sent, its first mail with this Message-Id"),
	OPT_FLAG(0, "not-sent", struct values, not_sent,
		 "the unfinished version was not sent"),
	OPT_STRING('o', "output", "DIR", HINT_DIR, struct values, output,
		   "write the mails of the preview there too"),
	OPT_END,
};

const struct cmd cmd_send = {
	.name = "send",
	.summary = "show a series as the mails that b4 would send, and send it",
	.usage = "[options] TARGET",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN | HABIT_JOBS | HABIT_NO_SANDBOX,
	.place = PLACE_REPO,
	.min_args = 1,
	.max_args = 1,
	.args = HINT_TARGET,
	.run = run,
};
