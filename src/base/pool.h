/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Jobs over threads. A job runs once all that it needs has run; among the ready
 * ones the first in the array goes first. A job is a blocking function.
 */

#include <stdatomic.h>

#include "base/err.h"

struct pool_job {
	void (*run)(void *arg);
	void *arg;
	long needs; /* index of the job that must have ended before, or -1 */
};

struct pool_hooks {
	void (*idle)(void *arg); /* a worker begins to wait for a ready job */
	void (*busy)(void *arg); /* it has one again, or ends */
	void *arg;
};

/*
 * Runs @jobs on @nthreads threads and returns when all have run, or, once
 * *cancel is true, when those that had begun have ended. @hooks may be NULL.
 */
int pool_run(const struct pool_job *jobs, size_t n, unsigned nthreads,
	     const struct pool_hooks *hooks, const atomic_bool *cancel,
	     struct err *e) _must_check_;
