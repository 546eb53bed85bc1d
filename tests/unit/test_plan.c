// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/plan.h"
#include "engine/record.h"

/*
 * A repository with two lines, a program that is there and what a plan makes of
 * them. Every test edits one thing and asks which keys move.
 */
struct repo {
	char *dir;
	char *conf_text;
	struct conf *conf;
	struct toolbox *tools;
	struct variant_series *newest, *older;
	struct plan plan;
};

static const char *const tools[] = { NULL, NULL };
static const struct check_spec applies = { "applies",	  1,	SCOPE_TARGET,
					   INPUT_CHANGES, NULL, NULL };
static const struct check_spec lint = { "lint",	      1,
					SCOPE_TARGET, INPUT_HEADERS | INPUT_NEWEST,
					NULL,	      NULL };
static const struct check_spec cocci = {
	"cocci", 1,   SCOPE_TARGET, INPUT_CHANGES | INPUT_OBJECTS | INPUT_ASSERTS,
	tools,	 NULL
};
static const struct check_spec build = {
	"build", 1, SCOPE_UNIT, INPUT_CHANGES | INPUT_OBJECTS | INPUT_CHECKOUT, NULL, NULL
};
static const struct check_spec boot = { "boot", 1, SCOPE_RUNTIME, INPUT_CHANGES | INPUT_CHECKOUT,
					NULL,	NULL };
static const struct check_spec *const specs[] = { &applies, &lint, &cocci, &build, &boot };

static const char conf_text[] =
	"[carry]\n\tversion = 1\n\tnewest = new\n"
	"[checkout]\n\tpath = Makefile\n"
	"[arch \"one\"]\n\tmake = one\n\tfragment = arch.config\n"
	"[arch \"two\"]\n\tmake = two\n"
	"[toolchain \"cc\"]\n\tfamily = clang\n\tcc = %s/cc\n"
	"[config \"plain\"]\n\tfragment = plain.config\n"
	"[config \"debug\"]\n\tfragment = debug.config\n\tarch = one\n"
	"[assert \"a\"]\n\trule = a.cocci\n\tmacros = a.h\n\trequire = p\n"
	"[target \"new\"]\n\tsource = dir t\n\tobject = a.o\n\tfile = a.c\n\thandler = f\n"
	"[target \"old\"]\n\tsource = dir t\n\tobject = a.o\n\tfile = a.c\n\thandler = f\n"
	"\tfragment = old.config\n";

static const char patch_text[] = "From: A <a@example.org>\nSubject: b\n\nWhy.\n"
				 "--- a/a.c\n+++ b/a.c\n@@ -1,1 +1,2 @@\n a\n+b\n";

static void put(const struct repo *r, const char *path, const char *text)
{
	_cleanup_free_ char *full = path_join(r->dir, path);
	_cleanup_free_ char *dir = xstrdup(full);
	struct err e = { 0 };

	*strrchr(dir, '/') = '\0';
	if (fsx_mkdirs(dir, &e) || fsx_publish(full, slice_str(text), &e) ||
	    chmod(full, 0755))
		fail_msg("%s: %s", path, e.msg);
}

static void put_old_patch(const struct repo *r, const char *text)
{
	put(r, "backports/old/b.patch", text);
}

/* What the file system says now, as a plan of all targets with a base. */
static void plan_with(struct repo *r, const struct plan_filter *filter, const char *tree)
{
	struct err e = { 0 };

	if (conf_parse(slice_str(r->conf_text), "carry.conf", &r->conf, &e) ||
	    variant_load(r->dir, conf_target(r->conf, "new"), &r->newest, &e) ||
	    variant_load(r->dir, conf_target(r->conf, "old"), &r->older, &e))
		fail_msg("%s", e.msg);
	r->tools = toolbox_open(r->dir);
	r->plan = (struct plan){ .conf = r->conf };
	vec_push(&r->plan.targets,
		 (struct plan_target){ .conf = conf_target(r->conf, "new"),
				       .tree = tree,
				       .reason = "nobody fetched it",
				       .variant = r->newest });
	vec_push(&r->plan.targets,
		 (struct plan_target){ .conf = conf_target(r->conf, "old"),
				       .tree = "0123",
				       .variant = r->older });
	plan_make(&r->plan, r->dir, specs, ARRAY_SIZE(specs), filter, r->tools);
}

