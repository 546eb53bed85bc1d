// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/conf_priv.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>

#include "base/fsx.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

/* How a value is read; the kinds of a list have the list's element checked. */
enum value_kind {
	K_NAME,	  /* a word that can be part of a file name */
	K_PATH,	  /* a path that stays in the repository or the kernel tree */
	K_PREFIX, /* start of a program's name or path */
	K_TEXT,
	K_REGEX,
	K_SECONDS,
	K_BOOL,
	K_MASK,
	K_VERSION,
	K_FAMILY,
	K_OVER,
	K_WHEN,
	K_SOURCE,
};

struct key_def {
	const char *name;
	enum value_kind kind;
	bool list;
	size_t off;
	enum conf_ref ref;
};

struct section_def {
	const char *name;
	bool named;
	void *(*get)(struct conf *c, const char *name);
	const struct key_def *keys; /* ends with a key without a name */
};

/* The struct of that name, made when it is new. */
#define DEFINE_GET(what)                                                                 \
	static void *get_##what(struct conf *c, const char *name)                        \
	{                                                                                \
		struct conf_##what fresh = { 0 };                                        \
                                                                                         \
		vec_each(it, &c->what##s) {                                              \
			if (!strcmp(it->name, name))                                     \
				return it;                                               \
		}                                                                        \
		fresh.name = name;                                                       \
		vec_push(&c->what##s, fresh);                                            \
		return &c->what##s.v[c->what##s.n - 1];                                  \
	}

DEFINE_GET(arch)
DEFINE_GET(toolchain)
DEFINE_GET(config)
DEFINE_GET(target)
DEFINE_GET(assert)
DEFINE_GET(runtime)

static void *get_check(struct conf *c, const char *name)
{
	struct conf_check fresh = { .name = name, .enabled = true };

	vec_each(it, &c->checks) {
		if (!strcmp(it->name, name))
			return it;
	}
	vec_push(&c->checks, fresh);
	return &c->checks.v[c->checks.n - 1];
}

static void *get_conf(struct conf *c, const char *name)
{
	(void)name;
	return c;
}

#define ONE(key, kind, type, field)	  { key, kind, false, offsetof(struct type, field), 0 }
#define REF(key, type, field, ref)	  { key, K_NAME, false, offsetof(struct type, field), ref }
#define LIST(key, kind, type, field)	  { key, kind, true, offsetof(struct type, field), 0 }
#define LIST_REF(key, type, field, ref)	  { key, K_NAME, true, offsetof(struct type, field), ref }
#define END				  { NULL, 0, false, 0, 0 }

static const struct key_def carry_keys[] = {
	{ "version", K_VERSION, false, 0, 0 },
	REF("newest", conf, newest, REF_TARGET),
	END,
};

static const struct key_def checkout_keys[] = {
	LIST("path", K_PATH, conf, checkout),
	END,
};

static const struct key_def arch_keys[] = {
	ONE("make", K_NAME, conf_arch, make),
	ONE("cross", K_PREFIX, conf_arch, cross),
	LIST("fragment", K_PATH, conf_arch, fragments),
	END,
};

static const struct key_def toolchain_keys[] = {
	ONE("family", K_FAMILY, conf_toolchain, family),
	ONE("cc", K_PREFIX, conf_toolchain, cc),
	END,
};

static const struct key_def config_keys[] = {
	LIST("fragment", K_PATH, conf_config, fragments),
	LIST_REF("arch", conf_config, archs, REF_ARCH),
	LIST_REF("toolchain", conf_config, toolchains, REF_TOOLCHAIN),
	LIST("lock", K_REGEX, conf_config, locks),
	END,
};

static const struct key_def check_keys[] = {
	ONE("enabled", K_BOOL, conf_check, enabled),
	ONE("when", K_WHEN, conf_check, when),
	LIST_REF("arch", conf_check, archs, REF_ARCH),
	LIST_REF("toolchain", conf_check, toolchains, REF_TOOLCHAIN),
	LIST_REF("config", conf_check, configs, REF_CONFIG),
	LIST_REF("target", conf_check, targets, REF_TARGET),
	ONE("timeout", K_SECONDS, conf_check, timeout_s),
	END,
};

static const struct key_def target_keys[] = {
	ONE("series", K_PATH, conf_target, series),
	{ "source", K_SOURCE, true, 0, 0 },
	LIST_REF("arch", conf_target, archs, REF_ARCH),
	LIST_REF("toolchain", conf_target, toolchains, REF_TOOLCHAIN),
	LIST_REF("config", conf_target, configs, REF_CONFIG),
	LIST("object", K_PATH, conf_target, objects),
	LIST("file", K_PATH, conf_target, files),
	LIST("handler", K_NAME, conf_target, handlers),
	LIST("fragment", K_PATH, conf_target, fragments),
	ONE("required", K_BOOL, conf_target, required),
	ONE("retired", K_BOOL, conf_target, retired),
	END,
};

static const struct key_def assert_keys[] = {
	ONE("rule", K_PATH, conf_assert, rule),
	ONE("macros", K_PATH, conf_assert, macros),
	ONE("over", K_OVER, conf_assert, over),
	ONE("mention", K_REGEX, conf_assert, mention),
	ONE("bindings", K_REGEX, conf_assert, bindings),
	LIST("require", K_NAME, conf_assert, require),
	ONE("site", K_TEXT, conf_assert, site),
	ONE("mask", K_MASK, conf_assert, mask),
	LIST("lock", K_REGEX, conf_assert, locks),
	END,
};

static const struct key_def runtime_keys[] = {
	LIST("fragment", K_PATH, conf_runtime, config.fragments),
	LIST("optional", K_PATH, conf_runtime, config.optional),
	LIST_REF("arch", conf_runtime, config.archs, REF_ARCH),
	LIST_REF("toolchain", conf_runtime, config.toolchains, REF_TOOLCHAIN),
	LIST_REF("target", conf_runtime, targets, REF_TARGET),
	LIST("path", K_PATH, conf_runtime, paths),
	ONE("image", K_PATH, conf_runtime, image),
	ONE("goal", K_NAME, conf_runtime, goal),
	ONE("probe", K_PATH, conf_runtime, probe),
	ONE("emulator", K_PREFIX, conf_runtime, emulator),
	LIST("arg", K_TEXT, conf_runtime, args),
	ONE("append", K_TEXT, conf_runtime, append),
	LIST("shows", K_REGEX, conf_runtime, shows),
	ONE("timeout", K_SECONDS, conf_runtime, timeout_s),
	END,
};

static const struct section_def sections[] = {
	{ "carry", false, get_conf, carry_keys },
	{ "checkout", false, get_conf, checkout_keys },
	{ "arch", true, get_arch, arch_keys },
	{ "toolchain", true, get_toolchain, toolchain_keys },
	{ "config", true, get_config, config_keys },
	{ "check", true, get_check, check_keys },
	{ "target", true, get_target, target_keys },
	{ "assert", true, get_assert, assert_keys },
	{ "runtime", true, get_runtime, runtime_keys },
};

static const struct section_def *find_section(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!strcmp(sections[i].name, name))
			return &sections[i];
	}
	return NULL;
}

