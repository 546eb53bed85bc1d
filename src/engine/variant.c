// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/variant.h"

#include "base/fsx.h"

static void digest(struct variant_series *v)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct sha256 all, changes;

	sha256_start(&all);
	sha256_start(&changes);
	series_write(v->series, &text);
	sha256_field(&all, "series", buf_slice(&text));
	for (size_t i = 0; i < v->n; i++) {
		const struct series_entry *entry = &v->series->entries.v[i];
		const struct patch *p = v->patches[i];
		struct slice body = buf_slice(&p->bytes);
		char how[64];

		snprintf(how, sizeof(how), "%u %d", entry->strip, entry->reverse);
		sha256_field(&all, "patch", body);
		body.p += p->header.n;
		body.n -= p->header.n;
		sha256_field(&changes, how, body);
	}
	sha256_hex(&all, v->bytes);
	sha256_hex(&changes, v->changes);
}

static int load_patches(struct variant_series *v, struct err *e)
{
	v->patches = xcalloc(v->series->entries.n, sizeof(*v->patches));
	v->reverse = xcalloc(v->series->entries.n, sizeof(*v->reverse));
	vec_each (entry, &v->series->entries) {
		_cleanup_free_ char *path = path_join(v->dir, entry->name);
		int rc = patch_read(path, entry->strip, &v->patches[v->n], e);

		if (rc == ERR_NOTFOUND)
			return err_set(e, ERR_INPUT, "%s:%u: cannot find the patch '%s'",
				       v->series->path, entry->line, entry->name);
		if (rc)
			return rc;
		v->reverse[v->n++] = entry->reverse;
	}
	return 0;
}

int variant_load(const char *top, const struct conf_target *target,
		 struct variant_series **out, struct err *e)
{
	struct variant_series *v = xcalloc(1, sizeof(*v));
	int rc;

	v->dir = path_join(top, target->series);
	rc = series_read(v->dir, &v->series, e);
	if (!rc) {
		series_leave_out(v->series);
		rc = load_patches(v, e);
	}
	if (rc) {
		variant_free(v);
		return err_wrap(e, "the series of %s", target->name);
	}
	digest(v);
	*out = v;
	return 0;
}

void variant_free(struct variant_series *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++)
		patch_free(v->patches[i]);
	series_free(v->series);
	free(v->patches);
	free(v->reverse);
	free(v->dir);
	free(v);
}
