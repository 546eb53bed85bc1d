/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How a matrix reaches the person: which writer, on which stream. */

#include "cmd/project.h"
#include "report/live.h"
#include "report/style.h"

/* A live view of the plan's cells on env->err; quiet with -q and with --json. */
struct live *present_live(const struct cmd_env *env, const struct plan *plan);
/* Tells @live how large its terminal is now; call it now and then. */
void present_window(const struct cmd_env *env, struct live *live);
/*
 * Writes the matrix to env->out as --json, --porcelain or for the terminal.
 * Gives what the cells come to: 0, CMD_FINDINGS, or ERR_TOOL when a cell could
 * not be decided; *e is set for that and for what went wrong in writing.
 */
int present_matrix(const struct cmd_env *env, const struct project *p,
		   struct err *e) _must_check_;
/* The terminal's form, appended to @out; @plain: for a file, without colour. */
int present_term(const struct cmd_env *env, bool plain, const json_t *model,
		 struct buf *out, struct err *e) _must_check_;
/* What the cells of @model come to, as present_matrix() gives it. */
int present_result(const json_t *model, struct err *e) _must_check_;
/* What @f, where results go, can show. */
struct style present_style(const struct cmd_env *env, FILE *f);
