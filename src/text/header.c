// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/header.h"

#include <ctype.h>
#include <strings.h>

#include "text/header_priv.h"
#include "text/mime.h"

bool name_is(struct slice name, const char *want)
{
	return name.n == strlen(want) && !strncasecmp(name.p, want, name.n);
}

bool trailer_is(const struct trailer *t, const char *name)
{
	return name_is(t->name, name);
}

const struct header_field *header_field(const struct header *h, const char *name)
{
	vec_each (f, &h->fields) {
		if (name_is(f->name, name))
			return f;
	}
	return NULL;
}

/* The name is made of letters, digits and dashes; one known name has a blank. */
bool parse_field(struct slice line, struct slice *name, struct slice *value)
{
	static const char odd[] = "Upstream Status";
	size_t i = 0;

	if (line.n > sizeof(odd) && !strncasecmp(line.p, odd, sizeof(odd) - 1))
		i = sizeof(odd) - 1;
	while (i < line.n && (isalnum((unsigned char)line.p[i]) || line.p[i] == '-'))
		i++;
	if (!i || i == line.n || line.p[i] != ':')
		return false;
	*name = (struct slice){ line.p, i };
	*value = slice_trim((struct slice){ line.p + i + 1, line.n - i - 1 });
	return true;
}

/*
 * Whether a block of fields may begin with this one: "mm: fix x" as the first line of
 * a message without fields must stay a message.
 */
static bool begins_block(struct slice name)
{
	static const char *const known[] = {
		"From",
		"Subject",
		"Date",
		"Author",
		"Description",
		"Origin",
		"Forwarded",
		"Bug",
		"Last-Update",
		"Applied-Upstream",
		"Git-commit",
		"Git-repo",
		"References",
		"Patch-mainline",
		"Upstream-Status",
		"Upstream Status",
		"Reviewed-by",
		"Acked-by",
		"Message-Id",
		"To",
		"Cc",
		"Reply-To",
		"In-Reply-To",
		"Return-Path",
		"Received",
		"Sender",
		"Delivered-To",
		"MIME-Version",
		"Content-Type",
		"Content-Transfer-Encoding",
		"DKIM-Signature",
		"List-Id",
		"User-Agent",
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (name_is(name, known[i]))
			return true;
	}
	return (name.n > 4 && !strncasecmp(name.p, "Bug-", 4)) ||
	       (name.n > 2 && !strncasecmp(name.p, "X-", 2));
}

static bool is_folded(struct slice line)
{
	return (line.p[0] == ' ' || line.p[0] == '\t') && slice_trim(line).n;
}

/* A folded field goes on in lines that begin with a blank. */
static void take_folds(struct slice *rest, unsigned *at, struct slice *raw)
{
	struct slice peek = *rest, line;

	while (slice_line(&peek, &line) && is_folded(line)) {
		raw->n += line.n;
		*rest = peek;
		++*at;
	}
}

/* The value with its folds undone and its encoded words decoded. */
static struct slice unfold(struct arena *a, struct slice value, struct slice raw)
{
	_cleanup_buf_ struct buf flat = BUF_INIT, text = BUF_INIT;
	struct slice rest = raw, line;

	if (!slice_line(&rest, &line))
		return value;
	buf_add_slice(&flat, value);
	while (slice_line(&rest, &line)) {
		buf_addc(&flat, ' ');
		buf_add_slice(&flat, slice_trim(line));
	}
	mime_decode(buf_slice(&flat), &text);
	if (slice_eq(buf_slice(&text), value))
		return value;
	return (struct slice){ arena_dup(a, text.data, text.len), text.len };
}

/* The fields, up to the first line that is none; @rest and @at move behind them. */
static void parse_fields(struct header *h, struct slice *rest, unsigned *at)
{
	struct slice peek = *rest, line, name, value;

	for (; slice_line(&peek, &line); *rest = peek) {
		struct header_field f = { .raw = line, .line = *at };

		if (!h->mbox.n && !h->fields.n && slice_starts(line, "From ")) {
			h->mbox = line;
			h->fields_end = (size_t)(peek.p - h->bytes.p);
			++*at;
			continue;
		}
		if (!parse_field(line, &name, &value) ||
		    (!h->fields.n && !h->mbox.n && !begins_block(name)))
			return;
		++*at;
		take_folds(&peek, at, &f.raw);
		f.name = name;
		f.value = unfold(&h->arena, value,
				 name_is(name, "Description") ? line : f.raw);
		vec_push(&h->fields, f);
		h->fields_end = (size_t)(peek.p - h->bytes.p);
	}
}

