/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What "GIT binary patch" does to a file: git-diff(1), --binary. */

#include "text/patch.h"

/*
 * Appends the content that the change @c gives to a file which has @old; with @reverse the
 * one it had before. ERR_INPUT with file and line for data that are broken or too large,
 * ERR_CONFLICT for a delta to another content.
 */
int git_binary_apply(const struct patch *p, const struct change *c, bool reverse,
		     struct slice old, struct buf *out, struct err *e) _must_check_;
