/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One boot of a kernel in an emulator, inside the sandbox: the kernel's files are
 * there to read, nothing is there to write, there is no network, and what the machine
 * says on its serial port is all that comes out.
 */

#include "check/runtime/kernel.h"

struct boot_spec {
	const struct conf_runtime *rt;
	const struct kernel *kernel;
	bool no_sandbox;
	unsigned timeout_s;
	const atomic_bool *cancel;
};

struct boot {
	struct buf console; /* what was said, also when the boot broke */
	char *command;
	double wall_s;
};

/*
 * Makes the initial archive and boots. ERR_TIMEOUT, or ERR_TOOL when the emulator
 * could not start or did not end as it should.
 */
int boot_run(const struct boot_spec *spec, struct boot *out, struct err *e) _must_check_;
void boot_release(struct boot *b);
