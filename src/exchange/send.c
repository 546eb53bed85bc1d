// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/send.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "base/fsx.h"
#include "exchange/import.h"
#include "text/provenance.h"

#define STABLE "stable@vger.kernel.org"
#define LORE   "https://lore.kernel.org/r/"

static const char *keep(struct send *s, struct slice text)
{
	return arena_dup(&s->arena, text.p ? text.p : "", text.n);
}

/* The address itself, of "Name <mail>" or "mail". */
static struct slice address_of(struct slice s)
{
	const char *open = memrchr(s.p, '<', s.n), *close;

	if (!open)
		return slice_trim(s);
	close = memchr(open, '>', (size_t)(s.p + s.n - open));
	open++;
	return (struct slice){ open, close ? (size_t)(close - open)
					   : (size_t)(s.p + s.n - open) };
}

static bool same_address(struct slice a, struct slice b)
{
	a = address_of(a);
	b = address_of(b);
	return a.n == b.n && !strncasecmp(a.p, b.p, a.n);
}

static bool is_in(const struct strvec *list, const char *address)
{
	for (size_t i = 0; i < list->n; i++) {
		if (same_address(slice_str(list->v[i]), slice_str(address)))
			return true;
	}
	return false;
}

void send_add_to(struct send *s, const char *address)
{
	if (!is_in(&s->to, address) && !is_in(&s->cc, address))
		strvec_push(&s->to, address);
}

void send_add_cc(struct send *s, const char *address)
{
	if (!is_in(&s->to, address) && !is_in(&s->cc, address))
		strvec_push(&s->cc, address);
}

/* "A, B" of a To or Cc field; a comma in quotes is none. */
static void add_list(struct send *s, struct slice list,
		     void (*add)(struct send *, const char *))
{
	size_t from = 0;
	bool quoted = false;

	for (size_t i = 0; i <= list.n; i++) {
		struct slice one;

		if (i < list.n && list.p[i] == '"')
			quoted = !quoted;
		if (i < list.n && (quoted || list.p[i] != ','))
			continue;
		one = slice_trim((struct slice){ list.p + from, i - from });
		from = i + 1;
		if (one.n && memchr(one.p, '@', one.n))
			add(s, keep(s, one));
	}
}

static void read_author(struct send *s, struct send_patch *p, struct slice from)
{
	struct slice mail = from.n ? address_of(from) : (struct slice){ "", 0 };
	struct slice name = { from.p, 0 };

	if (from.n && mail.p > from.p)
		name = slice_trim(
			(struct slice){ from.p, (size_t)(mail.p - from.p - 1) });
	if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = (struct slice){ name.p + 1, name.n - 2 };
	p->author = keep(s, name.n ? name : mail);
	p->mail = keep(s, mail);
}

static bool is_statistic(struct slice line)
{
	const char *bar = memchr(line.p, '|', line.n);

	if (memmem(line.p, line.n, " changed, ", 10) && isdigit((unsigned char)line.p[1]))
		return true;
	return line.p[0] == ' ' && bar && bar > line.p + 1;
}

/* What stands between "---" and the statistics: told to the reader, not to history. */
static struct slice remarks_of(const struct header *h)
{
	const char *after = h->body.p + h->body.n, *end = h->bytes.p + h->bytes.n;
	struct slice rest, line, out;

	if (!h->body.p || after < h->bytes.p || after > end)
		return (struct slice){ "", 0 };
	rest = (struct slice){ after, (size_t)(end - after) };
	if (!slice_line(&rest, &line) || !slice_eqs(slice_trim(line), "---"))
		return (struct slice){ "", 0 };
	out = (struct slice){ rest.p, 0 };
	while (slice_line(&rest, &line) && !is_statistic(line) &&
	       !slice_starts(line, "diff --git "))
		out.n += line.n;
	return slice_trim(out);
}

