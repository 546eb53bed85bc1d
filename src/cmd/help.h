/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Help out of the command table: the same words as in the completions. */

#include "cmd/env.h"

/* The list of commands. */
void help_overview(FILE *out, const struct cmd *const *table);
/* One command; @parent is that of a subcommand, or NULL. */
void help_command(FILE *out, const struct cmd *cmd, const struct cmd *parent);
/*
 * The table in lines for scripts, fields apart by a tab:
 *   command	NAME	SUMMARY
 *   option	COMMAND	-x|-	--name|-	ARG|-	HELP
 *   habit	carry	-x|-	--name|-	ARG|-	HELP
 * A subcommand's NAME is "parent sub"; options of all commands stand under
 * "carry". A habit is what only some honour; it is an option of each of these.
 */
void help_porcelain(FILE *out, const struct cmd *const *table);
