// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/sink.h"

#include <inttypes.h>
#include <pthread.h>
#include <time.h>

#include "base/buf.h"

/* A redraw more often than this is only work. */
#define REDRAW_S 0.1

struct cmd_sink {
	struct log_sink sink;
	pthread_mutex_t lock;
	FILE *out;
	int verbosity;
	bool live;
	bool drawn;	    /* a progress line stands unfinished */
	char *step;	    /* the step that progress is about, or NULL */
	double began, last; /* seconds of the monotonic clock */
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void wipe(struct cmd_sink *s)
{
	if (s->drawn)
		fputs("\r\033[K", s->out);
	s->drawn = false;
}

static void message(struct log_sink *sink, enum log_level level, const char *text)
{
	struct cmd_sink *s = (struct cmd_sink *)sink;
	int needed = level == LOG_WARN ? -1 : level == LOG_INFO ? 0 : 1;

	if (s->verbosity < needed)
		return;
	pthread_mutex_lock(&s->lock);
	wipe(s);
	fprintf(s->out, "carry: %s%s\n", level == LOG_WARN ? "warning: " : "", text);
	fflush(s->out);
	pthread_mutex_unlock(&s->lock);
}

static void add_amount(struct buf *b, uint64_t n, const char *unit)
{
	if (strcmp(unit, "bytes"))
		buf_addf(b, "%" PRIu64 " %s", n, unit);
	else if (n < 10 << 20)
		buf_addf(b, "%.1f MB", n / 1e6);
	else
		buf_addf(b, "%.0f MB", n / 1e6);
}

static void add_left(struct buf *b, double seconds)
{
	unsigned s = seconds + 0.5;

	if (s < 60)
		buf_addf(b, ", %u s left", s);
	else
		buf_addf(b, ", %u min %u s left", s / 60, s % 60);
}

static void draw(struct cmd_sink *s, uint64_t done, uint64_t total, const char *unit)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	double spent = now() - s->began;

	buf_addf(&b, "%s: ", s->step);
	add_amount(&b, done, unit);
	if (total) {
		buf_adds(&b, " of ");
		add_amount(&b, total, unit);
		/* A guess out of the first second would jump about. */
		if (done && spent > 1 && total > done)
			add_left(&b, spent * (total - done) / done);
	}
	wipe(s);
	fputs(buf_str(&b), s->out);
	s->drawn = true;
	fflush(s->out);
}

static void finish(struct cmd_sink *s, uint64_t done, const char *unit)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	add_amount(&b, done, unit);
	wipe(s);
	fprintf(s->out, "carry: %s: %s, %.1f s\n", s->step, buf_str(&b),
		now() - s->began);
	fflush(s->out);
	free(TAKE(s->step));
}

static void progress(struct log_sink *sink, const char *what, uint64_t done,
		     uint64_t total, const char *unit)
{
	struct cmd_sink *s = (struct cmd_sink *)sink;
	double t = now();

	if (s->verbosity < 0)
		return;
	pthread_mutex_lock(&s->lock);
	if (!s->step || strcmp(s->step, what)) {
		free(s->step);
		s->step = xstrdup(what);
		s->began = t;
		s->last = 0;
	}
	if (total && done >= total) {
		finish(s, done, unit);
	} else if (s->live && t - s->last >= REDRAW_S) {
		s->last = t;
		draw(s, done, total, unit);
	}
	pthread_mutex_unlock(&s->lock);
}

struct log_sink *sink_new(FILE *out, int verbosity, bool live)
{
	struct cmd_sink *s = xcalloc(1, sizeof(*s));

	s->sink = (struct log_sink){ message, progress };
	pthread_mutex_init(&s->lock, NULL);
	s->out = out;
	s->verbosity = verbosity;
	s->live = live;
	return &s->sink;
}

void sink_free(struct log_sink *sink)
{
	struct cmd_sink *s = (struct cmd_sink *)sink;

	if (!s)
		return;
	wipe(s);
	pthread_mutex_destroy(&s->lock);
	free(s->step);
	free(s);
}
