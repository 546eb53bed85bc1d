// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * What stands in front of a diff, as a commit's text and back: always read; the same
 * commit gives the same bytes; and with another title, what is written has that title.
 */

#include "exchange/gitseries_message.h"
#include "fuzz.h"

#define FILE_NAME "dir/0001-name.patch"

/* What was read is a commit's message as git cleans it. */
static void check_clean(struct slice message)
{
	_cleanup_buf_ struct buf clean = BUF_INIT;

	message_clean(message, &clean);
	BUG_ON(!slice_eq(buf_slice(&clean), message));
}

static void check_same(const struct message *m)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct err e = { 0 };

	BUG_ON(message_write(m, &m->commit, &m->commit, &out, &e));
	BUG_ON(!slice_eq(buf_slice(&out), m->header));
}

static void check_edited(const struct message *m, bool cover)
{
	_cleanup_buf_ struct buf out = BUF_INIT, title = BUF_INIT;
	_cleanup_message_ struct message again = { .header = SLICE("") };
	struct commit_text now = m->commit;
	struct err e = { 0 };
	int rc;

	now.message = SLICE("another title\n\nand text\n");
	rc = message_write(m, &m->commit, &now, &out, &e);
	BUG_ON(rc != e.code || (rc && !e.msg[0]));
	if (rc)
		return;
	message_read(buf_slice(&out), FILE_NAME, cover, &again);
	message_title(again.commit.message, &title);
	BUG_ON(!slice_starts(buf_slice(&title), "another title"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool cover = size && data[0] == 'c';
	struct slice header = { (const char *)data + !!size, size - !!size };
	_cleanup_message_ struct message m;

	message_read(header, FILE_NAME, cover, &m);
	BUG_ON(!slice_eq(m.header, header));
	check_clean(m.commit.message);
	check_same(&m);
	check_edited(&m, cover);
	return 0;
}
