// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply_tree.h"

/* Bytes of a run of the source's file; smaller: more runs, shorter ways within one. */
#ifndef RUN_BYTES
#define RUN_BYTES 2048
#endif
/* So few that a byte holds their line ends, and a constant: compilers make vectors of it. */
#define COUNTED 64

static uint32_t count_block(const char *p)
{
	uint8_t n = 0;

	for (size_t i = 0; i < COUNTED; i++)
		n += p[i] == '\n';
	return n;
}

static uint32_t count_line_ends(const char *p, const char *end)
{
	uint32_t n = 0;

	for (; end - p >= COUNTED; p += COUNTED)
		n += count_block(p);
	for (; p < end; p++)
		n += *p == '\n';
	return n;
}

/* Where line @k of a run begins, from 0; it has more than that. */
static const char *line_in(const struct line *run, uint32_t k)
{
	const char *p = run->p, *end = p + run->n;

	while (end - p >= COUNTED) {
		uint32_t n = count_block(p);

		if (n >= k)
			break;
		k -= n;
		p += COUNTED;
	}
	for (; k; k--)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	return p;
}

static int check_size(const struct file *f, struct err *e)
{
	if (f->base.bytes.n <= UINT32_MAX / 2)
		return 0;
	return err_set(e, ERR_LIMIT, "cannot patch '%.*s': it is too large",
		       SLICE_ARG(f->path));
}

static const char *behind_lf(const char *p, const char *end)
{
	const char *lf = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

	return lf ? lf + 1 : end;
}

int tree_runs(struct file *f, struct err *e)
{
	const char *p = f->base.bytes.p, *end = p ? p + f->base.bytes.n : p, *next;

	if (f->form != FORM_BYTES)
		return 0;
	if (check_size(f, e))
		return ERR_LIMIT;
	for (; p < end; p = next) {
		const char *sure = end - p > RUN_BYTES ? p + RUN_BYTES - 1 : end - 1;

		next = behind_lf(sure, end);
		lines_push(&f->lines,
			   (struct line){ p, (uint32_t)(next - p), count_line_ends(p, sure) });
	}
	f->form = FORM_RUNS;
	return 0;
}

static void list_run(struct lines *out, const struct line *run)
{
	const char *p = run->p, *end = p + run->n, *next;

	for (; p < end; p = next) {
		next = behind_lf(p, end);
		lines_push(out, (struct line){ p, (uint32_t)(next - p), 0 });
	}
}

void runs_to_lines(struct file *f)
{
	struct lines out = { 0 };

	if (f->form != FORM_RUNS)
		return;
	out.cap = lines_count(f) + 16;
	out.v = xreallocarray(NULL, out.cap, sizeof(*out.v));
	for (size_t i = 0; i < f->lines.n; i++)
		list_run(&out, &f->lines.v[i]);
	free(f->lines.v);
	f->lines = out;
	f->form = FORM_LINES;
}

int tree_split(struct file *f, struct err *e)
{
	int rc = tree_runs(f, e);

	if (!rc)
		runs_to_lines(f);
	return rc;
}

size_t lines_count(const struct file *f)
{
	size_t n = f->lines.n;

	for (size_t i = 0; f->form == FORM_RUNS && i < f->lines.n; i++)
		n += f->lines.v[i].more;
	return n;
}

/* Moves @s to the run that has line @at; @at is in the file. */
static void spot_seek(const struct lines *l, struct spot *s, size_t at)
{
	while (s->line > at)
		s->line -= l->v[--s->run].more + 1;
	while (at - s->line > l->v[s->run].more)
		s->line += l->v[s->run++].more + 1;
}

bool runs_match(const struct file *f, struct spot *s, size_t at, const struct line *want,
		size_t n)
{
	const struct line *run;
	const char *p, *end;

	spot_seek(&f->lines, s, at);
	run = &f->lines.v[s->run];
	p = line_in(run, (uint32_t)(at - s->line));
	end = run->p + run->n;
	for (size_t i = 0; i < n; i++) {
		if (p == end) {
			run++;
			p = run->p;
			end = p + run->n;
		}
		/* What has no LF is the last line: of both or of none. */
		if (!want[i].n || want[i].n > (size_t)(end - p) ||
		    memcmp(p, want[i].p, want[i].n) ||
		    (want[i].p[want[i].n - 1] != '\n' && p + want[i].n != end))
			return false;
		p += want[i].n;
	}
	return true;
}

void runs_list(const struct file *f, struct spot *s, size_t at, size_t n, struct lines *out)
{
	const struct line *run;
	const char *p, *end, *next;

	spot_seek(&f->lines, s, at);
	run = &f->lines.v[s->run];
	p = line_in(run, (uint32_t)(at - s->line));
	end = run->p + run->n;
	for (; n; n--, p = next) {
		if (p == end) {
			run++;
			p = run->p;
			end = p + run->n;
		}
		next = behind_lf(p, end);
		lines_push(out, (struct line){ p, (uint32_t)(next - p), 0 });
	}
}

bool runs_editable(const struct file *f, const struct line *ins, size_t n)
{
	const struct line *last = f->lines.n ? &f->lines.v[f->lines.n - 1] : NULL;

	if (f->form != FORM_RUNS || (last && last->p[last->n - 1] != '\n'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!ins[i].n || ins[i].p[ins[i].n - 1] != '\n')
			return false;
	}
	return true;
}

/* What is still to be read of a list of runs. */
struct rest {
	const struct line *next, *end;
	struct line run; /* what is left of the one before @next; n == 0: nothing */
};

/* Moves the next @n lines, or all, to @out; with NULL they are dropped. */
static void pass_lines(struct rest *r, size_t n, struct lines *out)
{
	while (n && (r->run.n || r->next < r->end)) {
		struct line part;

		if (!r->run.n)
			r->run = *r->next++;
		part = r->run;
		if (n <= part.more) {
			part.n = (uint32_t)(line_in(&part, (uint32_t)n) - part.p);
			part.more = (uint32_t)n - 1;
			r->run.more -= (uint32_t)n;
		}
		r->run.p += part.n;
		r->run.n -= part.n;
		n -= part.more + 1;
		if (out)
			lines_push(out, part);
	}
}

struct lines runs_edit(const struct lines *l, const struct edit *ed, size_t n,
		       const struct line *ins)
{
	struct rest rest = { l->v, l->n ? l->v + l->n : NULL, { 0 } };
	struct lines out = { 0 };
	size_t at = 0;

	out.cap = l->n + 4 * n + 16;
	out.v = xreallocarray(NULL, out.cap, sizeof(*out.v));
	for (size_t i = 0; i < n; i++) {
		pass_lines(&rest, ed[i].pos - at, &out);
		pass_lines(&rest, ed[i].ndel, NULL);
		for (size_t k = 0; k < ed[i].nins; k++)
			lines_push(&out, *ins++);
		at = ed[i].pos + ed[i].ndel;
	}
	pass_lines(&rest, SIZE_MAX, &out);
	return out;
}
