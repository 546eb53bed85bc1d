// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/patch.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/fsx.h"
#include "text/patch_parse.h"

struct slice parser_peek(const struct parser *ps)
{
	size_t left = (size_t)(ps->end - ps->at);
	const char *lf = left ? memchr(ps->at, '\n', left) : NULL;

	return (struct slice){ ps->at, lf ? (size_t)(lf - ps->at) + 1 : left };
}

void parser_skip(struct parser *ps, struct slice line)
{
	ps->at = line.p + line.n;
	ps->line++;
}

int parser_fail(struct parser *ps, unsigned line, const char *fmt, ...)
{
	char msg[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return err_set(ps->e, ERR_INPUT, "%s:%u: %s", ps->patch->name, line, msg);
}

struct slice line_text(struct slice line)
{
	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

struct slice shown(struct slice s)
{
	if (s.n > 80)
		s.n = 80;
	return s;
}

/*
 * What stands between changes: mail headers, messages, "Index:" lines. It is kept,
 * and watched for the kinds of diff that another tool would apply.
 */
struct garbage {
	const char *from; /* its first byte */
	const char *head; /* first line of a diff's preamble, or NULL */
	unsigned head_line;
	bool named;	/* a line named a file since the last change */
	bool command;	/* the last line was an ed or normal diff's command */
	bool star;	/* the last line began "*** " */
	bool star_dash; /* and the one before, and the last "--- " */
};

static struct slice line_after(const struct parser *ps, struct slice line)
{
	struct parser next = { .at = line.p + line.n, .end = ps->end };

	return parser_peek(&next);
}

/* A hunk's header that was damaged begins with "@" at least, and is not to be text. */
static bool starts_plain(const struct parser *ps, struct slice line)
{
	struct slice second = line_after(ps, line);

	return slice_starts(line, "--- ") && slice_starts(second, "+++ ") &&
	       slice_starts(line_after(ps, second), "@");
}

/* "12,13c", "4a", "3d2,4": a line of an ed script or the head of a normal hunk. */
static bool is_command(struct slice line, bool *normal)
{
	struct slice s = line_text(line);
	size_t i = 0;

	while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == ',' && i)))
		i++;
	if (!i || i >= s.n || !strchr("acdis", s.p[i]) || !s.p[i])
		return false;
	*normal = i + 1 < s.n;
	for (i++; i < s.n; i++) {
		if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != ',')
			return false;
	}
	return true;
}

static bool names_file(struct slice line)
{
	return slice_starts(line, "Index: ") || slice_starts(line, "--- ") ||
	       slice_starts(line, "+++ ") || slice_starts(line, "*** ") ||
	       slice_starts(line, "diff ");
}

static int refuse_others(struct parser *ps, struct garbage *g, struct slice line)
{
	bool normal = false, first = ps->line == 1;
	bool command = is_command(line, &normal);

	if (slice_starts(line, "@@ -") && line.n > 4 && isdigit((unsigned char)line.p[4]))
		return parser_fail(ps, ps->line,
				   "cannot place a hunk that stands under no "
				   "file header");
	if (g->star_dash && slice_starts(line, "***************"))
		return parser_fail(ps, ps->line,
				   "cannot apply a context diff: "
				   "make it a unified one");
	if (g->command && (slice_starts(line, "< ") || slice_starts(line, "> ")))
		return parser_fail(ps, ps->line,
				   "cannot apply a normal diff: "
				   "make it a unified one");
	if (command && !normal && (g->named || first))
		return parser_fail(ps, ps->line, "cannot apply an ed script");
	g->star_dash = g->star && slice_starts(line, "--- ");
	g->star = slice_starts(line, "*** ");
	g->command = command;
	g->named |= names_file(line);
	return 0;
}

/* Lines that tools write right above "---"; they belong to the change. */
static bool is_preamble(struct slice line)
{
	return slice_starts(line, "Index: ") || slice_starts(line, "diff ") ||
	       slice_starts(line, "=======") || slice_starts(line, "RCS file: ") ||
	       slice_starts(line, "retrieving revision ");
}

static int pass_garbage(struct parser *ps, struct garbage *g, struct slice line)
{
	int rc = refuse_others(ps, g, line);

	if (!is_preamble(line)) {
		g->head = NULL;
	} else if (!g->head) {
		g->head = line.p;
		g->head_line = ps->line;
	}
	parser_skip(ps, line);
	return rc;
}

static int parse_change(struct parser *ps, struct garbage *g, bool git)
{
	struct change c = { .line = ps->line };
	const char *from = g->head && !git ? g->head : ps->at;
	size_t extra = (size_t)(ps->at - from);
	int rc;

	c.gap = (struct slice){ g->from, (size_t)(from - g->from) };
	rc = git ? parse_git_change(ps, &c) : parse_plain_change(ps, &c);
	if (rc)
		return rc;
	c.meta.p -= extra;
	c.meta.n += extra;
	vec_push(&ps->changes, c);
	*g = (struct garbage){ .from = ps->at };
	return 0;
}

