// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/send_repo.h"

#include <stdio.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "engine/tree_apply.h"

int send_git(const char *dir, const char *const *args, const char *const *env,
	     struct slice input, struct buf *out, struct err *e)
{
	static const char *const quiet[] = { "GIT_CONFIG_NOSYSTEM=1",
					     "GIT_CONFIG_GLOBAL=/dev/null", NULL };
	_cleanup_strvec_ struct strvec argv = { 0 }, all = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct proc_spec ps = { .input = input, .max_output = 256 << 20 };
	int rc;

	strvec_push_all(&argv, (const char *const[]){ "git", "-C", dir, NULL });
	strvec_push_all(&argv, args);
	strvec_push_all(&all, quiet);
	if (env)
		strvec_push_all(&all, env);
	ps.argv = (const char *const *)argv.v;
	ps.env = (const char *const *)all.v;
	rc = proc_check(&ps, &r, e);
	if (!rc && out)
		buf_add_slice(out, buf_slice(&r.out));
	return rc;
}

/* The one line that git prints, as an id. */
static int git_id(const char *dir, const char *const *args, const char *const *env,
		  struct slice input, char id[static OID_HEX], struct err *e)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct slice line;
	int rc = send_git(dir, args, env, input, &out, e);

	if (rc)
		return rc;
	line = slice_trim(buf_slice(&out));
	if (line.n != OID_HEX - 1)
		return err_set(e, ERR_TOOL, "git %s printed no id", args[0]);
	memcpy(id, line.p, line.n);
	id[line.n] = '\0';
	return 0;
}

/* Who a commit is by; author "" stands for the committer. */
static int commit(const char *dir, const char *tree, const char *parent,
		  const struct send_patch *by, const struct identity *me,
		  struct slice message, char id[static OID_HEX], struct err *e)
{
	const char *args[] = { "commit-tree", tree, "-F", "-", NULL, NULL, NULL };
	_cleanup_strvec_ struct strvec env = { 0 };
	bool known = by && *by->mail;

	if (parent) {
		args[4] = "-p";
		args[5] = parent;
	}
	strvec_pushf(&env, "GIT_COMMITTER_NAME=%s", me->name);
	strvec_pushf(&env, "GIT_COMMITTER_EMAIL=%s", me->mail);
	strvec_pushf(&env, "GIT_AUTHOR_NAME=%s", known ? by->author : me->name);
	strvec_pushf(&env, "GIT_AUTHOR_EMAIL=%s", known ? by->mail : me->mail);
	if (known && *by->date)
		strvec_pushf(&env, "GIT_AUTHOR_DATE=%s", by->date);
	return git_id(dir, args, (const char *const *)env.v, message, id, e);
}

/* The tree that one patch makes of @base. */
static int apply_one(struct store *store, const char *base,
		     const struct variant_series *series, size_t i,
		     char tree[static OID_HEX], struct err *e)
{
	const struct patch *patch = series->patches[i];
	struct apply_policy policy = APPLY_POLICY_INIT;
	_cleanup_apply_result_ struct apply_result *r = NULL;
	_cleanup_buf_ struct buf why = BUF_INIT;
	int rc = tree_apply(store, base, &patch, &series->reverse[i], 1, &policy, &r, tree, e);

	if (rc || r->patches[0].answer == ANSWER_APPLIES)
		return rc;
	apply_explain(&r->patches[0], &why);
	return err_set(e, ERR_CONFLICT, "%s does not apply: %s\n%s",
		       series->series->entries.v[i].name,
		       apply_answer_name(r->patches[0].answer), buf_str(&why));
}

/* Commits of the patches on @head, which moves along; @tree likewise. */
static int add_commits(const char *dir, const struct send *s,
		       const struct variant_series *series, struct store *store,
		       const struct identity *me, char head[static OID_HEX],
		       char tree[static OID_HEX], struct err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < series->n; i++) {
		const struct send_patch *p = &s->patches.v[i];

		rc = apply_one(store, tree, series, i, tree, e);
		if (!rc)
			rc = commit(dir, tree, head, p, me, p->message, head, e);
	}
	return rc;
}

static int borrow_objects(const char *dir, const char *cache, bool shallow, struct err *e)
{
	_cleanup_free_ char *line = xasprintf("%s/store.git/objects\n", cache),
			    *to = path_join(dir, ".git/objects/info/alternates"),
			    *from = path_join(cache, "store.git/shallow"),
			    *mine = path_join(dir, ".git/shallow");
	_cleanup_buf_ struct buf b = BUF_INIT;
	int rc = fsx_publish(to, slice_str(line), e);

	if (rc || !shallow || !fsx_exists(from))
		return rc;
	rc = fsx_read(from, &b, e);
	return rc ? rc : fsx_publish(mine, buf_slice(&b), e);
}

