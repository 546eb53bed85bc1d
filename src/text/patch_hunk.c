// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/patch_parse.h"

static bool take(struct slice *s, const char *word)
{
	if (!slice_starts(*s, word))
		return false;
	s->p += strlen(word);
	s->n -= strlen(word);
	return true;
}

static bool take_number(struct slice *s, uint32_t *out)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		v = v * 10 + (uint64_t)(s->p[i] - '0');
		if (v > PATCH_MAX_LINE)
			return false;
	}
	*out = (uint32_t)v;
	s->p += i;
	s->n -= i;
	return i > 0;
}

/* "start[,count]" */
static bool take_range(struct slice *s, uint32_t *start, uint32_t *count)
{
	*count = 1;
	if (!take_number(s, start))
		return false;
	return !take(s, ",") || take_number(s, count);
}

bool hunk_head(struct slice line, struct hunk *h)
{
	struct hunk tmp = { .head = line };
	struct slice s = line;

	if (!take(&s, "@@ -") || !take_range(&s, &tmp.old_start, &tmp.old_count) ||
	    !take(&s, " +") || !take_range(&s, &tmp.new_start, &tmp.new_count) ||
	    !take(&s, " @@"))
		return false;
	tmp.section = slice_trim(s);
	if (h)
		*h = tmp;
	return true;
}

/* ' ', '-', '+'; 0 for what cannot stand in a hunk. A blank line lost its ' '. */
static char operator_of(struct slice line)
{
	switch (line.p[0]) {
	case ' ':
	case '-':
	case '+':
		return line.p[0];
	case '\n':
		return ' ';
	case '\r':
		return line.n == 2 && line.p[1] == '\n' ? ' ' : 0;
	default:
		return 0;
	}
}

static bool is_mark(struct slice line)
{
	return line.n >= 12 && line.p[0] == '\\' && line.p[1] == ' ';
}

/* The mark "\ No newline at end of file" takes the LF from the line before. */
static int take_mark(struct parser *ps, struct slice line)
{
	struct patch_line *l = &ps->lines.v[ps->lines.n - 1];

	if (l->no_eol)
		return parser_fail(ps, ps->line,
				   "cannot accept two marks after one line");
	l->no_eol = true;
	if (l->n && l->p[l->n - 1] == '\n')
		l->n--;
	if (!l->n)
		return parser_fail(ps, ps->line,
				   "cannot accept an empty line that has no end");
	parser_skip(ps, line);
	return 0;
}

static int add_line(struct parser *ps, struct slice line, char op)
{
	size_t skip = line.p[0] == op;

	if (line.p[line.n - 1] != '\n')
		return parser_fail(ps, ps->line,
				   "cannot accept a hunk's line without its "
				   "end: the patch is cut off");
	vec_push(&ps->lines, (struct patch_line){ .p = line.p + skip,
						  .n = (uint32_t)(line.n - skip),
						  .op = op });
	parser_skip(ps, line);
	return 0;
}

static void count_context(struct hunk *h)
{
	uint32_t i;

	for (i = 0; i < h->nlines && h->lines[i].op == ' '; i++)
		;
	h->prefix = i;
	for (i = h->nlines; i > 0 && h->lines[i - 1].op == ' '; i--)
		;
	h->suffix = h->nlines - i;
}

static int too_short(struct parser *ps, const struct hunk *h, uint32_t old_left,
		     uint32_t new_left)
{
	return parser_fail(ps, ps->line,
			   "cannot find all lines of the hunk of line %u: its header "
			   "counts %u old and %u new ones, %u and %u are missing",
			   h->line, h->old_count, h->new_count, old_left, new_left);
}

static int parse_body(struct parser *ps, struct hunk *h)
{
	uint32_t old_left = h->old_count, new_left = h->new_count;
	struct slice line;
	int rc;

	while (old_left || new_left) {
		char op;

		line = parser_peek(ps);
		if (!line.n)
			return too_short(ps, h, old_left, new_left);
		if (is_mark(line) && ps->lines.n) {
			rc = take_mark(ps, line);
			if (rc)
				return rc;
			continue;
		}
		op = operator_of(line);
		if (!op || (op != '+' && !old_left) || (op != '-' && !new_left))
			return too_short(ps, h, old_left, new_left);
		old_left -= op != '+';
		new_left -= op != '-';
		rc = add_line(ps, line, op);
		if (rc)
			return rc;
	}
	line = parser_peek(ps);
	if (line.n && is_mark(line) && ps->lines.n)
		return take_mark(ps, line);
	return 0;
}

/* No line after one that ends the file, on either side. */
static int check_marks(struct parser *ps, const struct hunk *h)
{
	bool old_end = false, new_end = false;

	for (uint32_t i = 0; i < h->nlines; i++) {
		const struct patch_line *l = &h->lines[i];

		if ((old_end && l->op != '+') || (new_end && l->op != '-'))
			return parser_fail(
				ps, h->line,
				"cannot accept lines after the end of the file");
		if (l->no_eol) {
			old_end |= l->op != '+';
			new_end |= l->op != '-';
		}
	}
	return 0;
}

