// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/target_edit.h"

#include <errno.h>
#include <stdio.h>

#include "base/fsx.h"
#include "store/conf_edit.h"

#define SERIES	  "series"
#define BACKPORTS "backports"
/* Of a series directory: far above any, and a bound for what is no series. */
#define MAX_DEPTH 8

/* The repository as it is, and its carry.conf as text. */
struct plan {
	const char *top;
	char *path; /* of carry.conf */
	struct conf *conf;
	struct conf_text text;
};

static int plan_open(struct plan *p, const char *top, struct err *e)
{
	int rc;

	*p = (struct plan){ .top = top, .path = path_join(top, "carry.conf") };
	rc = conf_read(p->path, &p->conf, e);
	return rc ? rc : conf_text_read(p->path, &p->text, e);
}

static void plan_release(struct plan *p)
{
	conf_text_release(&p->text);
	conf_free(p->conf);
	free(p->path);
}

#define _cleanup_plan_ _cleanup_(plan_release)

static bool has_dir(const struct plan *p, const char *dir)
{
	_cleanup_free_ char *path = path_join(p->top, dir);

	return fsx_is_dir(path);
}

static int known(const struct plan *p, const char *name, const struct conf_target **out,
		 struct err *e)
{
	*out = conf_target(p->conf, name);
	if (*out)
		return 0;
	return err_set(e, ERR_NOTFOUND, "there is no target '%s' in carry.conf", name);
}

/* Before the name is a part of any path; carry.conf's own rule comes with its reading. */
static int check_name(const char *name, struct err *e)
{
	if (path_is_safe(slice_str(name)) && !strchr(name, '/') && name[0] != '.')
		return 0;
	return err_set(e, ERR_USAGE, "'%s' cannot be the name of a target", name);
}

static int check_sources(const struct target_edit *t, struct err *e)
{
	if (!t->sources || !t->sources->n)
		return err_set(e, ERR_USAGE,
			       "where can trees of '%s' be had? give --source, as in "
			       "'debian linux-source-6.1' (see carry.conf(5))",
			       t->name);
	vec_each (s, t->sources) {
		for (const char *c = *s; *c; c++) {
			if ((unsigned char)*c < ' ' || *c == 127)
				return err_set(e, ERR_USAGE,
					       "a source cannot have control characters");
		}
	}
	return 0;
}

static void add_key(struct buf *b, const char *key, const char *value)
{
	_cleanup_free_ char *line = conf_text_key(key, value);

	buf_adds(b, line);
}

/* The section of a target that is new, with the keys of @like. */
static char *new_section(const struct plan *p, const struct target_edit *t,
			 const char *like)
{
	static const char *const own[] = { "source",  "series",	  "required",
					   "retired", "fragment", NULL };
	_cleanup_strvec_ struct strvec skip = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	strvec_push_all(&skip, own);
	buf_addf(&b, "[target \"%s\"]\n", t->name);
	vec_each (s, t->sources)
		add_key(&b, "source", *s);
	if (t->required)
		add_key(&b, "required", "true");
	conf_text_keys(&p->text, conf_text_header(&p->text, "target", like), &skip, &b);
	return buf_take(&b);
}

/* The new text must say what was meant; the rules of carry.conf tell. */
static int finish(struct plan *p, struct target_change *out, struct err *e)
{
	struct conf *conf = NULL;
	int rc;

	buf_add_slice(&out->was, buf_slice(&p->text.text));
	conf_text_write(&p->text, &out->conf);
	rc = conf_parse(buf_slice(&out->conf), "carry.conf", &conf, e);
	conf_free(conf);
	/* The rest was read before: only what the person gave can be wrong. */
	if (rc == ERR_INPUT) {
		err_wrap(e, "carry.conf would be wrong");
		rc = e->code = ERR_USAGE;
	}
	return rc;
}

