// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/pool.h"

#include <pthread.h>

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE };

struct pool {
	const struct pool_job *jobs;
	enum job_state *state;
	size_t n, left; /* @left: jobs that have not begun */
	const struct pool_hooks *hooks;
	const atomic_bool *cancel;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static long next_ready(const struct pool *p)
{
	for (size_t i = 0; i < p->n; i++) {
		long needs = p->jobs[i].needs;

		if (p->state[i] == JOB_WAITING &&
		    (needs < 0 || p->state[needs] == JOB_DONE))
			return (long)i;
	}
	return -1;
}

static bool over(const struct pool *p)
{
	return !p->left || (p->cancel && atomic_load(p->cancel));
}

/* With the lock held: the next job, waiting for one if need be; -1 at the end. */
static long take(struct pool *p)
{
	bool waited = false;
	long i = -1;

	while (!over(p) && (i = next_ready(p)) < 0) {
		if (!waited && p->hooks)
			p->hooks->idle(p->hooks->arg);
		waited = true;
		pthread_cond_wait(&p->changed, &p->lock);
	}
	if (waited && p->hooks)
		p->hooks->busy(p->hooks->arg);
	if (over(p))
		return -1;
	p->state[i] = JOB_RUNNING;
	p->left--;
	return i;
}

static void *work(void *arg)
{
	struct pool *p = arg;
	long i;

	pthread_mutex_lock(&p->lock);
	while ((i = take(p)) >= 0) {
		pthread_mutex_unlock(&p->lock);
		p->jobs[i].run(p->jobs[i].arg);
		pthread_mutex_lock(&p->lock);
		p->state[i] = JOB_DONE;
		pthread_cond_broadcast(&p->changed);
	}
	/* A worker without work lends its slot until all have ended. */
	pthread_cond_broadcast(&p->changed);
	if (p->hooks)
		p->hooks->idle(p->hooks->arg);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int pool_run(const struct pool_job *jobs, size_t n, unsigned nthreads,
	     const struct pool_hooks *hooks, const atomic_bool *cancel, struct err *e)
{
	struct pool p = {
		.jobs = jobs, .n = n, .left = n, .hooks = hooks, .cancel = cancel
	};
	_cleanup_free_ pthread_t *threads = xcalloc(nthreads, sizeof(*threads));
	unsigned started = 0;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		BUG_ON(jobs[i].needs >= (long)n || jobs[i].needs == (long)i);
	p.state = xcalloc(n, sizeof(*p.state));
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	while (started < nthreads && !rc) {
		rc = pthread_create(&threads[started], NULL, work, &p);
		started += !rc;
	}
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	free(p.state);
	if (!started)
		return err_sys(e, rc, "cannot start a thread");
	return 0;
}
