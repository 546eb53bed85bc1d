// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_known.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/hash.h"

#define KNOWN	".carry-patches"
#define VERSION "carry-patches 1 "

/* Coarser than the clock of any file system that sources are on. */
#define RACY_SECONDS 2

#define MARK_MAX 112

static struct slice mark_of(const struct stat *st, char out[static MARK_MAX])
{
	int n = snprintf(out, MARK_MAX, "%llx.%x.%llx.%llx.%lx.%llx.%lx",
			 (unsigned long long)st->st_size, st->st_mode,
			 (unsigned long long)st->st_ino,
			 (unsigned long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
			 (unsigned long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);

	return (struct slice){ out, (size_t)n };
}

static struct slice file_mark(int dir, const char *path, int flags,
			      char out[static MARK_MAX])
{
	struct stat st;

	return fstatat(dir, path, &st, flags) ? SLICE("") : mark_of(&st, out);
}

static struct slice top_mark(const struct quilt *q, char out[static MARK_MAX])
{
	_cleanup_free_ char *path =
		xasprintf("%s/.timestamp", q->applied.n ? quilt_top(q) : ".none");

	return file_mark(q->pc_fd, path, AT_SYMLINK_NOFOLLOW, out);
}

static struct slice word(struct slice *rest)
{
	struct slice w = SLICE("");

	return slice_split(rest, ' ', &w) ? w : SLICE("");
}

static bool number(struct slice *rest, unsigned *out)
{
	struct slice w = word(rest);

	*out = 0;
	for (size_t i = 0; i < w.n; i++) {
		if (w.p[i] < '0' || w.p[i] > '9' || *out > 100000000)
			return false;
		*out = *out * 10 + (unsigned)(w.p[i] - '0');
	}
	return w.n > 0;
}

/* The sum of all before it is there, and right. */
static bool check_sum(struct slice *text)
{
	static const size_t tail = 4 + SHA256_HEX;
	char hex[SHA256_HEX];
	struct slice sum;

	if (text->n < tail)
		return false;
	text->n -= tail;
	sum = (struct slice){ text->p + text->n, tail };
	sha256_of(*text, hex);
	return slice_starts(sum, "sum ") && !memcmp(sum.p + 4, hex, SHA256_HEX - 1);
}

struct known_file *known_file(const struct known *k, struct slice path)
{
	return map_get(&k->files, path);
}

static bool add_mention(struct known *k, struct slice path, bool sure)
{
	struct mention m = { (uint32_t)k->patches.n - 1, sure };
	struct known_file *f;
	void **slot;

	if (!k->patches.n || !path_is_safe(path))
		return false;
	slot = map_slot(&k->files, path);
	f = *slot;
	if (!f)
		*slot = f = xcalloc(1, sizeof(*f));
	f->path = path;
	vec_push(&f->by, m);
	return true;
}

static bool read_tie(struct known *k, struct slice rest)
{
	struct known_tie tie = { .patch = (uint32_t)k->patches.n - 1 };

	if (!slice_split(&rest, '\t', &tie.a) || !slice_split(&rest, '\t', &tie.b))
		return false;
	vec_push(&k->ties, tie);
	return add_mention(k, tie.a, false) && add_mention(k, tie.b, false);
}

static bool read_patch(struct known *k, struct slice rest)
{
	struct known_patch p = { 0 };
	unsigned reverse;

	if (!number(&rest, &p.strip) || !number(&rest, &reverse))
		return false;
	p.reverse = reverse;
	p.seen = word(&rest);
	p.name = rest;
	p.names = (struct slice){ rest.p + rest.n + 1, 0 };
	vec_push(&k->patches, p);
	return p.seen.n && path_is_safe(p.name);
}

static bool read_file(struct known *k, struct slice mark, struct slice path)
{
	struct known_file *f = known_file(k, path);

	if (!f || f->mark.p)
		return false;
	f->mark = mark;
	return true;
}

/* @line without its LF. */
static bool read_line(struct known *k, struct slice line)
{
	char kind = line.n > 2 && line.p[1] == ' ' ? line.p[0] : '\0';
	struct slice rest = { line.p + 2, line.n - 2 };
	bool ok;

	switch (kind) {
	case 'P':
		return read_patch(k, rest);
	case 'h':
	case 't':
		ok = kind == 'h' ? add_mention(k, rest, true) : read_tie(k, rest);
		if (ok)
			k->patches.v[k->patches.n - 1].names.n += line.n + 1;
		return ok;
	case 'f':
		line = word(&rest);
		return line.n && read_file(k, line, rest);
	case 'g':
		return read_file(k, SLICE(""), rest);
	default:
		return false;
	}
}

static bool read_head(struct known *k, struct slice line)
{
	line.p += strlen(VERSION);
	line.n -= strlen(VERSION);
	if (!number(&line, &k->fuzz))
		return false;
	k->top = line;
	return true;
}

bool known_read(const struct quilt *q, struct known *k)
{
	struct err ignored = { 0 };
	struct slice rest, line;
	bool ok;

	*k = (struct known){ 0 };
	if (beneath_read(q->pc_fd, KNOWN, &k->text, &ignored))
		return false;
	rest = buf_slice(&k->text);
	ok = check_sum(&rest) && slice_split(&rest, '\n', &line) &&
	     slice_starts(line, VERSION) && read_head(k, line);
	while (ok && slice_split(&rest, '\n', &line) && (line.n || rest.n))
		ok = read_line(k, line);
	map_each(it, &k->files)
		ok = ok && ((struct known_file *)it->value)->mark.p;
	return ok;
}

void known_release(struct known *k)
{
	map_each(it, &k->files)
	{
		struct known_file *f = it->value;

		vec_release(&f->by);
		free(f);
	}
	map_release(&k->files);
	vec_release(&k->patches);
	vec_release(&k->ties);
	buf_release(&k->text);
}

bool known_holds(const struct known *k, const struct quilt *q, unsigned fuzz)
{
	char is[MARK_MAX];

	if (k->fuzz != fuzz || k->patches.n != q->applied.n ||
	    !slice_eq(k->top, top_mark(q, is)))
		return false;
	for (size_t i = 0; i < k->patches.n; i++) {
		if (!slice_eqs(k->patches.v[i].name, q->applied.v[i]))
			return false;
	}
	map_each(it, &k->files)
	{
		const struct known_file *f = it->value;

		if (!slice_eq(f->mark,
			      file_mark(q->top_fd, it->key, AT_SYMLINK_NOFOLLOW, is)))
			return false;
	}
	return true;
}

bool known_same(const struct known_patch *p, const struct quilt *q,
		const struct series_entry *en)
{
	_cleanup_free_ char *path = quilt_patch_path(q, en->name);
	struct slice seen = { p->seen.p + 1, p->seen.n - 1 };
	struct err ignored = { 0 };
	char hex[SHA256_HEX], is[MARK_MAX];

	if (p->strip != en->strip || p->reverse != en->reverse)
		return false;
	if (p->seen.p[0] == 'm')
		return slice_eq(seen, file_mark(q->top_fd, path, 0, is));
	return !sha256_file(path, hex, &ignored) && slice_eqs(seen, hex);
}

static void add_patch(struct known_new *w, const struct series_entry *en,
		      struct slice seen)
{
	buf_addf(&w->text, "P %u %u ", en->strip, (unsigned)en->reverse);
	buf_add_slice(&w->text, seen);
	buf_addf(&w->text, " %s\n", en->name);
}

static bool is_old(const struct timespec *t, const struct timespec *begun)
{
	return t->tv_sec + RACY_SECONDS < begun->tv_sec;
}

static struct slice see(const struct known_new *w, const struct series_entry *en,
			const struct patch *p, char out[static MARK_MAX + 1])
{
	_cleanup_free_ char *path = quilt_patch_path(w->q, en->name);
	struct stat st;
	struct slice s;

	if (!fstatat(w->q->top_fd, path, &st, 0) && is_old(&st.st_mtim, &w->begun) &&
	    is_old(&st.st_ctim, &w->begun)) {
		out[0] = 'm';
		s = mark_of(&st, out + 1);
		return (struct slice){ out, s.n + 1 };
	}
	out[0] = 'h';
	sha256_of(buf_slice(&p->bytes), out + 1);
	return (struct slice){ out, SHA256_HEX };
}

static void add_path(struct known_new *w, struct slice path)
{
	void **slot = map_slot(&w->paths, path);

	*slot = w;
}

void known_add(struct known_new *w, const struct series_entry *en,
	       const struct patch_outcome *o)
{
	char seen[MARK_MAX + 1];

	add_patch(w, en, see(w, en, o->patch, seen));
	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		const struct change *c = &o->patch->changes[i];

		buf_addf(&w->text, "h %.*s\n", SLICE_ARG(o->changes[i].path));
		add_path(w, o->changes[i].path);
		if (!c->old_path.p || !c->new_path.p || slice_eq(c->old_path, c->new_path))
			continue;
		buf_addf(&w->text, "t %.*s\t%.*s\n", SLICE_ARG(c->old_path),
			 SLICE_ARG(c->new_path));
		add_path(w, c->old_path);
		add_path(w, c->new_path);
	}
}

void known_keep(struct known_new *w, const struct series_entry *en,
		const struct known_patch *p)
{
	struct slice rest = p->names, line, path;

	add_patch(w, en, p->seen);
	buf_add_slice(&w->text, p->names);
	while (slice_split(&rest, '\n', &line) && line.n > 2) {
		line.p += 2;
		line.n -= 2;
		while (slice_split(&line, '\t', &path))
			add_path(w, path);
	}
}

static void add_file(struct known_new *w, const char *path, struct slice mark)
{
	if (!mark.n) {
		buf_addf(&w->text, "g %s\n", path);
		return;
	}
	buf_adds(&w->text, "f ");
	buf_add_slice(&w->text, mark);
	buf_addf(&w->text, " %s\n", path);
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static struct slice pushed_mark(struct known_new *w, const char *path,
				char out[static MARK_MAX])
{
	struct stat st;

	if (fstatat(w->q->top_fd, path, &st, AT_SYMLINK_NOFOLLOW))
		return SLICE("");
	w->unsure |= S_ISREG(st.st_mode) && !is_before(&st.st_mtim, &w->pushed);
	return mark_of(&st, out);
}

static void add_files(struct known_new *w, const struct known *old,
		      const struct map *touched)
{
	map_each(it, &w->paths)
	{
		struct slice path = { it->key, it->len };
		const struct known_file *f =
			old && !map_has(touched, path) ? known_file(old, path) : NULL;
		char mark[MARK_MAX];

		add_file(w, it->key, f ? f->mark : pushed_mark(w, it->key, mark));
	}
}

void known_write(struct known_new *w, const struct known *old, const struct map *touched)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	struct err ignored = { 0 };
	char hex[SHA256_HEX], top[MARK_MAX];

	add_files(w, old, touched);
	buf_addf(&all, VERSION "%u %.*s\n", w->fuzz, SLICE_ARG(top_mark(w->q, top)));
	buf_add_slice(&all, buf_slice(&w->text));
	sha256_of(buf_slice(&all), hex);
	buf_addf(&all, "sum %s\n", hex);
	if (w->unsure || beneath_publish(w->q->pc_fd, KNOWN, buf_slice(&all), &ignored))
		known_forget(w->q);
	buf_release(&w->text);
	map_release(&w->paths);
}

void known_forget(const struct quilt *q)
{
	if (unlinkat(q->pc_fd, KNOWN, 0))
		return; /* it was not there, or nobody can write here */
}