static void unplan(struct repo *r)
{
	struct err e = { 0 };

	if (toolbox_save(r->tools, &e))
		fail_msg("%s", e.msg);
	plan_release(&r->plan);
	variant_free(r->newest);
	variant_free(r->older);
	toolbox_free(r->tools);
	conf_free(r->conf);
}

static const struct plan_filter all;

static void plan_all(struct repo *r)
{
	plan_with(r, &all, "4567");
}

static char *ids(const struct plan *plan)
{
	struct buf b = BUF_INIT;

	vec_each (c, &plan->cells)
		buf_addf(&b, "%s\n", c->id);
	return buf_take(&b);
}

/* "id key" of every cell. */
static void keys(struct repo *r, struct strvec *out)
{
	plan_all(r);
	vec_each (c, &r->plan.cells)
		strvec_pushf(out, "%s %s", c->id, c->key);
	unplan(r);
}

static void assert_text(char *got, const char *want)
{
	assert_string_equal(got, want);
	free(got);
}

/* The cells whose key is not what it was in @before. */
static char *moved(struct repo *r, const struct strvec *before)
{
	_cleanup_strvec_ struct strvec now = { 0 };
	struct buf b = BUF_INIT;

	keys(r, &now);
	for (size_t i = 0; i < now.n; i++) {
		if (!strvec_has(before, now.v[i]))
			buf_addf(&b, "%.*s\n", (int)strcspn(now.v[i], " "), now.v[i]);
	}
	buf_adds(&b, "");
	return buf_take(&b);
}

static int setup(void **state)
{
	static const char *const files[] = { "plain.config", "debug.config",
					     "arch.config",  "old.config",
					     "a.cocci",	     "a.h" };
	struct repo *r = xcalloc(1, sizeof(*r));
	struct err e;

	if (fsx_tmpdir("/tmp", "carry-test", &r->dir, &e))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		put(r, files[i], "as it was\n");
	put(r, "cc", "#!/bin/sh\necho cc 1\n");
	put(r, "series/series", "b.patch\n");
	put(r, "series/b.patch", patch_text);
	put(r, "backports/old/series", "b.patch\n");
	put_old_patch(r, patch_text);
	r->conf_text = xasprintf(conf_text, r->dir);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct repo *r = *state;
	struct err e;
	int rc = fsx_remove(r->dir, &e);

	free(r->conf_text);
	free(r->dir);
	free(r);
	return rc;
}

#define OLD_TARGET "old/-/-/-/"
#define OLD_UNITS                                                                        \
	"old/one/cc/plain/build\n"                                                       \
	"old/one/cc/debug/build\n"                                                       \
	"old/two/cc/plain/build\n"

static void cells_are_what_conf_and_filters_allow(void **state)
{
	struct repo *r = *state;
	struct plan_filter f = { 0 };

	vec_push(&f.targets, "old");
	plan_with(r, &f, "4567");
	assert_text(ids(&r->plan), OLD_TARGET "applies\n" OLD_TARGET "lint\n" OLD_TARGET
					      "cocci\n" OLD_UNITS);
	unplan(r);
	vec_push(&f.configs, "debug");
	vec_push(&f.checks, "build");
	plan_with(r, &f, "4567");
	assert_text(ids(&r->plan), "old/one/cc/debug/build\n");
	unplan(r);
	vec_release(&f.targets);
	vec_release(&f.configs);
	vec_release(&f.checks);
}

static void checks_may_be_limited(void **state)
{
	struct repo *r = *state;
	char *text = xasprintf("%s[check \"build\"]\n\ttarget = old\n\tarch = two\n"
			       "[check \"cocci\"]\n\tenabled = false\n",
			       r->conf_text);

	free(r->conf_text);
	r->conf_text = text;
	plan_all(r);
	assert_text(ids(&r->plan),
		    "new/-/-/-/applies\nnew/-/-/-/lint\n" OLD_TARGET
		    "applies\n" OLD_TARGET "lint\nold/two/cc/plain/build\n");
	unplan(r);
}

