// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_message.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "exchange/gitseries_ident.h"
#include "text/mime.h"

static const char *const known_fields[] = {
	"Applied-Upstream", "Author", "Bug",	 "Date",       "Description",
	"Forwarded",	    "From",   "Origin", "Patch-mainline", "Subject",
};

static struct slice rtrim(struct slice s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]) && s.p[s.n - 1])
		s.n--;
	return s;
}

static bool is_blank(struct slice line)
{
	return !slice_trim(line).n;
}

/* "Name: value" or "Name:" */
static bool parse_field(struct slice line, struct slice *name)
{
	size_t i = 0;

	while (i < line.n && (isalnum((unsigned char)line.p[i]) || line.p[i] == '-'))
		i++;
	if (!i || i == line.n || line.p[i] != ':')
		return false;
	*name = (struct slice){ line.p, i };
	return true;
}

static bool named(struct slice name, const char *want)
{
	return name.n == strlen(want) && !strncasecmp(name.p, want, name.n);
}

static bool is_known(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_fields); i++) {
		if (named(name, known_fields[i]))
			return true;
	}
	return false;
}

static bool is_folded(struct slice line)
{
	return line.n && (line.p[0] == ' ' || line.p[0] == '\t') && !is_blank(line);
}

/* The lines of one field, off the front of @rest. */
static struct slice take_field(struct slice *rest)
{
	struct slice field, peek, line;

	slice_line(rest, &field);
	for (peek = *rest; slice_line(&peek, &line) && is_folded(line); *rest = peek)
		field.n += line.n;
	return field;
}

/* Ends where the fields end; nothing when the header does not begin with known ones. */
static size_t find_fields(struct slice header)
{
	struct slice rest = header, peek, line, name;
	bool known = false;
	size_t end = 0;

	peek = rest;
	if (slice_line(&peek, &line) && slice_starts(line, "From ")) {
		known = true;
		rest = peek;
		end = line.n;
	}
	for (peek = rest; slice_line(&peek, &line) && parse_field(line, &name); peek = rest) {
		known |= is_known(name);
		end += take_field(&rest).n;
	}
	return known ? end : 0;
}

/* The message ends at "---", at what precedes a diff of other tools, or with @s. */
static size_t find_tail(struct slice s)
{
	struct slice rest = s, line, next, peek;

	while (slice_line(&rest, &line)) {
		size_t at = (size_t)(line.p - s.p);

		if (slice_eqs(rtrim(line), "---") || slice_starts(line, "diff -"))
			return at;
		peek = rest;
		if (slice_starts(line, "Index: ") && slice_line(&peek, &next) &&
		    slice_starts(next, "====="))
			return at;
	}
	return s.n;
}

static void unfold(struct slice raw, struct buf *out)
{
	struct slice line;

	while (slice_line(&raw, &line)) {
		line = slice_trim(line);
		if (out->len && line.n)
			buf_addc(out, ' ');
		buf_add_slice(out, line);
	}
}

/* The value of a field's lines, unfolded and decoded; in the arena. */
static struct slice field_value(struct message *m, struct slice raw)
{
	_cleanup_buf_ struct buf b = BUF_INIT, words = BUF_INIT;
	const char *colon = raw.n ? memchr(raw.p, ':', raw.n) : NULL;
	size_t skip = colon ? (size_t)(colon + 1 - raw.p) : raw.n;

	if (!raw.n)
		return (struct slice){ "", 0 };
	unfold((struct slice){ raw.p + skip, raw.n - skip }, &b);
	mime_decode(buf_slice(&b), &words);
	if (!utf8_valid(buf_slice(&words))) {
		buf_clear(&b);
		if (utf8_from(m->charset ? m->charset : "ISO-8859-1", buf_slice(&words), &b))
			return (struct slice){ arena_dup(&m->arena, buf_str(&b), b.len), b.len };
	}
	return (struct slice){ arena_dup(&m->arena, buf_str(&words), words.len), words.len };
}

/* Not UTF-7 or UTF-16, where what looks like ASCII may be something else. */
static bool keeps_ascii(const char *charset)
{
	const struct slice all = SLICE(" !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~+AOQ-");
	_cleanup_buf_ struct buf b = BUF_INIT;

	return utf8_from(charset, all, &b) && slice_eq(buf_slice(&b), all);
}

