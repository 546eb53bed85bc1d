// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/conf_priv.h"

#include <ctype.h>

struct scanner {
	struct slice rest;
	unsigned line;
	const char *path;
	struct arena *a;
	struct conf_scan *out;
	const char *section, *sub; /* of the header that we are under */
};

static const char *lower(struct arena *a, struct slice s)
{
	char *p = arena_dup(a, s.p, s.n);

	for (char *q = p; *q; q++)
		*q = (char)tolower((unsigned char)*q);
	return p;
}

static void skip_blanks(struct slice *s)
{
	while (s->n && isspace((unsigned char)s->p[0])) {
		s->p++;
		s->n--;
	}
}

static struct slice take_word(struct slice *s)
{
	struct slice w = { s->p, 0 };

	while (w.n < s->n && (isalnum((unsigned char)s->p[w.n]) || s->p[w.n] == '-' ||
			      s->p[w.n] == '.'))
		w.n++;
	s->p += w.n;
	s->n -= w.n;
	return w;
}

/* The quoted name of a header, behind its opening quote; a backslash keeps the next byte.
 */
static const char *take_quoted(struct arena *a, struct slice *s)
{
	char *name = arena_alloc(a, s->n + 1), *p = name;

	while (s->n && s->p[0] != '"') {
		if (s->p[0] == '\\' && s->n > 1) {
			s->p++;
			s->n--;
		}
		*p++ = *s->p++;
		s->n--;
	}
	return name;
}

static void add_item(struct scanner *sc, const char *key)
{
	struct scan_item it = { sc->line, sc->section, sc->sub, key };

	vec_push(&sc->out->items, it);
}

/* Behind the opening bracket; leaves @s behind the closing one. */
static int take_header(struct scanner *sc, struct slice *s, struct err *e)
{
	struct slice word;

	skip_blanks(s);
	word = take_word(s);
	sc->section = lower(sc->a, word);
	sc->sub = NULL;
	if (!strncmp(sc->section, "include", 7))
		return err_set(e, ERR_INPUT, "%s:%u: cannot include another file here",
			       sc->path, sc->line);
	skip_blanks(s);
	if (s->n && s->p[0] == '"') {
		s->p++;
		s->n--;
		sc->sub = take_quoted(sc->a, s);
	}
	while (s->n && s->p[0] != ']') {
		s->p++;
		s->n--;
	}
	if (s->n) {
		s->p++;
		s->n--;
	}
	add_item(sc, NULL);
	return 0;
}

/* Whether the value goes on in the next line: a last backslash that is no comment's. */
static bool goes_on(struct slice s, bool *quoted)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\') {
			if (++i == s.n)
				return true;
		} else if (s.p[i] == '"') {
			*quoted = !*quoted;
		} else if (!*quoted && (s.p[i] == '#' || s.p[i] == ';')) {
			return false;
		}
	}
	return false;
}

static void skip_value(struct scanner *sc, struct slice s)
{
	bool quoted = false;

	while (goes_on(s, &quoted) && slice_line(&sc->rest, &s))
		sc->line++;
}

int conf_scan(struct slice text, const char *path, struct arena *a, struct conf_scan *out,
	      struct err *e)
{
	struct scanner sc = { text, 0, path, a, out, "", NULL };
	struct slice s, word;
	int rc;

	if (slice_starts(text, "\xef\xbb\xbf")) {
		sc.rest.p += 3;
		sc.rest.n -= 3;
	}
	while (slice_line(&sc.rest, &s)) {
		sc.line++;
		skip_blanks(&s);
		if (s.n && s.p[0] == '[') {
			s.p++;
			s.n--;
			rc = take_header(&sc, &s, e);
			if (rc)
				return rc;
			skip_blanks(&s);
		}
		if (!s.n || s.p[0] == '#' || s.p[0] == ';')
			continue;
		word = take_word(&s);
		add_item(&sc, lower(a, word));
		skip_value(&sc, s);
	}
	return 0;
}

void conf_scan_release(struct conf_scan *s)
{
	vec_release(&s->items);
}
