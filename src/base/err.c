// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

#include "base/buf.h"

/* Messages quote what strangers wrote, and end on a terminal. */
static void disarm(struct err *e)
{
	bytes_disarm(e->msg, strlen(e->msg));
}

int err_set(struct err *e, enum errc code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	disarm(e);
	e->code = code;
	return code;
}

int err_sys(struct err *e, int en, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", strerror(en));
	disarm(e);
	e->code = en == ENOENT ? ERR_NOTFOUND : en == EEXIST ? ERR_EXISTS : ERR_IO;
	return e->code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char was[sizeof(e->msg)];
	va_list ap;
	size_t n;

	BUG_ON(!e->code);
	memcpy(was, e->msg, sizeof(was));
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", was);
	disarm(e);
	return e->code;
}

void err_clear(struct err *e)
{
	e->code = 0;
	e->msg[0] = '\0';
}
