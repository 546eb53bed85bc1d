// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"

/* Bytes that a packed patch may come to. */
#define PACKED_MAX ((size_t)256 << 20)

static const char *said(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v && *v ? v : otherwise;
}

static bool is_top(const char *dir, const char *pc, const char *patches)
{
	_cleanup_free_ char *a = path_join(dir, pc);
	_cleanup_free_ char *b = path_join(dir, patches);

	return fsx_is_dir(a) || fsx_is_dir(b);
}

static int find_top(struct quilt *q, const char *patches, struct err *e)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);
	_cleanup_free_ char *dir = NULL;
	char *slash;

	if (!cwd)
		return err_sys(e, errno, "cannot tell the current directory");
	dir = xstrdup(cwd);
	while (!is_top(*dir ? dir : "/", q->pc, patches)) {
		slash = strrchr(dir, '/');
		if (!slash || !*dir)
			return err_set(e, ERR_NOTFOUND,
				       "cannot find a quilt series: neither '%s' nor '%s' is in "
				       "'%s' or above it (change into the sources, or set "
				       "QUILT_PATCHES)",
				       patches, q->pc, cwd);
		*slash = '\0';
	}
	q->top = xstrdup(*dir ? dir : "/");
	q->subdir = strlen(cwd) > strlen(dir) + 1 ? xasprintf("%s/", cwd + strlen(dir) + 1)
						  : xstrdup("");
	if (chdir(q->top))
		return err_sys(e, errno, "cannot change to '%s'", q->top);
	return 0;
}

static int open_dirs(struct quilt *q, struct err *e)
{
	q->top_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (q->top_fd < 0)
		return err_sys(e, errno, "cannot open '%s'", q->top);
	q->pc_fd = open(q->pc, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (q->pc_fd < 0 && errno != ENOENT)
		return err_sys(e, errno, "cannot open '%s'", q->pc);
	return 0;
}

/* A small file of .pc without its last LF; *out stays NULL when it is not there. */
static int read_word(const struct quilt *q, const char *name, char **out, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err ignored = { 0 };
	int rc = beneath_read(q->pc_fd, name, &b, &ignored);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc)
		return err_set(e, rc, "cannot read '%s/%s': %s", q->pc, name, ignored.msg);
	*out = buf_take(&b);
	(*out)[strcspn(*out, "\n")] = '\0';
	return 0;
}

static int check_version(struct quilt *q, struct err *e)
{
	_cleanup_free_ char *version = NULL;
	int rc = read_word(q, ".version", &version, e);

	q->torn = false;
	if (rc)
		return rc;
	if (version && !strcmp(version, PC_VERSION))
		return 0;
	/* Killed before anything was in it. */
	if (!version && faccessat(q->pc_fd, "applied-patches", F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	q->torn = version && !strcmp(version, PC_VERSION_BUSY);
	if (q->torn)
		return 0;
	return err_set(e, ERR_INPUT,
		       "%s/.version: cannot work with %s%s: version 2 is known (pop all "
		       "patches with the quilt that pushed them, or run 'quilt upgrade')",
		       q->pc, version ? "version " : "state of no version",
		       version ? version : "");
}

/* What .pc says of the places is stronger than the environment. */
static int read_places(struct quilt *q, struct err *e)
{
	_cleanup_free_ char *patches = NULL, *series = NULL;
	int rc = 0;

	if (q->pc_fd >= 0) {
		rc = read_word(q, ".quilt_patches", &patches, e);
		if (!rc)
			rc = read_word(q, ".quilt_series", &series, e);
	}
	q->patches = xstrdup(patches && *patches ? patches
						 : said("QUILT_PATCHES", "patches"));
	q->series_said = xstrdup(series && *series ? series
						   : said("QUILT_SERIES", "series"));
	return rc;
}

static void find_series(struct quilt *q)
{
	_cleanup_free_ char *in_pc = path_join(q->pc, q->series_said);

	if (q->series_said[0] == '/' ||
	    (!fsx_exists(in_pc) && fsx_exists(q->series_said) &&
	     !fsx_is_dir(q->series_said)))
		q->series_path = xstrdup(q->series_said);
	else if (fsx_exists(in_pc) && !fsx_is_dir(in_pc))
		q->series_path = TAKE(in_pc);
	else
		q->series_path = path_join(q->patches, q->series_said);
}

static int add_name(struct quilt *q, struct slice line, unsigned number, struct err *e)
{
	line.n -= line.n && line.p[line.n - 1] == '\n';
	if (!line.n)
		return 0;
	if (!path_is_safe(line))
		return err_set(e, ERR_UNSAFE,
			       "%s/applied-patches:%u: cannot accept the name '%.*s'", q->pc,
			       number, (int)(line.n > 200 ? 200 : line.n), line.p);
	strvec_push(&q->applied, "");
	free(q->applied.v[q->applied.n - 1]);
	q->applied.v[q->applied.n - 1] = xmemdupz(line.p, line.n);
	return 0;
}

static int read_applied(struct quilt *q, struct err *e)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err why = { 0 };
	struct slice rest, line;
	unsigned number = 0;
	int rc = q->pc_fd < 0 ? ERR_NOTFOUND
			      : beneath_read(q->pc_fd, "applied-patches", &b, &why);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc)
		return err_set(e, rc, "cannot read '%s/applied-patches': %s", q->pc,
			       why.msg);
	rest = buf_slice(&b);
	while (!rc && slice_line(&rest, &line))
		rc = add_name(q, line, ++number, e);
	return rc;
}

