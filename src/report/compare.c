// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/compare.h"

struct writer {
	const struct compare_sides *sides;
	const struct style *style;
	bool all;
	struct buf *out;
};

static void put_shown(struct writer *w, enum tone tone, struct slice s)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	show_text(&b, s, style_form(w->style));
	style_add(w->out, w->style, tone, buf_slice(&b));
}

/*
 * "[-x-]" and "{+x+}" around the words that differ, as git's --word-diff has it, so that
 * colour is not all that tells.
 */
static void put_marked(struct writer *w, const struct compare_line *l)
{
	enum tone tone = l->in_ours ? TONE_GOOD : TONE_BAD;
	const char *at = l->text.p, *end = l->text.p + l->text.n;

	for (size_t i = 0; i < l->nmarks; i++) {
		put_shown(w, TONE_NORMAL, (struct slice){ at, (size_t)(l->marks[i].p - at) });
		buf_adds(w->out, l->in_ours ? "{+" : "[-");
		put_shown(w, tone, l->marks[i]);
		buf_adds(w->out, l->in_ours ? "+}" : "-]");
		at = l->marks[i].p + l->marks[i].n;
	}
	put_shown(w, TONE_NORMAL, (struct slice){ at, (size_t)(end - at) });
}

static void put_line(struct writer *w, const struct compare_line *l, int width)
{
	const char *who = l->in_ours && l->in_theirs ? ""
			  : l->in_ours		     ? w->sides->ours
						     : w->sides->theirs;

	if (l->in_ours && l->in_theirs && l->op == ' ')
		return;
	buf_addf(w->out, "      %-*s %c", width, who, l->op);
	put_marked(w, l);
	buf_addc(w->out, '\n');
}

static void put_hunk(struct writer *w, const struct compare_hunk *h)
{
	int a = (int)strlen(w->sides->ours), b = (int)strlen(w->sides->theirs);
	struct compare_lines lines;
	const struct hunk *at = h->ours ? h->ours : h->theirs;

	if (h->drift == HUNK_SAME && !w->all)
		return;
	buf_addf(w->out, "    hunk at line %u: %s\n", at->line,
		 h->drift == HUNK_OTHER_CONTEXT ? "same, but for its context"
						: hunk_drift_name(h->drift));
	if (h->drift <= HUNK_OTHER_CONTEXT)
		return;
	compare_hunk_lines(h, &lines);
	vec_each (l, &lines.v)
		put_line(w, l, a > b ? a : b);
	compare_lines_release(&lines);
}

static void put_file(struct writer *w, const struct compare_file *f)
{
	const struct change *c = f->ours ? f->ours : f->theirs;
	size_t same = 0;

	buf_adds(w->out, "   ");
	buf_addc(w->out, ' ');
	put_shown(w, TONE_HEAD, change_path(c));
	if (!f->ours || !f->theirs) {
		buf_addf(w->out, ": only in %s", f->ours ? w->sides->ours : w->sides->theirs);
	} else if (!slice_eq(change_path(f->ours), change_path(f->theirs))) {
		buf_addf(w->out, ": in %s ", w->sides->theirs);
		put_shown(w, TONE_HEAD, change_path(f->theirs));
	}
	if (f->other_kind)
		buf_adds(w->out, ": not the same kind of change");
	for (size_t i = 0; i < f->nhunks; i++)
		same += f->hunks[i].drift == HUNK_SAME;
	if (same && !w->all)
		buf_addf(w->out, ": %zu hunk%s the same", same, same == 1 ? "" : "s");
	buf_addc(w->out, '\n');
	for (size_t i = 0; i < f->nhunks; i++)
		put_hunk(w, &f->hunks[i]);
}

static const char *verdict_of(const struct compare_patch *p)
{
	return !p->theirs ? "added" : !p->ours ? "dropped" : drift_name(p->drift);
}

/* A note's lines are filled anew. */
static void put_note(struct writer *w, struct slice note)
{
	const struct show_wrap wrap = { .indent = 4, .width = style_width(w->style) };
	_cleanup_buf_ struct buf text = BUF_INIT, shown = BUF_INIT;
	struct slice line;

	buf_adds(&text, "[");
	while (slice_line(&note, &line)) {
		buf_addc(&text, ' ');
		buf_add_slice(&text, slice_trim(line));
	}
	buf_adds(&text, " ]");
	show_line(&shown, buf_slice(&text), style_form(w->style));
	show_wrap(w->out, buf_slice(&shown), &wrap);
}

