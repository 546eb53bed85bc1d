// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/patch_parse.h"

/*
 * The header of a file change. Every fact that stands in it twice must agree with
 * itself: two readers that trust different lines would change different files.
 */

struct head {
	struct file_name old, new; /* of "---" and "+++" */
	struct slice common;	   /* of "diff --git", stripped */
	struct slice from, to;	   /* of rename and copy lines, stripped */
	bool created, deleted, copy, rename;
	unsigned line;
};

struct keyword {
	const char *word;
	int (*read)(struct parser *ps, struct head *h, struct change *c,
		    struct slice rest);
};

static int read_mode(struct parser *ps, struct slice rest, uint32_t *out)
{
	uint32_t v = 0;

	rest = line_text(rest);
	if (!rest.n || rest.n > 7)
		goto bad;
	for (size_t i = 0; i < rest.n; i++) {
		if (rest.p[i] < '0' || rest.p[i] > '7')
			goto bad;
		v = v * 8 + (uint32_t)(rest.p[i] - '0');
	}
	if (*out && *out != v)
		return parser_fail(ps, ps->line,
				   "cannot accept two modes, %06o and %06o, for one file",
				   *out, v);
	*out = v;
	return 0;
bad:
	return parser_fail(ps, ps->line, "cannot read the mode '%.*s'",
			   SLICE_ARG(shown(rest)));
}

static int on_old_mode(struct parser *ps, struct head *h, struct change *c,
		       struct slice rest)
{
	(void)h;
	return read_mode(ps, rest, &c->old_mode);
}

static int on_new_mode(struct parser *ps, struct head *h, struct change *c,
		       struct slice rest)
{
	(void)h;
	return read_mode(ps, rest, &c->new_mode);
}

static int on_created(struct parser *ps, struct head *h, struct change *c,
		      struct slice rest)
{
	h->created = true;
	return read_mode(ps, rest, &c->new_mode);
}

static int on_deleted(struct parser *ps, struct head *h, struct change *c,
		      struct slice rest)
{
	h->deleted = true;
	return read_mode(ps, rest, &c->old_mode);
}

/* These names have no "a/" before them: one component less is stripped. */
static int read_moved_name(struct parser *ps, struct slice rest, struct slice *out)
{
	unsigned strip = ps->patch->strip;
	struct slice name;
	int rc = parse_whole_name(ps, rest, &name);

	if (rc)
		return rc;
	if (out->p)
		return parser_fail(ps, ps->line, "cannot accept a second name here");
	return strip_name(ps, ps->line, name, strip ? strip - 1 : 0, out);
}

static int on_rename_from(struct parser *ps, struct head *h, struct change *c,
			  struct slice rest)
{
	(void)c;
	h->rename = true;
	return read_moved_name(ps, rest, &h->from);
}

static int on_rename_to(struct parser *ps, struct head *h, struct change *c,
			struct slice rest)
{
	(void)c;
	h->rename = true;
	return read_moved_name(ps, rest, &h->to);
}

static int on_copy_from(struct parser *ps, struct head *h, struct change *c,
			struct slice rest)
{
	(void)c;
	h->copy = true;
	return read_moved_name(ps, rest, &h->from);
}

static int on_copy_to(struct parser *ps, struct head *h, struct change *c,
		      struct slice rest)
{
	(void)c;
	h->copy = true;
	return read_moved_name(ps, rest, &h->to);
}

static int on_similarity(struct parser *ps, struct head *h, struct change *c,
			 struct slice rest)
{
	unsigned v = 0;

	(void)h;
	rest = line_text(rest);
	for (size_t i = 0; i < rest.n && i < 3 && rest.p[i] >= '0' && rest.p[i] <= '9';
	     i++)
		v = v * 10 + (unsigned)(rest.p[i] - '0');
	if (!slice_ends(rest, "%") || v > 100)
		return parser_fail(ps, ps->line, "cannot read the similarity '%.*s'",
				   SLICE_ARG(shown(rest)));
	c->similarity = v;
	return 0;
}

static int on_dissimilarity(struct parser *ps, struct head *h, struct change *c,
			    struct slice rest)
{
	(void)ps;
	(void)h;
	(void)c;
	(void)rest;
	return 0;
}

static bool is_hex(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool ok = (s.p[i] >= '0' && s.p[i] <= '9') ||
			  (s.p[i] >= 'a' && s.p[i] <= 'f') ||
			  (s.p[i] >= 'A' && s.p[i] <= 'F');

		if (!ok)
			return false;
	}
	return s.n > 0 && s.n <= 64;
}

/* "abc..def" or "abc..def 100644"; anything else is some other tool's index line. */
static int on_index(struct parser *ps, struct head *h, struct change *c,
		    struct slice rest)
{
	struct slice text = line_text(rest), ids, old, new;
	const char *dots;
	int rc;

