// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <strings.h>

#include "engine/lint_priv.h"
#include "text/mime.h"

bool has_address(struct slice s)
{
	const char *lt = memchr(s.p ? s.p : "", '<', s.n);
	const char *at = lt ? memchr(lt, '@', (size_t)(s.p + s.n - lt)) : NULL;

	return at && at > lt + 1 && memchr(at, '>', (size_t)(s.p + s.n - at));
}

bool is_credit(const struct trailer *t)
{
	static const char *const names[] = { "Signed-off-by",  "Reviewed-by",
					     "Acked-by",       "Tested-by",
					     "Reported-by",    "Suggested-by",
					     "Co-developed-by" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (trailer_is(t, names[i]))
			return true;
	}
	return false;
}

static bool same_trailer(const struct trailer *a, const struct trailer *b)
{
	return a->name.n == b->name.n && !strncasecmp(a->name.p, b->name.p, a->name.n) &&
	       slice_eq(a->value, b->value);
}

bool has_trailer(const struct header *h, const struct trailer *want)
{
	vec_each (t, &h->trailers) {
		if (same_trailer(t, want))
			return true;
	}
	return false;
}

/* Prose of the message: what is neither trailer, note nor a mark of upstream. */
static bool says_why(const struct lint *l)
{
	struct slice rest = l->header->body, line, part;
	unsigned at = l->header->body_line;

	for (; slice_line(&rest, &line); at++) {
		struct slice t = slice_trim(line), peek = t;
		bool mark = false;

		vec_each (m, &l->provenance->marks)
			mark |= m->line == at;
		if (!t.n || t.p[0] == '[' || mark)
			continue;
		/* A trailer begins with one word and a colon; prose has a blank before
		 * it. */
		if (slice_split(&peek, ':', &part) && peek.p &&
		    !memchr(part.p, ' ', part.n))
			continue;
		return true;
	}
	return false;
}

static void check_fields(struct lint *l)
{
	const struct header *h = l->header;

	if (!h->from.n)
		lint_say(l, "no-author", 1, "no From: say who wrote the change");
	else if (!has_address(h->from))
		lint_say(l, "bad-author", h->from_line, "From has no <address>: %.*s",
			 SLICE_ARG(h->from));
	if (!header_title(h).n)
		lint_say(l, "no-subject", 1, "no Subject: say what the change does");
	if (!says_why(l))
		lint_say(l, "no-reason", h->body_line, "the message does not say why");
	vec_each (f, &h->fields) {
		if (memmem(f->value.p, f->value.n, "=?", 2) &&
		    memmem(f->value.p, f->value.n, "?=", 2))
			lint_say(l, "bad-encoded-word", f->line,
				 "cannot be decoded: %.*s", SLICE_ARG(f->value));
	}
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t' && c != '\n' && c != '\r') ||
	       c == 0x7f;
}

/* Each kind once, with the first line that has it. */
static void check_bytes(struct lint *l)
{
	struct slice rest = l->header->bytes, line;
	bool utf8 = true, crlf = false, control = false;

	for (unsigned at = 1; slice_line(&rest, &line); at++) {
		size_t i = 0;

		if (utf8 && !utf8_valid(line)) {
			lint_say(l, "not-utf8", at, "the line is not UTF-8");
			utf8 = false;
		}
		if (!crlf && slice_ends(line, "\r\n")) {
			lint_say(l, "crlf", at, "the line ends in CRLF");
			crlf = true;
		}
		while (i < line.n && !is_control(line.p[i]))
			i++;
		if (!control && i < line.n) {
			lint_say(l, "control", at, "control character 0x%02x",
				 (unsigned char)line.p[i]);
			control = true;
		}
	}
}

/* name@domain.tld, without asking anybody */
static bool is_reachable(struct slice a)
{
	const char *at = memchr(a.p, '@', a.n);
	size_t dots = 0;
	struct slice host;

	if (!at || at == a.p)
		return false;
	host = (struct slice){ at + 1, (size_t)(a.p + a.n - at) - 1 };
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (!isalnum((unsigned char)c) && c != '-' && c != '.')
			return false;
		if (c == '.' && (!i || i + 1 == host.n || host.p[i - 1] == '.'))
			return false;
		dots += c == '.';
	}
	return dots && !memchr(a.p, ' ', a.n);
}

/* The address of one recipient: inside of <…>, else all of it. */
static struct slice address_of(struct slice one)
{
	const char *lt = memchr(one.p, '<', one.n), *gt;

