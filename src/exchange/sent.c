// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/sent.h"

#include "exchange/import.h"

#define RECORD SENT_DIR "/sent.json"
#define SCHEMA "carry.sent/1"

/*
 * {"schema": …, "change-id": "20261123-slug-0123456789ab", "versions": [
 *   {"revision": 1, "sent": "2026-11-23T00:00:00Z", "to": […], "cc": […],
 *    "base": "git …", "base-commit": "<40 hex>", "prefixes": […],
 *    "cover": "<id>", "patches": [{"name": "x.patch", "message-id": "<id>"}, …]}]}
 */
static const char *first_id(const json_t *version)
{
	const char *cover = json_string_value(json_object_get(version, "cover"));
	const json_t *first = json_array_get(json_object_get(version, "patches"), 0);

	return cover ? cover : json_string_value(json_object_get(first, "message-id"));
}

static int take_versions(struct sent *s, const char *path, struct err *e)
{
	const char *schema = json_string_value(json_object_get(s->doc, "schema"));
	json_t *v;
	size_t i;

	s->change_id = json_string_value(json_object_get(s->doc, "change-id"));
	if (!schema || strcmp(schema, SCHEMA) || !s->change_id)
		return err_set(e, ERR_INPUT, "%s: this is no record of schema " SCHEMA,
			       path);
	json_array_foreach(json_object_get(s->doc, "versions"), i, v)
	{
		unsigned n = (unsigned)json_integer_value(json_object_get(v, "revision"));

		if (!n)
			return err_set(e, ERR_INPUT, "%s: a version without revision",
				       path);
		vec_push(&s->versions, (struct sent_version){ n, first_id(v) });
	}
	return 0;
}

int sent_read(const char *dir, struct sent *out, struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, RECORD);
	_cleanup_buf_ struct buf text = BUF_INIT;
	json_error_t why;
	int rc;

	*out = (struct sent){ 0 };
	if (!fsx_exists(path))
		return 0;
	rc = fsx_read(path, &text, e);
	if (rc)
		return rc;
	out->doc = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &why);
	if (!out->doc)
		return err_set(e, ERR_INPUT, "%s:%d: %s", path, why.line, why.text);
	return take_versions(out, path, e);
}

void sent_release(struct sent *s)
{
	vec_release(&s->versions);
	json_decref(s->doc);
	*s = (struct sent){ 0 };
}

const struct sent_version *sent_last(const struct sent *s)
{
	return s->versions.n ? &s->versions.v[s->versions.n - 1] : NULL;
}

static int copy_one(struct stage *stage, const char *dir, const char *name, unsigned rev,
		    struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, name);
	_cleanup_free_ char *to = xasprintf(SENT_DIR "/v%u/%s", rev, name);
	_cleanup_buf_ struct buf data = BUF_INIT;
	int rc = fsx_read(path, &data, e);

	return rc ? rc : stage_write(stage, to, buf_slice(&data), e);
}

static int copy_series(struct stage *stage, const char *dir, unsigned rev, struct err *e)
{
	_cleanup_free_ char *cover = path_join(dir, COVER_NAME);
	_cleanup_series_ struct series *series = NULL;
	int rc = series_read(dir, &series, e);

	if (!rc) {
		series_leave_out(series);
		rc = copy_one(stage, dir, "series", rev, e);
	}
	for (size_t i = 0; !rc && i < series->entries.n; i++)
		rc = copy_one(stage, dir, series->entries.v[i].name, rev, e);
	if (!rc && fsx_exists(cover))
		rc = copy_one(stage, dir, COVER_NAME, rev, e);
	return rc;
}

int sent_add(const struct sent *s, const char *dir, const char *state,
	     const char *change_id, json_t *version, struct err *e)
{
	unsigned rev = (unsigned)json_integer_value(json_object_get(version, "revision"));
	json_t *doc = s->doc ? json_deep_copy(s->doc)
			     : json_pack("{s:s, s:s, s:[]}", "schema", SCHEMA,
					 "change-id", change_id, "versions");
	_cleanup_stage_ struct stage stage = STAGE_INIT;
	_cleanup_free_ char *text = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	int rc = stage_open(&stage, state, dir, false, e);

	json_array_append(json_object_get(doc, "versions"), version);
	text = json_dumps(doc, JSON_INDENT(2));
	json_decref(doc);
	BUG_ON(!text);
	buf_addf(&b, "%s\n", text);
	if (!rc)
		rc = copy_series(&stage, dir, rev, e);
	if (!rc)
		rc = stage_write(&stage, RECORD, buf_slice(&b), e);
	return rc ? rc : stage_commit(&stage, e);
}
