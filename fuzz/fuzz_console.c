// SPDX-License-Identifier: GPL-2.0-or-later

/* A boot's console: any bytes are read or refused with a message; a total fits its checks. */

#include "check/runtime/console.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct console c;
	struct err e = { 0 };
	int rc = console_parse(text, &c, &e);
	size_t failed = 0;

	BUG_ON(rc != e.code || (rc && !e.msg[0]));
	vec_each (k, &c.checks) {
		BUG_ON(!k->name || !k->name[0] || !k->detail);
		failed += !k->pass;
	}
	BUG_ON(c.failed != failed || !json_is_object(c.facts));
	/* Without a total nothing counts, whatever stands in the text. */
	BUG_ON(!rc && (!c.checks.n || !memmem(text.p, text.n, "carry: end ", 11)) &&
	       !memmem(text.p, text.n, "carry:", 6));
	console_release(&c);
	return 0;
}