static int make_base(struct send_repo *r, const struct base *base,
		     const struct identity *me, struct err *e)
{
	_cleanup_free_ char *message = xasprintf("%s\n", base->provenance);

	if (!r->public_base)
		return commit(r->dir, base->tree, NULL, NULL, me, slice_str(message),
			      r->base, e);
	snprintf(r->base, sizeof(r->base), "%s", base->version);
	return 0;
}

/* Paths whose files git and b4 look at, or that moving the branch touches. */
static int write_sparse(struct send_repo *r, struct err *e)
{
	const char *args[] = { "diff",	"--name-only", "--no-renames", "-z", r->base,
			       r->head, NULL };
	_cleanup_free_ char *path = path_join(r->dir, ".git/info/sparse-checkout");
	_cleanup_buf_ struct buf names = BUF_INIT, out = BUF_INIT;
	struct slice rest, name;
	int rc = send_git(r->dir, args, NULL, (struct slice){ 0 }, &names, e);

	if (rc)
		return rc;
	buf_adds(&out, "/Kconfig\n/.mailmap\n/.b4-config\n");
	rest = buf_slice(&names);
	while (slice_split(&rest, '\0', &name)) {
		buf_addc(&out, '/');
		for (size_t i = 0; i < name.n; i++) {
			if (strchr("*?[]\\!# ", name.p[i]))
				buf_addc(&out, '\\');
			buf_addc(&out, name.p[i]);
		}
		buf_addc(&out, '\n');
	}
	return fsx_publish(path, buf_slice(&out), e);
}

static int check_out(struct send_repo *r, struct err *e)
{
	const char *ref[] = { "update-ref", "refs/heads/" SEND_BRANCH, r->head, NULL };
	const char *head[] = { "symbolic-ref", "HEAD", "refs/heads/" SEND_BRANCH, NULL };
	const char *sparse[] = { "config", "core.sparseCheckout", "true", NULL };
	const char *read[] = { "read-tree", "-m", "-u", "HEAD", NULL };
	const char *const *const steps[] = { ref, head, sparse, read };
	int rc = write_sparse(r, e);

	for (size_t i = 0; !rc && i < ARRAY_SIZE(steps); i++)
		rc = send_git(r->dir, steps[i], NULL, (struct slice){ 0 }, NULL, e);
	return rc;
}

static int start(struct send_repo *r, const char *cache, struct err *e)
{
	const char *init[] = { "init", "-q", "--template=", NULL };
	_cleanup_free_ char *parent = path_join(cache, SEND_PLACE);
	_cleanup_free_ char *info = NULL, *objects = NULL;
	int rc = fsx_tmpdir(parent, "branch", &r->dir, e);

	if (!rc)
		rc = send_git(r->dir, init, NULL, (struct slice){ 0 }, NULL, e);
	if (rc)
		return rc;
	info = path_join(r->dir, ".git/info");
	objects = path_join(r->dir, ".git/objects/info");
	rc = fsx_mkdirs(info, e);
	if (!rc)
		rc = fsx_mkdirs(objects, e);
	return rc ? rc : borrow_objects(r->dir, cache, r->public_base, e);
}

int send_repo_make(struct send_repo *r, const struct send *s,
		   const struct variant_series *series, struct store *store,
		   const struct base *base, const struct identity *me, struct err *e)
{
	_cleanup_buf_ struct buf cover = BUF_INIT;
	int rc;

	*r = (struct send_repo){ 0 };
	r->public_base = !strncmp(base->source, "git ", 4) &&
			 strlen(base->version) == OID_HEX - 1 &&
			 store_has(store, base->version);
	snprintf(r->tree, sizeof(r->tree), "%s", base->tree);
	send_cover_message(s, &cover);
	rc = start(r, store_cache(store), e);
	if (!rc)
		rc = make_base(r, base, me, e);
	if (!rc)
		rc = commit(r->dir, r->tree, r->base, NULL, me, buf_slice(&cover),
			    r->head, e);
	if (!rc)
		rc = add_commits(r->dir, s, series, store, me, r->head, r->tree, e);
	return rc ? rc : check_out(r, e);
}