bool conf_has_section(const char *section, bool *named)
{
	const struct section_def *s = find_section(section);

	if (s)
		*named = s->named;
	return s != NULL;
}

static bool is_name(const char *v)
{
	size_t n = strlen(v);

	return n && n <= 128 && isalnum((unsigned char)v[0]) && strspn(v, NAME_CHARS) == n;
}

/* A C identifier may begin with an underscore, a handler is one. */
static bool is_word(const char *v)
{
	return is_name(v) || (v[0] == '_' && strlen(v) <= 128 &&
			      strspn(v, NAME_CHARS) == strlen(v));
}

static bool is_prefix(const char *v)
{
	return v[0] && v[0] != '-' && strspn(v, NAME_CHARS "/") == strlen(v);
}

static bool is_text(const char *v)
{
	for (const char *p = v; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	}
	return *v;
}

/*
 * regcomp() copies what is repeated, "+" once and "{n}" n times, and what is repeated
 * inside of that again: a line of text can take all memory. An upper bound.
 */
static bool repeats_too_much(const char *v)
{
	double copies = (double)strlen(v);

	for (const char *p = v; *p; p++) {
		if (*p == '+')
			copies *= 2;
		if ((*p == '{' || *p == ',') && p[1] >= '0' && p[1] <= '9')
			copies *= 1 + strtod(p + 1, NULL);
	}
	return copies > 200000;
}

