/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Running other programs: an argv array, a clean environment, a time limit,
 * bounded capture, and an end for the whole process group. A blocking call,
 * safe from several threads at once.
 */

#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct proc_spec {
	const char *const *argv; /* NULL-ended; argv[0] is looked up in PATH */
	const char *const *env;	 /* "K=V" added to the clean one, NULL-ended, or NULL */
	const char *dir;	 /* working directory, or NULL for ours */
	struct slice input;	 /* standard input; nothing is /dev/null */
	size_t max_output;	 /* bytes kept of each stream; 0: 16 MiB */
	unsigned timeout_s;	 /* 0: 600 */
	bool merge;		 /* stderr goes where stdout goes, in order */
	bool inherit_env;	 /* keep our own environment (a person's git, b4) */
	bool inherit_stdio;	 /* the program talks to the terminal itself */
	int pass_fds[2];	 /* given to the program under the same numbers when > 2 */
	int stdout_fd;		 /* > 0: stdout goes there, uncaptured */
	uint64_t max_file;	 /* bytes of the largest file it may write; 0: 8 GiB */
	const atomic_bool *cancel; /* when it turns true, the group is killed */
};

struct proc_result {
	int status;	/* exit status, or -1 when a signal ended it */
	int signal;	/* that signal, or 0 */
	bool truncated; /* a stream was longer than max_output */
	struct buf out;
	struct buf err;
	double wall_s;
	double cpu_s;	   /* user + system, waited-for children included */
	long max_rss_kb;   /* of the largest single process */
};

/*
 * Runs it to its end. An exit status of any value is success here and stands
 * in the result. ERR_TOOL when it cannot be started, ERR_TIMEOUT,
 * ERR_CANCELLED, ERR_IO. *r is always releasable afterwards.
 */
int proc_run(const struct proc_spec *spec, struct proc_result *r, struct err *e) _must_check_;
/* As proc_run(), and an exit status other than 0 is ERR_TOOL with its last words. */
int proc_check(const struct proc_spec *spec, struct proc_result *r, struct err *e) _must_check_;
void proc_result_release(struct proc_result *r);
/* The command as a person would type it, quoted for sh. */
void proc_quote(struct buf *out, const char *const *argv);
/* The absolute path of @name in PATH (or itself, if it has a slash); NULL if none. */
char *proc_find(const char *name);
/* As proc_find(), in the PATH of the clean environment: what foreign code gets. */
char *proc_find_clean(const char *name);
/* "LC_ALL=C", "TZ=UTC", PATH, and nothing of a person's. */
void proc_clean_env(struct strvec *env);

#define _cleanup_proc_ _cleanup_(proc_result_release)
