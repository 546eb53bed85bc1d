// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * "GIT binary patch": the length of a file in two bytes, the file, and a patch. It is
 * refused with a message, or gives a file no larger than its data can say.
 */

#include "base/fsx.h"
#include "exchange/gitbinary.h"
#include "fuzz.h"

static void check(const struct patch *p, const struct change *c, bool reverse,
		  struct slice old)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct err e = { 0 };
	int rc = git_binary_apply(p, c, reverse, old, &out, &e);

	BUG_ON(rc != e.code || (rc && !e.msg[0]));
	BUG_ON(!rc && out.len > FSX_MAX_FILE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf in = BUF_INIT;
	_cleanup_patch_ struct patch *p = NULL;
	struct err e = { 0 };
	struct slice old;

	if (size < 2)
		return 0;
	old = (struct slice){ (const char *)data + 2, data[0] | (size_t)data[1] << 8 };
	if (old.n > size - 2)
		return 0;
	buf_adds(&in, "diff --git a/f b/f\nindex 1..2 100644\n");
	buf_add(&in, old.p + old.n, size - 2 - old.n);
	if (patch_parse("input", &in, 1, &p, &e))
		return 0;
	for (uint32_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].binary != BINARY_DATA)
			continue;
		check(p, &p->changes[i], false, old);
		check(p, &p->changes[i], true, old);
	}
	return 0;
}
