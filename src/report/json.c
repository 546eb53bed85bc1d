// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/json.h"

/* Nine digits hold a time to the nanosecond, and 0.1 stays 0.1. */
#define FLAGS (JSON_SORT_KEYS | JSON_REAL_PRECISION(9))

static int add_chunk(const char *p, size_t n, void *data)
{
	buf_add(data, p, n);
	return 0;
}

int report_json(const json_t *model, enum json_form form, struct buf *out, struct err *e)
{
	size_t flags = FLAGS | (form == JSON_LINES ? JSON_INDENT(1) : JSON_COMPACT);

	if (json_dump_callback(model, add_chunk, out, flags))
		return err_set(e, ERR_INTERNAL, "cannot write the report as JSON");
	buf_addc(out, '\n');
	return 0;
}
