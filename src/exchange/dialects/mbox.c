// SPDX-License-Identifier: GPL-2.0-or-later
/* mbox: all patches as mails in one file, as git-mailsplit(1) takes it apart. */
#include "exchange/dialects/dialect.h"

/* Two mails and more say their order, as b4 and people expect. */
static void number(struct export_patch *p)
{
	struct header *h = p->header;
	struct slice title = header_title(h);
	struct slice marks = { h->subject.p, h->subject.n - title.n };

	if (p->of < 2 || memchr(marks.p, '/', marks.n))
		return;
	h->subject.p = arena_printf(&h->arena, "[PATCH %zu/%zu] %.*s", p->number, p->of,
				    SLICE_ARG(title));
	h->subject.n = strlen(h->subject.p);
}

static int convert(struct export_patch *p, struct err *e)
{
	struct slice rest = p->header->body, line;
	unsigned at = p->header->body_line;

	for (; slice_line(&rest, &line); at++) {
		if (slice_starts(line, "From "))
			return err_set(
				e, ERR_INPUT,
				"cannot put it into an mbox: line %u would begin the next "
				"mail; use --as git",
				at);
	}
	number(p);
	return as_mail(p, e);
}

const struct export_dialect dialect_mbox = {
	.name = "mbox",
	.summary = "one mbox",
	.dir = "",
	.one_file = true,
	.next = "git am *.mbox",
	.convert = convert,
};
