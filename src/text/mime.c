// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/mime.h"

#include <ctype.h>
#include <iconv.h>
#include <strings.h>

#define WORD_MAX 1000 /* RFC 2047 allows 75; others write more */
/* Words joined before they are decoded; what fails is tried again from its second word.
 */
#define RUN_MAX 64

struct word {
	struct slice charset, text;
	char encoding; /* 'q' or 'b' */
	size_t len;    /* all of it */
};

static bool find_word(struct slice s, struct word *w)
{
	const char *end = s.p + s.n, *p = s.p + 2, *q;

	if (s.n < 8 || s.p[0] != '=' || s.p[1] != '?')
		return false;
	for (q = p; q<end && * q> ' ' && *q < 127 && *q != '?'; q++)
		;
	if (q == p || q + 3 >= end || *q != '?' || q[2] != '?')
		return false;
	w->charset = (struct slice){ p, (size_t)(q - p) };
	w->encoding = (char)tolower((unsigned char)q[1]);
	for (p = q = q + 3; q < end && *q != '?' && *q > ' '; q++)
		;
	if (q + 1 >= end || q[0] != '?' || q[1] != '=' || q - s.p > WORD_MAX)
		return false;
	w->text = (struct slice){ p, (size_t)(q - p) };
	w->len = (size_t)(q + 2 - s.p);
	return w->encoding == 'q' || w->encoding == 'b';
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

static bool decode_q(struct slice in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		int hi, lo;

		if (in.p[i] != '=') {
			buf_addc(out, (char)(in.p[i] == '_' ? ' ' : in.p[i]));
			continue;
		}
		hi = i + 2 < in.n + 0 ? hex_digit(in.p[i + 1]) : -1;
		lo = hi >= 0 ? hex_digit(in.p[i + 2]) : -1;
		if (lo < 0)
			return false;
		buf_addc(out, (char)(hi << 4 | lo));
		i += 2;
	}
	return true;
}

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool decode_b(struct slice in, struct buf *out)
{
	unsigned bits = 0, have = 0;

	while (in.n && in.p[in.n - 1] == '=')
		in.n--;
	for (size_t i = 0; i < in.n; i++) {
		int d = base64_digit(in.p[i]);

		if (d < 0)
			return false;
		bits = (bits << 6 | (unsigned)d) & 0xffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		buf_addc(out, (char)(bits >> have & 0xff));
	}
	return true;
}

bool utf8_valid(struct slice s)
{
	size_t i = 0;

	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned more = c < 0x80		? 0
				: c >= 0xc2 && c < 0xe0 ? 1
				: c >= 0xe0 && c < 0xf0 ? 2
				: c >= 0xf0 && c < 0xf5 ? 3
							: 9;
		uint32_t v = more ? c & (0x3fu >> more) : c;

		if (more == 9 || s.n - i <= more)
			return false;
		for (unsigned k = 1; k <= more; k++) {
			unsigned char d = (unsigned char)s.p[i + k];

			if ((d & 0xc0) != 0x80)
				return false;
			v = v << 6 | (d & 0x3f);
		}
		if ((more == 2 && v < 0x800) || (more == 3 && v < 0x10000) ||
		    v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
			return false;
		i += more + 1;
	}
	return true;
}

bool utf8_from(const char *charset, struct slice in, struct buf *out)
{
	size_t room = in.n * 4 + 16, left = room, n = in.n, was = out->len;
	char *from = (char *)in.p, *to;
	iconv_t cd = iconv_open("UTF-8", charset);
	bool ok;

	if (cd == (iconv_t)-1)
		return false;
	buf_grow(out, room);
	to = out->data + was;
	ok = iconv(cd, &from, &n, &to, &left) == 0 &&
	     iconv(cd, NULL, NULL, &to, &left) != (size_t)-1;
	iconv_close(cd);
	ok &= !n;
	out->len = ok ? (size_t)(to - out->data) : was;
	out->data[out->len] = '\0';
	return ok;
}

static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	}
	return false;
}

/* The words of one charset in a row: a character may begin in one and end in the next. */
static size_t decode_run(struct slice s, struct buf *out)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	_cleanup_free_ char *charset = NULL;
	struct slice rest = s;
	struct word w, first;
	size_t used = 0, was = out->len;
	unsigned n = 0;
	bool ok;

	if (!find_word(s, &first))
		return 0;
	while (n++ < RUN_MAX && find_word(rest, &w) && w.charset.n == first.charset.n &&
	       !strncasecmp(w.charset.p, first.charset.p, w.charset.n)) {
		if (!(w.encoding == 'q' ? decode_q : decode_b)(w.text, &bytes))
			return 0;
		used = (size_t)(rest.p - s.p) + w.len;
		rest = (struct slice){ s.p + used, s.n - used };
		while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t')) {
			rest.p++;
			rest.n--;
		}
	}
	charset = xmemdupz(first.charset.p, first.charset.n);
	if (strchr(charset, '*')) /* RFC 2231: a language behind it */
		*strchr(charset, '*') = '\0';
	ok = utf8_from(charset, buf_slice(&bytes), out);
	if (ok && utf8_valid((struct slice){ out->data + was, out->len - was }) &&
	    !has_control((struct slice){ out->data + was, out->len - was }))
		return used;
	buf_truncate(out, was);
	return 0;
}

void mime_decode(struct slice in, struct buf *out)
{
	size_t blank = 0; /* blanks behind a decoded word, dropped before the next */
	bool after_word = false;

	for (size_t i = 0; i < in.n;) {
		struct slice rest = { in.p + i, in.n - i };
		size_t was = out->len, n;

		if (after_word && (in.p[i] == ' ' || in.p[i] == '\t')) {
			blank++;
			i++;
			continue;
		}
		n = in.p[i] == '=' ? decode_run(rest, out) : 0;
		if (!n || !after_word) {
			buf_truncate(out, was);
			buf_add(out, in.p + i - blank, blank);
			n = n ? decode_run(rest, out) : 0;
		}
		after_word = n;
		blank = 0;
		if (!n)
			buf_addc(out, in.p[i++]);
		i += n;
	}
	buf_add(out, in.p + in.n - blank, blank);
}

static bool needs_word(struct slice s)
{
	bool lead = s.n > 1 && s.p[0] == '=' && s.p[1] == '?';

	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return true;
	}
	return lead;
}

static void encode_char(struct slice s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (isalnum(c) && c < 0x80)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "=%02X", c);
	}
}

/* One word of text as encoded words; @blank: with the blank that stood before it. */
static void encode_word(struct slice s, bool blank, struct buf *out)
{
	size_t begin = out->len;

	buf_adds(out, blank ? "=?UTF-8?q?_" : "=?UTF-8?q?");
	for (size_t i = 0, n; i < s.n; i += n) {
		for (n = 1; i + n < s.n && ((unsigned char)s.p[i + n] & 0xc0) == 0x80;
		     n++)
			;
		if (out->len - begin > 60) {
			buf_adds(out, "?= ");
			begin = out->len;
			buf_adds(out, "=?UTF-8?q?");
		}
		encode_char((struct slice){ s.p + i, n }, out);
	}
	buf_adds(out, "?=");
}

void mime_encode(struct slice utf8, struct buf *out)
{
	struct slice rest = utf8, word;
	bool first = true, before = false;

	while (slice_split(&rest, ' ', &word)) {
		bool encode = needs_word(word);

		if (!first)
			buf_addc(out, ' ');
		if (encode)
			encode_word(word, before, out);
		else
			buf_add_slice(out, word);
		before = encode;
		first = false;
	}
}
