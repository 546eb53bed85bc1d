/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a command finds when it starts: where the repository is, where its
 * results go, and what the person asked for in general. Commands print; the
 * layers below only fill data and speak through `sink`.
 */

#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"
#include "cmd/opt.h"

/* The repository's top is the nearest directory above that has this file. */
#define CONF_NAME "carry.conf"

struct cmd_env {
	char *top;     /* absolute; NULL when a PLACE_ANYWHERE command found none */
	char *conf;    /* <top>/carry.conf, or NULL */
	char *cache;   /* --cache, CARRY_CACHE or <top>/.carry/cache; may not exist yet */
	char *state;   /* <top>/.carry/state; may not exist yet */
	unsigned jobs; /* slots, at least 1 */
	bool keep_going, dry_run, json, no_sandbox;
	bool porcelain, nul; /* nul: with NUL instead of LF; porcelain is set then, too */
	int verbosity;		   /* -1 quiet, 0, 1 and more verbose */
	bool color;		   /* the result on `out` may have colour */
	bool live;		   /* progress on `err` may redraw its line */
	FILE *out;		   /* the result */
	FILE *err;		   /* progress and diagnostics */
	struct log_sink *sink;	   /* writes to `err` */
	const atomic_bool *cancel; /* turns true at SIGINT or SIGTERM */
	const char *const *argv;   /* the arguments; argv[argc] is NULL */
	size_t argc;
	const struct cmd *cmd;		/* the one that runs */
	const struct cmd *const *table; /* all commands */
};

/*
 * Fills *env from what was parsed: changes directory for -C, looks for the
 * repository. ERR_NOTFOUND when the command needs one and there is none, with
 * what to do. *env is always releasable; it borrows from @p.
 */
int env_open(struct cmd_env *env, const struct cmd *const *table, struct parsed *p,
	     struct err *e) _must_check_;
void env_release(struct cmd_env *env);

/* The exit status that a command's result stands for: the one place that maps it. */
int exit_status(int rc);

/*
 * Of two results the one to report: findings come before what was missing, an
 * interruption and our own errors before findings.
 */
int worse_result(int a, int b);
