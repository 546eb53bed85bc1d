/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Progress of a program that writes files: while it runs, the sizes of the
 * files in some directories are told as bytes done.
 */

#include "base/log.h"
#include "base/vec.h"

struct watch;

/* Begins to tell @sink of the step @what. Borrows all until watch_stop(). */
struct watch *watch_start(struct log_sink *sink, const char *what,
			  const char *const *dirs, uint64_t total);
/* @done: the step ended well, and is told as complete. */
void watch_stop(struct watch *w, bool done);
