// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/group.h"

#define DIMS 3

void groups_release(struct groups *g)
{
	groups_each(it, g)
	{
		struct group *group = it->value;

		vec_release(&group->cells);
		free(group);
	}
	map_release(&g->map);
}

void groups_add(struct groups *g, struct slice text, const struct view_cell *c)
{
	void **slot = map_slot(&g->map, text);
	struct group *group = *slot;

	if (!group)
		*slot = group = xcalloc(1, sizeof(*group));
	vec_push(&group->cells, c);
}

static const char *dim(const struct view_cell *c, size_t d)
{
	const char *s = d == 0 ? c->arch : d == 1 ? c->toolchain : c->config;

	return s ? s : "";
}

static void dim_values(const struct cells *set, size_t d, struct strvec *out)
{
	vec_each (c, set) {
		if (!strvec_has(out, dim(*c, d)))
			strvec_push(out, dim(*c, d));
	}
}

/* All cells of the same target and check as @like. */
static void same_check(const struct view *v, const struct view_cell *like,
		       struct cells *out)
{
	const struct view_target *t = &v->targets.v[like->target];

	for (size_t i = t->first; i < t->first + t->ncells; i++) {
		if (v->cells.v[i].check == like->check)
			vec_push(out, &v->cells.v[i]);
	}
}

struct box {
	struct strvec values[DIMS]; /* that the set has */
	bool open[DIMS];	    /* any value will do */
};

static bool box_has(const struct box *b, const struct view_cell *c)
{
	for (size_t d = 0; d < DIMS; d++) {
		if (!b->open[d] && !strvec_has(&b->values[d], dim(c, d)))
			return false;
	}
	return true;
}

static bool is_box(const struct box *b, const struct cells *all, size_t n)
{
	size_t inside = 0;

	vec_each (c, all)
		inside += box_has(b, *c);
	return inside == n;
}

/* Lists of values that could be any and still mean the same @n cells go. */
static void open_dims(struct box *b, const struct cells *all, size_t n)
{
	for (size_t d = DIMS; d-- > 0;) {
		b->open[d] = b->values[d].n > 1;
		if (b->open[d] && !is_box(b, all, n))
			b->open[d] = false;
	}
}

static char *box_name(const struct box *b)
{
	struct buf name = BUF_INIT;

	for (size_t d = 0; d < DIMS; d++) {
		const struct strvec *values = &b->values[d];

		if (b->open[d] || (values->n == 1 && !*values->v[0]))
			continue;
		if (name.len)
			buf_addc(&name, ' ');
		for (size_t i = 0; i < values->n; i++)
			buf_addf(&name, "%s%s", i ? "," : "",
				 *values->v[i] ? values->v[i] : "none");
	}
	return buf_take(&name);
}

static void name_set(const struct cells *all, const struct cells *set,
		     struct strvec *names, struct cells *members);

/* Names the parts of @set that agree in its first dimension with several values. */
static void name_parts(const struct cells *all, const struct cells *set,
		       const struct box *b, struct strvec *names, struct cells *members)
{
	size_t d = 0;

	while (d < DIMS - 1 && b->values[d].n < 2)
		d++;
	for (size_t i = 0; i < b->values[d].n; i++) {
		struct cells part = { 0 };

		vec_each (c, set) {
			if (!strcmp(dim(*c, d), b->values[d].v[i]))
				vec_push(&part, *c);
		}
		name_set(all, &part, names, members);
		vec_release(&part);
	}
}

static void name_set(const struct cells *all, const struct cells *set,
		     struct strvec *names, struct cells *members)
{
	struct box b = { 0 };
	bool several = false;

	for (size_t d = 0; d < DIMS; d++) {
		dim_values(set, d, &b.values[d]);
		several |= b.values[d].n > 1;
	}
	/* Two cells of the same coordinates make no box, and cannot be parted. */
	if (!several || is_box(&b, all, set->n)) {
		_cleanup_free_ char *name = NULL;

		open_dims(&b, all, set->n);
		name = box_name(&b);
		strvec_push(names, name);
		if (members)
			vec_push(members, set->v[0]);
	} else {
		name_parts(all, set, &b, names, members);
	}
	for (size_t d = 0; d < DIMS; d++)
		strvec_release(&b.values[d]);
}

void group_names(const struct view *v, const struct cells *set, struct strvec *names,
		 struct cells *members)
{
	struct cells all = { 0 };

	if (!set->n)
		return;
	same_check(v, set->v[0], &all);
	name_set(&all, set, names, members);
	vec_release(&all);
}

/* The names of @set, "" for all of its check. */
static char *joined_names(const struct view *v, const struct cells *set)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	struct buf b = BUF_INIT;

	group_names(v, set, &names, NULL);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&b, "%s%s", i ? "; " : "", names.v[i]);
	return buf_take(&b);
}

/* Ends what was said of the last checks with what their cells are. */
static void close_names(struct buf *out, const char *names)
{
	if (names && *names)
		buf_addf(out, " (%s)", names);
}

/* "build, object (arm64 clang)" of cells of one target; "" for all it has. */
static char *checks_of(const struct view *v, const struct cells *set)
{
	_cleanup_free_ char *last = NULL;
	struct buf b = BUF_INIT;

	if (set->n > 1 && set->n == v->targets.v[set->v[0]->target].ncells)
		return xstrdup("");
	for (size_t i = 0, end; i < set->n; i = end) {
		struct cells part = { 0 };
		char *names;

		for (end = i; end < set->n && set->v[end]->check == set->v[i]->check;
		     end++)
			vec_push(&part, set->v[end]);
		names = joined_names(v, &part);
		vec_release(&part);
		if (last && strcmp(last, names) != 0)
			close_names(&b, last);
		buf_addf(&b, "%s%s", b.len ? ", " : "", v->checks.v[set->v[i]->check]);
		free(last);
		last = names;
	}
	close_names(&b, last);
	return buf_take(&b);
}

/* The checks of @set's targets → the targets' names, in order. */
static void targets_by_checks(const struct view *v, const struct cells *set,
			      struct map *m)
{
	for (size_t i = 0, end; i < set->n; i = end) {
		_cleanup_free_ char *checks = NULL;
		struct cells part = { 0 };
		struct strvec **names;

		for (end = i; end < set->n && set->v[end]->target == set->v[i]->target;
		     end++)
			vec_push(&part, set->v[end]);
		checks = checks_of(v, &part);
		vec_release(&part);
		names = (struct strvec **)map_slot(m, slice_str(checks));
		if (!*names)
			*names = xcalloc(1, sizeof(**names));
		strvec_push(*names, v->targets.v[set->v[i]->target].name);
	}
}

void group_where(const struct view *v, const struct cells *set, struct buf *out)
{
	struct map by_checks = { 0 };

	targets_by_checks(v, set, &by_checks);
	map_each(it, &by_checks)
	{
		struct strvec *names = it->value;

		if (it != by_checks.entries)
			buf_adds(out, "; ");
		for (size_t i = 0; i < names->n; i++)
			buf_addf(out, "%s%s", i ? ", " : "", names->v[i]);
		if (it->len)
			buf_addf(out, "%s %s", names->n > 1 ? ":" : "", it->key);
		strvec_release(names);
		free(names);
	}
	map_release(&by_checks);
}
