// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/term_notes.h"

#include "report/group.h"

#define INDENT	   7 /* of what stands below a problem's first line */
#define TEXT_LINES 4 /* of one reason or message; the JSON has the whole */
#define SHORT_LIST 10

struct notes {
	const struct view *v;
	const struct term_opts *opts;
	struct buf *out;
};

static void add_wrapped(const struct notes *n, size_t indent, struct slice text,
			size_t lines)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	show_line(&safe, text, style_form(&n->opts->style));
	show_wrap(n->out, buf_slice(&safe),
		  &(struct show_wrap){ .indent = indent,
				       .width = style_width(&n->opts->style),
				       .max_lines = lines });
}

static void finding_text(const struct finding *f, struct buf *out)
{
	if (f->path)
		buf_addf(out, "%s:", f->path);
	if (f->path && f->line > 0)
		buf_addf(out, "%ld:", f->line);
	if (f->path)
		buf_addc(out, ' ');
	buf_add_slice(out, f->message);
	if (f->id && *f->id)
		buf_addf(out, " [%s]", f->id);
}

/* A problem that only differs in where it stands is told once. */
static bool is_problem(const struct view_cell *c)
{
	return c->status == VERDICT_FAIL || c->status == VERDICT_ERROR ||
	       (c->required && c->status != VERDICT_PASS);
}

static void problem_key(const struct view_cell *c, struct buf *key)
{
	struct finding f;

	buf_addf(key, "%zu %zu %d %d %d ", c->target, c->check, c->status, c->stale,
		 c->required);
	buf_add_slice(key, c->reason);
	if (view_main_finding(c, &f))
		finding_text(&f, key);
}

static enum tone status_tone(enum verdict_status s)
{
	static const enum tone tones[] = {
		[VERDICT_NONE] = TONE_FAINT,   [VERDICT_PASS] = TONE_GOOD,
		[VERDICT_FAIL] = TONE_BAD,     [VERDICT_SKIP] = TONE_FAINT,
		[VERDICT_ERROR] = TONE_BROKEN,
	};

	return tones[s];
}

static void add_problem_head(const struct notes *n, const struct cells *set)
{
	static const char *const words[] = {
		[VERDICT_NONE] = "NONE",   [VERDICT_PASS] = "PASS",
		[VERDICT_FAIL] = "FAIL",   [VERDICT_SKIP] = "SKIP",
		[VERDICT_ERROR] = "ERROR",
	};
	const struct view_cell *c = set->v[0];
	_cleanup_buf_ struct buf where = BUF_INIT, text = BUF_INIT;
	bool undecided = c->status == VERDICT_SKIP || c->status == VERDICT_NONE;

	group_where(n->v, set, &where);
	buf_addf(&text, "%s%s%s", where.data, undecided ? ", which is required" : "",
		 c->stale ? ", stale" : "");
	buf_addc(n->out, '\n');
	style_add(n->out, &n->opts->style, status_tone(c->status),
		  slice_str(words[c->status]));
	buf_addf(n->out, "%*s", (int)(INDENT - strlen(words[c->status])), "");
	where.len = n->out->len;
	add_wrapped(n, INDENT, buf_slice(&text), TEXT_LINES);
	/* The first line begins behind the word. */
	memmove(n->out->data + where.len, n->out->data + where.len + INDENT,
		n->out->len - where.len - INDENT);
	buf_truncate(n->out, n->out->len - INDENT);
}

static void add_problem_findings(const struct notes *n, const struct view_cell *c)
{
	size_t total = json_array_size(c->findings), shown = 0;
	unsigned max = n->opts->findings;
	struct finding f;

	if (max == 1 && view_main_finding(c, &f)) {
		_cleanup_buf_ struct buf text = BUF_INIT;

		finding_text(&f, &text);
		add_wrapped(n, INDENT, buf_slice(&text), TEXT_LINES);
		shown = 1;
	}
	for (; max != 1 && (!max || shown < max) && view_finding(c, shown, &f); shown++) {
		_cleanup_buf_ struct buf text = BUF_INIT;

		finding_text(&f, &text);
		add_wrapped(n, INDENT, buf_slice(&text), TEXT_LINES);
	}
	if (shown < total)
		buf_addf(n->out, "%*sand %zu more\n", INDENT, "", total - shown);
}

/* Never wrapped: it is there to be copied. */
static void add_command(const struct notes *n, struct slice command)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;
	struct slice rest, line;

	show_text(&safe, command, style_form(&n->opts->style));
	rest = buf_slice(&safe);
	for (const char *mark = "$ "; slice_line(&rest, &line); mark = "  ") {
		line = slice_trim(line);
		buf_addf(n->out, "%*s%s", INDENT, "", mark);
		buf_add_slice(n->out, line);
		buf_addc(n->out, '\n');
	}
}