	(void)h;
	slice_split(&text, ' ', &ids);
	dots = memmem(ids.p, ids.n, "..", 2);
	if (!dots)
		return 0;
	old = (struct slice){ ids.p, (size_t)(dots - ids.p) };
	new = (struct slice){ dots + 2, ids.n - old.n - 2 };
	if (!is_hex(old) || !is_hex(new))
		return 0;
	c->old_id = old;
	c->new_id = new;
	text = slice_trim(text);
	if (!text.n || c->old_mode || c->new_mode)
		return 0;
	rc = read_mode(ps, text, &c->old_mode);
	c->new_mode = c->old_mode;
	return rc;
}

static int on_old_file(struct parser *ps, struct head *h, struct change *c,
		       struct slice rest)
{
	if (h->old.name.p)
		return parser_fail(ps, ps->line, "cannot accept a second '---' line");
	return parse_file_name(ps, rest, c->git, &h->old);
}

static int on_new_file(struct parser *ps, struct head *h, struct change *c,
		       struct slice rest)
{
	if (!h->old.name.p || h->new.name.p)
		return parser_fail(ps, ps->line, "cannot accept a '+++' line here");
	return parse_file_name(ps, rest, c->git, &h->new);
}

static const struct keyword keywords[] = {
	{ "--- ", on_old_file },
	{ "+++ ", on_new_file },
	{ "index ", on_index },
	{ "old mode ", on_old_mode },
	{ "new mode ", on_new_mode },
	{ "new file mode ", on_created },
	{ "deleted file mode ", on_deleted },
	{ "similarity index ", on_similarity },
	{ "dissimilarity index ", on_dissimilarity },
	{ "rename from ", on_rename_from },
	{ "rename to ", on_rename_to },
	{ "rename old ", on_rename_from },
	{ "rename new ", on_rename_to },
	{ "copy from ", on_copy_from },
	{ "copy to ", on_copy_to },
};

static const struct keyword *find_keyword(struct slice line)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (slice_starts(line, keywords[i].word))
			return &keywords[i];
	}
	return NULL;
}

static int read_extended(struct parser *ps, struct head *h, struct change *c)
{
	struct slice line;

	while ((line = parser_peek(ps)).n) {
		const struct keyword *k = find_keyword(line);
		size_t skip;
		int rc;

		/* A second one begins the next change; this one has no hunks. */
		if (!k || (h->new.name.p &&slice_starts(line, "--- ")))
			return 0;
		skip = strlen(k->word);
		rc = k->read(ps, h, c, (struct slice){ line.p + skip, line.n - skip });
		if (rc)
			return rc;
		parser_skip(ps, line);
	}
	return 0;
}

/* The name of "---" or "+++", or what other lines @said of that side. */
static int side_name(struct parser *ps, const struct head *h, const struct file_name *f,
		     struct slice said, struct slice *path)
{
	*path = said;
	if (!f->name.p || f->absent)
		return 0;
	return strip_name(ps, h->line, f->name, ps->patch->strip, path);
}

/*
 * Both names against what other lines said of them. "diff --git" has one name for both
 * sides; edited by hand, one of "---" and "+++" may still be the other file.
 */
static int settle_names(struct parser *ps, const struct head *h, struct change *c)
{
	bool moved = h->rename || h->copy;
	struct slice from = moved ? h->from : h->common, to = moved ? h->to : h->common;
	bool same_old, same_new;
	int rc = side_name(ps, h, &h->old, from, &c->old_path);

	if (!rc)
		rc = side_name(ps, h, &h->new, to, &c->new_path);
	if (rc)
		return rc;
	same_old = !from.p || slice_eq(from, c->old_path);
	same_new = !to.p || slice_eq(to, c->new_path);
	if ((same_old && same_new) ||
	    (!moved && !h->old.absent && !h->new.absent && (same_old || same_new)))
		return 0;
	return parser_fail(ps, h->line, "cannot tell which file is meant: '%.*s' or '%.*s'",
			   SLICE_ARG(shown(same_old ? to : from)),
			   SLICE_ARG(shown(same_old ? c->new_path : c->old_path)));
}

static int check_kind(struct parser *ps, const struct head *h, const struct change *c)
{
	int kinds = h->created + h->deleted + h->rename + h->copy;
	bool moved = h->rename || h->copy;

	if (kinds > 1)
		return parser_fail(ps, h->line,
				   "cannot accept a change of two kinds at once");
	if (moved && (!h->from.p || !h->to.p))
		return parser_fail(ps, h->line, "cannot %s a file without both its names",
				   h->rename ? "rename" : "copy");
	if (h->old.absent && h->new.absent)
		return parser_fail(ps, h->line, "cannot find a file name");
	if ((h->old.absent && (moved || h->deleted)) ||
	    (h->new.absent && (moved || h->created)) ||
	    (h->created && h->old.name.p && !h->old.absent) ||
	    (h->deleted && h->new.name.p && !h->new.absent))
		return parser_fail(ps, h->line,
				   "cannot accept a header that contradicts "
				   "itself: is the file there or not?");
	if (h->old.name.p && !h->new.name.p)
		return parser_fail(ps, h->line, "cannot find the '+++' line");
	if (h->old.name.p && !c->nhunks)
		return parser_fail(ps, h->line, "cannot find a hunk after '+++'");
	if (c->nhunks && !h->old.name.p)
		return parser_fail(ps, h->line, "cannot find the '---' line");
	return 0;
}

