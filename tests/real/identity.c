// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * identity [-r] FILE...: parses each patch ("series" files as series) and writes it back.
 * Prints what does not come back byte for byte or is refused, then the counts. With -r
 * a file may be refused.
 */

#include <stdio.h>
#include <string.h>

#include "base/fsx.h"
#include "text/patch.h"
#include "text/series.h"

struct tally {
	size_t files, series, bytes, changes, hunks, refused, bad;
};

static int back(const char *path, struct buf *in, struct buf *out, struct tally *t,
		struct err *e)
{
	_cleanup_patch_ struct patch *p = NULL;
	_cleanup_series_ struct series *s = NULL;
	int rc;

	if (slice_ends(slice_str(path), "/series")) {
		rc = series_parse(".", path, buf_slice(in), &s, e);
		if (!rc)
			series_write(s, out);
		t->series++;
		return rc;
	}
	rc = patch_parse(path, in, 1, &p, e);
	if (rc)
		return rc;
	patch_write(p, out);
	t->changes += p->nchanges;
	for (uint32_t i = 0; i < p->nchanges; i++)
		t->hunks += p->changes[i].nhunks;
	return 0;
}

static void check(const char *path, struct tally *t)
{
	_cleanup_buf_ struct buf in = BUF_INIT;
	_cleanup_buf_ struct buf copy = BUF_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct err e = { 0 };

	t->files++;
	if (fsx_read(path, &in, &e)) {
		printf("%s\n", e.msg);
		t->bad++;
		return;
	}
	buf_add(&copy, in.data, in.len);
	t->bytes += in.len;
	if (back(path, &in, &out, t, &e)) {
		printf("refused: %s\n", e.msg);
		t->refused++;
	} else if (!slice_eq(buf_slice(&copy), buf_slice(&out))) {
		printf("%s: differs\n", path);
		t->bad++;
	}
}

int main(int argc, char **argv)
{
	bool may_refuse = argc > 1 && !strcmp(argv[1], "-r");
	struct tally t = { 0 };

	for (int i = 1 + may_refuse; i < argc; i++)
		check(argv[i], &t);
	printf("%zu files (%zu series), %zu bytes, %zu changes, %zu hunks; %zu refused, %zu differ\n",
	       t.files, t.series, t.bytes, t.changes, t.hunks, t.refused, t.bad);
	return t.bad || (t.refused && !may_refuse) ? 1 : 0;
}