static void see_charset(struct message *m, struct slice raw)
{
	struct slice v = field_value(m, raw);
	const char *at = memmem(v.p, v.n, "charset=", 8);
	size_t n = 0;

	if (!at)
		return;
	at += at[8] == '"' ? 9 : 8;
	while (at + n < v.p + v.n &&
	       (isalnum((unsigned char)at[n]) || (at[n] && strchr("-_.", at[n]))))
		n++;
	m->charset = arena_dup(&m->arena, at, n);
	if (!n || !keeps_ascii(m->charset)) /* "" would be the one of the locale */
		m->charset = NULL;
}

static void see_field(struct message *m, struct slice raw)
{
	struct slice name, rest = raw, first;

	if (!parse_field(raw, &name))
		return;
	if (named(name, "From") || (named(name, "Author") && !m->from.n))
		m->from = raw;
	else if (named(name, "Date"))
		m->date = raw;
	else if (named(name, "Content-Type"))
		see_charset(m, raw);
	else if (named(name, "Subject")) {
		m->title = raw;
		m->title_name = "Subject";
	} else if (named(name, "Description") && !m->title.n && slice_line(&rest, &first) &&
		   memchr(first.p, ':', first.n) != first.p + rtrim(first).n - 1) {
		m->title = first;
		m->title_name = "Description";
	}
}

static void see_fields(struct message *m)
{
	struct slice rest = m->fields, peek = rest, line;

	if (slice_line(&peek, &line) && slice_starts(line, "From "))
		rest = peek;
	while (rest.n)
		see_field(m, take_field(&rest));
}

static bool is_author(struct slice line)
{
	struct slice name;

	return parse_field(line, &name) && (named(name, "From") || named(name, "Date"));
}

bool message_begins_with_author(struct slice text)
{
	struct slice line;

	return slice_line(&text, &line) && is_author(line);
}

/*
 * A mail's text may begin with the author, as git-send-email writes it, and a blank
 * line; without that it is text.
 */
static void see_body_author(struct message *m)
{
	struct slice rest = m->text, fields, line = { NULL, 0 };

	while (slice_line(&rest, &line) && is_author(line))
		;
	if (line.p == m->text.p || !m->text.n || !is_blank(line))
		return;
	for (fields = m->text; slice_line(&fields, &line) && is_author(line);)
		see_field(m, line);
	m->gap.n += (size_t)(rest.p - m->text.p);
	m->text = rest;
}

static void split(struct message *m, bool cover)
{
	struct slice rest = m->header, peek, line;

	m->fields = (struct slice){ rest.p, find_fields(rest) };
	see_fields(m);
	rest.p += m->fields.n;
	rest.n -= m->fields.n;
	m->tail = rest;
	m->tail.p += cover ? rest.n : find_tail(rest);
	m->tail.n = (size_t)(rest.p + rest.n - m->tail.p);
	rest.n -= m->tail.n;
	m->gap = (struct slice){ rest.p, 0 };
	for (peek = rest; slice_line(&peek, &line) && is_blank(line); rest = peek)
		m->gap.n += line.n;
	m->text = rest;
	if (m->title.n)
		see_body_author(m);
}

/* In UTF-8, without blanks at its end; in the arena when it had to be decoded. */
static struct slice line_text(struct message *m, struct slice raw)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (m->charset && utf8_from(m->charset, raw, &b))
		return rtrim((struct slice){ arena_dup(&m->arena, buf_str(&b), b.len), b.len });
	return rtrim(raw);
}

static void add_line(struct message *m, struct slice raw, bool folded)
{
	struct slice text = folded ? slice_trim(raw) : line_text(m, raw);
	struct message_line *last = m->lines.n ? &m->lines.v[m->lines.n - 1] : NULL;

	if (folded) {
		text = line_text(m, (struct slice){ raw.p + 1, raw.n - 1 });
		if (slice_eqs(text, "."))
			text.n = 0;
	}
	if (!text.n && last && !last->text.n && last->folded == folded) {
		last->raw.n += raw.n;
		return;
	}
	vec_push(&m->lines, (struct message_line){ text, raw, folded });
}

