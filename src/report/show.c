// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/show.h"

/* Bytes that follow a first byte, the bits it brings, and the least code point. */
static int utf8_head(unsigned char c, uint32_t *bits, uint32_t *least)
{
	if (c < 0x80)
		return *bits = c, *least = 0, 0;
	if (c >= 0xc2 && c < 0xe0)
		return *bits = c & 0x1f, *least = 0x80, 1;
	if (c >= 0xe0 && c < 0xf0)
		return *bits = c & 0x0f, *least = 0x800, 2;
	if (c >= 0xf0 && c < 0xf5)
		return *bits = c & 0x07, *least = 0x10000, 3;
	return -1;
}

int32_t utf8_next(struct slice *rest)
{
	uint32_t c, least;
	int more = utf8_head((unsigned char)rest->p[0], &c, &least);
	size_t used = 1;

	if (more < 0 || (size_t)more >= rest->n)
		goto bad;
	for (; (size_t)more >= used; used++) {
		unsigned char b = (unsigned char)rest->p[used];

		if ((b & 0xc0) != 0x80)
			goto bad;
		c = c << 6 | (b & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		goto bad;
	*rest = (struct slice){ rest->p + used, rest->n - used };
	return (int32_t)c;
bad:
	*rest = (struct slice){ rest->p + 1, rest->n - 1 };
	return -1;
}

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t c, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= r[i].first && c <= r[i].last)
			return true;
	}
	return false;
}

/* Unicode's Bidi_Control, and the line and paragraph separators. */
static bool reorders(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0x061c, 0x061c },
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
	};

	return in_ranges(c, ranges, ARRAY_SIZE(ranges));
}

/* Combining marks and other characters without an advance, the common blocks. */
static bool is_zero_width(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
		{ 0x05bf, 0x05c7 }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
		{ 0x0670, 0x0670 }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e4 },
		{ 0x0900, 0x0902 }, { 0x093c, 0x093c }, { 0x0941, 0x0948 },
		{ 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e },
		{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200d },
		{ 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
		{ 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff }, { 0xe0100, 0xe01ef },
	};

	return c >= 0x0300 && in_ranges(c, ranges, ARRAY_SIZE(ranges));
}

/* East Asian wide and full-width forms, and the emoji blocks (UAX #11). */
static bool is_wide(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0x4dbf },
		{ 0x4e00, 0xa4cf },   { 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
		{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
	};

	return c >= 0x1100 && in_ranges(c, ranges, ARRAY_SIZE(ranges));
}

static size_t char_width(int32_t c)
{
	if (c < 0x0300)
		return 1;
	if (is_zero_width((uint32_t)c))
		return 0;
	return is_wide((uint32_t)c) ? 2 : 1;
}

static void add_escaped(struct buf *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		buf_addf(out, "\\x%02x", (unsigned char)bytes.p[i]);
}

/* XML has no place for most control characters, nor for what is no character. */
static void show_xml(struct buf *out, int32_t c)
{
	if (c < 0 || c == 0xfffe || c == 0xffff)
		buf_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
	else if (c < 0xa0)
		buf_addf(out, "\\x%02x", (unsigned)c);
	else
		buf_addf(out, "\\u%04x", (unsigned)c);
}

static bool is_plain(int32_t c)
{
	return (c >= 0x20 && c < 0x7f) ||
	       (c >= 0xa0 && !reorders((uint32_t)c) && c != 0xfffe && c != 0xffff);
}

static void show_char(struct buf *out, struct slice bytes, int32_t c, enum show_form form)
{
	if (is_plain(c) && (c < 0x80 || form != SHOW_ASCII))
		buf_add_slice(out, bytes);
	else if (form == SHOW_XML)
		show_xml(out, c);
	else if (form == SHOW_UTF8 && c >= 0x80 && reorders((uint32_t)c))
		buf_addf(out, "\\u%04x", (unsigned)c);
	else
		add_escaped(out, bytes);
}

static struct slice take_char(struct slice *rest, int32_t *c)
{
	struct slice whole = *rest;

	*c = utf8_next(rest);
	whole.n -= rest->n;
	return whole;
}

void show_line(struct buf *out, struct slice s, enum show_form form)
{
	while (s.n) {
		int32_t c;
		struct slice bytes = take_char(&s, &c);

		if (c == '\n')
			buf_adds(out, "\\n");
		else if (c == '\t')
			buf_adds(out, "\\t");
		else if (c == '\r')
			buf_adds(out, "\\r");
		else
			show_char(out, bytes, c, form);
	}
}

void show_text(struct buf *out, struct slice s, enum show_form form)
{
	size_t start = out->len;

	while (s.n) {
		int32_t c;
		struct slice bytes = take_char(&s, &c);

		if (c == '\n') {
			buf_addc(out, '\n');
			start = out->len;
		} else if (c == '\t' && form == SHOW_XML) {
			buf_addc(out, '\t');
		} else if (c == '\t') {
			do
				buf_addc(out, ' ');
			while ((out->len - start) % 8);
		} else if (c != '\r' || !s.n || s.p[0] != '\n') {
			show_char(out, bytes, c, form);
		}
	}
}

size_t show_width(struct slice s)
{
	size_t cols = 0;

	while (s.n)
		cols += char_width(utf8_next(&s));
	return cols;
}

size_t show_fit(struct slice s, size_t cols)
{
	struct slice rest = s;
	size_t fit = 0, used = 0;

	while (rest.n) {
		used += char_width(utf8_next(&rest));
		if (used > cols)
			break;
		fit = s.n - rest.n;
	}
	return fit;
}

/* Bytes of the next line of @s: up to the last blank that fits; @cols is at least 2. */
static size_t line_bytes(struct slice s, size_t cols)
{
	size_t fit = show_fit(s, cols), brk = fit;

	if (fit == s.n)
		return fit;
	while (brk && s.p[brk] != ' ')
		brk--;
	if (brk)
		return brk;
	return fit ? fit : 1;
}

void show_wrap(struct buf *out, struct slice s, const struct show_wrap *w)
{
	size_t cols = w->width > w->indent + 8 ? w->width - w->indent : 8;

	for (size_t line = 1; s.n; line++) {
		bool last = w->max_lines && line == w->max_lines;
		size_t n = line_bytes(s, cols);
		bool cut = last && n < s.n;

		if (cut)
			n = line_bytes(s, cols - 3);
		buf_addf(out, "%*s", (int)w->indent, "");
		buf_add(out, s.p, n);
		buf_adds(out, cut ? "...\n" : "\n");
		if (last)
			return;
		s = (struct slice){ s.p + n, s.n - n };
		while (s.n && s.p[0] == ' ')
			s = (struct slice){ s.p + 1, s.n - 1 };
	}
}
