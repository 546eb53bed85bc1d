// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/mail.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "base/fsx.h"
#include "base/proc.h"

#define MAX_MAILS 10000

/* What git sees of the person's configuration: nothing. */
static const char *const git_env[] = { "GIT_CONFIG_NOSYSTEM=1",
				       "GIT_CONFIG_GLOBAL=/dev/null", NULL };

static bool is_field(struct slice line, const char *name)
{
	size_t n = strlen(name);

	return line.n > n && !strncasecmp(line.p, name, n) && line.p[n] == ':';
}

const char *mail_field(struct slice raw, const char *name, struct arena *a)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice line;
	bool inside = false;

	while (slice_line(&raw, &line) && slice_trim(line).n) {
		bool folded = line.p[0] == ' ' || line.p[0] == '\t';

		if (inside && !folded)
			break;
		if (inside) {
			buf_addc(&b, ' ');
			buf_add_slice(&b, slice_trim(line));
		} else if (is_field(line, name)) {
			size_t n = strlen(name) + 1;

			inside = true;
			buf_add_slice(
				&b, slice_trim((struct slice){ line.p + n, line.n - n }));
		}
	}
	return arena_dup(a, buf_str(&b), b.len);
}

/* Types that git-mailinfo puts together as a person would. */
static bool type_is_fine(struct slice type)
{
	static const char *const fine[] = {
		"text/plain",
		"text/x-patch",
		"text/x-diff",
		"multipart/mixed",
		"multipart/signed",
		"application/pgp-signature",
		"application/pkcs7-signature",
		"application/x-patch",
	};

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		if (type.n == strlen(fine[i]) && !strncasecmp(type.p, fine[i], type.n))
			return true;
	}
	return !type.n;
}

static int check_type(const struct mail *m, struct slice value, struct err *e)
{
	struct slice type = { 0 }, rest = value;

	if (slice_split(&rest, ';', &type))
		type = slice_trim(type);
	if (type_is_fine(type))
		return 0;
	if (type.n == 9 && !strncasecmp(type.p, "text/html", 9))
		return err_set(e, ERR_INPUT,
			       "%s: cannot take a mail with HTML, which does not keep a "
			       "patch's blanks: ask for plain text (git send-email, b4)",
			       m->source);
	return err_set(e, ERR_INPUT,
		       "%s: cannot take a mail with an attachment of type '%.*s': save "
		       "the patch from it and import that file",
		       m->source, (int)(type.n < 80 ? type.n : 80), type.p);
}

/* The types of the mail and of its parts, whose fields stand below a boundary. */
static int check_types(const struct mail *m, struct err *e)
{
	struct slice rest = m->raw, line;
	bool fields = true;
	int rc = 0;

	while (!rc && slice_line(&rest, &line)) {
		if (!fields)
			fields = slice_starts(line, "--") && slice_trim(line).n > 4;
		else if (!slice_trim(line).n)
			fields = false;
		else if (is_field(line, "Content-Type"))
			rc = check_type(
				m, slice_trim((struct slice){ line.p + 13, line.n - 13 }),
				e);
	}
	return rc;
}

/* "[PATCH v2 3/7]" word by word. */
static void see_word(struct slice word, struct mail_mark *mark)
{
	_cleanup_free_ char *w = xmemdupz(word.p, word.n);
	unsigned a, b;
	int end = 0;

	if (strcasestr(w, "PATCH"))
		mark->patch = true;
	if (sscanf(w, "%9u/%9u%n", &a, &b, &end) == 2 && !w[end]) {
		mark->numbered = true;
		mark->n = a;
		mark->m = b;
	}
	/* "v2", and "PATCHv2" as some write it. */
	if (!strncasecmp(w, "PATCHv", 6) && sscanf(w + 6, "%9u%n", &a, &end) == 1 &&
	    !w[6 + end])
		mark->version = a;
	else if ((w[0] == 'v' || w[0] == 'V') && sscanf(w + 1, "%9u%n", &a, &end) == 1 &&
		 !w[1 + end])
		mark->version = a;
}

void mail_mark_parse(const char *subject, struct mail_mark *mark, const char **title)
{
	const char *p = subject;

	*mark = (struct mail_mark){ .version = 1 };
	for (;;) {
		while (isspace((unsigned char)*p))
			p++;
		if (!strncasecmp(p, "re:", 3) || !strncasecmp(p, "aw:", 3)) {
			mark->reply = true;
			p += 3;
		} else if (!strncasecmp(p, "fwd:", 4)) {
			mark->reply = true;
			p += 4;
		} else {
			const char *end = *p == '[' ? strchr(p, ']') : NULL;
			struct slice rest, word;

			if (!end)
				break;
			rest = (struct slice){ p + 1, (size_t)(end - p) - 1 };
			while (slice_split(&rest, ' ', &word))
				see_word(word, mark);
			p = end + 1;
		}
	}
	*title = p;
}

