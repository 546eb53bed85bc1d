// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/term_notes.h"

#include "report/notes.h"

#define INDENT	     7 /* of what stands below a problem's first line */
#define TEXT_LINES   4 /* of one reason or message; the JSON has the whole */
#define MAX_LINES    8 /* lines of one finding */
#define MAX_LEAD     12
#define MAX_PROBLEMS 20
#define SHORT_LIST   10

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

	group_where(n->v, set, &where);
	buf_addf(&text, "%s%s%s", where.data,
		 c->status == VERDICT_SKIP && c->required ? ", which is required" : "",
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

/* What a finding says in several lines keeps them, and their indentation. */
static void add_finding(const struct notes *n, const struct finding *f)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct slice rest, line;
	size_t lines = 0;

	finding_text(f, &text);
	rest = buf_slice(&text);
	for (; slice_line(&rest, &line); lines++) {
		size_t lead = 0;

		if (n->opts->findings && lines == MAX_LINES) {
			buf_addf(n->out, "%*s...\n", INDENT, "");
			return;
		}
		while (lead < line.n && lead < MAX_LEAD && line.p[lead] == ' ')
			lead++;
		line = slice_trim(line);
		if (line.n)
			add_wrapped(n, INDENT + lead, line, TEXT_LINES);
	}
}

static void add_problem_findings(const struct notes *n, const struct view_cell *c)
{
	size_t total = json_array_size(c->findings), shown = 0;
	unsigned max = n->opts->findings;
	struct finding f;

	if (max == 1 && view_main_finding(c, &f)) {
		add_finding(n, &f);
		shown = 1;
	}
	for (; max != 1 && (!max || shown < max) && view_finding(c, shown, &f); shown++)
		add_finding(n, &f);
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
	size_t shown = 0;

	notes_problems(v, &groups);
	groups_each(it, &groups)
	{
		const struct group *g = it->value;
		const struct view_cell *c = g->cells.v[0];
		struct finding f;

		if (opts->findings && shown++ == MAX_PROBLEMS) {
			buf_addf(out, "\nand %zu more problems\n",
				 groups.map.n - MAX_PROBLEMS);
			break;
		}
		add_problem_head(&n, &g->cells);
		/* The finding says it, and where. */
		if (!view_main_finding(c, &f) || !finding_is_reason(&f, c->reason))
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

/* Takes @g: what is said, then where it holds; at most @max of them unless that is 0. */
static void add_groups(const struct notes *n, const char *title, struct groups *g,
		       size_t max)
{
	size_t shown = 0;

	if (g->map.n)
		add_title(n, title);
	groups_each(it, g)
	{
		const struct group *group = it->value;
		_cleanup_buf_ struct buf where = BUF_INIT;

		if (max && shown++ == max) {
			buf_addf(n->out, "  and %zu more\n", g->map.n - max);
			break;
		}
		add_wrapped(n, 2, (struct slice){ it->key, it->len }, TEXT_LINES);
		group_where(n->v, &group->cells, &where);
		add_wrapped(n, 6, buf_slice(&where), TEXT_LINES);
	}
	groups_release(g);
}

/* Lines that have nothing to show, each for a reason of its own. */
static void add_treeless(const struct notes *n)
{
	struct map reasons = { 0 };

	notes_treeless(n->v, &reasons);
	if (reasons.n)
		add_title(n, "Without a tree");
	map_each(it, &reasons)
	{
		_cleanup_buf_ struct buf names = BUF_INIT;

		vec_each (name, (struct strvec *)it->value)
			buf_addf(&names, "%s%s", names.len ? ", " : "", *name);
		buf_adds(&names, ": ");
		buf_add(&names, it->key, it->len);
		add_wrapped(n, 2, buf_slice(&names), TEXT_LINES);
	}
	notes_treeless_release(&reasons);
}

void term_notes(const struct view *v, const struct term_opts *opts, struct buf *out)
{
	static const struct {
		const char *level, *title;
	} levels[] = { { "warning", "Warnings" },
		       { "owed", "Owed by the sender" },
		       { "note", "Notes" } };
	const struct notes n = { v, opts, out };
	struct groups g = { 0 };

	add_treeless(&n);
	notes_skips(v, &g);
	add_groups(&n, "Skipped", &g, 0);
	notes_stale(v, &g);
	add_groups(&n, "Stale, since this changed", &g, 0);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		notes_level(v, levels[i].level, &g);
		add_groups(&n, levels[i].title, &g, opts->findings ? SHORT_LIST : 0);
	}
}
