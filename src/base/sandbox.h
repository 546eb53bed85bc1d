/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where foreign code (a kernel's makefiles and scripts) runs: bubblewrap with
 * the system's programs read-only, no network, no home, no other process in
 * sight, and only the places given here. Each place has a constant path inside,
 * so that objects and diagnostics are the same on every machine. It dies with us.
 */

#include "base/proc.h"
#include "base/vec.h"

struct sandbox_place {
	const char *host;   /* borrowed */
	const char *inside; /* borrowed, absolute */
	bool writable;
};

struct sandbox {
	bool off; /* asked for by the person: run in the open, at host paths */
	VEC(struct sandbox_place) places;
};

void sandbox_release(struct sandbox *sb);
void sandbox_add(struct sandbox *sb, const char *host, const char *inside, bool writable);
/* The path that a command must use for @host: the inside one, or itself if off. */
const char *sandbox_path(const struct sandbox *sb, const char *host);
/* argv that runs @argv inside, with @dir (an inside path) as working directory. */
void sandbox_argv(const struct sandbox *sb, const char *dir, const char *const *argv,
		  struct strvec *out);
/* Whether bubblewrap works here; ERR_TOOL with what to do otherwise. */
int sandbox_probe(struct err *e) _must_check_;
