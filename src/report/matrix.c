// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/matrix.h"

#define MAX_LABEL 24 /* columns of a label; longer ones are cut */
#define MAX_BASE  40

static const struct {
	const char *utf8, *ascii, *word;
	enum tone tone;
} glyphs[] = {
	[TALLY_PASS] = { "✓", "+", "pass", TONE_GOOD },
	[TALLY_RUNNING] = { "▸", ">", "running", TONE_BUSY },
	[TALLY_FAIL] = { "✗", "x", "fail", TONE_BAD },
	[TALLY_ERROR] = { "!", "!", "error", TONE_BROKEN },
	[TALLY_SKIP] = { "–", "-", "skip", TONE_FAINT },
	[TALLY_NONE] = { "·", ".", "not run", TONE_FAINT },
	[TALLY_STALE] = { "~", "~", "stale", TONE_STALE },
};

void matrix_init(struct matrix *m, const struct style *style)
{
	*m = (struct matrix){ .style = *style };
}

void matrix_release(struct matrix *m)
{
	vec_each (r, &m->rows) {
		free(r->label);
		free(r->base);
		free(r->cells);
	}
	vec_release(&m->rows);
	strvec_release(&m->heads);
}

/* @s as safe text of at most @cols columns. */
static char *bounded(const struct matrix *m, const char *s, size_t cols)
{
	struct buf b = BUF_INIT;

	show_line(&b, slice_str(s), style_form(&m->style));
	if (show_width(buf_slice(&b)) > cols) {
		buf_truncate(&b, show_fit(buf_slice(&b), cols - 2));
		buf_adds(&b, "..");
	}
	return buf_take(&b);
}

void matrix_head(struct matrix *m, const char *name)
{
	_cleanup_free_ char *safe = bounded(m, name, MAX_LABEL);

	BUG_ON(m->rows.n);
	strvec_push(&m->heads, safe);
}

static struct tally *add_row(struct matrix *m, char *label, char *base, bool sub)
{
	struct tally *cells = xcalloc(m->heads.n + 1, sizeof(*cells));

	vec_push(&m->rows, (struct matrix_row){ label, base, sub, cells });
	return cells;
}

struct tally *matrix_row(struct matrix *m, const char *label, const char *base)
{
	return add_row(m, bounded(m, label, MAX_LABEL), bounded(m, base, MAX_BASE),
		       false);
}

struct tally *matrix_sub(struct matrix *m, const char *label)
{
	return add_row(m, bounded(m, label, MAX_BASE), xstrdup(""), true);
}

static unsigned tally_total(const struct tally *t)
{
	unsigned sum = 0;

	for (size_t i = 0; i < TALLY_STATES; i++)
		sum += t->n[i];
	return sum;
}

static size_t add_count(struct buf *out, const struct style *s, size_t glyph, unsigned n,
			unsigned total)
{
	char count[16] = "";

	if (total > 1)
		snprintf(count, sizeof(count), "%u", n);
	style_tone(out, s, glyphs[glyph].tone);
	buf_adds(out,
		 s->charset == STYLE_UTF8 ? glyphs[glyph].utf8 : glyphs[glyph].ascii);
	buf_adds(out, count);
	style_tone(out, s, TONE_NORMAL);
	return 1 + strlen(count);
}

size_t tally_add(struct buf *out, const struct tally *t, const struct style *s)
{
	unsigned total = tally_total(t);
	size_t cols = 0;

	for (size_t i = 0; i < TALLY_STATES; i++) {
		if (t->n[i])
			cols += add_count(out, s, i, t->n[i], total);
	}
	return cols;
}

struct layout {
	size_t gap;
	bool base_below; /* the base has a line of its own below its row */
	size_t whole;	 /* headings up to this length are not broken */
	size_t label, base;
	size_t *content; /* columns that the tallies of each column need */
	size_t *col;
};

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t str_width(const char *s)
{
	return show_width(slice_str(s));
}

static void measure_content(const struct matrix *m, size_t *content)
{
	for (size_t c = 0; c < m->heads.n; c++) {
		content[c] = m->min_col ? m->min_col[c] : 0;
		vec_each (r, &m->rows) {
			_cleanup_buf_ struct buf b = BUF_INIT;

			content[c] = max_size(content[c],
					      tally_add(&b, &r->cells[c], &m->style));
		}
		if (m->min_col)
			m->min_col[c] = content[c];
	}
}

