/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the kinds of a change share while one is being applied; for apply_change.c and
 * apply_move.c only. An answer is no error: these return 0 with j->o filled.
 */

#include "engine/apply_place.h"

/* A change as it is to be done: turned round when it is reversed. */
struct job {
	struct tree *t;
	const struct change *c;
	bool reverse;
	const struct apply_policy *policy;
	struct change_outcome *o;
	enum change_kind kind;
	struct slice from, to;
	uint32_t old_mode, new_mode;
	bool from_maybe_absent, to_maybe_absent;
	struct file *file; /* that is read */
	struct file *dest; /* that is written; the same but for rename and copy */
	struct err *e;
};

static inline int refuse(struct job *j, enum conflict reason)
{
	j->o->answer = ANSWER_CONFLICTS;
	j->o->reason = reason;
	return 0;
}

static inline int already(struct job *j)
{
	j->o->answer = ANSWER_ALREADY;
	for (uint32_t i = 0; i < j->c->nhunks; i++)
		j->o->hunks[i] = (struct hunk_outcome){ .fate = HUNK_ALREADY };
	return 0;
}

static inline int applies(struct job *j)
{
	j->o->answer = ANSWER_APPLIES;
	j->o->reason = CONFLICT_NONE;
	return 0;
}

static inline bool is_there(const struct file *f)
{
	return f->kind != BLOB_ABSENT;
}

static inline bool moves(const struct job *j)
{
	return j->kind == CHANGE_RENAME || j->kind == CHANGE_COPY;
}

/* Splits what will be read; *ok: a directory or device has no lines. */
int job_need_lines(struct job *j, struct file *f, bool *ok) _must_check_;
bool same_lines(const struct lines *a, const struct lines *b);
/* Whether the modes that the change names can be @f's. */
bool job_mode_fits(const struct job *j, const struct file *f);
/* Whether the change sets a mode, and the mode that @f has after it. */
bool job_sets_mode(const struct job *j, const struct file *f);
uint32_t job_result_mode(const struct job *j, const struct file *f);
/*
 * Places the hunks in j->file and leaves the edits in the tree. *ok: they all fit;
 * otherwise the outcome is filled.
 */
int job_place(struct job *j, struct placed *at, struct placer *pl, bool *ok) _must_check_;
/* A rename or copy. */
int job_move(struct job *j) _must_check_;