	if (!lt)
		return slice_trim(one);
	gt = memchr(lt, '>', (size_t)(one.p + one.n - lt));
	return (struct slice){ lt + 1, gt ? (size_t)(gt - lt) - 1 : 0 };
}

static void check_recipients(struct lint *l, struct slice value, unsigned line)
{
	const char *hash = memchr(value.p, '#', value.n), *begin = value.p;
	const char *end = hash ? hash : value.p + value.n;
	bool quoted = false;

	for (const char *p = begin; p <= end; p++) {
		struct slice one = { begin, (size_t)(p - begin) };

		if (p < end && *p == '"')
			quoted = !quoted;
		if (p < end && (*p != ',' || quoted))
			continue;
		begin = p + 1;
		if (slice_trim(one).n && !is_reachable(address_of(one)))
			lint_say(l, "bad-recipient", line, "no mail reaches '%.*s'",
				 SLICE_ARG(slice_trim(one)));
	}
}

static bool same_person(struct slice a, struct slice b)
{
	struct slice x = address_of(a), y = address_of(b);
	size_t n = (size_t)((char *)(memchr(a.p, '<', a.n) ?: a.p + a.n) - a.p);
	size_t k = (size_t)((char *)(memchr(b.p, '<', b.n) ?: b.p + b.n) - b.p);

	if (x.n && x.n == y.n && !strncasecmp(x.p, y.p, x.n))
		return true;
	return n && slice_eq(slice_trim((struct slice){ a.p, n }),
			     slice_trim((struct slice){ b.p, k }));
}

static void check_sign_offs(struct lint *l)
{
	const struct header *h = l->header;
	bool any = false, author = false;
	unsigned line = 0;

	vec_each (t, &h->trailers) {
		if (trailer_is(t, "Co-developed-by") &&
		    (t + 1 == h->trailers.v + h->trailers.n ||
		     !trailer_is(t + 1, "Signed-off-by") ||
		     !same_person(t[1].value, t->value)))
			lint_say(l, "co-developed", t->line,
				 "no sign-off of the same person follows: %.*s",
				 SLICE_ARG(t->value));
		if (!trailer_is(t, "Signed-off-by"))
			continue;
		any = true;
		line = line ? line : t->line;
		author |= h->from.n && same_person(t->value, h->from);
	}
	if (!any)
		lint_say(l, "sign-off", 0,
			 "no Signed-off-by: the sender gives it when the patch is sent");
	else if (h->from.n && !author)
		lint_say(l, "author-sign-off", line, "none is by the author, %.*s",
			 SLICE_ARG(h->from));
}

void lint_chain(struct lint *l, const struct header *theirs, const char *whose)
{
	size_t i = 0;
	const struct header *h = l->header;

	vec_each (t, &theirs->trailers) {
		size_t k = i;

		if (!trailer_is(t, "Signed-off-by"))
			continue;
		while (k < h->trailers.n && !same_trailer(&h->trailers.v[k], t))
			k++;
		if (k < h->trailers.n)
			i = k + 1;
		else
			lint_say(l, "lost-sign-off", h->body_line,
				 "%s is signed off by %.*s%s", whose, SLICE_ARG(t->value),
				 has_trailer(h, t) ? ", before others" : "");
	}
}

static void check_trailers(struct lint *l)
{
	vec_each (t, &l->header->trailers) {
		if (trailer_is(t, "Cc") || trailer_is(t, "To"))
			check_recipients(l, t->value, t->line);
		if (!is_credit(t))
			continue;
		if (!has_address(t->value))
			lint_say(l, "bad-trailer", t->line, "%.*s has no <address>: %.*s",
				 SLICE_ARG(t->name), SLICE_ARG(t->value));
		/* A backporter signs off; what others gave, they gave to the change. */
		else if (l->newest && !trailer_is(t, "Signed-off-by") &&
			 !has_trailer(l->newest, t))
			lint_say(l, "foreign-credit", t->line,
				 "%.*s: %.*s is not in the newest line's patch",
				 SLICE_ARG(t->name), SLICE_ARG(t->value));
	}
	vec_each (f, &l->header->fields) {
		if (name_is(f->name, "Cc") || name_is(f->name, "To"))
			check_recipients(l, f->value, f->line);
	}
}

void lint_header(struct lint *l)
{
	check_bytes(l);
	check_fields(l);
	check_trailers(l);
	check_sign_offs(l);
	if (l->newest)
		lint_chain(l, l->newest, "the newest line's patch");
}
