// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_order.h"

#include <ctype.h>
#include <stdio.h>

#include "base/fsx.h"
#include "exchange/gitseries_state.h"
#include "exchange/mail.h"
#include "text/lcs.h"

#define NUMBER_DIGITS 4

static void put_line(struct buf *out, struct slice line)
{
	if (out->len && out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
	buf_add_slice(out, line);
}

static void put_name(const struct series *s, const char *name, struct buf *out)
{
	const struct series_entry *en = series_find(s, name);
	_cleanup_free_ char *line = xasprintf("%s\n", name);

	put_line(out, en ? s->lines.v[en->line_index].text : slice_str(line));
}

static size_t applied_names(const struct series *s, struct slice **out)
{
	struct slice *names = xcalloc(s->entries.n + 1, sizeof(*names));
	size_t n = 0;

	vec_each (en, &s->entries) {
		if (en->applies)
			names[n++] = slice_str(en->name);
	}
	*out = names;
	return n;
}

void order_series(const struct series *s, const struct strvec *names, struct buf *out)
{
	_cleanup_free_ struct slice *old = NULL, *new = xcalloc(names->n + 1, sizeof(*new));
	size_t nold = applied_names(s, &old), at = 0, next = 0;
	_cleanup_lcs_ struct lcs lcs = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool begun = false;

	for (size_t i = 0; i < names->n; i++)
		new[i] = slice_str(names->v[i]);
	lcs_find(old, nold, new, names->n, &lcs);
	vec_each (l, &s->lines) {
		const struct series_entry *en = l->entry < 0 ? NULL : &s->entries.v[l->entry];
		bool applied = en && en->applies;

		if (!applied) {
			put_line(&b, l->text);
			continue;
		}
		/* Nothing stands before the first: what is new there goes in front of it. */
		for (; !begun && next < names->n && !lcs.b[next]; next++)
			put_name(s, names->v[next], &b);
		begun = true;
		if (!lcs.a[at++])
			continue;
		put_line(&b, l->text);
		for (next++; next < names->n && !lcs.b[next]; next++)
			put_name(s, names->v[next], &b);
	}
	for (; next < names->n; next++)
		put_name(s, names->v[next], &b);
	buf_add_slice(out, buf_slice(&b));
}

static const char *base_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static bool is_numbered(const char *name)
{
	const char *base = base_of(name);

	for (size_t i = 0; i < NUMBER_DIGITS; i++) {
		if (!isdigit((unsigned char)base[i]))
			return false;
	}
	return base[NUMBER_DIGITS] == '-';
}

/* As the patch before it, else as the first one there is; git gives numbers. */
static bool wants_number(const struct series *s, const char *before)
{
	if (!before && s->entries.n)
		before = s->entries.v[0].name;
	return !before || is_numbered(before);
}

static bool is_free(const struct series *s, const char *name, const struct strvec *taken)
{
	_cleanup_free_ char *path = path_join(s->dir, name);

	return !strvec_has(taken, name) && !series_find(s, name) && !fsx_exists(path);
}

char *order_name(const struct series *s, const char *title, const char *before,
		 const struct strvec *taken)
{
	unsigned number = before && is_numbered(before)
				  ? (unsigned)strtoul(base_of(before), NULL, 10) + 1
				  : (unsigned)taken->n + 1;
	_cleanup_free_ char *file = mail_file_name(title, number % 10000);
	const char *tail = file + (wants_number(s, before) ? 0 : NUMBER_DIGITS + 1);
	int dir = before ? (int)(base_of(before) - before) : 0;
	char *name = xasprintf("%.*s%s", dir, before ? before : "", tail);
	size_t stem = strlen(name) - strlen(".patch");

	for (unsigned i = 2; !is_free(s, name, taken); i++) {
		char *other = xasprintf("%.*s-%u.patch", (int)stem, name, i);

		free(name);
		name = other;
		stem = strlen(name) - strlen(".patch") - (i < 10 ? 2 : i < 100 ? 3 : 4);
	}
	return name;
}