static void compare(struct quilt *q)
{
	err_clear(&q->mismatch);
	for (size_t i = 0; i < q->applied.n; i++) {
		const char *name = q->applied.v[i];

		if (q->series && i < q->series->entries.n &&
		    !strcmp(q->series->entries.v[i].name, name))
			continue;
		err_set(&q->mismatch, ERR_INPUT,
			"%s no longer begins with the applied patches: the %zu. of them is "
			"'%s' (%s/applied-patches), but the series has %s%s%s there; pop "
			"all patches with 'carry pop -a', or put the series back",
			q->series_path, i + 1, name, q->pc,
			q->series && i < q->series->entries.n ? "'" : "",
			q->series && i < q->series->entries.n ? q->series->entries.v[i].name
							      : "nothing",
			q->series && i < q->series->entries.n ? "'" : "");
		return;
	}
}

int quilt_open(struct quilt *q, struct err *e)
{
	int rc;

	*q = (struct quilt){ .top_fd = -1, .pc_fd = -1 };
	q->pc = xstrdup(said("QUILT_PC", ".pc"));
	rc = find_top(q, said("QUILT_PATCHES", "patches"), e);
	if (!rc)
		rc = open_dirs(q, e);
	if (!rc)
		rc = read_places(q, e);
	if (rc)
		return rc;
	find_series(q);
	if (fsx_exists(q->series_path))
		rc = series_read_file(q->patches, q->series_path, &q->series, e);
	if (q->series)
		series_leave_out(q->series);
	return rc ? rc : quilt_reload(q, e);
}

int quilt_reload(struct quilt *q, struct err *e)
{
	int rc = q->pc_fd < 0 ? 0 : check_version(q, e);

	strvec_release(&q->applied);
	if (!rc)
		rc = read_applied(q, e);
	if (!rc)
		compare(q);
	return rc;
}

void quilt_release(struct quilt *q)
{
	closep(&q->top_fd);
	closep(&q->pc_fd);
	free(q->top);
	free(q->subdir);
	free(q->patches);
	free(q->series_said);
	free(q->series_path);
	free(q->pc);
	series_free(q->series);
	strvec_release(&q->applied);
	*q = (struct quilt){ .top_fd = -1, .pc_fd = -1 };
}

int quilt_check(const struct quilt *q, struct err *e)
{
	if (q->torn)
		return err_set(e, ERR_CONFLICT,
			       "a push or pop was cut off in '%s': run 'carry push' or "
			       "'carry pop', which first put the files back",
			       q->top);
	if (!q->series)
		return err_set(e, ERR_NOTFOUND,
			       "there is no series file '%s' in '%s' (make one, or set "
			       "QUILT_PATCHES and QUILT_SERIES)",
			       q->series_path, q->top);
	if (q->mismatch.code) {
		*e = q->mismatch;
		return e->code;
	}
	return 0;
}

/* quilt's find_patch(): ".patch", ".diff" or ".dif", then a packer's ending. */
static bool is_ending(const char *s)
{
	static const char *const kinds[] = { ".patch", ".diff", ".dif" };
	static const char *const packers[] = { "", ".gz", ".bz2", ".xz", ".lzma", ".lz" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i]);

		if (!strncmp(s, kinds[i], n)) {
			s += n;
			break;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		if (!strcmp(s, packers[i]))
			return true;
	}
	return false;
}

/* "../patches/x" from a subdirectory, "patches/x" and "x" are one. */
static const char *without_dir(const struct quilt *q, const char *name)
{
	size_t n = strlen(q->patches);

	while (!strncmp(name, "../", 3))
		name += 3;
	if (!strncmp(name, q->patches, n) && name[n] == '/')
		return name + n + 1;
	return name;
}

int quilt_find(const struct quilt *q, const char *what, size_t *index, struct err *e)
{
	const char *name = without_dir(q, what);
	size_t n = strlen(name), found = 0;

	for (size_t i = 0; q->series && i < q->series->entries.n; i++) {
		const char *it = q->series->entries.v[i].name;

		if (strncmp(it, name, n) != 0 || !is_ending(it + n))
			continue;
		found = it[n] ? found + 1 : 1;
		*index = i;
		if (!it[n])
			break;
	}
	if (found == 1)
		return 0;
	return err_set(e, ERR_NOTFOUND,
		       found ? "'%s' is more than one patch of %s: name it whole"
			     : "patch '%s' is not in %s ('carry series' lists what is)",
		       what, q->series_path);
}

