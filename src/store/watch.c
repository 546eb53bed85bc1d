// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/watch.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/fsx.h"

struct watch {
	struct log_sink *sink;
	const char *what;
	const char *const *dirs; /* NULL-ended */
	uint64_t total;
	pthread_t thread;
	bool running; /* there is a thread */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

static uint64_t bytes_in(const char *dir)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	struct err ignored;
	uint64_t sum = 0;

	if (fsx_list(dir, &names, &ignored))
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = path_join(dir, names.v[i]);
		struct stat st;

		if (!lstat(path, &st) && S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	}
	return sum;
}

static void tell(const struct watch *w)
{
	uint64_t sum = 0;

	for (size_t i = 0; w->dirs[i]; i++)
		sum += bytes_in(w->dirs[i]);
	if (w->total && sum >= w->total)
		sum = w->total - 1; /* whether it is complete is not ours to say */
	log_progress(w->sink, w->what, sum, w->total, "bytes");
}

static void *look(void *arg)
{
	struct watch *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 250000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (pthread_cond_timedwait(&w->wake, &w->lock, &until) == ETIMEDOUT)
			tell(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct watch *watch_start(struct log_sink *sink, const char *what,
			  const char *const *dirs, uint64_t total)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->sink = sink;
	w->what = what;
	w->dirs = dirs;
	w->total = total;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->running = sink && !pthread_create(&w->thread, NULL, look, w);
	return w;
}

void watch_stop(struct watch *w, bool done)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (w->running)
		pthread_join(w->thread, NULL);
	if (done && w->total)
		log_progress(w->sink, w->what, w->total, w->total, "bytes");
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	free(w);
}
