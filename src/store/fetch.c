// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/hash.h"
#include "store/apt.h"
#include "store/fetch_url.h"
#include "store/import.h"

/* A pool sometimes lacks the file of a version that its lists still have. */
#define VERSIONS_TRIED 4

struct fetch {
	struct store *s;
	const struct conf *c;
	struct fetch_opts o;
	struct fsx_lock lock;
	char *top; /* of the repository: what relative paths start from */
	char *apt; /* directory of apt's files */
	enum { APT_NEW, APT_READY, APT_FAILED } apt_state;
	struct err apt_err;
};

/* One try of one source; fills @b when it serves. */
struct attempt {
	struct fetch *f;
	const struct conf_target *t;
	const struct conf_source *src;
	const struct base *old; /* what is recorded, or NULL */
	struct base *b;
	bool same; /* the old base is still the newest: nothing was imported */
};

static int wait_for_lock(struct fetch *f, struct err *e)
{
	_cleanup_free_ char *path = path_join(store_cache(f->s), "fetch.lock");
	bool said = false;
	int rc;

	while ((rc = fsx_lock(&f->lock, path, true, e)) == ERR_EXISTS) {
		if (!said)
			log_msg(f->o.sink, LOG_INFO, "waiting for another fetch to end");
		said = true;
		if (f->o.cancel && atomic_load(f->o.cancel))
			return err_set(e, ERR_CANCELLED, "interrupted");
		usleep(200000);
	}
	return rc;
}

int fetch_open(struct store *s, const struct conf *c, const struct fetch_opts *o,
	       struct fetch **out, struct err *e)
{
	struct fetch *f = xcalloc(1, sizeof(*f));
	const char *slash = strrchr(c->path, '/');
	char *cache;
	int rc;

	f->s = s;
	f->c = c;
	f->o = *o;
	f->lock = (struct fsx_lock)FSX_LOCK_INIT;
	f->top = slash ? xmemdupz(c->path, (size_t)(slash - c->path) + 1) : xstrdup("");
	cache = realpath(store_cache(s), NULL);
	f->apt = path_join(cache ? cache : store_cache(s), "apt");
	free(cache);
	rc = wait_for_lock(f, e);
	if (rc)
		fetch_close(f);
	else
		*out = f;
	return rc;
}

void fetch_close(struct fetch *f)
{
	if (!f)
		return;
	fsx_unlock(&f->lock);
	free(f->top);
	free(f->apt);
	free(f);
}

/* Once a session. Only the suites that are named, when every source names one. */
static int apt_ready(struct fetch *f, struct err *e)
{
	_cleanup_strvec_ struct strvec suites = { 0 };
	struct apt_opts ao = { f->o.sink, f->o.cancel };
	bool all = false;

	if (f->apt_state == APT_FAILED)
		*e = f->apt_err;
	if (f->apt_state != APT_NEW)
		return f->apt_state == APT_READY ? 0 : e->code;
	vec_each (t, &f->c->targets) {
		vec_each (src, &t->sources) {
			if (src->kind != SOURCE_DEBIAN)
				continue;
			all = all || !src->ref;
			if (src->ref && !strvec_has(&suites, src->ref))
				strvec_push(&suites, src->ref);
		}
	}
	if (apt_update(f->apt, all, &suites, &ao, e)) {
		f->apt_state = APT_FAILED;
		f->apt_err = *e;
		return e->code;
	}
	f->apt_state = APT_READY;
	return 0;
}

static struct import_opts import_opts(const struct attempt *a, const char *label)
{
	return (struct import_opts){ .label = label,
				     .sink = a->f->o.sink,
				     .cancel = a->f->o.cancel };
}

/* Whether the recorded base is that version of this source already. */
static bool is_recorded(const struct attempt *a, const char *version)
{
	return a->old && !strcmp(a->old->version, version) &&
	       !strcmp(a->old->source, a->b->source) && store_has(a->f->s, a->old->tree);
}

static int import_file(struct attempt *a, const char *path, struct err *e)
{
	_cleanup_free_ char *label = xasprintf("import %s", a->t->name);
	struct import_opts o = import_opts(a, label);
	char tree[OID_HEX];
	int rc = import_archive(a->f->s, path, &o, tree, e);

	if (!rc)
		a->b->tree = xstrdup(tree);
	return rc;
}

static int take_version(struct attempt *a, const char *version, struct err *e)
{
	struct apt_opts ao = { a->f->o.sink, a->f->o.cancel };
	_cleanup_free_ char *path = NULL;
	struct err ignored;
	int rc;

	if (is_recorded(a, version)) {
		a->same = true;
		return 0;
	}
	rc = apt_download(a->f->apt, a->src->where, version, &ao, &path, e);
	if (rc)
		return rc;
	rc = import_file(a, path, e);
	if (fsx_remove(path, &ignored))
		log_msg(a->f->o.sink, LOG_WARN, "%s", ignored.msg);
	a->b->version = xstrdup(version);
	a->b->provenance = xasprintf("debian %s", version);
	return rc;
}

