// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/send_b4.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "text/mime.h"

/* More than that is a burden in a letter. */
#define MAX_RANGE_DIFF (64 << 10)

/* "12:" or "-:" and a commit's id or dashes behind it; appends "12" or "-". */
static bool take_number(struct slice *line, struct buf *out)
{
	size_t i = 0, from;

	while (i < line->n && line->p[i] == ' ')
		i++;
	from = i;
	while (i < line->n && (isdigit((unsigned char)line->p[i]) || line->p[i] == '-'))
		i++;
	if (i == from || i + 3 > line->n || line->p[i] != ':')
		return false;
	buf_add(out, line->p + from, i - from);
	for (i++; i < line->n && line->p[i] == ' ';)
		i++;
	while (i < line->n && (isxdigit((unsigned char)line->p[i]) || line->p[i] == '-'))
		i++;
	*line = (struct slice){ line->p + i, line->n - i };
	return true;
}

/*
 * "1:  5d3f1a2 ! 1:  8e9c1d4 title" as "1 ! 1: title": the ids are of commits that nobody
 * has, and other ones each time.
 */
static void add_pair(struct slice line, struct buf *out)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct slice rest = line;

	if (!slice_starts(line, "    ") && take_number(&rest, &text) && rest.n > 3) {
		buf_add(&text, rest.p, 3);
		rest = (struct slice){ rest.p + 3, rest.n - 3 };
		if (take_number(&rest, &text)) {
			buf_add_slice(out, buf_slice(&text));
			buf_addc(out, ':');
			line = rest;
		}
	}
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '$')
			buf_addc(out, '$');
		buf_addc(out, line.p[i]);
	}
}

static void add_range_diff(const struct send_b4 *b, struct buf *out)
{
	struct slice rest = b->range_diff, line;

	if (!rest.n)
		return;
	buf_addf(out, "Range-diff to v%u:\n\n", sent_last(&b->send->sent)->revision);
	if (rest.n > MAX_RANGE_DIFF || !utf8_valid(rest)) {
		buf_adds(out, "(too large for a letter, or not in UTF-8)\n---\n");
		return;
	}
	while (slice_line(&rest, &line))
		add_pair(line, out);
	buf_adds(out, "---\n");
}

/*
 * b4's own, with the range-diff, for which 0.12 has no field; and a base which nobody
 * else has is no base-commit.
 */
static int write_template(const struct send_b4 *b, char **path, struct err *e)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	buf_adds(&text, "${cover}\n\n---\n${shortlog}\n\n${diffstat}\n---\n");
	add_range_diff(b, &text);
	if (b->repo->public_base)
		buf_adds(&text, "base-commit: ${base_commit}\n");
	else
		buf_addf(&text, "base: %s, of which there is no public commit\n",
			 b->base);
	buf_adds(&text, "change-id: ${change_id}\n\n-- \n${signature}\n");
	*path = path_join(b->repo->dir, ".git/carry-template");
	return fsx_publish(*path, buf_slice(&text), e);
}

/*
 * "env GIT_CONFIG_COUNT=… b4 …": behind the settings of that kind that there are. Where a
 * hook that called us has its repository is not ours.
 */
static int b4_argv(const struct send_b4 *b, bool dry, struct strvec *argv, struct err *e)
{
	const char *count = getenv("GIT_CONFIG_COUNT");
	unsigned n = count ? (unsigned)strtoul(count, NULL, 10) : 0;
	_cleanup_free_ char *path = NULL;
	const char *set[][2] = {
		{ "user.name", b->me->name },
		{ "user.email", b->me->mail },
		{ "b4.prep-cover-strategy", "commit" },
		{ "b4.prep-pre-flight-checks", "disable-all" },
		{ "core.hooksPath", "/dev/null" },
		{ "core.editor", "true" },
		{ "commit.gpgSign", "false" },
		{ "tag.gpgSign", "false" },
		{ "b4.prep-cover-template", NULL },
		{ NULL, NULL },
		{ NULL, NULL },
	};
	size_t k = 9;
	int rc = write_template(b, &path, e);

	if (rc)
		return rc;
	set[8][1] = path;
	if (dry) {
		set[k][0] = "sendemail.smtpserver";
		set[k++][1] = "localhost";
		set[k][0] = "b4.send-no-patatt-sign";
		set[k++][1] = "yes";
	}
	strvec_push_all(argv, (const char *const[]){ "env", "-u", "GIT_DIR", "-u",
						     "GIT_WORK_TREE", "-u",
						     "GIT_INDEX_FILE", NULL });
	for (size_t i = 0; i < k; i++, n++) {
		strvec_pushf(argv, "GIT_CONFIG_KEY_%u=%s", n, set[i][0]);
		strvec_pushf(argv, "GIT_CONFIG_VALUE_%u=%s", n, set[i][1]);
	}
	strvec_pushf(argv, "GIT_CONFIG_COUNT=%u", n);
	strvec_push(argv, "b4");
	return 0;
}

int send_b4_preview(const struct send_b4 *b, const char *out, struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct proc_spec ps = { .dir = b->repo->dir, .inherit_env = true, .merge = true };
	int rc = b4_argv(b, true, &argv, e);

	if (rc)
		return rc;
	strvec_push_all(&argv, (const char *const[]){ "send", "-o", out, NULL });
	ps.argv = (const char *const *)argv.v;
	rc = proc_run(&ps, &r, e);
	if (!rc && r.status)
		rc = err_set(e, ERR_TOOL, "b4 send ended with status %d: %s", r.status,
			     buf_str(&r.out));
	return rc;
}