void term_problems(const struct view *v, const struct term_opts *opts, struct buf *out)
{
	const struct notes n = { v, opts, out };
	struct groups groups = { 0 };

	vec_each (c, &v->cells) {
		_cleanup_buf_ struct buf key = BUF_INIT;

		if (!is_problem(c))
			continue;
		problem_key(c, &key);
		groups_add(&groups, buf_slice(&key), c);
	}
	groups_each(it, &groups)
	{
		const struct group *g = it->value;
		const struct view_cell *c = g->cells.v[0];

		add_problem_head(&n, &g->cells);
		add_wrapped(&n, INDENT, c->reason, TEXT_LINES);
		add_problem_findings(&n, c);
		add_command(&n, c->command);
	}
	groups_release(&groups);
}

static void add_title(const struct notes *n, const char *title)
{
	buf_addc(n->out, '\n');
	style_add(n->out, &n->opts->style, TONE_HEAD, slice_str(title));
	buf_addc(n->out, '\n');
}

/* What is said, then where it holds; at most @max of them when that is not 0. */
static void add_groups(const struct notes *n, const char *title, const struct groups *g,
		       size_t max)
{
	size_t shown = 0;

	if (!g->map.n)
		return;
	add_title(n, title);
	groups_each(it, g)
	{
		const struct group *group = it->value;
		_cleanup_buf_ struct buf where = BUF_INIT;

		if (max && shown++ == max) {
			buf_addf(n->out, "  and %zu more\n", g->map.n - max);
			return;
		}
		add_wrapped(n, 2, (struct slice){ it->key, it->len }, TEXT_LINES);
		group_where(n->v, &group->cells, &where);
		add_wrapped(n, 6, buf_slice(&where), TEXT_LINES);
	}
}

static void add_skips(const struct notes *n)
{
	struct groups g = { 0 };

	vec_each (c, &n->v->cells) {
		if (c->status == VERDICT_SKIP && !is_problem(c))
			groups_add(&g, c->reason.n ? c->reason : SLICE("no reason given"),
				   c);
	}
	add_groups(n, "Skipped", &g, 0);
	groups_release(&g);
}

/* Lines that have nothing to show for a reason of their own. */
static void add_treeless(const struct notes *n)
{
	struct map reasons = { 0 };

	vec_each (t, &n->v->targets) {
		struct slice reason =
			t->reason.n ? t->reason : SLICE("no tree was obtained");
		struct buf **names;

		if (t->provenance || t->retired)
			continue;
		names = (struct buf **)map_slot(&reasons, reason);
		if (!*names)
			*names = xcalloc(1, sizeof(**names));
		buf_addf(*names, "%s%s%s", (*names)->len ? ", " : "", t->name,
			 t->required ? " (required)" : "");
	}
	if (reasons.n)
		add_title(n, "Without a tree");
	map_each(it, &reasons)
	{
		struct buf *names = it->value;

		add_wrapped(n, 2, (struct slice){ it->key, it->len }, TEXT_LINES);
		add_wrapped(n, 6, buf_slice(names), TEXT_LINES);
		buf_release(names);
		free(names);
	}
	map_release(&reasons);
}

static void add_stale(const struct notes *n)
{
	struct groups g = { 0 };

	vec_each (c, &n->v->cells) {
		_cleanup_buf_ struct buf why = BUF_INIT;
		const json_t *because = json_object_get(c->json, "stale_because");
		const json_t *word;
		size_t i;

		if (!c->stale)
			continue;
		json_array_foreach(because, i, word)
			buf_addf(&why, "%s%s", why.len ? ", " : "",
				 json_is_string(word) ? json_string_value(word) : "?");
		if (!why.len)
			buf_adds(&why, "cause unknown");
		groups_add(&g, buf_slice(&why), c);
	}
	add_groups(n, "Stale, since this changed", &g, 0);
	groups_release(&g);
}

static bool last_is(const struct groups *g, struct slice text, const struct view_cell *c)
{
	const struct group *group = map_get(&g->map, text);

	return group && group->cells.v[group->cells.n - 1] == c;
}

/* The findings of @level; those of failing cells stand with their cell. */
static void add_level(const struct notes *n, const char *title, const char *level,
		      size_t max)
{
	struct groups g = { 0 };
	struct finding f;

	vec_each (c, &n->v->cells) {
		for (size_t i = 0; view_finding(c, i, &f); i++) {
			_cleanup_buf_ struct buf text = BUF_INIT;

			if (strcmp(f.level, level) != 0)
				continue;
			/* What the sender owes is the same thing on every line. */
			if (!strcmp(level, "owed"))
				f.path = NULL;
			finding_text(&f, &text);
			if (!last_is(&g, buf_slice(&text), c))
				groups_add(&g, buf_slice(&text), c);
		}
	}
	add_groups(n, title, &g, max);
	groups_release(&g);
}

void term_notes(const struct view *v, const struct term_opts *opts, struct buf *out)
{
	const struct notes n = { v, opts, out };
	size_t max = opts->findings ? SHORT_LIST : 0;

	add_treeless(&n);
	add_skips(&n);
	add_stale(&n);
	add_level(&n, "Warnings", "warning", max);
	add_level(&n, "Owed by the sender", "owed", max);
	add_level(&n, "Notes", "note", max);
}