/* The two columns on the left; names of differing cells reach across both. */
static void measure_left(const struct matrix *m, struct layout *l)
{
	size_t sub = 0;

	l->label = l->base = 4;
	vec_each (r, &m->rows) {
		if (r->sub)
			sub = max_size(sub, str_width(r->label) + 2);
		else
			l->label = max_size(l->label, str_width(r->label));
		l->base = max_size(l->base, str_width(r->base));
	}
	if (l->base_below)
		l->label = max_size(l->label, sub);
	else if (sub > l->label + l->gap + l->base)
		l->base = sub - l->label - l->gap;
}

static size_t left_width(const struct layout *l)
{
	return l->base_below ? l->label : l->label + l->gap + l->base;
}

static size_t total_width(const struct matrix *m, const struct layout *l)
{
	size_t sum = left_width(l);

	for (size_t c = 0; c < m->heads.n; c++)
		sum += l->gap + l->col[c];
	return sum;
}

/* The width of column @c when its heading is broken into two lines. */
static size_t half_head(const struct matrix *m, const struct layout *l, size_t c)
{
	size_t head = str_width(m->heads.v[c]);

	return max_size(l->content[c], head <= l->whole ? head : (head + 1) / 2);
}

/* Breaks headings, the longest first, until the matrix fits; false if it cannot. */
static bool fit_heads(const struct matrix *m, struct layout *l)
{
	for (size_t c = 0; c < m->heads.n; c++)
		l->col[c] = max_size(l->content[c], str_width(m->heads.v[c]));
	while (total_width(m, l) > style_width(&m->style)) {
		size_t widest = m->heads.n;

		for (size_t c = 0; c < m->heads.n; c++) {
			if (l->col[c] > half_head(m, l, c) &&
			    (widest == m->heads.n || l->col[c] > l->col[widest]))
				widest = c;
		}
		if (widest == m->heads.n)
			return false;
		l->col[widest] = half_head(m, l, widest);
	}
	return true;
}

static void choose_layout(const struct matrix *m, struct layout *l)
{
	static const struct {
		size_t gap, whole;
		bool base_below;
	} tries[] = { { 2, 8, false }, { 1, 8, false }, { 1, 6, false }, { 2, 8, true },
		      { 1, 8, true },  { 1, 0, false }, { 1, 0, true } };

	measure_content(m, l->content);
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		l->gap = tries[i].gap;
		l->whole = tries[i].whole;
		l->base_below = tries[i].base_below;
		measure_left(m, l);
		if (fit_heads(m, l))
			return;
	}
}

/* A line being written; blanks wait until something stands behind them. */
struct line {
	struct buf *out;
	size_t col;
};

static void line_goto(struct line *at, size_t col)
{
	if (col > at->col)
		buf_addf(at->out, "%*s", (int)(col - at->col), "");
	at->col = max_size(at->col, col);
}

static void line_text(struct line *at, const struct style *s, enum tone tone, size_t col,
		      struct slice text)
{
	if (!text.n)
		return;
	line_goto(at, col);
	style_add(at->out, s, tone, text);
	at->col += show_width(text);
}

static size_t col_start(const struct layout *l, size_t first, size_t c)
{
	size_t x = left_width(l) + l->gap;

	for (size_t i = first; i < c; i++)
		x += l->col[i] + l->gap;
	return x;
}

static bool is_wide(const struct matrix *m, const struct layout *l, size_t c)
{
	return str_width(m->heads.v[c]) > l->col[c];
}

/*
 * A heading wider than its column stands whole on the upper of two lines where the next
 * such one is far enough; nothing is below it then. Else it is broken in two.
 */
static bool stands_whole(const struct matrix *m, const struct layout *l, size_t first,
			 size_t end, size_t c)
{
	size_t right = style_width(&m->style) + 1, next = c + 1;

	while (next < end && !is_wide(m, l, next))
		next++;
	if (next < end)
		right = col_start(l, first, next);
	return col_start(l, first, c) + str_width(m->heads.v[c]) < right;
}

