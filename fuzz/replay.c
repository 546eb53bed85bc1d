// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * replay DIRECTORY: gives each file of a corpus to a fuzz target, once, so that
 * the seeds and the inputs that once broke something are ordinary tests too.
 * Prints TAP; an input that breaks the target ends us before its "ok".
 */

#include <stdio.h>

#include "base/fsx.h"
#include "fuzz.h"

static int replay(const char *dir, const char *name, struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, name), *exact = NULL;
	_cleanup_buf_ struct buf data = BUF_INIT;
	int rc = fsx_read(path, &data, e);

	if (rc)
		return rc;
	/* Of the exact size: the sanitizer sees each byte read behind it. */
	exact = xmalloc(data.len ? data.len : 1);
	memcpy(exact, buf_str(&data), data.len);
	LLVMFuzzerTestOneInput((const uint8_t *)exact, data.len);
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	struct err e = { 0 };
	int bad = argc != 2 || fsx_list(argv[1], &names, &e);

	if (!bad && !names.n)
		bad = err_set(&e, ERR_NOTFOUND, "the corpus '%s' is empty", argv[1]);
	printf("1..%zu\n", names.n);
	fflush(stdout);
	for (size_t i = 0; !bad && i < names.n; i++) {
		bad = replay(argv[1], names.v[i], &e);
		printf("%sok %zu - %s\n", bad ? "not " : "", i + 1, names.v[i]);
		fflush(stdout);
	}
	if (bad)
		printf("Bail out! %s\n", e.code ? e.msg : "usage: replay DIRECTORY");
	return bad ? 1 : 0;
}
