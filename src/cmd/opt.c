// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/opt.h"

#include <errno.h>
#include <limits.h>

#include "base/buf.h"
#include "cmd/nearest.h"

static const char *const when_words[] = { "auto", "always", "never", NULL };

#define HABIT_(kind, letter, name, arg, hint, words, field, type, habit, help)           \
	{                                                                                \
		kind, letter, name, arg, help, hint, words,                              \
			OPT_FIELD_(struct habits, field, type), habit                    \
	}
#define HABIT_FLAG(letter, name, field, habit, help)                                     \
	HABIT_(OPT_KIND_FLAG, letter, name, NULL, HINT_NONE, NULL, field, bool, habit,   \
	       help)

const struct opt habit_options[] = {
	OPT_LIST('C', NULL, "DIR", HINT_DIR, struct habits, dirs,
		 "run as if started in DIR"),
	HABIT_(OPT_KIND_UINT, 'j', "jobs", "N", HINT_NONE, NULL, jobs, unsigned,
	       HABIT_JOBS,
	       "use N slots for everything together (default: the processors)"),
	HABIT_FLAG('k', "keep-going", keep_going, HABIT_KEEP_GOING,
		   "after an error go on with what does not depend on it"),
	HABIT_FLAG('n', "dry-run", dry_run, HABIT_DRY_RUN,
		   "say what would be done, and do nothing"),
	OPT_COUNT('q', "quiet", struct habits, quiet,
		  "only results, warnings and errors"),
	OPT_COUNT('v', "verbose", struct habits, verbose, "say more; twice: even more"),
	HABIT_FLAG(0, "json", json, HABIT_JSON, "write the result as JSON"),
	HABIT_FLAG(0, "porcelain", porcelain, HABIT_PORCELAIN,
		   "write the result in lines for scripts, whose form stays"),
	HABIT_FLAG('z', NULL, nul, HABIT_NUL,
		   "as --porcelain, with records that end with NUL"),
	HABIT_FLAG(0, "no-sandbox", no_sandbox, HABIT_NO_SANDBOX,
		   "run foreign code in the open, where there are no namespaces"),
	OPT_STRING(0, "cache", "DIR", HINT_DIR, struct habits, cache,
		   "keep what can be made again in DIR (or set CARRY_CACHE)"),
	OPT_CHOICE(0, "color", "WHEN", when_words, struct habits, color,
		   "auto (on a terminal), always or never"),
	OPT_FLAG('h', "help", struct habits, help, "show help"),
	OPT_FLAG(0, "version", struct habits, version, "show the version"),
	OPT_END,
};

bool opt_applies(const struct opt *o, const struct cmd *cmd)
{
	return !o->habit || !cmd || (cmd->habits & o->habit);
}

const struct cmd *cmd_find(const struct cmd *const *table, const char *name)
{
	for (; *table; table++) {
		if (!strcmp((*table)->name, name))
			return *table;
	}
	return NULL;
}

int cmd_lookup(const struct cmd *const *table, const char *name, const struct cmd **out,
	       struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	const char *near;

	*out = cmd_find(table, name);
	if (*out)
		return 0;
	for (; *table; table++)
		strvec_push(&names, (*table)->name);
	near = word_nearest(name, &names);
	if (near)
		return err_set(e, ERR_USAGE, "unknown command '%s' (did you mean '%s'?)",
			       name, near);
	return err_set(e, ERR_USAGE, "unknown command '%s' (see 'carry help')", name);
}

/* One pass over argv. */
struct parser {
	const struct cmd *const *table;
	const char *const *argv; /* what is still to be read */
	struct parsed *p;
	bool only_args; /* "--" was seen */
};

typedef bool (*opt_fn)(const struct opt *o, void *data);

/* Calls @fn for the options of the command and for the habits until one is true. */
static const struct opt *find_opt(const struct parsed *p, opt_fn fn, void *data)
{
	if (p->cmd && p->cmd->options) {
		for (const struct opt *o = p->cmd->options; o->kind; o++) {
			if (fn(o, data))
				return o;
		}
	}
	for (const struct opt *o = habit_options; o->kind; o++) {
		if (fn(o, data))
			return o;
	}
	return NULL;
}

static bool is_letter(const struct opt *o, void *data)
{
	return o->letter && o->letter == *(char *)data;
}

static bool is_name(const struct opt *o, void *data)
{
	return o->name && slice_eqs(*(struct slice *)data, o->name);
}

struct prefix_search {
	struct slice word;
	const struct cmd *cmd;
	const struct opt *first, *second;
};

static bool note_prefix(const struct opt *o, void *data)
{
	struct prefix_search *s = data;

	if (!o->name || !opt_applies(o, s->cmd) || strncmp(o->name, s->word.p, s->word.n))
		return false;
	if (!s->first)
		s->first = o;
	else if (!s->second)
		s->second = o;
	return false;
}

