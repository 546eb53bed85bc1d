/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Many small files that are not in memory: who reads one after the other waits for the
 * disk as often as there are files, and for each directory above them. Threads that only
 * ask for what will be read next keep the disk busy meanwhile. They change nothing of
 * what a reader gets, and cost something, so they are for when the disk was waited for.
 */

#include <stdatomic.h>

#include "base/base.h"

/* Whether files that are being read, by one thread or several, come from a disk. */
struct ahead_watch {
	long before; /* what this process had read from disks: getrusage(2), ru_inblock */
	atomic_bool due;
};

void ahead_watch_init(struct ahead_watch *w);
/*
 * To be asked before file @i is read: true for one caller, once a disk was waited for,
 * who is to begin.
 */
bool ahead_is_due(struct ahead_watch *w, size_t i);

struct ahead;

/*
 * Begins to ask for the @n files at @paths below @dir, in that order; no link is
 * followed. @dir AT_FDCWD: anywhere, and links are. What cannot be read is passed over.
 * The paths' bytes must live until ahead_stop(), the array need not.
 */
struct ahead *ahead_start(int dir, const struct slice *paths, size_t n);
/* Ends it, wherever it is; NULL is fine. */
void ahead_stop(struct ahead *a);
