// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check.h"

#include <pthread.h>
#include <time.h>

#include "base/pool.h"
#include "check/cache.h"
#include "engine/tree_source.h"

extern const struct checker checker_applies, checker_lint, checker_checkpatch,
	checker_cocci, checker_premise, checker_build, checker_sparse, checker_object,
	checker_runtime;

const struct checker *const checkers[] = {
	&checker_applies, &checker_lint,    &checker_checkpatch,
	&checker_cocci,	  &checker_premise, &checker_build,
	&checker_sparse,  &checker_object,  &checker_runtime,
};
const size_t ncheckers = ARRAY_SIZE(checkers);

const struct checker *checker_of(const struct cell *cell)
{
	for (size_t i = 0; i < ncheckers; i++) {
		if (&checkers[i]->spec == cell->spec)
			return checkers[i];
	}
	BUG_ON("a cell of no checker");
	return NULL;
}

/* Cells that run in turn: those of one build directory, or a single one. */
struct group {
	struct run *run;
	size_t target; /* index into run->targets */
	size_t *cells; /* into plan->cells */
	size_t n, cap;
	char *unit_dir; /* SCOPE_UNIT */
};

struct run {
	const struct check_env *env;
	const struct check_events *events;
	struct check_target *targets; /* by plan target */
	VEC(struct group) groups;
	pthread_mutex_t lock; /* around events */
	bool keep_going;
	atomic_bool stop; /* a cell failed and nobody wants more */
};

static unsigned conf_timeout(const struct check_env *env, const struct cell *c)
{
	const struct conf_check *check = conf_check(env->plan->conf, c->spec->name);

	return check ? check->timeout_s : 0;
}

unsigned check_timeout(const struct check_run *run, unsigned fallback)
{
	unsigned said = conf_timeout(run->env, run->cell);

	return said ? said : fallback;
}

void check_broken(struct verdict *v, const struct err *e)
{
	verdict_say(v, VERDICT_ERROR, "%s", e->msg);
}

void check_sites(struct slice source, const char *site, struct site_lines *out)
{
	struct slice line;
	size_t n = strlen(site);

	for (unsigned at = 1; slice_line(&source, &line); at++) {
		line = slice_trim(line);
		/* The statement begins the line: a comment or a condition does not count.
		 */
		if (line.n >= n && !memcmp(line.p, site, n))
			vec_push(out, at);
	}
}

static const struct unit_file *file_of(const struct check_target *t, const char *path)
{
	for (size_t i = 0; i < t->nfiles; i++) {
		if (!strcmp(t->files[i].path, path))
			return &t->files[i];
	}
	return NULL;
}

int check_patched(const struct check_target *t, const char *path, struct buf *out,
		  struct err *e)
{
	const struct unit_file *f = file_of(t, path);

	if (!f)
		return store_blob(t->env->store, t->plan->tree, path, out, NULL, e);
	if (!f->mode)
		return err_set(e, ERR_NOTFOUND, "the series deletes '%s'", path);
	buf_add_slice(out, f->data);
	return 0;
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int apply_target(struct check_target *t, struct err *e)
{
	const struct apply_policy policy = APPLY_POLICY_INIT;
	const struct variant_series *s = t->plan->variant;
	struct tree_source src;
	int rc;

	tree_source_init(&src, t->env->store, t->plan->tree);
	rc = apply_series(&src.source, (const struct patch *const *)s->patches,
			  s->reverse, s->n, &policy, &t->applied, e);
	if (rc)
		return err_wrap(e, "cannot apply the series of %s", t->plan->conf->name);
	if (t->applied->done != t->applied->npatches)
		return err_set(e, ERR_CONFLICT,
			       "the series does not apply (see applies)");
	t->nfiles = t->applied->nfiles;
	t->files = xcalloc(t->nfiles, sizeof(*t->files));
	for (size_t i = 0; i < t->nfiles; i++) {
		const struct result_file *f = &t->applied->files[i];

		t->files[i] = (struct unit_file){
			.path = arena_dup(&t->applied->arena, f->path.p, f->path.n),
			.mode = f->deleted ? 0 : f->mode,
			.data = f->bytes,
		};
	}
	return 0;
}

/* The paths of [checkout] and those that @rt adds. */
static void tree_paths(const struct check_env *env, const struct conf_runtime *rt,
		       struct strlist *out)
{
	const struct strlist *lists[] = { &env->plan->conf->checkout,
					  rt ? &rt->paths : NULL };

	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		for (size_t i = 0; lists[l] && i < lists[l]->n; i++)
			vec_push(out, lists[l]->v[i]);
	}
}

