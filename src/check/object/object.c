// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/object.h"

#include "check/object/study.h"

/* Instructions that one examination looks at; kernel objects have fewer. */
#define MAX_BUDGET 4000000
/* Functions that hold handlers. */
#define MAX_BODIES 1000

struct object_place study_place(const struct study *s, pos_t at)
{
	return (struct object_place){ s->im.sections.v[pos_section(at)].name,
				      pos_offset(at) };
}

bool study_wants(const struct study *s, const struct bug_entry *b)
{
	size_t n = strlen(b->file), suffix = strlen(s->q->source);

	if (n < suffix || strcmp(b->file + n - suffix, s->q->source) ||
	    (n > suffix && b->file[n - suffix - 1] != '/'))
		return false;
	for (size_t i = 0; i < s->q->nlines; i++) {
		if (s->q->lines[i] == b->line)
			return true;
	}
	return false;
}

struct object_site study_site(const struct study *s, const struct bug_entry *b,
			      bool reached)
{
	const struct image_sym *f = image_func_around(&s->im, b->at);

	return (struct object_site){
		.at = study_place(s, b->at),
		.trap = b->trap,
		.function = f ? f->name : "",
		.file = arena_strdup(s->arena, b->file),
		.line = b->line,
		.flags = b->flags,
		.warning = b->flags & BUG_WARNING,
		.once = b->flags & BUG_ONCE,
		.wanted = study_wants(s, b),
		.reached = reached,
	};
}

static void body_release(struct object_body *b)
{
	vec_release(&b->sites);
	vec_release(&b->tests);
	vec_release(&b->locks);
	vec_release(&b->delegates);
	vec_release(&b->path);
}

static void work_free(struct work *w)
{
	vec_release(&w->inlined);
	body_release(&w->body);
	free(w);
}

struct work *study_add(struct study *s, pos_t entry, const char *handler,
		       enum object_how how)
{
	const struct image_sym *f = image_func_at(&s->im, entry);
	struct work *w = study_work(s, entry);

	if (w || !f)
		return w;
	if (s->works.n == MAX_BODIES) {
		s->too_many = true;
		return NULL;
	}
	w = xcalloc(1, sizeof(*w));
	w->entry = entry;
	w->body = (struct object_body){ .name = f->name,
					.how = how,
					.entry = study_place(s, entry) };
	w->body.handler = arena_strdup(s->arena, handler);
	vec_push(&s->works, w);
	map_set(&s->by_entry, (struct slice){ (const char *)&entry, sizeof(entry) }, w);
	return w;
}

/* Takes back what study_add() made last. */
static void study_drop_last(struct study *s)
{
	struct work *w = s->works.v[--s->works.n];

	map_set(&s->by_entry, (struct slice){ (const char *)&w->entry, sizeof(w->entry) },
		NULL);
	work_free(w);
}

/* What follows the handler's own name in the symbol's; NULL: another function. */
static const char *clone_suffix(const char *symbol, const char *handler)
{
	size_t n = strlen(handler);

	return !strncmp(symbol, handler, n) && (!symbol[n] || symbol[n] == '.')
		       ? symbol + n
		       : NULL;
}

static void find_symbols(struct study *s, bool *found)
{
	vec_each (i, &s->im.funcs) {
		const struct image_sym *f = &s->im.syms.v[*i];

		for (size_t h = 0; s->q->handlers[h]; h++) {
			const char *suffix = clone_suffix(f->name, s->q->handlers[h]);

			/* Parts have other entries than their function. */
			if (!suffix || strstr(suffix, ".cold") ||
			    strstr(suffix, ".part."))
				continue;
			found[h] = true;
			study_add(s, f->at, s->q->handlers[h],
				  *suffix ? OBJECT_CLONE : OBJECT_SYMBOL);
		}
	}
}

/* A call from outside into a part: its caller has the function's beginning inlined. */
static void take_part_call(struct study *s, size_t h, const struct image_sym *caller,
			   const struct insn *in, bool *found)
{
	struct work *w = study_work(s, caller->at);

	found[h] = true;
	if (!w)
		w = study_add(s, caller->at, s->q->handlers[h], OBJECT_INLINED);
	if (w && w->body.how == OBJECT_INLINED)
		vec_push(&w->inlined, (struct range){ in->at, in->at + in->len });
}

static void find_part_calls(struct study *s, size_t h, pos_t part, bool *found)
{
	vec_each (i, &s->im.funcs) {
		const struct image_sym *f = &s->im.syms.v[*i];
		struct insn in;

		if (!s->budget)
			return;
		s->budget--;
		for (pos_t at = f->at; at < f->at + f->size && s->budget; at += in.len) {
			s->budget--;
			decode(&s->decoder, at, &in);
			if (!in.len)
				break;
			if ((in.flow == FLOW_CALL || in.flow == FLOW_JUMP) &&
			    in.target == part && f->at != part)
				take_part_call(s, h, f, &in, found);
		}
	}
}

/*
 * A part that asks for itself is a body like any other. One that does not is a
 * function that takes locks, and its callers have to ask.
 */
static void take_part(struct study *s, size_t h, const struct image_sym *part,
		      bool *found)
{
	struct work *w = study_add(s, part->at, s->q->handlers[h], OBJECT_CLONE);

	if (!w)
		return;
	guard_examine(s, w);
	if (w->body.dominated == OBJECT_YES) {
		found[h] = true;
		return;
	}
	study_drop_last(s);
	find_part_calls(s, h, part->at, found);
}

