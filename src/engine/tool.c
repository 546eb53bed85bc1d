// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/tool.h"

#include <jansson.h>
#include <sys/stat.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "engine/verdict.h"

/*
 * {"files": {PATH: {"stat": S, "sha256": H}},
 *  "tools": {NAME: {"driver": PATH, "stat": S, "parts": [PATH...], "version": V}}}
 */
struct toolbox {
	char *path;
	json_t *root, *files, *tools;
	bool changed;
};

static json_t *member(json_t *root, const char *name)
{
	json_t *o = json_object_get(root, name);

	if (!json_is_object(o)) {
		json_object_set_new(root, name, json_object());
		o = json_object_get(root, name);
	}
	return o;
}

int toolbox_open(const char *cache_dir, struct toolbox **out, struct err *e)
{
	struct toolbox *t = xcalloc(1, sizeof(*t));
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err ignored;

	t->path = path_join(cache_dir, "tools.json");
	if (!fsx_read(t->path, &b, &ignored))
		t->root = json_loadb(b.data, b.len, 0, NULL);
	if (!json_is_object(t->root)) {
		json_decref(t->root);
		t->root = json_object();
	}
	t->files = member(t->root, "files");
	t->tools = member(t->root, "tools");
	*out = t;
	return fsx_mkdirs(cache_dir, e);
}

int toolbox_save(struct toolbox *t, struct err *e)
{
	_cleanup_free_ char *text = NULL;

	if (!t->changed)
		return 0;
	text = json_dumps(t->root, JSON_SORT_KEYS | JSON_INDENT(1));
	return fsx_publish(t->path, slice_str(text), e);
}

void toolbox_free(struct toolbox *t)
{
	if (!t)
		return;
	json_decref(t->root);
	free(t->path);
	free(t);
}

/* What tells that a file is still the same; NULL when it is gone. */
static char *stat_text(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return NULL;
	return xasprintf("%llx:%llx:%llx:%lld.%09ld:%lld.%09ld",
			 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
			 (unsigned long long)st.st_size, (long long)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec,
			 st.st_ctim.tv_nsec);
}

static bool still(const json_t *entry, const char *stat_now)
{
	const char *was = json_string_value(json_object_get(entry, "stat"));

	return was && stat_now && !strcmp(was, stat_now);
}

static int file_digest(struct toolbox *t, const char *path, char hex[static SHA256_HEX],
		       struct err *e)
{
	_cleanup_free_ char *now = stat_text(path);
	json_t *entry = json_object_get(t->files, path);
	const char *known = json_string_value(json_object_get(entry, "sha256"));
	int rc;

	if (still(entry, now) && known && strlen(known) == SHA256_HEX - 1) {
		memcpy(hex, known, SHA256_HEX);
		return 0;
	}
	rc = sha256_file(path, hex, e);
	if (rc)
		return rc;
	json_object_set_new(
		t->files, path,
		json_pack("{s:s, s:s}", "stat", now ? now : "", "sha256", hex));
	t->changed = true;
	return 0;
}

static void add_part(json_t *parts, const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);

	if (real)
		json_array_append_new(parts, json_string(real));
}

/* Runs @argv and gives its output; an empty buffer when it fails. */
static void ask(const char *const *argv, struct buf *out)
{
	struct proc_spec spec = { .argv = argv, .timeout_s = 20 };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct err ignored;

	if (!proc_check(&spec, &r, &ignored))
		buf_add_slice(out, buf_slice(&r.out));
}

/* gcc names the programs that it starts; what is no path stands in PATH. */
static void add_gcc_parts(const char *driver, json_t *parts)
{
	static const char *const names[] = { "-print-prog-name=cc1",
					     "-print-prog-name=as",
					     "-print-prog-name=ld" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *argv[] = { driver, names[i], NULL };
		_cleanup_buf_ struct buf b = BUF_INIT;
		_cleanup_free_ char *name = NULL;
		_cleanup_free_ char *found = NULL;
		struct slice s;

		ask(argv, &b);
		s = slice_trim(buf_slice(&b));
		name = xmemdupz(s.p, s.n);
		found = *name ? proc_find_clean(name) : NULL;
		if (found)
			add_part(parts, found);
	}
}

/* The libraries that the program maps from its own project: "libX => /path (0x...)". */
static void add_libraries(const char *driver, json_t *parts)
{
	const char *argv[] = { "ldd", driver, NULL };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest, line;

	ask(argv, &b);
	rest = buf_slice(&b);
	while (slice_line(&rest, &line)) {
		_cleanup_free_ char *text = xmemdupz(line.p, line.n);
		char *path = strstr(text, "=> /");
		char *end = path ? strstr(path, " (0x") : NULL;

		if (!end || (!strstr(text, "LLVM") && !strstr(text, "clang")))
			continue;
		*end = '\0';
		add_part(parts, path + 3);
	}
}

static json_t *learn(struct toolbox *t, const char *name, const char *driver,
		     const char *now)
{
	const char *argv[] = { driver, "--version", NULL };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest, line = { "", 0 };
	json_t *parts = json_array(), *entry;

	add_part(parts, driver);
	if (strstr(name, "gcc"))
		add_gcc_parts(driver, parts);
	if (strstr(name, "clang"))
		add_libraries(driver, parts);
	ask(argv, &b);
	rest = buf_slice(&b);
	while (slice_line(&rest, &line) && !slice_trim(line).n)
		;
	line = slice_trim(line);
	entry = json_pack("{s:s, s:s, s:o, s:o}", "driver", driver, "stat", now, "parts",
			  parts, "version", json_bytes(line.p, line.n));
	json_object_set_new(t->tools, name, entry);
	t->changed = true;
	return entry;
}

/* An upgrade may move cc1 or a library and leave the driver as it was. */
static bool parts_there(const json_t *entry)
{
	const json_t *part;
	size_t i;

	json_array_foreach(json_object_get(entry, "parts"), i, part)
	{
		const char *path = json_string_value(part);

		if (!path || !fsx_exists(path))
			return false;
	}
	return true;
}

static json_t *tool_entry(struct toolbox *t, const char *name)
{
	_cleanup_free_ char *driver = proc_find_clean(name);
	_cleanup_free_ char *now = driver ? stat_text(driver) : NULL;
	json_t *entry = json_object_get(t->tools, name);
	const char *was = json_string_value(json_object_get(entry, "driver"));

	if (!now)
		return NULL;
	if (still(entry, now) && was && !strcmp(was, driver) && parts_there(entry))
		return entry;
	return learn(t, name, driver, now);
}

int toolbox_digest(struct toolbox *t, const char *name, char hex[static SHA256_HEX],
		   struct err *e)
{
	json_t *entry = tool_entry(t, name), *part;
	struct sha256 h;
	size_t i;

	if (!entry)
		return err_set(e, ERR_NOTFOUND, "cannot find the program '%s' in PATH",
			       name);
	sha256_start(&h);
	json_array_foreach(json_object_get(entry, "parts"), i, part)
	{
		const char *path = json_string_value(part);
		char one[SHA256_HEX];
		int rc = path ? file_digest(t, path, one, e)
			      : err_set(e, ERR_INTERNAL, "cannot read '%s'", t->path);

		if (rc)
			return rc;
		sha256_field(&h, "part", slice_str(one));
	}
	sha256_hex(&h, hex);
	return 0;
}

const char *toolbox_version(struct toolbox *t, const char *name)
{
	const char *v =
		json_string_value(json_object_get(tool_entry(t, name), "version"));

	return v && *v ? v : NULL;
}
