// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/apply.h"

#include "engine/apply_run.h"

/* The whole series, patch by patch, each all or nothing. */
struct run {
	struct tree tree;
	const struct apply_policy *policy;
	struct apply_result *r;
	struct steps steps; /* of the patch at hand */
	struct err *e;
};

static int apply_changes(struct run *run, const struct patch *p, bool reverse,
			 struct change_outcome *o)
{
	struct to_do todo = { reverse, run->policy, o };

	run->steps.n = 0;
	patch_steps(p, 0, reverse, &run->steps);
	return apply_steps(&run->tree, &todo, run->steps.v, run->steps.n, run->e);
}

struct change_outcome *new_outcomes(struct apply_result *r, const struct patch *p)
{
	struct change_outcome *o = arena_array(&r->arena, p->nchanges, sizeof(*o));

	for (uint32_t i = 0; i < p->nchanges; i++) {
		o[i].change = &p->changes[i];
		o[i].last_patch = -1;
		o[i].hunks = arena_array(&r->arena, p->changes[i].nhunks,
					 sizeof(*o[i].hunks));
	}
	return o;
}

static enum apply_answer sum_up(const struct patch *p, struct change_outcome *o)
{
	uint32_t there = 0, applied = 0;

	for (uint32_t i = 0; i < p->nchanges; i++) {
		there += o[i].answer == ANSWER_ALREADY;
		applied += o[i].answer == ANSWER_APPLIES || o[i].idle;
	}
	if (applied == p->nchanges)
		return ANSWER_APPLIES;
	return there == p->nchanges ? ANSWER_ALREADY : ANSWER_CONFLICTS;
}

/*
 * A patch that changes a file several times is there already when taking all of
 * it away, last change first, would succeed.
 */
static int check_already(struct run *run, const struct patch *p, bool reverse, bool *yes)
{
	struct apply_policy exact = { .dialect = DIALECT_STRICT,
				      .search_limit = run->policy->search_limit };
	const struct apply_policy *policy = run->policy;
	struct change_outcome *o = new_outcomes(run->r, p);
	int rc;

	run->policy = &exact;
	run->tree.watch = NULL;
	rc = apply_changes(run, p, !reverse, o);
	run->policy = policy;
	run->tree.watch = policy->watch;
	*yes = !rc && sum_up(p, o) == ANSWER_APPLIES;
	tree_rollback(&run->tree);
	return rc;
}

static void all_already(const struct patch *p, struct change_outcome *o)
{
	for (uint32_t i = 0; i < p->nchanges; i++) {
		o[i].answer = ANSWER_ALREADY;
		o[i].reason = CONFLICT_NONE;
		for (uint32_t k = 0; k < p->changes[i].nhunks; k++)
			o[i].hunks[k] = (struct hunk_outcome){ .fate = HUNK_ALREADY };
	}
}

static bool touches_twice(const struct patch *p)
{
	struct map seen = { 0 };
	bool twice = false;

	for (uint32_t i = 0; i < p->nchanges && !twice; i++) {
		struct slice path = change_path(&p->changes[i]);

		twice = map_has(&seen, path);
		map_set(&seen, path, &seen);
	}
	map_release(&seen);
	return twice;
}

static void count_hunks(struct apply_result *r, const struct patch_outcome *o)
{
	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		for (uint32_t k = 0; k < o->patch->changes[i].nhunks; k++) {
			enum hunk_fate fate = o->changes[i].hunks[k].fate;

			r->hunks_exact += fate == HUNK_EXACT;
			r->hunks_offset += fate == HUNK_OFFSET;
			r->hunks_fuzz += fate == HUNK_FUZZ;
		}
	}
}

static int apply_patch(struct run *run, const struct patch *p, bool reverse, size_t index,
		       struct patch_outcome *po)
{
	bool yes = false;
	int rc;

	po->patch = p;
	po->changes = new_outcomes(run->r, p);
	run->tree.patch = index;
	rc = apply_changes(run, p, reverse, po->changes);
	if (!rc)
		rc = run->tree.watch_rc;
	if (rc)
		return err_wrap(run->e, "%s", p->name);
	po->answer = sum_up(p, po->changes);
	if (po->answer == ANSWER_APPLIES) {
		tree_commit(&run->tree, (ssize_t)index);
		count_hunks(run->r, po);
		return 0;
	}
	tree_rollback(&run->tree);
	if (po->answer == ANSWER_CONFLICTS && touches_twice(p)) {
		rc = check_already(run, p, reverse, &yes);
		if (rc)
			return err_wrap(run->e, "%s", p->name);
	}
	if (yes) {
		po->answer = ANSWER_ALREADY;
		all_already(p, po->changes);
	}
	return 0;
}

static int apply_all(struct run *run, const struct patch *const *patches,
		     const bool *reverse)
{
	struct apply_result *r = run->r;
	bool stopped = false;
	int rc = 0;

	for (size_t i = 0; i < r->npatches; i++) {
		struct patch_outcome *po = &r->patches[i];

		po->patch = patches[i];
		po->answer = ANSWER_NOT_TRIED;
		if (stopped)
			continue;
		rc = apply_patch(run, patches[i], reverse && reverse[i], i, po);
		if (rc && run->policy->bad_patch)
			*run->policy->bad_patch = i;
		if (rc)
			return rc;
		r->done += po->answer != ANSWER_CONFLICTS;
		stopped = po->answer == ANSWER_CONFLICTS && !run->policy->keep_going;
	}
	return 0;
}

static int collect(struct run *run)
{
	struct collector c = { .policy = run->policy, .arena = &run->r->arena };
	int rc = 0;

	map_each(it, &run->tree.files)
	{
		if (!rc)
			rc = collect_file(&c, &run->tree, it->value, run->e);
	}
	finish_files(run->r, &c.files);
	return rc;
}

static int apply_sequence(struct run *run, const struct patch *const *patches,
			  const bool *reverse)
{
	int rc = apply_all(run, patches, reverse);

	if (!rc)
		rc = collect(run);
	if (rc)
		tree_rollback(&run->tree);
	tree_release(&run->tree);
	vec_release(&run->steps);
	return rc;
}

int apply_series(struct blob_source *src, const struct patch *const *patches,
		 const bool *reverse, size_t n, const struct apply_policy *policy,
		 struct apply_result **out, struct err *e)
{
	struct apply_result *r = xcalloc(1, sizeof(*r));
	struct run run = { .policy = policy, .r = r, .e = e };
	int rc = 0;

	run.tree.src = src;
	run.tree.arena = &r->arena;
	run.tree.watch = policy->watch;
	run.tree.e = e;
	r->npatches = n;
	r->patches = arena_array(&r->arena, n, sizeof(*r->patches));
	if (apply_chains(src, patches, reverse, policy, r)) {
		r->done = n;
		for (size_t i = 0; i < n; i++)
			count_hunks(r, &r->patches[i]);
	} else if (policy->only) {
		rc = err_set(e, ERR_CONFLICT, "some of the patches do not apply");
	} else {
		rc = policy->watch ? policy->watch->again(policy->watch, e) : 0;
		if (!rc)
			rc = apply_sequence(&run, patches, reverse);
	}
	if (rc)
		apply_result_free(r);
	else
		*out = r;
	return rc;
}

void apply_result_free(struct apply_result *r)
{
	if (!r)
		return;
	arena_release(&r->arena);
	for (size_t i = 0; i < r->nlanes; i++)
		arena_release(&r->lanes[i]);
	free(r->lanes);
	free(r);
}

void apply_result_freep(struct apply_result **r)
{
	apply_result_free(*r);
	*r = NULL;
}