static int start_series(const struct plan *p, const char *from, const char *to,
			struct target_change *out, struct err *e)
{
	if (!has_dir(p, from))
		return err_set(e, ERR_NOTFOUND, "there is no series to start from: '%s'",
			       from);
	if (has_dir(p, to))
		return err_set(e, ERR_EXISTS, "'%s' exists already; is it needed?", to);
	out->copy_from = xstrdup(from);
	out->copy_to = xstrdup(to);
	strvec_pushf(&out->steps, "%s/ starts as a copy of %s/", to, from);
	return 0;
}

int target_plan_add(const char *top, const struct target_edit *t,
		    struct target_change *out, struct err *e)
{
	_cleanup_plan_ struct plan p;
	_cleanup_free_ char *section = NULL, *dir = NULL, *block = NULL;
	const struct conf_target *like;
	int rc = plan_open(&p, top, e);

	*out = (struct target_change){ 0 };
	if (!rc)
		rc = check_name(t->name, e);
	if (!rc)
		rc = check_sources(t, e);
	if (rc)
		return rc;
	if (conf_target(p.conf, t->name))
		return err_set(e, ERR_EXISTS, "target '%s' is in carry.conf already",
			       t->name);
	rc = known(&p, t->like ? t->like : p.conf->newest, &like, e);
	if (rc)
		return rc;
	dir = path_join(BACKPORTS, t->name);
	if (has_dir(&p, dir))
		strvec_pushf(&out->steps, "%s/ is there already and is kept", dir);
	else
		rc = start_series(&p, like->series, dir, out, e);
	if (rc)
		return rc;
	section = new_section(&p, t, like->name);
	block = xasprintf("\n%s", section);
	conf_text_insert(
		&p.text,
		conf_text_end(&p.text, conf_text_header(&p.text, "target", like->name)),
		block);
	strvec_pushf(&out->steps, "carry.conf has a target '%s' with the keys of '%s'",
		     t->name, like->name);
	return finish(&p, out, e);
}

/* The target becomes the newest by name; nothing else of it changes. */
static void set_newest(struct conf_text *t, const char *name)
{
	conf_text_set(t, conf_text_header(t, "carry", NULL), "newest", name);
}

/* It stands in front of the old newest, a line apart. */
static void insert_newest(struct plan *p, const struct target_edit *t)
{
	unsigned header = conf_text_header(&p->text, "target", p->conf->newest);
	_cleanup_free_ char *section = new_section(p, t, p->conf->newest);
	_cleanup_free_ char *block = xasprintf("%s\n", section);

	conf_text_insert(&p->text, conf_text_begin(&p->text, header), block);
}

/*
 * The line has a series of its own, which moves to series/. As long as it has
 * not moved, carry.conf must say that it is still where it was.
 */
static int move_series(const struct plan *p, const struct conf_target *t,
		       struct target_change *out, struct err *e)
{
	_cleanup_free_ char *own = path_join(BACKPORTS, t->name);
	struct conf_text first;
	int rc;

	if (strcmp(t->series, own))
		return err_set(
			e, ERR_USAGE,
			"the series of '%s' is set to '%s' by hand: move it by hand too",
			t->name, t->series);
	rc = conf_text_read(p->path, &first, e);
	if (!rc) {
		set_newest(&first, t->name);
		conf_text_set(&first, conf_text_header(&first, "target", t->name),
			      "series", own);
		conf_text_write(&first, &out->conf_first);
		out->move_from = xstrdup(own);
		strvec_pushf(&out->steps, "%s/ becomes " SERIES "/", own);
	}
	conf_text_release(&first);
	return rc;
}

static int plan_newest(struct plan *p, const struct target_edit *t,
		       struct target_change *out, struct err *e)
{
	const struct conf_target *old, *is = conf_target(p->conf, t->name);
	_cleanup_free_ char *dir = path_join(BACKPORTS, p->conf->newest);
	int rc = known(p, p->conf->newest, &old, e);

