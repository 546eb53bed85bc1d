// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/ahead.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/beneath.h"

/* Reads under way at once; 8 and 32 are no better (bench/apply, COLD=1). */
#define DEPTH 16

struct ahead {
	int dir;
	struct slice *paths;
	size_t n;
	atomic_size_t next; /* path that nobody has asked for */
	atomic_bool stop;
	pthread_t threads[DEPTH];
	unsigned nthreads;
};

static long blocks_read(void)
{
	struct rusage ru;

	return getrusage(RUSAGE_SELF, &ru) ? 0 : ru.ru_inblock;
}

void ahead_watch_init(struct ahead_watch *w)
{
	w->before = blocks_read();
	atomic_init(&w->due, false);
}

/* The question costs as much as to read a page: of many files not each asks it. */
static bool asks(size_t i)
{
	return i < 32 ? i && !(i & (i - 1)) : !(i % 32);
}

bool ahead_is_due(struct ahead_watch *w, size_t i)
{
	return asks(i) && !atomic_load(&w->due) && blocks_read() > w->before &&
	       !atomic_exchange(&w->due, true);
}

/* A pipe's writer would notice that it was opened; so it is looked at first. */
static int open_anywhere(const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return -1;
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static void ask(const struct ahead *a, struct slice at)
{
	_cleanup_free_ char *path = xmemdupz(at.p, at.n);
	_cleanup_fd_ int fd =
		a->dir == AT_FDCWD ? open_anywhere(path)
				   : beneath_open(a->dir, path,
						  O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd >= 0)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
}

static void *ask_for_all(void *arg)
{
	struct ahead *a = arg;
	size_t i;

	while (!atomic_load(&a->stop) && (i = atomic_fetch_add(&a->next, 1)) < a->n)
		ask(a, a->paths[i]);
	return NULL;
}

struct ahead *ahead_start(int dir, const struct slice *paths, size_t n)
{
	struct ahead *a = xcalloc(1, sizeof(*a));

	a->dir = dir;
	a->n = n;
	a->paths = xreallocarray(NULL, n, sizeof(*paths));
	if (n)
		memcpy(a->paths, paths, n * sizeof(*paths));
	while (a->nthreads < DEPTH && a->nthreads < n &&
	       !pthread_create(&a->threads[a->nthreads], NULL, ask_for_all, a))
		a->nthreads++;
	return a;
}

void ahead_stop(struct ahead *a)
{
	if (!a)
		return;
	atomic_store(&a->stop, true);
	for (unsigned i = 0; i < a->nthreads; i++)
		pthread_join(a->threads[i], NULL);
	free(a->paths);
	free(a);
}
