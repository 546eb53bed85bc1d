// SPDX-License-Identifier: GPL-2.0-or-later

/* carry.conf: any text is read or refused with a message; what was read is whole. */

#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "base/fsx.h"
#include "fuzz.h"
#include "store/conf.h"

/* Held for the whole run: starting it anew for each input takes longer than the input. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return git_libgit2_init() < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct conf *c = NULL;
	struct err e = { 0 };
	int rc = conf_parse(text, "carry.conf", &c, &e);

	BUG_ON(rc != e.code || (rc && !e.msg[0]) || !rc != !!c);
	if (c) {
		BUG_ON(!c->newest || !conf_target(c, c->newest));
		vec_each (t, &c->targets) {
			BUG_ON(!t->series || !path_is_safe(slice_str(t->series)));
			BUG_ON(!t->sources.n && !t->retired);
		}
	}
	conf_free(c);
	return 0;
}
