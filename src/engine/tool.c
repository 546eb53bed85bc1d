// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/tool.h"

#include <jansson.h>
#include <sys/stat.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "engine/verdict.h"

/* Raised when a tool's parts are told in another way than before. */
#define FORMAT 2

/*
 * {"format": 2,
 *  "files": {PATH: {"stat": S, "sha256": H}},
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

struct toolbox *toolbox_open(const char *cache_dir)
{
	struct toolbox *t = xcalloc(1, sizeof(*t));
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err ignored;

	t->path = path_join(cache_dir, "tools.json");
	if (!fsx_read(t->path, &b, &ignored))
		t->root = json_loadb(b.data, b.len, 0, NULL);
	if (json_integer_value(json_object_get(t->root, "format")) != FORMAT) {
		json_decref(t->root);
		t->root = json_pack("{s:i}", "format", FORMAT);
	}
	t->files = member(t->root, "files");
	t->tools = member(t->root, "tools");
	return t;
}

int toolbox_save(struct toolbox *t, struct err *e)
{
	_cleanup_free_ char *text = NULL, *dir = xstrdup(t->path);

	if (!t->changed)
		return 0;
	*strrchr(dir, '/') = '\0';
	if (fsx_mkdirs(dir, e))
		return e->code;
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

/*
 * Appends the output of @argv, nothing when the program does not know the question.
 * One that was ended before it could answer is an error: that is not to be remembered.
 */
static int ask(const char *const *argv, struct buf *out, struct err *e)
{
	struct proc_spec spec = { .argv = argv, .timeout_s = 20 };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = proc_run(&spec, &r, e);

	if (rc)
		return rc;
	if (r.signal)
		return err_set(e, ERR_TOOL, "'%s %s' was killed by signal %d", argv[0],
			       argv[1], r.signal);
	if (!r.status)
		buf_add_slice(out, buf_slice(&r.out));
	return 0;
}

/* gcc names the programs that it starts; what is no path stands in PATH. */
static int add_gcc_parts(const char *driver, json_t *parts, struct err *e)
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

		if (ask(argv, &b, e))
			return e->code;
		s = slice_trim(buf_slice(&b));
		name = xmemdupz(s.p, s.n);
		found = *name ? proc_find_clean(name) : NULL;
		if (found)
			add_part(parts, found);
	}
	return 0;
}

/* spatch reads macros and isomorphisms of its own wherever no other are named. */
static void add_spatch_parts(struct slice version, json_t *parts)
{
	static const char *const files[] = { "standard.h", "standard.iso" };
	static const char mark[] = "--libdir=";
	const char *at = memmem(version.p, version.n, mark, strlen(mark));
	struct slice rest, libdir = SLICE("/usr/lib");

	if (at) {
		rest = (struct slice){ at, (size_t)(version.p + version.n - at) };
		libdir.p = at + strlen(mark);
		libdir.n = 0;
		while (libdir.n + strlen(mark) < rest.n && libdir.p[libdir.n] > ' ')
			libdir.n++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path =
			xasprintf("%.*s/coccinelle/%s", SLICE_ARG(libdir), files[i]);

		add_part(parts, path);
	}
}

/* The libraries that the program maps from its own project: "libX => /path (0x...)". */
static int add_libraries(const char *driver, json_t *parts, struct err *e)
{
	const char *argv[] = { "ldd", driver, NULL };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest, line;

	if (ask(argv, &b, e))
		return e->code;
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
	return 0;
}

static int learn_parts(const char *name, const char *driver, struct slice version,
		       json_t *parts, struct err *e)
{
	const char *slash = strrchr(name, '/');
	const char *program = slash ? slash + 1 : name;
	int rc = 0;

	add_part(parts, driver);
	if (strstr(program, "gcc"))
		rc = add_gcc_parts(driver, parts, e);
	if (!rc && strstr(program, "clang"))
		rc = add_libraries(driver, parts, e);
	if (!rc && strstr(program, "spatch"))
		add_spatch_parts(version, parts);
	return rc;
}

static int learn(struct toolbox *t, const char *name, const char *driver, const char *now,
		 json_t **entry, struct err *e)
{
	const char *argv[] = { driver, "--version", NULL };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest, line = { "", 0 };
	json_t *parts = json_array();
	int rc = ask(argv, &b, e);

	if (!rc)
		rc = learn_parts(name, driver, buf_slice(&b), parts, e);
	if (rc) {
		json_decref(parts);
		return err_wrap(e, "cannot tell what '%s' is", name);
	}
	rest = buf_slice(&b);
	while (slice_line(&rest, &line) && !slice_trim(line).n)
		;
	line = slice_trim(line);
	*entry = json_pack("{s:s, s:s, s:o, s:o}", "driver", driver, "stat", now, "parts",
			   parts, "version", json_bytes(line.p, line.n));
	json_object_set_new(t->tools, name, *entry);
	t->changed = true;
	return 0;
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

static int tool_entry(struct toolbox *t, const char *name, json_t **entry, struct err *e)
{
	_cleanup_free_ char *driver = proc_find_clean(name);
	_cleanup_free_ char *now = driver ? stat_text(driver) : NULL;
	const char *was;

	if (!now)
		return err_set(e, ERR_NOTFOUND, "cannot find the program '%s' in PATH",
			       name);
	*entry = json_object_get(t->tools, name);
	was = json_string_value(json_object_get(*entry, "driver"));
	if (still(*entry, now) && was && !strcmp(was, driver) && parts_there(*entry))
		return 0;
	return learn(t, name, driver, now, entry, e);
}

int toolbox_digest(struct toolbox *t, const char *name, char hex[static SHA256_HEX],
		   struct err *e)
{
	json_t *entry, *part;
	struct sha256 h;
	size_t i;

	if (tool_entry(t, name, &entry, e))
		return e->code;
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
	struct err ignored;
	json_t *entry;
	const char *v;

	if (tool_entry(t, name, &entry, &ignored))
		return NULL;
	v = json_string_value(json_object_get(entry, "version"));
	return v && *v ? v : NULL;
}