static void keys_move_with_what_the_verdict_depends_on(void **state)
{
	static const char header[] = "From: A <a@example.org>\nSubject: b\n\nWhy not.\n"
				     "--- a/a.c\n+++ b/a.c\n@@ -1,1 +1,2 @@\n a\n+b\n";
	static const char change[] = "From: A <a@example.org>\nSubject: b\n\nWhy.\n"
				     "--- a/a.c\n+++ b/a.c\n@@ -1,1 +1,2 @@\n a\n+c\n";
	static const struct {
		const char *path, *text, *moves;
	} edits[] = {
		{ "plain.config", "as it was\n", "" },
		{ "backports/old/b.patch", header, OLD_TARGET "lint\n" },
		{ "backports/old/b.patch", change,
		  OLD_TARGET "applies\n" OLD_TARGET "lint\n" OLD_TARGET
			     "cocci\n" OLD_UNITS },
		{ "backports/old/series", "b.patch -R\n",
		  OLD_TARGET "applies\n" OLD_TARGET "lint\n" OLD_TARGET
			     "cocci\n" OLD_UNITS },
		{ "series/b.patch", header, "new/-/-/-/lint\n" OLD_TARGET "lint\n" },
		{ "plain.config", "new\n",
		  "new/one/cc/plain/build\nnew/two/cc/plain/build\n"
		  "old/one/cc/plain/build\nold/two/cc/plain/build\n" },
		{ "arch.config", "new\n",
		  "new/one/cc/plain/build\nnew/one/cc/debug/build\n"
		  "old/one/cc/plain/build\nold/one/cc/debug/build\n" },
		{ "old.config", "new\n", OLD_UNITS },
		{ "a.cocci", "new\n", "new/-/-/-/cocci\n" OLD_TARGET "cocci\n" },
		{ "a.h", "new\n", "new/-/-/-/cocci\n" OLD_TARGET "cocci\n" },
		{ "cc", "#!/bin/sh\necho cc 2\n",
		  "new/one/cc/plain/build\nnew/one/cc/debug/build\nnew/two/cc/plain/build\n" OLD_UNITS },
	};
	struct repo *r = *state;

	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		_cleanup_free_ char *path = path_join(r->dir, edits[i].path);
		_cleanup_strvec_ struct strvec before = { 0 };
		_cleanup_free_ char *got = NULL;
		_cleanup_buf_ struct buf was = BUF_INIT;
		struct err e;

		assert_int_equal(fsx_read(path, &was, &e), 0);
		keys(r, &before);
		put(r, edits[i].path, edits[i].text);
		got = moved(r, &before);
		if (strcmp(got, edits[i].moves) != 0)
			fail_msg("edit %zu of %s moved:\n%s", i, edits[i].path, got);
		put(r, edits[i].path, buf_str(&was));
	}
}

/* Values of carry.conf, each replaced by another of the same length. */
static void keys_move_with_carry_conf(void **state)
{
	static const struct {
		const char *was, *is, *first; /* the first cell that moves; NULL: none */
	} edits[] = {
		{ "require = p", "require = q", "new/-/-/-/cocci" },
		{ "handler = f", "handler = g", "new/-/-/-/cocci" },
		{ "make = two", "make = 2wo", "new/two/cc/plain/build" },
		{ "path = Makefile", "path = makefile", "new/one/cc/plain/build" },
		{ "object = a.o", "object = b.o", "new/-/-/-/cocci" },
		{ "source = dir t", "source = dir u", NULL },
	};
	struct repo *r = *state;

	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		_cleanup_strvec_ struct strvec before = { 0 };
		_cleanup_free_ char *got = NULL;
		char *at = strstr(r->conf_text, edits[i].was);

		keys(r, &before);
		memcpy(at, edits[i].is, strlen(edits[i].is));
		got = moved(r, &before);
		got[strcspn(got, "\n")] = '\0';
		assert_string_equal(got, edits[i].first ? edits[i].first : "");
		memcpy(at, edits[i].was, strlen(edits[i].was));
	}
}

static const struct cell *cell_of(const struct repo *r, const char *id)
{
	vec_each (c, &r->plan.cells) {
		if (!strcmp(c->id, id))
			return c;
	}
	fail_msg("there is no cell %s", id);
	return NULL;
}

static void a_missing_tool_is_a_skip_with_another_key(void **state)
{
	struct repo *r = *state;
	_cleanup_free_ char *cc = path_join(r->dir, "cc");
	char with[SHA256_HEX];
	const struct cell *c;

	plan_all(r);
	c = cell_of(r, "old/one/cc/plain/build");
	assert_int_equal(c->planned.status, VERDICT_NONE);
	memcpy(with, c->key, sizeof(with));
	unplan(r);
	assert_int_equal(unlink(cc), 0);
	plan_all(r);
	c = cell_of(r, "old/one/cc/plain/build");
	assert_int_equal(c->planned.status, VERDICT_SKIP);
	assert_non_null(strstr(c->planned.reason, "/cc' is not installed"));
	assert_string_not_equal(c->key, with);
	assert_int_equal(cell_of(r, OLD_TARGET "applies")->planned.status, VERDICT_NONE);
	unplan(r);
}

