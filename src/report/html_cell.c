// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html_cell.h"

#include "report/notes.h"
#include "report/show.h"

#define MAX_EXCERPT 400 /* columns */
#define MAX_DEPTH   6	/* of facts; what lies deeper is shown as JSON */

void html_foreign(struct xml *x, const char *tag, const char *cls, struct slice text)
{
	xml_open(x, tag);
	if (cls)
		xml_attr(x, "class", slice_str(cls));
	xml_attr(x, "dir", SLICE("auto"));
	xml_text(x, text);
	xml_close(x);
}

void html_excerpt(struct xml *x, const char *tag, struct slice text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t n = show_fit(text, MAX_EXCERPT);

	buf_add(&b, text.p, n);
	buf_adds(&b, n < text.n ? " ..." : "");
	html_foreign(x, tag, NULL, buf_slice(&b));
}

void html_status(struct xml *x, const char *status, unsigned n)
{
	xml_open(x, "span");
	xml_attrf(x, "class", "s %s", status);
	if (n)
		xml_textf(x, "%u ", n);
	xml_text(x, strcmp(status, "none") ? slice_str(status) : SLICE("not run"));
	xml_close(x);
}

void html_statuses(struct xml *x, const struct view_cell *cells, size_t n)
{
	static const enum verdict_status order[] = { VERDICT_PASS, VERDICT_FAIL,
						     VERDICT_ERROR, VERDICT_SKIP,
						     VERDICT_NONE };
	unsigned count[VERDICT_ERROR + 1] = { 0 }, stale = 0;

	for (size_t i = 0; i < n; i++) {
		if (cells[i].stale)
			stale++;
		else
			count[cells[i].status]++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (count[order[i]])
			html_status(x, verdict_name(order[i]),
				    n > 1 ? count[order[i]] : 0);
	}
	if (stale)
		html_status(x, "stale", n > 1 ? stale : 0);
}

void html_findings(struct xml *x, const struct view_cell *c, size_t max)
{
	size_t total = json_array_size(c->findings), i = 0;
	struct finding f;

	if (!total)
		return;
	xml_open(x, "ul");
	xml_attr(x, "class", SLICE("list"));
	for (; (!max || i < max) && view_finding(c, i, &f); i++) {
		_cleanup_buf_ struct buf text = BUF_INIT;

		finding_text(&f, &text);
		xml_open(x, "li");
		xml_textf(x, "%s: ", f.level);
		if (max)
			html_excerpt(x, "span", buf_slice(&text));
		else
			html_foreign(x, "span", NULL, buf_slice(&text));
		xml_close(x);
	}
	if (i < total) {
		xml_open(x, "li");
		xml_textf(x, "and %zu more", total - i);
		xml_close(x);
	}
	xml_close(x);
}

static void add_text(struct xml *x, const json_t *value)
{
	_cleanup_free_ char *dump = NULL;

	if (json_is_string(value)) {
		html_foreign(x, "span", NULL,
			     (struct slice){ json_string_value(value),
					     json_string_length(value) });
		return;
	}
	dump = json_dumps(value,
			  JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(9));
	xml_text(x, slice_str(dump));
}

static void sorted_keys(const json_t *object, struct strvec *keys)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)object, key, value) strvec_push(keys, key);
	strvec_sort(keys);
}

static bool is_flat(const json_t *value)
{
	const json_t *part;
	const char *key;
	size_t i;

	json_array_foreach(value, i, part)
	{
		if (json_is_object(part) || json_is_array(part))
			return false;
	}
	json_object_foreach((json_t *)value, key, part)
	{
		if (json_is_object(part) || json_is_array(part))
			return false;
	}
	return true;
}

/* "a, b" or "key value, key value" */
static void add_flat(struct xml *x, const json_t *value)
{
	_cleanup_strvec_ struct strvec keys = { 0 };
	const json_t *part;
	size_t i;

	sorted_keys(value, &keys);
	vec_each (k, &keys) {
		xml_textf(x, "%s%s ", k == keys.v ? "" : ", ", *k);
		add_text(x, json_object_get(value, *k));
	}
	json_array_foreach(value, i, part)
	{
		xml_text(x, i ? SLICE(", ") : SLICE(""));
		add_text(x, part);
	}
}

static void add_value(struct xml *x, const json_t *value, unsigned depth);

static void add_members(struct xml *x, const json_t *object, unsigned depth)
{
	_cleanup_strvec_ struct strvec keys = { 0 };

	sorted_keys(object, &keys);
	xml_open(x, "dl");
	vec_each (k, &keys) {
		xml_element(x, "dt", NULL, slice_str(*k));
		xml_open(x, "dd");
		add_value(x, json_object_get(object, *k), depth + 1);
		xml_close(x);
	}
	xml_close(x);
}

