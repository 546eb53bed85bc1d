// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/conf_priv.h"

#include <ctype.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define WORD  LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ._+-"

static struct slice first_word(struct slice *rest)
{
	struct slice w = { rest->p, 0 };

	while (w.n < rest->n && !isspace((unsigned char)w.p[w.n]))
		w.n++;
	*rest = slice_trim((struct slice){ rest->p + w.n, rest->n - w.n });
	return w;
}

static struct slice last_word(struct slice *rest)
{
	size_t at = rest->n;
	struct slice w;

	while (at && !isspace((unsigned char)rest->p[at - 1]))
		at--;
	w = (struct slice){ rest->p + at, rest->n - at };
	*rest = slice_trim((struct slice){ rest->p, at });
	return w;
}

static bool consists_of(const char *s, const char *chars)
{
	return *s && strspn(s, chars) == strlen(s);
}

/* The names that Debian gives to packages: at least two of these, no sign in front. */
static bool is_package(const char *s)
{
	return isalnum((unsigned char)s[0]) && s[1] && consists_of(s, LOWER "+.-");
}

static bool is_suite(const char *s)
{
	return isalnum((unsigned char)s[0]) && consists_of(s, LOWER "./-") &&
	       !strstr(s, "..");
}

/* Stricter than git: what neither a shell nor git could take for something else. */
static bool is_ref(const char *s)
{
	size_t n = strlen(s);

	return s[0] != '-' && s[0] != '/' && s[0] != '.' && consists_of(s, WORD "/") &&
	       !strstr(s, "..") && !strstr(s, "//") && s[n - 1] != '/' && s[n - 1] != '.';
}

static bool has_scheme(const char *s, const char *scheme)
{
	return !strncmp(s, scheme, strlen(scheme));
}

/*
 * A place that is safe to give to git: no option, no helper ("ext::", "fd::"
 * run commands) and no transport on which anybody can change what arrives.
 */
static bool is_git_place(const char *s)
{
	const char *colon = strchr(s, ':');

	if (s[0] == '-' || strstr(s, "::"))
		return false;
	if (strstr(s, "://"))
		return has_scheme(s, "https://") || has_scheme(s, "ssh://") ||
		       has_scheme(s, "file://");
	/* host:path is ssh; a host that begins with a dash would be an option to it */
	return !colon || (s[0] != '/' && colon != s && !strstr(s, "@-"));
}

static int take_debian(struct conf_reader *r, unsigned line, struct slice rest,
		       struct conf_source *out, struct err *e)
{
	struct arena *a = &r->c->arena;
	struct slice package = first_word(&rest);

	out->kind = SOURCE_DEBIAN;
	out->where = arena_dup(a, package.p, package.n);
	out->ref = rest.n ? arena_dup(a, rest.p, rest.n) : NULL;
	if (!is_package(out->where))
		return conf_bad(r, line, e, "'%s' is no name of a Debian package",
				out->where);
	if (out->ref && !is_suite(out->ref))
		return conf_bad(r, line, e, "'%s' is no name of a Debian suite",
				out->ref);
	return 0;
}

static int take_git(struct conf_reader *r, unsigned line, struct slice rest,
		    struct conf_source *out, struct err *e)
{
	struct arena *a = &r->c->arena;
	struct slice ref = last_word(&rest);

	out->kind = SOURCE_GIT;
	out->where = arena_dup(a, rest.p, rest.n);
	out->ref = arena_dup(a, ref.p, ref.n);
	if (!*out->where)
		return conf_bad(r, line, e, "a git source is 'git URL REF'");
	if (!is_git_place(out->where))
		return conf_bad(
			r, line, e,
			"cannot take git from '%s': only https, ssh, file and paths",
			out->where);
	if (!is_ref(out->ref))
		return conf_bad(r, line, e,
				"'%s' is no plain name of a branch, tag or commit",
				out->ref);
	return 0;
}

static int take_tarball(struct conf_reader *r, unsigned line, struct slice rest,
			struct conf_source *out, struct err *e)
{
	struct arena *a = &r->c->arena;
	struct slice shorter = rest;
	struct slice sum = last_word(&shorter);

	out->kind = SOURCE_TARBALL;
	if (slice_starts(sum, "sha256:")) {
		rest = shorter;
		out->sha256 = arena_dup(a, sum.p + 7, sum.n - 7);
		if (strlen(out->sha256) != 64 ||
		    !consists_of(out->sha256, "0123456789abcdef"))
			return conf_bad(r, line, e,
					"a sha256 has 64 lower-case hexadecimal digits");
	}
	out->where = arena_dup(a, rest.p, rest.n);
	if (!*out->where || out->where[0] == '-')
		return conf_bad(r, line, e,
				"a tarball source is 'tarball PLACE [sha256:HEX]'");
	if (!strstr(out->where, "://") || has_scheme(out->where, "https://"))
		return 0;
	if (!has_scheme(out->where, "http://"))
		return conf_bad(r, line, e,
				"cannot take a tarball from '%s': only http and "
				"https",
				out->where);
	if (!out->sha256)
		return conf_bad(r, line, e, "a tarball over http needs its sha256");
	return 0;
}

static int take_dir(struct conf_reader *r, unsigned line, struct slice rest,
		    struct conf_source *out, struct err *e)
{
	out->kind = SOURCE_DIR;
	out->where = arena_dup(&r->c->arena, rest.p, rest.n);
	if (!*out->where)
		return conf_bad(r, line, e, "a directory source is 'dir PATH'");
	return 0;
}

int conf_source_parse(struct conf_reader *r, unsigned line, const char *value,
		      struct conf_source *out, struct err *e)
{
	struct slice rest = slice_trim(slice_str(value)), kind;

	for (size_t i = 0; i < rest.n; i++) {
		if ((unsigned char)rest.p[i] < 0x20 || rest.p[i] == 0x7f)
			return conf_bad(r, line, e, "source has control bytes");
	}
	kind = first_word(&rest);
	if (slice_eqs(kind, "debian"))
		return take_debian(r, line, rest, out, e);
	if (slice_eqs(kind, "git"))
		return take_git(r, line, rest, out, e);
	if (slice_eqs(kind, "tarball"))
		return take_tarball(r, line, rest, out, e);
	if (slice_eqs(kind, "dir"))
		return take_dir(r, line, rest, out, e);
	return conf_bad(r, line, e,
			"source '%.*s' is none of 'debian', 'git', 'tarball', 'dir'",
			(int)(kind.n < 40 ? kind.n : 40), kind.p);
}
