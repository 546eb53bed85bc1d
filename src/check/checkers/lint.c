// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lint: each patch says who wrote it, what it does and why; where it differs
 * from the newest line's it says so in a "[ … ]" note; and it claims nothing
 * for other people that the newest line's patch does not have.
 */
#include <strings.h>

#include "check/check.h"
#include "engine/drift.h"
#include "text/header.h"

struct lint {
	const struct check_run *run;
	struct verdict *v;
	const char *name; /* of the patch at hand */
	const struct header *header;
};

static void __attribute__((format(printf, 4, 5)))
complain(struct lint *l, const char *id, unsigned line, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	finding_add(l->v, FINDING_ERROR, id, l->name, line, "%s", b.data);
	verdict_say(l->v, VERDICT_FAIL, "%s: %s", l->name, b.data);
}

static bool has_address(struct slice s)
{
	const char *lt = memchr(s.p ? s.p : "", '<', s.n);
	const char *at = lt ? memchr(lt, '@', (size_t)(s.p + s.n - lt)) : NULL;

	return at && at > lt + 1 && memchr(at, '>', (size_t)(s.p + s.n - at));
}

/* Prose of the message: what is neither trailer nor note. */
static bool says_why(const struct header *h)
{
	struct slice rest = h->body, line, part;

	while (slice_line(&rest, &line)) {
		struct slice t = slice_trim(line), peek = t;

		if (!t.n || t.p[0] == '[')
			continue;
		/* A trailer begins with one word and a colon; prose has a blank before
		 * it. */
		if (slice_split(&peek, ':', &part) && peek.p &&
		    !memchr(part.p, ' ', part.n))
			continue;
		return true;
	}
	return false;
}

static void check_header(struct lint *l)
{
	const struct header *h = l->header;

	if (!h->from.n)
		complain(l, "no-author", 1, "no From: say who wrote the change");
	else if (!has_address(h->from))
		complain(l, "bad-author", h->from_line, "From has no <address>: %.*s",
			 SLICE_ARG(h->from));
	if (!header_title(h).n)
		complain(l, "no-subject", 1, "no Subject: say what the change does");
	if (!says_why(h))
		complain(l, "no-reason", h->body_line, "the message does not say why");
}

static bool is_credit(const struct trailer *t)
{
	static const char *const names[] = { "Signed-off-by",  "Reviewed-by",
					     "Acked-by",       "Tested-by",
					     "Reported-by",    "Suggested-by",
					     "Co-developed-by" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (trailer_is(t, names[i]))
			return true;
	}
	return false;
}

static bool has_trailer(const struct header *h, const struct trailer *want)
{
	vec_each (t, &h->trailers) {
		if (t->name.n == want->name.n &&
		    !strncasecmp(t->name.p, want->name.p, t->name.n) &&
		    slice_eq(t->value, want->value))
			return true;
	}
	return false;
}

static void check_trailers(struct lint *l, const struct header *newest)
{
	bool signed_off = false;

	vec_each (t, &l->header->trailers) {
		signed_off |= trailer_is(t, "Signed-off-by");
		if (!is_credit(t))
			continue;
		if (!has_address(t->value))
			complain(l, "bad-trailer", t->line, "%.*s has no <address>: %.*s",
				 SLICE_ARG(t->name), SLICE_ARG(t->value));
		/* A backporter signs off; what others gave, they gave to the change. */
		else if (newest && !trailer_is(t, "Signed-off-by") &&
			 !has_trailer(newest, t))
			complain(l, "foreign-credit", t->line,
				 "%.*s: %.*s is not in the newest line's patch",
				 SLICE_ARG(t->name), SLICE_ARG(t->value));
	}
	if (!signed_off)
		finding_add(
			l->v, FINDING_OWED, "sign-off", l->name, 0,
			"no Signed-off-by: the sender gives it when the patch is sent");
}

static const struct variant_series *newest_of(const struct check_run *run)
{
	const struct plan *plan = run->env->plan;

	vec_each (t, &plan->targets) {
		if (!strcmp(t->conf->name, plan->conf->newest))
			return t->variant;
	}
	return NULL;
}

/* The patch of the newest line that has the same name, or the same title. */
static const struct patch *counterpart(const struct variant_series *newest,
				       const char *name, const struct header *h)
{
	for (size_t i = 0; i < newest->n; i++) {
		if (!strcmp(newest->series->entries.v[i].name, name))
			return newest->patches[i];
	}
	for (size_t i = 0; i < newest->n; i++) {
		struct header other;
		bool same;

		header_parse(newest->patches[i]->header, &other);
		same = slice_eq(header_title(&other), header_title(h));
		header_release(&other);
		if (same)
			return newest->patches[i];
	}
	return NULL;
}

static void check_drift(struct lint *l, const struct patch *mine,
			const struct patch *newest)
{
	enum drift d = patch_drift(newest, mine);
	json_t *facts = json_object_get(l->v->facts, "drift");

	json_object_set_new(facts, l->name, json_string(drift_name(d)));
	if (d == DRIFT_ADAPTED && !l->header->notes.n)
		complain(
			l, "no-note", l->header->body_line,
			"it differs from the newest line's patch, and no [ … ] note says why");
}

static void check_patch(struct lint *l, size_t i)
{
	const struct variant_series *mine = l->run->target->plan->variant;
	const struct variant_series *newest = newest_of(l->run);
	const struct patch *p = mine->patches[i], *other = NULL;
	struct header h, theirs = { 0 };

	l->name = mine->series->entries.v[i].name;
	header_parse(p->header, &h);
	l->header = &h;
	if (newest && newest != mine)
		other = counterpart(newest, l->name, &h);
	if (other)
		header_parse(other->header, &theirs);
	check_header(l);
	check_trailers(l, other ? &theirs : NULL);
	if (!p->nchanges)
		complain(l, "empty", 1, "the patch changes nothing");
	if (other)
		check_drift(l, p, other);
	else if (newest && newest != mine)
		finding_add(l->v, FINDING_WARNING, "only-here", l->name, 0,
			    "the newest line has no such patch");
	header_release(&h);
	header_release(&theirs);
}

static void run(const struct check_run *run, struct verdict *v)
{
	const struct variant_series *s = run->target->plan->variant;
	struct lint l = { .run = run, .v = v };

	json_object_set_new(v->facts, "drift", json_object());
	json_object_set_new(v->facts, "patches", json_integer((json_int_t)s->n));
	for (size_t i = 0; i < s->n; i++)
		check_patch(&l, i);
	if (!s->n)
		verdict_say(v, VERDICT_ERROR,
			    "the series is empty: there is nothing to read");
	verdict_say(v, VERDICT_PASS, "headers are complete");
}

const struct checker checker_lint = {
	.spec = { .name = "lint",
		  .version = 1,
		  .scope = SCOPE_TARGET,
		  .inputs = INPUT_HEADERS | INPUT_NEWEST },
	.run = run,
};
