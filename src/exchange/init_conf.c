// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/init_conf.h"

#include <ctype.h>

#include "base/fsx.h"
#include "store/conf.h"

#define KERNEL_ORG "https://git.kernel.org/pub/scm/linux/kernel/git/"

/* What every build of a kernel object reads, whatever the object. */
static const char *const common_paths[] = {
	"Makefile",	   "Kbuild",
	"Kconfig",	   "**/Kconfig*",
	"arch/Kconfig",	   "include",
	"kernel/bounds.c", "kernel/sched",
	"lib/vdso",	   "kernel/time/timeconst.bc",
	"scripts",	   "kernel/workqueue_internal.h",
	"tools/Makefile",  "tools/arch",
	"tools/build",	   "tools/docs/**",
	"tools/include",   "tools/lib",
	"tools/objtool",   "tools/scripts",
};

static const struct {
	const char *name, *cross, *paths[6], *config;
} archs[] = {
	{ "x86_64",
	  "x86_64-linux-gnu-",
	  { "arch/x86/Makefile", "arch/x86/entry", "arch/x86/include", "arch/x86/kernel",
	    "arch/x86/lib", "arch/x86/tools" },
	  "# Implied by ARCH=x86_64, asked for by ARCH=x86.\nCONFIG_64BIT=y\n" },
	{ "arm64",
	  "aarch64-linux-gnu-",
	  { "arch/arm64/Makefile", "arch/arm64/include", "arch/arm64/kernel",
	    "arch/arm64/tools/**" },
	  "CONFIG_ARM64_4K_PAGES=y\n" },
};

#define SPDX "# SPDX-License-Identifier: GPL-2.0-or-later\n"

static ssize_t arch_index(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		if (!strcmp(archs[i].name, name))
			return (ssize_t)i;
	}
	return -1;
}

static void add_paths(const struct init_scope *scope, struct buf *out)
{
	_cleanup_strvec_ struct strvec dirs = { 0 }, above = { 0 };

	buf_adds(out, "# What of a kernel tree is written out, so that the objects below can "
		      "be\n# built in it. A plain path must be there on every line; a "
		      "pattern may match\n# nothing.\n[checkout]\n");
	for (size_t i = 0; i < ARRAY_SIZE(common_paths); i++)
		buf_addf(out, "\tpath = %s\n", common_paths[i]);
	for (size_t i = 0; i < scope->spec->archs.n; i++) {
		ssize_t a = arch_index(scope->spec->archs.v[i]);

		for (size_t p = 0; p < ARRAY_SIZE(archs[a].paths) && archs[a].paths[p]; p++)
			buf_addf(out, "\tpath = %s\n", archs[a].paths[p]);
	}
	vec_each (f, &scope->files) {
		_cleanup_free_ char *dir = xstrdup(*f);
		char *slash;

		for (bool own = true; (slash = strrchr(dir, '/')); own = false) {
			struct strvec *to = own ? &dirs : &above;

			*slash = '\0';
			if (!strvec_has(to, dir))
				strvec_push(to, dir);
		}
	}
	/* A pattern: a series may make the directory. */
	vec_each (d, &dirs)
		buf_addf(out, "\tpath = %s/**\n", *d);
	vec_each (d, &above)
		buf_addf(out, "\tpath = %s/Makefile*\n\tpath = %s/Kbuild*\n", *d, *d);
}

static void add_world(const struct init_scope *scope, struct buf *out)
{
	for (size_t i = 0; i < scope->spec->archs.n; i++) {
		const char *arch = scope->spec->archs.v[i];

		buf_addf(out, "\n[arch \"%s\"]\n\tmake = %s\n\tcross = %s\n", arch, arch,
			 archs[arch_index(arch)].cross);
		buf_addf(out, "\tfragment = kernel-configs/base.config\n"
			      "\tfragment = kernel-configs/%s.config\n",
			 arch);
	}
	buf_adds(out, "\n[toolchain \"gcc\"]\n\tfamily = gcc\n\tcc = gcc\n"
		      "# [toolchain \"clang\"]\n#\tfamily = clang\n#\tcc = clang\n"
		      "\n[config \"series\"]\n\tfragment = kernel-configs/series.config\n");
}

