/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The command line as data. A command is one const record; what it takes, its
 * help, the shell completions and the check of its man page all come from that
 * record, so that they cannot differ. Values are parsed into a struct of the
 * command's own, at offsets whose types the macros below check.
 */

#include "base/err.h"
#include "base/vec.h"

enum opt_kind {
	OPT_KIND_END,
	OPT_KIND_FLAG,	 /* bool */
	OPT_KIND_STRING, /* const char *, borrowed from argv */
	OPT_KIND_LIST,	 /* struct strvec, once for each time it is given */
	OPT_KIND_UINT,	 /* unsigned */
	OPT_KIND_CHOICE, /* int, index into the words */
	OPT_KIND_COUNT,	 /* int, how often it was given */
};

/* What a shell offers for a value or an argument. */
enum opt_hint {
	HINT_NONE,
	HINT_FILE,
	HINT_DIR,
	HINT_TARGET,  /* targets of carry.conf */
	HINT_COMMAND, /* names of our commands */
	HINT_WORDS,   /* the words of the record */
};

struct opt {
	enum opt_kind kind;
	char letter;	  /* of the short form, or 0 */
	const char *name; /* of the long form, without "--", or NULL */
	const char *arg;  /* name of the value in the help; NULL for a flag */
	const char *help; /* one line, lower case, no full stop */
	enum opt_hint hint;
	const char *const *words; /* of a choice or a hint, NULL-ended */
	size_t offset;		  /* of the value in the struct */
	unsigned habit;		  /* HABIT_*: only for commands that honour it */
};

#define OPT_FIELD_(T, field, type)                                                       \
	(offsetof(T, field) +                                                            \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((T *)0)->field), type) \
				 ? 1                                                     \
				 : -1]))

#define OPT_FLAG(letter, name, T, field, help)                                           \
	{                                                                                \
		OPT_KIND_FLAG, letter, name, NULL, help, HINT_NONE, NULL,                \
			OPT_FIELD_(T, field, bool), 0                                    \
	}
#define OPT_STRING(letter, name, arg, hint, T, field, help)                              \
	{                                                                                \
		OPT_KIND_STRING, letter, name, arg, help, hint, NULL,                    \
			OPT_FIELD_(T, field, const char *), 0                            \
	}
/* A string that is completed with @words, NULL-ended, but checked by the command. */
#define OPT_WORD(letter, name, arg, words, T, field, help)                               \
	{                                                                                \
		OPT_KIND_STRING, letter, name, arg, help, HINT_WORDS, words,             \
			OPT_FIELD_(T, field, const char *), 0                            \
	}
#define OPT_LIST(letter, name, arg, hint, T, field, help)                                \
	{                                                                                \
		OPT_KIND_LIST, letter, name, arg, help, hint, NULL,                      \
			OPT_FIELD_(T, field, struct strvec), 0                           \
	}
#define OPT_UINT(letter, name, arg, T, field, help)                                      \
	{                                                                                \
		OPT_KIND_UINT, letter, name, arg, help, HINT_NONE, NULL,                 \
			OPT_FIELD_(T, field, unsigned), 0                                \
	}
/* @words: NULL-ended array of static storage; the value is the word's index. */
#define OPT_CHOICE(letter, name, arg, words, T, field, help)                             \
	{                                                                                \
		OPT_KIND_CHOICE, letter, name, arg, help, HINT_WORDS, words,             \
			OPT_FIELD_(T, field, int), 0                                     \
	}
#define OPT_COUNT(letter, name, T, field, help)                                          \
	{                                                                                \
		OPT_KIND_COUNT, letter, name, NULL, help, HINT_NONE, NULL,               \
			OPT_FIELD_(T, field, int), 0                                     \
	}
#define OPT_END                                                                          \
	{                                                                                \
		OPT_KIND_END, 0, NULL, NULL, NULL, HINT_NONE, NULL, 0, 0                 \
	}

/*
 * Options that mean the same everywhere, but only where they mean something: a
 * command names those that it honours, and the others are an error there. (A
 * dry run that quietly is none would be worse than an error.)
 */
enum habit {
	HABIT_JOBS = 1 << 0,	   /* -j */
	HABIT_KEEP_GOING = 1 << 1, /* -k */
	HABIT_DRY_RUN = 1 << 2,	   /* -n */
	HABIT_JSON = 1 << 3,	   /* --json */
	HABIT_PORCELAIN = 1 << 4,  /* --porcelain */
	HABIT_NO_SANDBOX = 1 << 5, /* --no-sandbox */
	HABIT_NUL = 1 << 6,	   /* -z */
};

enum opt_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

/* The values of the habits; zeroed is the default of each. */
struct habits {
	struct strvec dirs; /* -C, each relative to the one before */
	const char *cache;
	unsigned jobs; /* 0: not given */
	bool keep_going, dry_run, json, porcelain, nul, no_sandbox;
	int quiet, verbose;
	int color; /* enum opt_when */
	bool help, version;
};

extern const struct opt habit_options[];

struct cmd_env;

enum cmd_place {
	PLACE_ANYWHERE, /* runs outside a repository too; env->top may be NULL */
	PLACE_REPO,	/* needs carry.conf here or above */
};

/* What run() may return besides 0 and a negative enum errc. */
#define CMD_FINDINGS 1
/* More than any max_args. */
#define ARGS_ANY 10000

/* A command, or the subcommand of one. */
struct cmd {
	const char *name;
	const char *summary;	   /* one line, lower case, no full stop */
	const char *usage;	   /* what follows the name: "[options] [TARGET...]" */
	const struct opt *options; /* ended by OPT_END, or NULL */
	size_t values_size;	   /* of the struct that the options fill */
	const struct cmd *const *subs; /* NULL-ended: then run is NULL */
	unsigned habits;	       /* those honoured */
	enum cmd_place place;
	unsigned min_args, max_args;
	enum opt_hint args; /* what completes an argument */
	const char *const *arg_words;
	/*
	 * 0, CMD_FINDINGS, or a negative enum errc with the message in @e. @values
	 * is NULL when values_size is 0; argv and argc are those of @env.
	 */
	int (*run)(struct cmd_env *env, const void *values, struct err *e);
};

/* What a command line came to. Strings are borrowed from argv. */
struct parsed {
	const struct cmd *cmd;	  /* the innermost one, or NULL when none was named */
	const struct cmd *parent; /* of a subcommand, or NULL */
	struct habits habits;
	void *values; /* of cmd->values_size bytes */
	VEC(const char *) args;
};

/*
 * Reads argv (without argv[0]). Options and arguments may be mixed; "--" ends
 * the options; short flags may be joined and short values too (-j4); long
 * values follow "=" or stand alone. A long option can be cut as long as it is
 * unambiguous. Everything wrong is ERR_USAGE and names what would be right.
 * *p is always releasable.
 */
int opt_parse(const struct cmd *const *table, const char *const *argv, struct parsed *p,
	      struct err *e) _must_check_;
void parsed_release(struct parsed *p);
/* The command of @table that this command line names; read only as far as that, or NULL. */
const struct cmd *opt_command(const struct cmd *const *table, const char *const *argv);

/* The command of this name in a NULL-ended table, or NULL. */
const struct cmd *cmd_find(const struct cmd *const *table, const char *name);
/* As cmd_find(), and ERR_USAGE that names the nearest one. */
int cmd_lookup(const struct cmd *const *table, const char *name, const struct cmd **out,
	       struct err *e) _must_check_;
/* Whether option @o may stand in the command line of @cmd. */
bool opt_applies(const struct opt *o, const struct cmd *cmd);
