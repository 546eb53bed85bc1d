// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/trailers.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "base/fsx.h"
#include "engine/drift.h"
#include "exchange/import.h"
#include "text/header.h"

/* What a mail answers to: a patch, or with all the cover letter. */
struct answer_to {
	bool all;
	size_t patch;
	unsigned version; /* 0: not known */
};

struct search {
	const struct variant_series *series;
	const struct sent *sent;
	bool sloppy;
	struct credits *out;
};

static bool same_text(struct slice a, struct slice b)
{
	return a.n == b.n && !strncasecmp(a.p, b.p, a.n);
}

/* Taken are the words of persons, and what names a commit or a bug. */
static bool is_credit(struct slice name)
{
	if (name_is(name, "Signed-off-by"))
		return false;
	return (name.n > 3 && !strncasecmp(name.p + name.n - 3, "-by", 3)) ||
	       name_is(name, "Fixes") || name_is(name, "Closes");
}

static bool is_person(struct slice name)
{
	return name.n > 3 && !strncasecmp(name.p + name.n - 3, "-by", 3);
}

static ssize_t patch_named(const struct search *s, struct slice name)
{
	for (size_t i = 0; i < s->series->n; i++) {
		if (slice_eqs(name, s->series->series->entries.v[i].name))
			return (ssize_t)i;
	}
	return -1;
}

static bool has_id(struct slice bytes, struct slice id)
{
	struct arena a = ARENA_INIT;
	bool same = slice_eqs(id, mail_field(bytes, "Message-ID", &a));

	arena_release(&a);
	return same;
}

/* By the record of what was sent. */
static bool find_sent(const struct search *s, struct slice id, struct answer_to *to)
{
	const json_t *v, *p;
	size_t i, k;

	json_array_foreach(json_object_get(s->sent->doc, "versions"), i, v)
	{
		const char *cover = json_string_value(json_object_get(v, "cover"));

		to->version =
			(unsigned)json_integer_value(json_object_get(v, "revision"));
		to->all = cover && slice_eqs(id, cover);
		if (to->all)
			return true;
		json_array_foreach(json_object_get(v, "patches"), k, p)
		{
			const char *name = json_string_value(json_object_get(p, "name"));
			const char *its =
				json_string_value(json_object_get(p, "message-id"));
			ssize_t at = name ? patch_named(s, slice_str(name)) : -1;

			if (!its || !slice_eqs(id, its) || at < 0)
				continue;
			to->patch = (size_t)at;
			return true;
		}
	}
	return false;
}

/* By the ids that the files of the series have had since they were taken in. */
static bool find_taken_in(const struct search *s, struct slice id, struct answer_to *to)
{
	_cleanup_free_ char *path = path_join(s->series->dir, COVER_NAME);
	_cleanup_buf_ struct buf cover = BUF_INIT;
	struct err ignored = { 0 };

	to->version = 0;
	for (size_t i = 0; i < s->series->n; i++) {
		if (has_id(s->series->patches[i]->header, id)) {
			to->patch = i;
			return true;
		}
	}
	to->all = fsx_exists(path) && !fsx_read(path, &cover, &ignored) &&
		  has_id(buf_slice(&cover), id);
	return to->all;
}

/* The nearest mail of the series above this one; ids stand oldest first. */
static bool find_by_id(const struct search *s, const struct mail *m, struct answer_to *to)
{
	const char *p = m->replies_to + strlen(m->replies_to);

	while (p > m->replies_to) {
		const char *end =
			memrchr(m->replies_to, '>', (size_t)(p - m->replies_to));
		const char *open =
			end ? memrchr(m->replies_to, '<', (size_t)(end - m->replies_to))
			    : NULL;
		struct slice id;

		if (!open)
			return false;
		id = (struct slice){ open, (size_t)(end + 1 - open) };
		*to = (struct answer_to){ 0 };
		if (find_sent(s, id, to) || find_taken_in(s, id, to))
			return true;
		p = open;
	}
	return false;
}

static bool find_by_title(const struct search *s, const struct mail *m,
			  struct answer_to *to)
{
	ssize_t found = -1;

