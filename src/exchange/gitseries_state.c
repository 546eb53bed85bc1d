// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_state.h"

#include <jansson.h>

#include "base/fsx.h"
#include "text/mime.h"

#define STATE_FILE   "edit.json"
#define STATE_SCHEMA "carry.edit-state/1"

char *edit_branch_ref(const char *target)
{
	return xasprintf("refs/heads/carry/%s", target);
}

char *edit_state_ref(const char *target)
{
	return xasprintf("refs/carry/%s/state", target);
}

char *edit_pending_ref(const char *target)
{
	return xasprintf("refs/carry/%s/pending", target);
}

void edit_state_release(struct edit_state *s)
{
	arena_release(&s->arena);
	vec_release(&s->entries);
}

static json_t *state_json(const struct edit_state *s)
{
	json_t *entries = json_array(), *doc;

	vec_each (en, &s->entries)
		json_array_append_new(entries, json_pack("{s:s, s:s}", "patch", en->name,
							 "commit", en->commit));
	doc = json_pack("{s:s, s:s, s:b, s:i, s:s, s:s, s:s, s:s, s:o}", "schema", STATE_SCHEMA,
			"target", s->target, "saved", s->saved, "fuzz", (int)s->fuzz,
			"provenance", s->provenance, "base", s->base, "cover", s->cover, "head",
			s->head, "patches", entries);
	BUG_ON(!doc); /* all of it is UTF-8: see series_files_read() */
	return doc;
}

int edit_state_add(struct edit_state *s, struct batch *b, const char *before,
		   const char *committer, struct err *e)
{
	json_t *doc = state_json(s);
	_cleanup_free_ char *text = json_dumps(doc, JSON_INDENT(1));
	_cleanup_buf_ struct buf commit = BUF_INIT;
	struct store_change file = { STATE_FILE, MODE_FILE, slice_str(text) };
	char oid[OID_HEX];
	int rc;

	json_decref(doc);
	rc = batch_tree_join(b, &file, 1, "series", s->series, oid, e);
	if (rc)
		return rc;
	buf_addf(&commit, "tree %s\nparent %s\n", oid, s->head);
	if (before)
		buf_addf(&commit, "parent %s\n", before);
	buf_addf(&commit, "author %s\ncommitter %s\n\ncarry: state of %s\n", committer, committer,
		 s->target);
	return batch_put(b, BATCH_COMMIT, buf_slice(&commit), s->id, e);
}

static void copy_id(char out[static OID_HEX], const char *hex)
{
	snprintf(out, OID_HEX, "%s", hex);
}

static int parse_state(struct edit_state *s, const char *text, struct err *e)
{
	const char *schema, *target, *provenance, *base, *cover, *head;
	json_t *doc = json_loads(text, 0, NULL), *entries, *en;
	int rc = 0, saved, fuzz = 0;
	size_t i;

	if (!doc || json_unpack(doc, "{s:s, s:s, s:b, s?i, s:s, s:s, s:s, s:s, s:o}", "schema",
				&schema, "target", &target, "saved", &saved, "fuzz", &fuzz,
				"provenance", &provenance, "base", &base, "cover", &cover, "head", &head,
				"patches", &entries) ||
	    strcmp(schema, STATE_SCHEMA))
		rc = err_set(e, ERR_IO, "cannot read the recorded state %s", s->id);
	if (!rc) {
		s->saved = saved;
		s->fuzz = (unsigned)fuzz;
		s->target = arena_strdup(&s->arena, target);
		s->provenance = arena_strdup(&s->arena, provenance);
		copy_id(s->base, base);
		copy_id(s->cover, cover);
		copy_id(s->head, head);
		json_array_foreach (entries, i, en) {
			const char *name = json_string_value(json_object_get(en, "patch"));
			struct edit_entry entry = { .name = arena_strdup(&s->arena, name) };

			copy_id(entry.commit, json_string_value(json_object_get(en, "commit")));
			vec_push(&s->entries, entry);
		}
	}
	json_decref(doc);
	return rc;
}

int edit_state_load(const struct gitrepo *r, const char *ref, struct edit_state *out,
		    struct err *e)
{
	char id[OID_HEX];
	int rc = gitrepo_ref(r, ref, id, e);

