// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/junit.h"

#include "report/notes.h"
#include "report/xml.h"

enum outcome { OUT_PASS, OUT_FAIL, OUT_ERROR, OUT_SKIP, OUTCOMES };

struct counts {
	size_t n[OUTCOMES];
	double time;
};

static enum outcome outcome_of(const struct view_cell *c)
{
	if (c->status == VERDICT_FAIL)
		return OUT_FAIL;
	if (c->status == VERDICT_ERROR || (c->status == VERDICT_SKIP && c->required))
		return OUT_ERROR;
	return c->status == VERDICT_PASS && !c->stale ? OUT_PASS : OUT_SKIP;
}

static double cell_time(const struct view_cell *c)
{
	const json_t *cost = json_object_get(c->json, "cost");

	return json_number_value(json_object_get(cost, "wall_s"));
}

static enum outcome treeless(const struct view_target *t)
{
	return t->required && !t->retired ? OUT_ERROR : OUT_SKIP;
}

static void count_target(const struct view *v, const struct view_target *t,
			 struct counts *n)
{
	if (!t->ncells)
		n->n[treeless(t)]++;
	for (size_t i = t->first; i < t->first + t->ncells; i++) {
		n->n[outcome_of(&v->cells.v[i])]++;
		n->time += cell_time(&v->cells.v[i]);
	}
}

static void add_counts(struct xml *x, const struct counts *n)
{
	size_t tests = 0;

	for (size_t i = 0; i < OUTCOMES; i++)
		tests += n->n[i];
	xml_attrf(x, "tests", "%zu", tests);
	xml_attrf(x, "failures", "%zu", n->n[OUT_FAIL]);
	xml_attrf(x, "errors", "%zu", n->n[OUT_ERROR]);
	xml_attrf(x, "skipped", "%zu", n->n[OUT_SKIP]);
	xml_attrf(x, "time", "%.3f", n->time);
}

static void add_property(struct xml *x, const char *name, struct slice value)
{
	if (!value.n)
		return;
	xml_open(x, "property");
	xml_attr(x, "name", slice_str(name));
	xml_attr(x, "value", value);
	xml_close_void(x);
}

static void add_properties(struct xml *x, const struct view_target *t)
{
	const char *seen = view_str(json_object_get(t->json, "base"), "fetched");

	xml_open(x, "properties");
	add_property(x, "base", t->provenance ? slice_str(t->provenance) : SLICE("none"));
	add_property(x, "tree", slice_str(t->tree));
	add_property(x, "fetched", slice_str(seen));
	add_property(x, "series", view_slice(t->json, "series"));
	xml_close(x);
}

static void case_message(const struct view_cell *c, struct buf *out)
{
	if (c->stale)
		buf_addf(out, "stale (was %s)", verdict_name(c->status));
	else if (c->status == VERDICT_NONE)
		buf_adds(out, "not run");
	else if (c->status == VERDICT_SKIP && c->required)
		buf_adds(out, "required, but skipped");
	if (out->len && c->reason.n)
		buf_adds(out, ": ");
	buf_add_slice(out, c->reason);
}

static void case_body(const struct view_cell *c, struct buf *out)
{
	struct finding f;

	for (size_t i = 0; view_finding(c, i, &f); i++) {
		finding_text(&f, out);
		buf_addc(out, '\n');
	}
	if (c->command.n) {
		buf_adds(out, "$ ");
		buf_add_slice(out, c->command);
		buf_addc(out, '\n');
	}
}

static void add_outcome(struct xml *x, const struct view *v, const struct view_cell *c)
{
	static const char *const tags[OUTCOMES] = { NULL, "failure", "error", "skipped" };
	_cleanup_buf_ struct buf message = BUF_INIT, body = BUF_INIT;
	enum outcome o = outcome_of(c);

	if (!tags[o])
		return;
	case_message(c, &message);
	case_body(c, &body);
	xml_open(x, tags[o]);
	xml_attr(x, "message", buf_slice(&message));
	if (o != OUT_SKIP) {
		xml_attr(x, "type", slice_str(v->checks.v[c->check]));
		xml_text(x, buf_slice(&body));
	}
	xml_close(x);
}

static void case_name(const struct view *v, const struct view_cell *c, struct buf *out)
{
	const char *parts[] = { c->arch, c->toolchain, c->config };

	buf_adds(out, v->checks.v[c->check]);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i])
			buf_addf(out, " %s", parts[i]);
	}
}

static void add_case(struct xml *x, const struct view *v, const struct view_cell *c)
{
	_cleanup_buf_ struct buf name = BUF_INIT;

	case_name(v, c, &name);
	xml_open(x, "testcase");
	xml_attr(x, "name", buf_slice(&name));
	xml_attr(x, "classname", slice_str(v->targets.v[c->target].name));
	xml_attrf(x, "time", "%.3f", cell_time(c));
	add_outcome(x, v, c);
	if (c->log.n)
		xml_element(x, "system-out", NULL, c->log);
	xml_close(x);
}

/* A line that cannot be looked at must not vanish from the list. */
static void add_base_case(struct xml *x, const struct view_target *t)
{
	xml_open(x, "testcase");
	xml_attr(x, "name", SLICE("base"));
	xml_attr(x, "classname", slice_str(t->name));
	xml_attr(x, "time", SLICE("0.000"));
	xml_open(x, treeless(t) == OUT_ERROR ? "error" : "skipped");
	if (t->reason.n)
		xml_attr(x, "message", t->reason);
	else
		xml_attrf(x, "message", t->retired ? "retired" : "nothing to check");
	if (treeless(t) == OUT_ERROR)
		xml_attr(x, "type", SLICE("base"));
	xml_close(x);
	xml_close(x);
}

static void add_suite(struct xml *x, const struct view *v, const struct view_target *t)
{
	struct counts n = { 0 };

	count_target(v, t, &n);
	xml_open(x, "testsuite");
	xml_attr(x, "name", slice_str(t->name));
	add_counts(x, &n);
	add_properties(x, t);
	if (!t->ncells)
		add_base_case(x, t);
	for (size_t i = t->first; i < t->first + t->ncells; i++)
		add_case(x, v, &v->cells.v[i]);
	xml_close(x);
}

int report_junit(const json_t *model, struct buf *out, struct err *e)
{
	_cleanup_view_ struct view v;
	_cleanup_xml_ struct xml x = { 0 };
	struct counts n = { 0 };

	if (view_init(&v, model, e))
		return e->code;
	xml_init(&x);
	xmlTextWriterSetIndent(x.w, 1);
	xmlTextWriterStartDocument(x.w, "1.0", "UTF-8", NULL);
	vec_each (t, &v.targets)
		count_target(&v, t, &n);
	xml_open(&x, "testsuites");
	xml_attr(&x, "name", SLICE("carry"));
	add_counts(&x, &n);
	vec_each (t, &v.targets)
		add_suite(&x, &v, t);
	xml_close(&x);
	return xml_finish(&x, out, e);
}
