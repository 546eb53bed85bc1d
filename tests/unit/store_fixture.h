/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A store in a directory of its own for each test. After cmocka.h. */

#include "base/proc.h"
#include "store/tree.h"
#include "tmpdir.h"

struct fixture {
	char *dir;
	struct store *s;
};

static inline int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err e;

	if (tmp_setup((void **)&f->dir) || store_open(f->dir, &f->s, &e))
		return -1;
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	int rc;

	store_close(f->s);
	rc = tmp_teardown((void **)&f->dir);
	free(f);
	return rc;
}

/* What a shell command says in the fixture's directory, its last LF cut. */
static inline char *sh(struct fixture *f, const char *script)
{
	const char *argv[] = { "sh", "-ec", script, NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct proc_spec spec = { .argv = argv, .dir = f->dir };
	struct err e = { 0 };
	struct slice out;

	if (proc_check(&spec, &r, &e))
		fail_msg("%s", e.msg);
	out = slice_trim(buf_slice(&r.out));
	return xmemdupz(out.p, out.n);
}
