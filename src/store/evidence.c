// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/evidence.h"

#include <sqlite3.h>
#include <unistd.h>

#include "base/fsx.h"

#define INDEX_VERSION 1

struct evidence_store {
	char *dir; /* <state>/evidence */
	char *index_path;
	sqlite3 *db;
};

static int db_err(struct evidence_store *s, const char *what, struct err *e)
{
	return err_set(e, ERR_IO, "cannot %s the index '%s': %s", what, s->index_path,
		       s->db ? sqlite3_errmsg(s->db) : "out of memory");
}

static int db_exec(struct evidence_store *s, const char *sql, struct err *e)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_err(s, "change", e);
	return 0;
}

static int db_open(struct evidence_store *s, struct err *e)
{
	if (sqlite3_open(s->index_path, &s->db) != SQLITE_OK)
		return db_err(s, "open", e);
	sqlite3_busy_timeout(s->db, 30000);
	/* The index can be made again, so a lost last write costs nothing. */
	return db_exec(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;", e);
}

static int db_version(struct evidence_store *s)
{
	sqlite3_stmt *st = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return version;
}

static char *object_path(const struct evidence_store *s, const char *hash,
			 const char *ext)
{
	return xasprintf("%s/%.2s/%s.%s", s->dir, hash, hash + 2, ext);
}

static int put_file(struct evidence_store *s, struct slice data, const char *ext,
		    char hash[static SHA256_HEX], struct err *e)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *dir = NULL;
	int rc;

	sha256_of(data, hash);
	path = object_path(s, hash, ext);
	if (fsx_exists(path))
		return 0;
	dir = xasprintf("%s/%.2s", s->dir, hash);
	rc = fsx_mkdirs(dir, e);
	return rc ? rc : fsx_publish(path, data, e);
}

static const char *doc_str(const json_t *doc, const char *name)
{
	const char *v = json_string_value(json_object_get(doc, name));

	return v ? v : "";
}

static int index_add(struct evidence_store *s, const json_t *doc, const char *hash,
		     struct err *e)
{
	static const char sql[] = "INSERT OR REPLACE INTO evidence"
				  "(hash, key, cell, seen) VALUES(?1, ?2, ?3, ?4)";
	const char *values[] = { hash, doc_str(doc, "key"), doc_str(doc, "cell"),
				 doc_str(doc, "seen") };
	sqlite3_stmt *st = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return db_err(s, "change", e);
	for (int i = 0; i < 4; i++)
		sqlite3_bind_text(st, i + 1, values[i], -1, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		rc = db_err(s, "change", e);
	sqlite3_finalize(st);
	return rc;
}

int evidence_put(struct evidence_store *s, json_t *doc, struct slice log,
		 char hash[static SHA256_HEX], struct err *e)
{
	_cleanup_free_ char *text = NULL;
	int rc;

	if (log.n) {
		rc = put_file(s, log, "log", hash, e);
		if (rc)
			return rc;
		json_object_set_new(doc, "log", json_string(hash));
	}
	text = json_dumps(doc, JSON_SORT_KEYS | JSON_INDENT(1));
	if (!text)
		return err_set(e, ERR_INTERNAL, "cannot write evidence as JSON");
	rc = put_file(s, slice_str(text), "json", hash, e);
	return rc ? rc : index_add(s, doc, hash, e);
}

/* The document, or NULL when the file is gone or is not what its name says. */
static json_t *load(struct evidence_store *s, const char *hash)
{
	_cleanup_free_ char *path = object_path(s, hash, "json");
	_cleanup_buf_ struct buf b = BUF_INIT;
	char is[SHA256_HEX];
	struct err ignored;
	json_t *doc;

	if (fsx_read(path, &b, &ignored))
		return NULL;
	sha256_of(buf_slice(&b), is);
	if (strcmp(is, hash) != 0)
		return NULL;
	doc = json_loadb(b.data, b.len, 0, NULL);
	if (doc)
		json_object_set_new(doc, "evidence", json_string(hash));
	return doc;
}

static int find(struct evidence_store *s, const char *sql, const char *value,
		json_t **out, struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc = 0, step;

	*out = NULL;
	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return db_err(s, "read", e);
	sqlite3_bind_text(st, 1, value, -1, SQLITE_STATIC);
	while (!*out && (step = sqlite3_step(st)) != SQLITE_DONE) {
		if (step != SQLITE_ROW) {
			rc = db_err(s, "read", e);
			break;
		}
		*out = load(s, (const char *)sqlite3_column_text(st, 0));
	}
	sqlite3_finalize(st);
	return rc;
}

int evidence_by_key(struct evidence_store *s, const char *key, json_t **out,
		    struct err *e)
{
	return find(
		s,
		"SELECT hash FROM evidence WHERE key = ?1 ORDER BY seen DESC, rowid DESC",
		key, out, e);
}

int evidence_by_cell(struct evidence_store *s, const char *cell, json_t **out,
		     struct err *e)
{
	return find(
		s,
		"SELECT hash FROM evidence WHERE cell = ?1 ORDER BY seen DESC, rowid DESC",
		cell, out, e);
}

int evidence_log(struct evidence_store *s, const char *hash, struct buf *out,
		 struct err *e)
{
	_cleanup_free_ char *path = NULL;

