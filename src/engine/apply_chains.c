// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/ahead.h"
#include "base/pool.h"
#include "engine/apply_run.h"

/* What all lanes read. */
struct crew {
	struct blob_source *src;
	const struct patch *const *patches;
	const bool *reverse;
	const struct apply_policy *policy;
	struct apply_result *r;
	const struct chains *chains;
	atomic_size_t next; /* chain that nobody has begun */
	atomic_bool failed;
	struct ahead_watch cold; /* of the files */
};

/* A thread that runs chains, one after the other, each on a tree of its own. */
struct lane {
	struct crew *crew;
	struct collector out;
	unsigned index;
};

static bool all_apply(const struct to_do *d, const struct step *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (d->outcomes[s[i].index].answer != ANSWER_APPLIES)
			return false;
	}
	return true;
}

static bool run_steps(struct crew *crew, struct tree *t, const struct chain *c)
{
	for (size_t i = 0, end; i < c->n; i = end) {
		uint32_t at = c->steps[i].patch;
		struct to_do d = { crew->reverse && crew->reverse[at], crew->policy,
				   crew->r->patches[at].changes };

		for (end = i + 1; end < c->n && c->steps[end].patch == at; end++)
			;
		t->patch = at;
		if (apply_steps(t, &d, c->steps + i, end - i, t->e) || t->watch_rc ||
		    !all_apply(&d, c->steps + i, end - i))
			return false;
		tree_commit(t, at);
	}
	return true;
}

static bool collect(struct lane *l, struct tree *t)
{
	map_each(it, &t->files)
	{
		if (collect_file(&l->out, t, it->value, t->e))
			return false;
	}
	return true;
}

/* What goes wrong is said by those who do it all again in order; *e is not read. */
static bool run_chain(struct lane *l, const struct chain *c, struct err *e)
{
	struct arena arena = ARENA_INIT;
	struct tree t = { .src = l->crew->src,
			  .arena = &arena,
			  .watch = l->crew->policy->watch,
			  .lane = l->index,
			  .e = e };
	bool ok = run_steps(l->crew, &t, c) && collect(l, &t);

	if (!ok)
		tree_rollback(&t);
	tree_release(&t);
	arena_release(&arena);
	return ok;
}

/* Of the chains from @i on; of those with several files one will do. */
static void tell_ahead(struct crew *crew, size_t i)
{
	const struct chains *c = crew->chains;
	_cleanup_free_ struct slice *paths = xcalloc(c->n - i, sizeof(*paths));

	for (size_t k = i; k < c->n; k++)
		paths[k - i] = change_path(c->v[k].steps[0].change);
	crew->src->ahead(crew->src, paths, c->n - i);
}

static void run_lane(void *arg)
{
	struct lane *l = arg;
	struct crew *crew = l->crew;
	struct err e = { 0 };
	size_t i;

	while (!atomic_load(&crew->failed) &&
	       (i = atomic_fetch_add(&crew->next, 1)) < crew->chains->n) {
		if (crew->src->ahead && ahead_is_due(&crew->cold, i))
			tell_ahead(crew, i);
		if (!run_chain(l, &crew->chains->v[i], &e))
			atomic_store(&crew->failed, true);
	}
}

static unsigned how_many(const struct crew *crew)
{
	unsigned n = crew->policy->threads;

	if (!n || !crew->src->threads)
		n = 1;
	if (n > APPLY_MAX_THREADS)
		n = APPLY_MAX_THREADS;
	return n < crew->chains->n || !crew->chains->n ? n : (unsigned)crew->chains->n;
}

static void run_lanes(struct lane *lanes, unsigned n)
{
	struct pool_job jobs[APPLY_MAX_THREADS];
	struct err e = { 0 };

	for (unsigned i = 0; i < n; i++)
		jobs[i] = (struct pool_job){ run_lane, &lanes[i], -1 };
	if (n == 1 || pool_run(jobs, n, n, NULL, NULL, &e))
		run_lane(&lanes[0]);
	if (atomic_load(&lanes->crew->cold.due))
		lanes->crew->src->ahead(lanes->crew->src, NULL, 0);
}

static void join(struct apply_result *r, struct lane *lanes, unsigned n)
{
	struct result_files all = lanes[0].out.files;

	for (unsigned i = 1; i < n; i++) {
		vec_each (f, &lanes[i].out.files)
			vec_push(&all, *f);
		vec_release(&lanes[i].out.files);
	}
	finish_files(r, &all);
}

static void begin(struct crew *crew)
{
	struct apply_result *r = crew->r;

	for (size_t i = 0; i < r->npatches; i++) {
		r->patches[i] =
			(struct patch_outcome){ crew->patches[i], ANSWER_APPLIES,
						new_outcomes(r, crew->patches[i]) };
	}
}

static bool has_path(const struct chain *c, const struct map *paths)
{
	for (size_t i = 0; i < c->n; i++) {
		if (map_has(paths, change_path(c->steps[i].change)))
			return true;
	}
	return false;
}

static void keep_only(struct chains *all, const struct map *paths)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (has_path(&all->v[i], paths))
			all->v[kept++] = all->v[i];
	}
	all->n = kept;
}

bool apply_chains(struct blob_source *src, const struct patch *const *patches,
		  const bool *reverse, const struct apply_policy *policy,
		  struct apply_result *r)
{
	_cleanup_chains_ struct chains chains = { 0 };
	struct crew crew = { src, patches, reverse, policy, r, &chains, 0, false, { 0 } };
	struct lane lanes[APPLY_MAX_THREADS] = { 0 };
	unsigned n;

	if (!chains_make(patches, reverse, NULL, r->npatches, &chains))
		return false;
	if (policy->only)
		keep_only(&chains, policy->only);
	begin(&crew);
	ahead_watch_init(&crew.cold);
	n = how_many(&crew);
	r->lanes = xcalloc(n, sizeof(*r->lanes));
	r->nlanes = n;
	for (unsigned i = 0; i < n; i++)
		lanes[i] = (struct lane){ &crew,
					  { .policy = policy, .arena = &r->lanes[i] },
					  i };
	run_lanes(lanes, n);
	if (atomic_load(&crew.failed)) {
		for (unsigned i = 0; i < n; i++)
			vec_release(&lanes[i].out.files);
		return false;
	}
	join(r, lanes, n);
	return true;
}
