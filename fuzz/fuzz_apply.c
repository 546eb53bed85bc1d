// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * Input: one byte of policy, then files and patches, each begun by a line "%%path mode"
 * or "%%patch". Whatever they are, applying ends and stays inside the tree, and
 * the answers do not depend on whether contents are asked for.
 */

#include "base/fsx.h"
#include "base/vec.h"
#include "engine/apply_source.h"
#include "fuzz.h"

struct input {
	struct blob_source *src;
	VEC(struct patch *) patches;
	struct apply_policy policy;
};

static void add_section(struct input *in, struct slice head, struct slice body)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	_cleanup_free_ char *path = NULL;
	struct patch *p;
	struct slice name;
	struct err e = { 0 };

	if (slice_eqs(head, "patch")) {
		buf_add_slice(&bytes, body);
		if (in->patches.n < 16 && !patch_parse("input", &bytes, 1, &p, &e))
			vec_push(&in->patches, p);
		return;
	}
	slice_split(&head, ' ', &name);
	if (!path_is_safe(name))
		return;
	path = xmemdupz(name.p, name.n);
	memory_source_add(in->src, path,
			  slice_eqs(head, "link")   ? 0120000
			  : slice_eqs(head, "exec") ? 0100755
						    : 0100644,
			  body);
}

static void read_input(struct input *in, struct slice rest)
{
	struct slice line, head = { 0 }, body = { rest.p, 0 };

	while (slice_line(&rest, &line)) {
		if (!slice_starts(line, "%%")) {
			body.n += line.n;
			continue;
		}
		if (head.p)
			add_section(in, head, body);
		head = slice_trim((struct slice){ line.p + 2, line.n - 2 });
		body = (struct slice){ line.p + line.n, 0 };
	}
	if (head.p)
		add_section(in, head, body);
}

static void set_policy(struct apply_policy *p, uint8_t bits)
{
	*p = (struct apply_policy){ .dialect = bits % 3,
				    .max_fuzz = bits / 4 % 4,
				    .no_offsets = bits & 16,
				    .keep_going = bits & 32,
				    .remove_empty = bits & 64,
				    .find_doubts = bits & 128,
				    .search_limit = 1 << 20 };
}

static void check_result(const struct apply_result *r)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	for (size_t i = 0; i < r->nfiles; i++) {
		const struct result_file *f = &r->files[i];

		BUG_ON(!path_is_safe(f->path));
		BUG_ON(i && slice_cmp(r->files[i - 1].path, f->path) >= 0);
		BUG_ON(!f->deleted && f->mode != 0100644 && f->mode != 0100755 &&
		       f->mode != 0120000);
	}
	for (size_t i = 0; i < r->npatches; i++) {
		apply_explain(&r->patches[i], &out);
		BUG_ON((r->patches[i].answer == ANSWER_CONFLICTS) !=
		       (r->patches[i].patch->nchanges > 0 && out.len > 0));
		buf_clear(&out);
	}
}

/* Answers must not depend on what else was asked. */
static void again(struct input *in, const struct apply_result *was)
{
	_cleanup_apply_result_ struct apply_result *r = NULL;
	struct apply_policy policy = in->policy;
	struct err e = { 0 };

	policy.answers_only = true;
	BUG_ON(apply_series(in->src, (const struct patch *const *)in->patches.v, NULL,
			    in->patches.n, &policy, &r, &e));
	BUG_ON(r->done != was->done || r->nfiles != was->nfiles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_apply_result_ struct apply_result *r = NULL;
	struct input in = { .src = memory_source_new() };
	struct err e = { 0 };
	int rc;

	if (size) {
		set_policy(&in.policy, data[0]);
		read_input(&in, (struct slice){ (const char *)data + 1, size - 1 });
	}
	rc = apply_series(in.src, (const struct patch *const *)in.patches.v, NULL,
			  in.patches.n, &in.policy, &r, &e);
	BUG_ON(rc != e.code || (rc && r));
	if (!rc) {
		check_result(r);
		again(&in, r);
	}
	apply_result_free(TAKE(r));
	vec_each (p, &in.patches)
		patch_free(*p);
	vec_release(&in.patches);
	blob_source_free(in.src);
	return 0;
}
