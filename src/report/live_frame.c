// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/live_frame.h"

#include "report/matrix.h"

#define MAX_RUNNING  4 /* cells named below the matrix */
#define MAX_STEPS    4
#define MAX_PROBLEMS 3

struct run_counts {
	size_t done, running, reused, failed, broken;
};

static void count_cells(const struct run *r, struct run_counts *n)
{
	*n = (struct run_counts){ 0 };
	vec_each (c, &r->cells) {
		bool decided = c->state == LIVE_REUSED || c->state == LIVE_DECIDED;

		n->done += decided;
		n->running += c->state == LIVE_RUNNING;
		n->reused += c->state == LIVE_REUSED;
		n->failed += decided && c->status == VERDICT_FAIL;
		n->broken += decided && c->status == VERDICT_ERROR;
	}
}

struct mean {
	double sum;
	size_t n;
};

static double mean_of(const struct mean *m)
{
	return m->n ? m->sum / (double)m->n : -1;
}

/* What a cell will have taken, by the best that is known; < 0: nothing is. */
static double expected(const struct run_cell *c, const struct mean *checks,
		       const struct mean *all)
{
	if (c->expect_s > 0)
		return c->expect_s;
	if (checks[c->check].n)
		return mean_of(&checks[c->check]);
	return mean_of(all);
}

double run_time_left(const struct run *r, double now)
{
	struct mean *checks = xcalloc(r->checks.n + 1, sizeof(*checks)), all = { 0 };
	double work = 0, longest = 0;
	size_t running = 0;

	vec_each (c, &r->cells) {
		if (c->state != LIVE_DECIDED || c->status == VERDICT_SKIP)
			continue;
		checks[c->check].sum += c->seconds;
		checks[c->check].n++;
		all.sum += c->seconds;
		all.n++;
	}
	vec_each (c, &r->cells) {
		double left = expected(c, checks, &all);

		if (c->state != LIVE_QUEUED && c->state != LIVE_RUNNING)
			continue;
		if (left < 0) {
			work = -1;
			break;
		}
		if (c->state == LIVE_RUNNING) {
			running++;
			left -= now - c->started;
		}
		left = left > 0 ? left : 0;
		longest = left > longest ? left : longest;
		work += left;
	}
	free(checks);
	if (work < 0)
		return -1;
	work /= running ? (double)running : 1;
	return work > longest ? work : longest;
}

void run_cell_name(const struct run *r, const struct run_cell *c, struct buf *out)
{
	const char *parts[] = { c->plan.target, c->plan.check, c->plan.arch,
				c->plan.toolchain, c->plan.config };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i])
			continue;
		if (i)
			buf_addc(out, ' ');
		show_line(out, slice_str(parts[i]), style_form(&r->style));
	}
}

