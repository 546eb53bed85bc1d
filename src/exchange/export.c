// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/export.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "exchange/dialects/dialect.h"

const struct export_dialect *const export_dialects[] = {
	&dialect_debian, &dialect_suse, &dialect_fedora, &dialect_ubuntu,
	&dialect_mbox,	 &dialect_git,	&dialect_b4,	 NULL,
};

const char *const export_dialect_names[] = { "debian", "suse", "fedora", "ubuntu",
					     "mbox",   "git",  "b4",	 NULL };

int export_dialect_find(const char *name, const struct export_dialect **out,
			struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; export_dialects[i]; i++) {
		if (!strcmp(export_dialects[i]->name, name)) {
			*out = export_dialects[i];
			return 0;
		}
		buf_addf(&b, "%s%s", i ? ", " : "", export_dialects[i]->name);
	}
	return err_set(e, ERR_USAGE, "there is no dialect '%s': %s", name, buf_str(&b));
}

static void add_file(struct export_result *r, const char *path, struct slice bytes)
{
	vec_push(&r->files,
		 (struct export_file){
			 arena_strdup(&r->arena, path),
			 { arena_dup(&r->arena, bytes.p, bytes.n), bytes.n } });
}

/* "0003-name.patch"; a number that the name has gives way. */
static char *numbered_name(const char *name, size_t number)
{
	const char *base = strrchr(name, '/');
	const char *rest;

	base = base ? base + 1 : name;
	for (rest = base; isdigit((unsigned char)*rest); rest++)
		;
	if (rest > base && *rest == '-')
		base = rest + 1;
	rest = strrchr(base, '.');
	if (rest && (!strcmp(rest, ".patch") || !strcmp(rest, ".diff")))
		return xasprintf("%04zu-%.*s.patch", number, (int)(rest - base), base);
	return xasprintf("%04zu-%s.patch", number, base);
}

/* What every packaging assumes: "patch -p1", forwards. */
static int check_entry(const struct series_entry *en, const char *path, struct err *e)
{
	if (en->strip != 1)
		return err_set(e, ERR_INPUT,
			       "%s: cannot export a patch of -p%u: make it one of -p1 "
			       "(quilt refresh -p1)",
			       path, en->strip);
	if (en->reverse)
		return err_set(e, ERR_INPUT,
			       "%s: cannot export a patch that is applied in reverse",
			       path);
	if (!path_is_safe(slice_str(en->name)))
		return err_set(e, ERR_UNSAFE, "%s: cannot export a file of that name",
			       path);
	return 0;
}

static void add_mail(struct buf *mbox, const struct buf *text)
{
	if (!slice_starts(buf_slice(text), "From "))
		buf_adds(mbox, "From 0000000000000000000000000000000000000000 "
			       "Mon Sep 17 00:00:00 2001\n");
	buf_add_slice(mbox, buf_slice(text));
	if (text->len && text->data[text->len - 1] != '\n')
		buf_addc(mbox, '\n');
	buf_addc(mbox, '\n');
}

static void add_line(struct buf *list, const char *form, const char *path, size_t number)
{
	for (const char *p = form; *p; p++) {
		if (*p == '%' && p[1] == 's')
			buf_adds(list, path);
		else if (*p == '%' && p[1] == 'n')
			buf_addf(list, "%zu", number);
		else
			buf_addc(list, *p);
		p += *p == '%';
	}
	buf_addc(list, '\n');
}

/* The patch as @d has it: another header, the same diff. */
static int convert(const struct export_dialect *d, struct export_patch *p,
		   struct buf *out, struct err *e)
{
	_cleanup_provenance_ struct provenance prov = { 0 };
	_cleanup_header_ struct header h = { 0 };
	struct slice rest = buf_slice(&p->patch->bytes);
	int rc;

	header_parse(p->patch->header, &h);
	provenance_read(&h, &prov);
	p->header = &h;
	p->provenance = &prov;
	rc = d->convert(p, e);
	if (rc)
		return err_wrap(e, "%s", p->path);
	header_write(&h, out);
	rest.p += p->patch->header.n;
	rest.n -= p->patch->header.n;
	buf_add_slice(out, rest);
	return 0;
}

void export_look(const struct export_dialect *d, const struct lint_patch *p,
		 struct lint_report *report)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct export_patch one = { .name = p->name,
				    .path = p->path,
				    .number = 1,
				    .of = 1,
				    .patch = p->patch,
				    .report = report };
	struct err own = { 0 };

	if (convert(d, &one, &text, &own))
		lint_add(report, "dialect-needs", p->path, 0, "%s", own.msg);
}

/* Where the file goes, and where its bytes are collected with others. */
struct collect {
	const struct export_dialect *d;
	struct export_result *out;
	struct buf mbox, list;
};

