// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/vec.h"

#include <stdarg.h>

#include "base/buf.h"

static void push_owned(struct strvec *s, char *str)
{
	if (s->n + 2 > s->cap) {
		s->cap = s->cap ? s->cap * 2 : 8;
		s->v = xreallocarray(s->v, s->cap, sizeof(*s->v));
	}
	s->v[s->n++] = str;
	s->v[s->n] = NULL;
}

void strvec_push(struct strvec *s, const char *str)
{
	push_owned(s, xstrdup(str));
}

void strvec_pushf(struct strvec *s, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	push_owned(s, buf_take(&b));
}

void strvec_push_all(struct strvec *s, const char *const *list)
{
	for (; *list; list++)
		strvec_push(s, *list);
}

bool strvec_has(const struct strvec *s, const char *str)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->v[i], str))
			return true;
	}
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_bytes);
}

void strvec_release(struct strvec *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strvec){ NULL, 0, 0 };
}
