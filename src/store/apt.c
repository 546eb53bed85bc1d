// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/apt.h"

#include <errno.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "store/watch.h"

#define KEYRING_OPTION	 "Carry::Keyring"
#define UPDATE_TIMEOUT	 1200
#define DOWNLOAD_TIMEOUT 3600

/*
 * The suites that have kernels worth having, oldest first. A new release of
 * Debian adds its lines here; until then `source = debian PACKAGE SUITE` names it.
 */
static const char *const known_suites[] = {
	"bullseye",
	"bullseye-security",
	"bookworm",
	"bookworm-security",
	"bookworm-backports",
	"trixie",
	"trixie-security",
	"trixie-backports",
	"forky",
	"sid",
	"experimental",
};

/* What may stand in a machine's sources for one of Debian's own suites. */
static const char *const debian_names[] = {
	"bullseye",	"bookworm",  "trixie", "forky",	  "sid",      "experimental",
	"oldoldstable", "oldstable", "stable", "testing", "unstable",
};

struct archive {
	char *main, *security; /* URIs */
};

static void archive_release(struct archive *a)
{
	free(a->main);
	free(a->security);
}

/*
 * Runs a program of apt. The person's environment counts (a proxy), the
 * language does not; @dir's configuration is used when it is given.
 */
static int run_apt(const char *dir, const char *const *args, const char *cwd,
		   unsigned timeout, const atomic_bool *cancel, struct proc_result *r,
		   struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	struct proc_spec spec = {
		.inherit_env = true, .dir = cwd, .timeout_s = timeout, .cancel = cancel
	};
	int rc;

	strvec_push(&argv, "env");
	strvec_push(&argv, "LC_ALL=C");
	if (dir)
		strvec_pushf(&argv, "APT_CONFIG=%s/first.conf", dir);
	strvec_push_all(&argv, args);
	spec.argv = (const char *const *)argv.v;
	rc = proc_run(&spec, r, e);
	if (!rc && r->status == 127)
		return err_set(e, ERR_UNAVAILABLE, "this machine has no %s", args[0]);
	return rc;
}

/* The line of apt's messages that says what went wrong. */
static struct slice apt_words(const struct proc_result *r)
{
	struct slice rest = buf_slice(&r->err), line, best = { "", 0 };

	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (slice_starts(line, "E: ") || (!best.n && line.n))
			best = line;
	}
	if (best.n > 300)
		best.n = 300;
	return best;
}

/* "bookworm" of "bookworm-security" and "bookworm/updates". */
static bool is_debian_suite(struct slice suite)
{
	size_t n = 0;

	while (n < suite.n && suite.p[n] != '-' && suite.p[n] != '/')
		n++;
	for (size_t i = 0; i < ARRAY_SIZE(debian_names); i++) {
		if (slice_eqs((struct slice){ suite.p, n }, debian_names[i]))
			return true;
	}
	return false;
}

/* The place named as Debian names its own is taken before any other. */
static void prefer(char **have, struct slice uri, const char *tail)
{
	while (uri.n && uri.p[uri.n - 1] == '/')
		uri.n--;
	if (*have && (!slice_ends(uri, tail) || slice_ends(slice_str(*have), tail)))
		return;
	free(*have);
	*have = xmemdupz(uri.p, uri.n);
}

/* Each of the two stands beside the other on every mirror. */
static void complete(struct archive *a)
{
	static const char tail[] = "-security";

	if (a->main && !a->security && slice_ends(slice_str(a->main), "/debian"))
		a->security = xasprintf("%s%s", a->main, tail);
	if (a->security && !a->main &&
	    slice_ends(slice_str(a->security), "/debian-security"))
		a->main = xmemdupz(a->security, strlen(a->security) - strlen(tail));
}