static void read_trailers(struct send_patch *p, const struct header *h,
			  const struct identity *me)
{
	vec_each (t, &h->trailers) {
		if (trailer_is(t, "Signed-off-by"))
			p->signed_off |= same_address(t->value, slice_str(me->mail));
		if (trailer_is(t, "Cc"))
			p->copies_stable |= memmem(t->value.p, t->value.n, STABLE,
						   strlen(STABLE)) != NULL;
	}
}

static void read_patch(struct send *s, const struct send_request *req, size_t i)
{
	struct send_patch p = { .name = req->series->series->entries.v[i].name };
	_cleanup_header_ struct header h = { 0 };
	_cleanup_provenance_ struct provenance prov = { 0 };
	_cleanup_buf_ struct buf message = BUF_INIT;
	const struct header_field *f;
	const struct upstream_mark *mark;
	struct slice remarks;

	header_parse(req->series->patches[i]->header, &h);
	provenance_read(&h, &prov);
	read_author(s, &p, h.from);
	read_trailers(&p, &h, req->me);
	p.date = keep(s, h.date);
	p.title = keep(s, header_title(&h));
	buf_addf(&message, "%s\n\n", p.title);
	buf_add_slice(&message, slice_trim(h.body));
	remarks = remarks_of(&h);
	if (remarks.n) {
		buf_adds(&message, "\n---\n");
		buf_add_slice(&message, remarks);
	}
	buf_addc(&message, '\n');
	p.message = (struct slice){ keep(s, buf_slice(&message)), message.len };
	mark = provenance_upstream(&prov);
	if (mark && mark->mainline)
		p.upstream = keep(s, mark->id);
	f = header_field(&h, "To");
	if (f)
		add_list(s, f->value, send_add_to);
	f = header_field(&h, "Cc");
	if (f)
		add_list(s, f->value, send_add_cc);
	vec_push(&s->patches, p);
}

/* Parts of the letter that are written anew: statistics, base, change-id. */
static void read_section(struct send *s, struct slice section)
{
	struct slice rest = section, line;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "change-id: ") && !s->change_id)
			s->change_id = keep(s, slice_trim((struct slice){ line.p + 11,
									  line.n - 11 }));
		if (!strncasecmp(line.p, "changes in v", 12) && line.n > 12 &&
		    !s->changes.n) {
			section = slice_trim(section);
			s->changes = (struct slice){ keep(s, section), section.n };
		}
	}
}

static void read_letter(struct send *s, struct slice bytes)
{
	_cleanup_header_ struct header h = { 0 };
	struct slice rest, line, section;
	const char *after;

	header_parse(bytes, &h);
	s->subject = keep(s, header_title(&h));
	section = slice_trim(h.body);
	s->letter = (struct slice){ keep(s, section), section.n };
	after = h.body.p ? h.body.p + h.body.n : bytes.p + bytes.n;
	if (after < bytes.p || after > bytes.p + bytes.n)
		return;
	rest = (struct slice){ after, (size_t)(bytes.p + bytes.n - after) };
	section = (struct slice){ rest.p, 0 };
	while (slice_line(&rest, &line)) {
		if (!slice_eqs(slice_trim(line), "---")) {
			section.n += line.n;
			continue;
		}
		read_section(s, section);
		section = (struct slice){ rest.p, 0 };
	}
	read_section(s, section);
}

static int read_cover(struct send *s, const char *dir, struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, COVER_NAME);
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	int rc;

	s->subject = s->patches.n ? s->patches.v[0].title : "";
	s->has_cover = fsx_exists(path);
	if (!s->has_cover)
		return 0;
	rc = fsx_read(path, &bytes, e);
	if (!rc)
		read_letter(s, buf_slice(&bytes));
	return rc;
}