/* What the first field that has it says. */
static void note_field(struct slice *value, unsigned *line, const struct header_field *f)
{
	if (!f || value->n)
		return;
	*value = f->value;
	if (line)
		*line = f->line;
}

/* DEP-3's long description: folded lines, one blank taken off, " ." an empty one. */
static void add_description(struct buf *b, const struct header_field *f)
{
	struct slice rest = f->raw, line;

	slice_line(&rest, &line);
	while (slice_line(&rest, &line)) {
		struct slice t = slice_trim(line);

		if (!slice_eqs(t, "."))
			buf_add(b, line.p + 1, line.n - 1);
		else
			buf_addc(b, '\n');
	}
}

static void read_description(struct header *h, struct slice message)
{
	const struct header_field *f = header_field(h, "Description");
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (!f)
		return;
	note_field(&h->subject, &h->subject_line, f);
	add_description(&b, f);
	if (!b.len)
		return;
	if (slice_trim(message).n) {
		buf_addc(&b, '\n');
		buf_add_slice(&b, message);
	}
	h->body = (struct slice){ arena_dup(&h->arena, b.data, b.len), b.len };
	h->body_line = f->line + 1;
}

static void read_fields(struct header *h)
{
	note_field(&h->from, &h->from_line, header_field(h, "From"));
	note_field(&h->from, &h->from_line, header_field(h, "Author"));
	note_field(&h->subject, &h->subject_line, header_field(h, "Subject"));
	note_field(&h->date, NULL, header_field(h, "Date"));
}

/* A mail whose text begins with "From:" names the author there: git mailinfo. */
static void read_in_body(struct header *h, struct slice message, unsigned at)
{
	struct slice line, name, value, author;
	struct slice *into;
	bool first = true;

	while (slice_line(&message, &line)) {
		unsigned here = at++;

		if (first && !slice_trim(line).n)
			continue;
		if (!parse_field(line, &name, &value))
			return;
		author = unfold(&h->arena, value, line);
		into = name_is(name, "From")   ? &h->from
		       : name_is(name, "Date") ? &h->date
					       : NULL;
		if (name_is(name, "Subject"))
			into = &h->subject;
		if (!into || (first && into != &h->from))
			return;
		*into = author;
		if (into == &h->from)
			h->from_line = here;
		else if (into == &h->subject)
			h->subject_line = here;
		first = false;
	}
}

/* The message ends at "---" or where the diff begins. */
static struct slice message_of(struct slice rest)
{
	struct slice all = rest, line;

	while (slice_line(&rest, &line)) {
		struct slice t = slice_trim(line);

		if (slice_eqs(t, "---") || slice_starts(line, "diff --git ") ||
		    slice_starts(line, "Index: ") || slice_starts(line, "--- "))
			return (struct slice){ all.p, (size_t)(line.p - all.p) };
	}
	return all;
}

static void skip_blank_lines(struct slice *rest, unsigned *at)
{
	struct slice peek = *rest, line;

	while (slice_line(&peek, &line) && !slice_trim(line).n) {
		*rest = peek;
		++*at;
	}
}

void header_parse(struct slice bytes, struct header *out)
{
	struct slice rest, first, peek;
	unsigned at = 1;

	if (!bytes.p)
		bytes = SLICE("");
	*out = (struct header){ .bytes = bytes };
	rest = peek = bytes;
	out->crlf = slice_line(&peek, &first) && slice_ends(first, "\r\n");
	skip_blank_lines(&rest, &at);
	parse_fields(out, &rest, &at);
	if (!out->fields_end) {
		rest = bytes;
		at = 1;
	}
	peek = rest;
	if (out->fields_end && slice_line(&peek, &first) && !slice_trim(first).n) {
		rest = peek;
		at++;
	}
	out->body_line = at;
	out->body = message_of(rest);
	out->body_begin = (size_t)(out->body.p - bytes.p);
	read_fields(out);
	if (out->from.n)
		read_in_body(out, out->body, at);
	parse_message(out, out->body, at);
	read_description(out, out->body);
}

void header_release(struct header *h)
{
	if (!h)
		return;
	arena_release(&h->arena);
	vec_release(&h->fields);
	vec_release(&h->trailers);
	vec_release(&h->notes);
	vec_release(&h->note_lines);
	vec_release(&h->splices);
	buf_release(&h->new_fields);
	buf_release(&h->new_lead);
	buf_release(&h->new_trailers);
}

struct slice header_title(const struct header *h)
{
	struct slice s = h->subject;

	while (s.n && s.p[0] == '[') {
		const char *end = memchr(s.p, ']', s.n);

		if (!end)
			break;
		s.n -= (size_t)(end + 1 - s.p);
		s.p = end + 1;
		s = slice_trim(s);
	}
	return s;
}
