// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "base/sandbox.h"
#include "cmd/commands.h"

/* Something that carry, or a kernel it builds, calls or includes. */
struct need {
	const char *name;    /* program, or an absolute path of a header */
	const char *version; /* option that prints it, or NULL */
	const char *package; /* of Debian */
	bool required;	     /* without it no line can be verified */
	const char *without; /* what is lost without it */
};

static const struct need needs[] = {
	{ "bwrap", "--version", "bubblewrap", true, "no foreign code runs in a sandbox" },
	{ "make", "--version", "make", true, "nothing is built" },
	{ "gcc", "--version", "gcc", true, "nothing is built" },
	{ "ld", "--version", "binutils", true, "nothing is built" },
	{ "bc", "--version", "bc", true, "kernels cannot be prepared" },
	{ "bison", "--version", "bison", true, "kernels cannot be configured" },
	{ "flex", "--version", "flex", true, "kernels cannot be configured" },
	{ "perl", NULL, "perl", true, "no checkpatch, and some kernels cannot be built" },
	{ "/usr/include/libelf.h", NULL, "libelf-dev", true, "objtool cannot be built" },
	{ "git", "--version", "git", false, "no sources by git, no edit and save" },
	{ "apt-get", "--version", "apt", false, "no sources from Debian packages" },
	{ "dpkg-deb", "--version", "dpkg", false, "no sources from Debian packages" },
	{ "clang", "--version", "clang", false,
	  "cells of the toolchain clang are skipped" },
	{ "ld.lld", "--version", "lld", false,
	  "cells of the toolchain clang are skipped" },
	{ "clang-19", "--version", "clang-19", false,
	  "clang cells of lines that want a newer clang are skipped" },
	{ "aarch64-linux-gnu-gcc", "--version", "gcc-aarch64-linux-gnu", false,
	  "cells of arm64 are skipped" },
	{ "sparse", "--version", "sparse", false, "sparse cells are skipped" },
	{ "spatch", "--version", "coccinelle", false, "cocci cells are skipped" },
	{ "quilt", "--version", "quilt", false,
	  "patches are pushed and popped by carry only" },
	{ "b4", "--version", "b4", false, "nothing is sent or taken from lists" },
};

struct found {
	char *path;    /* NULL: missing */
	char *version; /* first line of what it says, or NULL */
};

static void found_release(struct found *f)
{
	free(f->path);
	free(f->version);
}

static char *ask_version(const struct need *n, const atomic_bool *cancel)
{
	const char *argv[] = { n->name, n->version, NULL };
	struct proc_spec spec = { .argv = argv,
				  .timeout_s = 20,
				  .merge = true,
				  .max_output = 4096,
				  .cancel = cancel };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct err ignored = { 0 };
	struct slice rest, line;

	/* A program that is there but cannot name its version is shown without. */
	if (!n->version || proc_run(&spec, &r, &ignored) || r.status)
		return NULL;
	rest = buf_slice(&r.out);
	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.n)
			return xmemdupz(line.p, line.n < 60 ? line.n : 60);
	}
	return NULL;
}

static struct found look_for(const struct need *n, const atomic_bool *cancel)
{
	struct found f = { 0 };

	if (n->name[0] == '/')
		f.path = fsx_exists(n->name) ? xstrdup(n->name) : NULL;
	else
		f.path = proc_find(n->name);
	if (f.path)
		f.version = ask_version(n, cancel);
	return f;
}

static void print_need(struct cmd_env *env, const struct need *n, const struct found *f)
{
	if (f->path)
		fprintf(env->out, "ok       %-22s %s\n", n->name,
			f->version ? f->version : "");
	else
		fprintf(env->out, "%-8s %-22s %s (package %s)\n",
			n->required ? "MISSING" : "missing", n->name, n->without,
			n->package);
}

static json_t *need_json(const struct need *n, const struct found *f)
{
	return json_pack("{s:s, s:s?, s:s?, s:s, s:b, s:s}", "name", n->name, "path",
			 f->path, "version", f->version, "package", n->package,
			 "required", n->required, "without", n->without);
}

/* Looks for all; the number of required ones that are missing. */
static unsigned look_for_all(struct cmd_env *env, json_t *list)
{
	unsigned missing = 0;

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		struct found f = look_for(&needs[i], env->cancel);

		missing += needs[i].required && !f.path;
		json_array_append_new(list, need_json(&needs[i], &f));
		if (!env->json)
			print_need(env, &needs[i], &f);
		found_release(&f);
	}
	return missing;
}

static int write_json(struct cmd_env *env, json_t *list, const struct err *sandbox)
{
	json_t *doc =
		json_pack("{s:s, s:s, s:o, s:{s:b, s:s?}}", "schema", "carry.doctor/1",
			  "carry", CARRY_VERSION, "needs", list, "sandbox", "works",
			  !sandbox->code, "reason", sandbox->code ? sandbox->msg : NULL);

	BUG_ON(!doc);
	json_dumpf(doc, env->out, JSON_INDENT(2));
	fputc('\n', env->out);
	json_decref(doc);
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	json_t *list = json_array();
	unsigned missing = look_for_all(env, list);
	struct err sandbox = { 0 };
	int rc = sandbox_probe(&sandbox);

	(void)values;
	if (env->json)
		write_json(env, list, &sandbox);
	else
		fprintf(env->out, "%-8s %-22s %s\n", rc ? "BROKEN" : "ok", "sandbox",
			rc ? sandbox.msg : "foreign code runs without network and home");
	if (!env->json)
		json_decref(list);
	if (missing)
		return err_set(
			e, ERR_TOOL,
			"%u of the programs that verifying needs %s missing: run "
			"scripts/install-deps --run, or install the packages named above",
			missing, missing == 1 ? "is" : "are");
	return rc ? err_set(e, rc, "%s", sandbox.msg) : 0;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "look whether everything that is needed is there and works",
	.usage = "[--json]",
	.habits = HABIT_JSON,
	.run = run,
};
