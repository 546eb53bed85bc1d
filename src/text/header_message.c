// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/header_priv.h"

/* A note of more lines than that is none: its bracket was never closed. */
#define NOTE_MAX_LINES 64

enum line_kind { LINE_BLANK, LINE_FIELD, LINE_FOLD, LINE_NOTE, LINE_MARK, LINE_PROSE };

struct line {
	struct slice raw; /* with its LF */
	enum line_kind kind;
	unsigned note; /* LINE_NOTE: lines that belong to it, 0 behind the first */
};

struct message {
	VEC(struct line) lines;
	unsigned at; /* of the first, in the file */
};

static bool is_mark(struct slice t)
{
	return slice_starts(t, "(cherry picked from ") ||
	       slice_starts(t, "(backported from ");
}

/* Lines of the note that begins here; 0 when it is none: "[1] https://…", "[...]". */
static unsigned note_length(const struct message *m, size_t i)
{
	long depth = 0;

	for (size_t k = i; k < m->lines.n && k < i + NOTE_MAX_LINES; k++) {
		struct slice t = slice_trim(m->lines.v[k].raw);

		for (size_t c = 0; c < t.n; c++) {
			depth += (t.p[c] == '[') - (t.p[c] == ']');
			if (!depth && c + 1 < t.n)
				return 0;
		}
		if (!depth)
			return k == i && (slice_eqs(t, "[...]") ||
					  slice_eqs(t, "[ ... ]"))
				       ? 0
				       : (unsigned)(k - i) + 1;
	}
	return 0;
}

static void classify(struct message *m)
{
	for (size_t i = 0; i < m->lines.n; i++) {
		struct line *l = &m->lines.v[i];
		struct slice t = slice_trim(l->raw), name, value;
		unsigned n = t.n && l->raw.p[0] == '[' ? note_length(m, i) : 0;

		for (unsigned k = 0; k < n; k++)
			m->lines.v[i + k].kind = LINE_NOTE;
		l->note = n;
		if (n)
			i += n - 1;
		else if (!t.n)
			l->kind = LINE_BLANK;
		else if (l->raw.p[0] == ' ' || l->raw.p[0] == '\t')
			l->kind = LINE_FOLD;
		else if (is_mark(t))
			l->kind = LINE_MARK;
		else
			l->kind = parse_field(l->raw, &name, &value) ? LINE_FIELD
								     : LINE_PROSE;
	}
}

static bool is_sign_off(const struct line *l)
{
	struct slice name, value;

	return l->kind == LINE_FIELD && parse_field(l->raw, &name, &value) &&
	       name_is(name, "Signed-off-by");
}

/*
 * Whether lines @from to @to are trailers: nothing but fields, notes and marks, or,
 * as git has it, a last paragraph with a sign-off and no more than thrice as much prose.
 */
static bool are_trailers(const struct message *m, size_t from, size_t to)
{
	size_t fields = 0, prose = 0;
	bool signed_off = false;

	for (size_t i = from; i < to; i++) {
		const struct line *l = &m->lines.v[i];

		fields += l->kind == LINE_FIELD;
		prose += l->kind == LINE_PROSE || (l->kind == LINE_FOLD && i == from);
		signed_off |= is_sign_off(l);
	}
	if (!fields || !prose)
		return fields;
	for (size_t i = to; i < m->lines.n; i++) {
		if (m->lines.v[i].kind != LINE_BLANK)
			return false;
	}
	return signed_off && fields * 3 >= prose;
}

static void add_note(struct header *h, const struct message *m, size_t i)
{
	const struct line *l = &m->lines.v[i], *last = l + l->note - 1;
	struct slice t = slice_trim((struct slice){
		l->raw.p, (size_t)(last->raw.p + last->raw.n - l->raw.p) });

	t = slice_trim((struct slice){ t.p + 1, t.n - 2 });
	/* Says where it is from, not what was changed. */
	if (slice_starts(t, "Upstream commit ") || slice_starts(t, "upstream commit "))
		return;
	vec_push(&h->notes, t);
	vec_push(&h->note_lines, m->at + (unsigned)i);
}

static struct slice trailer_value(struct header *h, struct slice value, struct slice raw)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest = raw, line;

	slice_line(&rest, &line);
	if (!rest.n)
		return value;
	buf_add_slice(&b, value);
	while (slice_line(&rest, &line)) {
		buf_addc(&b, ' ');
		buf_add_slice(&b, slice_trim(line));
	}
	return (struct slice){ arena_dup(&h->arena, b.data, b.len), b.len };
}

static void add_trailer(struct header *h, const struct message *m, size_t i, size_t to)
{
	const struct line *l = &m->lines.v[i];
	struct trailer t = { .line = m->at + (unsigned)i, .raw = l->raw };
	struct slice value;

	parse_field(l->raw, &t.name, &value);
	for (size_t k = i + 1; k < to && m->lines.v[k].kind == LINE_FOLD; k++)
		t.raw.n += m->lines.v[k].raw.n;
	t.value = trailer_value(h, value, t.raw);
	vec_push(&h->trailers, t);
}

static void see_paragraph(struct header *h, const struct message *m, size_t from,
			  size_t to)
{
	/* The first line of a message without fields is its title, "mm: fix x". */
	bool title = !from && to == 1 && !h->fields.n;
	bool trailers = !title && are_trailers(m, from, to);

	for (size_t i = from; i < to; i++) {
		if (m->lines.v[i].note)
			add_note(h, m, i);
		else if (trailers && m->lines.v[i].kind == LINE_FIELD)
			add_trailer(h, m, i, to);
	}
	h->after_trailers = trailers;
}

void parse_message(struct header *h, struct slice message, unsigned at)
{
	struct message m = { .at = at };
	struct slice rest = message, line;
	size_t to;

	while (slice_line(&rest, &line))
		vec_push(&m.lines, (struct line){ .raw = line, .kind = LINE_PROSE });
	classify(&m);
	h->trailers_end = (size_t)(message.p - h->bytes.p);
	for (size_t from = 0; from < m.lines.n; from = to + (to == from)) {
		for (to = from; to < m.lines.n && m.lines.v[to].kind != LINE_BLANK; to++)
			;
		if (to == from)
			continue;
		see_paragraph(h, &m, from, to);
		line = m.lines.v[to - 1].raw;
		h->trailers_end = (size_t)(line.p + line.n - h->bytes.p);
	}
	vec_release(&m.lines);
}