static void add_value(struct xml *x, const json_t *value, unsigned depth)
{
	const json_t *part;
	size_t i;

	if (depth > MAX_DEPTH || !(json_is_object(value) || json_is_array(value))) {
		add_text(x, value);
	} else if (depth && is_flat(value)) {
		add_flat(x, value);
	} else if (json_is_object(value)) {
		add_members(x, value, depth);
	} else {
		xml_open(x, "ul");
		xml_attr(x, "class", SLICE("list"));
		json_array_foreach(value, i, part)
		{
			xml_open(x, "li");
			add_value(x, part, depth + 1);
			xml_close(x);
		}
		xml_close(x);
	}
}

static void add_object(struct xml *x, const char *title, const json_t *object)
{
	if (!json_object_size(object))
		return;
	xml_element(x, "p", "dim", slice_str(title));
	add_value(x, object, 0);
}

static void add_stale_reason(struct xml *x, const struct view_cell *c)
{
	const json_t *because = json_object_get(c->json, "stale_because"), *word;
	_cleanup_buf_ struct buf text = BUF_INIT;
	size_t i;

	json_array_foreach(because, i, word)
		buf_addf(&text, "%s%s", i ? ", " : "",
			 json_is_string(word) ? json_string_value(word) : "?");
	xml_open(x, "p");
	html_status(x, "stale", 0);
	xml_text(x, SLICE(" since this changed: "));
	html_foreign(x, "span", NULL,
		     text.len ? buf_slice(&text) : SLICE("cause unknown"));
	xml_close(x);
}

/* On which base, when, at what cost, and under which key: the last line. */
static void add_origin(struct xml *x, const struct view *v, const struct view_cell *c)
{
	const char *seen = view_str(c->json, "seen");
	const char *base = v->targets.v[c->target].provenance;
	const json_t *cost = json_object_get(c->json, "cost");
	double wall = json_number_value(json_object_get(cost, "wall_s"));
	double cpu = json_number_value(json_object_get(cost, "cpu_s"));
	long rss = (long)json_integer_value(json_object_get(cost, "max_rss_kb"));
	const char *key = view_str(c->json, "key");

	xml_open(x, "p");
	xml_attr(x, "class", SLICE("dim"));
	if (seen && base && !c->stale)
		xml_textf(x, "Seen %s on %s. ", seen, base);
	else if (seen)
		xml_textf(x, "Seen %s. ", seen);
	if (wall > 0)
		xml_textf(x, "%.1f s. ", wall);
	if (cpu > 0)
		xml_textf(x, "%.1f s of CPU. ", cpu);
	if (rss > 0)
		xml_textf(x, "Largest process %ld MiB. ", rss / 1024);
	if (key && *key) {
		xml_text(x, SLICE("Key "));
		xml_element(x, "code", NULL, slice_str(key));
	}
	xml_close(x);
}

static void add_place(struct xml *x, const struct view *v, const struct view_cell *c)
{
	const char *parts[] = { c->arch, c->toolchain, c->config };
	bool any = false;

	xml_text(x, SLICE(" "));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i])
			continue;
		xml_textf(x, "%s%s", any ? " " : "", parts[i]);
		any = true;
	}
	if (!any)
		xml_text(x, slice_str(v->checks.v[c->check]));
}

static void add_summary(struct xml *x, const struct view *v, const struct view_cell *c)
{
	xml_open(x, "summary");
	html_status(x, verdict_name(c->status), 0);
	if (c->stale) {
		xml_text(x, SLICE(" "));
		html_status(x, "stale", 0);
	}
	add_place(x, v, c);
	if (c->required)
		xml_element(x, "span", "dim", SLICE(" (required)"));
	xml_close(x);
}

static void add_evidence(struct xml *x, const struct view *v, const struct view_cell *c)
{
	xml_open(x, "div");
	if (c->reason.n)
		html_foreign(x, "p", NULL, c->reason);
	if (c->stale)
		add_stale_reason(x, c);
	html_findings(x, c, 0);
	if (c->command.n) {
		xml_element(x, "p", "dim", SLICE("To see it again:"));
		xml_element(x, "pre", "cmd", c->command);
	}
	add_object(x, "What was seen:", json_object_get(c->json, "facts"));
	add_object(x, "With these tools:", json_object_get(c->json, "tools"));
	if (c->log.n) {
		xml_element(x, "p", "dim", SLICE("Output:"));
		xml_element(x, "pre", NULL, c->log);
	}
	add_origin(x, v, c);
	xml_close(x);
}

void html_cell(struct xml *x, const struct view *v, const struct view_cell *c)
{
	xml_raw(x, "\n");
	xml_open(x, "details");
	xml_attrf(x, "id", "c%zu", c->order);
	if (c->status == VERDICT_FAIL || c->status == VERDICT_ERROR)
		xml_attr(x, "open", SLICE("open"));
	add_summary(x, v, c);
	add_evidence(x, v, c);
	xml_close(x);
}