static void find_parts(struct study *s, bool *found)
{
	vec_each (i, &s->im.funcs) {
		const struct image_sym *f = &s->im.syms.v[*i];

		for (size_t h = 0; s->q->handlers[h]; h++) {
			const char *suffix = clone_suffix(f->name, s->q->handlers[h]);

			if (suffix && strstr(suffix, ".part.") &&
			    !strstr(suffix, ".cold") && !study_work(s, f->at))
				take_part(s, h, f, found);
		}
	}
}

static int check_query(const struct object_query *q, struct err *e)
{
	const char *what = NULL;

	if (!q->handlers || !q->handlers[0])
		what = "no handler was named";
	else if (!q->source || !*q->source || !q->nlines)
		what = "no line of a source was named";
	else if (!q->mask)
		what = "the mask is 0";
	else if (!q->locks || !q->locks[0])
		what = "no lock was named";
	if (!what)
		return 0;
	return err_set(e, ERR_USAGE, "cannot examine '%s': %s", q->path, what);
}

static int compile_locks(struct study *s, struct err *e)
{
	size_t n = 0;

	while (s->q->locks[n])
		n++;
	s->locks = xcalloc(n, sizeof(*s->locks));
	for (; s->nlocks < n; s->nlocks++) {
		_cleanup_free_ char *whole = xasprintf("^(%s)$", s->q->locks[s->nlocks]);
		int ret = regcomp(&s->locks[s->nlocks], whole, REG_EXTENDED | REG_NOSUB);
		char why[200];

		if (!ret)
			continue;
		regerror(ret, &s->locks[s->nlocks], why, sizeof(why));
		return err_set(e, ERR_USAGE, "cannot use '%s' as a name of locks: %s",
			       s->q->locks[s->nlocks], why);
	}
	return 0;
}

static int cmp_work(const void *a, const void *b)
{
	const struct work *x = *(struct work *const *)a, *y = *(struct work *const *)b;

	return strcmp(x->body.name, y->body.name)
		       ?: (x->entry > y->entry) - (x->entry < y->entry);
}

/* Wanted entries that no body lists. */
static void find_elsewhere(struct study *s, struct object_report *r)
{
	vec_each (b, &s->tables.bugs) {
		struct object_site site = study_site(s, b, false);
		bool listed = false;

		if (!site.wanted)
			continue;
		vec_each (w, &s->works) {
			vec_each (o, &(*w)->body.sites)
				listed |= o->at.section == site.at.section &&
					  o->at.offset == site.at.offset;
		}
		if (!listed)
			vec_push(&r->elsewhere, site);
	}
}

static int examine(struct study *s, struct object_report *r, struct err *e)
{
	_cleanup_free_ bool *found = NULL;
	size_t n = 0;

	while (s->q->handlers[n])
		n++;
	found = xcalloc(n, sizeof(*found));
	find_symbols(s, found);
	r->dwarf = inlined_find(s, found);
	find_parts(s, found);
	for (size_t i = 0; i < n; i++) {
		const char *name = arena_strdup(s->arena, s->q->handlers[i]);

		if (found[i])
			vec_push(&r->found, name);
		else
			vec_push(&r->missing, name);
	}
	if (s->too_many)
		return err_set(e, ERR_LIMIT,
			       "cannot examine '%s': too many clones of handlers",
			       s->q->path);
	for (size_t i = 0; i < s->works.n; i++)
		guard_examine(s, s->works.v[i]);
	if (s->works.n)
		qsort(s->works.v, s->works.n, sizeof(*s->works.v), cmp_work);
	find_elsewhere(s, r);
	vec_each (w, &s->works) {
		vec_push(&r->bodies, (*w)->body);
		(*w)->body = (struct object_body){ 0 };
	}
	return 0;
}

static void study_release(struct study *s)
{
	for (size_t i = 0; i < s->nlocks; i++)
		regfree(&s->locks[i]);
	free(s->locks);
	vec_each (w, &s->works)
		work_free(*w);
	vec_release(&s->works);
	map_release(&s->helpers);
	map_release(&s->by_entry);
	tables_release(&s->tables);
	decoder_release(&s->decoder);
	image_release(&s->im);
}

static struct object_report *new_report(const struct object_query *q)
{
	struct object_report *r = xcalloc(1, sizeof(*r));

	r->path = arena_strdup(&r->arena, q->path);
	r->source = arena_strdup(&r->arena, q->source);
	r->mask = q->mask;
	for (size_t i = 0; i < q->nlines; i++)
		vec_push(&r->lines, q->lines[i]);
	return r;
}

int object_examine(const struct object_query *q, struct object_report **out,
		   struct err *e)
{
	struct object_report *r;
	struct study s = { .q = q, .budget = MAX_BUDGET };
	int ret = check_query(q, e);

	if (ret)
		return ret;
	r = new_report(q);
	s.arena = &r->arena;
	ret = compile_locks(&s, e);
	if (!ret)
		ret = image_open(&s.im, q->path, s.arena, e);
	if (!ret)
		ret = tables_read(&s.im, q->path, &s.tables, e);
	if (!ret)
		ret = decoder_init(&s.decoder, &s.im, e);
	if (!ret) {
		r->machine = s.im.machine == IMAGE_ARM64 ? "arm64" : "x86_64";
		r->nentries = (unsigned)s.tables.bugs.n;
		ret = examine(&s, r, e);
	}
	if (!ret)
		*out = TAKE(r);
	study_release(&s);
	object_report_free(r);
	return ret;
}

void object_report_free(struct object_report *r)
{
	if (!r)
		return;
	vec_each (b, &r->bodies)
		body_release(b);
	vec_release(&r->bodies);
	vec_release(&r->found);
	vec_release(&r->missing);
	vec_release(&r->elsewhere);
	vec_release(&r->lines);
	arena_release(&r->arena);
	free(r);
}