/* Where the machine's own sources have Debian's archive. */
static int find_archive(struct archive *a, const struct apt_opts *o, struct err *e)
{
	static const char *const args[] = {
		"apt-get",
		"indextargets",
		"--no-release-info",
		"--format",
		"$(REPO_URI) $(RELEASE) $(COMPONENT)",
		"Created-By: Packages",
		NULL,
	};
	_cleanup_proc_ struct proc_result r = { 0 };
	struct slice rest, line, uri, suite;
	int rc = run_apt(NULL, args, NULL, 60, o->cancel, &r, e);

	if (rc)
		return rc;
	rest = buf_slice(&r.out);
	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (!slice_ends(line, " main") || !slice_split(&line, ' ', &uri) ||
		    !slice_split(&line, ' ', &suite) || !is_debian_suite(suite))
			continue;
		if (slice_ends(suite, "-security") || slice_ends(suite, "/updates"))
			prefer(&a->security, uri, "/debian-security");
		else
			prefer(&a->main, uri, "/debian");
	}
	complete(a);
	if (a->main || a->security)
		return 0;
	return err_set(e, ERR_UNAVAILABLE,
		       "this machine's sources of packages have no archive of Debian");
}

/* Debian's, or the one that apt's configuration names for us. */
static int find_keyring(char **path, const struct apt_opts *o, struct err *e)
{
	static const char *const args[] = { "apt-config", "dump",	  "--format",
					    "%v%n",	  KEYRING_OPTION, NULL };
	static const char *const debian[] = {
		"/usr/share/keyrings/debian-archive-keyring.gpg",
		"/usr/share/keyrings/debian-archive-keyring.pgp",
	};
	_cleanup_proc_ struct proc_result r = { 0 };
	struct slice named;
	int rc = run_apt(NULL, args, NULL, 60, o->cancel, &r, e);

	if (rc)
		return rc;
	named = slice_trim(buf_slice(&r.out));
	if (named.n && named.p[0] == '/' && !memchr(named.p, '\n', named.n)) {
		*path = xmemdupz(named.p, named.n);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(debian); i++) {
		if (fsx_exists(debian[i])) {
			*path = xstrdup(debian[i]);
			return 0;
		}
	}
	return err_set(e, ERR_UNAVAILABLE,
		       "Debian's keys are missing; install debian-archive-keyring");
}

static void add_suite(struct buf *b, const struct archive *a, const char *keyring,
		      const char *suite)
{
	bool security = slice_ends(slice_str(suite), "-security") ||
			slice_ends(slice_str(suite), "/updates");
	const char *uri = security ? a->security : a->main;

	if (uri)
		buf_addf(b, "deb [signed-by=%s target=Packages lang=none] %s %s main\n",
			 keyring, uri, suite);
}

static int write_sources(const char *dir, bool all_known, const struct strvec *suites,
			 const struct apt_opts *o, struct err *e)
{
	_cleanup_(archive_release) struct archive a = { 0 };
	_cleanup_free_ char *path = path_join(dir, "sources.list");
	_cleanup_free_ char *keyring = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	int rc = find_archive(&a, o, e);

	if (!rc)
		rc = find_keyring(&keyring, o, e);
	if (rc)
		return rc;
	for (size_t i = 0; all_known && i < ARRAY_SIZE(known_suites); i++) {
		if (!strvec_has(suites, known_suites[i]))
			add_suite(&b, &a, keyring, known_suites[i]);
	}
	for (size_t i = 0; i < suites->n; i++)
		add_suite(&b, &a, keyring, suites->v[i]);
	return fsx_publish(path, buf_slice(&b), e);
}

/*
 * apt reads the file of APT_CONFIG, then the machine's parts, then the main
 * file: ours includes the machine's, so that its proxies count, drops commands
 * that it would run after an update, and puts everything below @dir.
 */
