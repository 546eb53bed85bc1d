// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/diag.h"

#include <ctype.h>

#include "base/fsx.h"
#include "base/map.h"

/* The files that diagnostics point into, each read once. */
struct sources {
	const char *dir;
	struct map files; /* path -> struct buf * */
};

static const struct buf *source(struct sources *s, const char *path)
{
	void **slot = map_slot(&s->files, slice_str(path));

	if (!*slot) {
		struct buf *b = xcalloc(1, sizeof(*b));
		struct err ignored;

		if (path[0] == '/' || fsx_read_beneath(s->dir, path, b, &ignored))
			buf_clear(b);
		*slot = b;
	}
	return *slot;
}

static struct slice source_line(struct sources *s, const char *path, unsigned line)
{
	struct slice rest = buf_slice(source(s, path)), l = { "", 0 };

	while (line && slice_line(&rest, &l))
		line--;
	return line ? (struct slice){ "", 0 } : slice_trim(l);
}

static void sources_release(struct sources *s)
{
	map_each(f, &s->files)
	{
		buf_release(f->value);
		free(f->value);
	}
	map_release(&s->files);
}

/* Takes digits and the ':' after them off the front. */
static bool take_number(struct slice *s, unsigned *value)
{
	size_t i = 0;

	*value = 0;
	while (i < s->n && i < 9 && isdigit((unsigned char)s->p[i]))
		*value = *value * 10 + (unsigned)(s->p[i++] - '0');
	if (!i || i == s->n || s->p[i] != ':')
		return false;
	s->p += i + 1;
	s->n -= i + 1;
	return true;
}

/* "path:line[:column]: level: message"; anything else is not a diagnostic. */
static bool parse_line(struct slice line, struct slice *path, unsigned *at, bool *error,
		       struct slice *message)
{
	static const char *const levels[] = { "fatal error: ", "error: ", "warning: " };
	const char *colon = memchr(line.p, ':', line.n);
	struct slice rest;
	unsigned column;

	if (!colon || colon == line.p || line.p[0] == ' ')
		return false;
	path->p = line.p;
	path->n = (size_t)(colon - line.p);
	rest = (struct slice){ colon + 1, line.n - path->n - 1 };
	if (!take_number(&rest, at))
		return false;
	take_number(&rest, &column);
	rest = slice_trim(rest);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		size_t n = strlen(levels[i]);

		if (!slice_starts(rest, levels[i]))
			continue;
		*error = i < 2;
		*message = (struct slice){ rest.p + n, rest.n - n };
		return true;
	}
	return false;
}

/* "/src/a/../b/x.h" and "/src/b/x.h" are one file; so is what lies under @prefix. */
static const char *tree_path(struct arena *a, struct slice path, const char *prefix)
{
	struct slice rest, part;
	VEC(struct slice) parts = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t n = strlen(prefix);

	if (slice_starts(path, prefix) && path.n > n && path.p[n] == '/') {
		path.p += n + 1;
		path.n -= n + 1;
	}
	rest = path;
	while (slice_split(&rest, '/', &part)) {
		if (slice_eqs(part, ".."))
			parts.n -= parts.n > 0;
		else if (!slice_eqs(part, "."))
			vec_push(&parts, part);
	}
	vec_each (p, &parts) {
		if (p != parts.v)
			buf_addc(&b, '/');
		buf_add_slice(&b, *p);
	}
	vec_release(&parts);
	return arena_dup(a, b.data, b.len);
}

void diags_parse(struct diags *d, struct slice log, const char *prefix, const char *dir)
{
	struct sources s = { .dir = dir };
	struct slice line, path, message;
	struct diag one;

	while (slice_line(&log, &line)) {
		struct slice text;

		if (!parse_line(slice_trim(line), &path, &one.line, &one.error, &message))
			continue;
		one.path = tree_path(&d->arena, path, prefix);
		one.message = arena_dup(&d->arena, message.p, message.n);
		text = source_line(&s, one.path, one.line);
		one.text = arena_dup(&d->arena, text.p, text.n);
		vec_push(&d->list, one);
	}
	sources_release(&s);
}

static void identity(const struct diag *d, struct buf *key)
{
	buf_clear(key);
	buf_addf(key, "%s%c%d%c%s%c%s", d->path, 0, d->error, 0, d->message, 0, d->text);
}

void diags_new(const struct diags *before, const struct diags *after,
	       struct diag_refs *out)
{
	_cleanup_buf_ struct buf key = BUF_INIT;
	struct map count = { 0 };

	vec_each (d, &before->list) {
		void **slot;

		identity(d, &key);
		slot = map_slot(&count, buf_slice(&key));
		*slot = (void *)((intptr_t)*slot + 1);
	}
	vec_each (d, &after->list) {
		void **slot;

		identity(d, &key);
		slot = map_slot(&count, buf_slice(&key));
		if ((intptr_t)*slot > 0)
			*slot = (void *)((intptr_t)*slot - 1);
		else
			vec_push(out, d);
	}
	map_release(&count);
}

void diags_release(struct diags *d)
{
	if (!d)
		return;
	arena_release(&d->arena);
	vec_release(&d->list);
}
