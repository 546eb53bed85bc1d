/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The parts of a unit see each other here: unit.c, unit_farm.c, unit_config.c. */

#include <jansson.h>

#include "base/proc.h"
#include "check/unit.h"

struct unit {
	struct unit_spec spec;
	char *src, *out, *state_path;
	struct fsx_lock lock;
	struct sandbox sb;
	json_t *state; /* {"clean": bool, "configured": digest, "files": {path: digest}}
			*/
	struct unit_build builds[2];
	bool built[2];
	bool swapped; /* the farm is in no variant: nothing may call it clean */
	bool broken;  /* a run was broken off: half-written files may lie about */
};

/* Writes the state; "clean" only when asked and when the farm is in a variant. */
int unit_save_state(struct unit *u, bool clean, struct err *e) _must_check_;
/* make in the O=, the farm as it stands. */
int unit_make_with(struct unit *u, const char *const *args, struct proc_result *r,
		   struct err *e) _must_check_;
/* Configures the kernel unless it is; every symbol asked for must survive. */
int unit_configure(struct unit *u, struct err *e) _must_check_;
