// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_again.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"

/* What was edited. False everywhere: it is in doubt. */

bool again_in_pc(const struct again *a, const char *path)
{
	return !faccessat(a->s.q->pc_fd, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static bool match(struct again *a)
{
	struct map names = { 0 };
	size_t next = 0;
	bool ok = true;

	for (size_t i = 0; i < a->old.patches.n; i++) {
		a->now[i] = -1;
		map_set(&names, a->old.patches.v[i].name, (void *)(uintptr_t)(i + 1));
	}
	for (size_t j = 0; j < a->count; j++) {
		const struct series_entry *en = again_entry(a, j);
		size_t i = (size_t)(uintptr_t)map_get(&names, slice_str(en->name));

		map_set(&a->entries, slice_str(en->name), a);
		a->was[j] = -1;
		/* What nobody pushed does not stay in .pc. */
		ok = ok && (i || !again_in_pc(a, en->name));
		if (!i || !known_same(&a->old.patches.v[i - 1], a->s.q, en))
			continue;
		ok = ok && i > next;
		next = i;
		a->was[j] = (ssize_t)i - 1;
		a->now[i - 1] = (ssize_t)j;
	}
	map_release(&names);
	while (a->first < a->count && a->was[a->first] == (ssize_t)a->first)
		a->first++;
	return ok;
}

static bool affect(struct again *a, struct slice path)
{
	if (path.p)
		map_set(&a->files, path, a);
	return !path.p || path_is_safe(path);
}

static bool read_entry(struct again *a, size_t j)
{
	struct err ignored = { 0 };

	return a->s.p->patches[j] ||
	       !quilt_read_patch(a->s.q, j, NULL, &a->s.p->patches[j], &ignored);
}

static bool affect_new(struct again *a, size_t j)
{
	const struct patch *p;
	bool ok = read_entry(a, j);

	a->needed[j] = true;
	p = a->s.p->patches[j];
	for (uint32_t i = 0; ok && i < p->nchanges; i++)
		ok = affect(a, p->changes[i].old_path) && affect(a, p->changes[i].new_path);
	return ok;
}

static void affect_old(struct again *a)
{
	map_each(it, &a->old.files)
	{
		const struct known_file *f = it->value;

		vec_each (m, &f->by) {
			if (a->now[m->patch] < 0)
				affect(a, f->path);
		}
	}
}

static void affect_tied(struct again *a)
{
	size_t before;

	do {
		before = a->files.n;
		vec_each (t, &a->old.ties) {
			if (t->patch < a->first ||
			    (!map_has(&a->files, t->a) && !map_has(&a->files, t->b)))
				continue;
			affect(a, t->a);
			affect(a, t->b);
		}
	} while (a->files.n != before);
}

/* Whether a directory above @path is one of @files. */
static bool lies_below(struct slice path, const struct map *files)
{
	while (path.n) {
		if (path.p[--path.n] == '/' && map_has(files, path))
			return true;
	}
	return false;
}

/* A file where another patch has a directory is left to the plain way. */
static bool is_flat(const struct again *a)
{
	map_each(it, &a->files)
	{
		struct slice path = { it->key, it->len };

		if (lies_below(path, &a->files) || lies_below(path, &a->old.files))
			return false;
	}
	map_each(it, &a->old.files)
	{
		if (lies_below((struct slice){ it->key, it->len }, &a->files))
			return false;
	}
	return true;
}

static bool need(struct again *a)
{
	bool ok = true;

	map_each(it, &a->files)
	{
		const struct known_file *f =
			known_file(&a->old, (struct slice){ it->key, it->len });

		for (size_t i = 0; f && i < f->by.n; i++) {
			if (f->by.v[i].patch >= a->first && a->now[f->by.v[i].patch] >= 0)
				a->needed[a->now[f->by.v[i].patch]] = true;
		}
	}
	for (size_t j = a->first; ok && j < a->count; j++)
		ok = !a->needed[j] || read_entry(a, j);
	return ok;
}

bool again_find_edits(struct again *a)
{
	if (!known_read(a->s.q, &a->old) ||
	    !known_holds(&a->old, a->s.q, a->s.o->fuzz))
		return false;
	a->now = xcalloc(a->old.patches.n + 1, sizeof(*a->now));
	if (!match(a))
		return false;
	for (size_t j = a->first; j < a->count; j++) {
		if (a->was[j] < 0 && !affect_new(a, j))
			return false;
	}
	affect_old(a);
	affect_tied(a);
	return is_flat(a) && need(a);
}
