// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_pushing.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/apply_source.h"
#include "engine/quilt_known.h"

struct apply_policy pushing_policy(const struct pushing *s, struct apply_watch *watch)
{
	return (struct apply_policy){ .dialect = DIALECT_PATCH,
				      .max_fuzz = s->o->fuzz,
				      .remove_empty = true,
				      .answers_only = s->o->dry_run,
				      .threads = s->nhands,
				      .watch = watch };
}

int pushing_apply(struct pushing *s, size_t n, struct apply_watch *watch,
		  struct apply_result **out, struct err *e)
{
	struct apply_policy policy = pushing_policy(s, watch);
	struct blob_source *src;
	int rc = disk_source_new(s->q->top, &src, e);

	if (rc)
		return rc;
	policy.bad_patch = &s->bad_patch;
	rc = apply_series(src, (const struct patch *const *)s->p->patches, s->p->reverse, n,
			  &policy, out, e);
	blob_source_free(src);
	return rc;
}

/* What is there already is no success for a push: it could not be popped. */
static void count_done(struct push *p)
{
	while (p->done < p->n && p->result->patches[p->done].answer == ANSWER_APPLIES)
		p->done++;
}

/* Backups are made while the patches are applied. */
static int apply_with_backups(struct pushing *s, struct err *e)
{
	int rc = pushing_prepare(s, e);

	if (!rc)
		rc = pushing_apply(s, s->p->n, &s->watch, &s->p->result, e);
	if (!rc)
		count_done(s->p);
	return rc || !s->forced ? rc : forced_backup(s, e);
}

/* Only when a patch fails are the last ones before it applied again, with backups. */
static int apply_then_backups(struct pushing *s, struct err *e)
{
	struct apply_result *second = NULL;
	struct push *p = s->p;
	int rc;

	s->backups_from = SIZE_MAX;
	s->watch.before = NULL;
	rc = pushing_apply(s, p->n, &s->watch, &p->result, e);
	if (!rc)
		count_done(p);
	s->backups_from = p->done;
	if (!rc && p->done < p->n && s->o->backup == BACKUP_ONFAIL)
		s->backups_from -= p->done < s->o->backup_count ? p->done
								: s->o->backup_count;
	if (!rc)
		rc = pushing_prepare(s, e);
	if (!rc && s->backups_from < p->done) {
		s->watch = pushing_backups_watch;
		rc = pushing_apply(s, p->done, &s->watch, &second, e);
		apply_result_free(second);
	}
	return rc;
}

static int add_applied(struct pushing *s, struct err *e)
{
	for (size_t i = 0; i < s->p->done; i++)
		strvec_push(&s->q->applied, s->names.v[i]);
	return quilt_write_applied(s->q, e);
}

/*
 * The backups are there and the tree is as it was. From here on we can go back, but for
 * what has none.
 */
static int carry_out(struct pushing *s, struct err *e)
{
	const char *journal = s->backups_from ? JOURNAL_LOST : JOURNAL_UNDO;
	struct push *p = s->p;
	int rc = quilt_drop(s->q, s->names.v + p->done, p->n - p->done, e);

	if (!rc && !p->done)
		return quilt_end(s->q, e);
	if (!rc && p->done < p->n)
		rc = quilt_journal(s->q, JOURNAL_DROP, s->names.v, p->done, e);
	if (!rc)
		rc = quilt_journal_turn(s->q, JOURNAL_DROP, journal, e);
	if (!rc)
		rc = pushing_write(s, e);
	if (!rc && s->forced)
		rc = forced_write(s, e);
	if (!rc)
		rc = add_applied(s, e);
	return rc ? rc : quilt_end(s->q, e);
}

struct timespec pushing_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t;
}

/* The clock ticks every few milliseconds. */
void pushing_set_times(struct pushing *s, struct timespec since)
{
	const struct timespec nap = { 0, 500000 };

	do
		s->pushed = pushing_clock();
	while (s->pushed.tv_sec == since.tv_sec && s->pushed.tv_nsec == since.tv_nsec &&
	       !nanosleep(&nap, NULL));
	s->written = s->pushed;
	if (s->written.tv_nsec-- == 0) {
		s->written.tv_nsec = 999999999;
		s->written.tv_sec--;
	}
}

static bool is_cancelled(const struct push_options *o)
{
	return o->cancel && atomic_load(o->cancel);
}

static int push_all(struct pushing *s, struct err *e)
{
	_cleanup_free_ char *why = NULL;
	struct err back = { 0 };
	int rc = quilt_journal(s->q, JOURNAL_DROP, s->names.v, s->p->n, e);

	if (!rc)
		rc = beneath_remove(s->q->pc_fd, STAGE, e);
	if (!rc)
		rc = s->o->backup == BACKUP_ALWAYS ? apply_with_backups(s, e)
						   : apply_then_backups(s, e);
	if (!rc && is_cancelled(s->o))
		rc = err_set(e, ERR_CANCELLED, "interrupted: nothing was pushed");
	if (!rc)
		rc = carry_out(s, e);
	if (!rc)
		return 0;
	apply_result_free(s->p->result);
	s->p->result = NULL;
	s->p->done = 0;
	if (!quilt_recover(s->q, &back))
		return rc;
	why = xstrdup(e->msg);
	return err_set(e, rc, "%s; and %s", why, back.msg);
}

static int start(struct quilt *q, const struct push_options *o, struct err *e)
{
	int rc = o->dry_run ? 0 : quilt_begin(q, e);

	if (!rc)
		rc = quilt_check(q, e);
	BUG_ON(!rc && o->count > q->series->entries.n - q->applied.n);
	return rc;
}