	if (strlen(hash) != SHA256_HEX - 1 ||
	    strspn(hash, "0123456789abcdef") != SHA256_HEX - 1)
		return err_set(e, ERR_USAGE, "'%s' is not the name of a log", hash);
	path = object_path(s, hash, "log");
	return fsx_read(path, out, e);
}

/* One directory of the fan-out; files that are not ours are left alone. */
static int reindex_dir(struct evidence_store *s, const char *prefix, size_t *n,
		       struct err *e)
{
	_cleanup_free_ char *dir = path_join(s->dir, prefix);
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(dir, &names, e);

	for (size_t i = 0; !rc && i < names.n; i++) {
		char hash[SHA256_HEX];
		json_t *doc;

		if (strlen(names.v[i]) != 62 + 5 ||
		    !slice_ends(slice_str(names.v[i]), ".json"))
			continue;
		snprintf(hash, sizeof(hash), "%s%.62s", prefix, names.v[i]);
		doc = load(s, hash);
		if (!doc)
			continue;
		rc = index_add(s, doc, hash, e);
		json_decref(doc);
		++*n;
	}
	return rc;
}

int evidence_reindex(struct evidence_store *s, size_t *n, struct err *e)
{
	_cleanup_strvec_ struct strvec dirs = { 0 };
	int rc;

	*n = 0;
	rc = db_exec(s,
		     "BEGIN IMMEDIATE; DROP TABLE IF EXISTS evidence;"
		     "CREATE TABLE evidence(hash TEXT PRIMARY KEY, key TEXT NOT NULL,"
		     " cell TEXT NOT NULL, seen TEXT NOT NULL);"
		     "CREATE INDEX by_key ON evidence(key);"
		     "CREATE INDEX by_cell ON evidence(cell);",
		     e);
	if (!rc && fsx_exists(s->dir))
		rc = fsx_list(s->dir, &dirs, e);
	for (size_t i = 0; !rc && i < dirs.n; i++) {
		if (strlen(dirs.v[i]) == 2)
			rc = reindex_dir(s, dirs.v[i], n, e);
	}
	if (!rc)
		rc = db_exec(s, "PRAGMA user_version=1; COMMIT;", e);
	if (rc)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* For who only reads: all of it is in the files. */
static int open_in_memory(struct evidence_store *s, struct err *e)
{
	size_t n;

	free(s->index_path);
	s->index_path = xstrdup(":memory:");
	return db_open(s, e) ? e->code : evidence_reindex(s, &n, e);
}

/* A broken index is thrown away, once: all of it is in the files. */
static int open_index(struct evidence_store *s, struct err *e)
{
	_cleanup_free_ char *wal = xasprintf("%s-wal", s->index_path);
	_cleanup_free_ char *shm = xasprintf("%s-shm", s->index_path);
	struct err first = { 0 };
	size_t n;

	if (!db_open(s, &first)) {
		if (db_version(s) == INDEX_VERSION)
			return 0;
		if (!evidence_reindex(s, &n, &first))
			return 0;
	}
	sqlite3_close(s->db);
	s->db = NULL;
	if (fsx_remove(s->index_path, e) || fsx_remove(wal, e) || fsx_remove(shm, e) ||
	    db_open(s, e))
		return e->code;
	return evidence_reindex(s, &n, e);
}

/* Whether @file can be made, or is ours to write. */
static bool can_write(const char *dir, const char *file)
{
	struct err ignored = { 0 };

	return !fsx_mkdirs(dir, &ignored) && !access(fsx_exists(file) ? file : dir, W_OK);
}

int evidence_open(const char *state_dir, const char *cache_dir,
		  struct evidence_store **out, struct err *e)
{
	struct evidence_store *s = xcalloc(1, sizeof(*s));
	int rc;

	s->dir = path_join(state_dir, "evidence");
	s->index_path = path_join(cache_dir, "index.db");
	rc = can_write(cache_dir, s->index_path) ? open_index(s, e)
						 : open_in_memory(s, e);
	if (rc) {
		evidence_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void evidence_close(struct evidence_store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s->dir);
	free(s->index_path);
	free(s);
}
