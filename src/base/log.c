// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include "base/buf.h"

void log_msg(struct log_sink *sink, enum log_level level, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	if (!sink || !sink->message)
		return;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	sink->message(sink, level, b.data);
}

void log_progress(struct log_sink *sink, const char *what, uint64_t done, uint64_t total,
		  const char *unit)
{
	if (sink && sink->progress)
		sink->progress(sink, what, done, total, unit);
}