/* "Author: …" and its like, as git-mailinfo prints them. */
static const char *info(struct mail *m, struct slice out, const char *name)
{
	struct slice line;

	while (slice_line(&out, &line)) {
		if (is_field(line, name)) {
			size_t n = strlen(name) + 1;
			struct slice v =
				slice_trim((struct slice){ line.p + n, line.n - n });

			return arena_dup(&m->arena, v.p, v.n);
		}
	}
	return "";
}

static struct slice keep(struct mail *m, const struct buf *b)
{
	return (struct slice){ arena_dup(&m->arena, buf_str(b), b->len), b->len };
}

static bool has_line(struct slice text, const char *start)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		if (slice_starts(line, start))
			return true;
	}
	return false;
}

static bool looks_like_diff(struct slice s)
{
	return has_line(s, "diff --git ") || has_line(s, "Index: ") ||
	       (has_line(s, "--- ") && has_line(s, "+++ "));
}

static int ask_git(struct mail *m, const char *work, struct err *e)
{
	_cleanup_free_ char *msg = path_join(work, "message"),
			    *patch = path_join(work, "patch");
	const char *argv[] = { "git",
			       "-c",
			       "i18n.commitEncoding=UTF-8",
			       "mailinfo",
			       "-k",
			       "--no-scissors",
			       "--quoted-cr=nowarn",
			       msg,
			       patch,
			       NULL };
	struct proc_spec ps = {
		.argv = argv, .env = git_env, .dir = work, .input = m->raw
	};
	_cleanup_buf_ struct buf message = BUF_INIT, diff = BUF_INIT;
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = proc_check(&ps, &r, e);

	if (rc)
		return err_wrap(e, "%s: cannot decode the mail", m->source);
	rc = fsx_read(msg, &message, e);
	if (!rc)
		rc = fsx_read(patch, &diff, e);
	if (rc)
		return rc;
	m->message = keep(m, &message);
	m->patch = keep(m, &diff);
	m->subject = info(m, buf_slice(&r.out), "Subject");
	m->date = info(m, buf_slice(&r.out), "Date");
	m->from = arena_printf(&m->arena, "%s <%s>", info(m, buf_slice(&r.out), "Author"),
			       info(m, buf_slice(&r.out), "Email"));
	return 0;
}

static int mail_read(struct mail *m, const char *work, struct err *e)
{
	int rc = check_types(m, e);

	if (!rc)
		rc = ask_git(m, work, e);
	if (rc)
		return rc;
	m->sender = mail_field(m->raw, "From", &m->arena);
	m->id = mail_field(m->raw, "Message-ID", &m->arena);
	m->replies_to = arena_printf(&m->arena, "%s %s",
				     mail_field(m->raw, "In-Reply-To", &m->arena),
				     mail_field(m->raw, "References", &m->arena));
	mail_mark_parse(m->subject, &m->mark, &m->title);
	m->has_diff = looks_like_diff(m->patch);
	return 0;
}

static void mail_free(struct mail *m)
{
	struct arena a;

	if (!m)
		return;
	a = m->arena;
	arena_release(&a);
	free(m);
}

/* Takes one raw mail up, decoded. */
static int add_mail(struct mailbox *box, const char *name, size_t at, size_t of,
		    struct slice raw, const char *work, struct err *e)
{
	struct mail *m = xcalloc(1, sizeof(*m));

	vec_push(&box->mails, m);
	m->source = of > 1 ? arena_printf(&m->arena, "%s: mail %zu", name, at)
			   : arena_strdup(&m->arena, name);
	m->raw = (struct slice){ arena_dup(&m->arena, raw.p, raw.n), raw.n };
	return mail_read(m, work, e);
}

/* git-mailsplit(1) writes 0001, 0002, …; their names say their order. */
static int take_split(struct mailbox *box, const char *name, const char *dir,
		      const char *work, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(dir, &names, e);

	if (!rc && names.n > MAX_MAILS)
		rc = err_set(e, ERR_LIMIT, "%s: more than %d mails", name, MAX_MAILS);
	for (size_t i = 0; !rc && i < names.n; i++) {
		_cleanup_free_ char *path = path_join(dir, names.v[i]);
		_cleanup_buf_ struct buf raw = BUF_INIT;

		rc = fsx_read(path, &raw, e);
		if (!rc)
			rc = add_mail(box, name, i + 1, names.n, buf_slice(&raw), work,
				      e);
	}
	return rc;
}

/*
 * Lines of a file saved from a mail program end in CR LF, also those of the fields.
 * Where only the patch has CRs they belong to it.
 */
static bool has_crlf_fields(struct slice bytes)
{
	struct slice line;

	return slice_line(&bytes, &line) && slice_ends(line, "\r\n");
}

/*
 * Archives and b4 write mboxrd, where "From " in a text has a ">" more; git, which
 * writes a date of its own, does not.
 */