static int try_debian(struct attempt *a, struct err *e)
{
	_cleanup_(apt_versions_release) struct apt_versions v = { 0 };
	int rc = apt_ready(a->f, e);

	if (!rc)
		rc = apt_versions(a->f->apt, a->src->where, a->src->ref, &v, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < v.list.n && i < VERSIONS_TRIED; i++) {
		rc = take_version(a, v.list.v[i].version, e);
		if (rc != ERR_UNAVAILABLE)
			return rc;
		log_msg(a->f->o.sink, LOG_WARN, "%s: %s", a->t->name, e->msg);
	}
	return rc;
}

/* "6.1.192" for a tag v6.1.192; "7.4-rc1", without the ".0", for a v7.4-rc1. */
static char *tag_version(const char *kernel)
{
	struct slice k = slice_str(kernel ? kernel : ""), part;
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice rest = k;

	for (int i = 0; i < 2 && slice_split(&rest, '.', &part); i++)
		buf_addf(&b, "%s%.*s", i ? "." : "", SLICE_ARG(part));
	if (rest.n && rest.p[0] == '0' && (rest.n == 1 || rest.p[1] == '-'))
		buf_add(&b, rest.p + 1, rest.n - 1);
	else if (rest.n)
		buf_addf(&b, ".%.*s", SLICE_ARG(rest));
	return buf_take(&b);
}

/*
 * A release is called so only when it is one for sure: the commit that makes the
 * release, in the repository where releases are made.
 */
static char *git_provenance(const struct attempt *a, const struct import_commit *c,
			    const char *kernel)
{
	static const struct {
		const char *url, *name;
	} homes[] = {
		{ "/pub/scm/linux/kernel/git/stable/linux.git", "stable" },
		{ "/pub/scm/linux/kernel/git/torvalds/linux.git", "mainline" },
	};
	_cleanup_free_ char *version = tag_version(kernel);
	_cleanup_free_ char *subject = xasprintf("Linux %s", version);

	for (size_t i = 0; kernel && i < ARRAY_SIZE(homes); i++) {
		if (slice_starts(slice_str(a->src->where), "https://git.kernel.org/") &&
		    slice_ends(slice_str(a->src->where), homes[i].url) &&
		    !strcmp(subject, c->subject))
			return xasprintf("%s v%s", homes[i].name, version);
	}
	return xasprintf("git %.12s (%s)", c->id, a->src->ref);
}

static char *kernel_of(const struct attempt *a, const char *tree)
{
	_cleanup_buf_ struct buf makefile = BUF_INIT;
	struct err ignored;

	if (store_blob(a->f->s, tree, "Makefile", &makefile, NULL, &ignored))
		return NULL;
	return base_kernel_version(buf_slice(&makefile));
}

/* A relative path starts from the repository's top; a URL is left alone. */
static char *local_path(const struct attempt *a)
{
	const char *colon = strchr(a->src->where, ':');
	const char *slash = strchr(a->src->where, '/');

	if (colon && (!slash || colon < slash))
		return xstrdup(a->src->where);
	return path_join(a->f->top, a->src->where);
}

static int try_git(struct attempt *a, struct err *e)
{
	_cleanup_free_ char *label = xasprintf("fetch %s", a->t->name);
	_cleanup_free_ char *where = local_path(a);
	_cleanup_free_ char *kernel = NULL;
	struct import_opts o = import_opts(a, label);
	struct import_commit c;
	int rc = import_git(a->f->s, where, a->src->ref, a->t->name, &o, &c, e);

	if (rc)
		return rc;
	a->same = is_recorded(a, c.id);
	kernel = kernel_of(a, c.tree);
	a->b->tree = xstrdup(c.tree);
	a->b->version = xstrdup(c.id);
	a->b->provenance = git_provenance(a, &c, kernel);
	return 0;
}

static int check_sum(const struct attempt *a, const char *path,
		     char sum[static SHA256_HEX], struct err *e)
{
	int rc = sha256_file(path, sum, e);

	if (rc || !a->src->sha256 || !strcmp(a->src->sha256, sum))
		return rc;
	return err_set(e, ERR_UNSAFE,
		       "its sha256 is %s, not the one that carry.conf gives", sum);
}

static int take_tarball(struct attempt *a, const char *path, struct err *e)
{
	const char *slash = strrchr(a->src->where, '/');
	char sum[SHA256_HEX];
	int rc = check_sum(a, path, sum, e);

	if (rc)
		return rc;
	if (is_recorded(a, sum)) {
		a->same = true;
		return 0;
	}
	a->b->version = xstrdup(sum);
	a->b->provenance = xasprintf("tarball %s sha256:%.12s",
				     slash ? slash + 1 : a->src->where, sum);
	return import_file(a, path, e);
}

