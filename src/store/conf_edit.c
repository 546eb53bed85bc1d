// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/conf_edit.h"

#include <ctype.h>

#include "base/fsx.h"

int conf_text_read(const char *path, struct conf_text *t, struct err *e)
{
	struct slice rest, line;
	int rc;

	*t = (struct conf_text){ 0 };
	rc = fsx_read(path, &t->text, e);
	if (rc)
		return rc;
	if (t->text.len && t->text.data[t->text.len - 1] != '\n')
		buf_addc(&t->text, '\n');
	rest = buf_slice(&t->text);
	while (slice_line(&rest, &line))
		vec_push(&t->lines, line);
	return conf_scan(buf_slice(&t->text), path, &t->arena, &t->scan, e);
}

void conf_text_release(struct conf_text *t)
{
	conf_scan_release(&t->scan);
	vec_release(&t->lines);
	vec_release(&t->edits);
	buf_release(&t->text);
	arena_release(&t->arena);
}

static bool is_header(const struct scan_item *it, const char *section, const char *sub)
{
	if (it->key || strcmp(it->section, section) || !it->sub != !sub)
		return false;
	return !sub || !strcmp(it->sub, sub);
}

unsigned conf_text_header(const struct conf_text *t, const char *section, const char *sub)
{
	unsigned line = 0;

	vec_each (it, &t->scan.items) {
		if (is_header(it, section, sub))
			line = it->line;
	}
	return line;
}

static bool is_blank_or_comment(struct slice line)
{
	struct slice s = slice_trim(line);

	return !s.n || s.p[0] == '#' || s.p[0] == ';';
}

/* The line behind the item at index @i: where the next one begins, comments apart. */
static unsigned item_end(const struct conf_text *t, size_t i)
{
	size_t end =
		i + 1 < t->scan.items.n ? t->scan.items.v[i + 1].line : t->lines.n + 1;

	while (end - 1 > t->scan.items.v[i].line &&
	       is_blank_or_comment(t->lines.v[end - 2]))
		end--;
	return end;
}

static size_t header_index(const struct conf_text *t, unsigned header)
{
	for (size_t i = 0; i < t->scan.items.n; i++) {
		if (t->scan.items.v[i].line == header && !t->scan.items.v[i].key)
			return i;
	}
	BUG_ON("no header in this line");
	return 0;
}

/* Calls for each key of a section: index in `i`. */
#define each_key(i, t, header)                                                           \
	for (size_t i = header_index(t, header) + 1;                                     \
	     i < (t)->scan.items.n && (t)->scan.items.v[i].key; i++)

unsigned conf_text_end(const struct conf_text *t, unsigned header)
{
	size_t last = header_index(t, header);

	each_key(i, t, header) last = i;
	return item_end(t, last);
}

unsigned conf_text_begin(const struct conf_text *t, unsigned header)
{
	unsigned line = header;

	while (line > 1) {
		struct slice above = slice_trim(t->lines.v[line - 2]);

		if (!above.n || (above.p[0] != '#' && above.p[0] != ';'))
			break;
		line--;
	}
	return line;
}

void conf_text_insert(struct conf_text *t, unsigned line, const char *text)
{
	struct conf_line_edit edit = { line, false, arena_strdup(&t->arena, text) };

	vec_push(&t->edits, edit);
}

/* Whether git-config would read @value as it stands. */
static bool is_plain(const char *value)
{
	size_t n = strlen(value);

	return n && !strpbrk(value, "\"\\;#") && !isspace((unsigned char)value[0]) &&
	       !isspace((unsigned char)value[n - 1]);
}

char *conf_text_key(const char *key, const char *value)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (is_plain(value))
		return xasprintf("\t%s = %s\n", key, value);
	buf_addf(&b, "\t%s = \"", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_addc(&b, '\\');
		buf_addc(&b, *value);
	}
	buf_adds(&b, "\"\n");
	return buf_take(&b);
}

