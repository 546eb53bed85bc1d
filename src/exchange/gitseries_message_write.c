// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_message.h"

#include <iconv.h>
#include <stdio.h>

#include "exchange/gitseries_ident.h"
#include "text/lcs.h"
#include "text/mime.h"

/* git-format-patch(1) folds a subject so that lines stay below. */
#define FOLD_COLUMN 76

/* What is written in place of a piece of the fields; NULL: as it stands. */
struct piece {
	struct slice old;
	struct buf text;
	bool set;
};

struct writer {
	const struct message *m;
	const char *eol;
	struct piece from, date, title, folded;
	struct buf added; /* fields that are new */
	struct buf text;
	struct err *e;
};

static int add_encoded(struct writer *w, struct slice utf8, struct buf *out)
{
	char *in = (char *)utf8.p, room[4096], *to = room;
	size_t left = utf8.n, space = sizeof(room);
	bool fits;
	iconv_t cd;

	if (!w->m->charset) {
		buf_add_slice(out, utf8);
		return 0;
	}
	cd = iconv_open(w->m->charset, "UTF-8");
	fits = cd != (iconv_t)-1 && iconv(cd, &in, &left, &to, &space) != (size_t)-1;
	if (cd != (iconv_t)-1)
		iconv_close(cd);
	buf_add(out, room, (size_t)(to - room));
	if (fits)
		return 0;
	return err_set(w->e, ERR_INPUT,
		       "its header is %s, which cannot say '%.*s' (make the patch file UTF-8 "
		       "first)",
		       w->m->charset, (int)(utf8.n > 60 ? 60 : utf8.n), utf8.p);
}

/* "Name: value", encoded where the field it replaces was. */
static int add_field(struct writer *w, struct piece *old, const char *name, struct slice value,
		     bool fold)
{
	bool words = old->old.n && memmem(old->old.p, old->old.n, "=?", 2);
	struct buf *out = old->old.n ? &old->text : &w->added;
	size_t column = strlen(name) + 2;
	struct slice word;
	bool first = true, between = false;
	int rc = 0;

	old->set = true;
	buf_addf(out, "%s: ", name);
	if (words)
		mime_encode(value, out);
	while (!rc && !words && slice_split(&value, ' ', &word)) {
		/* Of several blanks one would be left, or a line of blanks alone. */
		bool wrap = fold && between && word.n && column + 1 + word.n > FOLD_COLUMN;

		if (wrap)
			buf_adds(out, w->eol);
		if (!first)
			buf_addc(out, ' ');
		column = wrap ? 1 + word.n : column + 1 + word.n;
		rc = add_encoded(w, word, out);
		first = false;
		between = word.n;
	}
	buf_adds(out, w->eol);
	return rc;
}

static int write_author(struct writer *w, const struct commit_text *now)
{
	const struct message *m = w->m;
	_cleanup_buf_ struct buf value = BUF_INIT;
	bool author = m->from.n && (m->from.p[0] == 'A' || m->from.p[0] == 'a');

	if (m->from.n && memmem(m->from.p, m->from.n, "=?", 2)) {
		/* Encoded words and quotes exclude each other. */
		buf_adds(&value, now->name);
		buf_addf(&value, "%s<%s>", *now->name ? " " : "", now->mail);
	} else {
		ident_write(now->name, now->mail, &value);
	}
	return add_field(w, &w->from, author ? "Author" : "From", buf_slice(&value), false);
}

static int write_date(struct writer *w, const struct commit_text *now)
{
	_cleanup_buf_ struct buf value = BUF_INIT;

	date_write(now->time, now->zone, &value);
	return add_field(w, &w->date, "Date", buf_slice(&value), false);
}

static int write_title(struct writer *w, struct slice title)
{
	const struct message *m = w->m;
	_cleanup_buf_ struct buf value = BUF_INIT;
	const char *name = m->title_name ? m->title_name : "Subject";

	buf_adds(&value, m->prefix);
	buf_add_slice(&value, title);
	return add_field(w, &w->title, name, buf_slice(&value), !strcmp(name, "Subject"));
}

