// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/sent.h"

#include <stdio.h>
#include <time.h>

#include "exchange/import.h"

#define RECORD SENT_DIR "/sent.json"
#define SCHEMA "carry.sent/1"

/*
 * {"schema": …, "change-id": "20261123-slug-0123456789ab", "versions": [
 *   {"revision": 1, "sent": "2026-11-23T00:00:00Z", "to": […], "cc": […],
 *    "base": "git …", "base-commit": "<40 hex>", "prefixes": […],
 *    "cover": "<id>", "patches": [{"name": "x.patch", "message-id": "<id>"}, …]}]}
 *
 * The last one may have "begun" in the place of "sent": it is unfinished.
 */
static const char *first_id(const json_t *version)
{
	const char *cover = json_string_value(json_object_get(version, "cover"));
	const json_t *first = json_array_get(json_object_get(version, "patches"), 0);

	return cover ? cover : json_string_value(json_object_get(first, "message-id"));
}

static struct sent_version version_of(const json_t *v)
{
	return (struct sent_version){
		(unsigned)json_integer_value(json_object_get(v, "revision")),
		first_id(v),
		json_string_value(json_object_get(v, "base-commit")),
	};
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
		if (s->unfinished)
			return err_set(e, ERR_INPUT,
				       "%s: an unfinished version that is not the last",
				       path);
		if (json_object_get(v, "begun"))
			s->unfinished = v;
		else
			vec_push(&s->versions, version_of(v));
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

unsigned sent_unfinished(const struct sent *s)
{
	return (unsigned)json_integer_value(json_object_get(s->unfinished, "revision"));
}

/*
 * b4 numbers the ids of a version: "slug-v2-0-<random>@host" is the cover, and the
 * patches have their number in the place of 0. NULL when @first is no such id.
 */
static char *nth_id(const json_t *version, struct slice first, size_t n)
{
	size_t patches = json_array_size(json_object_get(version, "patches"));
	unsigned rev = (unsigned)json_integer_value(json_object_get(version, "revision"));
	_cleanup_free_ char *mark = xasprintf("-v%u-%u-", rev, patches > 1 ? 0 : 1),
			    *id = xmemdupz(first.p, first.n);
	const char *at = NULL;

	for (const char *p = id; (p = strstr(p, mark)); p++)
		at = p;
	if (!at || !strchr(at, '@'))
		return NULL;
	return xasprintf("<%.*s-v%u-%zu-%s>", (int)(at - id), id, rev, n,
			 at + strlen(mark));
}

bool sent_is_first_id(const json_t *version, struct slice id)
{
	_cleanup_free_ char *first = nth_id(version, id, 0);

	return first != NULL;
}

static void set_ids(json_t *version, const char *first)
{
	json_t *patches = json_object_get(version, "patches"), *p;
	size_t i;

	if (json_array_size(patches) > 1)
		json_object_set_new(version, "cover", json_sprintf("<%s>", first));
	json_array_foreach(patches, i, p)
	{
		_cleanup_free_ char *id = nth_id(version, slice_str(first), i + 1);

		if (id)
			json_object_set_new(p, "message-id", json_string(id));
	}
}

static json_t *now(void)
{
	time_t t = time(NULL);
	struct tm tm;
	char when[32];

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	return json_string(when);
}

static int write_record(struct stage *stage, const json_t *doc, struct err *e)
{
	_cleanup_free_ char *text = json_dumps(doc, JSON_INDENT(2));
	_cleanup_buf_ struct buf b = BUF_INIT;

	BUG_ON(!text);
	buf_addf(&b, "%s\n", text);
	return stage_write(stage, RECORD, buf_slice(&b), e);
}

static int check_new(const struct sent *s, unsigned rev, struct err *e)
{
	if (s->unfinished)
		return err_set(e, ERR_CONFLICT, "v%u is unfinished", sent_unfinished(s));
	vec_each (v, &s->versions) {
		if (v->revision == rev)
			return err_set(e, ERR_CONFLICT, "v%u has been sent", rev);
	}
	return 0;
}

int sent_begin(const char *dir, const char *state, const char *change_id, json_t *version,
	       struct err *e)
{
	unsigned rev = (unsigned)json_integer_value(json_object_get(version, "revision"));
	_cleanup_stage_ struct stage stage = STAGE_INIT;
	_cleanup_sent_ struct sent s = { 0 };
	int rc = stage_open(&stage, state, dir, false, e);

	if (!rc)
		rc = sent_read(dir, &s, e);
	if (!rc)
		rc = check_new(&s, rev, e);
	if (rc)
		return rc;
	if (!s.doc)
		s.doc = json_pack("{s:s, s:s, s:[]}", "schema", SCHEMA, "change-id",
				  change_id, "versions");
	json_object_set_new(version, "begun", now());
	json_array_append(json_object_get(s.doc, "versions"), version);
	rc = copy_series(&stage, dir, rev, e);
	if (!rc)
		rc = write_record(&stage, s.doc, e);
	return rc ? rc : stage_commit(&stage, e);
}

/* Opens a stage for the record of an unfinished version. */
static int open_unfinished(struct stage *stage, struct sent *s, const char *dir,
			   const char *state, struct err *e)
{
	int rc = stage_open(stage, state, dir, false, e);

	if (!rc)
		rc = sent_read(dir, s, e);
	if (!rc && !s->unfinished)
		rc = err_set(e, ERR_CONFLICT, "no version in %s/" RECORD " is unfinished",
			     dir);
	return rc;
}

int sent_finish(const char *dir, const char *state, const char *id, struct err *e)
{
	_cleanup_stage_ struct stage stage = STAGE_INIT;
	_cleanup_sent_ struct sent s = { 0 };
	int rc = open_unfinished(&stage, &s, dir, state, e);
	json_t *version;

	if (rc)
		return rc;
	version = json_array_get(json_object_get(s.doc, "versions"), s.versions.n);
	json_object_del(version, "begun");
	json_object_set_new(version, "sent", now());
	if (id)
		set_ids(version, id);
	rc = write_record(&stage, s.doc, e);
	return rc ? rc : stage_commit(&stage, e);
}

int sent_withdraw(const char *dir, const char *state, struct err *e)
{
	_cleanup_stage_ struct stage stage = STAGE_INIT;
	_cleanup_sent_ struct sent s = { 0 };
	_cleanup_free_ char *copy = NULL;
	int rc = open_unfinished(&stage, &s, dir, state, e);

	if (rc)
		return rc;
	copy = xasprintf(SENT_DIR "/v%u", sent_unfinished(&s));
	json_array_remove(json_object_get(s.doc, "versions"), s.versions.n);
	rc = stage_remove(&stage, s.versions.n ? copy : SENT_DIR, e);
	if (!rc && s.versions.n)
		rc = write_record(&stage, s.doc, e);
	return rc ? rc : stage_commit(&stage, e);
}
