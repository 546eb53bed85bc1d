/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The log sink of the commands: messages as lines on a stream; progress as one
 * redrawn line on a terminal, and elsewhere as one line for each finished step.
 */

#include <stdio.h>

#include "base/log.h"

/* @verbosity: -1 warnings only, 0 and infos, 1 and debugging. @live: redraw. */
struct log_sink *sink_new(FILE *out, int verbosity, bool live);
void sink_free(struct log_sink *sink);
