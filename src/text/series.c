// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/series.h"

#include <stdio.h>

#include "base/fsx.h"
#include "base/map.h"

struct reader {
	struct series *s;
	struct map seen; /* names, so that none stands twice */
	unsigned line;
	struct err *e;
};

static struct slice next_word(struct slice *rest)
{
	size_t i = 0;
	struct slice w;

	*rest = slice_trim(*rest);
	while (i < rest->n && !strchr(" \t\r\n", rest->p[i]))
		i++;
	w = (struct slice){ rest->p, i };
	rest->p += i;
	rest->n -= i;
	return w;
}

/* Quilt cuts a line at a '#' that begins it or follows a blank. */
static struct slice cut_comment(struct slice line, struct slice *comment)
{
	*comment = (struct slice){ "", 0 };
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != '#' ||
		    (i && line.p[i - 1] != ' ' && line.p[i - 1] != '\t'))
			continue;
		*comment = slice_trim((struct slice){ line.p + i + 1, line.n - i - 1 });
		line.n = i;
	}
	return line;
}

static int fail(struct reader *r, enum errc code, const char *what, struct slice s)
{
	return err_set(r->e, code, "%s:%u: %s '%.*s'", r->s->path, r->line, what,
		       (int)(s.n > 200 ? 200 : s.n), s.p);
}

static int read_strip(struct reader *r, struct slice word, struct series_entry *en)
{
	unsigned v = 0;

	if (en->strip_said)
		return fail(r, ERR_INPUT, "cannot accept a second strip level", word);
	en->strip_said = true;
	if (slice_eqs(word, "-pab"))
		return 0;
	for (size_t i = 2; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9' || i > 4)
			return fail(r, ERR_INPUT, "cannot read the strip level", word);
		v = v * 10 + (unsigned)(word.p[i] - '0');
	}
	if (word.n == 2)
		return fail(r, ERR_INPUT, "cannot read the strip level", word);
	en->strip = v;
	return 0;
}

static int read_options(struct reader *r, struct slice rest, struct series_entry *en)
{
	struct slice word;
	int rc = 0;

	while (!rc && (word = next_word(&rest)).n) {
		if (slice_starts(word, "-p"))
			rc = read_strip(r, word, en);
		else if (slice_eqs(word, "-R"))
			en->reverse = true;
		else
			rc = fail(r, ERR_INPUT, "cannot accept the option", word);
	}
	return rc;
}

/* guards(1) without symbols: the last guard that matches decides, else how the first begins. */
static bool let_in(struct slice guards)
{
	bool applies = !guards.n || guards.p[0] == '-';
	struct slice word;

	while ((word = next_word(&guards)).n) {
		if (word.n == 1 || word.p[1] == '!')
			applies = word.p[0] == '+';
	}
	return applies;
}

static int read_entry(struct reader *r, struct slice text, struct slice comment)
{
	struct series_entry en = { .strip = 1, .line = r->line };
	struct arena *a = &r->s->arena;
	const char *guards = text.p;
	size_t nguards = 0;
	struct slice word;
	void **seen;
	int rc;

	word = next_word(&text);
	while (word.n && (word.p[0] == '+' || word.p[0] == '-')) {
		nguards = (size_t)(word.p + word.n - guards);
		word = next_word(&text);
	}
	if (!word.n)
		return fail(r, ERR_INPUT, "cannot find a patch name in",
			    (struct slice){ guards, nguards });
	if (!path_is_safe(word))
		return fail(r, ERR_UNSAFE,
			    "cannot accept a name that leaves the directory:", word);
	seen = map_slot(&r->seen, word);
	if (*seen)
		return fail(r, ERR_INPUT, "cannot accept the same patch twice:", word);
	*seen = r;
	en.name = arena_dup(a, word.p, word.n);
	en.guards = nguards ? arena_dup(a, guards, nguards) : "";
	en.applies = let_in((struct slice){ guards, nguards });
	en.comment = comment.n ? arena_dup(a, comment.p, comment.n) : "";
	en.line_index = r->s->lines.n;
	rc = read_options(r, text, &en);
	if (!rc)
		vec_push(&r->s->entries, en);
	return rc;
}

static int read_lines(struct reader *r, struct slice text)
{
	struct slice line, bare, comment;
	int rc = 0;

	while (!rc && slice_line(&text, &line)) {
		struct series_line l = { .text = line, .entry = -1 };

		r->line++;
		if (memchr(line.p, '\0', line.n))
			return fail(r, ERR_INPUT, "cannot read a line with a NUL byte",
				    (struct slice){ "", 0 });
		bare = slice_trim(cut_comment(line, &comment));
		if (bare.n) {
			l.entry = (ssize_t)r->s->entries.n;
			rc = read_entry(r, bare, comment);
		}
		vec_push(&r->s->lines, l);
	}
	return rc;
}

int series_parse(const char *dir, const char *path, struct slice text,
		 struct series **out, struct err *e)
{
	struct series *s = xcalloc(1, sizeof(*s));
	struct reader r = { .s = s, .e = e };
	int rc;

	s->dir = arena_strdup(&s->arena, dir);
	s->path = arena_strdup(&s->arena, path);
	if (text.n > SERIES_MAX_BYTES)
		rc = err_set(e, ERR_LIMIT, "cannot read '%s': larger than %zu bytes",
			     path, SERIES_MAX_BYTES);
	else
		rc = read_lines(&r, (struct slice){ arena_dup(&s->arena, text.p, text.n),
						    text.n });
	map_release(&r.seen);
	if (rc)
		series_free(s);
	else
		*out = s;
	return rc;
}

int series_read_file(const char *dir, const char *path, struct series **out,
		     struct err *e)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int rc = fsx_read(path, &text, e);

	return rc ? rc : series_parse(dir, path, buf_slice(&text), out, e);
}

int series_read(const char *dir, struct series **out, struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, "series");

	return series_read_file(dir, path, out, e);
}

void series_write(const struct series *s, struct buf *out)
{
	vec_each (l, &s->lines)
		buf_add_slice(out, l->text);
}

void series_leave_out(struct series *s)
{
	size_t kept = 0;

	vec_each (l, &s->lines) {
		const struct series_entry *en = l->entry < 0 ? NULL : &s->entries.v[l->entry];

		if (!en)
			continue;
		if (en->applies) {
			s->entries.v[kept] = *en;
			l->entry = (ssize_t)kept++;
		} else {
			vec_push(&s->left_out, *en);
			l->entry = -1;
		}
	}
	s->entries.n = kept;
}

const struct series_entry *series_find(const struct series *s, const char *name)
{
	vec_each (en, &s->entries) {
		if (!strcmp(en->name, name))
			return en;
	}
	return NULL;
}

void series_free(struct series *s)
{
	if (!s)
		return;
	vec_release(&s->lines);
	vec_release(&s->entries);
	vec_release(&s->left_out);
	arena_release(&s->arena);
	free(s);
}

void series_freep(struct series **s)
{
	series_free(*s);
	*s = NULL;
}