	*to = (struct answer_to){ 0 };
	for (size_t i = 0; i < s->series->n; i++) {
		_cleanup_header_ struct header h = { 0 };

		header_parse(s->series->patches[i]->header, &h);
		if (!same_text(header_title(&h), slice_trim(slice_str(m->title))))
			continue;
		if (found >= 0)
			return false; /* two with one title: which? */
		found = (ssize_t)i;
	}
	to->patch = (size_t)found;
	to->version = m->mark.version > 1 ? m->mark.version : 0;
	return found >= 0;
}

/* The patch as it was sent in that version, or NULL where that is not known. */
static struct patch *as_sent(const struct search *s, size_t i, unsigned version)
{
	const struct series_entry *entry = &s->series->series->entries.v[i];
	_cleanup_free_ char *path =
		xasprintf("%s/" SENT_DIR "/v%u/%s", s->series->dir, version, entry->name);
	struct patch *p = NULL;
	struct err ignored = { 0 };

	if (!version || !fsx_exists(path) || patch_read(path, entry->strip, &p, &ignored))
		return NULL;
	return p;
}

static bool is_stale(const struct search *s, size_t i, unsigned version)
{
	_cleanup_patch_ struct patch *was = as_sent(s, i, version);

	return was && patch_drift(was, s->series->patches[i]) == DRIFT_ADAPTED;
}

/* "local+tag@host" and "local@host" are one person's; so is one more host in front. */
static bool same_person(struct slice a, struct slice b)
{
	const char *at_a = memchr(a.p, '@', a.n), *at_b = memchr(b.p, '@', b.n);
	struct slice la, lb, ha, hb, part, rest;

	if (!at_a || !at_b)
		return false;
	ha = (struct slice){ at_a + 1, (size_t)(a.p + a.n - at_a - 1) };
	hb = (struct slice){ at_b + 1, (size_t)(b.p + b.n - at_b - 1) };
	la = rest = (struct slice){ a.p, (size_t)(at_a - a.p) };
	if (slice_split(&rest, '+', &part))
		la = part;
	lb = rest = (struct slice){ b.p, (size_t)(at_b - b.p) };
	if (slice_split(&rest, '+', &part))
		lb = part;
	if (!same_text(la, lb))
		return false;
	if (ha.n < hb.n) {
		part = ha;
		ha = hb;
		hb = part;
	}
	part = (struct slice){ ha.p + (ha.n - hb.n), hb.n };
	return same_text(part, hb) && (ha.n == hb.n || part.p[-1] == '.');
}

/* "Name <mail>" in its two parts; a bare address has no name. */
static void split_address(struct slice s, struct slice *name, struct slice *mail)
{
	const char *open = memchr(s.p, '<', s.n);
	const char *close = open ? memchr(open, '>', (size_t)(s.p + s.n - open)) : NULL;

	*name = (struct slice){ s.p, 0 };
	*mail = slice_trim(s);
	if (!close)
		return;
	*name = slice_trim((struct slice){ s.p, (size_t)(open - s.p) });
	*mail = (struct slice){ open + 1, (size_t)(close - open) - 1 };
	if (name->n > 1 && name->p[0] == '"')
		*name = (struct slice){ name->p + 1, name->n - 2 };
}

/* The address counts that the mail came from, not one that its text begins with. */
static bool is_own(const struct mail *m, struct slice value)
{
	struct slice name, mail, his_name, his_mail, ignored, from;

	split_address(value, &name, &mail);
	split_address(slice_str(m->from), &his_name, &from);
	split_address(slice_str(m->sender), &ignored, &his_mail);
	if (same_person(mail, his_mail))
		return true;
	return name.n && same_text(from, his_mail) && same_text(name, his_name);
}

static bool has_trailer(const struct patch *p, struct slice name, struct slice value)
{
	_cleanup_header_ struct header h = { 0 };

	header_parse(p->header, &h);
	vec_each (t, &h.trailers) {
		if (same_text(t->name, name) && same_text(t->value, value))
			return true;
	}
	return false;
}

static bool given_before(const struct credits *c, const struct credit *new)
{
	vec_each (old, &c->found) {
		if (old->patch == new->patch && same_text(old->name, new->name) &&
		    same_text(old->value, new->value) && old->state == new->state)
			return true;
	}
	return false;
}

static void add_credit(struct search *s, const struct mail *m, const struct answer_to *to,
		       struct slice name, struct slice value)
{
	size_t from = to->all ? 0 : to->patch, end = to->all ? s->series->n : from + 1;