/* Behind the header that shares the item's line; NULL if none does. Names have no ']'. */
static const char *behind_header(const struct conf_text *t, size_t i)
{
	const struct scan_item *it = &t->scan.items.v[i];
	struct slice line = t->lines.v[it->line - 1];
	const char *bracket =
		it[-1].line == it->line ? memchr(line.p, ']', line.n) : NULL;

	return bracket ? bracket + 1 : NULL;
}

/* The comment at the end of a line with the blanks before it; empty if there is none. */
static struct slice trailing_comment(struct slice line)
{
	bool quoted = false;
	size_t at = 0;

	line = slice_trim(line);
	for (; at < line.n; at++) {
		if (line.p[at] == '\\')
			at++;
		else if (line.p[at] == '"')
			quoted = !quoted;
		else if (!quoted && (line.p[at] == '#' || line.p[at] == ';'))
			break;
	}
	if (at >= line.n)
		return (struct slice){ line.p, 0 };
	while (at && isblank((unsigned char)line.p[at - 1]))
		at--;
	return (struct slice){ line.p + at, line.n - at };
}

/* Puts "key = value" in the place of an item; what else stands in its line stays. */
static void replace_item(struct conf_text *t, size_t i, const char *text)
{
	struct conf_line_edit edit = { t->scan.items.v[i].line, true, NULL };
	struct slice line = t->lines.v[edit.line - 1], comment = { NULL, 0 };
	const char *behind = behind_header(t, i);
	unsigned end = item_end(t, i);

	if (end == edit.line + 1)
		comment = trailing_comment(line);
	edit.text = arena_printf(&t->arena, "%.*s%s%.*s%.*s\n",
				 behind ? (int)(behind - line.p) : 0, line.p,
				 behind ? "\n" : "", (int)strlen(text) - 1, text,
				 SLICE_ARG(comment));
	vec_push(&t->edits, edit);
	for (edit.line++; edit.line < end; edit.line++) {
		edit.text = "";
		vec_push(&t->edits, edit);
	}
}

void conf_text_set(struct conf_text *t, unsigned header, const char *key,
		   const char *value)
{
	_cleanup_free_ char *text = conf_text_key(key, value);

	each_key(i, t, header)
	{
		if (!strcmp(t->scan.items.v[i].key, key)) {
			replace_item(t, i, text);
			return;
		}
	}
	conf_text_insert(t, conf_text_end(t, header), text);
}

static void add_item_lines(const struct conf_text *t, size_t i, struct buf *out)
{
	const char *behind = behind_header(t, i);
	unsigned line = t->scan.items.v[i].line;

	if (behind) {
		struct slice s = t->lines.v[line++ - 1];

		s.n -= behind - s.p;
		s.p = behind;
		s = slice_trim(s);
		buf_addf(out, "\t%.*s\n", SLICE_ARG(s));
	}
	for (; line < item_end(t, i); line++)
		buf_add_slice(out, t->lines.v[line - 1]);
}

void conf_text_keys(const struct conf_text *t, unsigned header, const struct strvec *skip,
		    struct buf *out)
{
	each_key(i, t, header)
	{
		if (!strvec_has(skip, t->scan.items.v[i].key))
			add_item_lines(t, i, out);
	}
}

void conf_text_write(const struct conf_text *t, struct buf *out)
{
	for (unsigned line = 1; line <= t->lines.n + 1; line++) {
		bool replaced = false;

		vec_each (edit, &t->edits) {
			if (edit->line == line && !edit->replaces)
				buf_adds(out, edit->text);
		}
		vec_each (edit, &t->edits) {
			if (edit->line == line && edit->replaces) {
				buf_adds(out, edit->text);
				replaced = true;
			}
		}
		if (!replaced && line <= t->lines.n)
			buf_add_slice(out, t->lines.v[line - 1]);
	}
}
