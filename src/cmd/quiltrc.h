/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Settings that quilt reads, beside the places that quilt_open() looks at. */

#include "base/err.h"
#include "base/log.h"

/*
 * The options for patch(1) and for push in QUILT_PATCH_OPTS and QUILT_PUSH_ARGS: those that
 * change nothing are passed over, a fuzz becomes *fuzz. ERR_INPUT for any other, since
 * what was pushed would not be what quilt pushes.
 */
int quiltrc_options(size_t *fuzz, struct err *e) _must_check_;
/* Only those of QUILT_PATCH_OPTS, for what pushes nothing. */
int quiltrc_patch_options(size_t *fuzz, struct err *e) _must_check_;
/*
 * Warns of lines of quilt's configuration file, a shell script that is not run, which set
 * what the environment does not say and what we do not do anyway.
 */
void quiltrc_warn(struct log_sink *log);