/* A line that the commit has and the file has not. */
static int add_new_line(struct writer *w, struct slice line, bool folded)
{
	struct buf *out = folded ? &w->folded.text : &w->text;
	int rc = 0;

	if (folded)
		buf_adds(out, line.n ? " " : " .");
	rc = add_encoded(w, line, out);
	buf_adds(out, w->eol);
	return rc;
}

static void add_old_line(struct writer *w, const struct message_line *l)
{
	struct buf *out = l->folded ? &w->folded.text : &w->text;

	if (!l->raw.n)
		return;
	buf_add_slice(out, l->raw);
	if (l->raw.p[l->raw.n - 1] != '\n')
		buf_adds(out, w->eol);
}

static size_t split_lines(struct slice text, struct slice **out)
{
	VEC(struct slice) lines = { 0 };
	struct slice line;

	while (slice_line(&text, &line)) {
		line.n -= line.p[line.n - 1] == '\n';
		vec_push(&lines, line);
	}
	*out = lines.v;
	return lines.n;
}

/* The file's lines that the commit still has, as they stand, and the new ones between. */
static int write_lines(struct writer *w, struct slice body)
{
	const struct message *m = w->m;
	_cleanup_free_ struct slice *old = xcalloc(m->lines.n + 1, sizeof(*old));
	_cleanup_free_ struct slice *now = NULL;
	_cleanup_lcs_ struct lcs lcs = { 0 };
	size_t n = split_lines(body, &now), i = 0, k = 0, nold = m->lines.n;
	bool folded = nold && m->lines.v[0].folded;
	int rc = 0;

	for (size_t j = 0; j < nold; j++)
		old[j] = m->lines.v[j].text;
	while (nold && !old[nold - 1].n) /* a blank at the end is no line of a message */
		nold--;
	lcs_find(old, nold, now, n, &lcs);
	while (!rc && (i < nold || k < n)) {
		if (i < nold && !lcs.a[i]) {
			i++;
		} else if (k < n && !lcs.b[k]) {
			rc = add_new_line(w, now[k++], folded);
		} else {
			folded = m->lines.v[i].folded;
			add_old_line(w, &m->lines.v[i++]);
			k++;
		}
	}
	for (; i < m->lines.n; i++)
		add_old_line(w, &m->lines.v[i]);
	return rc;
}

static int write_message(struct writer *w, struct slice message)
{
	_cleanup_buf_ struct buf was = BUF_INIT, title = BUF_INIT;
	struct slice rest = message, line;
	int rc = 0;

	w->folded.set = true;
	if (w->m->kind == TITLE_TEXT)
		return write_lines(w, message);
	message_title(w->m->commit.message, &was);
	message_title(message, &title);
	while (slice_line(&rest, &line) && line.n > 1)
		;
	/* Without a title of its own a header would have the text's first line for one. */
	if (!slice_eq(buf_slice(&was), buf_slice(&title)) ||
	    (w->m->kind == TITLE_NAME && rest.n))
		rc = write_title(w, buf_slice(&title));
	return rc ? rc : write_lines(w, rest);
}

static int by_place(const void *pa, const void *pb)
{
	const struct piece *a = *(struct piece *const *)pa, *b = *(struct piece *const *)pb;

	return (a->old.p > b->old.p) - (a->old.p < b->old.p);
}

/* A header may be cut off within a line. */
static void end_line(const struct writer *w, struct buf *out)
{
	if (out->len && out->data[out->len - 1] != '\n')
		buf_adds(out, w->eol);
}

/* The bytes up to the text, with the pieces that are set in place of theirs. */
static void put_fields(struct writer *w, struct buf *out)
{
	struct piece *pieces[] = { &w->from, &w->date, &w->title, &w->folded };
	const struct message *m = w->m;
	const char *at = m->header.p, *end = m->fields.p + m->fields.n;
	bool added = !w->added.len;

	qsort(pieces, ARRAY_SIZE(pieces), sizeof(*pieces), by_place);
	for (size_t i = 0; i <= ARRAY_SIZE(pieces); i++) {
		const struct piece *p = i < ARRAY_SIZE(pieces) ? pieces[i] : NULL;

		if (p && (!p->set || !p->old.p))
			continue;
		if (!added && (!p || p->old.p >= end)) {
			buf_add(out, at, (size_t)(end - at));
			at = end;
			end_line(w, out);
			buf_add_slice(out, buf_slice(&w->added));
			added = true;
		}
		if (!p)
			break;
		buf_add(out, at, (size_t)(p->old.p - at));
		buf_add_slice(out, buf_slice(&p->text));
		at = p->old.p + p->old.n;
	}
	end = m->gap.p + m->gap.n;
	buf_add(out, at, (size_t)(end - at));
}