	for (size_t i = from; i < end; i++) {
		struct credit c = { i, name, value, m, to->version, CREDIT_NEW };

		if (has_trailer(s->series->patches[i], name, value))
			c.state = CREDIT_THERE;
		else if (is_person(name) && !s->sloppy && !is_own(m, value))
			c.state = CREDIT_FOREIGN;
		else if (is_stale(s, i, to->version))
			c.state = CREDIT_STALE;
		if (!given_before(s->out, &c))
			vec_push(&s->out->found, c);
	}
}

static bool parse_trailer(struct slice line, struct slice *name, struct slice *value)
{
	size_t i = 0;

	while (i < line.n && (isalnum((unsigned char)line.p[i]) || line.p[i] == '-'))
		i++;
	if (!i || i == line.n || line.p[i] != ':')
		return false;
	*name = (struct slice){ line.p, i };
	*value = slice_trim((struct slice){ line.p + i + 1, line.n - i - 1 });
	return value->n > 0;
}

/* A mailer may have put the address of a long line on the next one. */
static struct slice with_address(struct search *s, struct slice value, struct slice rest)
{
	struct slice next;

	if (memchr(value.p, '@', value.n) || !slice_line(&rest, &next))
		return value;
	next = slice_trim(next);
	if (!next.n || next.p[0] != '<')
		return value;
	value.p = arena_printf(&s->out->arena, "%.*s %.*s", SLICE_ARG(value),
			       SLICE_ARG(next));
	value.n = strlen(value.p);
	return value;
}

static void read_text(struct search *s, const struct mail *m, const struct answer_to *to,
		      struct slice text)
{
	struct slice rest = text, line, name, value;

	while (slice_line(&rest, &line)) {
		if (slice_eqs(line, "-- \n") ||
		    slice_starts(line, "-----Original Message"))
			return;
		if (!parse_trailer(line, &name, &value) || !is_credit(name))
			continue;
		if (is_person(name))
			value = with_address(s, value, rest);
		if (!is_person(name) || memchr(value.p, '@', value.n))
			add_credit(s, m, to, name, value);
	}
}

/* Whether it has a credit at all: other mails need no place. */
static bool has_credit(const struct mail *m)
{
	struct slice rest = m->message, line, name, value;

	while (slice_line(&rest, &line)) {
		if (parse_trailer(line, &name, &value) && is_credit(name))
			return true;
	}
	return false;
}

void credits_find(const struct mailbox *box, const struct variant_series *series,
		  const struct sent *sent, bool sloppy, struct credits *out)
{
	struct search s = { series, sent, sloppy, out };

	*out = (struct credits){ 0 };
	vec_each (it, &box->mails) {
		const struct mail *m = *it;
		struct answer_to to;

		/* The patches themselves; in a thread they stand with the answers. */
		if (m->has_diff || !has_credit(m))
			continue;
		if (!m->mark.reply && !*slice_trim(slice_str(m->replies_to)).p)
			continue;
		if (!find_by_id(&s, m, &to) && !find_by_title(&s, m, &to)) {
			strvec_pushf(&out->notes,
				     "%s: answers to no patch of the series: %s",
				     m->source, m->subject);
			continue;
		}
		read_text(&s, m, &to, m->message);
		read_text(&s, m, &to, m->patch);
	}
}

void credits_release(struct credits *c)
{
	vec_release(&c->found);
	strvec_release(&c->notes);
	arena_release(&c->arena);
}

int credits_write(const struct credits *c, const struct variant_series *series,
		  size_t patch, struct buf *out, bool *any, struct err *e)
{
	const struct patch *p = series->patches[patch];
	_cleanup_header_ struct header h = { 0 };
	struct slice all = buf_slice(&p->bytes);
	int rc = 0;

	*any = false;
	header_parse(p->header, &h);
	vec_each (credit, &c->found) {
		_cleanup_free_ char *name = NULL;

		if (rc || credit->patch != patch || credit->state != CREDIT_NEW)
			continue;
		name = xmemdupz(credit->name.p, credit->name.n);
		rc = header_add_trailer(&h, name, credit->value, e);
		*any = true;
	}
	if (rc)
		return rc;
	header_write(&h, out);
	buf_add(out, all.p + p->header.n, all.n - p->header.n);
	return 0;
}
