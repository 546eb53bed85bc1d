// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_diff.h"

static bool is_id(struct slice line)
{
	if (line.n != OID_HEX || line.p[line.n - 1] != '\n')
		return false;
	for (size_t i = 0; i + 1 < line.n; i++) {
		if (!strchr("0123456789abcdef", line.p[i]) || !line.p[i])
			return false;
	}
	return true;
}

/* Each diff stands below its commit's id; no line of a diff looks like one. */
static void split(struct diffs *d)
{
	struct slice rest = buf_slice(&d->text), line, *now = NULL;

	while (slice_line(&rest, &line)) {
		if (!is_id(line)) {
			if (now)
				now->n += line.n;
			continue;
		}
		now = arena_alloc(&d->arena, sizeof(*now));
		*now = (struct slice){ rest.p, 0 };
		line.n--;
		map_set(&d->by_id, line, now);
	}
}

/* The options for @s; -U would turn a raw diff into a patch. */
static void push_style(const struct diff_style *s, struct strvec *argv)
{
	strvec_push(argv, s->renames ? "-M" : "--no-renames");
	if (s->reverse)
		strvec_push(argv, "-R");
	if (s->raw)
		return;
	strvec_push(argv, "-p");
	strvec_push(argv, "--binary");
	strvec_pushf(argv, "--src-prefix=%s", s->old_prefix ? s->old_prefix : "a/");
	strvec_pushf(argv, "--dst-prefix=%s", s->new_prefix ? s->new_prefix : "b/");
	strvec_pushf(argv, "-U%u", s->context);
	if (s->abbrev)
		strvec_pushf(argv, "--abbrev=%u", s->abbrev);
	else
		strvec_push(argv, "--full-index");
}

int diffs_read(const struct gitrepo *r, const struct strvec *ids, const struct diff_style *style,
	       struct diffs *out, struct err *e)
{
	static const struct diff_style plain = { .context = 3 };
	static const char *const args[] = { "diff-tree", "--stdin", "-r", "--no-ext-diff",
					    "--no-textconv", "--no-color", NULL };
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_buf_ struct buf input = BUF_INIT;
	int rc;

	strvec_push_all(&argv, args);
	push_style(style ? style : &plain, &argv);
	for (size_t i = 0; i < ids->n; i++)
		buf_addf(&input, "%s\n", ids->v[i]);
	*out = (struct diffs){ 0 };
	rc = gitrepo_git(r, (const char *const *)argv.v, buf_slice(&input), &out->text, e);
	if (!rc)
		split(out);
	return rc;
}

void diffs_release(struct diffs *d)
{
	buf_release(&d->text);
	map_release(&d->by_id);
	arena_release(&d->arena);
}

struct slice diffs_get(const struct diffs *d, const char *id)
{
	const struct slice *s = map_get(&d->by_id, slice_str(id));

	return s ? *s : (struct slice){ "", 0 };
}

struct slice diffs_essence(struct diffs *d, const char *id)
{
	struct slice rest = diffs_get(d, id), line;
	_cleanup_buf_ struct buf b = BUF_INIT;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "index "))
			continue;
		if (slice_starts(line, "@@ "))
			line = SLICE("@@\n");
		buf_add_slice(&b, line);
	}
	return (struct slice){ arena_dup(&d->arena, buf_str(&b), b.len), b.len };
}

int diff_stat(const struct gitrepo *r, const char *id, bool renames, bool reverse,
	      struct buf *out, struct err *e)
{
	const char *const args[] = { "diff-tree", "--no-commit-id", "-r", "--stat=72",
				     "--summary", "--no-ext-diff", "--no-color",
				     renames ? "-M" : "--no-renames", id,
				     reverse ? "-R" : NULL, NULL };

	return gitrepo_git(r, args, (struct slice){ 0 }, out, e);
}
