/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A run of the program, whatever commands it has. */

#include "cmd/opt.h"

/*
 * Reads the command line, runs the command of @table that it names, prints what
 * went wrong. Returns the exit status.
 */
int program_run(const struct cmd *const *table, char **argv);