int check_tree(const struct check_target *t, const struct conf_runtime *rt, char **dir,
	       struct err *e)
{
	const struct check_env *env = t->env;
	_cleanup_free_ char *name =
		cache_tree_dir(env->cache, env->plan, rt, t->plan->tree);
	_cleanup_free_ char *lock_path = xasprintf("%s.lock", name);
	_cleanup_free_ char *trees = path_join(env->cache, "trees");
	struct fsx_lock lock = FSX_LOCK_INIT;
	struct strlist paths = { 0 };
	int rc = fsx_mkdirs(trees, e);

	if (!rc)
		rc = fsx_lock_wait(&lock, lock_path, env->cancel, e);
	if (rc)
		return rc;
	tree_paths(env, rt, &paths);
	if (!fsx_exists(name))
		rc = store_checkout(env->store, t->plan->tree, &paths, name, e);
	vec_release(&paths);
	fsx_unlock(&lock);
	if (rc)
		return err_wrap(e, "cannot write the sparse tree of %s",
				t->plan->conf->name);
	*dir = TAKE(name);
	return 0;
}

static void prepare(void *arg)
{
	struct check_target *t = arg;

	int rc = apply_target(t, &t->err);

	if (!rc)
		rc = check_tree(t, NULL, &t->tree, &t->err);
	(void)rc; /* t->err has it, for the cells that need the target */
}

static void tell_started(struct run *run, size_t cell)
{
	pthread_mutex_lock(&run->lock);
	if (run->events->started)
		run->events->started(run->events->arg, cell);
	pthread_mutex_unlock(&run->lock);
}

static void tell_done(struct run *run, size_t cell, const struct verdict *v)
{
	pthread_mutex_lock(&run->lock);
	run->events->done(run->events->arg, cell, v);
	pthread_mutex_unlock(&run->lock);
	if (!run->keep_going && (v->status == VERDICT_FAIL || v->status == VERDICT_ERROR))
		atomic_store(&run->stop, true);
}

static bool stopped(struct run *run)
{
	return atomic_load(&run->stop) ||
	       (run->env->cancel && atomic_load(run->env->cancel));
}

static void run_cell(struct group *g, size_t index, struct unit *unit,
		     const struct err *broken)
{
	struct run *run = g->run;
	const struct cell *cell = &run->env->plan->cells.v[index];
	const struct checker *checker = checker_of(cell);
	struct check_run cr = { .env = run->env,
				.target = &run->targets[g->target],
				.cell = cell,
				.unit = unit };
	double start = now_s();
	struct verdict v;

	tell_started(run, index);
	verdict_init(&v);
	if (broken->code)
		check_broken(&v, broken);
	else
		checker->run(&cr, &v);
	v.wall_s = now_s() - start;
	BUG_ON(v.status == VERDICT_NONE);
	if (!run->env->cancel || !atomic_load(run->env->cancel))
		tell_done(run, index, &v);
	verdict_release(&v);
}

static int open_unit(struct group *g, struct unit **unit, struct err *e)
{
	const struct check_env *env = g->run->env;
	const struct check_target *t = &g->run->targets[g->target];
	const struct cell *c = &env->plan->cells.v[g->cells[0]];
	struct unit_spec spec = { .dir = g->unit_dir,
				  .tree = t->tree,
				  .top = env->top,
				  .target = t->plan->conf,
				  .arch = c->arch,
				  .toolchain = c->toolchain,
				  .config = c->config,
				  .files = t->files,
				  .nfiles = t->nfiles,
				  .no_sandbox = env->no_sandbox,
				  .slots = env->slots,
				  .cancel = env->cancel };

	/* The cells of a unit share its makes: the most patient one counts. */
	for (size_t i = 0; i < g->n; i++) {
		unsigned said = conf_timeout(env, &env->plan->cells.v[g->cells[i]]);

		if (said > spec.timeout_s)
			spec.timeout_s = said;
	}
	return unit_open(&spec, unit, e);
}

static void run_group(void *arg)
{
	struct group *g = arg;
	struct check_target *t = &g->run->targets[g->target];
	struct unit *unit = NULL;
	struct err unit_err = { 0 };

	if (stopped(g->run))
		return;
	if (g->unit_dir && !t->err.code)
		open_unit(g, &unit, &unit_err);
	for (size_t i = 0; i < g->n && !stopped(g->run); i++) {
		const struct cell *c = &g->run->env->plan->cells.v[g->cells[i]];
		const struct checker *checker = checker_of(c);
		const struct err none = { 0 };

		if (checker->needs_target && t->err.code)
			run_cell(g, g->cells[i], NULL, &t->err);
		else
			run_cell(g, g->cells[i], unit, unit_err.code ? &unit_err : &none);
	}
	unit_close(unit);
}

