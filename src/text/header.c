// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/header.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"

static bool same_name(struct slice name, const char *want)
{
	return name.n == strlen(want) && !strncasecmp(name.p, want, name.n);
}

bool trailer_is(const struct trailer *t, const char *name)
{
	return same_name(t->name, name);
}

/* "Name: value", the name made of letters, digits and dashes. */
static bool parse_field(struct slice line, struct slice *name, struct slice *value)
{
	size_t i = 0;

	while (i < line.n && (isalnum((unsigned char)line.p[i]) || line.p[i] == '-'))
		i++;
	if (!i || i == line.n || line.p[i] != ':')
		return false;
	*name = (struct slice){ line.p, i };
	*value = slice_trim((struct slice){ line.p + i + 1, line.n - i - 1 });
	return true;
}

/* A folded field goes on in lines that begin with a blank. */
static struct slice unfold(struct header *h, struct slice value, struct slice *rest,
			   unsigned *at)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice peek = *rest, line;

	while (slice_line(&peek, &line) && (line.p[0] == ' ' || line.p[0] == '\t')) {
		if (!b.len)
			buf_add_slice(&b, value);
		line = slice_trim(line);
		buf_addc(&b, ' ');
		buf_add_slice(&b, line);
		*rest = peek;
		++*at;
	}
	if (!b.len)
		return value;
	return (struct slice){ arena_dup(&h->arena, b.data, b.len), b.len };
}

/* The fields, up to the blank line; @rest and @at move behind it. */
static void parse_fields(struct header *h, struct slice *rest, unsigned *at)
{
	struct slice line, name, value;

	while (slice_line(rest, &line)) {
		unsigned here = (*at)++;

		if (!slice_trim(line).n)
			return;
		if (!parse_field(line, &name, &value))
			continue; /* the "From <id> <date>" line of an mbox */
		value = unfold(h, value, rest, at);
		if (same_name(name, "From") && !h->from.n) {
			h->from = value;
			h->from_line = here;
		} else if (same_name(name, "Subject") && !h->subject.n) {
			h->subject = value;
			h->subject_line = here;
		} else if (same_name(name, "Date") && !h->date.n) {
			h->date = value;
		}
	}
}

/* The message ends at "---" or where the diff begins. */
static struct slice message_of(struct slice rest)
{
	struct slice all = rest, line;

	while (slice_line(&rest, &line)) {
		struct slice t = slice_trim(line);

		if (slice_eqs(t, "---") || slice_starts(line, "diff --git ") ||
		    slice_starts(line, "--- "))
			return (struct slice){ all.p, (size_t)(line.p - all.p) };
	}
	return all;
}

/* One paragraph: text, trailers if every line of it is one, or a note. */
static void see_paragraph(struct header *h, struct slice para, unsigned at)
{
	struct slice rest = para, line, name, value, t = slice_trim(para);
	unsigned n = 0, fields = 0;

	if (t.n > 1 && t.p[0] == '[' && t.p[t.n - 1] == ']') {
		vec_push(&h->notes, slice_trim((struct slice){ t.p + 1, t.n - 2 }));
		return;
	}
	while (slice_line(&rest, &line)) {
		bool cont = line.p[0] == ' ' || line.p[0] == '\t' || line.p[0] == '[';

		n++;
		fields += cont || parse_field(line, &name, &value);
	}
	if (!n || fields != n)
		return;
	for (rest = para; slice_line(&rest, &line); at++) {
		struct slice whole = slice_trim(line);

		if (parse_field(line, &name, &value))
			vec_push(&h->trailers, (struct trailer){ name, value, at });
		else if (whole.n > 1 && whole.p[0] == '[' && whole.p[whole.n - 1] == ']')
			vec_push(&h->notes,
				 slice_trim((struct slice){ whole.p + 1, whole.n - 2 }));
	}
}

static void parse_message(struct header *h, struct slice message, unsigned at)
{
	struct slice rest = message, line, para = { message.p, 0 };
	unsigned para_at = at;

	while (slice_line(&rest, &line)) {
		at++;
		if (slice_trim(line).n) {
			para.n += line.n;
			continue;
		}
		if (para.n)
			see_paragraph(h, para, para_at);
		para = (struct slice){ rest.p, 0 };
		para_at = at;
	}
	if (para.n)
		see_paragraph(h, para, para_at);
}

void header_parse(struct slice bytes, struct header *out)
{
	struct slice rest = bytes, name, value, peek = bytes, first;
	unsigned at = 1;

	*out = (struct header){ 0 };
	if (slice_line(&peek, &first) &&
	    (slice_starts(first, "From ") || parse_field(first, &name, &value)))
		parse_fields(out, &rest, &at);
	out->body_line = at;
	out->body = message_of(rest);
	parse_message(out, out->body, at);
}

void header_release(struct header *h)
{
	if (!h)
		return;
	arena_release(&h->arena);
	vec_release(&h->trailers);
	vec_release(&h->notes);
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