/* What the version sent last stood on, when the store has that; else today's base. */
static int old_base(const struct send_repo *r, const struct sent_version *last,
		    struct store *store, char base[static OID_HEX],
		    char tree[static OID_HEX], struct err *e)
{
	_cleanup_free_ char *spec = NULL;
	const char *args[] = { "rev-parse", "--verify", NULL, NULL };

	if (r->public_base && last->base && store_has(store, last->base))
		snprintf(base, OID_HEX, "%s", last->base);
	else
		snprintf(base, OID_HEX, "%s", r->base);
	spec = xasprintf("%s^{tree}", base);
	args[2] = spec;
	return git_id(r->dir, args, NULL, (struct slice){ 0 }, tree, e);
}

/* Its commits, on @head, which moves along. */
static int old_commits(struct send_repo *r, const struct variant_series *series,
		       struct store *store, const struct identity *me,
		       char tree[static OID_HEX], char head[static OID_HEX],
		       struct err *e)
{
	struct send_request req = {
		.series = series, .me = me, .target = "old", .newest = true
	};
	struct send old;
	int rc = send_read(&req, &old, e);

	if (!rc)
		rc = add_commits(r->dir, &old, series, store, me, head, tree, e);
	send_release(&old);
	return rc;
}

int send_repo_range_diff(struct send_repo *r, const struct send *s,
			 const struct variant_series *series, struct store *store,
			 const struct identity *me, struct buf *out, struct err *e)
{
	const struct sent_version *last = sent_last(&s->sent);
	_cleanup_free_ char *dir = NULL, *was = NULL, *now = NULL;
	const char *args[] = { "range-diff", "--no-color", NULL, NULL, NULL };
	struct variant_series *v = NULL;
	struct conf_target as = { .name = s->target };
	char base[OID_HEX], head[OID_HEX], tree[OID_HEX];
	int rc;

	if (!last)
		return 0;
	dir = xasprintf("%s/" SENT_DIR "/v%u", series->dir, last->revision);
	as.series = dir;
	rc = old_base(r, last, store, base, tree, e);
	memcpy(head, base, OID_HEX);
	if (!rc)
		rc = variant_load("/", &as, &v, e);
	if (!rc)
		rc = old_commits(r, v, store, me, tree, head, e);
	variant_free(v);
	if (rc)
		return err_wrap(e, "v%u", last->revision);
	was = xasprintf("%s..%s", base, head);
	/* The cover commit changes nothing and would show as one more. */
	now = xasprintf("%s~%zu..%s", r->head, series->n, r->head);
	args[2] = was;
	args[3] = now;
	return send_git(r->dir, args, NULL, (struct slice){ 0 }, out, e);
}

#define NOTE "branch"
/* In the repository: a cache may be shared by some who do not see each other's notes. */
#define MARK ".git/carry-begun"

int send_repo_remember(const struct send_repo *r, const char *keep, struct err *e)
{
	_cleanup_free_ char *note = path_join(keep, NOTE),
			    *mark = path_join(r->dir, MARK);
	int rc = fsx_publish(mark, slice_str(note), e);

	if (!rc)
		rc = fsx_mkdirs(keep, e);
	return rc ? rc : fsx_publish(note, slice_str(r->dir), e);
}

char *send_repo_left(const char *keep)
{
	_cleanup_free_ char *note = path_join(keep, NOTE);
	_cleanup_buf_ struct buf dir = BUF_INIT;
	struct err ignored = { 0 };

	if (!fsx_exists(note) || fsx_read(note, &dir, &ignored) ||
	    !fsx_is_dir(buf_str(&dir)))
		return NULL;
	return xstrdup(buf_str(&dir));
}

int send_repo_forget(const char *keep, struct err *e)
{
	_cleanup_free_ char *note = path_join(keep, NOTE), *dir = send_repo_left(keep);
	int rc = dir ? fsx_remove(dir, e) : 0;

	return rc ? rc : fsx_remove(note, e);
}

int send_repo_leftover(const char *cache, struct strvec *paths, struct err *e)
{
	_cleanup_free_ char *place = path_join(cache, SEND_PLACE);
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_is_dir(place) ? fsx_list(place, &names, e) : 0;

	vec_each (name, &names) {
		_cleanup_free_ char *dir = path_join(place, *name),
				    *mark = path_join(dir, MARK);

		if (!fsx_exists(mark))
			strvec_push(paths, dir);
	}
	return rc;
}

void send_repo_release(struct send_repo *r)
{
	struct err ignored = { 0 };

	if (r->dir && fsx_remove(r->dir, &ignored))
		err_clear(&ignored);
	free(r->dir);
	*r = (struct send_repo){ 0 };
}
