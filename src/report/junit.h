/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * JUnit XML, for CI systems: one testsuite a target, one testcase a cell. The
 * format has no specification; this is the part that Jenkins, GitLab and GitHub
 * actions read alike (tests/data/report/junit.rng). What it cannot say is said
 * on the safe side: a stale verdict and a cell that was not run are skipped,
 * never passed, a stale failure stays one, and a skip of a required cell is an
 * error. A target without cells has one testcase, "base".
 */

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends the document. ERR_INPUT for a malformed model, ERR_INTERNAL. */
int report_junit(const json_t *model, struct buf *out, struct err *e) _must_check_;
