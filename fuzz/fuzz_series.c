// SPDX-License-Identifier: GPL-2.0-or-later

/* A series file: refused with a message, or written back as it was; names stay inside. */

#include "base/fsx.h"
#include "fuzz.h"
#include "text/series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_series_ struct series *s = NULL;
	struct err e = { 0 };
	int rc = series_parse("dir", "dir/series", text, &s, &e);

	BUG_ON(rc != e.code || (rc && !e.msg[0]));
	if (rc)
		return 0;
	vec_each (en, &s->entries)
		BUG_ON(!path_is_safe(slice_str(en->name)));
	series_write(s, &out);
	BUG_ON(out.len != size || (size && memcmp(out.data, data, size)));
	return 0;
}