	if (rc)
		return rc;
	if (strcmp(old->series, SERIES))
		return err_set(
			e, ERR_USAGE,
			"the series of '%s' is set to '%s' by hand: move it by hand too",
			old->name, old->series);
	if (is && is->retired)
		return err_set(e, ERR_USAGE, "target '%s' is retired", t->name);
	if (is && t->sources && t->sources->n)
		return err_set(e, ERR_USAGE, "target '%s' has its sources already",
			       t->name);
	rc = start_series(p, SERIES, dir, out, e);
	if (!rc && is && strcmp(is->series, SERIES) && has_dir(p, is->series))
		return move_series(p, is, out, e);
	if (!rc)
		strvec_pushf(&out->steps, SERIES "/ goes on as the series of '%s'",
			     t->name);
	return rc;
}

int target_plan_promote(const char *top, const struct target_edit *t,
			struct target_change *out, struct err *e)
{
	_cleanup_plan_ struct plan p;
	int rc = plan_open(&p, top, e);
	bool is_new;

	*out = (struct target_change){ 0 };
	if (!rc)
		rc = check_name(t->name, e);
	if (rc)
		return rc;
	if (!strcmp(p.conf->newest, t->name))
		return err_set(e, ERR_USAGE, "target '%s' is the newest already",
			       t->name);
	is_new = !conf_target(p.conf, t->name);
	if (is_new)
		rc = check_sources(t, e);
	if (!rc)
		rc = plan_newest(&p, t, out, e);
	if (rc)
		return rc;
	if (is_new)
		insert_newest(&p, t);
	set_newest(&p.text, t->name);
	strvec_pushf(&out->steps, "carry.conf: the newest line is '%s', no longer '%s'",
		     t->name, p.conf->newest);
	return finish(&p, out, e);
}

int target_plan_retire(const char *top, const char *name, struct target_change *out,
		       struct err *e)
{
	_cleanup_plan_ struct plan p;
	const struct conf_target *t;
	int rc = plan_open(&p, top, e);
	unsigned header;

	*out = (struct target_change){ 0 };
	if (!rc)
		rc = known(&p, name, &t, e);
	if (rc)
		return rc;
	if (!strcmp(name, p.conf->newest))
		return err_set(e, ERR_USAGE,
			       "'%s' is the newest line: promote another one first",
			       name);
	if (t->retired)
		return err_set(e, ERR_USAGE, "target '%s' is retired already", name);
	header = conf_text_header(&p.text, "target", name);
	if (t->required)
		conf_text_set(&p.text, header, "required", "false");
	conf_text_set(&p.text, header, "retired", "true");
	strvec_pushf(&out->steps, "carry.conf: target '%s' is retired; %s/ stays", name,
		     t->series);
	return finish(&p, out, e);
}

static int copy_tree(const char *from, const char *to, unsigned depth, struct err *e);

static int copy_entry(const char *from, const char *to, const char *name, unsigned depth,
		      struct err *e)
{
	_cleanup_free_ char *src = path_join(from, name), *dst = path_join(to, name);
	_cleanup_buf_ struct buf data = BUF_INIT;
	struct stat st;
	int rc;

	if (lstat(src, &st))
		return err_sys(e, errno, "cannot look at '%s'", src);
	if (S_ISDIR(st.st_mode))
		return copy_tree(src, dst, depth + 1, e);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_UNSAFE, "cannot copy '%s': not a file", src);
	rc = fsx_read(src, &data, e);
	return rc ? rc : fsx_publish(dst, buf_slice(&data), e);
}

static int copy_tree(const char *from, const char *to, unsigned depth, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(from, &names, e);

	if (!rc && depth > MAX_DEPTH)
		return err_set(e, ERR_LIMIT, "cannot copy '%s': too deep", from);
	if (!rc)
		rc = fsx_mkdirs(to, e);
	vec_each (name, &names) {
		if (rc)
			return rc;
		rc = copy_entry(from, to, *name, depth, e);
	}
	return rc;
}

static int rename_dir(const char *from, const char *to, struct err *e)
{
	if (rename(from, to))
		return err_sys(e, errno, "cannot rename '%s' to '%s'", from, to);
	return 0;
}

