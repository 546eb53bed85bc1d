/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * All commands. A new one is a file cmd_<name>.c, its declaration and its place
 * in the table here, and a man page man/carry-<name>.1.scd; tests fail where one
 * of them is missing.
 */

#include "cmd/env.h"

extern const struct cmd cmd_applied;
extern const struct cmd cmd_apply;
extern const struct cmd cmd_compare;
extern const struct cmd cmd_completion;
extern const struct cmd cmd_diff;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_edit;
extern const struct cmd cmd_export;
extern const struct cmd cmd_fetch;
extern const struct cmd cmd_fit;
extern const struct cmd cmd_files;
extern const struct cmd cmd_gc;
extern const struct cmd cmd_help;
extern const struct cmd cmd_hook;
extern const struct cmd cmd_import;
extern const struct cmd cmd_init;
extern const struct cmd cmd_next;
extern const struct cmd cmd_pop;
extern const struct cmd cmd_previous;
extern const struct cmd cmd_push;
extern const struct cmd cmd_series;
extern const struct cmd cmd_lint;
extern const struct cmd cmd_send;
extern const struct cmd cmd_target;
extern const struct cmd cmd_top;
extern const struct cmd cmd_trailers;
extern const struct cmd cmd_unapplied;
extern const struct cmd cmd_report;
extern const struct cmd cmd_save;
extern const struct cmd cmd_status;
extern const struct cmd cmd_verify;
extern const struct cmd cmd_version;

/* Those on a quilt series: they link no more than what applies patches; see front.c. */
#define QUILT_COMMANDS                                                                   \
	&cmd_push, &cmd_pop, &cmd_applied, &cmd_unapplied, &cmd_top, &cmd_next,          \
		&cmd_previous, &cmd_series, &cmd_files, &cmd_diff

/* NULL-ended; the order of `carry help`. */
extern const struct cmd *const all_commands[];