static void add_to_group(struct run *run, size_t index)
{
	const struct cell *c = &run->env->plan->cells.v[index];
	_cleanup_free_ char *dir = NULL;
	struct group *g = NULL;

	if (c->spec->scope == SCOPE_UNIT) {
		dir = cache_unit_dir(run->env->cache, run->env->plan, c);
		vec_each (have, &run->groups) {
			if (have->unit_dir && !strcmp(have->unit_dir, dir))
				g = have;
		}
	}
	if (!g) {
		vec_push(&run->groups, (struct group){ .run = run,
						       .target = c->target,
						       .unit_dir = TAKE(dir) });
		g = &run->groups.v[run->groups.n - 1];
	}
	if (g->n == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 4;
		g->cells = xreallocarray(g->cells, g->cap, sizeof(*g->cells));
	}
	g->cells[g->n++] = index;
}

static double group_seconds(const struct group *g)
{
	double sum = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct cell *c = &g->run->env->plan->cells.v[g->cells[i]];

		sum += c->expect_s > 0 ? c->expect_s : c->spec->usual_s;
	}
	return sum;
}

/*
 * What answers at once comes first: it may end the run. Then the longest, so that
 * no worker is left alone with a long one at the end.
 */
static int by_turn(const void *va, const void *vb)
{
	const struct group *a = va, *b = vb;
	double as = group_seconds(a), bs = group_seconds(b);

	if ((as < 1) != (bs < 1))
		return as < 1 ? -1 : 1;
	if (as >= 1 && as != bs)
		return as > bs ? -1 : 1;
	return a->cells[0] < b->cells[0] ? -1 : 1;
}

/* Each target's preparation, as soon as a group of it has its turn. */
static size_t make_jobs(struct run *run, struct pool_job *jobs)
{
	long *prepared = xcalloc(run->env->plan->targets.n, sizeof(*prepared));
	size_t n = 0;

	if (run->groups.n)
		qsort(run->groups.v, run->groups.n, sizeof(*run->groups.v), by_turn);

	for (size_t i = 0; i < run->env->plan->targets.n; i++)
		prepared[i] = -1;
	vec_each (g, &run->groups) {
		if (prepared[g->target] < 0) {
			prepared[g->target] = (long)n;
			jobs[n++] = (struct pool_job){ prepare, &run->targets[g->target],
						       -1 };
		}
		jobs[n++] = (struct pool_job){ run_group, g, prepared[g->target] };
	}
	free(prepared);
	return n;
}

static void hook_idle(void *arg)
{
	slots_idle(arg);
}

static void hook_busy(void *arg)
{
	slots_busy(arg);
}

static void run_release(struct run *run)
{
	for (size_t i = 0; i < run->env->plan->targets.n; i++) {
		apply_result_free(run->targets[i].applied);
		free(run->targets[i].files);
		free(run->targets[i].tree);
	}
	vec_each (g, &run->groups) {
		free(g->cells);
		free(g->unit_dir);
	}
	vec_release(&run->groups);
	free(run->targets);
	pthread_mutex_destroy(&run->lock);
}

int check_run_cells(const struct check_env *env, const size_t *todo, size_t ntodo,
		    unsigned jobs, bool keep_going, const struct check_events *events,
		    struct err *e)
{
	struct run run = { .env = env, .events = events, .keep_going = keep_going };
	struct pool_hooks hooks = { hook_idle, hook_busy, env->slots };
	struct pool_job *list;
	int rc;

	pthread_mutex_init(&run.lock, NULL);
	run.targets = xcalloc(env->plan->targets.n, sizeof(*run.targets));
	for (size_t i = 0; i < env->plan->targets.n; i++) {
		run.targets[i].env = env;
		run.targets[i].plan = &env->plan->targets.v[i];
	}
	for (size_t i = 0; i < ntodo; i++)
		add_to_group(&run, todo[i]);
	list = xcalloc(2 * run.groups.n, sizeof(*list));
	rc = pool_run(list, make_jobs(&run, list), jobs, env->slots ? &hooks : NULL,
		      env->cancel, e);
	free(list);
	run_release(&run);
	return rc;
}
