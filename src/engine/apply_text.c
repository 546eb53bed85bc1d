// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply.h"

const char *apply_answer_name(enum apply_answer answer)
{
	static const char *const names[] = { "applies", "already", "conflicts",
					     "not-tried" };

	return names[answer];
}

const char *hunk_fate_name(enum hunk_fate fate)
{
	static const char *const names[] = { "not-tried", "exact",   "offset",
					     "fuzz",	  "already", "conflict" };

	return names[fate];
}

static const struct {
	const char *name, *text;
} conflicts[] = {
	[CONFLICT_NONE] = { "none", "nothing conflicts" },
	[CONFLICT_CONTEXT] = { "context", "its old lines stand nowhere in the file" },
	[CONFLICT_ANCHOR] = { "anchor",
			      "its old lines are in the file, but not at the start, "
			      "the end or in the order that it asks for" },
	[CONFLICT_OFFSET] = { "offset", "its old lines stand at another line" },
	[CONFLICT_FUZZ] = { "fuzz", "it fits only when lines of context are ignored" },
	[CONFLICT_LINE_ENDS] = { "line-ends",
				 "it fits but for the line ends, CRLF or LF" },
	[CONFLICT_MISSING_FILE] = { "missing-file", "the file is not there" },
	[CONFLICT_EXISTS] = { "exists", "the file to make is there already" },
	[CONFLICT_NO_CONTEXT] = { "no-context",
				  "it has no line that shows where it belongs" },
	[CONFLICT_NOT_EMPTY] = { "not-empty", "the file has other lines than those to "
					      "delete" },
	[CONFLICT_NAMES] = { "names", "its two names are two files that are there" },
	[CONFLICT_KIND] = { "kind", "it is another kind of file" },
	[CONFLICT_MODE] = { "mode", "the file has another mode" },
	[CONFLICT_BINARY] = { "binary", "binary changes cannot be applied" },
	[CONFLICT_PARTLY_ALREADY] = { "partly-already",
				      "some of it is there already, some is not" },
	[CONFLICT_LIMIT] = { "limit", "the search took too long" },
};

const char *conflict_name(enum conflict reason)
{
	return conflicts[reason].name;
}

const char *conflict_text(enum conflict reason)
{
	return conflicts[reason].text;
}

static struct slice bounded(struct slice s)
{
	if (s.n > 200)
		s.n = 200;
	return s;
}

static void explain_near(const struct near_place *near, struct buf *out)
{
	if (!near->line)
		return;
	buf_addf(out, "    nearest: line %u, %u of %u lines are equal\n", near->line,
		 near->matched, near->of);
	if (!near->wrong_line)
		return;
	buf_addf(out, "    line %u, wanted: %.*s\n", near->wrong_line,
		 SLICE_ARG(bounded(near->wanted)));
	if (near->found.p)
		buf_addf(out, "    line %u, found:  %.*s\n", near->wrong_line,
			 SLICE_ARG(bounded(near->found)));
	else
		buf_addf(out, "    line %u, found:  the end of the file\n",
			 near->wrong_line);
}

static void explain_hunk(const struct patch *p, const struct hunk *h, uint32_t i,
			 const struct hunk_outcome *o, struct buf *out)
{
	if (o->fate == HUNK_ALREADY)
		buf_addf(out, "  %s:%u: hunk %u is there already, at line %u\n", p->name,
			 h->line, i + 1, o->line);
	if (o->fate != HUNK_CONFLICT)
		return;
	buf_addf(out, "  %s:%u: hunk %u does not fit: %s\n", p->name, h->line, i + 1,
		 conflict_text(o->reason));
	if (o->reason == CONFLICT_FUZZ)
		buf_addf(out, "    it would fit with fuzz %u, at line %u\n", o->fuzz,
			 o->line);
	explain_near(&o->near, out);
}

static void explain_binary(const struct patch *p, const struct change *c, struct buf *out)
{
	buf_addf(out, "  %s:%u: %s\n", p->name, c->line,
		 c->binary == BINARY_NAMED
			 ? "it only says that two files differ ('git diff --binary' has the data)"
			 : "'git apply' can apply it; patch(1) and quilt cannot either");
}

void apply_explain(const struct patch_outcome *o, struct buf *out)
{
	size_t start = out->len;

	if (o->answer != ANSWER_CONFLICTS)
		return;
	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		const struct change_outcome *co = &o->changes[i];

		if (co->answer == ANSWER_APPLIES)
			continue;
		buf_addf(out, "%.*s: %s\n", SLICE_ARG(bounded(co->path)),
			 co->answer == ANSWER_ALREADY ? "this change is there already"
						      : conflict_text(co->reason));
		if (co->reason == CONFLICT_BINARY)
			explain_binary(o->patch, co->change, out);
		for (uint32_t k = 0; k < co->change->nhunks; k++)
			explain_hunk(o->patch, &co->change->hunks[k], k, &co->hunks[k],
				     out);
	}
	if (out->len > start)
		bytes_disarm(out->data + start, out->len - start);
}