void run_add_time(double seconds, struct buf *out)
{
	unsigned long s = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;

	if (s >= 3600)
		buf_addf(out, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	else
		buf_addf(out, "%lu:%02lu", s / 60, s % 60);
}

static void add_amount(const struct run_step *s, uint64_t n, bool with_unit,
		       struct buf *out)
{
	if (!strcmp(s->unit, "bytes"))
		buf_addf(out, "%.1f%s", (double)n / (1 << 20), with_unit ? " MiB" : "");
	else
		buf_addf(out, "%llu%s%s", (unsigned long long)n, with_unit ? " " : "",
			 with_unit ? s->unit : "");
}

void run_step_amount(const struct run_step *s, struct buf *out)
{
	if (!s->total) {
		if (s->done)
			add_amount(s, s->done, true, out);
		return;
	}
	add_amount(s, s->done, false, out);
	buf_adds(out, " of ");
	add_amount(s, s->total, true, out);
	buf_addf(out, ", %u %%", (unsigned)(100.0 * (double)s->done / (double)s->total));
}

static enum tally_state tally_state(const struct run_cell *c)
{
	static const enum tally_state states[] = {
		[VERDICT_NONE] = TALLY_NONE,   [VERDICT_PASS] = TALLY_PASS,
		[VERDICT_FAIL] = TALLY_FAIL,   [VERDICT_SKIP] = TALLY_SKIP,
		[VERDICT_ERROR] = TALLY_ERROR,
	};

	if (c->state == LIVE_QUEUED)
		return TALLY_NONE;
	return c->state == LIVE_RUNNING ? TALLY_RUNNING : states[c->status];
}

/* Which rows matter most where not all fit; lower is shown first. */
static void rank_rows(const struct run *r, unsigned *rank)
{
	for (size_t t = 0; t < r->targets.n; t++)
		rank[t] = 3;
	vec_each (c, &r->cells) {
		static const unsigned ranks[TALLY_STATES] = {
			[TALLY_RUNNING] = 0, [TALLY_FAIL] = 1, [TALLY_ERROR] = 1,
			[TALLY_NONE] = 2,    [TALLY_PASS] = 3, [TALLY_SKIP] = 3,
			[TALLY_STALE] = 2,
		};
		unsigned rk = ranks[tally_state(c)];

		if (rk < rank[c->target])
			rank[c->target] = rk;
	}
}

/* Marks the @max rows that matter most. */
static void choose_rows(const struct run *r, size_t max, bool *shown)
{
	unsigned *rank = xcalloc(r->targets.n + 1, sizeof(*rank));
	size_t n = 0;

	rank_rows(r, rank);
	memset(shown, 0, r->targets.n * sizeof(*shown));
	for (unsigned level = 0; level <= 3; level++) {
		for (size_t t = 0; t < r->targets.n && n < max; t++) {
			if (rank[t] == level) {
				shown[t] = true;
				n++;
			}
		}
	}
	free(rank);
}

static void render_rows(const struct run *r, const struct style *style, const bool *shown,
			struct buf *out)
{
	struct tally **rows = xcalloc(r->targets.n + 1, sizeof(*rows));
	struct matrix m;

	matrix_init(&m, style);
	m.min_col = r->min_col;
	vec_each (check, &r->checks)
		matrix_head(&m, *check);
	for (size_t t = 0; t < r->targets.n; t++) {
		const char *base = r->bases.v[t] ? r->bases.v[t] : "no tree";

		if (shown[t])
			rows[t] = matrix_row(&m, r->targets.v[t], base);
	}
	vec_each (c, &r->cells) {
		if (shown[c->target])
			rows[c->target][c->check].n[tally_state(c)]++;
	}
	matrix_render(&m, out);
	matrix_release(&m);
	free(rows);
}

static size_t count_lines(const struct buf *b, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

/* As many rows as fit into @budget lines; a row may take several. */
static void add_matrix(const struct run *r, const struct style *style, size_t budget,
		       struct buf *out)
{
	bool *shown = xcalloc(r->targets.n + 1, sizeof(*shown));
	size_t start = out->len, rows = r->targets.n < budget ? r->targets.n : budget;

	for (; rows; rows--) {
		size_t hidden = r->targets.n - rows;

		choose_rows(r, rows, shown);
		render_rows(r, style, shown, out);
		if (hidden)
			buf_addf(out, "and %zu more\n", hidden);
		buf_addc(out, '\n');
		if (count_lines(out, start) <= budget)
			break;
		buf_truncate(out, start);
	}
	free(shown);
}

/* A line cut at the width; @text is safe to show. */
static void add_cut(const struct style *s, enum tone tone, const struct buf *text,
		    struct buf *out)
{
	struct slice line = buf_slice(text);
	size_t width = s->width > 2 ? s->width : 2;
	bool cut = show_width(line) > width;

	if (cut)
		line.n = show_fit(line, width - 2);
	style_tone(out, s, tone);
	buf_add_slice(out, line);
	buf_adds(out, cut ? ".." : "");
	style_tone(out, s, TONE_NORMAL);
	buf_addc(out, '\n');
}

static void add_status(const struct run *r, const struct style *s, double now,
		       struct buf *out)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	double left = run_time_left(r, now);
	struct run_counts n;

	count_cells(r, &n);
	buf_addf(&b, "%zu of %zu done", n.done, r->cells.n);
	if (n.reused)
		buf_addf(&b, " (%zu by evidence)", n.reused);
	if (n.running)
		buf_addf(&b, ", %zu running", n.running);
	if (n.failed)
		buf_addf(&b, ", %zu fail", n.failed);
	if (n.broken)
		buf_addf(&b, ", %zu error", n.broken);
	buf_adds(&b, "; ");
	run_add_time(now - r->started, &b);
	if (left > 0 && n.done < r->cells.n) {
		buf_adds(&b, ", about ");
		run_add_time(left, &b);
		buf_adds(&b, " left");
	}
	add_cut(s, n.failed || n.broken ? TONE_BAD : TONE_HEAD, &b, out);
}

static void add_running(const struct run *r, const struct style *s, double now,
			struct buf *out)
{
	size_t shown = 0;

	vec_each (c, &r->cells) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		if (c->state != LIVE_RUNNING)
			continue;
		if (shown++ == MAX_RUNNING)
			return;
		buf_adds(&b, "  ");
		run_add_time(now - c->started, &b);
		buf_adds(&b, "  ");
		run_cell_name(r, c, &b);
		add_cut(s, TONE_BUSY, &b, out);
	}
}