/* Where the bracket expression at @p ends; "[[:" and its kin end early, which will do. */
static const char *bracket_end(const char *p)
{
	const char *end = strchr(p + 2 + (p[1] == '^'), ']');

	return end ? end : p;
}

#define MAX_NESTED 3

/*
 * What repeats what may be empty takes regcomp() a hundred times as long for each repeat
 * around it, also for "a*+++".
 */
static bool nests_too_deep(const char *v)
{
	unsigned most[64] = { 0 }, depth = 0, atom = 0;

	for (const char *p = v; *p; p++) {
		if (*p == '(') {
			if (++depth == ARRAY_SIZE(most))
				return true;
			most[depth] = atom = 0;
		} else if (*p == ')' && depth) {
			atom = most[depth--];
		} else if (*p == '+' || *p == '{') {
			atom++;
		} else if (!strchr("*?}0123456789,", *p)) {
			p += *p == '\\' && p[1];
			p = *p == '[' && p[1] && p[2] ? bracket_end(p) : p;
			atom = 0;
		}
		most[depth] = atom > most[depth] ? atom : most[depth];
		if (atom > MAX_NESTED)
			return true;
	}
	return false;
}

static bool is_regex(const char *v, char *why, size_t n)
{
	regex_t re;
	int rc;

	if (repeats_too_much(v) || nests_too_deep(v)) {
		snprintf(why, n, "it repeats too much (at most %d deep)", MAX_NESTED);
		return false;
	}
	rc = is_text(v) ? regcomp(&re, v, REG_EXTENDED | REG_NOSUB) : REG_BADPAT;
	if (rc)
		regerror(rc, NULL, why, n);
	else
		regfree(&re);
	return !rc;
}

static int check_text(struct conf_reader *r, const struct scan_item *it,
		      enum value_kind kind, const char *v, struct err *e)
{
	char why[128] = "";

	if (kind == K_NAME && !is_word(v))
		return conf_bad(r, it->line, e, "'%s' cannot be a name", v);
	if (kind == K_PATH && !path_is_safe(slice_str(v)))
		return conf_bad(r, it->line, e,
				"path '%s' is not a plain relative one", v);
	if (kind == K_PREFIX && !is_prefix(v))
		return conf_bad(r, it->line, e, "'%s' cannot be a program's name", v);
	if (kind == K_TEXT && !is_text(v))
		return conf_bad(r, it->line, e, "value of '%s' is empty or has control bytes",
				it->key);
	if (kind == K_REGEX && !is_regex(v, why, sizeof(why)))
		return conf_bad(r, it->line, e, "cannot use regular expression '%s': %s", v,
				why);
	return 0;
}

static int read_number(struct conf_reader *r, const struct scan_item *it, const char *v,
		       uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
	char *end;

	errno = 0;
	*out = strtoull(v, &end, 0);
	if (errno || *end || !isdigit((unsigned char)v[0]) || *out < min || *out > max)
		return conf_bad(r, it->line, e, "'%s' must be a number from %llu to %llu",
				it->key, (unsigned long long)min, (unsigned long long)max);
	return 0;
}

static int read_bool(struct conf_reader *r, const struct scan_item *it, const char *v,
		     bool *out, struct err *e)
{
	static const char *const yes[] = { "true", "yes", "on", "1" };
	static const char *const no[] = { "false", "no", "off", "0", "" };

	*out = true;
	if (!v)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(v, yes[i]))
			return 0;
	}
	*out = false;
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		if (!strcmp(v, no[i]))
			return 0;
	}
	return conf_bad(r, it->line, e, "'%s' must be true or false, not '%s'", it->key, v);
}

/* The word's place in the NULL-ended @words. */
static int read_choice(struct conf_reader *r, const struct scan_item *it, const char *v,
		       const char *const *words, unsigned *out, struct err *e)
{
	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], v)) {
			*out = i;
			return 0;
		}
	}
	return conf_bad(r, it->line, e, "'%s' must be '%s' or '%s', not '%s'", it->key,
			words[0], words[1], v);
}

