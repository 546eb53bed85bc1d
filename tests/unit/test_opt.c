// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cmd/commands.h"
#include "cmd/nearest.h"

struct values {
	bool fresh;
	const char *format;
	struct strvec checks;
	unsigned limit;
	int depth;
};

static const char *const depths[] = { "shallow", "deep", NULL };
static const struct opt options[] = {
	OPT_FLAG('f', "fresh", struct values, fresh, "run again"),
	OPT_STRING(0, "format", "NAME", HINT_NONE, struct values, format, "form"),
	OPT_LIST('c', "check", "NAME", HINT_NONE, struct values, checks, "only these"),
	OPT_UINT(0, "limit", "N", struct values, limit, "at most N"),
	OPT_CHOICE(0, "depth", "HOW", depths, struct values, depth, "how deep"),
	OPT_END,
};

static int never_run(struct cmd_env *env, const void *values, struct err *e)
{
	(void)env;
	(void)values;
	return err_set(e, ERR_INTERNAL, "run");
}

static const struct cmd see = {
	.name = "see",
	.summary = "see",
	.usage = "[options] WHAT",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_JSON | HABIT_PORCELAIN | HABIT_JOBS,
	.min_args = 1,
	.max_args = 2,
	.run = never_run,
};
static const struct cmd sub_add = {
	.name = "add",
	.summary = "add",
	.usage = "NAME",
	.max_args = 1,
	.run = never_run,
};
static const struct cmd *const subs[] = { &sub_add, NULL };
static const struct cmd target = {
	.name = "target",
	.summary = "targets",
	.usage = "COMMAND",
	.subs = subs,
};
static const struct cmd *const table[] = { &see, &target, NULL };

#define PARSE(p, e, ...)                                                                 \
	opt_parse(table, (const char *const[]){ __VA_ARGS__, NULL }, p, e)

static void options_and_arguments_mix(void **state)
{
	struct parsed p;
	struct err e = { 0 };
	const struct values *v;

	(void)state;
	assert_int_equal(PARSE(&p, &e, "-qq", "see", "a", "-fcone", "--check=two", "-j4",
			       "--limit", "7", "--depth=deep", "--", "--format"),
			 0);
	v = p.values;
	assert_ptr_equal(p.cmd, &see);
	assert_int_equal(p.habits.quiet, 2);
	assert_int_equal(p.habits.jobs, 4);
	assert_true(v->fresh);
	assert_int_equal(v->checks.n, 2);
	assert_string_equal(v->checks.v[0], "one");
	assert_string_equal(v->checks.v[1], "two");
	assert_int_equal(v->limit, 7);
	assert_int_equal(v->depth, 1);
	assert_null(v->format);
	assert_int_equal(p.args.n, 2);
	assert_string_equal(p.args.v[1], "--format");
	parsed_release(&p);
}

static void subcommand_knows_its_parent(void **state)
{
	struct parsed p;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(PARSE(&p, &e, "target", "add", "6.1.y"), 0);
	assert_ptr_equal(p.cmd, &sub_add);
	assert_ptr_equal(p.parent, &target);
	assert_int_equal(p.args.n, 1);
	parsed_release(&p);
}

static void refused(const char *want, const char *const *argv)
{
	struct parsed p;
	struct err e = { 0 };

	assert_int_equal(opt_parse(table, argv, &p, &e), ERR_USAGE);
	if (!strstr(e.msg, want))
		fail_msg("'%s' is not in '%s'", want, e.msg);
	parsed_release(&p);
}

#define REFUSED(want, ...) refused(want, (const char *const[]){ __VA_ARGS__, NULL })

static void mistakes_are_named(void **state)
{
	(void)state;
	REFUSED("did you mean 'see'", "ese");
	REFUSED("did you mean 'add'", "target", "ad");
	REFUSED("did you mean '--fresh'", "see", "--frehs", "x");
	REFUSED("('--fresh', '--format')", "see", "--f", "x");
	REFUSED("unknown option '-y'", "see", "-y");
	REFUSED("wants a value (NAME)", "see", "x", "--format");
	REFUSED("takes no value", "see", "x", "--fresh=1");
	REFUSED("wants a number, not '-1'", "see", "x", "--limit=-1");
	REFUSED("wants a number, not '9999999999'", "see", "x", "--limit=9999999999");
	REFUSED("wants one of shallow, deep", "see", "x", "--depth=deeper");
	REFUSED("too few arguments", "see");
	REFUSED("unexpected argument 'c'", "see", "a", "b", "c");
	REFUSED("wants a subcommand", "target");
}

