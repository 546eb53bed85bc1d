// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "cmd/commands.h"
#include "cmd/quiltrc.h"
#include "cmd/stack.h"
#include "engine/quilt_patched.h"

#define MAX_DIFF ((size_t)1 << 30)

struct diff_values {
	const char *patch, *combine, *strip, *context;
	bool since, no_timestamps, no_index, reverse, sort;
};

static const struct opt options[] = {
	OPT_STRING('P', "patch", "PATCH", HINT_NONE, struct diff_values, patch,
		   "of this applied patch (default: the topmost one)"),
	OPT_STRING(0, "combine", "PATCH", HINT_NONE, struct diff_values, combine,
		   "of all patches from this one on; \"-\" is the first"),
	OPT_FLAG('z', NULL, struct diff_values, since,
		 "only what was edited since the patch was refreshed"),
	OPT_STRING('p', "strip", "N", HINT_NONE, struct diff_values, strip,
		   "names as for patch -pN, 0 or 1, or ab (default: as the series says)"),
	OPT_STRING('U', "unified", "N", HINT_NONE, struct diff_values, context,
		   "lines of context (default: 3)"),
	OPT_FLAG('R', "reverse", struct diff_values, reverse, "the other way round"),
	OPT_FLAG(0, "no-timestamps", struct diff_values, no_timestamps,
		 "without the files' times"),
	OPT_FLAG(0, "no-index", struct diff_values, no_index, "without \"Index:\" lines"),
	OPT_FLAG(0, "sort", struct diff_values, sort,
		 "files by name, not in the order of the patch"),
	OPT_END,
};

enum names { NAMES_DIR, NAMES_PLAIN, NAMES_AB };

struct diffing {
	struct cmd_env *env;
	struct quilt *q;
	const struct diff_values *v;
	size_t first, last; /* patches of q->applied */
	enum names names;
	bool no_timestamps, no_index;
	bool shadowed;
	struct patched patched; /* with -z: what is before the edits */
	struct strvec options; /* of diff(1) */
	struct strvec files;
};

static bool is_set(const char *name)
{
	const char *v = getenv(name);

	return v && *v;
}

static int read_names(struct diffing *d, struct err *e)
{
	const struct series_entry *en = &d->q->series->entries.v[d->last];
	struct slice line = d->q->series->lines.v[en->line_index].text;
	const char *said = d->v->strip;

	if (!said && memmem(line.p, line.n, " -pab", 5))
		said = "ab";
	if (!said)
		said = en->strip == 0 ? "0" : en->strip == 1 ? "1" : "other";
	d->names = !strcmp(said, "ab") ? NAMES_AB
		   : !strcmp(said, "0") ? NAMES_PLAIN
					: NAMES_DIR;
	if (d->names == NAMES_DIR && strcmp(said, "1") != 0)
		return err_set(e, ERR_USAGE,
			       "cannot show names for -p%s: say -p0, -p1 or -pab",
			       d->v->strip ? d->v->strip : "N of the series");
	return 0;
}

static int read_options(struct diffing *d, struct err *e)
{
	const char *more = getenv("QUILT_DIFF_OPTS");
	struct slice rest = slice_str(more ? more : ""), word;
	size_t n;

	while (slice_split(&rest, ' ', &word)) {
		if (word.n)
			strvec_pushf(&d->options, "%.*s", SLICE_ARG(word));
	}
	if (d->v->context && !stack_count(d->v->context, &n))
		return err_set(e, ERR_USAGE, "cannot read the number of lines '%s'",
			       d->v->context);
	if (d->v->context)
		strvec_pushf(&d->options, "-U%s", d->v->context);
	else
		strvec_push(&d->options, "-u");
	d->no_index = d->v->no_index || is_set("QUILT_NO_DIFF_INDEX");
	d->no_timestamps = d->v->no_timestamps || is_set("QUILT_NO_DIFF_TIMESTAMPS");
	return read_names(d, e);
}

static bool is_wanted(const struct diffing *d, const char *file)
{
	for (size_t i = 0; i < d->env->argc; i++) {
		const char *arg = d->env->argv[i];
		_cleanup_free_ char *path =
			xasprintf("%s%s", d->q->subdir,
				  !strncmp(arg, "./", 2) ? arg + 2 : arg);

		if (!strcmp(path, file))
			return true;
	}
	return !d->env->argc;
}