static int read_source(struct conf_reader *r, const struct scan_item *it, const char *v,
		       struct conf_target *t, struct err *e)
{
	struct conf_source src = { 0 };
	int rc = conf_source_parse(r, it->line, v, &src, e);

	if (!rc)
		vec_push(&t->sources, src);
	return rc;
}

/* What is no text: numbers and choices. */
static int read_special(struct conf_reader *r, const struct scan_item *it,
			const struct key_def *k, const char *v, void *obj, struct err *e)
{
	static const char *const families[] = { "gcc", "clang", NULL };
	static const char *const overs[] = { [OVER_OBJECT_DIRS] = "object-dirs",
					      [OVER_MENTION] = "mention",
					      [OVER_FILES] = "files", NULL };
	static const char *const whens[] = { [CHECK_ALWAYS] = "always",
					     [CHECK_ASKED] = "asked", NULL };
	char *field = (char *)obj + k->off;
	unsigned choice = 0;
	uint64_t num = 0;
	int rc;

	switch (k->kind) {
	case K_SECONDS:
		rc = read_number(r, it, v, 1, 86400, &num, e);
		*(unsigned *)field = (unsigned)num;
		return rc;
	case K_MASK:
		return read_number(r, it, v, 1, UINT64_MAX, (uint64_t *)field, e);
	case K_VERSION:
		return read_number(r, it, v, 1, 1, &num, e);
	case K_FAMILY:
		rc = read_choice(r, it, v, families, &choice, e);
		*(enum toolchain_family *)field = choice ? FAMILY_CLANG : FAMILY_GCC;
		return rc;
	case K_OVER:
		rc = read_choice(r, it, v, overs, &choice, e);
		*(enum assert_over *)field = (enum assert_over)choice;
		return rc;
	case K_WHEN:
		rc = read_choice(r, it, v, whens, &choice, e);
		*(enum check_when *)field = (enum check_when)choice;
		return rc;
	case K_SOURCE:
		return read_source(r, it, v, obj, e);
	default:
		BUG_ON("value kind without a reader");
	}
	return 0;
}

static int read_value(struct conf_reader *r, const struct scan_item *it,
		      const struct key_def *k, const char *v, void *obj, struct err *e)
{
	char *field = (char *)obj + k->off;
	int rc;

	if (k->kind == K_BOOL)
		return read_bool(r, it, v, (bool *)field, e);
	if (!v)
		return conf_bad(r, it->line, e, "key '%s' has no value", it->key);
	if (k->kind > K_REGEX)
		return read_special(r, it, k, v, obj, e);
	rc = check_text(r, it, k->kind, v, e);
	if (rc)
		return rc;
	v = arena_strdup(&r->c->arena, v);
	if (k->ref) {
		struct conf_pending p = { k->ref, v, it->line };

		vec_push(&r->pending, p);
	}
	if (k->list)
		strlist_push((struct strlist *)field, &r->c->arena, v);
	else
		*(const char **)field = v;
	return 0;
}

/* Whether the same key of the same section stands earlier in the file. */
static bool given_before(const struct conf_reader *r, const struct scan_item *it)
{
	for (const struct scan_item *o = r->scan.items.v; o < it; o++) {
		if (o->key && !strcmp(o->key, it->key) && !strcmp(o->section, it->section) &&
		    (!o->sub) == (!it->sub) && (!o->sub || !strcmp(o->sub, it->sub)))
			return true;
	}
	return false;
}

int conf_take(struct conf_reader *r, const struct scan_item *it, const char *value,
	      struct err *e)
{
	const struct section_def *s = find_section(it->section);
	const struct key_def *k;

	if (s->named && !is_name(it->sub))
		return conf_bad(r, it->line, e, "'%s' cannot be a name", it->sub);
	for (k = s->keys; k->name; k++) {
		if (!strcmp(k->name, it->key))
			break;
	}
	if (!k->name)
		return conf_bad(r, it->line, e, "unknown key '%s' in section %s", it->key,
				conf_header_text(r, it));
	if (!k->list && given_before(r, it))
		return conf_bad(r, it->line, e, "key '%s' is given twice in section %s",
				it->key, conf_header_text(r, it));
	return read_value(r, it, k, value, s->get(r->c, it->sub), e);
}
