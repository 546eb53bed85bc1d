// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/object.h"

static json_t *text(const char *s)
{
	return json_bytes(s, strlen(s));
}

static json_t *place(struct object_place p)
{
	_cleanup_free_ char *s =
		xasprintf("%s+0x%llx", p.section, (unsigned long long)p.offset);

	return text(s);
}

static const char *trap_name(enum object_trap t)
{
	static const char *const names[] = {
		[OBJECT_TRAP_NONE] = "none", [OBJECT_TRAP_UD2] = "ud2",
		[OBJECT_TRAP_UD1] = "ud1",   [OBJECT_TRAP_BRK] = "brk",
		[OBJECT_TRAP_CALL] = "call",
	};

	return names[t];
}

static const char *guard_name(enum object_guard g)
{
	static const char *const names[] = {
		[OBJECT_GUARD_YES] = "yes",
		[OBJECT_GUARD_PARTLY] = "partly",
		[OBJECT_GUARD_OTHER] = "other",
		[OBJECT_GUARD_UNKNOWN] = "unknown",
	};

	return names[g];
}

static const char *how_name(enum object_how h)
{
	static const char *const names[] = {
		[OBJECT_SYMBOL] = "symbol",
		[OBJECT_CLONE] = "clone",
		[OBJECT_INLINED] = "inlined",
	};

	return names[h];
}

const char *object_answer_name(enum object_answer a)
{
	static const char *const names[] = {
		[OBJECT_NO] = "no",
		[OBJECT_YES] = "yes",
		[OBJECT_UNDECIDED] = "undecided",
		[OBJECT_NOTHING] = "nothing",
	};

	return names[a];
}

static json_t *site(const struct object_site *s)
{
	json_t *j = json_object();

	json_object_set_new(j, "address", place(s->at));
	json_object_set_new(j, "file", text(s->file));
	json_object_set_new(j, "flags", json_integer(s->flags));
	json_object_set_new(j, "function", text(s->function));
	json_object_set_new(j, "line", json_integer(s->line));
	json_object_set_new(j, "once", json_boolean(s->once));
	json_object_set_new(j, "reached", json_boolean(s->reached));
	json_object_set_new(j, "trap", json_string(trap_name(s->trap)));
	json_object_set_new(j, "wanted", json_boolean(s->wanted));
	json_object_set_new(j, "warning", json_boolean(s->warning));
	return j;
}

static json_t *test(const struct object_test *t)
{
	json_t *j = json_object();

	json_object_set_new(j, "address", place(t->at));
	json_object_set_new(j, "guard", json_string(guard_name(t->guard)));
	json_object_set_new(j, "mask", json_integer((json_int_t)t->mask));
	json_object_set_new(j, "text", text(t->text));
	return j;
}

static json_t *mark(const struct object_mark *m)
{
	json_t *j = json_object();

	json_object_set_new(j, "address", place(m->at));
	json_object_set_new(j, "symbol", text(m->text));
	return j;
}

/* An array of what @make makes of each element. */
#define json_list(vec, make)                                                             \
	({                                                                               \
		json_t *list_ = json_array();                                            \
		vec_each (it_, vec)                                                      \
			json_array_append_new(list_, make);                              \
		list_;                                                                   \
	})

static json_t *body(const struct object_body *b)
{
	json_t *j = json_object();

	json_object_set_new(j, "covers_all", json_boolean(b->covers_all));
	json_object_set_new(j, "delegates", json_list(&b->delegates, mark(it_)));
	json_object_set_new(j, "dominated",
			    json_string(object_answer_name(b->dominated)));
	json_object_set_new(j, "doubt", b->doubt ? text(b->doubt) : json_null());
	json_object_set_new(j, "entry", place(b->entry));
	json_object_set_new(j, "handler", text(b->handler));
	json_object_set_new(j, "how", json_string(how_name(b->how)));
	json_object_set_new(j, "locks", json_list(&b->locks, mark(it_)));
	json_object_set_new(j, "name", text(b->name));
	json_object_set_new(j, "path", json_list(&b->path, place(*it_)));
	json_object_set_new(j, "sites", json_list(&b->sites, site(it_)));
	json_object_set_new(j, "stray", json_string(object_answer_name(b->stray)));
	json_object_set_new(j, "tests", json_list(&b->tests, test(it_)));
	return j;
}

json_t *object_report_json(const struct object_report *r)
{
	json_t *j = json_object();

	json_object_set_new(j, "bodies", json_list(&r->bodies, body(it_)));
	json_object_set_new(j, "bug_entries", json_integer(r->nentries));
	json_object_set_new(j, "dwarf", json_boolean(r->dwarf));
	json_object_set_new(j, "elsewhere", json_list(&r->elsewhere, site(it_)));
	json_object_set_new(j, "found", json_list(&r->found, text(*it_)));
	json_object_set_new(j, "lines", json_list(&r->lines, json_integer(*it_)));
	json_object_set_new(j, "machine", json_string(r->machine));
	json_object_set_new(j, "mask", json_integer((json_int_t)r->mask));
	json_object_set_new(j, "missing", json_list(&r->missing, text(*it_)));
	json_object_set_new(j, "object", text(r->path));
	json_object_set_new(j, "source", text(r->source));
	return j;
}
