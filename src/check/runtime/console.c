// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/runtime/console.h"

#include "engine/verdict.h"

#define PREFIX	   "carry:"
#define MAX_NAME   64
#define MAX_DETAIL 512
#define MAX_LINES  2000

struct reader {
	struct console *c;
	unsigned line; /* of the console, from 1 */
	unsigned said; /* lines that begin with the prefix */
	bool begun, ended;
	struct slice last; /* what was said last, by the kernel or by us */
	bool panicked;	   /* and that is why */
};

static int bad(const struct reader *r, struct slice line, const char *why, struct err *e)
{
	return err_set(e, ERR_INPUT, "line %u of the console %s: '%.*s'", r->line, why,
		       (int)(line.n < 80 ? line.n : 80), line.p);
}

static struct slice word(struct slice *rest)
{
	struct slice w = { rest->p, 0 };

	while (w.n < rest->n && w.p[w.n] != ' ')
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	if (rest->n) {
		rest->p++;
		rest->n--;
	}
	return w;
}

static bool is_name(struct slice w)
{
	for (size_t i = 0; i < w.n; i++) {
		char c = w.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' &&
		    c != '-')
			return false;
	}
	return w.n && w.n <= MAX_NAME;
}

/* Plain decimal digits, few enough for any count of ours. */
static bool read_count(struct slice w, unsigned *out)
{
	*out = 0;
	for (size_t i = 0; i < w.n; i++) {
		if (w.p[i] < '0' || w.p[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(w.p[i] - '0');
	}
	return w.n && w.n <= 6;
}

static bool has_check(const struct console *c, struct slice name)
{
	vec_each (k, &c->checks) {
		if (slice_eqs(name, k->name))
			return true;
	}
	return false;
}

static int take_check(struct reader *r, struct slice line, struct slice rest,
		      struct err *e)
{
	struct slice name = word(&rest), result = word(&rest);
	struct console_check check = { .pass = slice_eqs(result, "pass") };

	if (!is_name(name) || (!check.pass && !slice_eqs(result, "fail")))
		return bad(r, line, "is no check", e);
	if (has_check(r->c, name))
		return bad(r, line, "has a check that was there before", e);
	rest = slice_trim(rest);
	check.name = xmemdupz(name.p, name.n);
	check.detail = xmemdupz(rest.p, rest.n);
	vec_push(&r->c->checks, check);
	r->c->failed += !check.pass;
	return 0;
}

static int take_fact(struct reader *r, struct slice line, struct slice rest,
		     struct err *e)
{
	struct slice name = word(&rest);
	_cleanup_free_ char *key = NULL;
	json_t *values;

	if (!is_name(name))
		return bad(r, line, "is no fact", e);
	rest = slice_trim(rest);
	key = xmemdupz(name.p, name.n);
	values = json_object_get(r->c->facts, key);
	if (!values) {
		values = json_array();
		json_object_set_new(r->c->facts, key, values);
	}
	json_array_append_new(values, json_bytes(rest.p, rest.n));
	return 0;
}

static int take_end(struct reader *r, struct slice line, struct slice rest, struct err *e)
{
	struct slice a = word(&rest), b = word(&rest), c = word(&rest);
	unsigned checks, failed;

	if (!read_count(a, &checks) || !read_count(b, &failed) ||
	    !read_count(c, &r->c->warnings) || rest.n)
		return bad(r, line, "is no total", e);
	if (checks != r->c->checks.n || failed != r->c->failed)
		return err_set(
			e, ERR_INPUT,
			"the total says %u checks, %u failed, and the console has %zu, "
			"%u: lines were lost",
			checks, failed, r->c->checks.n, r->c->failed);
	if (!checks)
		return err_set(e, ERR_INPUT, "the boot made no check");
	r->ended = true;
	return 0;
}

/* @line without the prefix. */
static int take(struct reader *r, struct slice line, struct err *e)
{
	struct slice rest = line, verb = word(&rest);

	if (++r->said > MAX_LINES)
		return bad(r, line, "is one of too many", e);
	if (line.n > MAX_DETAIL)
		return bad(r, line, "is too long", e);
	if (memchr(line.p, 0, line.n))
		return bad(r, line, "has a NUL byte", e);
	if (r->ended)
		return bad(r, line, "comes after the total", e);
	if (slice_eqs(verb, "begin")) {
		if (r->begun || !slice_eqs(slice_trim(rest), "1"))
			return bad(r, line, "is no beginning", e);
		r->begun = true;
		return 0;
	}
	if (!r->begun)
		return bad(r, line, "comes before the beginning", e);
	if (slice_eqs(verb, "check"))
		return take_check(r, line, rest, e);
	if (slice_eqs(verb, "fact"))
		return take_fact(r, line, rest, e);
	if (slice_eqs(verb, "end"))
		return take_end(r, line, slice_trim(rest), e);
	if (slice_eqs(verb, "broken"))
		return err_set(e, ERR_INPUT, "the probe cannot go on: %.*s",
			       SLICE_ARG(slice_trim(rest)));
	return bad(r, line, "cannot be understood", e);
}

static int not_ended(const struct reader *r, struct err *e)
{
	struct slice last = r->last;

	if (last.n > 200)
		last.n = 200;
	return err_set(e, ERR_INPUT, "no total after %zu checks; the last words: '%.*s'",
		       r->c->checks.n, SLICE_ARG(last));
}

/* What follows a panic is where it happened, of less use than why. */
static void note_last(struct reader *r, struct slice line)
{
	if (r->panicked || !line.n)
		return;
	r->last = line;
	r->panicked = memmem(line.p, line.n, "Kernel panic", strlen("Kernel panic"));
}

static struct slice without_prefix(struct slice line)
{
	size_t n = strlen(PREFIX);

	return slice_trim((struct slice){ line.p + n, line.n - n });
}

int console_parse(struct slice text, struct console *out, struct err *e)
{
	struct reader r = { .c = out };
	struct slice line;
	int rc = 0;

	*out = (struct console){ .facts = json_object() };
	while (!rc && slice_line(&text, &line)) {
		r.line++;
		/* The last line of a machine that died may be half a one. */
		if (slice_starts(line, PREFIX) && !slice_ends(line, "\n"))
			return bad(&r, line, "is cut off", e);
		line = slice_trim(line);
		note_last(&r, line);
		if (slice_starts(line, PREFIX))
			rc = take(&r, without_prefix(line), e);
	}
	if (!rc && !r.ended)
		rc = not_ended(&r, e);
	return rc;
}

void console_release(struct console *c)
{
	vec_each (k, &c->checks) {
		free(k->name);
		free(k->detail);
	}
	vec_release(&c->checks);
	json_decref(c->facts);
	c->facts = NULL;
}
