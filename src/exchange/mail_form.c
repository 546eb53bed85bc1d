// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "exchange/mail.h"
#include "text/patch.h"

/* Of a file name, as git-format-patch(1) has it. */
#define MAX_NAME 52

static bool says(struct slice raw, const char *field, const char *word)
{
	struct arena a = ARENA_INIT;
	bool found = strcasestr(mail_field(raw, field, &a), word) != NULL;

	arena_release(&a);
	return found;
}

static bool has_field(struct slice raw, const char *field)
{
	struct arena a = ARENA_INIT;
	bool found = *mail_field(raw, field, &a);

	arena_release(&a);
	return found;
}

bool mail_is_plain(struct slice raw)
{
	static const char *const carried[] = { "Received", "Return-Path", "Delivered-To",
					       "X-Mailer" };

	for (size_t i = 0; i < ARRAY_SIZE(carried); i++) {
		if (has_field(raw, carried[i]))
			return false;
	}
	return has_field(raw, "From") && has_field(raw, "Subject") &&
	       !says(raw, "Content-Transfer-Encoding", "quoted-printable") &&
	       !says(raw, "Content-Transfer-Encoding", "base64") &&
	       (!has_field(raw, "Content-Type") ||
		says(raw, "Content-Type", "charset=utf-8") ||
		says(raw, "Content-Type", "charset=\"utf-8\"") ||
		says(raw, "Content-Type", "charset=us-ascii"));
}

/*
 * The mail's signature goes: what follows the last hunk from "-- " on, which only
 * somebody who counts the lines of hunks can tell.
 */
static struct slice without_signature(struct slice patch)
{
	_cleanup_patch_ struct patch *p = NULL;
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	struct err e = { 0 };
	struct slice rest, line;

	if (!patch.n)
		return patch;
	buf_add_slice(&bytes, patch);
	/* One that cannot be parsed is refused where the series is read. */
	if (patch_parse("mail", &bytes, 1, &p, &e))
		return patch;
	rest = p->nchanges ? p->trailer : p->header;
	while (slice_line(&rest, &line)) {
		if (slice_eqs(line, "-- \n") || slice_eqs(line, "--\n"))
			return (struct slice){ patch.p,
					       (size_t)(line.p - p->bytes.data) };
	}
	return patch;
}

static void write_text(const struct mail *m, struct buf *out)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	struct slice text;

	buf_add_slice(&all, m->message);
	buf_add_slice(&all, m->patch);
	text = without_signature(buf_slice(&all));
	while (text.n && text.p[text.n - 1] == '\n' && text.n > 1 &&
	       text.p[text.n - 2] == '\n')
		text.n--;
	buf_add_slice(out, text);
	if (text.n && text.p[text.n - 1] != '\n')
		buf_addc(out, '\n');
}

/* "From <commit> Mon Sep 17 00:00:00 2001": the date is a mark of git's. */
static struct slice commit_line(struct slice raw)
{
	struct slice line;
	size_t hex = 0;

	if (!slice_line(&raw, &line) || !slice_starts(line, "From "))
		return (struct slice){ 0 };
	while (5 + hex < line.n && isxdigit((unsigned char)line.p[5 + hex]))
		hex++;
	if (hex < 40 || !slice_ends(line, " Mon Sep 17 00:00:00 2001\n"))
		return (struct slice){ 0 };
	return line;
}

void mail_write(const struct mail *m, struct buf *out)
{
	if (m->as_is.n) {
		buf_add_slice(out, m->as_is);
		return;
	}
	buf_add_slice(out, commit_line(m->raw));
	buf_addf(out, "From: %s\n", m->from);
	if (*m->date)
		buf_addf(out, "Date: %s\n", m->date);
	buf_addf(out, "Subject: %s\n", m->subject);
	if (*m->id)
		buf_addf(out, "Message-ID: %s\n", m->id);
	buf_addc(out, '\n');
	write_text(m, out);
}

char *mail_file_name(const char *title, unsigned number)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool gap = false;

	for (const char *p = title; *p && b.len < MAX_NAME; p++) {
		bool fine = isalnum((unsigned char)*p) || *p == '_' ||
			    (*p == '.' && p > title && isalnum((unsigned char)p[-1]) &&
			     isalnum((unsigned char)p[1]));

		if (fine && gap && b.len)
			buf_addc(&b, '-');
		if (fine)
			buf_addc(&b, *p);
		gap = !fine;
	}
	return xasprintf("%04u-%s.patch", number, b.len ? b.data : "patch");
}
