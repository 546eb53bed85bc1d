/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the commands on a quilt series share. */

#include "cmd/env.h"
#include "engine/quilt.h"

/* What quilt gives when there is nothing left to do: 2, which scripts know. */
#define NOTHING_TO_DO ERR_USAGE

/* Runs @f on a series that was opened and checked. */
int stack_run(struct cmd_env *env, const void *values,
	      int (*f)(struct cmd_env *env, struct quilt *q, const void *values,
		       struct err *e),
	      struct err *e) _must_check_;
/* Says that there is nothing to do, which is no error and yet not done. */
int stack_nothing(struct err *e, const char *fmt, ...) _printf_(2, 3);
/* The index of the patch of @said, of the topmost one without. */
int stack_patch(const struct quilt *q, const char *said, size_t *index,
		struct err *e) _must_check_;
/* Whether the argument is a number of patches. */
bool stack_count(const char *arg, size_t *n);