static void add_steps(const struct run *r, const struct style *s, double now,
		      struct buf *out)
{
	size_t shown = 0;

	vec_each (step, &r->steps) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		double spent = now - step->started;

		if (!step->what)
			continue;
		if (shown++ == MAX_STEPS)
			return;
		buf_adds(&b, "  ");
		run_add_time(spent, &b);
		buf_adds(&b, "  ");
		show_line(&b, slice_str(step->what), style_form(s));
		buf_adds(&b, "  ");
		run_step_amount(step, &b);
		if (step->total && step->done && step->done < step->total && spent >= 1) {
			buf_adds(&b, ", ");
			run_add_time(spent * (double)(step->total - step->done) /
					     (double)step->done,
				     &b);
			buf_adds(&b, " left");
		}
		add_cut(s, TONE_BUSY, &b, out);
	}
}

static void add_problems(const struct run *r, const struct style *s, struct buf *out)
{
	size_t first = r->problems.n > MAX_PROBLEMS ? r->problems.n - MAX_PROBLEMS : 0;

	for (size_t i = first; i < r->problems.n; i++) {
		const struct run_cell *c = &r->cells.v[r->problems.v[i]];
		_cleanup_buf_ struct buf b = BUF_INIT;

		buf_addf(&b, "  %s  ", verdict_name(c->status));
		run_cell_name(r, c, &b);
		if (c->reason) {
			buf_adds(&b, ": ");
			show_line(&b, slice_str(c->reason), style_form(s));
		}
		add_cut(s, c->status == VERDICT_ERROR ? TONE_BROKEN : TONE_BAD, &b, out);
	}
}

void run_frame(const struct run *r, double now, struct buf *out)
{
	_cleanup_buf_ struct buf foot = BUF_INIT;
	struct style style = r->style;
	size_t lines, height = r->height > 3 ? r->height - 1 : 2;

	/* A full last column makes some terminals wrap. */
	style.width = style.width ? style.width - 1 : 79;
	if (r->cells.n)
		add_status(r, &style, now, &foot);
	add_problems(r, &style, &foot);
	add_running(r, &style, now, &foot);
	add_steps(r, &style, now, &foot);
	lines = count_lines(&foot, 0);
	if (r->cells.n && lines < height && style.width >= STYLE_MIN_WIDTH)
		add_matrix(r, &style, height - lines, out);
	/* A terminal of a few lines gets the first of them. */
	for (size_t i = 0; i < foot.len && count_lines(out, 0) < height; i++)
		buf_addc(out, foot.data[i]);
}
