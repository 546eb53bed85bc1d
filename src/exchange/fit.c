// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/fit.h"

#include "base/fsx.h"
#include "store/base.h"

const char *fit_answer_name(enum fit_answer a)
{
	static const char *const names[] = { [FIT_APPLIES] = "applies",
					     [FIT_ALREADY] = "already",
					     [FIT_NEAR] = "near",
					     [FIT_CONFLICTS] = "conflicts" };

	return names[a];
}

bool fit_is_whole(const struct fit_variant *v)
{
	return !v->err.code && !v->count[FIT_NEAR] && !v->count[FIT_CONFLICTS];
}

static bool is_like(const struct hunk_outcome *h)
{
	return h->reason == CONFLICT_FUZZ ||
	       (h->near.of && 2 * h->near.matched >= h->near.of);
}

static bool is_near(const struct patch_outcome *o)
{
	for (uint32_t i = 0; o->changes && i < o->patch->nchanges; i++) {
		const struct change_outcome *c = &o->changes[i];
		uint32_t wrong = 0;

		if (c->answer != ANSWER_CONFLICTS)
			continue;
		for (uint32_t k = 0; k < c->change->nhunks; k++) {
			if (c->hunks[k].fate != HUNK_CONFLICT)
				continue;
			wrong++;
			if (!is_like(&c->hunks[k]))
				return false;
		}
		if (!wrong) /* the file as a whole is in the way, or missing */
			return false;
	}
	return o->changes;
}

static unsigned moved_hunks(const struct patch_outcome *o)
{
	unsigned n = 0;

	for (uint32_t i = 0; o->changes && i < o->patch->nchanges; i++) {
		const struct change_outcome *c = &o->changes[i];

		for (uint32_t k = 0; k < c->change->nhunks; k++)
			n += c->hunks[k].fate == HUNK_OFFSET;
	}
	return n;
}

static void judge(struct fit_variant *v)
{
	v->patches = xcalloc(v->series->n + 1, sizeof(*v->patches));
	for (size_t i = 0; i < v->series->n; i++) {
		const struct patch_outcome *o = &v->applied->patches[i];
		struct fit_patch *p = &v->patches[i];

		p->name = v->series->series->entries.v[i].name;
		p->outcome = o;
		p->answer = FIT_CONFLICTS;
		if (o->answer == ANSWER_APPLIES)
			p->answer = FIT_APPLIES;
		else if (o->answer == ANSWER_ALREADY)
			p->answer = FIT_ALREADY;
		else if (is_near(o))
			p->answer = FIT_NEAR;
		if (p->answer == FIT_APPLIES)
			p->moved = moved_hunks(o);
		v->count[p->answer]++;
		v->moved += p->moved;
	}
}

static void try_variant(struct fit_variant *v, const char *top,
			const struct conf_target *t, struct blob_source *src)
{
	struct apply_policy policy = APPLY_POLICY_INIT;

	policy.keep_going = true;
	policy.answers_only = true;
	if (variant_load(top, t, &v->series, &v->err))
		return;
	if (!v->series->n) {
		err_set(&v->err, ERR_INPUT, "the series '%s' is empty", t->series);
		return;
	}
	if (!apply_series(src, (const struct patch *const *)v->series->patches,
			  v->series->reverse, v->series->n, &policy, &v->applied,
			  &v->err))
		judge(v);
}

/* "6.1.y" is the line of "6.1.190". */
static bool is_line_of(const char *target, const char *kernel)
{
	size_t n = strlen(target);

	return n > 2 && !strcmp(target + n - 2, ".y") && !strncmp(target, kernel, n - 1);
}

static int compare(const void *a, const void *b)
{
	const struct fit_variant *x = a, *y = b;
	const long keys[][2] = {
		{ x->err.code != 0, y->err.code != 0 },
		{ x->count[FIT_CONFLICTS], y->count[FIT_CONFLICTS] },
		{ x->count[FIT_NEAR], y->count[FIT_NEAR] },
		{ x->moved, y->moved },
		{ !x->same_line, !y->same_line },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	}
	return strcmp(x->dir, y->dir);
}

static struct fit_variant *variant_of(struct fit *f, const char *dir)
{
	vec_each (v, &f->variants) {
		if (!strcmp(v->dir, dir))
			return v;
	}
	return NULL;
}

static bool is_carried(const char *top, const struct conf_target *t)
{
	_cleanup_free_ char *dir = path_join(top, t->series);

	return fsx_is_dir(dir);
}

static int read_kernel(struct blob_source *src, struct fit *f, struct err *e)
{
	struct blob b;
	int rc = src->get(src, SLICE("Makefile"), &b, e);

	if (rc)
		return rc;
	if (b.kind == BLOB_FILE)
		f->kernel = base_kernel_version(b.bytes);
	if (src->put)
		src->put(src, &b);
	return f->kernel ? 0
			 : err_set(e, ERR_INPUT,
				   "it is no kernel tree: its top has no Makefile that "
				   "tells a VERSION");
}

int fit_tree(const char *top, const struct conf *conf, struct blob_source *src,
	     struct fit *out, struct err *e)
{
	*out = (struct fit){ 0 };
	if (read_kernel(src, out, e))
		return e->code;
	vec_each (t, &conf->targets) {
		struct fit_variant *v = variant_of(out, t->series);

		/* A line that is only looked at has no series yet. */
		if (!is_carried(top, t))
			continue;
		if (!v) {
			vec_push(&out->variants,
				 (struct fit_variant){ .dir = t->series });
			v = &out->variants.v[out->variants.n - 1];
			try_variant(v, top, t, src);
		}
		strvec_push(&v->targets, t->name);
		v->same_line |= is_line_of(t->name, out->kernel);
	}
	if (!out->variants.n)
		return err_set(e, ERR_INPUT, "%s: no target has a series", conf->path);
	qsort(out->variants.v, out->variants.n, sizeof(*out->variants.v), compare);
	return 0;
}

void fit_release(struct fit *f)
{
	vec_each (v, &f->variants) {
		apply_result_free(v->applied);
		variant_free(v->series);
		strvec_release(&v->targets);
		free(v->patches);
	}
	vec_release(&f->variants);
	free(f->kernel);
}
