// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * applies: every patch of the series applies to the base in order, without fuzz.
 */
#include "check/check.h"

static json_t *hunk_facts(const struct change_outcome *c)
{
	json_t *hunks = json_array();

	for (uint32_t i = 0; i < c->change->nhunks; i++) {
		const struct hunk_outcome *h = &c->hunks[i];

		json_array_append_new(
			hunks, json_pack("{s:s, s:i, s:i, s:i}", "outcome",
					 hunk_fate_name(h->fate), "line", (int)h->line,
					 "offset", (int)h->offset, "fuzz", (int)h->fuzz));
	}
	return hunks;
}

static json_t *patch_facts(const char *name, const struct patch_outcome *p)
{
	json_t *changes = json_array();

	for (uint32_t i = 0; p->changes && i < p->patch->nchanges; i++) {
		const struct change_outcome *c = &p->changes[i];

		json_array_append_new(changes,
				      json_pack("{s:o, s:s, s:o}", "path",
						json_bytes(c->path.p, c->path.n), "kind",
						change_kind_name(c->change->kind),
						"hunks", hunk_facts(c)));
	}
	return json_pack("{s:s, s:s, s:o}", "name", name, "answer",
			 apply_answer_name(p->answer), "changes", changes);
}

/* An offset is allowed, but a hunk that fits elsewhere as well deserves a look. */
static void note_hunks(const char *name, const struct patch_outcome *p, struct verdict *v)
{
	for (uint32_t i = 0; p->changes && i < p->patch->nchanges; i++) {
		const struct change_outcome *c = &p->changes[i];
		_cleanup_free_ char *path = xmemdupz(c->path.p, c->path.n);

		for (uint32_t k = 0; k < c->change->nhunks; k++) {
			const struct hunk_outcome *h = &c->hunks[k];

			if (h->ambiguous)
				finding_add(
					v, FINDING_WARNING, "ambiguous", path, h->line,
					"%s: a hunk with an offset of %d would fit elsewhere "
					"as well",
					name, (int)h->offset);
		}
	}
}

static void judge(const char *name, const struct patch_outcome *p, struct verdict *v)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct slice first, rest;

	note_hunks(name, p, v);
	switch (p->answer) {
	case ANSWER_APPLIES:
		return;
	case ANSWER_ALREADY:
		finding_add(
			v, FINDING_ERROR, "already-there", name, 0,
			"the base has this change already; drop the patch from the series");
		verdict_say(v, VERDICT_FAIL, "'%s' is in the base already", name);
		return;
	case ANSWER_NOT_TRIED:
		return;
	case ANSWER_CONFLICTS:
		apply_explain(p, &why);
		rest = buf_slice(&why);
		if (!slice_line(&rest, &first))
			first = SLICE("no hunk fits");
		first = slice_trim(first);
		finding_add(v, FINDING_ERROR, "conflict", name, 0, "%s", buf_str(&why));
		verdict_say(v, VERDICT_FAIL, "'%s' conflicts: %.*s", name,
			    SLICE_ARG(first));
	}
}

static void run(const struct check_run *run, struct verdict *v)
{
	const struct check_target *t = run->target;
	const struct variant_series *series = t->plan->variant;
	json_t *patches = json_array();

	json_object_set_new(v->facts, "patches", patches);
	v->command = xasprintf("carry apply %s", t->plan->conf->name);
	if (!t->applied) {
		check_broken(v, &t->err);
		return;
	}
	for (size_t i = 0; i < t->applied->npatches; i++) {
		const char *name = series->series->entries.v[i].name;

		json_array_append_new(patches,
				      patch_facts(name, &t->applied->patches[i]));
		judge(name, &t->applied->patches[i], v);
	}
	if (!series->n)
		verdict_say(v, VERDICT_ERROR,
			    "the series is empty: there is nothing to prove");
	verdict_say(v, VERDICT_PASS, "applies without fuzz");
}

const struct checker checker_applies = {
	.spec = { .name = "applies",
		  .version = 1,
		  .scope = SCOPE_TARGET,
		  .inputs = INPUT_CHANGES },
	.run = run,
};
