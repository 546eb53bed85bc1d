/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where libraries send what a person may want to see while they work. They
 * never print: the command decides what a message or a step looks like. All
 * functions take a NULL sink and then do nothing. A sink is called from any
 * thread and must serialise itself.
 */

#include "base/base.h"

enum log_level { LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_sink {
	void (*message)(struct log_sink *sink, enum log_level level, const char *text);
	/*
	 * A long step moved: @done of @total (0: unknown) in @unit ("bytes",
	 * "files"). @what names the step; a new name begins a new one.
	 */
	void (*progress)(struct log_sink *sink, const char *what, uint64_t done,
			 uint64_t total, const char *unit);
};

void log_msg(struct log_sink *sink, enum log_level level, const char *fmt, ...)
	_printf_(3, 4);
void log_progress(struct log_sink *sink, const char *what, uint64_t done, uint64_t total,
		  const char *unit);