static int write_config(const char *dir, struct err *e)
{
	static const char machine[] = "/etc/apt/apt.conf";
	_cleanup_free_ char *first = path_join(dir, "first.conf");
	_cleanup_free_ char *main = path_join(dir, "main.conf");
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *person = getenv("APT_CONFIG");
	int rc;

	if (person && *person && !strpbrk(person, "\"\n"))
		buf_addf(&b, "#include \"%s\";\n", person);
	buf_addf(&b, "Dir::Etc::main \"%s\";\n", main);
	rc = fsx_publish(first, buf_slice(&b), e);
	if (rc)
		return rc;
	buf_clear(&b);
	if (fsx_exists(machine))
		buf_addf(&b, "#include \"%s\";\n", machine);
	buf_addf(&b,
		 "#clear APT::Update::Pre-Invoke;\n"
		 "#clear APT::Update::Post-Invoke;\n"
		 "#clear APT::Update::Post-Invoke-Success;\n"
		 "Dir::Etc::sourcelist \"%s/sources.list\";\n"
		 "Dir::Etc::sourceparts \"/dev/null\";\n"
		 "Dir::Etc::preferences \"/dev/null\";\n"
		 "Dir::Etc::preferencesparts \"/dev/null\";\n"
		 "Dir::State \"%s\";\n"
		 "Dir::State::Lists \"%s/lists\";\n"
		 "Dir::State::status \"%s/status\";\n"
		 "Dir::Cache \"%s/cache\";\n"
		 "Dir::Cache::archives \"archives\";\n"
		 "Dir::Cache::pkgcache \"pkgcache.bin\";\n"
		 "Dir::Cache::srcpkgcache \"\";\n"
		 "Acquire::GzipIndexes \"true\";\n"
		 "Acquire::Languages \"none\";\n"
		 "Acquire::Retries \"2\";\n"
		 "Acquire::http::Timeout \"30\";\n"
		 "Acquire::https::Timeout \"30\";\n",
		 dir, dir, dir, dir, dir);
	return fsx_publish(main, buf_slice(&b), e);
}

static int make_places(const char *dir, struct err *e)
{
	static const char *const places[] = { "lists/partial", "cache/archives/partial",
					      "download" };
	_cleanup_free_ char *status = path_join(dir, "status");
	int rc = 0;

	if (strpbrk(dir, "\"\n") || dir[0] != '/')
		return err_set(e, ERR_UNAVAILABLE, "apt cannot work in '%s'", dir);
	for (size_t i = 0; !rc && i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *path = path_join(dir, places[i]);

		rc = fsx_mkdirs(path, e);
	}
	return rc ? rc : fsx_publish(status, SLICE(""), e);
}

/* How many suites were reached: those whose Release file was got or is as it was. */
static unsigned count_reached(const struct proc_result *r)
{
	struct slice rest = buf_slice(&r->out), line;
	unsigned n = 0;

	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (slice_starts(line, "Hit:"))
			n++;
		else if (slice_starts(line, "Get:") &&
			 memmem(line.p, line.n, "Release", 7))
			n++;
	}
	return n;
}