void pushing_init(struct pushing *s, struct quilt *q, const struct push_options *o,
		  struct push *p)
{
	*s = (struct pushing){ .watch = pushing_watch,
			       .q = q,
			       .p = p,
			       .o = o,
			       .uid = geteuid(),
			       .gid = getegid(),
			       .bad_patch = SIZE_MAX,
			       .nhands = o->threads ? o->threads : 1 };
	unsigned most;

	if (s->nhands > APPLY_MAX_THREADS)
		s->nhands = APPLY_MAX_THREADS;
	most = parents_share(s->nhands);
	s->hands = xcalloc(s->nhands, sizeof(*s->hands));
	for (unsigned i = 0; i < s->nhands; i++)
		s->hands[i] = (struct hand){
			.tree = { .root = q->top_fd, .most = most },
			.stage_fd = -1,
		};
	for (size_t i = 0; i < p->n; i++)
		strvec_push(&s->names, q->series->entries.v[p->first + i].name);
}

void pushing_release(struct pushing *s)
{
	pushing_clear(s);
	for (unsigned i = 0; i < s->nhands; i++) {
		vec_release(&s->hands[i].originals);
		vec_release(&s->hands[i].staged);
	}
	free(s->hands);
	strvec_release(&s->names);
}

/* What fits of the one patch, which on the tree gave the answers @o. */
static int cut_down(struct pushing *s, const struct patch_outcome *o, struct err *e)
{
	struct apply_policy policy = pushing_policy(s, NULL);
	_cleanup_source_ struct blob_source *src = NULL;
	int rc = disk_source_new(s->q->top, &src, e);

	return rc ? rc : forced_make(src, &policy, o, s->p->reverse[0], s->forced, e);
}

/* One patch more, of which what fits is pushed as a patch of its own. */
static int force(struct quilt *q, const struct push_options *o, struct push *p,
		 struct err *e)
{
	struct push_options all = *o;
	struct forced forced = { 0 };
	const struct patch *patch = &forced.patch;
	struct push one = { .first = p->first + p->done,
			    .n = 1,
			    .patches = (struct patch **)&patch,
			    .reverse = p->reverse + p->done };
	struct pushing s;
	int rc;

	all.backup = BACKUP_ALWAYS;
	pushing_init(&s, q, &all, &one);
	s.forced = &forced;
	rc = cut_down(&s, &p->result->patches[p->done], e);
	pushing_set_times(&s, pushing_clock());
	if (!rc)
		rc = push_all(&s, e);
	known_forget(q);
	p->forced = !rc;
	p->rejects = one.rejects;
	apply_result_free(one.result);
	pushing_release(&s);
	forced_release(&forced);
	return rc;
}

/* A record can only be made of a push of all that is applied. */
static void record(struct pushing *s, struct timespec begun)
{
	struct known_new w = { .q = s->q, .fuzz = s->o->fuzz, .begun = begun,
			       .pushed = s->pushed };

	if (s->p->first || s->o->backup != BACKUP_ALWAYS) {
		known_forget(s->q);
		return;
	}
	for (size_t i = 0; i < s->p->done; i++)
		known_add(&w, &s->q->series->entries.v[i], &s->p->result->patches[i]);
	known_write(&w, NULL, NULL);
}

/* *bad, if there is an error: see pushing.bad_patch. */
static int push_read(struct quilt *q, const struct push_options *o, struct push *p,
		     struct timespec begun, size_t *bad, struct err *e)
{
	struct pushing s;
	int rc;

	pushing_init(&s, q, o, p);
	pushing_set_times(&s, begun);
	if (o->dry_run) {
		rc = pushing_apply(&s, p->n, NULL, &p->result, e);
		if (!rc)
			count_done(p);
	} else {
		rc = push_all(&s, e);
		if (!rc)
			record(&s, begun);
	}
	*bad = s.bad_patch;
	pushing_release(&s);
	if (!rc && o->force && !o->dry_run && p->done < p->n)
		rc = force(q, o, p, e);
	return rc;
}

/* Errors that are a patch's own: it ends the push, as one that conflicts does. */
static bool is_patch_error(int rc)
{
	return rc == ERR_INPUT || rc == ERR_UNSAFE || rc == ERR_LIMIT;
}

static void keep_first(struct push *p, size_t n)
{
	for (size_t i = n; i < p->n; i++)
		patch_free(p->patches[i]);
	p->n = n;
}

int quilt_push(struct quilt *q, const struct push_options *o, struct push *p,
	       struct err *e)
{
	struct timespec begun = pushing_clock();
	struct err unread = { 0 };
	size_t bad;
	int rc;

	*p = (struct push){ 0 };
	if (o->threads > 1)
		parents_reserve(q->top_fd);
	rc = start(q, o, e);
	if (rc)
		return rc;
	rc = pushing_read(q, o, p, &unread);
	if (rc && rc != ERR_NOTFOUND && !is_patch_error(rc)) {
		*e = unread;
		return rc;
	}
	rc = p->n ? push_read(q, o, p, begun, &bad, e) : 0;
	if (is_patch_error(rc) && bad < p->n) {
		unread = *e;
		err_clear(e);
		keep_first(p, bad);
		rc = bad ? push_read(q, o, p, begun, &bad, e) : 0;
	}
	if (!rc && p->done == p->n && unread.code) {
		*e = unread;
		rc = e->code;
	}
	return rc;
}

void push_release(struct push *p)
{
	apply_result_free(p->result);
	for (size_t i = 0; p->patches && i < p->n; i++)
		patch_free(p->patches[i]);
	for (size_t i = 0; i < p->nsets; i++)
		patch_set_free(p->sets[i]);
	free(p->sets);
	free(p->patches);
	free(p->reverse);
	strvec_release(&p->rejects);
	*p = (struct push){ 0 };
}
