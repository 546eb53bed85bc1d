// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/project.h"
#include "exchange/trailers.h"

struct values {
	struct strvec from;
	bool yes, sloppy;
};

struct job {
	struct cmd_env *env;
	const struct values *v;
	const struct conf_target *target;
	struct variant_series *series;
	struct sent sent;
	struct mailbox box;
	struct credits credits;
	size_t nnew, nrefused;
};

static const char *why(enum credit_state state)
{
	switch (state) {
	case CREDIT_FOREIGN:
		return "not taken: the mail is from somebody else (--sloppy takes it)";
	case CREDIT_STALE:
		return "not taken: since then the patch's changes are others";
	case CREDIT_THERE:
		return "there already";
	default:
		return "new";
	}
}

/* All of it was written by others, as they liked. */
static void show_credit(FILE *out, const struct credit *c)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_addf(&b, "  %.*s: %.*s\n    %s: %s, from %s\n", SLICE_ARG(c->name),
		 SLICE_ARG(c->value), c->mail->source, why(c->state), c->mail->sender);
	bytes_disarm(b.data, b.len);
	fputs(buf_str(&b), out);
}

static void show(struct job *j)
{
	FILE *out = j->env->out;

	for (size_t i = 0; i < j->series->n; i++) {
		bool named = false;

		vec_each (c, &j->credits.found) {
			if (c->patch != i)
				continue;
			if (!named)
				fprintf(out, "%s\n",
					j->series->series->entries.v[i].name);
			named = true;
			show_credit(out, c);
			j->nnew += c->state == CREDIT_NEW;
			j->nrefused +=
				c->state == CREDIT_FOREIGN || c->state == CREDIT_STALE;
		}
	}
	vec_each (note, &j->credits.notes) {
		bytes_disarm(*note, strlen(*note));
		fprintf(j->env->err, "%s\n", *note);
	}
}

/* Asks only where somebody can answer. */
static int confirm(const struct job *j, struct err *e)
{
	char answer[16] = "";

	if (j->v->yes)
		return 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return err_set(
			e, ERR_USAGE,
			"nothing was written: there is no terminal to ask at; give "
			"--yes to write them, -n to see them only");
	fprintf(j->env->err, "Write %zu into the patches? [y/N] ", j->nnew);
	fflush(j->env->err);
	if (fgets(answer, sizeof(answer), stdin) &&
	    (answer[0] == 'y' || answer[0] == 'Y'))
		return 0;
	return err_set(e, ERR_CANCELLED, "nothing was written");
}

static int write_all(struct job *j, struct err *e)
{
	_cleanup_stage_ struct stage stage = STAGE_INIT;
	int rc = stage_open(&stage, j->env->state, j->series->dir, false, e);

	for (size_t i = 0; !rc && i < j->series->n; i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		bool any;

		rc = credits_write(&j->credits, j->series, i, &b, &any, e);
		if (!rc && any)
			rc = stage_write(&stage, j->series->series->entries.v[i].name,
					 buf_slice(&b), e);
	}
	return rc ? rc : stage_commit(&stage, e);
}

static int read_mails(struct job *j, struct err *e)
{
	_cleanup_free_ char *work = NULL;
	struct fsx_lock held = FSX_LOCK_INIT;
	struct err ignored = { 0 };
	int rc = fsx_workdir(j->env->cache, "trailers", &work, &held, e);

	for (size_t i = 0; !rc && i < j->v->from.n; i++)
		rc = mailbox_read(&j->box, j->v->from.v[i], work, e);
	if (work && fsx_remove(work, &ignored))
		fprintf(j->env->err, "carry: %s\n", ignored.msg);
	fsx_unlock(&held);
	return rc;
}

static int run_job(struct job *j, const struct conf *conf, struct err *e)
{
	const char *name = j->env->argc ? j->env->argv[0] : conf->newest;
	int rc;

	if (!j->v->from.n)
		return err_set(e, ERR_USAGE, "where are the answers? give --from=MBOX");
	rc = project_target(conf, name, &j->target, e);
	if (!rc)
		rc = variant_load(j->env->top, j->target, &j->series, e);
	if (!rc)
		rc = sent_read(j->series->dir, &j->sent, e);
	if (!rc)
		rc = read_mails(j, e);
	if (rc)
		return rc;
	credits_find(&j->box, j->series, &j->sent, j->v->sloppy, &j->credits);
	show(j);
	if (!j->nnew)
		fprintf(j->env->out, "nothing new for %s\n", j->target->name);
	if (j->nnew && !j->env->dry_run) {
		rc = confirm(j, e);
		if (!rc)
			rc = write_all(j, e);
		if (!rc)
			fprintf(j->env->out, "%zu written to %s\n", j->nnew,
				j->target->series);
	}
	return rc ? rc : j->nrefused ? CMD_FINDINGS : 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	struct job j = { .env = env, .v = values };
	struct conf *conf = NULL;
	int rc = conf_read(env->conf, &conf, e);

	if (!rc)
		rc = run_job(&j, conf, e);
	credits_release(&j.credits);
	mailbox_release(&j.box);
	sent_release(&j.sent);
	variant_free(j.series);
	conf_free(conf);
	return rc;
}

static const struct opt options[] = {
	OPT_LIST('f', "from", "MBOX", HINT_FILE, struct values, from,
		 "the answers: an mbox, a maildir or a mail"),
	OPT_FLAG('y', "yes", struct values, yes, "write without asking"),
	OPT_FLAG(0, "sloppy", struct values, sloppy,
		 "take also what was sent by somebody else than it names"),
	OPT_END,
};

const struct cmd cmd_trailers = {
	.name = "trailers",
	.summary = "take the credits that reviewers gave by mail into the patches",
	.usage = "[options] --from=MBOX [TARGET]",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_REPO,
	.max_args = 1,
	.args = HINT_TARGET,
	.run = run,
};
