// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/patch_parse.h"

/*
 * Names in headers. diff and git quote a name with C's escapes when it holds bytes
 * that would confuse a reader, and end one that has blanks with a TAB. Without
 * either, a name is followed by blanks and a time stamp, or by nothing.
 */

static bool octal(struct slice s, size_t at, unsigned *out)
{
	unsigned v = 0;

	if (s.n - at < 3 || s.p[at] > '3')
		return false;
	for (size_t i = at; i < at + 3; i++) {
		if (s.p[i] < '0' || s.p[i] > '7')
			return false;
		v = v * 8 + (unsigned)(s.p[i] - '0');
	}
	*out = v;
	return v != 0;
}

static int unescape(char c)
{
	static const char from[] = "abfnrtv\\\"", to[] = "\a\b\f\n\r\t\v\\\"";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : -1;
}

/* @s begins with a quote; *used counts the bytes up to and with the closing one. */
static int unquote(struct parser *ps, struct slice s, struct slice *out, size_t *used)
{
	char *d = arena_alloc(ps->arena, s.n + 1);
	size_t n = 0, i = 1;
	unsigned v;

	while (i < s.n && s.p[i] != '"') {
		if (s.p[i] != '\\') {
			d[n++] = s.p[i++];
		} else if (i + 1 < s.n && unescape(s.p[i + 1]) >= 0) {
			d[n++] = (char)unescape(s.p[i + 1]);
			i += 2;
		} else if (i + 1 < s.n && s.p[i + 1] >= '0' && octal(s, i + 1, &v)) {
			d[n++] = (char)v;
			i += 4;
		} else {
			break;
		}
	}
	if (i >= s.n || s.p[i] != '"')
		return parser_fail(ps, ps->line, "cannot read the quoted name '%.*s'",
				   SLICE_ARG(shown(s)));
	*out = (struct slice){ d, n };
	*used = i + 1;
	return 0;
}