static void add_file(struct diffing *d, const char *file)
{
	if (is_wanted(d, file) && !strvec_has(&d->files, file))
		strvec_push(&d->files, file);
}

/* As quilt: in the order of the patch, then what was only added to it. */
static int add_files(struct diffing *d, size_t index, struct err *e)
{
	_cleanup_patch_ struct patch *p = NULL;
	struct strvec files = { 0 };
	struct err ignored = { 0 };
	int rc = quilt_files(d->q, d->q->applied.v[index], &files, e);

	if (!rc && quilt_read_patch(d->q, index, NULL, &p, &ignored))
		p = NULL;
	for (uint32_t i = 0; !rc && p && i < p->nchanges; i++) {
		const struct slice paths[] = { p->changes[i].old_path,
					       p->changes[i].new_path };

		/* quilt finds names in the lines before hunks only. */
		for (size_t k = 0; p->changes[i].nhunks && k < ARRAY_SIZE(paths); k++) {
			_cleanup_free_ char *path =
				paths[k].p ? xmemdupz(paths[k].p, paths[k].n) : NULL;

			if (path && strvec_has(&files, path))
				add_file(d, path);
		}
	}
	for (size_t i = 0; !rc && i < files.n; i++)
		add_file(d, files.v[i]);
	strvec_release(&files);
	return rc;
}

/* A file to show, on disk or as the patch made it of its backup. */
struct version {
	char *path; /* or /dev/null; of what the patch made, that of the patch file */
	const struct result_file *made; /* NULL: it is on disk */
};

/* The oldest backup among the patches shown. */
static char *backup_of(const struct diffing *d, const char *file)
{
	for (size_t i = d->first; i <= d->last; i++) {
		char *path = xasprintf("%s/%s/%s", d->q->pc, d->q->applied.v[i], file);

		if (fsx_exists(path))
			return path;
		free(path);
	}
	return xstrdup("/dev/null");
}

static bool is_there(const struct version *v)
{
	if (v->made)
		return !v->made->deleted;
	return fsx_exists(v->path) && strcmp(v->path, "/dev/null") != 0;
}

static bool has_bytes(const struct version *v)
{
	struct stat st;

	if (v->made)
		return !v->made->deleted && v->made->bytes.n;
	return !stat(v->path, &st) && st.st_size;
}

static struct version file_before(const struct diffing *d, const char *file)
{
	struct version v = { backup_of(d, file), NULL };

	if (!d->v->since)
		return v;
	v.made = patched_file(&d->patched, file);
	if (!v.made && has_bytes(&v))
		return v;
	free(v.path);
	/* An empty backup is of a file that was not there. */
	v.path = v.made ? quilt_patch_path(d->q, d->patched.name) : xstrdup("/dev/null");
	return v;
}

static struct version file_after(struct diffing *d, const char *file)
{
	bool shadowed;
	struct version v = { quilt_file_after(d->q, d->last, file, &shadowed), NULL };
	_cleanup_free_ char *at = NULL;

	if (!shadowed)
		return v;
	d->shadowed = true;
	at = v.path;
	v.path = path_join(d->q->pc, at);
	return v;
}

/*
 * "\t2020-01-31 12:00:00.123456789 +0000" of a file; the epoch of none. What a patch made
 * is as old as the patch; quilt makes it anew, and so has it as of now.
 */
static char *time_of(const struct diffing *d, const char *path, bool there)
{
	struct stat st;
	struct tm tm;
	char day[40], zone[16];

	if (d->no_timestamps)
		return xstrdup("");
	if (!there || stat(path, &st) || !localtime_r(&st.st_mtim.tv_sec, &tm))
		return xstrdup("\t1970-01-01 00:00:00.000000000 +0000");
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	return xasprintf("\t%s.%09ld %s", day, (long)st.st_mtim.tv_nsec, zone);
}

static char *label(const struct diffing *d, const char *file, bool old, bool there)
{
	const char *dir = strrchr(d->q->top, '/');

	if (!there)
		return xstrdup("/dev/null");
	dir = dir ? dir + 1 : d->q->top;
	if (d->names == NAMES_AB)
		return xasprintf("%s/%s", old ? "a" : "b", file);
	if (d->names == NAMES_PLAIN)
		return xasprintf("%s%s", file, old ? ".orig" : "");
	return xasprintf("%s%s/%s", dir, old ? ".orig" : "", file);
}