/* One of the two lines; false when there is nothing to stand on the upper one. */
static bool render_heads(const struct matrix *m, const struct layout *l, size_t first,
			 size_t end, bool upper, struct buf *out)
{
	struct line at = { out, 0 };
	bool any = false;

	if (!upper)
		line_text(&at, &m->style, TONE_HEAD, 0, slice_str("line"));
	if (!upper && !l->base_below)
		line_text(&at, &m->style, TONE_HEAD, l->label + l->gap,
			  slice_str("base"));
	for (size_t c = first; c < end; c++) {
		struct slice head = slice_str(m->heads.v[c]);
		bool wide = is_wide(m, l, c);
		bool whole = !wide || stands_whole(m, l, first, end, c);
		size_t n = whole ? head.n : show_fit(head, (show_width(head) + 1) / 2);

		if (upper ? !wide : wide && whole)
			continue;
		any = true;
		if (upper)
			head.n = n;
		else if (wide)
			head = (struct slice){ head.p + n, head.n - n };
		line_text(&at, &m->style, TONE_HEAD, col_start(l, first, c), head);
	}
	if (any || !upper)
		buf_addc(out, '\n');
	return any;
}

static void render_row(const struct matrix *m, const struct layout *l,
		       const struct matrix_row *r, size_t first, size_t end,
		       struct buf *out)
{
	struct line at = { out, 0 };

	line_text(&at, &m->style, r->sub ? TONE_NORMAL : TONE_HEAD, r->sub ? 2 : 0,
		  slice_str(r->label));
	if (!l->base_below)
		line_text(&at, &m->style, TONE_NORMAL, l->label + l->gap,
			  slice_str(r->base));
	for (size_t c = first; c < end; c++) {
		if (!tally_total(&r->cells[c]))
			continue;
		line_goto(&at, col_start(l, first, c));
		at.col += tally_add(out, &r->cells[c], &m->style);
	}
	buf_addc(out, '\n');
	if (l->base_below && *r->base && !first) {
		at = (struct line){ out, 0 };
		line_text(&at, &m->style, TONE_FAINT, 2, slice_str(r->base));
		buf_addc(out, '\n');
	}
}

/* The columns from @first that fit into the width: one at least. */
static size_t block_end(const struct matrix *m, const struct layout *l, size_t first)
{
	size_t end = first;

	while (end < m->heads.n &&
	       (end == first ||
		col_start(l, first, end) + l->col[end] <= style_width(&m->style)))
		end++;
	return end;
}

void matrix_render(const struct matrix *m, struct buf *out)
{
	size_t *widths = xcalloc(2 * m->heads.n + 1, sizeof(*widths));
	struct layout l = { .content = widths, .col = widths + m->heads.n };
	size_t first = 0, end;

	choose_layout(m, &l);
	do {
		end = block_end(m, &l, first);
		if (first)
			buf_addc(out, '\n');
		render_heads(m, &l, first, end, true, out);
		render_heads(m, &l, first, end, false, out);
		vec_each (r, &m->rows)
			render_row(m, &l, r, first, end, out);
		first = end;
	} while (first < m->heads.n);
	free(widths);
}

/* One entry of the legend; goes on in a new line where it would not fit. */
static void add_legend(const struct matrix *m, size_t glyph, size_t *col, struct buf *out)
{
	const char *word = glyphs[glyph].word;

	if (*col && *col + 4 + strlen(word) > style_width(&m->style)) {
		buf_addc(out, '\n');
		*col = 0;
	}
	if (*col)
		buf_adds(out, "  ");
	add_count(out, &m->style, glyph, 0, 1);
	buf_addf(out, " %s", word);
	*col += (*col ? 4 : 2) + strlen(word);
}

void matrix_legend(const struct matrix *m, struct buf *out)
{
	struct tally sum = { 0 };
	size_t col = 0;

	vec_each (r, &m->rows) {
		for (size_t c = 0; c < m->heads.n; c++) {
			for (size_t i = 0; i < TALLY_STATES; i++)
				sum.n[i] += r->cells[c].n[i];
		}
	}
	for (size_t i = 0; i < TALLY_STATES; i++) {
		if (sum.n[i])
			add_legend(m, i, &col, out);
	}
	if (col)
		buf_addc(out, '\n');
}