int apt_update(const char *dir, bool all_known, const struct strvec *suites,
	       const struct apt_opts *o, struct err *e)
{
	static const char *const args[] = { "apt-get", "update",
					    "--allow-releaseinfo-change", NULL };
	_cleanup_free_ char *partial = path_join(dir, "lists/partial");
	const char *const dirs[] = { partial, NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct watch *w;
	int rc = make_places(dir, e);

	if (!rc)
		rc = write_config(dir, e);
	if (!rc)
		rc = write_sources(dir, all_known, suites, o, e);
	if (rc)
		return rc;
	w = watch_start(o->sink, "lists of Debian's packages", dirs, 0);
	rc = run_apt(dir, args, NULL, UPDATE_TIMEOUT, o->cancel, &r, e);
	watch_stop(w, !rc);
	if (rc)
		return rc;
	if (r.err.len)
		log_msg(o->sink, LOG_DEBUG, "apt-get update: %s", buf_str(&r.err));
	if (!count_reached(&r))
		return err_set(e, ERR_UNAVAILABLE,
			       "Debian's archive cannot be reached: %.*s",
			       SLICE_ARG(apt_words(&r)));
	return 0;
}

void apt_versions_release(struct apt_versions *v)
{
	vec_each (it, &v->list) {
		free(it->version);
		free(it->suite);
	}
	vec_release(&v->list);
}

/* "package | version | URI suite/component arch Packages" */
static void take_version(struct slice line, const char *package, const char *suite,
			 struct apt_versions *out)
{
	struct slice name, version, place, word, in;
	struct apt_version v;

	if (!slice_split(&line, '|', &name) || !slice_split(&line, '|', &version) ||
	    !slice_split(&line, '|', &place) || !slice_eqs(slice_trim(name), package))
		return;
	version = slice_trim(version);
	place = slice_trim(place);
	if (!version.n || !slice_split(&place, ' ', &word) ||
	    !slice_split(&place, ' ', &word))
		return;
	in = word;
	while (in.n && in.p[in.n - 1] != '/')
		in.n--;
	if (in.n)
		in.n--;
	if (suite && !slice_eqs(in, suite))
		return;
	vec_each (it, &out->list) {
		if (slice_eqs(version, it->version))
			return;
	}
	v.version = xmemdupz(version.p, version.n);
	v.suite = xmemdupz(in.p, in.n);
	vec_push(&out->list, v);
}

int apt_versions(const char *dir, const char *package, const char *suite,
		 struct apt_versions *out, struct err *e)
{
	const char *const args[] = { "apt-cache", "madison", package, NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct slice rest, line;
	int rc = run_apt(dir, args, NULL, 120, NULL, &r, e);

	if (rc)
		return rc;
	rest = buf_slice(&r.out);
	while (slice_line(&rest, &line))
		take_version(line, package, suite, out);
	if (out->list.n)
		return 0;
	if (suite)
		return err_set(e, ERR_UNAVAILABLE, "%s has no package '%s'", suite,
			       package);
	return err_set(e, ERR_UNAVAILABLE, "no suite of Debian has a package '%s'",
		       package);
}

struct wanted {
	char *name; /* of the file */
	uint64_t size;
};

/* "'URI' NAME SIZE HASH" */
static int ask_size(const char *dir, const char *what, const struct apt_opts *o,
		    struct wanted *w, struct err *e)
{
	const char *const args[] = { "apt-get", "download", "--print-uris", what, NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct slice line, word;
	int rc = run_apt(dir, args, NULL, 120, o->cancel, &r, e);

	if (rc)
		return rc;
	line = slice_trim(buf_slice(&r.out));
	if (r.status || !slice_split(&line, ' ', &word) ||
	    !slice_split(&line, ' ', &word) || !word.n || memchr(word.p, '/', word.n) ||
	    word.p[0] == '.')
		return err_set(e, ERR_UNAVAILABLE, "cannot download %s: %.*s", what,
			       SLICE_ARG(apt_words(&r)));
	w->name = xmemdupz(word.p, word.n);
	w->size = strtoull(line.p, NULL, 10);
	return 0;
}

static int empty_dir(const char *dir, struct err *e)
{
	int rc = fsx_remove(dir, e);

	return rc ? rc : fsx_mkdirs(dir, e);
}

static int run_download(const char *dir, const char *what, const struct wanted *want,
			const struct apt_opts *o, struct err *e)
{
	const char *const args[] = { "apt-get", "download", what, NULL };
	_cleanup_free_ char *to = path_join(dir, "download");
	_cleanup_free_ char *partial = path_join(dir, "cache/archives/partial");
	_cleanup_free_ char *step = xasprintf("download %s", what);
	const char *const dirs[] = { to, partial, NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct watch *w;
	int rc = empty_dir(to, e);

	if (rc)
		return rc;
	w = watch_start(o->sink, step, dirs, want->size);
	rc = run_apt(dir, args, to, DOWNLOAD_TIMEOUT, o->cancel, &r, e);
	watch_stop(w, !rc && !r.status);
	if (!rc && r.status)
		rc = err_set(e, ERR_UNAVAILABLE, "cannot download %s: %.*s", what,
			     SLICE_ARG(apt_words(&r)));
	return rc;
}

int apt_download(const char *dir, const char *package, const char *version,
		 const struct apt_opts *o, char **path, struct err *e)
{
	_cleanup_free_ char *what = xasprintf("%s=%s", package, version);
	_cleanup_free_ char *got = NULL;
	struct wanted want = { 0 };
	int rc = ask_size(dir, what, o, &want, e);

	if (!rc)
		rc = run_download(dir, what, &want, o, e);
	if (!rc) {
		got = xasprintf("%s/download/%s", dir, want.name);
		if (!fsx_exists(got))
			rc = err_set(e, ERR_UNAVAILABLE, "apt did not download %s", what);
	}
	if (!rc)
		*path = TAKE(got);
	free(want.name);
	return rc;
}