static bool digits(struct slice s, size_t at, size_t n)
{
	if (at + n > s.n)
		return false;
	for (size_t i = at; i < at + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return true;
}

static int number(struct slice s, size_t at, size_t n)
{
	int v = 0;

	for (size_t i = at; i < at + n; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

static bool iso_date(struct slice s)
{
	return digits(s, 0, 4) && digits(s, 5, 2) && digits(s, 8, 2) && s.p[4] == '-' &&
	       s.p[7] == '-';
}

/* "Thu Jan  1 00:00:00 1970", "Thu, 01 Jan 1970 …": a word of three letters first. */
static bool word_date(struct slice s)
{
	static const char days[] = "SunMonTueWedThuFriSat";

	for (size_t i = 0; s.n >= 4 && i < sizeof(days) - 1; i += 3) {
		if (!memcmp(s.p, days + i, 3))
			return s.p[3] == ' ' || s.p[3] == ',';
	}
	return false;
}

/* Seconds east of UTC of "+hhmm" at the end of @s; 0 when there is none. */
static long zone(struct slice s)
{
	size_t at;
	long v;

	for (at = 10; at < s.n && s.p[at] != '+' && s.p[at] != '-'; at++)
		;
	if (!digits(s, at + 1, 4))
		return 0;
	v = number(s, at + 1, 2) * 3600L + number(s, at + 3, 2) * 60L;
	return s.p[at] == '-' ? -v : v;
}

/*
 * As GNU patch sees it: within a day and an hour or two of the epoch, since the stamp
 * may have been written in any zone.
 */
static bool is_epoch(struct slice s)
{
	long t;

	s = slice_trim(s);
	if (word_date(s))
		return memmem(s.p, s.n, "1970", 4) && memmem(s.p, s.n, "Jan", 3) &&
		       (memmem(s.p, s.n, " 1 ", 3) || memmem(s.p, s.n, " 01 ", 4));
	if (!iso_date(s))
		return false;
	if (!memcmp(s.p, "1969-12-31", 10))
		t = -86400;
	else if (!memcmp(s.p, "1970-01-0", 9) && (s.p[9] == '1' || s.p[9] == '2'))
		t = (s.p[9] - '1') * 86400L;
	else
		return false;
	if (digits(s, 11, 2) && digits(s, 14, 2) && digits(s, 17, 2))
		t += number(s, 11, 2) * 3600L + number(s, 14, 2) * 60L + number(s, 17, 2);
	t -= zone(s);
	return t > -25 * 3600L && t < 26 * 3600L;
}

/* Where an unquoted name of a plain diff ends; SIZE_MAX: cannot be told. */
static size_t plain_name_end(struct slice text)
{
	const char *tab = memchr(text.p, '\t', text.n);
	size_t n = tab ? (size_t)(tab - text.p) : text.n;
	struct slice rest;

	if (tab) {
		while (n && text.p[n - 1] == ' ')
			n--;
		return n;
	}
	for (size_t i = 0; i < n; i++) {
		if (text.p[i] != ' ')
			continue;
		rest = slice_trim((struct slice){ text.p + i, text.n - i });
		if (!rest.n || iso_date(rest) || word_date(rest))
			return i;
	}
	return memchr(text.p, ' ', n) ? SIZE_MAX : n;
}

int parse_file_name(struct parser *ps, struct slice text, bool git, struct file_name *out)
{
	const char *tab;
	size_t used;
	int rc;

	text = line_text(text);
	while (text.n && text.p[0] == ' ' && !git) {
		text.p++;
		text.n--;
	}
	if (text.n && text.p[0] == '"') {
		rc = unquote(ps, text, &out->name, &used);
		if (rc)
			return rc;
	} else if (git) {
		tab = text.n ? memchr(text.p, '\t', text.n) : NULL;
		used = tab ? (size_t)(tab - text.p) : text.n;
		out->name = (struct slice){ text.p, used };
	} else {
		used = text.n ? plain_name_end(text) : 0;
		if (used == SIZE_MAX)
			return parser_fail(ps, ps->line,
					   "cannot tell where the name in '%.*s' ends",
					   SLICE_ARG(shown(text)));
		out->name = (struct slice){ text.p, used };
	}
	if (!out->name.n)
		return parser_fail(ps, ps->line, "cannot find a file name");
	out->absent = slice_eqs(out->name, "/dev/null");
	out->epoch = is_epoch((struct slice){ text.p + used, text.n - used });
	return 0;
}

int parse_whole_name(struct parser *ps, struct slice text, struct slice *out)
{
	size_t used;

	text = line_text(text);
	*out = text;
	if (text.n && text.p[0] == '"') {
		int rc = unquote(ps, text, out, &used);

		if (rc)
			return rc;
		if (used != text.n)
			return parser_fail(ps, ps->line,
					   "cannot read what follows a quoted name");
	}
	if (!out->n)
		return parser_fail(ps, ps->line, "cannot find a file name");
	return 0;
}

/* A run of slashes counts once, as for GNU patch and git. False: too few. */
static bool strip_components(struct slice *s, unsigned n)
{
	size_t i = 0;

	for (; n; n--) {
		while (i < s->n && s->p[i] != '/')
			i++;
		if (i == s->n)
			return false;
		while (i < s->n && s->p[i] == '/')
			i++;
	}
	s->p += i;
	s->n -= i;
	return s->n > 0;
}

int strip_name(struct parser *ps, unsigned line, struct slice name, unsigned n,
	       struct slice *out)
{
	*out = name;
	if (!strip_components(out, n))
		return parser_fail(ps, line,
				   "cannot take %u leading components (-p%u) off '%.*s'",
				   n, n, SLICE_ARG(shown(name)));
	return 0;
}

/* Quoted: two names with a blank between, one of them may stand bare. */
static int quoted_names(struct parser *ps, struct slice text, struct slice *a,
			struct slice *b)
{
	const char *quote;
	size_t used;
	int rc;

	if (text.p[0] == '"') {
		rc = unquote(ps, text, a, &used);
		if (rc)
			return rc;
		if (used >= text.n || text.p[used] != ' ')
			return parser_fail(ps, ps->line, "cannot read two file names");
		return parse_whole_name(
			ps, (struct slice){ text.p + used + 1, text.n - used - 1 }, b);
	}
	quote = memchr(text.p, '"', text.n);
	*a = (struct slice){ text.p, (size_t)(quote - text.p) - 1 };
	return parse_whole_name(
		ps, (struct slice){ quote, text.n - (size_t)(quote - text.p) }, b);
}

int parse_git_names(struct parser *ps, struct slice text, struct slice *out)
{
	unsigned strip = ps->patch->strip;
	struct slice a, b;
	const char *quote;

	text = line_text(text);
	*out = (struct slice){ NULL, 0 };
	quote = text.n ? memchr(text.p, '"', text.n) : NULL;
	if (quote && (quote == text.p || quote[-1] == ' ')) {
		int rc = quoted_names(ps, text, &a, &b);

		if (rc)
			return rc;
		if (strip_components(&a, strip) && strip_components(&b, strip) &&
		    slice_eq(a, b))
			*out = a;
		return 0;
	}
	/*
	 * Bare names may hold blanks. Where prefixes are of the same length, as git's
	 * own are, the blank that parts two equal names is the one in the middle.
	 * Others are tried too; equal halves cannot come out in two ways of one line
	 * unless a name is repeated in itself, and then the middle is right.
	 */
	for (size_t mid = text.n / 2, d = 0; d <= mid && d < 64; d++) {
		for (int side = 0; side < 2; side++) {
			size_t i = side ? mid - d : mid + d;

			if (i + 1 >= text.n || text.p[i] != ' ')
				continue;
			a = (struct slice){ text.p, i };
			b = (struct slice){ text.p + i + 1, text.n - i - 1 };
			if (!strip_components(&a, strip) || !strip_components(&b, strip))
				continue;
			if (slice_eq(a, b)) {
				*out = a;
				return 0;
			}
		}
	}
	return 0;
}
