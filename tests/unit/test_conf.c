// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "store/conf.h"

#define HEAD "[carry]\n\tversion = 1\n\tnewest = new\n[target \"new\"]\n\tsource = dir x\n"

static int setup(void **state)
{
	struct err e;
	char *dir = NULL;

	if (fsx_tmpdir("/tmp", "carry-conf", &dir, &e))
		return -1;
	*state = dir;
	return 0;
}

static int teardown(void **state)
{
	struct err e;
	int rc = fsx_remove(*state, &e);

	free(*state);
	return rc;
}

static int read_text(void **state, const char *text, size_t n, struct conf **c, struct err *e)
{
	_cleanup_free_ char *path = path_join(*state, "carry.conf");

	*c = NULL;
	err_clear(e);
	assert_int_equal(fsx_publish(path, (struct slice){ text, n }, e), 0);
	return conf_read(path, c, e);
}

/* The error for @text must be "…carry.conf" and then @want. */
static void refuses(void **state, const char *text, const char *want)
{
	struct conf *c;
	struct err e = { 0 };
	const char *at;

	if (read_text(state, text, strlen(text), &c, &e) != ERR_INPUT)
		fail_msg("accepted or another code (%d %s): %s", e.code, e.msg, text);
	at = strstr(e.msg, "carry.conf");
	assert_non_null(at);
	if (strcmp(at + strlen("carry.conf"), want))
		fail_msg("got '%s', want '%s'", at, want);
}

