// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>

#include "check/runtime/boot.h"

#define ARCHIVE	    "initial.cpio"
#define INSIDE	    "/carry/kernel"
#define MAX_CONSOLE ((size_t)2 << 20)

void boot_release(struct boot *b)
{
	buf_release(&b->console);
	free(b->command);
	b->command = NULL;
}

static int archive_failed(struct archive *a, const char *name, struct err *e)
{
	const char *why = archive_error_string(a);

	return err_set(e, ERR_INTERNAL, "cannot put '%s' into the initial archive: %s",
		       name, why ? why : "unknown error");
}

/* No times and no owners: the archive depends on the files' bytes alone. */
static int add_entry(struct archive *a, const char *name, unsigned mode,
		     struct slice data, struct err *e)
{
	struct archive_entry *en = archive_entry_new();
	int rc = 0;

	archive_entry_set_pathname(en, name);
	archive_entry_set_mode(en, mode);
	archive_entry_set_size(en, (int64_t)data.n);
	archive_entry_set_mtime(en, 0, 0);
	if (archive_write_header(a, en) != ARCHIVE_OK ||
	    (data.n && archive_write_data(a, data.p, data.n) != (ssize_t)data.n))
		rc = archive_failed(a, name, e);
	archive_entry_free(en);
	return rc;
}

static int add_file(struct archive *a, const struct kernel *k, const char *path,
		    const char *name, unsigned mode, struct err *e)
{
	_cleanup_free_ char *full = path_join(k->dir, path);
	_cleanup_buf_ struct buf data = BUF_INIT;
	int rc = fsx_read_plain(full, &data, e);

	return rc ? rc : add_entry(a, name, mode, buf_slice(&data), e);
}

static int add_all(struct archive *a, const struct kernel *k, struct err *e)
{
	int rc = add_file(a, k, k->init, "init", S_IFREG | 0755, e);

	if (!rc)
		rc = add_entry(a, "modules", S_IFDIR | 0755, SLICE(""), e);
	for (size_t i = 0; !rc && i < k->modules.n; i++) {
		const char *slash = strrchr(k->modules.v[i], '/');
		_cleanup_free_ char *name =
			xasprintf("modules/%s", slash ? slash + 1 : k->modules.v[i]);

		rc = add_file(a, k, k->modules.v[i], name, S_IFREG | 0644, e);
	}
	return rc;
}

static int write_archive(const struct kernel *k, const char *path, struct err *e)
{
	struct archive *a = archive_write_new();
	int rc = 0;

	/* The file may be one that a boot of another carry reads. */
	if (fsx_remove(path, e)) {
		archive_write_free(a);
		return e->code;
	}
	if (archive_write_set_format_cpio_newc(a) != ARCHIVE_OK ||
	    archive_write_open_filename(a, path) != ARCHIVE_OK)
		rc = archive_failed(a, path, e);
	if (!rc)
		rc = add_all(a, k, e);
	if (archive_write_close(a) != ARCHIVE_OK && !rc)
		rc = archive_failed(a, path, e);
	archive_write_free(a);
	return rc;
}

/* The words of an argument in carry.conf, divided by blanks. */
static void add_words(struct slice rest, struct strvec *argv)
{
	struct slice part;

	while (slice_split(&rest, ' ', &part)) {
		part = slice_trim(part);
		if (part.n)
			strvec_pushf(argv, "%.*s", SLICE_ARG(part));
	}
}

static void emulator_argv(const struct boot_spec *s, const char *dir, struct strvec *argv)
{
	static const char *const fixed[] = {
		"-nodefaults", "-no-user-config", "-display", "none",  "-nic",
		"none",	       "-no-reboot",	  "-serial",  "stdio", NULL
	};
	const struct conf_runtime *rt = s->rt;

	strvec_push(argv, rt->emulator);
	strvec_push_all(argv, fixed);
	for (size_t i = 0; i < rt->args.n; i++)
		add_words(slice_str(rt->args.v[i]), argv);
	strvec_push(argv, "-kernel");
	strvec_pushf(argv, "%s/%s", dir, s->kernel->image);
	strvec_push(argv, "-initrd");
	strvec_pushf(argv, "%s/" ARCHIVE, dir);
	if (rt->append) {
		strvec_push(argv, "-append");
		strvec_push(argv, rt->append);
	}
}

/* A total in the console of an emulator that broke afterwards is worth nothing. */
static int judge_end(const struct boot_spec *s, const struct proc_result *r,
		     struct err *e)
{
	struct slice words = slice_trim(buf_slice(&r->err));

	if (words.n > 300)
		words.n = 300;
	if (r->signal)
		return err_set(e, ERR_TOOL, "%s was ended by signal %d", s->rt->emulator,
			       r->signal);
	if (r->status)
		return err_set(e, ERR_TOOL, "%s ended with status %d: %.*s",
			       s->rt->emulator, r->status, SLICE_ARG(words));
	if (r->truncated)
		return err_set(e, ERR_LIMIT, "the machine said more than %zu bytes",
			       MAX_CONSOLE);
	return 0;
}

static int emulate(const struct boot_spec *s, struct sandbox *sb, struct boot *out,
		   struct err *e)
{
	_cleanup_strvec_ struct strvec inner = { 0 }, argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	_cleanup_buf_ struct buf quoted = BUF_INIT;
	struct proc_spec ps = { .max_output = MAX_CONSOLE,
				.timeout_s = s->timeout_s,
				.cancel = s->cancel };
	int rc;

	emulator_argv(s, sandbox_path(sb, s->kernel->dir), &inner);
	sandbox_argv(sb, NULL, (const char *const *)inner.v, &argv);
	proc_quote(&quoted, (const char *const *)argv.v);
	out->command = buf_take(&quoted);
	ps.argv = (const char *const *)argv.v;
	rc = proc_run(&ps, &r, e);
	buf_add_slice(&out->console, buf_slice(&r.out));
	out->wall_s = r.wall_s;
	return rc ? rc : judge_end(s, &r, e);
}

int boot_run(const struct boot_spec *spec, struct boot *out, struct err *e)
{
	_cleanup_free_ char *archive = path_join(spec->kernel->dir, ARCHIVE);
	struct sandbox sb = { .off = spec->no_sandbox };
	int rc;

	*out = (struct boot){ 0 };
	sandbox_add(&sb, spec->kernel->dir, INSIDE, false);
	rc = write_archive(spec->kernel, archive, e);
	if (!rc)
		rc = emulate(spec, &sb, out, e);
	sandbox_release(&sb);
	return rc;
}