static void no_base_is_a_skip_unless_required(void **state)
{
	struct repo *r = *state;
	char *text = xasprintf("%s[target \"new\"]\n\trequired = true\n", r->conf_text);

	plan_with(r, &all, NULL);
	/* Each check once, with the reason, and no unit. */
	assert_int_equal(r->plan.cells.n, 4 + 6);
	assert_int_equal(cell_of(r, "new/-/-/-/build")->planned.status, VERDICT_SKIP);
	assert_string_equal(cell_of(r, "new/-/-/-/build")->planned.reason,
			    "nobody fetched it");
	unplan(r);
	free(r->conf_text);
	r->conf_text = text;
	plan_with(r, &all, NULL);
	assert_int_equal(cell_of(r, "new/-/-/-/build")->planned.status, VERDICT_ERROR);
	unplan(r);
}

static void a_record_names_what_made_it_stale(void **state)
{
	struct repo *r = *state;
	const struct cell *c;
	struct verdict v;
	json_t *doc, *names;

	plan_all(r);
	verdict_init(&v);
	verdict_say(&v, VERDICT_PASS, "seen");
	c = cell_of(r, "old/one/cc/plain/build");
	doc = record_make(&r->plan, c, &v, r->tools);
	names = record_changes(doc, c);
	assert_int_equal(json_array_size(names), 0);
	json_decref(names);
	assert_true(json_is_null(json_object_get(doc, "reason")));
	verdict_release(&v);
	unplan(r);
	put(r, "old.config", "new\n");
	plan_all(r);
	names = record_changes(doc, cell_of(r, "old/one/cc/plain/build"));
	assert_int_equal(json_array_size(names), 1);
	assert_string_equal(json_string_value(json_array_get(names, 0)), "configuration");
	json_decref(names);
	json_decref(doc);
	unplan(r);
}

/* The build directory outlives an edit of the patch, and nothing else. */
static void a_unit_is_named_without_the_patch(void **state)
{
	struct repo *r = *state;
	char before[SHA256_HEX], after[SHA256_HEX];

	plan_all(r);
	plan_unit_digest(&r->plan, cell_of(r, "old/one/cc/plain/build"), before);
	unplan(r);
	put_old_patch(r, "--- a/a.c\n+++ b/a.c\n@@ -1,1 +1,2 @@\n a\n+c\n");
	plan_all(r);
	plan_unit_digest(&r->plan, cell_of(r, "old/one/cc/plain/build"), after);
	assert_string_equal(before, after);
	unplan(r);
	put(r, "arch.config", "new\n");
	plan_all(r);
	plan_unit_digest(&r->plan, cell_of(r, "old/one/cc/plain/build"), after);
	assert_string_not_equal(before, after);
	unplan(r);
}

/* One [runtime] of the older line; the program that it starts is there. */
static void add_runtime(struct repo *r, const char *when)
{
	char *text = xasprintf("%s[check \"boot\"]\n\twhen = %s\n[runtime \"vm\"]\n"
			       "\ttarget = old\n\tarch = one\n\tfragment = vm.config\n"
			       "\toptional = some.config\n\tpath = mm\n\timage = Image\n"
			       "\tprobe = probe\n\temulator = %s/emu\n\targ = -m 1\n"
			       "\tappend = quiet\n\tshows = warns\n",
			       r->conf_text, when, r->dir);

	free(r->conf_text);
	r->conf_text = text;
	put(r, "vm.config", "as it was\n");
	put(r, "some.config", "as it was\n");
	put(r, "probe/init.c", "as it was\n");
	put(r, "emu", "#!/bin/sh\necho emu 1\n");
}

static size_t count_boots(const struct plan *plan)
{
	size_t n = 0;

	vec_each (c, &plan->cells)
		n += c->spec == &boot;
	return n;
}

static void a_runtime_is_planned_when_asked(void **state)
{
	struct repo *r = *state;
	struct plan_filter f = { 0 };

	add_runtime(r, "asked");
	plan_all(r);
	assert_int_equal(count_boots(&r->plan), 0);
	unplan(r);
	f.unasked = true;
	plan_with(r, &f, "4567");
	assert_int_equal(count_boots(&r->plan), 1);
	unplan(r);
	f.unasked = false;
	vec_push(&f.checks, "boot");
	plan_with(r, &f, "4567");
	assert_text(ids(&r->plan), "old/one/cc/vm/boot\n");
	assert_string_equal(r->plan.cells.v[0].runtime->name, "vm");
	unplan(r);
	vec_push(&f.configs, "plain");
	plan_with(r, &f, "4567");
	assert_int_equal(r->plan.cells.n, 0);
	unplan(r);
	vec_release(&f.configs);
	vec_release(&f.checks);
}