static void store_pieces(struct parser *ps, const struct garbage *g)
{
	struct patch *p = ps->patch;
	struct slice rest = { g->from, (size_t)(ps->end - g->from) };

	p->nchanges = (uint32_t)ps->changes.n;
	p->changes = arena_array(ps->arena, ps->changes.n, sizeof(*p->changes));
	if (!p->nchanges) {
		p->header = rest;
		return;
	}
	memcpy(p->changes, ps->changes.v, p->nchanges * sizeof(*p->changes));
	p->header = p->changes[0].gap;
	p->changes[0].gap.n = 0;
	p->trailer = rest;
}

static int parse_all(struct parser *ps)
{
	struct garbage g = { .from = ps->at };
	struct slice line;
	int rc = 0;

	while (!rc && (line = parser_peek(ps)).n) {
		if (slice_starts(line, "diff --git "))
			rc = parse_change(ps, &g, true);
		else if (starts_plain(ps, line))
			rc = parse_change(ps, &g, false);
		else
			rc = pass_garbage(ps, &g, line);
	}
	if (!rc)
		store_pieces(ps, &g);
	return rc;
}

/* p->bytes, with whatever space @ps brought along from another patch. */
static int parse(struct parser *ps, struct patch *p, const char *name, unsigned strip,
		 struct err *e)
{
	ps->patch = p;
	ps->line = 1;
	ps->changes.n = 0;
	ps->e = e;
	ps->at = buf_str(&p->bytes);
	ps->end = ps->at + p->bytes.len;
	p->name = arena_strdup(ps->arena, name);
	p->strip = strip;
	if (p->bytes.len > PATCH_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "cannot parse '%s': larger than %zu bytes",
			       name, PATCH_MAX_BYTES);
	return parse_all(ps);
}

static void parser_release(struct parser *ps)
{
	vec_release(&ps->changes);
	vec_release(&ps->hunks);
	vec_release(&ps->lines);
}

int patch_parse(const char *name, struct buf *bytes, unsigned strip, struct patch **out,
		struct err *e)
{
	struct patch *p = xcalloc(1, sizeof(*p));
	struct parser ps = { .arena = &p->arena };
	int rc;

	p->bytes = *bytes;
	*bytes = (struct buf)BUF_INIT;
	rc = parse(&ps, p, name, strip, e);
	parser_release(&ps);
	if (rc)
		patch_free(p);
	else
		*out = p;
	return rc;
}

int patch_read(const char *path, unsigned strip, struct patch **out, struct err *e)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	int rc = fsx_read(path, &bytes, e);

	return rc ? rc : patch_parse(path, &bytes, strip, out, e);
}

struct patch_set {
	int dir;
	struct arena arena;
	struct parser parser;
	struct buf bytes; /* of the patch that is being read */
};

struct patch_set *patch_set_new(int dir)
{
	struct patch_set *set = xcalloc(1, sizeof(*set));

	set->dir = dir;
	set->parser.arena = &set->arena;
	return set;
}

int patch_set_read(struct patch_set *set, const char *name, const char *path,
		   unsigned strip, struct patch **out, struct err *e)
{
	struct patch *p;
	int rc;

	buf_clear(&set->bytes);
	buf_grow(&set->bytes, FSX_ROOMY + 1);
	rc = fsx_read_at(set->dir, name, path, &set->bytes, e);
	if (rc)
		return rc;
	p = arena_alloc(&set->arena, sizeof(*p));
	p->in_set = true;
	p->bytes.data = arena_raw(&set->arena, set->bytes.len + 1);
	p->bytes.len = set->bytes.len;
	memcpy(p->bytes.data, buf_str(&set->bytes), set->bytes.len + 1);
	rc = parse(&set->parser, p, path, strip, e);
	if (!rc)
		*out = p;
	return rc;
}

void patch_set_free(struct patch_set *set)
{
	if (!set)
		return;
	parser_release(&set->parser);
	buf_release(&set->bytes);
	arena_release(&set->arena);
	free(set);
}

void patch_write(const struct patch *p, struct buf *out)
{
	buf_add_slice(out, p->header);
	for (uint32_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		buf_add_slice(out, c->gap);
		buf_add_slice(out, c->meta);
		buf_add_slice(out, c->binary_data);
		for (uint32_t j = 0; j < c->nhunks; j++) {
			buf_add_slice(out, c->hunks[j].head);
			buf_add_slice(out, c->hunks[j].body);
		}
	}
	buf_add_slice(out, p->trailer);
}

void patch_free(struct patch *p)
{
	if (!p || p->in_set)
		return;
	arena_release(&p->arena);
	buf_release(&p->bytes);
	free(p);
}

void patch_freep(struct patch **p)
{
	patch_free(*p);
	*p = NULL;
}

struct slice change_path(const struct change *c)
{
	return c->kind == CHANGE_DELETE ? c->old_path : c->new_path;
}

const char *change_kind_name(enum change_kind kind)
{
	static const char *const names[] = { "modify", "create", "delete",
					     "rename", "copy",	 "mode" };

	return names[kind];
}
