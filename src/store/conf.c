// SPDX-License-Identifier: GPL-2.0-or-later
#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "store/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fsx.h"
#include "store/conf_priv.h"

#define MAX_CONF ((size_t)1 << 20)

int conf_bad(const struct conf_reader *r, unsigned line, struct err *e, const char *fmt,
	     ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_INPUT, "%s:%u: %s", r->c->path, line, b.data);
}

const char *conf_header_text(struct conf_reader *r, const struct scan_item *it)
{
	if (!it->sub)
		return arena_printf(&r->c->arena, "[%s]", it->section);
	return arena_printf(&r->c->arena, "[%s \"%s\"]", it->section, it->sub);
}

void strlist_push(struct strlist *l, struct arena *a, const char *s)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 4;
		const char **v = arena_array(a, cap, sizeof(*v));

		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = s;
}

/* libgit2 says "failed to parse config file: WHY (in PATH:LINE, column N)". */
static int bad_syntax(const struct conf_reader *r, struct err *e)
{
	const git_error *ge = git_error_last();
	const char *msg = ge && ge->message ? ge->message : "unknown error";
	const char *in = strstr(msg, " (in ");
	const char *why = strstr(msg, "file: ");
	const char *line = in ? strchr(in, ':') : NULL;

	if (!line || !why || why > in)
		return err_set(e, ERR_INPUT, "%s: cannot parse: %s", r->c->path, msg);
	why += strlen("file: ");
	return conf_bad(r, (unsigned)strtoul(line + 1, NULL, 10), e, "cannot parse: %.*s",
			(int)(in - why), why);
}

static int check_headers(struct conf_reader *r, struct err *e)
{
	bool named = false;

	vec_each(it, &r->scan.items) {
		if (it->key && !*it->section)
			return conf_bad(r, it->line, e, "key '%s' stands in no section",
					it->key);
		if (it->key)
			continue;
		if (!conf_has_section(it->section, &named))
			return conf_bad(r, it->line, e, "unknown section %s",
					conf_header_text(r, it));
		if (named && !it->sub)
			return conf_bad(r, it->line, e, "section [%s] needs a name",
					it->section);
		if (!named && it->sub)
			return conf_bad(r, it->line, e, "section [%s] takes no name",
					it->section);
	}
	return 0;
}

/* Whether libgit2's "section.sub.key" is the item that the scan has next. */
static bool same_key(const struct scan_item *it, const char *name)
{
	_cleanup_free_ char *want =
		it->sub ? xasprintf("%s.%s.%s", it->section, it->sub, it->key)
			: xasprintf("%s.%s", it->section, it->key);

	return !strcmp(want, name);
}

static int take_entries(struct conf_reader *r, git_config_iterator *iter, struct err *e)
{
	struct scan_item *it = r->scan.items.v, *end = it ? it + r->scan.items.n : it;
	git_config_entry *entry;
	int rc = 0;

	while (!rc && git_config_next(&entry, iter) == 0) {
		while (it < end && !it->key)
			it++;
		if (it == end || !same_key(it, entry->name))
			return err_set(e, ERR_INPUT,
				       "%s: cannot tell the line of key '%s'; write one "
				       "key a line",
				       r->c->path, entry->name);
		rc = conf_take(r, it++, entry->value, e);
	}
	return rc;
}

/* libgit2 reads files only; it is given the very bytes that the scan has seen. */
static int read_by_git(struct conf_reader *r, struct slice text, struct err *e)
{
	_cleanup_fd_ int fd = memfd_create("carry.conf", MFD_CLOEXEC);
	git_config_iterator *iter = NULL;
	git_config *cfg = NULL;
	char path[64];
	int rc;

	if (fd < 0)
		return err_set(e, ERR_IO, "cannot make a memory file");
	rc = fsx_write_all(fd, text, r->c->path, e);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	git_libgit2_init();
	if (git_config_open_ondisk(&cfg, path) || git_config_iterator_new(&iter, cfg))
		rc = bad_syntax(r, e);
	else
		rc = take_entries(r, iter, e);
	git_config_iterator_free(iter);
	git_config_free(cfg);
	git_libgit2_shutdown();
	return rc;
}

static int check_refs(struct conf_reader *r, struct err *e)
{
	static const char *const what[] = { "", "arch", "toolchain", "config", "target" };
	const struct conf *c = r->c;

	vec_each(p, &r->pending) {
		bool known = (p->kind == REF_ARCH && conf_arch(c, p->name)) ||
			     (p->kind == REF_TOOLCHAIN && conf_toolchain(c, p->name)) ||
			     (p->kind == REF_CONFIG && conf_config(c, p->name)) ||
			     (p->kind == REF_TARGET && conf_target(c, p->name));

		if (!known)
			return conf_bad(r, p->line, e,
					"no section [%s \"%s\"] defines '%s'",
					what[p->kind], p->name, p->name);
	}
	return 0;
}

/* Where a section begins, for what is missing in it. */
static unsigned line_of(const struct conf_reader *r, const char *section, const char *sub)
{
	vec_each(it, &r->scan.items) {
		if (!it->key && !strcmp(it->section, section) &&
		    (!sub || (it->sub && !strcmp(it->sub, sub))))
			return it->line;
	}
	return 1;
}

static bool has_key(const struct conf_reader *r, const char *section, const char *sub,
		    const char *key)
{
	vec_each(it, &r->scan.items) {
		if (it->key && !strcmp(it->key, key) && !strcmp(it->section, section) &&
		    (!sub || (it->sub && !strcmp(it->sub, sub))))
			return true;
	}
	return false;
}