/* New in each run, or only of use on the way. */
static bool is_passing(struct slice field)
{
	static const char *const names[] = {
		"Date:",	 "Message-Id:",	   "References:",
		"In-Reply-To:",	 "X-B4-Tracking:", "X-Mailer:",
		"MIME-Version:", "Content-Type:",  "Content-Transfer-Encoding:",
		"X-Developer-",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (field.n >= n && !strncasecmp(field.p, names[i], n))
			return true;
	}
	return slice_starts(field, "From git") || slice_starts(field, "From nobody");
}

static bool same_mailbox(const char *a, const char *b)
{
	const char *x = strchr(a, '<'), *y = strchr(b, '<');

	return !strcasecmp(x ? x : a, y ? y : b);
}

/* The fields of a raw mail that stay, then what its body says. */
static void show_mail(const struct mail *m, struct buf *out)
{
	struct slice rest = m->raw, line;
	bool skip = false;

	while (slice_line(&rest, &line) && slice_trim(line).n) {
		if (line.p[0] != ' ' && line.p[0] != '\t')
			skip = is_passing(line) || !strncasecmp(line.p, "Subject:", 8);
		if (!skip)
			buf_add_slice(out, line);
	}
	buf_addf(out, "Subject: %s\n\n", m->subject);
	/* git took the author out of the text, where a mail by somebody else has it. */
	if (!same_mailbox(m->sender, m->from))
		buf_addf(out, "From: %s\n\n", m->from);
	buf_add_slice(out, m->message);
	buf_add_slice(out, m->patch);
	buf_addc(out, '\n');
}

int send_b4_show(const char *dir, struct buf *out, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	_cleanup_free_ char *work = NULL;
	struct err ignored = { 0 };
	struct mailbox box = { 0 };
	int rc = fsx_list(dir, &names, e);

	if (!rc)
		rc = fsx_tmpdir(dir, ".work", &work, e);
	for (size_t i = 0; !rc && i < names.n; i++) {
		_cleanup_free_ char *path = path_join(dir, names.v[i]);

		rc = mailbox_read(&box, path, work, e);
	}
	for (size_t i = 0; !rc && i < box.mails.n; i++)
		show_mail(box.mails.v[i], out);
	mailbox_release(&box);
	if (work && fsx_remove(work, &ignored))
		err_clear(&ignored);
	return rc;
}

/* The id that b4 noted of this version's first mail, or NULL. */
static char *noted_id(const char *dir, unsigned revision)
{
	const char *args[] = { "log",
			       "-1",
			       "--format=%B",
			       "-F",
			       "--grep=--- b4-submit-tracking ---",
			       "refs/heads/" SEND_BRANCH,
			       NULL };
	_cleanup_free_ char *key = xasprintf("v%u", revision);
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct err ignored = { 0 };
	const char *brace, *last;
	const json_t *ids;
	char *id = NULL;
	json_t *doc;

	if (send_git(dir, args, NULL, (struct slice){ 0 }, &text, &ignored))
		return NULL;
	brace = strstr(buf_str(&text), "--- b4-submit-tracking ---");
	brace = brace ? strchr(brace, '{') : NULL;
	doc = brace ? json_loads(brace, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
	ids = json_object_get(json_object_get(json_object_get(doc, "series"), "history"),
			      key);
	last = json_string_value(json_array_get(ids, json_array_size(ids) - 1));
	if (last)
		id = xstrdup(last);
	json_decref(doc);
	return id;
}

bool send_b4_has_gone(const char *dir, unsigned revision, char **id)
{
	const char *args[] = { "for-each-ref", "--format=%(refname)", "refs/tags/sent/",
			       NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct err ignored = { 0 };

	*id = noted_id(dir, revision);
	if (*id)
		return true;
	return !send_git(dir, args, NULL, (struct slice){ 0 }, &out, &ignored) && out.len;
}

static json_t *list(const struct strvec *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(a, json_string(v->v[i]));
	return a;
}

json_t *send_b4_version(const struct send_b4 *b)
{
	json_t *patches = json_array(), *v;

	vec_each (p, &b->send->patches)
		json_array_append_new(patches, json_pack("{s:s}", "name", p->name));
	v = json_pack("{s:i, s:o, s:o, s:o, s:s, s:s, s:o}", "revision",
		      (int)b->send->revision, "to", list(&b->send->to), "cc",
		      list(&b->send->cc), "prefixes", list(&b->send->prefixes), "base",
		      b->base, "base-commit", b->repo->base, "patches", patches);
	BUG_ON(!v);
	return v;
}

/* b4's status when it was interrupted at its question; a signal in between gives another.
 */
#define STOPPED 130

int send_b4_really(const struct send_b4 *b, bool terminal, int lock, enum send_end *end,
		   char **id, struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct proc_spec ps = { .dir = b->repo->dir,
				.inherit_env = true,
				.merge = true,
				.inherit_stdio = terminal,
				.pass_fds = { lock },
				.timeout_s = 3600,
				.input = SLICE("\n") };
	int rc = b4_argv(b, false, &argv, e);

	*end = SEND_NOTHING;
	*id = NULL;
	if (rc)
		return rc;
	strvec_push(&argv, "send");
	ps.argv = (const char *const *)argv.v;
	rc = proc_run(&ps, &r, e);
	if (!rc && r.status == STOPPED)
		return err_set(e, ERR_CANCELLED, "stopped at b4's question");
	if (!rc && r.status)
		rc = err_set(e, ERR_TOOL, "b4 send ended with status %d: %s", r.status,
			     buf_str(&r.out));
	*end = send_b4_has_gone(b->repo->dir, b->send->revision, id) ? SEND_GONE
								     : SEND_UNKNOWN;
	if (!rc && *end == SEND_UNKNOWN)
		rc = err_set(e, ERR_TOOL,
			     "b4 says it has sent the mails, but has noted no id: %s",
			     buf_str(&r.out));
	return rc;
}
