/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A directory of its own for each test; *state is its path. After cmocka.h. */

#include "base/fsx.h"

static inline int tmp_setup(void **state)
{
	char *dir = NULL;
	struct err e;

	if (fsx_tmpdir("/tmp", "carry-test", &dir, &e))
		return -1;
	*state = dir;
	return 0;
}

static inline int tmp_teardown(void **state)
{
	struct err e;
	int rc = fsx_remove(*state, &e);

	free(*state);
	return rc;
}