static int try_tarball(struct attempt *a, struct err *e)
{
	_cleanup_free_ char *local = local_path(a);
	_cleanup_free_ char *path = NULL;
	struct err ignored;
	int rc;

	if (!strstr(a->src->where, "://"))
		return take_tarball(a, local, e);
	rc = fetch_url(store_cache(a->f->s), a->src->where, a->f->o.sink, a->f->o.cancel,
		       &path, e);
	if (rc)
		return rc;
	rc = take_tarball(a, path, e);
	if (fsx_remove(path, &ignored))
		log_msg(a->f->o.sink, LOG_WARN, "%s", ignored.msg);
	return rc;
}

static int try_dir(struct attempt *a, struct err *e)
{
	_cleanup_free_ char *label = xasprintf("import %s", a->t->name);
	_cleanup_free_ char *path = local_path(a);
	struct slice name = slice_str(a->src->where);
	struct import_opts o = import_opts(a, label);
	char tree[OID_HEX];
	int rc = import_dir(a->f->s, path, &o, tree, e);

	if (rc)
		return rc;
	while (name.n > 1 && name.p[name.n - 1] == '/')
		name.n--;
	for (size_t i = name.n; i > 0; i--) {
		if (name.p[i - 1] == '/' && i < name.n) {
			name = (struct slice){ name.p + i, name.n - i };
			break;
		}
	}
	a->same = is_recorded(a, tree);
	a->b->tree = xstrdup(tree);
	a->b->version = xstrdup(tree);
	a->b->provenance = xasprintf("dir %.*s", SLICE_ARG(name));
	return 0;
}

static int try_source(struct attempt *a, struct err *e)
{
	switch (a->src->kind) {
	case SOURCE_DEBIAN:
		return try_debian(a, e);
	case SOURCE_GIT:
		return try_git(a, e);
	case SOURCE_TARBALL:
		return try_tarball(a, e);
	case SOURCE_DIR:
		return try_dir(a, e);
	}
	BUG_ON("kind of source");
	return 0;
}

static char *time_now(void)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return xstrdup(text);
}

/* The tree is in the store: now it becomes the target's base. */
static int record(struct attempt *a, bool *moved, struct err *e)
{
	_cleanup_free_ char *name = xasprintf("bases/%s", a->t->name);
	struct base *b = a->b;
	int rc;

	*moved = !a->old || strcmp(a->old->tree, b->tree);
	b->kernel = kernel_of(a, b->tree);
	b->fetched = time_now();
	if (a->old && strcmp(a->old->provenance, b->provenance))
		b->was = xstrdup(a->old->provenance);
	else if (a->old && a->old->was)
		b->was = xstrdup(a->old->was);
	rc = store_keep(a->f->s, name, b->tree, e);
	return rc ? rc : base_save(store_cache(a->f->s), a->t->name, b, e);
}

/* Enough to tell the sources of one target apart; what failed names the rest. */
static char *short_name(const struct conf_source *src)
{
	switch (src->kind) {
	case SOURCE_GIT:
		return xasprintf("git %s", src->ref);
	case SOURCE_DEBIAN:
		return xasprintf("debian %s", src->where);
	default:
		return conf_source_text(src);
	}
}

/* Whether it is of use to go on with the next source. */
static bool may_go_on(int rc)
{
	return rc != ERR_CANCELLED && rc != ERR_IO && rc != ERR_INTERNAL;
}

/* The first source that serves; what the others said is put into @reasons. */
static int try_sources(struct attempt *a, struct buf *reasons, struct err *e)
{
	vec_each (src, &a->t->sources) {
		_cleanup_free_ char *name = short_name(src);
		int rc;

		a->src = src;
		a->b = xcalloc(1, sizeof(*a->b));
		a->b->source = conf_source_text(src);
		rc = try_source(a, e);
		if (!rc)
			return 0;
		buf_addf(reasons, "%s%s: %s", reasons->len ? "; " : "", name, e->msg);
		base_free(TAKE(a->b));
		if (!may_go_on(rc))
			return err_wrap(e, "%s", a->t->name);
	}
	return err_set(e, ERR_UNAVAILABLE, "no source of %s serves: %s", a->t->name,
		       reasons->len ? reasons->data : "it has none");
}

int fetch_target(struct fetch *f, const struct conf_target *t, struct base **out,
		 bool *moved, struct err *e)
{
	_cleanup_buf_ struct buf reasons = BUF_INIT;
	struct attempt a = { .f = f, .t = t };
	struct base *old = NULL;
	struct err ignored;
	int rc = 0;

	if (base_load(store_cache(f->s), t->name, &old, &ignored))
		old = NULL;
	a.old = old;
	rc = try_sources(&a, &reasons, e);
	if (!rc && reasons.len)
		log_msg(f->o.sink, LOG_WARN, "%s: %s", t->name, reasons.data);
	if (!rc && a.same) {
		*moved = false;
		*out = TAKE(old);
	} else if (!rc) {
		rc = record(&a, moved, e);
		if (!rc)
			*out = TAKE(a.b);
	}
	base_free(a.b);
	base_free(old);
	return rc;
}
