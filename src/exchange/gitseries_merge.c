// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "exchange/gitseries_place.h"
#include "exchange/gitseries_plan.h"

struct merger {
	const struct series_files *old, *disk;
	struct save_plan *plan;
	struct series_files out;
	bool mine;
	struct buf clashes; /* names that both sides changed */
	struct err *e;
};

static bool same_file(const struct series_file *a, const struct series_file *b)
{
	return a && b ? slice_eq(a->bytes, b->bytes) : a == b;
}

static void put(struct merger *m, const struct series_file *f)
{
	if (f && !series_files_find(&m->out, f->name))
		series_files_add(&m->out, f->name, f->bytes);
}

static void merge_file(struct merger *m, const char *name)
{
	const struct series_file *o = series_files_find(m->old, name),
				 *d = series_files_find(m->disk, name),
				 *b = series_files_find(&m->plan->files, name);

	if (same_file(b, o)) {
		if (!same_file(d, o))
			vec_push(&m->plan->fates,
				 (struct save_file){ SAVE_TAKEN,
						     arena_strdup(&m->plan->arena, name) });
		put(m, d);
	} else if (same_file(d, o) || same_file(d, b) || m->mine) {
		put(m, b);
	} else {
		buf_addf(&m->clashes, "%s%s", m->clashes.len ? ", " : "", name);
	}
}

static git_merge_file_input input_of(const struct series_files *f)
{
	const struct series_file *s = series_files_find(f, "series");
	git_merge_file_input in = GIT_MERGE_FILE_INPUT_INIT;

	in.ptr = s->bytes.p;
	in.size = s->bytes.n;
	return in;
}

/* The series file, by lines. */
static int merge_order(struct merger *m)
{
	git_merge_file_input o = input_of(m->old), b = input_of(&m->plan->files),
			     d = input_of(m->disk);
	git_merge_file_options opts = GIT_MERGE_FILE_OPTIONS_INIT;
	git_merge_file_result r = { 0 };
	struct series_file merged = { "series", { NULL, 0 } };
	int rc = 0;

	if (m->mine)
		opts.favor = GIT_MERGE_FILE_FAVOR_OURS;
	git_libgit2_init();
	if (git_merge_file(&r, &o, &b, &d, &opts))
		rc = err_set(m->e, ERR_INTERNAL, "cannot merge the series file");
	else if (!r.automergeable)
		buf_addf(&m->clashes, "%sthe order in series", m->clashes.len ? ", " : "");
	merged.bytes = (struct slice){ r.ptr, r.len };
	if (!rc)
		put(m, &merged);
	if (!rc && r.automergeable)
		rc = series_parse(m->old->series->dir, m->old->series->path, merged.bytes,
				  &m->out.series, m->e);
	git_merge_file_result_free(&r);
	git_libgit2_shutdown();
	return rc;
}

/* What one side dropped the other may still name. */
static int check_names(struct merger *m)
{
	vec_each (en, &m->out.series->entries) {
		if (en->applies && !series_files_find(&m->out, en->name))
			return err_set(m->e, ERR_CONFLICT,
				       "the merged series names '%s', which one side dropped",
				       en->name);
	}
	return 0;
}

static int merge_all(struct merger *m)
{
	const struct series_files *sides[] = { m->old, m->disk, &m->plan->files };
	int rc = merge_order(m);

	for (size_t i = 0; !rc && i < ARRAY_SIZE(sides); i++) {
		vec_each (f, &sides[i]->files) {
			if (!series_files_find(&m->out, f->name) &&
			    (i == 0 || !series_files_find(m->old, f->name)) &&
			    (i < 2 || !series_files_find(m->disk, f->name)))
				merge_file(m, f->name);
		}
	}
	if (!rc && m->clashes.len)
		return err_set(m->e, ERR_CONFLICT,
			       "both the branch and the series on disk changed: %s ('carry save "
			       "--merge --mine' lets the branch win there; 'git range-diff' in the "
			       "branch's repository with a branch of the other state shows how they "
			       "differ)",
			       buf_str(&m->clashes));
	return rc ? rc : check_names(m);
}

int save_plan_merge(struct save_plan *plan, const struct series_files *old,
		    const struct series_files *disk, bool mine, struct err *e)
{
	struct merger m = { .old = old, .disk = disk, .plan = plan, .mine = mine, .e = e };
	int rc = merge_all(&m);

	buf_release(&m.clashes);
	if (rc) {
		series_files_release(&m.out);
		return rc;
	}
	series_files_release(&plan->files);
	plan->files = m.out;
	return 0;
}
