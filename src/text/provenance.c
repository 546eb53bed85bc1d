// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/provenance.h"

#include <ctype.h>
#include <strings.h>

#include "text/provenance_priv.h"

const char *dialect_of_name(enum dialect_of d)
{
	static const char *const names[] = {
		[FROM_STABLE] = "stable", [FROM_GIT] = "git",	    [FROM_DEP3] = "dep3",
		[FROM_SUSE] = "suse",	  [FROM_UBUNTU] = "ubuntu", [FROM_RHEL] = "rhel",
	};

	return names[d];
}

const char *standing_name(enum standing s)
{
	static const char *const names[] = {
		[STANDING_UNSAID] = "unsaid",	[STANDING_MAINLINE] = "mainline",
		[STANDING_QUEUED] = "queued",	[STANDING_SUBMITTED] = "submitted",
		[STANDING_NOT_YET] = "not-yet", [STANDING_NEVER] = "never",
	};

	return names[s];
}

bool take_word(struct slice *s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s->n < n || strncasecmp(s->p, prefix, n))
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

bool has_text(struct slice s, const char *needle)
{
	return s.n && memmem(s.p, s.n, needle, strlen(needle));
}

bool take_commit_id(struct slice *rest, struct slice *id)
{
	size_t n = 0;

	while (n < rest->n && isxdigit((unsigned char)rest->p[n]))
		n++;
	if (n < 7 || n > 40 || (n < rest->n && isalnum((unsigned char)rest->p[n])))
		return false;
	*id = (struct slice){ rest->p, n };
	*rest = (struct slice){ rest->p + n, rest->n - n };
	return true;
}

bool is_mainline_url(struct slice url)
{
	return has_text(url, "git.kernel.org/linus/") || has_text(url, "/torvalds/");
}

struct slice url_commit(struct slice url)
{
	struct slice id = { NULL, 0 };

	for (size_t i = 0; i < url.n;) {
		struct slice rest = { url.p + i, url.n - i }, found;

		if (take_commit_id(&rest, &found) && found.n >= 12)
			id = found;
		while (i < url.n && isalnum((unsigned char)url.p[i]))
			i++;
		while (i < url.n && !isalnum((unsigned char)url.p[i]))
			i++;
	}
	return id;
}

void add_cves(struct provenance *p, struct slice text, unsigned line)
{
	for (size_t i = 0; i + 9 < text.n; i++) {
		size_t n = 9, digits;

		if (strncmp(text.p + i, "CVE-", 4))
			continue;
		for (digits = 4; digits < 8 && isdigit((unsigned char)text.p[i + digits]);
		     digits++)
			;
		while (i + n < text.n && isdigit((unsigned char)text.p[i + n]))
			n++;
		if (digits == 8 && text.p[i + 8] == '-' && n > 12)
			vec_push(&p->refs, (struct reference){ .kind = REF_CVE,
							       .value = { text.p + i, n },
							       .line = line });
		i += n - 1;
	}
}

static void read_field(struct provenance *p, struct slice name, struct slice value,
		       unsigned line)
{
	static bool (*const readers[])(struct provenance *, struct slice, struct slice,
				       unsigned) = {
		read_stable_field, read_dep3_field, read_suse_field,
		read_ubuntu_field, read_rhel_field,
	};

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (readers[i](p, name, value, line))
			return;
	}
}

static void read_lines(struct provenance *p, const struct header *h)
{
	struct slice rest = h->body, line, peek, next;

	for (unsigned at = h->body_line; slice_line(&rest, &line); at++) {
		struct slice text = slice_trim(line);

		peek = rest;
		if (!slice_line(&peek, &next))
			next = SLICE("");
		if (!text.n)
			continue;
		read_stable_line(p, text, at);
		read_ubuntu_line(p, text, at);
		read_rhel_line(p, text, next, at);
	}
}

/* RHEL's and Ubuntu's fields are paragraphs of the message, so trailers here. */
void provenance_read(struct header *h, struct provenance *out)
{
	struct slice title = header_title(h);

	*out = (struct provenance){ 0 };
	vec_each (f, &h->fields)
		read_field(out, f->name, f->value, f->line);
	vec_each (t, &h->trailers)
		read_field(out, t->name, t->value, t->line);
	read_lines(out, h);
	out->sauce = take_word(&title, "UBUNTU: SAUCE:");
}

void provenance_release(struct provenance *p)
{
	if (!p)
		return;
	vec_release(&p->marks);
	vec_release(&p->standings);
	vec_release(&p->refs);
	vec_release(&p->stable);
	vec_release(&p->commits);
}

const struct upstream_mark *provenance_upstream(const struct provenance *p)
{
	vec_each (m, &p->marks) {
		if (m->mainline)
			return m;
	}
	return p->marks.n ? &p->marks.v[0] : NULL;
}

enum standing provenance_standing(const struct provenance *p)
{
	const struct upstream_mark *m = provenance_upstream(p);

	if (p->standings.n)
		return p->standings.v[0].standing;
	return m && m->mainline ? STANDING_MAINLINE : STANDING_UNSAID;
}

struct slice provenance_title(const struct header *h)
{
	static const char *const words[] = { "UBUNTU: SAUCE:", "UBUNTU:",  "UPSTREAM:",
					     "BACKPORT:",      "FROMGIT:", "FROMLIST:",
					     "CHROMIUM:" };
	struct slice t = header_title(h);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (take_word(&t, words[i]))
			t = slice_trim(t);
	}
	return t;
}