/* As b4 makes them: the day, the title's words, and what nobody can guess. */
static const char *new_change_id(struct send *s, const char *title)
{
	_cleanup_buf_ struct buf slug = BUF_INIT;
	unsigned char random[6];
	time_t now = time(NULL);
	struct tm tm;
	char day[16];
	bool gap = false;

	for (const char *p = title; *p && slug.len < 32; p++) {
		if (!isalnum((unsigned char)*p)) {
			gap = slug.len > 0;
			continue;
		}
		if (gap)
			buf_addc(&slug, '-');
		gap = false;
		buf_addc(&slug, (char)tolower((unsigned char)*p));
	}
	BUG_ON(getrandom(random, sizeof(random), 0) != sizeof(random));
	strftime(day, sizeof(day), "%Y%m%d", gmtime_r(&now, &tm));
	return arena_printf(&s->arena, "%s-%s-%02x%02x%02x%02x%02x%02x", day,
			    slug.len ? slug.data : "series", random[0], random[1],
			    random[2], random[3], random[4], random[5]);
}

static void choose_id(struct send *s, const struct send_request *req)
{
	const struct sent_version *last = sent_last(&s->sent);

	if (s->sent.change_id)
		s->change_id = s->sent.change_id;
	if (!s->change_id && req->change_id)
		s->change_id = keep(s, slice_str(req->change_id));
	if (!s->change_id)
		s->change_id = new_change_id(s, s->subject);
	s->revision = req->revision ? req->revision : last ? last->revision + 1 : 1;
}

static bool is_line_name(const char *name)
{
	unsigned a, b;
	int end = 0;

	return sscanf(name, "%u.%u.y%n", &a, &b, &end) == 2 && end && !name[end];
}

static void choose_prefixes(struct send *s, const struct send_request *req)
{
	if (req->rfc)
		strvec_push(&s->prefixes, "RFC");
	if (is_line_name(req->target) && (!req->newest || req->stable))
		strvec_push(&s->prefixes, req->target);
}

static bool has_placeholder(struct slice s)
{
	return s.n && (memmem(s.p, s.n, "EDITME", 6) ||
		       memmem(s.p, s.n, "*** BLURB HERE", 14));
}

static void find_owed(struct send *s)
{
	unsigned open = sent_unfinished(&s->sent);

	if (open)
		strvec_pushf(&s->owed,
			     "whether v%u has gone: carry was ended while b4 was sending it. "
			     "Look for its mails where they should have arrived, then say "
			     "carry send %s --sent=<Message-Id of the first>, or "
			     "--not-sent when there is none",
			     open, s->target);
	vec_each (p, &s->patches) {
		if (!p->signed_off)
			strvec_pushf(&s->owed,
				     "%s: your Signed-off-by, which only you can give",
				     p->name);
		if (!*p->mail)
			strvec_pushf(&s->owed, "%s: an author (From: Name <address>)",
				     p->name);
		if (!*p->title)
			strvec_pushf(&s->owed, "%s: a Subject", p->name);
	}
	if (s->patches.n > 1 && !s->has_cover)
		strvec_push(&s->owed, "a cover letter, in the file 'cover' beside the "
				      "patches: Subject:, a blank line, the text");
	if (has_placeholder(s->letter) || has_placeholder(slice_str(s->subject)))
		strvec_push(&s->owed, "the cover letter's text: it has a placeholder");
	vec_each (v, &s->sent.versions) {
		if (v->revision == s->revision)
			strvec_pushf(&s->owed, "another --revision: v%u has been sent",
				     v->revision);
	}
	if (s->revision > 1 && !s->changes.n)
		strvec_pushf(&s->owed,
			     "what changed since v%u, in the file 'cover' below a line "
			     "'---': Changes in v%u: …",
			     s->revision - 1, s->revision);
}

static int check_stable(const struct send *s, const char *why, struct err *e)
{
	vec_each (p, &s->patches) {
		if (!p->upstream)
			return err_set(
				e, ERR_CONFLICT,
				"%s: refused, %s: it names no commit of mainline, and the "
				"stable team takes nothing else; send it to the subsystem, "
				"with --rfc while it is a question",
				p->name, why);
	}
	return 0;
}

int send_check_recipients(const struct send *s, struct err *e)
{
	if (is_in(&s->to, STABLE) || is_in(&s->cc, STABLE))
		return check_stable(s, STABLE " is a recipient", e);
	return 0;
}

