// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/verdict.h"

#include "base/buf.h"

static const char *const names[] = {
	[VERDICT_NONE] = "none", [VERDICT_PASS] = "pass",   [VERDICT_FAIL] = "fail",
	[VERDICT_SKIP] = "skip", [VERDICT_ERROR] = "error",
};

void verdict_init(struct verdict *v)
{
	*v = (struct verdict){ .findings = json_array(), .facts = json_object() };
}

void verdict_release(struct verdict *v)
{
	if (!v)
		return;
	free(v->reason);
	json_decref(v->findings);
	json_decref(v->facts);
	free(v->command);
	free(v->log);
	*v = (struct verdict){ 0 };
}

/* How strongly a status holds against another one said of the same cell. */
static int weight(enum verdict_status s)
{
	static const int order[] = {
		[VERDICT_NONE] = 0, [VERDICT_PASS] = 1,	 [VERDICT_SKIP] = 2,
		[VERDICT_FAIL] = 3, [VERDICT_ERROR] = 4,
	};

	return order[s];
}

void verdict_say(struct verdict *v, enum verdict_status status, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	if (weight(status) <= weight(v->status))
		return;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	/* One line: what tools say at length stands in findings and the log. */
	for (size_t i = 0; i < b.len; i++) {
		if (b.data[i] == '\n' || b.data[i] == '\r' || b.data[i] == '\t')
			b.data[i] = ' ';
	}
	v->status = status;
	free(v->reason);
	v->reason = buf_take(&b);
}

const char *verdict_name(enum verdict_status status)
{
	BUG_ON((size_t)status >= ARRAY_SIZE(names));
	return names[status];
}

enum verdict_status verdict_parse(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name))
			return (enum verdict_status)i;
	}
	return VERDICT_NONE;
}

json_t *json_bytes(const char *p, size_t n)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	json_t *j = json_stringn(p, n);

	if (j)
		return j;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= 0x80)
			buf_addf(&b, "\\x%02x", c);
		else
			buf_addc(&b, (char)c);
	}
	return json_stringn(b.data, b.len);
}

const char *finding_level_name(enum finding_level level)
{
	static const char *const levels[] = {
		[FINDING_ERROR] = "error",
		[FINDING_WARNING] = "warning",
		[FINDING_OWED] = "owed",
		[FINDING_NOTE] = "note",
	};

	return levels[level];
}

void finding_add(struct verdict *v, enum finding_level level, const char *id,
		 const char *path, unsigned line, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	json_t *f = json_object();
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	json_object_set_new(f, "level", json_string(finding_level_name(level)));
	json_object_set_new(f, "id", json_bytes(id, strlen(id)));
	json_object_set_new(f, "path",
			    path ? json_bytes(path, strlen(path)) : json_null());
	json_object_set_new(f, "line", json_integer(line));
	json_object_set_new(f, "message", json_bytes(b.data, b.len));
	json_array_append_new(v->findings, f);
}