static bool note_name(const struct opt *o, void *data)
{
	if (o->name)
		strvec_push(data, o->name);
	return false;
}

/* "carry verify" or "carry target add", for messages. */
static const char *cmd_words(const struct parsed *p, char *out, size_t size)
{
	snprintf(out, size, "carry%s%s%s%s", p->parent ? " " : "",
		 p->parent ? p->parent->name : "", p->cmd ? " " : "",
		 p->cmd ? p->cmd->name : "");
	return out;
}

static int unknown_option(const struct parsed *p, const char *word, struct slice name,
			  struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	_cleanup_free_ char *bare = xmemdupz(name.p, name.n);
	const char *near = NULL;
	char who[80];

	if (name.n > 1) {
		find_opt(p, note_name, &names);
		near = word_nearest(bare, &names);
	}
	if (near)
		return err_set(e, ERR_USAGE, "unknown option '%s' (did you mean '--%s'?)",
			       word, near);
	return err_set(e, ERR_USAGE, "unknown option '%s' (see '%s --help')", word,
		       cmd_words(p, who, sizeof(who)));
}

static int find_long(const struct parsed *p, const char *word, struct slice name,
		     const struct opt **out, struct err *e)
{
	struct prefix_search s = { name, p->cmd, NULL, NULL };

	*out = find_opt(p, is_name, &name);
	if (*out)
		return 0;
	find_opt(p, note_prefix, &s);
	if (s.second)
		return err_set(e, ERR_USAGE, "option '%s' is ambiguous ('--%s', '--%s')",
			       word, s.first->name, s.second->name);
	if (!s.first)
		return unknown_option(p, word, name, e);
	*out = s.first;
	return 0;
}

static int set_uint(unsigned *out, const char *shown, const char *value, struct err *e)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || n > INT_MAX)
		return err_set(e, ERR_USAGE, "option '%s' wants a number, not '%s'",
			       shown, value);
	*out = n;
	return 0;
}

static int set_choice(int *out, const struct opt *o, const char *shown, const char *value,
		      struct err *e)
{
	_cleanup_buf_ struct buf all = BUF_INIT;

	for (int i = 0; o->words[i]; i++) {
		if (!strcmp(o->words[i], value)) {
			*out = i;
			return 0;
		}
		buf_addf(&all, "%s%s", i ? ", " : "", o->words[i]);
	}
	return err_set(e, ERR_USAGE, "option '%s' wants one of %s, not '%s'", shown,
		       buf_str(&all), value);
}

static bool is_habit(const struct opt *o)
{
	for (const struct opt *h = habit_options; h->kind; h++) {
		if (h == o)
			return true;
	}
	return false;
}

static int set_value(struct parsed *p, const struct opt *o, const char *shown,
		     const char *value, struct err *e)
{
	void *at = (char *)(is_habit(o) ? (void *)&p->habits : p->values) + o->offset;

	switch (o->kind) {
	case OPT_KIND_FLAG:
		*(bool *)at = true;
		return 0;
	case OPT_KIND_COUNT:
		++*(int *)at;
		return 0;
	case OPT_KIND_STRING:
		*(const char **)at = value;
		return 0;
	case OPT_KIND_LIST:
		strvec_push(at, value);
		return 0;
	case OPT_KIND_UINT:
		return set_uint(at, shown, value, e);
	case OPT_KIND_CHOICE:
		return set_choice(at, o, shown, value, e);
	case OPT_KIND_END:
		break;
	}
	BUG_ON("an option of no kind");
	return 0;
}

/* @value: what was joined to the option, or NULL: then the next word, if it takes one. */
static int take_option(struct parser *ps, const struct opt *o, const char *shown,
		       const char *value, struct err *e)
{
	if (!o->arg && value)
		return err_set(e, ERR_USAGE, "option '%s' takes no value", shown);
	if (o->arg && !value) {
		value = *ps->argv;
		if (!value)
			return err_set(e, ERR_USAGE, "option '%s' wants a value (%s)",
				       shown, o->arg);
		ps->argv++;
	}
	return set_value(ps->p, o, shown, value, e);
}

static int read_long(struct parser *ps, const char *word, struct err *e)
{
	const char *eq = strchr(word, '=');
	struct slice name = { word + 2, (eq ? (size_t)(eq - word) : strlen(word)) - 2 };
	_cleanup_free_ char *shown = xmemdupz(word, name.n + 2);
	const struct opt *o;
	int rc = find_long(ps->p, shown, name, &o, e);

	return rc ? rc : take_option(ps, o, shown, eq ? eq + 1 : NULL, e);
}