static int need(const struct conf_reader *r, const char *section, const char *sub,
		const char *key, struct err *e)
{
	if (has_key(r, section, sub, key))
		return 0;
	return conf_bad(r, line_of(r, section, sub), e, "section [%s%s%s%s] needs a '%s'",
			section, sub ? " \"" : "", sub ? sub : "", sub ? "\"" : "", key);
}

/* A target that names none runs on all. */
static void default_lists(struct conf *c, struct conf_target *t)
{
	if (!t->archs.n) {
		vec_each(a, &c->archs)
			strlist_push(&t->archs, &c->arena, a->name);
	}
	if (!t->toolchains.n) {
		vec_each(tc, &c->toolchains)
			strlist_push(&t->toolchains, &c->arena, tc->name);
	}
	if (!t->configs.n) {
		vec_each(g, &c->configs)
			strlist_push(&t->configs, &c->arena, g->name);
	}
}

static int finish_targets(struct conf_reader *r, struct err *e)
{
	struct conf *c = r->c;

	vec_each(t, &c->targets) {
		int rc = t->retired ? 0 : need(r, "target", t->name, "source", e);

		if (rc)
			return rc;
		if (t->required && t->retired)
			return conf_bad(r, line_of(r, "target", t->name), e,
					"target '%s' is both required and retired",
					t->name);
		if (!t->series)
			t->series = !strcmp(t->name, c->newest)
					    ? "series"
					    : arena_printf(&c->arena, "backports/%s",
							   t->name);
		default_lists(c, t);
	}
	return 0;
}

static int finish_runtimes(struct conf_reader *r, struct err *e)
{
	static const char *const keys[] = { "fragment", "image", "probe", "emulator",
					    "shows" };
	const char *slash;

	vec_each(rt, &r->c->runtimes) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			if (need(r, "runtime", rt->name, keys[i], e))
				return e->code;
		}
		slash = strrchr(rt->image, '/');
		rt->config.name = rt->name;
		if (!rt->goal)
			rt->goal = slash ? slash + 1 : rt->image;
	}
	return 0;
}

static int finish(struct conf_reader *r, struct err *e)
{
	struct conf *c = r->c;
	int rc = need(r, "carry", NULL, "version", e);

	if (!rc)
		rc = need(r, "carry", NULL, "newest", e);
	vec_each(a, &c->archs) {
		if (!a->make)
			a->make = a->name;
	}
	vec_each(t, &c->toolchains) {
		rc = rc ? rc : need(r, "toolchain", t->name, "family", e);
		if (!t->cc)
			t->cc = t->name;
	}
	vec_each(as, &c->asserts) {
		if (!rc && !as->site)
			rc = need(r, "assert", as->name, "rule", e);
		if (!rc && as->over == OVER_MENTION)
			rc = need(r, "assert", as->name, "mention", e);
	}
	if (!rc)
		rc = check_refs(r, e);
	if (!rc)
		rc = finish_runtimes(r, e);
	return rc ? rc : finish_targets(r, e);
}

static int read_text(struct conf_reader *r, struct slice text, struct err *e)
{
	int rc;

	if (text.n > MAX_CONF)
		return err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", r->c->path,
			       MAX_CONF);
	if (memchr(text.p, 0, text.n))
		return err_set(e, ERR_INPUT, "%s: cannot parse: it has a NUL byte",
			       r->c->path);
	rc = conf_scan(text, r->c->path, &r->c->arena, &r->scan, e);
	if (!rc)
		rc = check_headers(r, e);
	if (!rc)
		rc = read_by_git(r, text, e);
	return rc ? rc : finish(r, e);
}

int conf_parse(struct slice text, const char *path, struct conf **out, struct err *e)
{
	struct conf *c = xcalloc(1, sizeof(*c));
	struct conf_reader r = { .c = c };
	int rc;

	c->path = arena_strdup(&c->arena, path);
	rc = read_text(&r, text, e);
	conf_scan_release(&r.scan);
	vec_release(&r.pending);
	if (rc)
		conf_free(c);
	else
		*out = c;
	return rc;
}

int conf_read(const char *path, struct conf **out, struct err *e)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int rc = fsx_read_head(path, MAX_CONF + 1, &text, e);

	return rc ? rc : conf_parse(buf_slice(&text), path, out, e);
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	vec_each(t, &c->targets)
		vec_release(&t->sources);
	vec_release(&c->archs);
	vec_release(&c->toolchains);
	vec_release(&c->configs);
	vec_release(&c->checks);
	vec_release(&c->targets);
	vec_release(&c->asserts);
	vec_release(&c->runtimes);
	arena_release(&c->arena);
	free(c);
}

#define DEFINE_FIND(what)                                                                \
	const struct conf_##what *conf_##what(const struct conf *c, const char *name)    \
	{                                                                                \
		vec_each(it, &c->what##s) {                                             \
			if (!strcmp(it->name, name))                                     \
				return it;                                               \
		}                                                                        \
		return NULL;                                                             \
	}

DEFINE_FIND(target)
DEFINE_FIND(arch)
DEFINE_FIND(toolchain)
DEFINE_FIND(config)
DEFINE_FIND(check)
DEFINE_FIND(runtime)

bool strlist_has(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!strcmp(l->v[i], s))
			return true;
	}
	return false;
}

bool strlist_allows(const struct strlist *l, const char *s)
{
	return !l->n || strlist_has(l, s);
}