/* A copy of @from in a new directory beside @to, its path in *aside, locked in @held. */
static int copy_aside(const char *from, const char *to, char **aside,
		      struct fsx_lock *held, struct err *e)
{
	_cleanup_free_ char *parent = xstrdup(to);
	int rc;

	*strrchr(parent, '/') = '\0';
	rc = fsx_workdir(parent, ".carry-new", aside, held, e);
	if (!rc && chmod(*aside, 0755))
		rc = err_sys(e, errno, "cannot set the mode of '%s'", *aside);
	return rc ? rc : copy_tree(from, *aside, 0, e);
}

/* What @aside holds is not needed: what went wrong before is what counts. */
static void drop(const char *aside)
{
	struct err ignored;

	if (aside && fsx_remove(aside, &ignored))
		return;
}

static int copy_series(const char *top, const char *from, const char *to, struct err *e)
{
	_cleanup_free_ char *src = path_join(top, from), *dst = path_join(top, to);
	_cleanup_free_ char *aside = NULL;
	struct fsx_lock held = FSX_LOCK_INIT;
	int rc = copy_aside(src, dst, &aside, &held, e);

	if (!rc)
		rc = rename_dir(aside, dst, e);
	if (rc)
		drop(aside);
	fsx_unlock(&held);
	return rc;
}

/*
 * series/ becomes a copy of @from; what it held has its own place by now. All is
 * written before the old one goes, so that only the renaming is left to fail.
 */
static int replace_series(const char *top, const char *from, struct err *e)
{
	_cleanup_free_ char *src = path_join(top, from), *dst = path_join(top, SERIES);
	_cleanup_free_ char *aside = NULL;
	struct fsx_lock held = FSX_LOCK_INIT;
	int rc = copy_aside(src, dst, &aside, &held, e);

	if (rc)
		drop(aside);
	else
		rc = fsx_remove(dst, e);
	if (!rc)
		rc = rename_dir(aside, dst, e);
	fsx_unlock(&held);
	return rc;
}

/* carry.conf may have been edited between planning and now. */
static int check_unchanged(const char *path, const struct target_change *c, struct err *e)
{
	struct conf_text now;
	int rc = conf_text_read(path, &now, e);

	if (!rc && !slice_eq(buf_slice(&now.text), buf_slice(&c->was)))
		rc = err_set(e, ERR_CONFLICT, "'%s' was changed meanwhile: try again",
			     path);
	conf_text_release(&now);
	return rc;
}

static int apply_locked(const char *top, const struct target_change *c, struct err *e)
{
	_cleanup_free_ char *conf = path_join(top, "carry.conf"), *moved = NULL;
	int rc = check_unchanged(conf, c, e);

	if (!rc && c->copy_to)
		rc = copy_series(top, c->copy_from, c->copy_to, e);
	if (!rc && c->move_from) {
		rc = fsx_publish(conf, buf_slice(&c->conf_first), e);
		if (!rc)
			rc = replace_series(top, c->move_from, e);
	}
	if (!rc)
		rc = fsx_publish(conf, buf_slice(&c->conf), e);
	if (rc || !c->move_from)
		return rc;
	moved = path_join(top, c->move_from);
	return fsx_remove(moved, e);
}

int target_change_apply(const char *top, const struct target_change *c, struct err *e)
{
	_cleanup_free_ char *state = path_join(top, ".carry/state");
	_cleanup_free_ char *path = path_join(state, "target.lock");
	struct fsx_lock lock = FSX_LOCK_INIT;
	int rc = fsx_mkdirs(state, e);

	if (!rc)
		rc = fsx_lock(&lock, path, true, e);
	if (rc)
		return rc;
	rc = apply_locked(top, c, e);
	fsx_unlock(&lock);
	return rc;
}

void target_change_release(struct target_change *c)
{
	buf_release(&c->was);
	buf_release(&c->conf);
	buf_release(&c->conf_first);
	free(c->copy_from);
	free(c->copy_to);
	free(c->move_from);
	strvec_release(&c->steps);
	*c = (struct target_change){ 0 };
}