const char *quilt_top(const struct quilt *q)
{
	return q->applied.n ? q->applied.v[q->applied.n - 1] : NULL;
}

bool quilt_needs_refresh(const struct quilt *q)
{
	_cleanup_free_ char *mark =
		q->applied.n ? xasprintf("%s~refresh", quilt_top(q)) : NULL;

	return mark && !faccessat(q->pc_fd, mark, F_OK, AT_SYMLINK_NOFOLLOW);
}

char *quilt_patch_path(const struct quilt *q, const char *name)
{
	return path_join(q->patches, name);
}

static const char *packer_of(const char *path)
{
	static const struct {
		const char *ending, *program;
	} packers[] = { { ".gz", "gzip" },
			{ ".bz2", "bzip2" },
			{ ".xz", "xz" },
			{ ".lzma", "lzma" },
			{ ".lz", "lzip" } };

	struct slice all = slice_str(path);

	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		if (slice_ends(all, packers[i].ending))
			return packers[i].program;
	}
	return NULL;
}

/* As quilt does it: the ending tells the program. */
static int read_packed(const char *path, const char *program, unsigned strip,
		       struct patch **out, struct err *e)
{
	const char *const argv[] = { program, "-cd", "--", path, NULL };
	const struct proc_spec spec = { .argv = argv, .max_output = PACKED_MAX };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = proc_run(&spec, &r, e);

	if (rc)
		return err_wrap(e, "cannot unpack '%s'", path);
	if (r.truncated)
		return err_set(e, ERR_LIMIT, "%s:1: cannot take more than %zu bytes unpacked", path,
			       PACKED_MAX);
	if (r.status)
		return err_set(e, ERR_INPUT, "%s:1: cannot unpack it: %.*s", path,
			       SLICE_ARG(slice_trim(buf_slice(&r.err))));
	return patch_parse(path, &r.out, strip, out, e);
}

static int read_file(const char *name, const char *path, unsigned strip,
		     struct patch_set *set, struct patch **out, struct err *e)
{
	const char *program = packer_of(path);

	if (program && fsx_exists(path))
		return read_packed(path, program, strip, out, e);
	return set ? patch_set_read(set, name, path, strip, out, e)
		   : patch_read(path, strip, out, e);
}

int quilt_read_made(const struct quilt *q, size_t index, struct patch **out,
		    struct err *e)
{
	const struct series_entry *en = &q->series->entries.v[index];
	_cleanup_free_ char *path = quilt_patch_path(q, en->name);
	int rc;

	*out = NULL;
	if (!fsx_exists(path))
		return 0;
	rc = read_file(en->name, path, en->strip, NULL, out, e);
	if (!rc && !(*out)->nchanges) {
		patch_free(*out);
		*out = NULL;
	}
	return rc;
}

int quilt_read_patch(const struct quilt *q, size_t index, struct patch_set *set,
		     struct patch **out, struct err *e)
{
	const struct series_entry *en = &q->series->entries.v[index];
	_cleanup_free_ char *path = quilt_patch_path(q, en->name);
	int rc = read_file(en->name, path, en->strip, set, out, e);

	if (rc == ERR_NOTFOUND || (rc == ERR_IO && !fsx_exists(path)))
		return err_set(e, ERR_NOTFOUND,
			       "%s:%u: there is no patch file '%s' (restore it, or take the "
			       "line out)",
			       q->series_path, en->line, path);
	if (rc || (*out)->nchanges || !(*out)->bytes.len)
		return rc;
	patch_free(*out);
	*out = NULL;
	return err_set(e, ERR_INPUT,
		       "%s:1: cannot find any change in it (a packed patch has to end in "
		       ".gz, .bz2, .xz, .lzma or .lz)",
		       path);
}

int quilt_files(const struct quilt *q, const char *name, struct strvec *out,
		struct err *e)
{
	struct strvec all = { 0 };
	int rc = q->pc_fd < 0 ? 0 : beneath_list(q->pc_fd, name, &all, e);

	for (size_t i = 0; !rc && i < all.n; i++) {
		if (!strcmp(all.v[i], ".timestamp"))
			continue;
		if (path_is_safe(slice_str(all.v[i])))
			strvec_push(out, all.v[i]);
		else
			rc = err_set(e, ERR_UNSAFE,
				     "cannot accept the backup '%s/%s/%s': unsafe name",
				     q->pc, name, all.v[i]);
	}
	strvec_release(&all);
	return rc;
}

char *quilt_file_after(const struct quilt *q, size_t index, const char *file,
		       bool *shadowed)
{
	for (size_t i = index + 1; i < q->applied.n; i++) {
		_cleanup_free_ char *path = path_join(q->applied.v[i], file);

		*shadowed = !faccessat(q->pc_fd, path, F_OK, AT_SYMLINK_NOFOLLOW);
		if (*shadowed)
			return TAKE(path);
	}
	*shadowed = false;
	return xstrdup(file);
}