static void settle_kind(const struct head *h, struct change *c)
{
	if (h->created || h->old.absent)
		c->kind = CHANGE_CREATE;
	else if (h->deleted || h->new.absent)
		c->kind = CHANGE_DELETE;
	else if (h->rename)
		c->kind = CHANGE_RENAME;
	else if (h->copy)
		c->kind = CHANGE_COPY;
	else if (!c->nhunks && !c->binary)
		c->kind = CHANGE_MODE;
	else
		c->kind = CHANGE_MODIFY;
	if (c->kind == CHANGE_CREATE) {
		c->old_path = (struct slice){ NULL, 0 };
		c->old_mode = 0;
	}
	if (c->kind == CHANGE_DELETE) {
		c->new_path = (struct slice){ NULL, 0 };
		c->new_mode = 0;
	}
}

/* Creating and deleting have one hunk, and nothing on their absent side. */
static int check_absent_side(struct parser *ps, const struct change *c)
{
	for (uint32_t i = 0; i < c->nhunks; i++) {
		uint32_t n = c->kind == CHANGE_CREATE ? c->hunks[i].old_count
						      : c->hunks[i].new_count;

		if (n || i)
			return parser_fail(ps, c->hunks[i].line,
					   "cannot %s a file with a hunk that has lines "
					   "on both sides, or with several",
					   change_kind_name(c->kind));
	}
	return 0;
}

static int finish(struct parser *ps, const struct head *h, struct change *c)
{
	int rc = check_kind(ps, h, c);

	if (!rc)
		rc = settle_names(ps, h, c);
	if (rc)
		return rc;
	settle_kind(h, c);
	if (!change_path(c).p || (!c->old_path.p && c->kind != CHANGE_CREATE))
		return parser_fail(ps, h->line, "cannot find the file's name");
	if (c->kind == CHANGE_MODE && (!c->old_mode || c->old_mode == c->new_mode))
		return parser_fail(ps, h->line, "cannot find what the change would do");
	c->old_epoch = h->old.epoch;
	c->new_epoch = h->new.epoch;
	if (c->nhunks) {
		c->old_maybe_absent = c->hunks[0].old_start == 0;
		c->new_maybe_absent = c->hunks[0].new_start == 0;
	}
	if (c->kind == CHANGE_CREATE || c->kind == CHANGE_DELETE)
		return check_absent_side(ps, c);
	return 0;
}

int parse_git_change(struct parser *ps, struct change *c)
{
	struct head h = { .line = ps->line };
	struct slice line = parser_peek(ps);
	const char *from = ps->at;
	size_t skip = strlen("diff --git ");
	int rc;

	c->git = true;
	c->line = ps->line;
	rc = parse_git_names(ps, (struct slice){ line.p + skip, line.n - skip },
			     &h.common);
	parser_skip(ps, line);
	if (!rc)
		rc = read_extended(ps, &h, c);
	if (rc)
		return rc;
	line = parser_peek(ps);
	if (slice_starts(line, "Binary files ") && !h.old.name.p) {
		c->binary = BINARY_NAMED;
		parser_skip(ps, line);
	}
	c->meta = (struct slice){ from, (size_t)(ps->at - from) };
	if (slice_starts(line, "GIT binary patch"))
		rc = parse_binary(ps, c);
	else if (h.new.name.p)
		rc = parse_hunks(ps, c);
	return rc ? rc : finish(ps, &h, c);
}

int parse_plain_change(struct parser *ps, struct change *c)
{
	struct head h = { .line = ps->line };
	const char *from = ps->at;
	int rc;

	c->line = ps->line;
	for (int i = 0; i < 2; i++) {
		struct slice line = parser_peek(ps);
		struct slice rest = { line.p + 4, line.n - 4 };

		rc = i ? on_new_file(ps, &h, c, rest) : on_old_file(ps, &h, c, rest);
		if (rc)
			return rc;
		parser_skip(ps, line);
	}
	c->meta = (struct slice){ from, (size_t)(ps->at - from) };
	rc = parse_hunks(ps, c);
	if (rc)
		return rc;
	/* diff -N says with the epoch that a file is absent. */
	if (h.old.epoch && c->hunks[0].old_start == 0 && !h.new.absent)
		h.created = h.old.absent = true;
	else if (h.new.epoch && c->hunks[0].new_start == 0 && !h.old.absent)
		h.deleted = h.new.absent = true;
	return finish(ps, &h, c);
}
