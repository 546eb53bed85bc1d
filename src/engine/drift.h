/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How a patch as carried for one line differs from its like on another. */

#include "text/patch.h"

enum drift {
	DRIFT_SAME,    /* the same changed lines in the same context */
	DRIFT_CONTEXT, /* the same changed lines in the same files, other context */
	DRIFT_ADAPTED, /* other changed lines, or other files */
};

enum drift patch_drift(const struct patch *a, const struct patch *b);
/* "same", "context", "adapted" */
const char *drift_name(enum drift d);
