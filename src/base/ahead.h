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

/*
 * For whoever reads file @i of several, before he does: true for one caller, once this
 * process has waited for a disk (getrusage(2), ru_inblock), who is to begin. *begun
 * starts as false.
 */
bool ahead_is_due(atomic_bool *begun, size_t i);

struct ahead;

/*
 * Begins to ask for the @n files at @paths below @dir, in that order; no link is
 * followed.
 * @dir AT_FDCWD: anywhere, and links are. What cannot be read is passed over. The paths'
 * bytes must live until ahead_stop(), the array need not.
 */
struct ahead *ahead_start(int dir, const struct slice *paths, size_t n);
/* Ends it, wherever it is; NULL is fine. */
void ahead_stop(struct ahead *a);
