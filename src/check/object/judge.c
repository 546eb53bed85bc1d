// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/object.h"

#include "base/buf.h"

struct judging {
	const struct object_report *r;
	struct verdict *v;
	unsigned once;	/* wanted warn-once sites in bodies */
	unsigned locks; /* bodies that take a lock */
};

/* A finding that decides: it is also the reason, if none weighs more. */
static void say(struct judging *j, enum verdict_status status, const char *id,
		unsigned line, const char *message)
{
	finding_add(j->v, FINDING_ERROR, id, j->r->source, line, "%s", message);
	verdict_say(j->v, status, "%s", message);
}

static void sayf(struct judging *j, enum verdict_status status, const char *id,
		 unsigned line, const char *fmt, ...) _printf_(5, 6);

static void sayf(struct judging *j, enum verdict_status status, const char *id,
		 unsigned line, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	say(j, status, id, line, buf_str(&b));
}

static void judge_site(struct judging *j, const struct object_body *b,
		       const struct object_site *s)
{
	if (!s->wanted) {
		finding_add(j->v, FINDING_NOTE, "object-other-warning", s->file, s->line,
			    "%s has another warning", b->name);
		return;
	}
	if (s->trap == OBJECT_TRAP_NONE)
		sayf(j, VERDICT_ERROR, "object-no-trap", s->line,
		     "the bug table leads to %s+0x%llx, where no trap stands",
		     s->at.section, (unsigned long long)s->at.offset);
	else if (!s->once)
		sayf(j, VERDICT_FAIL, "object-not-once", s->line,
		     "the warning in %s is not a warn-once one", b->name);
	else
		j->once++;
	if (!s->reached)
		sayf(j, VERDICT_ERROR, "object-unreached", s->line,
		     "no path is known to lead to the warning in %s", b->name);
}

static char *path_text(const struct object_body *b)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < b->path.n; i++)
		buf_addf(&text, "%s%s+0x%llx", i ? " " : "", b->path.v[i].section,
			 (unsigned long long)b->path.v[i].offset);
	return buf_take(&text);
}

/* What stands in the way of a guard, in the words of the most telling branch. */
static const char *why_not(const struct object_body *b, bool has_site)
{
	enum object_guard best = OBJECT_GUARD_UNKNOWN;

	vec_each (t, &b->tests)
		best = t->guard < best ? t->guard : best;
	if (!has_site)
		return "no such warning stands in it";
	if (!b->tests.n)
		return "the warning does not hang on a branch before it";
	if (best == OBJECT_GUARD_YES)
		return "the branch to the warning can be passed by";
	if (best == OBJECT_GUARD_PARTLY)
		return "the flag alone does not lead to the warning";
	return "the branch to the warning tests something else";
}

static void judge_body(struct judging *j, const struct object_body *b)
{
	_cleanup_free_ char *path = path_text(b);
	bool has_site = false;

	vec_each (s, &b->sites) {
		judge_site(j, b, s);
		has_site |= s->wanted;
	}
	if (b->locks.n)
		j->locks++;
	if (b->dominated == OBJECT_NO)
		sayf(j, VERDICT_FAIL, "object-unguarded", 0,
		     "%s takes a lock before the flag is tested: %s (%s)", b->name,
		     why_not(b, has_site), path);
	else if (b->dominated == OBJECT_UNDECIDED)
		sayf(j, VERDICT_ERROR, "object-undecided", 0,
		     "cannot tell whether %s tests the flag before any lock: %s (%s)",
		     b->name, b->doubt, path);
	if (b->stray == OBJECT_YES)
		sayf(j, VERDICT_FAIL, "object-stray", 0,
		     "%s can reach the warning without the flag: %s", b->name,
		     why_not(b, has_site));
	else if (b->stray == OBJECT_UNDECIDED)
		sayf(j, VERDICT_ERROR, "object-undecided", 0,
		     "cannot tell what leads to the warning in %s", b->name);
}

static void judge_whole(struct judging *j)
{
	vec_each (h, &j->r->missing)
		sayf(j, VERDICT_ERROR, "object-no-handler", 0,
		     "handler '%s' is not in '%s'", *h, j->r->path);
	vec_each (s, &j->r->elsewhere)
		sayf(j, VERDICT_FAIL, "object-elsewhere", s->line,
		     "the warning stands in '%s', which is no handler", s->function);
	if (!j->once)
		say(j, VERDICT_FAIL, "object-no-warning", j->r->lines.v[0],
		    "no handler has a warn-once entry of the line that was asked for");
	if (!j->locks)
		sayf(j, VERDICT_ERROR, "object-no-lock", 0,
		     "no handler in '%s' calls anything that is known as a lock",
		     j->r->path);
	verdict_say(j->v, VERDICT_PASS, "%u warning%s before every lock", j->once,
		    j->once == 1 ? "" : "s");
}

void object_judge(const struct object_report *r, struct verdict *v)
{
	struct judging j = { .r = r, .v = v };
	json_t *facts = object_report_json(r);

	json_object_update(v->facts, facts);
	json_decref(facts);
	vec_each (b, &r->bodies)
		judge_body(&j, b);
	judge_whole(&j);
}