	return rc ? rc : edit_state_read(r, id, out, e);
}

int edit_state_read(const struct gitrepo *r, const char *id, struct edit_state *out,
		    struct err *e)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct gitcommit c;
	int rc;

	*out = (struct edit_state){ 0 };
	copy_id(out->id, id);
	rc = gitrepo_commit(r, id, &out->arena, &c, e);
	if (!rc)
		rc = gitrepo_entry(r, c.tree, "series", out->series, e);
	if (!rc)
		rc = gitrepo_blob(r, c.tree, STATE_FILE, &text, e);
	return rc ? rc : parse_state(out, buf_str(&text), e);
}

void series_files_release(struct series_files *f)
{
	vec_release(&f->files);
	series_free(f->series);
	arena_release(&f->arena);
}

const struct series_file *series_files_find(const struct series_files *f, const char *name)
{
	vec_each (it, &f->files) {
		if (!strcmp(it->name, name))
			return it;
	}
	return NULL;
}

void series_files_add(struct series_files *f, const char *name, struct slice bytes)
{
	vec_push(&f->files, (struct series_file){
				    arena_strdup(&f->arena, name),
				    { arena_dup(&f->arena, bytes.p, bytes.n), bytes.n } });
}

/* Reads one file of the directory, or of a tree. */
typedef int read_fn(void *arg, const char *name, struct buf *out, struct err *e);

static int read_one(struct series_files *f, const char *name, bool required, read_fn *fn,
		    void *arg, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err one = { 0 };
	int rc = fn(arg, name, &b, &one);

	if (!rc)
		series_files_add(f, name, buf_slice(&b));
	else if (rc != ERR_NOTFOUND || required)
		return err_set(e, rc, "%s", one.msg);
	return 0;
}

static int read_all(struct series_files *f, const char *dir, read_fn *fn, void *arg,
		    struct err *e)
{
	_cleanup_free_ char *path = path_join(dir, "series");
	int rc = read_one(f, "series", true, fn, arg, e);

	if (!rc)
		rc = series_parse(dir, path, f->files.v[0].bytes, &f->series, e);
	if (rc)
		return rc;
	vec_each (en, &f->series->entries) {
		struct err one = { 0 };

		if (!utf8_valid(slice_str(en->name)))
			return err_set(e, ERR_INPUT,
				       "%s:%u: cannot edit a patch whose name is not UTF-8",
				       path, en->line);
		rc = read_one(f, en->name, en->applies, fn, arg, &one);
		if (rc == ERR_NOTFOUND)
			return err_set(e, ERR_INPUT, "%s:%u: cannot find the patch '%s'", path,
				       en->line, en->name);
		if (rc)
			return err_set(e, rc, "%s", one.msg);
	}
	return read_one(f, COVER_FILE, false, fn, arg, e);
}

static int read_disk(void *arg, const char *name, struct buf *out, struct err *e)
{
	_cleanup_free_ char *path = path_join(arg, name);

	return fsx_read(path, out, e);
}

int series_files_read(const char *dir, struct series_files *out, struct err *e)
{
	*out = (struct series_files){ 0 };
	return read_all(out, dir, read_disk, (void *)dir, e);
}

struct in_tree {
	const struct gitrepo *r;
	const char *tree;
};

static int read_tree(void *arg, const char *name, struct buf *out, struct err *e)
{
	const struct in_tree *in = arg;

	return gitrepo_blob(in->r, in->tree, name, out, e);
}

int series_files_load(const struct gitrepo *r, const char *tree, const char *dir,
		      struct series_files *out, struct err *e)
{
	struct in_tree in = { r, tree };

	*out = (struct series_files){ 0 };
	return read_all(out, dir, read_tree, &in, e);
}

int series_files_tree(const struct series_files *f, struct batch *b, char out[static OID_HEX],
		      struct err *e)
{
	_cleanup_free_ struct store_change *changes = xcalloc(f->files.n, sizeof(*changes));

	for (size_t i = 0; i < f->files.n; i++)
		changes[i] = (struct store_change){ f->files.v[i].name, MODE_FILE,
						    f->files.v[i].bytes };
	return batch_tree(b, NULL, changes, f->files.n, out, e);
}
