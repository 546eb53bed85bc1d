// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "base/sandbox.h"
#include "cmd/commands.h"
#include "store/conf.h"

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
	{ "perl", "-v", "perl", true, "no checkpatch, and some kernels cannot be built" },
	{ "/usr/include/libelf.h", NULL, "libelf-dev", true, "objtool cannot be built" },
	{ "git", "--version", "git", false, "no sources by git, no edit and save" },
	{ "apt-get", "--version", "apt", false, "no sources from Debian packages" },
	{ "dpkg-deb", "--version", "dpkg", false, "no sources from Debian packages" },
	{ "clang", "--version", "clang", false,
	  "cells of the toolchain clang are skipped" },
	{ "clang-19", "--version", "clang-19", false,
	  "clang cells of lines that want a newer clang are skipped" },
	{ "aarch64-linux-gnu-gcc", "--version", "gcc-aarch64-linux-gnu", false,
	  "cells of arm64 are skipped" },
	{ "sparse", "--version", "sparse", false, "sparse cells are skipped" },
	{ "spatch", "--version", "coccinelle", false, "cocci cells are skipped" },
	{ "qemu-system-x86_64", "--version", "qemu-system-x86", false,
	  "runtime cells are skipped" },
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

/* What was looked at so far. */
struct exam {
	struct cmd_env *env;
	json_t *list;
	unsigned missing;		 /* required ones that are not there */
	struct err conf, sandbox, rules; /* code 0: fine */
};

static void examine(struct exam *x, const struct need *n)
{
	struct found f = look_for(n, x->env->cancel);

	x->missing += n->required && !f.path;
	json_array_append_new(x->list, need_json(n, &f));
	if (!x->env->json)
		print_need(x->env, n, &f);
	found_release(&f);
}

static bool is_known(const char *program)
{
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		if (!strcmp(needs[i].name, program))
			return true;
	}
	return false;
}

/* The compilers that this repository names besides those that everybody uses. */
static void examine_toolchains(struct exam *x, const struct conf *c)
{
	vec_each (t, &c->toolchains) {
		_cleanup_free_ char *without =
			xasprintf("cells of the toolchain %s are skipped", t->name);
		struct need n = { t->cc, "--version", t->cc, false, without };

		if (!is_known(t->cc))
			examine(x, &n);
	}
}

static void examine_repository(struct exam *x)
{
	struct conf *c = NULL;

	if (!x->env->conf)
		return;
	if (conf_read(x->env->conf, &c, &x->conf))
		return;
	examine_toolchains(x, c);
	conf_free(c);
}

static int write_probe(const char *dir, char **rule, char **source, struct err *e)
{
	static const char text[] =
		"@r@\nidentifier x;\n@@\nint x;\n"
		"@script:python@\nx << r.x;\n@@\nprint(\"seen \" + x)\n";
	int rc;

	*rule = path_join(dir, "probe.cocci");
	*source = path_join(dir, "probe.c");
	rc = fsx_publish(*rule, SLICE(text), e);
	return rc ? rc : fsx_publish(*source, SLICE("int probe;\n"), e);
}

static int run_probe(const char *dir, struct err *e)
{
	_cleanup_free_ char *rule = NULL, *source = NULL;
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = write_probe(dir, &rule, &source, e);
	const char *argv[] = {
		"spatch", "--very-quiet", "--sp-file", rule, source, NULL
	};
	struct proc_spec spec = { .argv = argv, .timeout_s = 60 };

	if (!rc)
		rc = proc_check(&spec, &r, e);
	if (!rc && !slice_starts(buf_slice(&r.out), "seen probe"))
		rc = err_set(e, ERR_TOOL, "spatch did not run a rule's script");
	return rc;
}

/* A spatch that is there may still lack the library that runs the scripts of rules. */
static int probe_rules(struct err *e)
{
	_cleanup_free_ char *spatch = proc_find("spatch"), *dir = NULL;
	struct err ignored;
	int rc;

	if (!spatch)
		return 0;
	rc = fsx_tmpdir("/tmp", "carry-doctor", &dir, e);
	if (!rc)
		rc = run_probe(dir, e);
	if (dir && fsx_remove(dir, &ignored) && !rc)
		rc = err_set(e, ignored.code, "%s", ignored.msg);
	if (rc)
		err_wrap(e, "rules with scripts do not work (package libpython3-dev)");
	return rc;
}

static void print_state(struct cmd_env *env, const char *what, const struct err *bad,
			const char *good)
{
	if (!env->json)
		fprintf(env->out, "%-8s %-22s %s\n", bad->code ? "BROKEN" : "ok", what,
			bad->code ? bad->msg : good);
}

static const char *reason(const struct err *bad)
{
	return bad->code ? bad->msg : NULL;
}

static void write_json(const struct exam *x)
{
	json_t *doc = json_pack("{s:s, s:s, s:o, s:{s:s?, s:b, s:s?}, s:{s:b, s:s?}, "
				"s:{s:b, s:s?}}",
				"schema", "carry.doctor/1", "carry", CARRY_VERSION,
				"needs", x->list, "conf", "path", x->env->conf, "works",
				x->env->conf && !x->conf.code, "reason", reason(&x->conf),
				"rules", "works", !x->rules.code, "reason",
				reason(&x->rules), "sandbox", "works", !x->sandbox.code,
				"reason", reason(&x->sandbox));

	BUG_ON(!doc);
	json_dumpf(doc, x->env->out, JSON_INDENT(2));
	fputc('\n', x->env->out);
	json_decref(doc);
}

static int judge(const struct exam *x, struct err *e)
{
	if (x->missing)
		return err_set(
			e, ERR_TOOL,
			"%u of the programs that verifying needs %s missing: run "
			"scripts/install-deps --run, or install the packages named above",
			x->missing, x->missing == 1 ? "is" : "are");
	if (x->conf.code)
		return err_set(e, x->conf.code, "%s", x->conf.msg);
	if (x->rules.code)
		return err_set(e, x->rules.code, "%s", x->rules.msg);
	return x->sandbox.code ? err_set(e, x->sandbox.code, "%s", x->sandbox.msg) : 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	struct exam x = { .env = env, .list = json_array() };

	(void)values;
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		examine(&x, &needs[i]);
	examine_repository(&x);
	if (probe_rules(&x.rules))
		BUG_ON(!x.rules.code);
	if (sandbox_probe(&x.sandbox))
		BUG_ON(!x.sandbox.code);
	if (env->conf)
		print_state(env, "carry.conf", &x.conf, env->conf);
	print_state(env, "rules", &x.rules, "spatch runs the scripts of rules");
	print_state(env, "sandbox", &x.sandbox,
		    "foreign code runs without network and home");
	if (env->json)
		write_json(&x);
	else
		json_decref(x.list);
	return judge(&x, e);
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "look whether everything that is needed is there and works",
	.usage = "[--json]",
	.habits = HABIT_JSON,
	.run = run,
};