int send_read(const struct send_request *req, struct send *out, struct err *e)
{
	int rc;

	*out = (struct send){ .target = req->target };
	rc = sent_read(req->series->dir, &out->sent, e);
	for (size_t i = 0; !rc && req->to && i < req->to->n; i++)
		add_list(out, slice_str(req->to->v[i]), send_add_to);
	for (size_t i = 0; !rc && req->cc && i < req->cc->n; i++)
		add_list(out, slice_str(req->cc->v[i]), send_add_cc);
	for (size_t i = 0; !rc && i < req->series->n; i++)
		read_patch(out, req, i);
	if (!rc && !out->patches.n)
		rc = err_set(e, ERR_INPUT, "the series of %s is empty", req->target);
	if (!rc)
		rc = read_cover(out, req->series->dir, e);
	if (!rc && req->stable)
		rc = check_stable(out, "to the stable team", e);
	vec_each (p, &out->patches) {
		if (!rc && p->copies_stable && !req->newest)
			rc = check_stable(out, "Cc: " STABLE " in the patch", e);
	}
	if (rc)
		return rc;
	if (req->stable)
		send_add_to(out, STABLE);
	choose_id(out, req);
	choose_prefixes(out, req);
	find_owed(out);
	return send_check_recipients(out, e);
}

void send_release(struct send *s)
{
	vec_release(&s->patches);
	strvec_release(&s->prefixes);
	strvec_release(&s->to);
	strvec_release(&s->cc);
	strvec_release(&s->owed);
	sent_release(&s->sent);
	arena_release(&s->arena);
}

/* An id as links and b4 have it. */
static struct slice bare_id(const char *id)
{
	return address_of(slice_str(id));
}

static void add_changes(const struct send *s, struct buf *out)
{
	const struct sent_version *last = sent_last(&s->sent);

	if (!s->changes.n && !last)
		return;
	buf_adds(out, "\n---\n");
	if (s->changes.n) {
		buf_add_slice(out, s->changes);
		buf_addc(out, '\n');
	}
	if (last && last->first_id &&
	    !memmem(s->changes.p ? s->changes.p : "", s->changes.n, LORE, strlen(LORE)))
		buf_addf(out, "- Link to v%u: " LORE "%.*s\n", last->revision,
			 SLICE_ARG(bare_id(last->first_id)));
}

static void add_tracking(const struct send *s, struct buf *out)
{
	json_t *prefixes = json_array(), *history = json_object(), *doc;
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < s->prefixes.n; i++)
		json_array_append_new(prefixes, json_string(s->prefixes.v[i]));
	vec_each (v, &s->sent.versions) {
		_cleanup_free_ char *key = xasprintf("v%u", v->revision);
		struct slice id = bare_id(v->first_id ? v->first_id : "");

		json_object_set_new(history, key, json_pack("[s%]", id.p, id.n));
	}
	doc = json_pack("{s:{s:i, s:s, s:s, s:o, s:o}}", "series", "revision",
			(int)s->revision, "change-id", s->change_id, "base-branch",
			"base", "prefixes", prefixes, "history", history);
	BUG_ON(!doc);
	text = json_dumps(doc, JSON_INDENT(2));
	buf_addf(
		out,
		"\n--- b4-submit-tracking ---\n"
		"# This section is used internally by b4 prep for tracking purposes.\n%s\n",
		text);
	json_decref(doc);
}

void send_cover_message(const struct send *s, struct buf *out)
{
	buf_addf(out, "%s\n\n", *s->subject ? s->subject : "(no subject)");
	if (s->letter.n) {
		buf_add_slice(out, s->letter);
		buf_adds(out, "\n\n");
	}
	for (size_t i = 0; i < s->to.n; i++)
		buf_addf(out, "To: %s\n", s->to.v[i]);
	for (size_t i = 0; i < s->cc.n; i++)
		buf_addf(out, "Cc: %s\n", s->cc.v[i]);
	add_changes(s, out);
	add_tracking(s, out);
}