static void read_lines(struct message *m)
{
	struct slice rest, line;

	if (m->title_name && !strcmp(m->title_name, "Description")) {
		const char *at = m->title.p + m->title.n;

		rest = (struct slice){ at, (size_t)(m->fields.p + m->fields.n - at) };
		while (slice_line(&rest, &line) && is_folded(line))
			add_line(m, line, true);
	}
	if (m->lines.n && m->text.n) /* there is no such line in the file */
		vec_push(&m->lines, (struct message_line){ { "", 0 }, { m->text.p, 0 }, false });
	rest = m->text;
	while (slice_line(&rest, &line))
		add_line(m, line, false);
}

/* What cannot be written as an encoded word. */
static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (iscntrl((unsigned char)s.p[i]))
			return true;
	}
	return false;
}

/* The "[PATCH …]" that git am would drop, too. */
static size_t prefix_length(struct slice subject)
{
	size_t n = 0;

	while (n < subject.n && subject.p[n] == '[') {
		const char *end = memchr(subject.p + n, ']', subject.n - n);
		size_t len = end ? (size_t)(end + 1 - subject.p) - n : 0;

		if (!end || has_control((struct slice){ subject.p + n, len }) ||
		    (!memmem(subject.p + n, len, "PATCH", 5) &&
		     !memmem(subject.p + n, len, "RFC", 3)))
			break;
		for (n += len; n < subject.n && subject.p[n] == ' '; n++)
			;
	}
	return n;
}

/* "dir/0001-fix-it.patch": "fix it" would be a guess, so "0001-fix-it". */
static struct slice title_of_name(struct message *m, const char *file)
{
	const char *base = strrchr(file, '/');
	struct slice s = slice_str(base ? base + 1 : file);

	if (slice_ends(s, ".patch"))
		s.n -= strlen(".patch");
	else if (slice_ends(s, ".diff"))
		s.n -= strlen(".diff");
	return (struct slice){ arena_dup(&m->arena, s.p, s.n), s.n };
}

static void make_text(struct message *m, const char *file)
{
	_cleanup_buf_ struct buf b = BUF_INIT, clean = BUF_INIT;
	struct slice title = field_value(m, m->title);
	size_t skip = prefix_length(title);

	m->prefix = arena_dup(&m->arena, title.p, skip);
	if (title.n > skip) {
		m->kind = TITLE_FIELD;
		buf_add(&b, title.p + skip, title.n - skip);
	} else if (m->lines.n) {
		m->kind = TITLE_TEXT;
	} else {
		m->kind = TITLE_NAME;
		buf_add_slice(&b, title_of_name(m, file));
	}
	if (m->kind != TITLE_TEXT)
		buf_adds(&b, "\n\n");
	vec_each (l, &m->lines) {
		buf_add_slice(&b, l->text);
		buf_addc(&b, '\n');
	}
	message_clean(buf_slice(&b), &clean);
	m->commit.message =
		(struct slice){ arena_dup(&m->arena, clean.data, clean.len), clean.len };
}

void message_read(struct slice header, const char *file, bool cover, struct message *out)
{
	struct slice rest = header, line;
	struct ident id;

	*out = (struct message){ .header = header };
	out->crlf = slice_line(&rest, &line) && slice_ends(line, "\r\n");
	split(out, cover);
	if (utf8_valid(out->text) && utf8_valid(out->fields))
		out->charset = NULL;
	else if (!out->charset || !strcasecmp(out->charset, "utf-8"))
		out->charset = "ISO-8859-1";
	read_lines(out);
	make_text(out, file);
	ident_parse(field_value(out, out->from), &out->arena, &id);
	out->commit.name = id.name;
	out->commit.mail = id.mail;
	out->has_date = date_parse(field_value(out, out->date), &out->commit.time,
				   &out->commit.zone);
}

void message_release(struct message *m)
{
	arena_release(&m->arena);
	vec_release(&m->lines);
}

void message_clean(struct slice text, struct buf *out)
{
	size_t start = out->len;
	struct slice line;
	bool blank = false;

	while (slice_line(&text, &line)) {
		line = rtrim(line);
		if (!line.n) {
			blank = true;
			continue;
		}
		if (blank && out->len > start)
			buf_addc(out, '\n');
		blank = false;
		buf_add_slice(out, line);
		buf_addc(out, '\n');
	}
}

void message_title(struct slice message, struct buf *out)
{
	struct slice line;

	while (slice_line(&message, &line) && !is_blank(line)) {
		if (out->len)
			buf_addc(out, ' ');
		buf_add_slice(out, slice_trim(line));
	}
}