struct side {
	const char *path;   /* as diff(1) is to have it */
	struct slice input; /* with "-" for the path */
	char *label;	    /* with its time */
};

static struct side make_side(const struct diffing *d, const char *file, bool old,
			     const struct version *v, bool there)
{
	_cleanup_free_ char *name = label(d, file, old, there);
	_cleanup_free_ char *when = time_of(d, v->path, there);
	struct side s = { v->path, SLICE(""), xasprintf("%s%s", name, when) };

	if (!there)
		s.path = "/dev/null";
	else if (v->made) {
		s.path = "-";
		s.input = v->made->bytes;
	}
	return s;
}

static int run_diff(struct diffing *d, const char *file, const struct side *a,
		    const struct side *b, struct err *e)
{
	_cleanup_proc_ struct proc_result r = { 0 };
	_cleanup_free_ char *name = label(d, file, false, true);
	struct strvec argv = { 0 };
	struct proc_spec spec = { .max_output = MAX_DIFF,
				  .input = a->input.n ? a->input : b->input };
	int rc;

	strvec_push(&argv, "diff");
	strvec_push_all(&argv, (const char *const *)d->options.v);
	strvec_pushf(&argv, "--label=%s", a->label);
	strvec_pushf(&argv, "--label=%s", b->label);
	strvec_push(&argv, "--");
	strvec_push(&argv, a->path);
	strvec_push(&argv, b->path);
	spec.argv = (const char *const *)argv.v;
	rc = proc_run(&spec, &r, e);
	if (!rc && (r.status < 0 || r.status > 1))
		rc = err_set(e, ERR_TOOL, "diff of '%s' failed: %s", file,
			     buf_str(&r.err));
	else if (!rc && slice_starts(buf_slice(&r.out), "Binary files "))
		rc = err_set(e, ERR_TOOL, "cannot show '%s': it is a binary file", file);
	if (!rc && r.out.len && !d->no_index)
		fprintf(d->env->out,
			"Index: %s\n========================================"
			"===========================\n",
			name);
	if (!rc && r.out.len)
		fwrite(r.out.data, 1, r.out.len, d->env->out);
	strvec_release(&argv);
	return rc;
}

static int show_versions(struct diffing *d, const char *file, struct version before,
			 struct version after, struct err *e)
{
	bool is = is_there(&after);
	struct side a, b;
	int rc;

	/* With -p0 a file that goes has its own name, as quilt has it. */
	a = make_side(d, file, !(d->names == NAMES_PLAIN && !is), &before,
		      has_bytes(&before));
	b = make_side(d, file, false, &after, is);
	rc = run_diff(d, file, &a, &b, e);
	free(a.label);
	free(b.label);
	return rc;
}

/* A link that the patch made; diff(1) would look at what it leads to. */
static bool is_link(const struct version *v)
{
	return v->made && S_ISLNK(v->made->mode);
}

static void check_link(struct diffing *d, const char *file, const struct version *was,
		       const struct version *is)
{
	char target[PATH_MAX];
	ssize_t n = readlink(is->path, target, sizeof(target));

	if (n < 0 || !slice_eq((struct slice){ target, (size_t)n }, was->made->bytes))
		log_msg(d->env->sink, LOG_WARN,
			"cannot show what became of '%s': the patch made a link of it",
			file);
}

static int show_file(struct diffing *d, const char *file, struct err *e)
{
	struct version before = file_before(d, file), after = file_after(d, file);
	int rc = 0;

	if (is_link(&before))
		check_link(d, file, &before, &after);
	else if (d->v->reverse)
		rc = show_versions(d, file, after, before, e);
	else
		rc = show_versions(d, file, before, after, e);
	free(before.path);
	free(after.path);
	return rc;
}

