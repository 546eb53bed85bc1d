// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/quiltrc.h"

#include <stdlib.h>

#include "base/fsx.h"
#include "cmd/stack.h"

/* What patch(1) does anyway as quilt calls it, or what is only about its output. */
static const char *const idle[] = {
	"-E",	     "-f",	 "-s",	      "-u",
	"--binary",  "--color",	 "--color=always", "--color=auto",
	"--color=never", "--force", "--quiet", "--reject-format=unified",
	"--remove-empty-files", "--silent", "--unified", "--unified-reject-files",
	"--verbose",
};

static bool is_idle(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
		if (!strcmp(word, idle[i]))
			return true;
	}
	return false;
}

static struct slice next_word(struct slice *rest)
{
	struct slice w;

	*rest = slice_trim(*rest);
	w = (struct slice){ rest->p, 0 };
	while (w.n < rest->n && !strchr(" \t\n", w.p[w.n]))
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	return w;
}

/* "-F2", "-F 2", "--fuzz=2" */
static bool take_fuzz(const char *word, struct slice *rest, size_t *fuzz)
{
	_cleanup_free_ char *next = NULL;
	struct slice w;

	if (!strncmp(word, "--fuzz=", 7))
		return stack_count(word + 7, fuzz);
	if (strncmp(word, "-F", 2) != 0)
		return false;
	if (word[2])
		return stack_count(word + 2, fuzz);
	w = next_word(rest);
	next = xmemdupz(w.p, w.n);
	return stack_count(next, fuzz);
}

static int read_options(const char *name, bool force, size_t *fuzz, struct err *e)
{
	const char *value = getenv(name);
	struct slice rest = slice_str(value ? value : ""), w;

	while ((w = next_word(&rest)).n) {
		_cleanup_free_ char *word = xmemdupz(w.p, w.n);
		bool forces = !strcmp(word, "-f") || !strcmp(word, "--force");

		if ((is_idle(word) && (force || !forces)) || take_fuzz(word, &rest, fuzz))
			continue;
		return err_set(e, ERR_INPUT,
			       "cannot do what '%s' in %s asks of patch or quilt: unset it, or "
			       "use quilt",
			       word, name);
	}
	return 0;
}

int quiltrc_patch_options(size_t *fuzz, struct err *e)
{
	return read_options("QUILT_PATCH_OPTS", true, fuzz, e);
}

int quiltrc_options(size_t *fuzz, struct err *e)
{
	int rc = quiltrc_patch_options(fuzz, e);

	return rc ? rc : read_options("QUILT_PUSH_ARGS", false, fuzz, e);
}

/* The file that quilt would run; NULL: none. */
static char *find_file(void)
{
	const char *said = getenv("QUILTRC"), *home = getenv("HOME");
	char *path;

	if (said && *said)
		return strcmp(said, "-") ? xstrdup(said) : NULL;
	path = path_join(home && *home ? home : "/", ".quiltrc");
	if (fsx_exists(path))
		return path;
	free(path);
	return xstrdup("/etc/quilt.quiltrc");
}

/* What a line gives, without its quotes; what a shell would have to work out stays whole. */
static struct slice value_of(struct slice v)
{
	char quote = v.n ? v.p[0] : '\0';
	const char *end;

	if (quote != '"' && quote != '\'')
		return v;
	end = memchr(v.p + 1, quote, v.n - 1);
	return end ? (struct slice){ v.p + 1, (size_t)(end - v.p - 1) } : v;
}

static bool only_idle(struct slice value)
{
	struct slice w;

	while ((w = next_word(&value)).n) {
		_cleanup_free_ char *word = xmemdupz(w.p, w.n);

		if (!is_idle(word))
			return false;
	}
	return true;
}

/*
 * "NAME=…" or "export NAME=…", of what matters and the environment does not have, and
 * asks for something else than what we do anyway. Debian's own file sets idle options.
 */
static const char *sets(struct slice line)
{
	static const struct {
		const char *name, *usual; /* NULL: options */
	} known[] = { { "QUILT_PATCHES", "patches" },
		      { "QUILT_SERIES", "series" },
		      { "QUILT_PC", ".pc" },
		      { "QUILT_PATCH_OPTS", NULL },
		      { "QUILT_PUSH_ARGS", NULL } };

	line = slice_trim(line);
	if (slice_starts(line, "export "))
		line = slice_trim((struct slice){ line.p + 7, line.n - 7 });
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t n = strlen(known[i].name);
		struct slice value;

		if (!slice_starts(line, known[i].name) || line.n <= n || line.p[n] != '=' ||
		    getenv(known[i].name))
			continue;
		value = value_of((struct slice){ line.p + n + 1, line.n - n - 1 });
		if (known[i].usual ? slice_eqs(value, known[i].usual) : only_idle(value))
			return NULL;
		return known[i].name;
	}
	return NULL;
}

void quiltrc_warn(struct log_sink *log)
{
	_cleanup_free_ char *path = find_file();
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct err ignored = { 0 };
	struct slice rest, line;

	if (!path || fsx_read(path, &text, &ignored))
		return;
	rest = buf_slice(&text);
	for (unsigned number = 1; slice_line(&rest, &line); number++) {
		const char *name = sets(line);

		if (name)
			log_msg(log, LOG_WARN,
				"%s:%u: %s is not taken from here: export it (QUILTRC=- keeps "
				"this quiet)",
				path, number, name);
	}
}
