// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_pushing.h"

#include <fcntl.h>

#include "base/ahead.h"
#include "base/pool.h"

struct reading {
	struct quilt *q;
	struct push *p;
	size_t count;
	atomic_size_t next; /* patch that nobody has begun */
	atomic_bool failed;
	int dir; /* of the patches */
	struct ahead_watch cold;
	struct strvec paths;
	struct ahead *ahead;
};

struct reader {
	struct reading *r;
	struct patch_set *set;
	size_t at; /* the patch that could not be read, if rc */
	int rc;
	struct err e;
};

static bool is_below(struct slice path, const char *dir)
{
	return path.p && slice_starts(path, dir) &&
	       (path.n == strlen(dir) || path.p[strlen(dir)] == '/');
}

/* A patch that writes quilt's state could have a later pop write what it likes. */
static int spare_state(const struct quilt *q, const struct patch *p, struct err *e)
{
	for (uint32_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		if (is_below(c->old_path, q->pc) || is_below(c->new_path, q->pc))
			return err_set(e, ERR_UNSAFE,
				       "%s:%u: cannot accept a change of quilt's state in '%s'",
				       p->name, c->line, q->pc);
	}
	return 0;
}

static void ask_ahead(struct reading *r, size_t i)
{
	size_t n = r->count - i;
	_cleanup_free_ struct slice *paths = xcalloc(n, sizeof(*paths));

	for (size_t k = 0; k < n; k++) {
		const char *name = r->q->series->entries.v[r->p->first + i + k].name;
		_cleanup_free_ char *path = quilt_patch_path(r->q, name);

		strvec_push(&r->paths, path);
		paths[k] = slice_str(r->paths.v[k]);
	}
	r->ahead = ahead_start(AT_FDCWD, paths, n);
}

static void read_some(void *arg)
{
	struct reader *me = arg;
	struct reading *r = me->r;
	size_t i;

	while (!me->rc && !atomic_load(&r->failed) &&
	       (i = atomic_fetch_add(&r->next, 1)) < r->count) {
		me->at = i;
		if (ahead_is_due(&r->cold, i))
			ask_ahead(r, i);
		me->rc = quilt_read_patch(r->q, r->p->first + i, me->set,
					  &r->p->patches[i], &me->e);
		if (!me->rc)
			me->rc = spare_state(r->q, r->p->patches[i], &me->e);
	}
	if (me->rc)
		atomic_store(&r->failed, true);
}

/*
 * The first patch that cannot be read ends the push, whoever met it: those before it
 * were all begun before it, and so were read.
 */
static const struct reader *first_failure(const struct reader *readers, unsigned n)
{
	const struct reader *first = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (readers[i].rc && (!first || readers[i].at < first->at))
			first = &readers[i];
	}
	return first;
}

static void read_all(struct reading *r, struct reader *readers, unsigned n)
{
	_cleanup_free_ struct pool_job *jobs = xcalloc(n, sizeof(*jobs));
	struct err e = { 0 };

	for (unsigned i = 0; i < n; i++) {
		readers[i].r = r;
		readers[i].set = r->p->sets[i] = patch_set_new(r->dir);
		jobs[i] = (struct pool_job){ read_some, &readers[i], -1 };
	}
	if (n == 1 || pool_run(jobs, n, n, NULL, NULL, &e))
		read_some(&readers[0]);
}

int pushing_read(struct quilt *q, const struct push_options *o, struct push *p,
		 struct err *e)
{
	struct reading r = { .q = q, .p = p, .count = o->count };
	unsigned n = o->threads > 1 && o->count > 1 ? o->threads : 1;
	_cleanup_free_ struct reader *readers = xcalloc(n, sizeof(*readers));
	const struct reader *failed;

	p->first = q->applied.n;
	p->n = o->count;
	p->sets = xcalloc(n, sizeof(*p->sets));
	p->nsets = n;
	p->patches = xcalloc(o->count, sizeof(*p->patches));
	p->reverse = xcalloc(o->count, sizeof(*p->reverse));
	for (size_t i = 0; i < p->n; i++)
		p->reverse[i] = q->series->entries.v[p->first + i].reverse;
	r.dir = open(q->patches, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ahead_watch_init(&r.cold);
	read_all(&r, readers, n);
	closep(&r.dir);
	ahead_stop(r.ahead);
	strvec_release(&r.paths);
	failed = first_failure(readers, n);
	if (!failed)
		return 0;
	p->n = failed->at;
	for (size_t i = p->n; i < o->count; i++) {
		patch_free(p->patches[i]);
		p->patches[i] = NULL;
	}
	*e = failed->e;
	return failed->rc;
}
