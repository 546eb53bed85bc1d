// SPDX-License-Identifier: GPL-2.0-or-later

/* Compiled objects: any bytes are examined or refused, in bounded time and space. */

#include <sys/mman.h>
#include <unistd.h>

#include "base/fsx.h"
#include "check/object/object.h"
#include "fuzz.h"

/* What the seeds hold: cases of the unit test, compiled. */
static const char *const handlers[] = { "fault", "huge_fault", "page_fault", NULL };
static const char *const locks[] = { "mutex_lock", "down_read(_trylock)?", NULL };

static void look_at(const struct object_report *r)
{
	struct verdict v;
	json_t *j = object_report_json(r);

	BUG_ON(!j || !r->machine || r->found.n + r->missing.n != 3);
	vec_each (b, &r->bodies) {
		BUG_ON(!b->name || !b->handler || !b->entry.section);
		BUG_ON(b->dominated == OBJECT_UNDECIDED && !b->doubt);
		BUG_ON(b->dominated == OBJECT_NO && !b->path.n);
	}
	json_decref(j);
	verdict_init(&v);
	object_judge(r, &v);
	BUG_ON(v.status == VERDICT_NONE || (v.status != VERDICT_PASS && !v.reason));
	verdict_release(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned lines[] = { 5, 7, 8, 11, 12 };
	struct object_report *r = NULL;
	int fd = memfd_create("object", MFD_CLOEXEC), rc;
	struct err e = { 0 };
	char path[64];

	BUG_ON(fd < 0 || fsx_write_all(fd, (struct slice){ (const char *)data, size },
				       "object", &e));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = object_examine(&(struct object_query){ .path = path,
						    .handlers = handlers,
						    .source = "case.c",
						    .lines = lines,
						    .nlines = ARRAY_SIZE(lines),
						    .mask = 8,
						    .locks = locks },
			    &r, &e);
	BUG_ON(rc != e.code || (rc && !e.msg[0]) || !rc != !!r);
	if (r)
		look_at(r);
	object_report_free(r);
	close(fd);
	return 0;
}
