// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/porcelain.h"

#include "report/view.h"

struct record {
	struct buf *out;
	enum porcelain_form form;
};

static bool needs_quotes(struct slice s)
{
	if (slice_eqs(s, "-"))
		return true;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
			return true;
	}
	return false;
}

static void add_quoted(struct buf *out, struct slice s)
{
	static const char escapes[][2] = { { '\a', 'a' }, { '\b', 'b' }, { '\t', 't' },
					   { '\n', 'n' }, { '\v', 'v' }, { '\f', 'f' },
					   { '\r', 'r' }, { '"', '"' },	 { '\\', '\\' } };

	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		size_t k = 0;

		while (k < ARRAY_SIZE(escapes) && escapes[k][0] != s.p[i])
			k++;
		if (k < ARRAY_SIZE(escapes))
			buf_addf(out, "\\%c", escapes[k][1]);
		else if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\%03o", c);
		else
			buf_addc(out, (char)c);
	}
	buf_addc(out, '"');
}

static void begin(const struct record *r, const char *kind)
{
	buf_adds(r->out, kind);
}

static void field(const struct record *r, struct slice s)
{
	buf_addc(r->out, '\t');
	if (!s.n)
		buf_addc(r->out, '-');
	else if (needs_quotes(s))
		add_quoted(r->out, s);
	else
		buf_add_slice(r->out, s);
}

static void field_str(const struct record *r, const char *s)
{
	field(r, slice_str(s));
}

static void number(const struct record *r, long n)
{
	buf_addf(r->out, "\t%ld", n);
}

static void end(const struct record *r)
{
	buf_addc(r->out, r->form == PORCELAIN_NUL ? '\0' : '\n');
}

/* The last field: for NUL-ended records it is the text itself, less any NUL. */
static void last(const struct record *r, struct slice s)
{
	if (r->form == PORCELAIN_LINES) {
		field(r, s);
	} else {
		buf_addc(r->out, '\t');
		for (size_t i = 0; i < s.n; i++)
			buf_addc(r->out, s.p[i] ? s.p[i] : ' ');
	}
	end(r);
}

static void add_target(const struct record *r, const struct view_target *t)
{
	begin(r, "target");
	field_str(r, t->name);
	field_str(r, t->retired ? "retired" : t->required ? "required" : "optional");
	field_str(r, t->provenance);
	field_str(r, t->tree);
	last(r, t->reason);
}

static void place(const struct record *r, const struct view *v, const struct view_cell *c)
{
	field_str(r, v->targets.v[c->target].name);
	field_str(r, v->checks.v[c->check]);
	field_str(r, c->arch);
	field_str(r, c->toolchain);
	field_str(r, c->config);
}

static void add_cell(const struct record *r, const struct view *v,
		     const struct view_cell *c)
{
	struct finding f;

	begin(r, "cell");
	place(r, v, c);
	field_str(r, verdict_name(c->status));
	field_str(r, c->stale ? "stale" : "fresh");
	field_str(r, c->required ? "required" : "optional");
	field_str(r, view_str(c->json, "key"));
	last(r, c->reason);
	for (size_t i = 0; view_finding(c, i, &f); i++) {
		begin(r, "finding");
		place(r, v, c);
		field_str(r, f.level);
		field_str(r, f.id);
		field_str(r, f.path);
		number(r, f.line);
		last(r, f.message);
	}
}

static void add_summary(const struct record *r, const struct view *v)
{
	struct view_counts n;

	view_count(v, &n);
	begin(r, "summary");
	number(r, n.status[VERDICT_PASS]);
	number(r, n.status[VERDICT_FAIL]);
	number(r, n.status[VERDICT_ERROR]);
	number(r, n.status[VERDICT_SKIP]);
	number(r, n.status[VERDICT_NONE]);
	number(r, n.stale);
	end(r);
}

int report_porcelain(const json_t *model, enum porcelain_form form, struct buf *out,
		     struct err *e)
{
	const struct record r = { out, form };
	_cleanup_view_ struct view v;

	if (view_init(&v, model, e))
		return e->code;
	begin(&r, "carry-report\t1");
	last(&r, slice_str(v.generated));
	vec_each (t, &v.targets)
		add_target(&r, t);
	vec_each (c, &v.cells)
		add_cell(&r, &v, c);
	add_summary(&r, &v);
	return 0;
}