/*
 * What follows the last line must not look like one more: then the counts are
 * too small, and tools that trust them would drop the rest in silence.
 */
static int check_end(struct parser *ps, const struct hunk *h)
{
	struct slice line = parser_peek(ps), text = line_text(line);
	bool more = false;

	if (!line.n)
		return 0;
	if (line.p[0] == '\\' && !is_mark(line))
		return parser_fail(ps, ps->line, "cannot read the mark '%.*s'",
				   SLICE_ARG(shown(text)));
	if (line.p[0] == '+')
		more = true;
	else if (line.p[0] == '-')
		more = !slice_eqs(text, "--") && !slice_eqs(text, "-- ") &&
		       !slice_starts(text, "---");
	else if (line.p[0] == ' ')
		more = slice_trim(text).n > 0;
	if (more)
		return parser_fail(ps, ps->line,
				   "cannot place a line after the hunk of line %u: its "
				   "header counts %u old and %u new ones",
				   h->line, h->old_count, h->new_count);
	return 0;
}

static int check_numbers(struct parser *ps, const struct hunk *h)
{
	if (!h->old_count && !h->new_count)
		return parser_fail(ps, h->line, "cannot accept a hunk without lines");
	if ((h->old_count && !h->old_start) || (h->new_count && !h->new_start))
		return parser_fail(
			ps, h->line,
			"cannot accept line 0 for a hunk that has lines there");
	return 0;
}

static int parse_hunk(struct parser *ps, struct hunk *h)
{
	const char *body = ps->at;
	int rc;

	ps->lines.n = 0;
	rc = check_numbers(ps, h);
	if (!rc)
		rc = parse_body(ps, h);
	if (rc)
		return rc;
	h->body = (struct slice){ body, (size_t)(ps->at - body) };
	h->nlines = (uint32_t)ps->lines.n;
	h->lines = arena_array(ps->arena, h->nlines, sizeof(*h->lines));
	memcpy(h->lines, ps->lines.v, h->nlines * sizeof(*h->lines));
	count_context(h);
	if (h->prefix == h->nlines)
		return parser_fail(ps, h->line, "cannot accept a hunk that changes nothing");
	rc = check_marks(ps, h);
	return rc ? rc : check_end(ps, h);
}

int parse_hunks(struct parser *ps, struct change *c)
{
	struct slice line;

	ps->hunks.n = 0;
	while ((line = parser_peek(ps)).n &&
	       slice_starts(line, ps->hunks.n ? "@@ -" : "@")) {
		struct hunk h;
		int rc;

		if (!hunk_head(line, &h))
			return parser_fail(ps, ps->line,
					   "cannot read the hunk header '%.*s'",
					   SLICE_ARG(shown(line_text(line))));
		h.line = ps->line;
		parser_skip(ps, line);
		rc = parse_hunk(ps, &h);
		if (rc)
			return rc;
		vec_push(&ps->hunks, h);
	}
	c->nhunks = (uint32_t)ps->hunks.n;
	c->hunks = arena_array(ps->arena, c->nhunks, sizeof(*c->hunks));
	if (c->nhunks)
		memcpy(c->hunks, ps->hunks.v, c->nhunks * sizeof(*c->hunks));
	return 0;
}

static bool binary_block_head(struct slice line)
{
	struct slice s = line_text(line);
	uint32_t n;

	return (take(&s, "literal ") || take(&s, "delta ")) && take_number(&s, &n) &&
	       !s.n;
}

/* "literal N" or "delta N", lines of base 85, a blank line. */
static int skip_binary_block(struct parser *ps)
{
	struct slice line = parser_peek(ps);

	if (!binary_block_head(line))
		return parser_fail(ps, ps->line, "cannot read the binary patch");
	parser_skip(ps, line);
	for (;;) {
		line = parser_peek(ps);
		if (!line_text(line).n)
			break;
		/* A length letter, then five letters for every four bytes. */
		if (line_text(line).n % 5 != 1)
			return parser_fail(ps, ps->line, "cannot read the binary patch");
		parser_skip(ps, line);
	}
	parser_skip(ps, line);
	return 0;
}

int parse_binary(struct parser *ps, struct change *c)
{
	const char *from = ps->at;
	int rc;

	c->binary = BINARY_DATA;
	parser_skip(ps, parser_peek(ps));
	rc = skip_binary_block(ps);
	if (!rc && binary_block_head(parser_peek(ps)))
		rc = skip_binary_block(ps);
	c->binary_data = (struct slice){ from, (size_t)(ps->at - from) };
	return rc;
}
