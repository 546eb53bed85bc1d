// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

struct slots_pipe {
	int fds[2];
	unsigned lent;
	struct slots_pipe *next;
};

struct slots {
	pthread_mutex_t lock;
	unsigned idle; /* slots of workers that wait, lent or not */
	unsigned lent; /* of them, how many are out */
	struct slots_pipe *pipes;
};

struct slots *slots_new(void)
{
	struct slots *s = xcalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void slots_free(struct slots *s)
{
	if (!s)
		return;
	BUG_ON(s->pipes);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Idle slots go to the make that has the fewest. */
static void lend(struct slots *s)
{
	while (s->lent < s->idle && s->pipes) {
		struct slots_pipe *least = s->pipes;

		for (struct slots_pipe *p = s->pipes; p; p = p->next) {
			if (p->lent < least->lent)
				least = p;
		}
		if (write(least->fds[1], "+", 1) != 1)
			return;
		least->lent++;
		s->lent++;
	}
}

/*
 * Takes back what is not in use just now. A token that a make holds comes back
 * with its pipe; until then there is one job more than slots.
 */
static void reclaim(struct slots *s)
{
	for (struct slots_pipe *p = s->pipes; p && s->lent > s->idle; p = p->next) {
		char token;

		if (p->lent && read(p->fds[0], &token, 1) == 1) {
			p->lent--;
			s->lent--;
		}
	}
}

void slots_idle(struct slots *s)
{
	pthread_mutex_lock(&s->lock);
	s->idle++;
	lend(s);
	pthread_mutex_unlock(&s->lock);
}

void slots_busy(struct slots *s)
{
	pthread_mutex_lock(&s->lock);
	BUG_ON(!s->idle);
	s->idle--;
	reclaim(s);
	pthread_mutex_unlock(&s->lock);
}

int slots_open(struct slots *s, struct slots_pipe **out, struct err *e)
{
	struct slots_pipe *p = xcalloc(1, sizeof(*p));

	/* make 4.3 reads with blocking calls of its own; O_NONBLOCK suits it too. */
	if (pipe2(p->fds, O_CLOEXEC | O_NONBLOCK)) {
		free(p);
		return err_sys(e, errno, "cannot make a pipe");
	}
	pthread_mutex_lock(&s->lock);
	p->next = s->pipes;
	s->pipes = p;
	lend(s);
	pthread_mutex_unlock(&s->lock);
	*out = p;
	return 0;
}

void slots_close(struct slots *s, struct slots_pipe *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&s->lock);
	for (struct slots_pipe **at = &s->pipes; *at; at = &(*at)->next) {
		if (*at == p) {
			*at = p->next;
			break;
		}
	}
	s->lent -= p->lent;
	lend(s);
	pthread_mutex_unlock(&s->lock);
	close(p->fds[0]);
	close(p->fds[1]);
	free(p);
}

const int *slots_fds(const struct slots_pipe *p)
{
	return p->fds;
}
