// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/header_priv.h"

#include "text/mime.h"

static int check_value(const char *name, struct slice value, struct err *e)
{
	for (size_t i = 0; i < value.n; i++) {
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return err_set(
				e, ERR_INPUT,
				"cannot write '%s': its value has a control character",
				name);
	}
	if (!utf8_valid(value))
		return err_set(e, ERR_INPUT, "cannot write '%s': its value is not UTF-8",
			       name);
	return 0;
}

static const char *line_end(const struct header *h)
{
	return h->crlf ? "\r\n" : "\n";
}

/* Replaces @old, a piece of the bytes, by @text, which is copied. */
static void splice(struct header *h, struct slice old, struct slice text)
{
	struct header_splice s = { (size_t)(old.p - h->bytes.p),
				   old.n,
				   { arena_dup(&h->arena, text.p ? text.p : "", text.n),
				     text.n } };
	size_t i = h->splices.n;

	vec_each (x, &h->splices) {
		if (x->at == s.at) {
			*x = s;
			return;
		}
	}
	vec_push(&h->splices, s);
	for (; i && h->splices.v[i - 1].at > s.at; i--)
		h->splices.v[i] = h->splices.v[i - 1];
	h->splices.v[i] = s;
}

/* A mail that had to encode its words stays one that plain ASCII can carry. */
static void add_value(const struct header_field *f, struct slice value, struct buf *b)
{
	if (f && f->raw.n > 2 && memmem(f->raw.p, f->raw.n, "=?", 2))
		mime_encode(value, b);
	else
		buf_add_slice(b, value);
}

int header_set(struct header *h, const char *name, struct slice value, struct err *e)
{
	const struct header_field *f = header_field(h, name);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice old, rest;
	size_t begin;
	int rc = check_value(name, value, e);

	if (rc)
		return rc;
	if (!f) {
		buf_addf(&h->new_fields, "%s: %.*s%s", name, SLICE_ARG(value),
			 line_end(h));
		return 0;
	}
	rest = f->raw;
	slice_line(&rest, &old); /* a long description stays */
	if (!name_is(f->name, "Description"))
		old = f->raw;
	if (slice_eq(f->value, value)) {
		splice(h, old, old);
		return 0;
	}
	for (begin = f->name.n + 1; begin < old.n; begin++) {
		if (old.p[begin] != ' ' && old.p[begin] != '\t')
			break;
	}
	buf_add(&b, old.p, begin);
	if (begin == f->name.n + 1)
		buf_addc(&b, ' ');
	add_value(f, value, &b);
	if (old.p[old.n - 1] == '\n')
		buf_adds(&b, slice_ends(old, "\r\n") ? "\r\n" : "\n");
	splice(h, old, buf_slice(&b));
	return 0;
}

void header_drop(struct header *h, const char *name)
{
	vec_each (f, &h->fields) {
		if (name_is(f->name, name))
			splice(h, f->raw, SLICE(""));
	}
}

int header_add_trailer(struct header *h, const char *name, struct slice value,
		       struct err *e)
{
	int rc = check_value(name, value, e);

	if (!rc)
		buf_addf(&h->new_trailers, "%s: %.*s%s", name, SLICE_ARG(value),
			 line_end(h));
	return rc;
}

void header_drop_trailer(struct header *h, size_t i)
{
	BUG_ON(i >= h->trailers.n);
	splice(h, h->trailers.v[i].raw, SLICE(""));
}

int header_add_line(struct header *h, struct slice text, struct err *e)
{
	int rc = check_value("line", text, e);

	if (!rc)
		buf_addf(&h->new_trailers, "%.*s%s", SLICE_ARG(text), line_end(h));
	return rc;
}

int header_add_note(struct header *h, struct slice text, struct err *e)
{
	_cleanup_free_ char *line = xasprintf("[ %.*s ]", SLICE_ARG(text));

	return header_add_line(h, slice_str(line), e);
}

void header_add_lead(struct header *h, struct slice text)
{
	if (h->new_lead.len)
		buf_adds(&h->new_lead, line_end(h));
	buf_add_slice(&h->new_lead, text);
	if (!slice_ends(text, "\n"))
		buf_adds(&h->new_lead, line_end(h));
}

static void end_line(const struct header *h, struct buf *out)
{
	if (out->len && out->data[out->len - 1] != '\n')
		buf_adds(out, line_end(h));
}

static void end_paragraph(const struct header *h, struct buf *out)
{
	struct slice s;

	end_line(h, out);
	s = buf_slice(out);
	if (s.n && !slice_ends(s, "\n\n") && !slice_ends(s, "\n\r\n"))
		buf_adds(out, line_end(h));
}

/* What is new at @at, set apart from what stands before and behind it. */
static void write_new(const struct header *h, size_t at, struct buf *out)
{
	if (at == h->fields_end && h->new_fields.len) {
		end_line(h, out);
		buf_add_slice(out, buf_slice(&h->new_fields));
		if (!h->fields.n && at < h->bytes.n)
			buf_adds(out, line_end(h));
	}
	if (at == h->body_begin && h->new_lead.len) {
		end_paragraph(h, out);
		buf_add_slice(out, buf_slice(&h->new_lead));
		if (at < h->bytes.n)
			buf_adds(out, line_end(h));
	}
	if (at != h->trailers_end || !h->new_trailers.len)
		return;
	if (h->after_trailers)
		end_line(h, out);
	else
		end_paragraph(h, out);
	buf_add_slice(out, buf_slice(&h->new_trailers));
}

/* The first place behind @at where something may be new. */
static size_t next_place(const struct header *h, size_t at)
{
	const size_t places[] = { h->fields_end, h->body_begin, h->trailers_end };
	size_t to = h->bytes.n;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (at < places[i] && places[i] < to)
			to = places[i];
	}
	return to;
}

void header_write(const struct header *h, struct buf *out)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t at = 0, i = 0;

	while (at <= h->bytes.n) {
		size_t to = next_place(h, at);

		write_new(h, at, &b);
		if (i < h->splices.n && h->splices.v[i].at < to)
			to = h->splices.v[i].at;
		buf_add(&b, h->bytes.p + at, to - at);
		if (i < h->splices.n && to == h->splices.v[i].at) {
			buf_add_slice(&b, h->splices.v[i].text);
			to += h->splices.v[i++].len;
		}
		if (at == h->bytes.n)
			break;
		at = to;
	}
	buf_add_slice(out, buf_slice(&b));
}
