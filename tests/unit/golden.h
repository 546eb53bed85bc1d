/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Output that a person has read and kept. A change of it is shown by the test;
 * when it is meant, run the test with UPDATE_GOLDEN=1, and read the diff.
 */

#include "base/fsx.h"

static inline void assert_golden(const char *got, const char *path)
{
	_cleanup_buf_ struct buf want = BUF_INIT;
	struct err e = { 0 };
	int rc;

	rc = getenv("UPDATE_GOLDEN") ? fsx_publish(path, slice_str(got), &e) : 0;
	if (rc || fsx_read(path, &want, &e))
		fail_msg("%s", e.msg);
	if (strcmp(got, want.data) != 0)
		fail_msg("%s is not what it was; got:\n%s", path, got);
}