static bool has_objects(const struct init_scope *scope)
{
	vec_each (f, &scope->files) {
		if (slice_ends(slice_str(*f), ".c"))
			return true;
	}
	return false;
}

static void add_checks(const struct init_scope *scope, struct buf *out)
{
	buf_adds(out,
		 "\n# What every line must satisfy beyond that: a semantic patch, and where "
		 "the\n# object must say so; see carry.conf(5).\n"
		 "# [assert \"NAME\"]\n#\trule = cocci/NAME.cocci\n#\trequire = PROPERTY\n");
	if (!has_objects(scope))
		buf_adds(out, "\n# The series changes no C file, so there is nothing to build.\n"
			      "[check \"build\"]\n\tenabled = false\n"
			      "[check \"sparse\"]\n\tenabled = false\n");
}

/* "6.1" of "6.1.y"; n is 0 for any other name. */
static struct slice line_of(const char *name)
{
	size_t n = strlen(name);

	if (n < 5 || strcmp(name + n - 2, ".y") != 0 || !isdigit((unsigned char)*name))
		return (struct slice){ "", 0 };
	return (struct slice){ name, n - 2 };
}

static int add_known_sources(const char *name, struct buf *out, struct err *e)
{
	struct slice line = line_of(name);

	if (!strcmp(name, "mainline"))
		buf_adds(out, "\tsource = git " KERNEL_ORG "torvalds/linux.git master\n");
	else if (line.n)
		buf_addf(out,
			 "\tsource = debian linux-source-%.*s\n"
			 "\tsource = git " KERNEL_ORG "stable/linux.git linux-%s\n",
			 SLICE_ARG(line), name);
	else
		return err_set(e, ERR_USAGE,
			       "where is the tree of '%s'? give --target='%s=SOURCE'", name,
			       name);
	return 0;
}

/* A path is taken from here, not from where the repository will be. */
static void add_source(const char *source, struct buf *out)
{
	static const char *const kinds[] = { "dir ", "tarball ", "git " };
	_cleanup_buf_ struct buf text = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !text.len; i++) {
		struct slice rest = slice_str(source), place;
		_cleanup_free_ char *path = NULL;
		_cleanup_free_ char *real = NULL;

		if (!slice_starts(rest, kinds[i]))
			continue;
		rest.p += strlen(kinds[i]);
		rest.n -= strlen(kinds[i]);
		if (i == 0)
			place = rest; /* it may have blanks in it */
		else
			slice_split(&rest, ' ', &place);
		path = xmemdupz(place.p, place.n);
		real = realpath(path, NULL);
		if (real)
			buf_addf(&text, "%s%s%s", kinds[i], real, place.p + place.n);
	}
	if (!text.len)
		buf_adds(&text, source);
	buf_adds(out, "\tsource = \"");
	for (size_t i = 0; i < text.len; i++) {
		if (strchr("\"\\", text.data[i]))
			buf_addc(out, '\\');
		buf_addc(out, text.data[i]);
	}
	buf_adds(out, "\"\n");
}

static int add_target(const struct init_scope *scope, const char *target, bool newest,
		      struct buf *out, struct err *e)
{
	const char *eq = strchr(target, '=');
	_cleanup_free_ char *name = xmemdupz(target, eq ? (size_t)(eq - target) : strlen(target));

	if (strpbrk(target, "\n\r") || strpbrk(name, "\"\\[]"))
		return err_set(e, ERR_USAGE, "'%s' is no name of a target", name);
	buf_addf(out, "\n[target \"%s\"]\n", name);
	if (eq)
		add_source(eq + 1, out);
	else if (add_known_sources(name, out, e))
		return e->code;
	if (!newest)
		buf_adds(out, "\tseries = series\n");
	vec_each (f, &scope->files) {
		struct slice s = slice_str(*f);

		if (slice_ends(s, ".c"))
			buf_addf(out, "\tobject = %.*s.o\n", (int)s.n - 2, s.p);
		buf_addf(out, "\tfile = %s\n", *f);
	}
	return 0;
}

static struct slice target_name(const char *target)
{
	return (struct slice){ target, strcspn(target, "=") };
}

