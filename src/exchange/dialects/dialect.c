// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/dialects/dialect.h"

#include <strings.h>

#include "text/mime.h"

static void __attribute__((format(printf, 4, 0)))
report(struct export_patch *p, const char *id, unsigned line, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_vaddf(&b, fmt, ap);
	lint_add(p->report, id, p->path, line, "%s", buf_str(&b));
}

void lacks(struct export_patch *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(p, "dialect-needs", 0, fmt, ap);
	va_end(ap);
}

void stays_text(struct export_patch *p, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(p, "dialect-text", line, fmt, ap);
	va_end(ap);
}

void loses(struct export_patch *p, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(p, "dialect-loses", line, fmt, ap);
	va_end(ap);
}

bool has_field(const struct export_patch *p, const char *name)
{
	if (header_field(p->header, name))
		return true;
	vec_each (t, &p->header->trailers) {
		if (trailer_is(t, name))
			return true;
	}
	return false;
}

bool has_line(const struct export_patch *p, const char *text)
{
	struct slice rest = p->header->body, line;

	while (slice_line(&rest, &line)) {
		if (slice_eqs(slice_trim(line), text))
			return true;
	}
	return false;
}

int fill_field(struct export_patch *p, struct err *e, const char *name, const char *fmt,
	       ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	if (has_field(p, name))
		return 0;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return header_set(p->header, name, buf_slice(&b), e);
}

void check_person(struct export_patch *p)
{
	if (!p->header->from.n)
		lacks(p, "From: nothing says who wrote the change");
	if (!header_title(p->header).n)
		lacks(p, "Subject: nothing says what the change does");
}

bool is_adapted(const struct export_patch *p)
{
	const struct upstream_mark *m = provenance_upstream(p->provenance);

	return p->header->notes.n || (m && m->adapted);
}

/* Fields that a mail has and that git-am(1) reads or that only its transport needs. */
static bool is_mail_field(const struct header_field *f)
{
	static const char *const names[] = {
		"From",	       "Date",	       "Subject",  "To",
		"Cc",	       "Sender",       "Reply-To", "Message-ID",
		"In-Reply-To", "MIME-Version", "List-Id",  "User-Agent",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (name_is(f->name, names[i]))
			return true;
	}
	if (name_is(f->name, "References"))
		return slice_starts(f->value, "<");
	return (f->name.n > 8 && !strncasecmp(f->name.p, "Content-", 8)) ||
	       (f->name.n > 2 && !strncasecmp(f->name.p, "X-", 2));
}

/* DEP-3's long description, which is in the body's front, becomes the message's. */
static void move_description(struct export_patch *p, const struct header_field *f)
{
	struct slice rest = f->raw, line;
	_cleanup_buf_ struct buf b = BUF_INIT;

	slice_line(&rest, &line);
	while (slice_line(&rest, &line)) {
		if (slice_eqs(slice_trim(line), "."))
			buf_addc(&b, '\n');
		else
			buf_add(&b, line.p + 1, line.n - 1);
	}
	if (b.len)
		header_add_lead(p->header, buf_slice(&b));
}

static int move_field(struct export_patch *p, const struct header_field *f, struct err *e)
{
	_cleanup_free_ char *name = xmemdupz(f->name.p, f->name.n);
	int rc = 0;

	if (name_is(f->name, "Description"))
		move_description(p, f);
	else if (!name_is(f->name, "Author"))
		rc = header_add_trailer(p->header, name, f->value, e);
	header_drop(p->header, name);
	return rc;
}

/* A field of a mail is ASCII; what is more goes into encoded words. */
static int set_encoded(struct header *h, const char *name, struct slice value,
		       struct err *e)
{
	const struct header_field *f = header_field(h, name);
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (f && slice_eq(f->value, value) && memmem(f->raw.p, f->raw.n, "=?", 2))
		return 0;
	mime_encode(value, &b);
	return header_set(h, name, buf_slice(&b), e);
}

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	}
	return true;
}

static int declare_charset(struct export_patch *p, struct err *e)
{
	struct header *h = p->header;

	if (is_ascii(h->body) || header_field(h, "Content-Type"))
		return 0;
	if (!utf8_valid(h->body))
		return err_set(e, ERR_INPUT,
			       "cannot make a mail of it: the message is not UTF-8");
	if (header_set(h, "MIME-Version", SLICE("1.0"), e) ||
	    header_set(h, "Content-Type", SLICE("text/plain; charset=UTF-8"), e))
		return e->code;
	return header_set(h, "Content-Transfer-Encoding", SLICE("8bit"), e);
}

/* git-am(1) takes CRs off unless told otherwise. */
static void check_crlf(struct export_patch *p)
{
	struct slice rest = buf_slice(&p->patch->bytes), line;

	for (unsigned at = 1; slice_line(&rest, &line); at++) {
		if (!slice_ends(line, "\r\n"))
			continue;
		stays_text(p, at, "the diff has CRLF: git am wants --keep-cr");
		return;
	}
}

int as_mail(struct export_patch *p, struct err *e)
{
	struct header *h = p->header;
	int rc = 0;

	if (!h->from.n || !header_title(h).n)
		return err_set(e, ERR_INPUT, "cannot make a mail of it: no %s",
			       h->from.n ? "Subject" : "From");
	vec_each (f, &h->fields) {
		if (!rc && !is_mail_field(f))
			rc = move_field(p, f, e);
	}
	if (!rc &&
	    (!header_field(h, "From") || header_field(h, "From")->line == h->from_line))
		rc = set_encoded(h, "From", h->from, e);
	if (!rc && (!header_field(h, "Subject") ||
		    header_field(h, "Subject")->line == h->subject_line))
		rc = set_encoded(h, "Subject", h->subject, e);
	if (!rc)
		rc = declare_charset(p, e);
	check_crlf(p);
	return rc;
}
