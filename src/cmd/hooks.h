/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What stands in git's hooks and in a CI job: POSIX sh that calls carry as a person
 * would.
 */

#include <stdbool.h>

struct hook {
	const char *name;
	const char *text;
	bool git; /* one of git's hooks; else for CI */
};

/* In the first lines of each: by it a hook of ours is known. */
#define HOOK_MARK "# Made by carry hook"

/* Ended by one without name. */
extern const struct hook hooks[];