static int check_spec(const struct init_spec *s, struct err *e)
{
	if (!s->targets.n)
		return err_set(e, ERR_USAGE,
			       "on which kernel lines? give --target=6.1.y, or "
			       "--target='NAME=SOURCE', the newest first");
	for (size_t i = 1; i < s->targets.n; i++) {
		struct slice name = target_name(s->targets.v[i]);

		for (size_t k = 0; k < i; k++) {
			if (slice_eq(target_name(s->targets.v[k]), name))
				return err_set(e, ERR_USAGE, "the target '%.*s' is given twice",
					       SLICE_ARG(name));
		}
	}
	for (size_t i = 0; i < s->archs.n; i++) {
		if (arch_index(s->archs.v[i]) < 0)
			return err_set(e, ERR_USAGE,
				       "no architecture '%s' is known: x86_64 and arm64 are",
				       s->archs.v[i]);
	}
	for (size_t i = 0; i < s->configs.n; i++) {
		if (!slice_starts(slice_str(s->configs.v[i]), "CONFIG_") ||
		    !strchr(s->configs.v[i], '=') || strchr(s->configs.v[i], '\n'))
			return err_set(e, ERR_USAGE, "'%s' is no CONFIG_NAME=value",
				       s->configs.v[i]);
	}
	return 0;
}

int init_conf(const struct init_scope *scope, struct buf *out, struct err *e)
{
	const struct init_spec *s = scope->spec;
	struct conf *conf = NULL;
	int rc = check_spec(s, e);

	if (rc)
		return rc;
	buf_addf(out, SPDX "# What must hold, and where; carry.conf(5) explains each key.\n\n"
			   "[carry]\n\tversion = 1\n\tnewest = %.*s\n\n",
		 SLICE_ARG(target_name(s->targets.v[0])));
	add_paths(scope, out);
	add_world(scope, out);
	add_checks(scope, out);
	if (s->targets.n > 1)
		buf_adds(out, "\n# The same patches serve all lines. Where they stop to, a line "
			      "gets a directory\n# of its own, backports/NAME, and no \"series\" "
			      "key.\n");
	for (size_t i = 0; !rc && i < s->targets.n; i++)
		rc = add_target(scope, s->targets.v[i], i == 0, out, e);
	if (!rc)
		rc = conf_parse(buf_slice(out), "carry.conf", &conf, e);
	conf_free(conf);
	if (rc)
		e->code = ERR_USAGE;
	return rc ? ERR_USAGE : 0;
}

void init_base_config(const struct init_scope *scope, struct buf *out)
{
	(void)scope;
	buf_adds(out, SPDX "# What every configuration asks for, beside allnoconfig. After "
			   "merging, each symbol\n# here must have survived.\n"
			   "CONFIG_EXPERT=y\nCONFIG_MODULES=y\nCONFIG_SMP=y\nCONFIG_PRINTK=y\n"
			   "CONFIG_BUG=y\n");
}

void init_series_config(const struct init_scope *scope, struct buf *out)
{
	const struct strvec *configs = &scope->spec->configs;

	buf_adds(out, SPDX "# What the changed files need to be built, and what that depends "
			   "on:\n");
	vec_each (f, &scope->files)
		buf_addf(out, "#   %s\n", *f);
	if (!configs->n)
		buf_adds(out, "# Find the symbols in the Makefiles beside them, as in "
			      "obj-$(CONFIG_X) += x.o.\n# CONFIG_X=y\n");
	vec_each (c, configs)
		buf_addf(out, "%s\n", *c);
}

void init_arch_config(const char *arch, struct buf *out)
{
	ssize_t a = arch_index(arch);

	buf_addf(out, SPDX "%s", a < 0 ? "" : archs[a].config);
}

void init_readme(const struct init_scope *scope, struct buf *out)
{
	buf_adds(out, "# A kernel series, and where it holds\n\n"
		      "`series/` is a quilt series; `carry.conf` names the kernel lines that it "
		      "must fit\nand what is checked there. It changes:\n\n");
	vec_each (f, &scope->files)
		buf_addf(out, "- `%s`\n", *f);
	buf_adds(out, "\n| to | give |\n|---|---|\n"
		      "| take the newest kernels | `carry fetch` |\n"
		      "| verify what is not proven yet | `carry verify -k` |\n"
		      "| see where every line stands | `carry status` |\n"
		      "| take up a further line | `carry target add` |\n");
}
