/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A kernel to boot: its image, the modules that its configuration asks for, and the
 * probe, all built in the unit and put aside. The base's are kept for as long as the
 * unit and the probe are what they were, so that an edited patch builds again what
 * depends on it, and no more.
 */

#include "check/unit.h"

struct kernel {
	char *dir;   /* where all of it is */
	char *image; /* as is the rest: a path below dir */
	char *init;
	struct strvec modules;
	double cpu_s; /* what it took; nothing when it was kept */
};

/* @probe names all that the probe is made of. ERR_TOOL when something does not build. */
int kernel_make(struct unit *u, const struct conf_runtime *rt, const char *probe,
		enum variant which, struct kernel *out, struct err *e) _must_check_;
void kernel_release(struct kernel *k);
