/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a booted kernel's only process says on the console, between the kernel's own
 * messages (docs/runtime.md). Lines of its own begin with "carry: ":
 *
 *	begin 1				the version of this format; once, first
 *	check NAME pass|fail [DETAIL]	NAME is of a-z, 0-9, "." and "-", and comes once
 *	fact NAME [VALUE]		may come more than once
 *	broken WHAT			nothing can be said of this kernel
 *	end CHECKS FAILED WARNINGS	the total; once, last
 *
 * The total proves that nothing was lost: without it, or with another number of
 * lines than it says, the boot has shown nothing.
 */

#include <jansson.h>

#include "base/err.h"
#include "base/vec.h"

struct console_check {
	char *name;
	bool pass;
	char *detail; /* as it came: any bytes but NUL, bounded */
};

struct console {
	VEC(struct console_check) checks; /* in their order */
	json_t *facts;			  /* {name: [values]} */
	unsigned failed;
	unsigned warnings; /* of the kernel, as counted inside */
};

/*
 * Reads all of a boot's output. ERR_INPUT when it is not whole: the message says
 * how far it came. *out is always releasable afterwards.
 */
int console_parse(struct slice text, struct console *out, struct err *e) _must_check_;
void console_release(struct console *c);