static int read_short(struct parser *ps, const char *word, struct err *e)
{
	for (const char *c = word + 1; *c; c++) {
		char letter = *c, shown[3] = { '-', letter, 0 };
		const struct opt *o = find_opt(ps->p, is_letter, &letter);
		int rc;

		if (!o)
			return unknown_option(ps->p, shown, (struct slice){ c, 1 }, e);
		if (o->arg)
			return take_option(ps, o, shown, c[1] ? c + 1 : NULL, e);
		rc = take_option(ps, o, shown, NULL, e);
		if (rc)
			return rc;
	}
	return 0;
}

static void set_cmd(struct parsed *p, const struct cmd *cmd)
{
	BUG_ON(p->values);
	p->parent = p->cmd;
	p->cmd = cmd;
	if (cmd->values_size)
		p->values = xcalloc(1, cmd->values_size);
}

static int read_word(struct parser *ps, const char *word, struct err *e)
{
	struct parsed *p = ps->p;
	const struct cmd *const *table = p->cmd ? p->cmd->subs : ps->table;
	const struct cmd *cmd;
	int rc;

	if (!table) {
		vec_push(&p->args, word);
		return 0;
	}
	rc = cmd_lookup(table, word, &cmd, e);
	if (!rc)
		set_cmd(p, cmd);
	return rc;
}

static int read_next(struct parser *ps, struct err *e)
{
	const char *word = *ps->argv++;

	if (ps->only_args || word[0] != '-' || !word[1])
		return read_word(ps, word, e);
	if (word[1] != '-')
		return read_short(ps, word, e);
	if (word[2])
		return read_long(ps, word, e);
	ps->only_args = true;
	return 0;
}

/* A habit may stand before the command, so only now it is known whether it fits. */
static int check_habits(const struct parsed *p, struct err *e)
{
	const struct habits *h = &p->habits;
	const struct {
		unsigned habit;
		bool given;
		const char *shown;
	} given[] = {
		{ HABIT_JOBS, h->jobs, "-j" },
		{ HABIT_KEEP_GOING, h->keep_going, "-k" },
		{ HABIT_DRY_RUN, h->dry_run, "-n" },
		{ HABIT_JSON, h->json, "--json" },
		{ HABIT_PORCELAIN, h->porcelain, "--porcelain" },
		{ HABIT_NUL, h->nul, "-z" },
		{ HABIT_NO_SANDBOX, h->no_sandbox, "--no-sandbox" },
	};
	char who[80];

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		if (given[i].given && !(p->cmd->habits & given[i].habit))
			return err_set(e, ERR_USAGE, "'%s' takes no '%s'",
				       cmd_words(p, who, sizeof(who)), given[i].shown);
	}
	if (h->json && (h->porcelain || h->nul))
		return err_set(e, ERR_USAGE, "'--json' and '%s' exclude each other",
			       h->porcelain ? "--porcelain" : "-z");
	return 0;
}

static int check_args(const struct parsed *p, struct err *e)
{
	char who[80];

	cmd_words(p, who, sizeof(who));
	if (p->cmd->subs)
		return err_set(e, ERR_USAGE, "'%s' wants a subcommand (see '%s --help')",
			       who, who);
	if (p->args.n < p->cmd->min_args)
		return err_set(e, ERR_USAGE, "too few arguments: usage is '%s %s'", who,
			       p->cmd->usage);
	if (p->args.n > p->cmd->max_args)
		return err_set(e, ERR_USAGE, "unexpected argument '%s': usage is '%s %s'",
			       p->args.v[p->cmd->max_args], who, p->cmd->usage);
	return 0;
}

int opt_parse(const struct cmd *const *table, const char *const *argv, struct parsed *p,
	      struct err *e)
{
	struct parser ps = { table, argv, p, false };
	int rc = 0;

	*p = (struct parsed){ 0 };
	while (*ps.argv && !rc)
		rc = read_next(&ps, e);
	if (rc || p->habits.help || p->habits.version || !p->cmd)
		return rc;
	rc = check_habits(p, e);
	return rc ? rc : check_args(p, e);
}

const struct cmd *opt_command(const struct cmd *const *table, const char *const *argv)
{
	struct parsed p = { 0 };
	struct err ignored = { 0 };
	struct parser ps = { table, argv, &p, false };
	const struct cmd *cmd;
	int rc = 0;

	while (*ps.argv && !rc && !p.cmd)
		rc = read_next(&ps, &ignored);
	cmd = p.cmd;
	parsed_release(&p);
	return cmd;
}

void parsed_release(struct parsed *p)
{
	if (p->values) {
		for (const struct opt *o = p->cmd->options; o && o->kind; o++) {
			if (o->kind == OPT_KIND_LIST)
				strvec_release(
					(struct strvec *)((char *)p->values + o->offset));
		}
	}
	free(p->values);
	strvec_release(&p->habits.dirs);
	vec_release(&p->args);
	*p = (struct parsed){ 0 };
}
