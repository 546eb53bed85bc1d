// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/base.h"

#include <ctype.h>
#include <jansson.h>

#include "base/fsx.h"

#define SCHEMA	   "carry.base/1"
#define MAX_RECORD ((size_t)64 << 10)

void base_free(struct base *b)
{
	if (!b)
		return;
	free(b->tree);
	free(b->provenance);
	free(b->source);
	free(b->version);
	free(b->kernel);
	free(b->fetched);
	free(b->was);
	free(b);
}

static char *record_path(const char *cache, const char *target)
{
	return xasprintf("%s/bases/%s.json", cache, target);
}

static char *get(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? xstrdup(s) : NULL;
}

static bool is_tree_id(const char *s)
{
	return s && strlen(s) == 40 && strspn(s, "0123456789abcdef") == 40;
}

static int read_record(const json_t *o, const char *path, struct base *b, struct err *e)
{
	const char *schema = json_string_value(json_object_get(o, "schema"));

	b->tree = get(o, "tree");
	b->provenance = get(o, "provenance");
	b->source = get(o, "source");
	b->version = get(o, "version");
	b->kernel = get(o, "kernel");
	b->fetched = get(o, "fetched");
	b->was = get(o, "was");
	if (!schema || strcmp(schema, SCHEMA) || !is_tree_id(b->tree) || !b->provenance ||
	    !b->source || !b->version || !b->fetched)
		return err_set(e, ERR_INPUT,
			       "'%s' is no record of a base; fetch it again", path);
	return 0;
}

static char *reason_path(const char *cache, const char *target)
{
	return xasprintf("%s/bases/%s.none", cache, target);
}

int base_save_reason(const char *cache, const char *target, const char *reason,
		     struct err *e)
{
	_cleanup_free_ char *path = reason_path(cache, target);
	_cleanup_free_ char *dir = path_join(cache, "bases");
	int rc = fsx_mkdirs(dir, e);

	return rc ? rc : fsx_publish(path, slice_str(reason), e);
}

/* Why the last fetch gave none, if there was one: a skip must tell its true reason. */
static int no_base(const char *cache, const char *target, struct err *e)
{
	_cleanup_free_ char *path = reason_path(cache, target);
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct err none;

	if (fsx_read_head(path, MAX_RECORD, &why, &none) || !why.len)
		return err_set(e, ERR_NOTFOUND, "no base yet; run 'carry fetch'");
	return err_set(e, ERR_NOTFOUND, "%s", why.data);
}

int base_load(const char *cache, const char *target, struct base **out, struct err *e)
{
	_cleanup_free_ char *path = record_path(cache, target);
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct base *b;
	json_t *o;
	int rc;

	if (!fsx_exists(path))
		return no_base(cache, target, e);
	rc = fsx_read_head(path, MAX_RECORD, &text, e);
	if (rc)
		return rc;
	b = xcalloc(1, sizeof(*b));
	o = json_loadb(buf_str(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
	rc = read_record(o, path, b, e);
	json_decref(o);
	if (rc)
		base_free(b);
	else
		*out = b;
	return rc;
}

int base_save(const char *cache, const char *target, const struct base *b, struct err *e)
{
	_cleanup_free_ char *path = record_path(cache, target);
	_cleanup_free_ char *dir = path_join(cache, "bases");
	_cleanup_free_ char *text = NULL;
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s?}", "schema",
			      SCHEMA, "target", target, "tree", b->tree, "provenance",
			      b->provenance, "source", b->source, "version", b->version,
			      "kernel", b->kernel, "fetched", b->fetched, "was", b->was);
	int rc;

	if (!o)
		return err_set(e, ERR_INPUT, "cannot record the base of %s: no UTF-8",
			       target);
	text = json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	BUG_ON(!text);
	rc = fsx_mkdirs(dir, e);
	return rc ? rc : fsx_publish(path, slice_str(text), e);
}

char *conf_source_text(const struct conf_source *src)
{
	static const char *const kinds[] = { "debian", "git", "tarball", "dir" };

	return xasprintf("%s %s%s%s%s%s", kinds[src->kind], src->where,
			 src->ref ? " " : "", src->ref ? src->ref : "",
			 src->sha256 ? " sha256:" : "", src->sha256 ? src->sha256 : "");
}

/* Sets the value of `@name = ...`, when @line is that and it can be part of a version. */
static void assignment(struct slice line, const char *name, struct slice *value)
{
	if (!slice_starts(line, name))
		return;
	line.p += strlen(name);
	line.n -= strlen(name);
	line = slice_trim(line);
	if (!line.n || line.p[0] != '=' || line.n > 32)
		return;
	line = slice_trim((struct slice){ line.p + 1, line.n - 1 });
	for (size_t i = 0; i < line.n; i++) {
		if (!isalnum((unsigned char)line.p[i]) && !strchr("+-._~", line.p[i]))
			return;
	}
	*value = line;
}

char *base_kernel_version(struct slice makefile)
{
	static const char *const names[] = { "VERSION", "PATCHLEVEL", "SUBLEVEL",
					     "EXTRAVERSION" };
	struct slice v[4] = { { NULL, 0 } }, line;

	for (unsigned n = 0; n < 40 && slice_line(&makefile, &line); n++) {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			assignment(line, names[i], &v[i]);
	}
	if (!v[0].n || !v[1].n)
		return NULL;
	return xasprintf("%.*s.%.*s%s%.*s%.*s", SLICE_ARG(v[0]), SLICE_ARG(v[1]),
			 v[2].n ? "." : "", SLICE_ARG(v[2]), SLICE_ARG(v[3]));
}