static void place(struct collect *c, const struct export_patch *p, const struct buf *text)
{
	_cleanup_free_ char *name =
		c->d->numbered ? numbered_name(p->name, p->number) : xstrdup(p->name);
	_cleanup_free_ char *path =
		*c->d->dir ? path_join(c->d->dir, name) : xstrdup(name);

	if (c->d->one_file) {
		add_mail(&c->mbox, text);
		return;
	}
	add_file(c->out, path, buf_slice(text));
	/* Debian's list stands in the directory of the patches itself. */
	if (c->d->line)
		add_line(&c->list, c->d->line, strchr(c->d->dir, '/') ? name : path,
			 p->number);
}

static int add_patches(struct collect *c, const struct variant_series *v, const char *dir,
		       struct err *e)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct series_entry *en = &v->series->entries.v[i];
		char *path = arena_printf(&c->out->arena, "%s/%s", dir, en->name);
		_cleanup_buf_ struct buf text = BUF_INIT;
		struct export_patch p = { .name = en->name,
					  .path = path,
					  .number = i + 1,
					  .of = v->n,
					  .patch = v->patches[i],
					  .report = &c->out->report };
		int rc = check_entry(en, path, e);

		if (!rc)
			rc = convert(c->d, &p, &text, e);
		if (rc)
			return rc;
		if (*en->guards)
			loses(&p, 0, "the guards '%s' of the series file", en->guards);
		place(c, &p, &text);
	}
	return 0;
}

static void report_left_out(struct collect *c, const struct variant_series *v, const char *dir)
{
	vec_each (en, &v->series->left_out) {
		struct export_patch p = { .path = arena_printf(&c->out->arena, "%s/%s", dir,
							       en->name),
					  .report = &c->out->report };

		loses(&p, 0, "the patch itself: its guards '%s' leave it out", en->guards);
	}
}

static void add_report(struct collect *c, const char *target)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_addf(&b, "%s, for %s: %s\n\n\t%s\n", target, c->d->name, c->d->summary,
		 c->d->next);
	if (c->out->report.findings.n)
		buf_addc(&b, '\n');
	vec_each (f, &c->out->report.findings) {
		buf_adds(&b, f->path);
		if (f->line)
			buf_addf(&b, ":%u", f->line);
		buf_addf(&b, ": %s: %s\n", finding_level_name(f->rule->level), f->text);
	}
	add_file(c->out, "EXPORT", buf_slice(&b));
}

int export_make(const struct export_dialect *d, const char *target,
		const struct variant_series *v, const char *dir, struct slice cover,
		struct export_result *out, struct err *e)
{
	struct collect c = { .d = d, .out = out };
	_cleanup_free_ char *mbox = xasprintf("%s.mbox", target);
	int rc;

	*out = (struct export_result){ 0 };
	if (!v->n)
		return err_set(e, ERR_INPUT, "%s: cannot export an empty series", dir);
	rc = add_patches(&c, v, dir, e);
	report_left_out(&c, v, dir);
	if (d->one_file)
		add_file(out, mbox, buf_slice(&c.mbox));
	if (d->list)
		add_file(out, d->list, buf_slice(&c.list));
	if (cover.n)
		add_file(out, "cover", cover);
	lint_sort(&out->report);
	add_report(&c, target);
	buf_release(&c.mbox);
	buf_release(&c.list);
	return rc;
}

static int write_files(const struct export_result *r, const char *dir, struct err *e)
{
	vec_each (f, &r->files) {
		_cleanup_free_ char *path = path_join(dir, f->path);
		_cleanup_free_ char *parent = path_parent(path);
		int rc = fsx_mkdirs(parent, e);

		if (!rc)
			rc = fsx_create(path, f->bytes, e);
		if (rc == ERR_EXISTS)
			return err_set(e, rc, "cannot export two files named '%s'", f->path);
		if (rc)
			return rc;
	}
	return 0;
}

static int exists(const char *dest, struct err *e)
{
	return err_set(e, ERR_EXISTS,
		       "cannot export to '%s': it exists; name a new directory", dest);
}

int export_write(const struct export_result *r, const char *dest, struct err *e)
{
	_cleanup_free_ char *to = xstrdup(dest), *parent = NULL, *tmp = NULL;
	struct fsx_lock held = FSX_LOCK_INIT;
	struct err ignored = { 0 };
	struct stat st;
	int rc;

	for (size_t n = strlen(to); n > 1 && to[n - 1] == '/'; n--)
		to[n - 1] = '\0';
	if (!lstat(to, &st))
		return exists(to, e);
	parent = path_parent(to);
	rc = fsx_workdir(parent, ".carry-export-", &tmp, &held, e);
	if (!rc)
		rc = write_files(r, tmp, e);
	if (!rc && chmod(tmp, 0755))
		rc = err_sys(e, errno, "cannot set the mode of '%s'", tmp);
	if (!rc && renameat2(AT_FDCWD, tmp, AT_FDCWD, to, RENAME_NOREPLACE))
		rc = errno == EEXIST ? exists(to, e)
				     : err_sys(e, errno, "cannot make '%s'", to);
	if (rc && tmp && fsx_remove(tmp, &ignored))
		err_clear(&ignored);
	fsx_unlock(&held);
	return rc;
}

void export_release(struct export_result *r)
{
	if (!r)
		return;
	arena_release(&r->arena);
	vec_release(&r->files);
	lint_report_release(&r->report);
}
