/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Text of others made fit to be shown. Compilers, kernels and mails write what
 * a report quotes, so a report never hands their bytes on as they are: what a
 * terminal would obey (control bytes, C1), what reorders a line for the reader
 * (bidirectional controls) and what is no UTF-8 becomes visible text.
 */

#include "base/buf.h"

enum show_form {
	SHOW_UTF8,  /* for a terminal that shows UTF-8 */
	SHOW_ASCII, /* every byte above 0x7e becomes \xNN */
	SHOW_XML,   /* for XML and HTML: what is no character becomes U+FFFD */
};

/* One line: LF, TAB and CR are made visible as well (\n, \t, \r). */
void show_line(struct buf *out, struct slice s, enum show_form form);
/* Many lines: LF stays, TAB becomes blanks (XML: stays), CR before LF goes. */
void show_text(struct buf *out, struct slice s, enum show_form form);

/* How many terminal columns text that went through show_line() takes. */
size_t show_width(struct slice s);
/* Bytes of the longest prefix of @s that takes at most @cols columns. */
size_t show_fit(struct slice s, size_t cols);

struct show_wrap {
	size_t indent;	  /* blanks before every line */
	size_t width;	  /* columns of a whole line, indent included */
	size_t max_lines; /* what is longer ends in "..."; 0: no bound */
};

/*
 * Appends @s, text that went through show_line(), as lines broken at blanks,
 * each ended by LF. A word longer than a line is broken where the line ends.
 */
void show_wrap(struct buf *out, struct slice s, const struct show_wrap *w);

/* The next code point off the front of @rest; -1 and one byte when it is no UTF-8. */
int32_t utf8_next(struct slice *rest);