static int find_range(struct diffing *d, struct err *e)
{
	int rc = stack_patch(d->q, d->v->patch, &d->last, e);

	if (rc)
		return rc;
	d->first = d->last;
	if (d->v->since && d->v->combine)
		return err_set(e, ERR_USAGE,
			       "-z and --combine exclude each other: -z is of one patch");
	if (d->v->combine && !strcmp(d->v->combine, "-"))
		d->first = 0;
	else if (d->v->combine)
		rc = quilt_find(d->q, d->v->combine, &d->first, e);
	if (rc)
		return rc;
	if (d->last >= d->q->applied.n)
		return err_set(e, ERR_NOTFOUND, "'%s' is not applied", d->v->patch);
	if (d->first > d->last)
		return err_set(e, ERR_NOTFOUND, "'%s' is not applied before '%s'",
			       d->v->combine, d->q->applied.v[d->last]);
	return 0;
}

static bool has_path(const struct diffing *d, struct slice path)
{
	for (size_t i = 0; i < d->files.n; i++) {
		if (slice_eqs(path, d->files.v[i]))
			return true;
	}
	return false;
}

/* Of changes that do not fit, only those count that are about what is shown. */
static bool is_shown(const struct diffing *d, const struct change *c)
{
	return !d->env->argc || has_path(d, c->old_path) || has_path(d, c->new_path);
}

static int say_unfit(const struct diffing *d, const struct change_outcome *o,
		     struct err *e)
{
	_cleanup_free_ char *path = quilt_patch_path(d->q, d->patched.name);
	enum conflict reason = o->reason;
	unsigned line = o->change->line;

	for (uint32_t i = o->change->nhunks; i--;) {
		if (o->hunks[i].fate == HUNK_CONFLICT) {
			reason = o->hunks[i].reason;
			line = o->change->hunks[i].line;
		}
	}
	return err_set(e, ERR_INPUT,
		       "%s:%u: cannot apply the patch to its backup '%s/%s/%.*s': %s (was it "
		       "edited since the push, or pushed with more fuzz? 'quilt refresh' makes "
		       "it anew from the files; without -z all edits are shown)",
		       path, line, d->q->pc, d->patched.name, SLICE_ARG(o->path),
		       o->answer == ANSWER_ALREADY ? "this change is there already"
						   : conflict_text(reason));
}

static int check_fit(const struct diffing *d, struct err *e)
{
	const struct patch_outcome *o = patched_outcome(&d->patched);

	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		const struct change_outcome *c = &o->changes[i];

		if (c->answer != ANSWER_APPLIES && !c->idle && is_shown(d, c->change))
			return say_unfit(d, c, e);
	}
	return 0;
}

/* What a forced push left of its patch is what the edits since began from. */
static int apply_to_backups(struct diffing *d, struct err *e)
{
	const struct patch_outcome *o;
	size_t fuzz = PATCH_FUZZ;
	int rc = quiltrc_patch_options(&fuzz, e);

	if (!rc)
		rc = patched_open(d->q, d->last, (unsigned)fuzz, &d->patched, e);
	o = patched_outcome(&d->patched);
	if (rc || !o || o->answer == ANSWER_APPLIES)
		return rc;
	if (d->last + 1 < d->q->applied.n || !quilt_needs_refresh(d->q))
		rc = check_fit(d, e);
	return rc ? rc : patched_fit(&d->patched, e);
}

static int diff(struct cmd_env *env, struct quilt *q, const void *values, struct err *e)
{
	struct diffing d = { .env = env, .q = q, .v = values };
	int rc = find_range(&d, e);

	if (!rc)
		rc = read_options(&d, e);
	for (size_t i = d.first; !rc && i <= d.last; i++)
		rc = add_files(&d, i, e);
	if (d.v->sort)
		strvec_sort(&d.files);
	if (!rc && d.v->since)
		rc = apply_to_backups(&d, e);
	for (size_t i = 0; !rc && i < d.files.n; i++)
		rc = show_file(&d, d.files.v[i], e);
	patched_release(&d.patched);
	if (!rc && d.shadowed)
		log_msg(env->sink, LOG_WARN,
			"later patches change files of '%s' again: what they made is not shown",
			q->applied.v[d.last]);
	strvec_release(&d.options);
	strvec_release(&d.files);
	return rc;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	return stack_run(env, values, diff, e);
}

const struct cmd cmd_diff = {
	.name = "diff",
	.summary = "show what an applied patch of a quilt series changes",
	.usage = "[-P PATCH] [FILE...]",
	.options = options,
	.values_size = sizeof(struct diff_values),
	.place = PLACE_ANYWHERE,
	.max_args = ARGS_ANY,
	.args = HINT_FILE,
	.run = run,
};