/* A line that no [runtime] names has not even a skip of it. */
static void a_runtime_of_a_line_without_a_base(void **state)
{
	struct repo *r = *state;

	add_runtime(r, "always");
	plan_with(r, &all, NULL);
	assert_text(ids(&r->plan),
		    "new/-/-/-/applies\nnew/-/-/-/lint\nnew/-/-/-/cocci\n"
		    "new/-/-/-/build\n" OLD_TARGET "applies\n" OLD_TARGET "lint\n" OLD_TARGET
		    "cocci\nold/one/cc/plain/build\nold/one/cc/debug/build\n"
		    "old/one/cc/vm/boot\nold/two/cc/plain/build\n");
	unplan(r);
}

/* Another last character of @what, where it stands in @text. */
static void bump(char *text, const char *what)
{
	strstr(text, what)[strlen(what) - 1]++;
}

static void a_runtimes_key_has_all_that_boots(void **state)
{
	static const char *const files[] = { "vm.config", "some.config", "probe/init.c",
					     "probe/new.c", "emu", "old.config", "cc" };
	static const char *const values[] = { "path = mm", "image = Image", "arg = -m 1",
					      "append = quiet", "shows = warns" };
	struct repo *r = *state;

	add_runtime(r, "always");
	for (size_t i = 0; i < ARRAY_SIZE(files) + ARRAY_SIZE(values); i++) {
		_cleanup_strvec_ struct strvec before = { 0 };
		_cleanup_free_ char *got = NULL;

		keys(r, &before);
		if (i < ARRAY_SIZE(files))
			put(r, files[i], "#!/bin/sh\necho 2\n");
		else
			bump(r->conf_text, values[i - ARRAY_SIZE(files)]);
		got = moved(r, &before);
		if (!strstr(got, "old/one/cc/vm/boot\n"))
			fail_msg("edit %zu moved:\n%s", i, got);
	}
	/* The arch's fragments are not of this kernel: it is whole by itself. */
	{
		_cleanup_strvec_ struct strvec before = { 0 };
		_cleanup_free_ char *got = NULL;

		keys(r, &before);
		put(r, "arch.config", "new\n");
		got = moved(r, &before);
		assert_null(strstr(got, "boot"));
		assert_non_null(strstr(got, "old/one/cc/plain/build"));
	}
}

/* An image costs minutes: neither the probe nor the emulator makes another one. */
static void an_image_outlives_probe_and_emulator(void **state)
{
	static const struct {
		const char *path;
		bool same;
	} edits[] = { { "probe/init.c", true }, { "emu", true }, { "backports/old/b.patch", true },
		      { "vm.config", false } };
	char before[SHA256_HEX], after[SHA256_HEX];
	struct repo *r = *state;

	add_runtime(r, "always");
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		plan_all(r);
		plan_unit_digest(&r->plan, cell_of(r, "old/one/cc/vm/boot"), before);
		unplan(r);
		put(r, edits[i].path,
		    i == 2 ? "--- a/a.c\n+++ b/a.c\n@@ -1,1 +1,2 @@\n a\n+c\n" : "2\n");
		plan_all(r);
		plan_unit_digest(&r->plan, cell_of(r, "old/one/cc/vm/boot"), after);
		unplan(r);
		assert_int_equal(!strcmp(before, after), edits[i].same);
	}
}

static void without_its_emulator_a_runtime_is_skipped(void **state)
{
	struct repo *r = *state;
	_cleanup_free_ char *emu = path_join(r->dir, "emu");

	add_runtime(r, "always");
	assert_int_equal(unlink(emu), 0);
	plan_all(r);
	assert_int_equal(cell_of(r, "old/one/cc/vm/boot")->planned.status, VERDICT_SKIP);
	assert_non_null(strstr(cell_of(r, "old/one/cc/vm/boot")->planned.reason,
			       "/emu' is not installed"));
	unplan(r);
}

static bool is_of_old(void *arg, const struct cell *c)
{
	(void)arg;
	return !strncmp(c->id, "old/", 4);
}

