// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/stack.h"

#include <stdarg.h>

int stack_run(struct cmd_env *env, const void *values,
	      int (*f)(struct cmd_env *env, struct quilt *q, const void *values,
		       struct err *e),
	      struct err *e)
{
	struct quilt q;
	int rc = quilt_open(&q, e);

	if (!rc)
		rc = quilt_check(&q, e);
	if (!rc)
		rc = f(env, &q, values, e);
	quilt_release(&q);
	return rc;
}

int stack_nothing(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return e->code = NOTHING_TO_DO;
}

int stack_patch(const struct quilt *q, const char *said, size_t *index, struct err *e)
{
	if (said)
		return quilt_find(q, said, index, e);
	if (!q->applied.n)
		return stack_nothing(e, "no patch of %s is applied", q->series_path);
	*index = q->applied.n - 1;
	return 0;
}

bool stack_count(const char *arg, size_t *n)
{
	*n = 0;
	for (const char *p = arg; *p; p++) {
		if (*p < '0' || *p > '9' || *n > 100000000)
			return false;
		*n = *n * 10 + (size_t)(*p - '0');
	}
	return *arg != '\0';
}
