// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/notes.h"

void finding_text(const struct finding *f, struct buf *out)
{
	struct slice rest, first;

	if (f->path)
		buf_addf(out, "%s:", f->path);
	if (f->path && f->line > 0)
		buf_addf(out, "%ld:", f->line);
	if (f->path)
		buf_addc(out, ' ');
	rest = f->message;
	if (!slice_line(&rest, &first))
		first = SLICE("");
	buf_add_slice(out, slice_trim(first));
	if (f->id && *f->id)
		buf_addf(out, " [%s]", f->id);
	if (slice_trim(rest).n) {
		buf_addc(out, '\n');
		buf_add_slice(out, rest);
	}
}

static bool is_problem(const struct view_cell *c)
{
	return c->status == VERDICT_FAIL || c->status == VERDICT_ERROR ||
	       (c->required && c->status == VERDICT_SKIP);
}

/*
 * A problem that only differs in its configuration is told once; so is a cause
 * that kept several checks from looking, which have nothing else to show then.
 */
static void problem_key(const struct view_cell *c, struct buf *key)
{
	bool one_cause = c->status == VERDICT_SKIP ||
			 (c->status == VERDICT_ERROR && !c->command.n &&
			  !json_array_size(c->findings));
	struct finding f;

	buf_addf(key, "%d %d ", c->status, c->stale);
	if (!one_cause)
		buf_addf(key, "%zu %zu ", c->target, c->check);
	buf_add_slice(key, c->reason);
	if (view_main_finding(c, &f))
		finding_text(&f, key);
}

void notes_problems(const struct view *v, struct groups *g)
{
	vec_each (c, &v->cells) {
		_cleanup_buf_ struct buf key = BUF_INIT;

		if (!is_problem(c))
			continue;
		problem_key(c, &key);
		groups_add(g, buf_slice(&key), c);
	}
}

bool finding_is_reason(const struct finding *f, struct slice reason)
{
	struct slice rest = f->message, first;

	return slice_line(&rest, &first) && (first = slice_trim(first)).n &&
	       memmem(reason.p, reason.n, first.p, first.n);
}

/* Told by notes_treeless() already. */
static bool is_treeless(const struct view *v, const struct view_cell *c)
{
	const struct view_target *t = &v->targets.v[c->target];

	return !t->provenance && !t->retired && slice_eq(c->reason, t->reason);
}

void notes_skips(const struct view *v, struct groups *g)
{
	vec_each (c, &v->cells) {
		if (c->status == VERDICT_SKIP && !is_problem(c) && !is_treeless(v, c))
			groups_add(g, c->reason.n ? c->reason : SLICE("no reason given"),
				   c);
	}
}

void notes_stale(const struct view *v, struct groups *g)
{
	vec_each (c, &v->cells) {
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
		groups_add(g, buf_slice(&why), c);
	}
}

/* One cell can say the same twice; it is still one place. */
static bool last_is(const struct groups *g, struct slice text, const struct view_cell *c)
{
	const struct group *group = map_get(&g->map, text);

	return group && group->cells.v[group->cells.n - 1] == c;
}

void notes_level(const struct view *v, const char *level, struct groups *g)
{
	struct finding f;

	vec_each (c, &v->cells) {
		for (size_t i = 0; view_finding(c, i, &f); i++) {
			_cleanup_buf_ struct buf text = BUF_INIT;

			if (strcmp(f.level, level) != 0)
				continue;
			if (!strcmp(level, "owed"))
				f.path = NULL;
			finding_text(&f, &text);
			if (!last_is(g, buf_slice(&text), c))
				groups_add(g, buf_slice(&text), c);
		}
	}
}

void notes_treeless(const struct view *v, struct map *m)
{
	vec_each (t, &v->targets) {
		struct slice reason =
			t->reason.n ? t->reason : SLICE("no tree was obtained");
		struct strvec **names;

		if (t->provenance || t->retired)
			continue;
		names = (struct strvec **)map_slot(m, reason);
		if (!*names)
			*names = xcalloc(1, sizeof(**names));
		strvec_pushf(*names, "%s%s", t->name, t->required ? " (required)" : "");
	}
}

void notes_treeless_release(struct map *m)
{
	map_each(it, m)
	{
		strvec_release(it->value);
		free(it->value);
	}
	map_release(m);
}