static void cells_can_be_dropped(void **state)
{
	struct repo *r = *state;

	plan_all(r);
	plan_keep(&r->plan, is_of_old, NULL);
	assert_text(ids(&r->plan), OLD_TARGET "applies\n" OLD_TARGET "lint\n" OLD_TARGET
					      "cocci\n" OLD_UNITS);
	unplan(r);
}

/* A program may say anything of itself; only its bytes count. */
static void a_version_that_is_no_utf8_is_kept(void **state)
{
	struct repo *r = *state;
	const char *version;
	_cleanup_free_ char *cc = path_join(r->dir, "cc");

	put(r, "cc", "#!/bin/sh\nprintf 'cc \\377 1\\n'\n");
	plan_all(r);
	version = toolbox_version(r->tools, cc);
	assert_non_null(version);
	assert_string_equal(version, "cc \\xff 1");
	unplan(r);
}

/* A cc that cannot be asked today is no missing one, and tomorrow's answer counts. */
static void an_answer_that_was_cut_off_is_not_kept(void **state)
{
	struct repo *r = *state;
	_cleanup_free_ char *cc = path_join(r->dir, "cc");
	_cleanup_free_ char *script =
		xasprintf("#!/bin/sh\ntest -e %s/well || kill -9 $$\necho cc 2\n", r->dir);
	const struct cell *c;

	put(r, "cc", script);
	plan_all(r);
	c = cell_of(r, "old/one/cc/plain/build");
	assert_int_equal(c->planned.status, VERDICT_ERROR);
	assert_non_null(strstr(c->planned.reason, "killed by signal 9"));
	unplan(r);
	put(r, "well", "");
	plan_all(r);
	c = cell_of(r, "old/one/cc/plain/build");
	assert_int_equal(c->planned.status, VERDICT_NONE);
	assert_string_equal(toolbox_version(r->tools, cc), "cc 2");
	unplan(r);
}

static void builds_stand_on_binutils_and_the_host_compiler(void **state)
{
	static const char *const names[] = { "tool:gcc", "tool:ld", "tool:make" };
	struct repo *r = *state;
	const struct cell *c;

	plan_all(r);
	c = cell_of(r, "old/one/cc/plain/build");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_non_null(json_object_get(c->inputs, names[i]));
	c = cell_of(r, OLD_TARGET "cocci");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_null(json_object_get(c->inputs, names[i]));
	unplan(r);
}

/* spatch takes macros and isomorphisms from beside itself. */
static void files_that_spatch_reads_unasked_count(void **state)
{
	struct repo *r = *state;
	_cleanup_free_ char *spatch = path_join(r->dir, "spatch");
	_cleanup_free_ char *script =
		xasprintf("#!/bin/sh\necho 'spatch 1'\necho 'flags: --libdir=%s --x'\n",
			  r->dir);
	static const char *const files[] = { "coccinelle/standard.h",
					     "coccinelle/standard.iso" };
	char before[SHA256_HEX], after[SHA256_HEX];
	struct err e = { 0 };

	put(r, "spatch", script);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		put(r, files[i], "as shipped");
	r->tools = toolbox_open(r->dir);
	assert_int_equal(toolbox_digest(r->tools, spatch, before, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		put(r, files[i], "edited");
		assert_int_equal(toolbox_digest(r->tools, spatch, after, &e), 0);
		assert_string_not_equal(before, after);
		put(r, files[i], "as shipped");
		assert_int_equal(toolbox_digest(r->tools, spatch, after, &e), 0);
		assert_string_equal(before, after);
	}
	toolbox_free(r->tools);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(cells_are_what_conf_and_filters_allow),
		T(checks_may_be_limited),
		T(keys_move_with_what_the_verdict_depends_on),
		T(keys_move_with_carry_conf),
		T(a_missing_tool_is_a_skip_with_another_key),
		T(no_base_is_a_skip_unless_required),
		T(a_record_names_what_made_it_stale),
		T(a_unit_is_named_without_the_patch),
		T(a_version_that_is_no_utf8_is_kept),
		T(an_answer_that_was_cut_off_is_not_kept),
		T(builds_stand_on_binutils_and_the_host_compiler),
		T(files_that_spatch_reads_unasked_count),
		T(a_runtime_is_planned_when_asked),
		T(a_runtime_of_a_line_without_a_base),
		T(a_runtimes_key_has_all_that_boots),
		T(an_image_outlives_probe_and_emulator),
		T(without_its_emulator_a_runtime_is_skipped),
		T(cells_can_be_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