static bool ends_blank(const struct buf *b)
{
	return !b->len || slice_ends(buf_slice(b), "\n\n") || slice_ends(buf_slice(b), "\n\r\n");
}

static void put_all(struct writer *w, bool text_set, struct buf *out)
{
	const struct message *m = w->m;
	struct slice text = text_set ? buf_slice(&w->text) : m->text;
	_cleanup_buf_ struct buf head = BUF_INIT;

	put_fields(w, &head);
	/* What stood without a blank line between, and is not written anew, does so again. */
	if ((text_set || w->added.len) && (text.n || (w->added.len && !m->fields.n)) &&
	    !ends_blank(&head)) {
		end_line(w, &head);
		buf_adds(&head, w->eol);
	}
	buf_add_slice(&head, text);
	if (text_set && text.n && !m->text.n && !m->tail.n)
		buf_adds(&head, w->eol);
	buf_add_slice(out, buf_slice(&head));
	buf_add_slice(out, m->tail);
}

/* The long description, so far as it belongs to the title's field. */
static struct slice folded_lines(const struct message *m)
{
	struct slice s = { m->title.p ? m->title.p + m->title.n : m->header.p, 0 };

	vec_each (l, &m->lines) {
		if (!l->folded)
			continue;
		if (!s.n)
			s.p = l->raw.p;
		s.n = (size_t)(l->raw.p + l->raw.n - s.p);
	}
	return s;
}

int message_write(const struct message *m, const struct commit_text *was,
		  const struct commit_text *now, struct buf *out, struct err *e)
{
	_cleanup_buf_ struct buf clean = BUF_INIT;
	struct writer w = { .m = m, .eol = m->crlf ? "\r\n" : "\n", .e = e };
	bool message;
	int rc = 0;

	w.from.old = m->from;
	w.date.old = m->date;
	w.title.old = m->title;
	w.folded.old = folded_lines(m);
	message_clean(now->message, &clean);
	message = !slice_eq(buf_slice(&clean), m->commit.message);
	if (strcmp(was->name, now->name) || strcmp(was->mail, now->mail))
		rc = write_author(&w, now);
	if (!rc && (was->time != now->time || was->zone != now->zone))
		rc = write_date(&w, now);
	if (!rc && message)
		rc = write_message(&w, buf_slice(&clean));
	if (!rc)
		put_all(&w, message, out);
	buf_release(&w.from.text);
	buf_release(&w.date.text);
	buf_release(&w.title.text);
	buf_release(&w.folded.text);
	buf_release(&w.added);
	buf_release(&w.text);
	return rc;
}

void message_write_new(const struct commit_text *c, struct buf *out)
{
	static const struct message none;
	_cleanup_buf_ struct buf clean = BUF_INIT, title = BUF_INIT;
	struct writer w = { .m = &none, .eol = "\n" };
	struct slice rest, line;

	message_clean(c->message, &clean);
	rest = buf_slice(&clean);
	message_title(rest, &title);
	while (slice_line(&rest, &line) && line.n > 1)
		;
	/* Nothing of these can fail: they are UTF-8 and stay so. */
	if (write_author(&w, c) || write_date(&w, c) ||
	    add_field(&w, &w.title, "Subject", buf_slice(&title), true))
		BUG_ON("a new header cannot be encoded");
	buf_add_slice(out, buf_slice(&w.added));
	buf_addc(out, '\n');
	/* As git format-patch --force-in-body-from: the first author is the one. */
	if (message_begins_with_author(rest)) {
		buf_adds(out, "From: ");
		ident_write(c->name, c->mail, out);
		buf_adds(out, "\n\n");
	}
	buf_add_slice(out, rest);
	buf_release(&w.added);
}