static bool is_mboxrd(struct slice bytes)
{
	struct slice line;

	return slice_line(&bytes, &line) && slice_starts(line, "From ") &&
	       !slice_ends(line, " Mon Sep 17 00:00:00 2001\n");
}

int mailbox_parse(struct mailbox *box, const char *name, struct slice bytes,
		  const char *work, struct err *e)
{
	_cleanup_free_ char *dir = path_join(work, "mails"),
			    *out = xasprintf("-o%s", dir);
	const char *argv[] = { "git", "mailsplit", "-b", "-d5", out, NULL, NULL, NULL };
	struct proc_spec ps = {
		.argv = argv, .env = git_env, .dir = work, .input = bytes
	};
	_cleanup_proc_ struct proc_result r = { 0 };
	size_t n = 5;
	int rc;

	if (!slice_trim(bytes).n)
		return err_set(e, ERR_INPUT, "'%s' is empty", name);
	rc = fsx_remove(dir, e);
	if (!rc)
		rc = fsx_mkdirs(dir, e);
	if (rc)
		return rc;
	if (!has_crlf_fields(bytes))
		argv[n++] = "--keep-cr";
	if (is_mboxrd(bytes))
		argv[n++] = "--mboxrd";
	rc = proc_check(&ps, &r, e);
	if (rc)
		return err_wrap(e, "cannot split '%s' into mails", name);
	return take_split(box, name, dir, work, e);
}

/* Begins as an mbox or as a mail. */
static bool is_mail(struct slice bytes)
{
	struct arena a = ARENA_INIT;
	bool yes = slice_starts(bytes, "From ") ||
		   (*mail_field(bytes, "From", &a) && *mail_field(bytes, "Subject", &a));

	arena_release(&a);
	return yes;
}

/* A diff without a mail around it, or with a header of another kind. */
static int add_diff(struct mailbox *box, const char *path, struct slice bytes,
		    struct err *e)
{
	struct mail *m = xcalloc(1, sizeof(*m));

	vec_push(&box->mails, m);
	m->source = arena_strdup(&m->arena, path);
	m->raw = (struct slice){ arena_dup(&m->arena, bytes.p, bytes.n), bytes.n };
	m->patch = m->raw;
	m->from = m->sender = m->date = m->id = m->replies_to = "";
	m->subject = m->title = mail_field(bytes, "Subject", &m->arena);
	m->mark.version = 1;
	m->has_diff = looks_like_diff(bytes);
	if (m->has_diff)
		return 0;
	return err_set(e, ERR_INPUT, "'%s' is neither a mail nor a patch", path);
}

/* The file of a maildir has a name that says nothing and is written anew. */
static int read_file(struct mailbox *box, const char *path, bool named, const char *work,
		     struct err *e)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	size_t was = box->mails.n;
	bool mail;
	int rc = fsx_read(path, &bytes, e);

	if (rc)
		return rc;
	mail = is_mail(buf_slice(&bytes)) || !slice_trim(buf_slice(&bytes)).n;
	if (mail)
		rc = mailbox_parse(box, path, buf_slice(&bytes), work, e);
	else
		rc = add_diff(box, path, buf_slice(&bytes), e);
	if (rc || !named || box->mails.n != was + 1)
		return rc;
	if (!mail || mail_is_plain(buf_slice(&bytes))) {
		struct mail *m = box->mails.v[was];
		const char *slash = strrchr(path, '/');

		m->as_is = keep(m, &bytes);
		m->file = arena_strdup(&m->arena, slash ? slash + 1 : path);
	}
	return 0;
}

/* One file, one mail; new ones come after those that a mail program has seen. */
static int read_maildir(struct mailbox *box, const char *path, const char *work,
			struct err *e)
{
	static const char *const dirs[] = { "cur", "new" };
	int rc = 0;

	for (size_t i = 0; !rc && i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *dir = path_join(path, dirs[i]);
		_cleanup_strvec_ struct strvec names = { 0 };

		rc = fsx_list(dir, &names, e);
		for (size_t k = 0; !rc && k < names.n; k++) {
			_cleanup_free_ char *file = path_join(dir, names.v[k]);

			rc = read_file(box, file, false, work, e);
		}
	}
	return rc;
}

int mailbox_read(struct mailbox *box, const char *path, const char *work, struct err *e)
{
	_cleanup_free_ char *cur = path_join(path, "cur");

	if (!fsx_is_dir(path))
		return read_file(box, path, true, work, e);
	if (fsx_is_dir(cur))
		return read_maildir(box, path, work, e);
	return err_set(
		e, ERR_INPUT,
		"'%s' is a directory and no maildir; is it a directory of patches? "
		"then give --from=quilt",
		path);
}

void mailbox_release(struct mailbox *box)
{
	vec_each (m, &box->mails)
		mail_free(*m);
	vec_release(&box->mails);
}