static void own_file_is_read(void **state)
{
	const struct conf_target *t;
	struct err e = { 0 };
	struct conf *c = NULL;

	(void)state;
	if (conf_read("carry.conf", &c, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(c->newest, "7.3.y");
	t = conf_target(c, "6.1.y");
	assert_non_null(t);
	assert_string_equal(t->series, "backports/6.1.y");
	assert_string_equal(conf_target(c, "7.3.y")->series, "series");
	assert_int_equal(t->sources.v[0].kind, SOURCE_DEBIAN);
	assert_string_equal(t->sources.v[0].where, "linux-source-6.1");
	assert_null(t->sources.v[0].ref);
	assert_int_equal(t->sources.v[1].kind, SOURCE_GIT);
	assert_string_equal(t->sources.v[1].ref, "linux-6.1.y");
	assert_int_equal(t->archs.n, 2);
	assert_string_equal(t->archs.v[1], "arm64");
	assert_true(strlist_has(&t->configs, "module"));
	assert_string_equal(conf_arch(c, "arm64")->cross, "aarch64-linux-gnu-");
	assert_int_equal(conf_toolchain(c, "clang-19")->family, FAMILY_CLANG);
	assert_int_equal(c->asserts.v[0].mask, 8);
	assert_string_equal(c->asserts.v[0].bindings, "\\.(huge_)?fault[[:space:]]*=");
	conf_free(c);
}

static void every_key_has_its_place(void **state)
{
	static const char text[] =
		"; a comment\n# another\n"
		"[Carry] version = 1 # behind\n\tNewest = \"a.y\"\n"
		"[checkout]\n\tpath = a/b\n\tpath = **/Kconfig*\n"
		"[arch \"x\"]\n\tmake = y\n\tcross = x-\n\tfragment = f/1\n\tfragment = f/2\n"
		"[toolchain \"cl\"]\n\tfamily = clang\n"
		"[config \"m\"]\n\tfragment = f/3\n\tarch = x\n\ttoolchain = cl\n\tlock = ^a|b$\n"
		"[check \"sparse\"]\n\tarch = x\n\ttoolchain = cl\n\tconfig = m\n\ttarget = a.y\n"
		"\tenabled = no\n\ttimeout = 90\n"
		"[check \"other\"]\n\tenabled\n"
		"[target \"a.y\"]\n\tsource = tarball /x/a b.tar.xz sha256:"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
		"\tsource = debian linux-source bookworm-security\n"
		"\tsource = git ../some where v6.1\n\tsource = dir /x y\n"
		"\tobject = d/o.o\n\tfile = d/o.c\n\thandler = __h\n\tfragment = f/4\n\trequired\n"
		"[target \"b.y\"]\n\tretired = true\n\tseries = old/b\n"
		"[assert \"n\"]\n\trule = r.cocci\n\tmacros = m.h\n\tover = mention\n"
		"\tmention = FLAG_\\\nX\n\tbindings = \"=#;\"\n\trequire = p\n\tsite = W(x & y)\n"
		"\tmask = 0x10\n\tlock = l\n";
	struct conf *c;
	struct err e = { 0 };
	const struct conf_target *t;

	if (read_text(state, text, strlen(text), &c, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(c->newest, "a.y");
	assert_int_equal(c->checkout.n, 2);
	assert_string_equal(c->checkout.v[1], "**/Kconfig*");
	assert_string_equal(c->archs.v[0].make, "y");
	assert_int_equal(c->archs.v[0].fragments.n, 2);
	assert_string_equal(c->toolchains.v[0].cc, "cl");
	assert_string_equal(c->configs.v[0].locks.v[0], "^a|b$");
	assert_false(conf_check(c, "sparse")->enabled);
	assert_int_equal(conf_check(c, "sparse")->timeout_s, 90);
	assert_true(conf_check(c, "other")->enabled);
	t = conf_target(c, "a.y");
	assert_string_equal(t->series, "series");
	assert_int_equal(t->sources.n, 4);
	assert_string_equal(t->sources.v[0].where, "/x/a b.tar.xz");
	assert_memory_equal(t->sources.v[0].sha256, "e3b0c4", 6);
	assert_string_equal(t->sources.v[1].ref, "bookworm-security");
	assert_string_equal(t->sources.v[2].where, "../some where");
	assert_string_equal(t->sources.v[3].where, "/x y");
	assert_true(t->required);
	assert_string_equal(t->handlers.v[0], "__h");
	assert_int_equal(t->archs.n, 1); /* none given: all */
	assert_true(conf_target(c, "b.y")->retired);
	assert_string_equal(conf_target(c, "b.y")->series, "old/b");
	assert_int_equal(c->asserts.v[0].over, OVER_MENTION);
	assert_string_equal(c->asserts.v[0].mention, "FLAG_X");
	assert_string_equal(c->asserts.v[0].bindings, "=#;");
	assert_int_equal(c->asserts.v[0].mask, 16);
	assert_null(conf_target(c, "c.y"));
	assert_true(strlist_allows(&c->asserts.v[0].require, "p"));
	assert_false(strlist_allows(&c->asserts.v[0].require, "q"));
	conf_free(c);
}

static void what_is_unknown_is_an_error(void **state)
{
	refuses(state, HEAD "\tx = 1\n", ":6: unknown key 'x' in section [target \"new\"]");
	refuses(state, "[carry]\n\n\tfoo = 1\n", ":3: unknown key 'foo' in section [carry]");
	refuses(state, HEAD "[frobnicate \"y\"]\n", ":6: unknown section [frobnicate \"y\"]");
	refuses(state, HEAD "[arch]\n\tmake = x\n", ":6: section [arch] needs a name");
	refuses(state, HEAD "[checkout \"x\"]\n", ":6: section [checkout] takes no name");
	refuses(state, HEAD "[arch \"../x\"]\n\tmake = x\n", ":7: '../x' cannot be a name");
	refuses(state, HEAD "[target \"t\"]\n\tsource = dir x\n# c\n\ttoolchain = tcc\n",
		":9: no section [toolchain \"tcc\"] defines 'tcc'");
	refuses(state, "[carry]\nversion=1\nnewest=gone\n",
		":3: no section [target \"gone\"] defines 'gone'");
	/* after a value of several lines the count is still right */
	refuses(state, HEAD "[assert \"a\"]\n\tsite = a\\\nb \\\nc\n\tx = y\n",
		":10: unknown key 'x' in section [assert \"a\"]");
	refuses(state, HEAD "[assert \"a\"]\n\tsite = \"\\\\a\" # \\\n\tx = y\n",
		":8: unknown key 'x' in section [assert \"a\"]");
	refuses(state, "x = 1\n", ":1: key 'x' stands in no section");
}

static void includes_are_refused(void **state)
{
	refuses(state, HEAD "[include]\n\tpath = /etc/passwd\n",
		":6: cannot include another file here");
	refuses(state, HEAD "[IncludeIf \"gitdir:/\"] path = x\n",
		":6: cannot include another file here");
	refuses(state, HEAD "[ include ]\n\tpath = x\n",
		":6: cannot include another file here");
}

static void values_have_ranges(void **state)
{
	refuses(state, "[carry]\n\tversion = 2\n", ":2: 'version' must be a number from 1 to 1");
	refuses(state, "[carry]\n\tversion = 1\n\tversion = 1\n",
		":3: key 'version' is given twice in section [carry]");
	refuses(state, "[carry]\n\tversion = 1\n", ":1: section [carry] needs a 'newest'");
	refuses(state, HEAD "[check \"c\"]\n\ttimeout = 1h\n",
		":7: 'timeout' must be a number from 1 to 86400");
	refuses(state, HEAD "[check \"c\"]\n\tenabled = maybe\n",
		":7: 'enabled' must be true or false, not 'maybe'");
	refuses(state, HEAD "[toolchain \"c\"]\n\tcc = c\n",
		":6: section [toolchain \"c\"] needs a 'family'");
	refuses(state, HEAD "[toolchain \"c\"]\n\tfamily = tcc\n",
		":7: 'family' must be 'gcc' or 'clang', not 'tcc'");
	refuses(state, HEAD "[toolchain \"c\"]\n\tfamily\n", ":7: key 'family' has no value");
	refuses(state, HEAD "[toolchain \"c\"]\n\tcc = -x\n",
		":7: '-x' cannot be a program's name");
	refuses(state, HEAD "\tobject = ../x\n", ":6: path '../x' is not a plain relative one");
	refuses(state, HEAD "[checkout]\n\tpath = .git/x\n",
		":7: path '.git/x' is not a plain relative one");
	refuses(state, HEAD "[assert \"a\"]\n\tlock = (\n",
		":7: cannot use regular expression '(': Unmatched ( or \\(");
	/* regcomp() would take six seconds, a minute and an hour */
	refuses(state, HEAD "[assert \"a\"]\n\tlock = ^_*+++++\n",
		":7: cannot use regular expression '^_*+++++': it repeats too much (at most 3 deep)");
	refuses(state, HEAD "[assert \"a\"]\n\tlock = (((((x*)+|b*)+)+|c*)+)+\n",
		":7: cannot use regular expression '(((((x*)+|b*)+)+|c*)+)+': "
		"it repeats too much (at most 3 deep)");
	refuses(state, HEAD "[assert \"a\"]\n\tlock = ((((x[^]+]){2}){3})+)+\n",
		":7: cannot use regular expression '((((x[^]+]){2}){3})+)+': "
		"it repeats too much (at most 3 deep)");
	refuses(state, HEAD "[assert \"a\"]\n\tlock = a+b+c+(d+[+(][[:alpha:]]+)+\\\\++x{2}+\n",
		":6: section [assert \"a\"] needs a 'rule'");
	refuses(state, HEAD "[assert \"a\"]\n\tmask = 1\n",
		":6: section [assert \"a\"] needs a 'rule'");
	refuses(state, HEAD "[target \"t\"]\n\trequired\n",
		":6: section [target \"t\"] needs a 'source'");
	refuses(state, HEAD "\trequired\n\tretired\n",
		":4: target 'new' is both required and retired");
}

#define RT "[runtime \"r\"]\n\tfragment = f\n\tprobe = p\n\temulator = q\n\tshows = x\n"

static void runtimes_are_read(void **state)
{
	static const char text[] = HEAD
		"[arch \"x\"]\n\tmake = x\n[toolchain \"cl\"]\n\tfamily = clang\n"
		"[check \"runtime\"]\n\twhen = asked\n[check \"o\"]\n\twhen = always\n" RT
		"\timage = arch/x/Image\n\toptional = g\n\tarch = x\n\ttoolchain = cl\n"
		"\ttarget = new\n\tpath = a\n\tpath = b\n\targ = -m 1,x=2\n\tappend = c=d\n"
		"\tshows = y$\n\ttimeout = 9\n[runtime \"s\"]\n\tfragment = f\n\tprobe = p\n"
		"\temulator = /q\n\tshows = x\n\timage = Image\n\tgoal = all\n";
	const struct conf_runtime *rt;
	struct conf *c;
	struct err e = { 0 };

	if (read_text(state, text, strlen(text), &c, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(conf_check(c, "runtime")->when, CHECK_ASKED);
	assert_int_equal(conf_check(c, "o")->when, CHECK_ALWAYS);
	rt = conf_runtime(c, "r");
	assert_string_equal(rt->config.name, "r");
	assert_string_equal(rt->config.fragments.v[0], "f");
	assert_string_equal(rt->config.optional.v[0], "g");
	assert_string_equal(rt->config.archs.v[0], "x");
	assert_string_equal(rt->config.toolchains.v[0], "cl");
	assert_string_equal(rt->targets.v[0], "new");
	assert_string_equal(rt->paths.v[1], "b");
	assert_string_equal(rt->image, "arch/x/Image");
	assert_string_equal(rt->goal, "Image");
	assert_string_equal(rt->probe, "p");
	assert_string_equal(rt->emulator, "q");
	assert_string_equal(rt->args.v[0], "-m 1,x=2");
	assert_string_equal(rt->append, "c=d");
	assert_string_equal(rt->shows.v[1], "y$");
	assert_int_equal(rt->timeout_s, 9);
	assert_string_equal(conf_runtime(c, "s")->goal, "all");
	assert_null(conf_runtime(c, "s")->append);
	assert_null(conf_runtime(c, "t"));
	conf_free(c);
}

static void bad_runtimes_are_told(void **state)
{
	refuses(state, HEAD RT, ":6: section [runtime \"r\"] needs a 'image'");
	refuses(state, HEAD RT "\tconfig = m\n",
		":11: unknown key 'config' in section [runtime \"r\"]");
	refuses(state, HEAD RT "\tshows = (\n",
		":11: cannot use regular expression '(': Unmatched ( or \\(");
	refuses(state, HEAD RT "\ttarget = none\n",
		":11: no section [target \"none\"] defines 'none'");
	refuses(state, HEAD RT "\tprobe = q\n",
		":11: key 'probe' is given twice in section [runtime \"r\"]");
	refuses(state, HEAD RT "\timage = /vmlinux\n",
		":11: path '/vmlinux' is not a plain relative one");
	refuses(state, HEAD "[check \"c\"]\n\twhen = never\n",
		":7: 'when' must be 'always' or 'asked', not 'never'");
}

static void sources_are_safe(void **state)
{
	static const char *const bad[][2] = {
		{ "git ext::sh master", "cannot take git from 'ext::sh': only https, ssh, file "
					"and paths" },
		{ "git fd::17 master", "cannot take git from 'fd::17': only https, ssh, file and "
				       "paths" },
		{ "git git://h/x master", "cannot take git from 'git://h/x': only https, ssh, "
					  "file and paths" },
		{ "git -u/x master", "cannot take git from '-u/x': only https, ssh, file and "
				     "paths" },
		{ "git /x --upload-pack=x",
		  "'--upload-pack=x' is no plain name of a branch, tag or commit" },
		{ "git /x a..b", "'a..b' is no plain name of a branch, tag or commit" },
		{ "git /x", "a git source is 'git URL REF'" },
		{ "debian -o", "'-o' is no name of a Debian package" },
		{ "debian linux ../x", "'../x' is no name of a Debian suite" },
		{ "tarball ftp://x/y", "cannot take a tarball from 'ftp://x/y': only http and "
				       "https" },
		{ "tarball http://x/y", "a tarball over http needs its sha256" },
		{ "tarball /x sha256:00", "a sha256 has 64 lower-case hexadecimal digits" },
		{ "rpm kernel", "source 'rpm' is none of 'debian', 'git', 'tarball', 'dir'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *text = xasprintf("%s\tsource = %s\n", HEAD, bad[i][0]);
		_cleanup_free_ char *want = xasprintf(":6: %s", bad[i][1]);

		refuses(state, text, want);
	}
}

static void broken_syntax_names_its_line(void **state)
{
	struct conf *c;
	struct err e = { 0 };

	assert_int_equal(read_text(state, HEAD "[target \"x\n", strlen(HEAD) + 11, &c, &e),
			 ERR_INPUT);
	assert_non_null(strstr(e.msg, "carry.conf:6: cannot parse: "));
	assert_null(strstr(e.msg, "/proc/"));
	assert_int_equal(read_text(state, "[carry]\0", 8, &c, &e), ERR_INPUT);
	assert_int_equal(conf_read("/nonexistent/carry.conf", &c, &e), ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_file_is_read),
		cmocka_unit_test(every_key_has_its_place),
		cmocka_unit_test(what_is_unknown_is_an_error),
		cmocka_unit_test(includes_are_refused),
		cmocka_unit_test(values_have_ranges),
		cmocka_unit_test(runtimes_are_read),
		cmocka_unit_test(bad_runtimes_are_told),
		cmocka_unit_test(sources_are_safe),
		cmocka_unit_test(broken_syntax_names_its_line),
	};

	return cmocka_run_group_tests_name("conf", tests, setup, teardown);
}
