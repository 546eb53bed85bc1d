// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/sandbox.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"

void sandbox_release(struct sandbox *sb)
{
	if (sb)
		vec_release(&sb->places);
}

void sandbox_add(struct sandbox *sb, const char *host, const char *inside, bool writable)
{
	vec_push(&sb->places, (struct sandbox_place){ host, inside, writable });
}

const char *sandbox_path(const struct sandbox *sb, const char *host)
{
	if (!sb->off) {
		vec_each(p, &sb->places) {
			if (!strcmp(p->host, host))
				return p->inside;
		}
	}
	return host;
}

/* /bin and its like are links into /usr on merged systems, directories on others. */
static void add_system_dir(struct strvec *out, const char *dir)
{
	char target[256];
	ssize_t n = readlink(dir, target, sizeof(target) - 1);

	if (n > 0) {
		target[n] = '\0';
		strvec_push(out, "--symlink");
		strvec_push(out, target);
		strvec_push(out, dir);
	} else if (fsx_is_dir(dir)) {
		strvec_push(out, "--ro-bind");
		strvec_push(out, dir);
		strvec_push(out, dir);
	}
}

static void add_world(struct strvec *out)
{
	static const char *const dirs[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64" };
	static const char *const etc[] = { "/etc/alternatives", "/etc/ld.so.cache",
					   "/etc/ld.so.conf", "/etc/ld.so.conf.d" };

	strvec_push_all(out, (const char *const[]){ "--ro-bind", "/usr", "/usr", NULL });
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		add_system_dir(out, dirs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(etc); i++) {
		strvec_push(out, "--ro-bind-try");
		strvec_push(out, etc[i]);
		strvec_push(out, etc[i]);
	}
}

void sandbox_argv(const struct sandbox *sb, const char *dir, const char *const *argv,
		  struct strvec *out)
{
	static const char *const head[] = { "bwrap", "--die-with-parent", "--new-session",
					    "--unshare-all", "--cap-drop", "ALL",
					    "--proc", "/proc", "--dev", "/dev",
					    "--tmpfs", "/tmp", NULL };

	if (sb->off) {
		/* The program that the sandbox would find, whatever the caller's PATH. */
		_cleanup_free_ char *clean = proc_find_clean(argv[0]);

		strvec_push(out, clean ? clean : argv[0]);
		strvec_push_all(out, argv + 1);
		return;
	}
	strvec_push_all(out, head);
	add_world(out);
	vec_each(p, &sb->places) {
		strvec_push(out, p->writable ? "--bind" : "--ro-bind");
		strvec_push(out, p->host);
		strvec_push(out, p->inside);
	}
	if (dir) {
		strvec_push(out, "--chdir");
		strvec_push(out, dir);
	}
	strvec_push(out, "--");
	strvec_push_all(out, argv);
}

int sandbox_probe(struct err *e)
{
	static const char *const probe[] = { "true", NULL };
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct sandbox sb = { 0 };
	struct proc_spec spec = { .timeout_s = 20 };
	int rc;

	sandbox_argv(&sb, NULL, probe, &argv);
	spec.argv = (const char *const *)argv.v;
	rc = proc_check(&spec, &r, e);
	if (rc) {
		err_wrap(e, "cannot make a sandbox (install bubblewrap and allow user "
			    "namespaces, or give --no-sandbox)");
		e->code = ERR_TOOL;
	}
	return rc;
}