static void habits_only_where_honoured(void **state)
{
	(void)state;
	REFUSED("'carry see' takes no '-n'", "-n", "see", "x");
	REFUSED("'carry target add' takes no '-j'", "target", "add", "-j2");
	REFUSED("exclude each other", "see", "x", "--json", "--porcelain");
}

static void a_cut_option_is_understood(void **state)
{
	struct parsed p;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(PARSE(&p, &e, "see", "x", "--form", "y"), 0);
	assert_string_equal(((const struct values *)p.values)->format, "y");
	parsed_release(&p);
}

static void a_command_is_known_by_its_name(void **state)
{
	static const struct {
		const char *argv[6];
		const struct cmd *want;
	} lines[] = {
		{ { "see", "x" }, &see },
		{ { "-j2", "-C", "target", "--color=never", "see" }, &see },
		{ { "--", "target" }, &target },
		/* What stands behind is not read: its mistakes are the command's to tell. */
		{ { "see", "--nonsense" }, &see },
		{ { "target", "add", "x" }, &target },
		{ { "-C", "see" }, NULL },
		{ { "--nonsense", "see" }, NULL },
		{ { "sea", "see" }, NULL },
		{ { "--help" }, NULL },
		{ { "" }, NULL },
		{ { NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_ptr_equal(opt_command(table, lines[i].argv), lines[i].want);
}

static void distance_is_damerau_levenshtein(void **state)
{
	(void)state;
	assert_int_equal(word_distance("verify", "verify"), 0);
	assert_int_equal(word_distance("doctro", "doctor"), 1);
	assert_int_equal(word_distance("kitten", "sitting"), 3);
	assert_int_equal(word_distance("", "abc"), 3);
}

static void every_error_has_an_exit_status(void **state)
{
	(void)state;
	assert_int_equal(exit_status(0), 0);
	assert_int_equal(exit_status(CMD_FINDINGS), 1);
	assert_int_equal(exit_status(ERR_USAGE), 2);
	assert_int_equal(exit_status(ERR_CANCELLED), 130);
	assert_int_equal(exit_status(ERR_INTERNAL), 4);
	assert_int_equal(exit_status(-1000), 4);
	for (int rc = ERR_INTERNAL; rc < 0; rc++)
		assert_int_not_equal(exit_status(rc), 0);
	assert_int_equal(worse_result(ERR_TOOL, CMD_FINDINGS), CMD_FINDINGS);
	assert_int_equal(worse_result(CMD_FINDINGS, ERR_TOOL), CMD_FINDINGS);
	assert_int_equal(worse_result(CMD_FINDINGS, ERR_CANCELLED), ERR_CANCELLED);
	assert_int_equal(worse_result(0, ERR_UNAVAILABLE), ERR_UNAVAILABLE);
}

/* What the completions and the help rely on. */
static void check_record(const struct cmd *c)
{
	assert_non_null(c->summary);
	assert_non_null(c->usage);
	assert_true(!c->run == !!c->subs);
	assert_true(!c->values_size || c->options);
	for (const struct opt *o = c->options; o && o->kind; o++) {
		assert_true(o->letter || o->name);
		assert_non_null(o->help);
		assert_true(!o->arg ==
			    (o->kind == OPT_KIND_FLAG || o->kind == OPT_KIND_COUNT));
	}
	for (const struct cmd *const *s = c->subs; s && *s; s++)
		check_record(*s);
}

static void records_are_whole(void **state)
{
	(void)state;
	for (const struct cmd *const *c = all_commands; *c; c++)
		check_record(*c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_arguments_mix),
		cmocka_unit_test(subcommand_knows_its_parent),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(habits_only_where_honoured),
		cmocka_unit_test(a_cut_option_is_understood),
		cmocka_unit_test(a_command_is_known_by_its_name),
		cmocka_unit_test(distance_is_damerau_levenshtein),
		cmocka_unit_test(every_error_has_an_exit_status),
		cmocka_unit_test(records_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