static void put_patch(struct writer *w, const struct compare_patch *p)
{
	const char *why = p->finding		       ? ", and no [ ... ] note says why"
			  : p->drift == DRIFT_ADAPTED ? ", as a note says"
						       : "";

	buf_adds(w->out, "  ");
	put_shown(w, TONE_NORMAL, slice_str(p->ours ? p->ours : p->theirs));
	buf_adds(w->out, ": ");
	style_add(w->out, w->style, p->finding ? TONE_BAD : TONE_NORMAL,
		  slice_str(verdict_of(p)));
	buf_addf(w->out, "%s\n", why);
	for (size_t i = 0; p->drift == DRIFT_ADAPTED && i < p->nnotes; i++)
		put_note(w, p->notes[i]);
	if (p->drift == DRIFT_SAME && !w->all)
		return;
	for (size_t i = 0; i < p->nfiles; i++)
		put_file(w, &p->files[i]);
}

void compare_text(const struct comparison *c, const struct compare_sides *sides,
		  const struct style *style, bool all, struct buf *out)
{
	struct writer w = { sides, style, all, out };

	buf_addf(out, "%s against %s\n", sides->ours, sides->theirs);
	vec_each (p, &c->patches)
		put_patch(&w, p);
}

/* JSON is UTF-8: what is not becomes visible. */
static json_t *text_json(struct slice s)
{
	json_t *j = json_stringn(s.p ? s.p : "", s.n);
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (j)
		return j;
	show_text(&b, s, SHOW_XML);
	return json_stringn(buf_str(&b), b.len);
}

static json_t *line_json(const struct compare_line *l)
{
	json_t *marks = json_array();
	char op[2] = { l->op, '\0' };

	for (size_t i = 0; i < l->nmarks; i++)
		json_array_append_new(marks, text_json(l->marks[i]));
	return json_pack("{s:s, s:s, s:o, s:o}", "side",
			 l->in_ours && l->in_theirs ? "both" : l->in_ours ? "ours" : "theirs",
			 "op", op, "text", text_json(l->text), "differs", marks);
}

static json_t *hunk_json(const struct compare_hunk *h)
{
	json_t *lines = json_array(), *j;
	struct compare_lines l;

	j = json_pack("{s:s, s:o}", "drift", hunk_drift_name(h->drift), "lines", lines);
	if (h->ours)
		json_object_set_new(j, "ours", json_integer(h->ours->line));
	if (h->theirs)
		json_object_set_new(j, "theirs", json_integer(h->theirs->line));
	if (h->drift == HUNK_SAME)
		return j;
	compare_hunk_lines(h, &l);
	vec_each (line, &l.v)
		json_array_append_new(lines, line_json(line));
	compare_lines_release(&l);
	return j;
}

static json_t *path_json(const struct change *c)
{
	return c ? text_json(change_path(c)) : json_null();
}

static json_t *file_json(const struct compare_file *f)
{
	json_t *hunks = json_array();

	for (size_t i = 0; i < f->nhunks; i++)
		json_array_append_new(hunks, hunk_json(&f->hunks[i]));
	return json_pack("{s:o, s:o, s:b, s:o}", "ours", path_json(f->ours), "theirs",
			 path_json(f->theirs), "other_kind", f->other_kind, "hunks", hunks);
}

static json_t *name_json(const char *name)
{
	return name ? text_json(slice_str(name)) : json_null();
}

static json_t *patch_json(const struct compare_patch *p)
{
	json_t *files = json_array(), *notes = json_array();

	for (size_t i = 0; i < p->nfiles; i++)
		json_array_append_new(files, file_json(&p->files[i]));
	for (size_t i = 0; i < p->nnotes; i++)
		json_array_append_new(notes, text_json(p->notes[i]));
	return json_pack("{s:o, s:o, s:s, s:b, s:o, s:o}", "ours", name_json(p->ours), "theirs",
			 name_json(p->theirs), "drift", verdict_of(p), "finding", p->finding,
			 "notes", notes, "files", files);
}

json_t *compare_json(const struct comparison *c, const struct compare_sides *sides)
{
	json_t *patches = json_array(), *doc;

	vec_each (p, &c->patches)
		json_array_append_new(patches, patch_json(p));
	doc = json_pack("{s:s, s:s, s:s, s:i, s:o}", "schema", "carry.compare/1", "ours",
			sides->ours, "theirs", sides->theirs, "findings", (int)c->findings,
			"patches", patches);
	BUG_ON(!doc);
	return doc;
}
