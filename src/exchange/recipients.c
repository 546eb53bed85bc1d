// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/recipients.h"

#include "base/fsx.h"
#include "base/sandbox.h"
#include "exchange/send_repo.h"

#define SCRIPT "scripts/get_maintainer.pl"

static int take_out(const struct recipients_ask *ask, const char *path, bool needed,
		    const char *dir, struct err *e)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *to = path_join(dir, slash ? slash + 1 : path);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err why = { 0 };
	int rc = store_blob(ask->store, ask->tree, path, &b, NULL, &why);

	if (rc == ERR_NOTFOUND && !needed)
		return 0;
	if (rc) {
		*e = why;
		return rc;
	}
	return fsx_publish(to, buf_slice(&b), e);
}

static int prepare(const struct recipients_ask *ask, const char *dir, struct err *e)
{
	static const char *const wanted[] = { SCRIPT, "MAINTAINERS",
					      ".get_maintainer.ignore", ".mailmap" };
	int rc = 0;

	for (size_t i = 0; !rc && i < ARRAY_SIZE(wanted); i++)
		rc = take_out(ask, wanted[i], i < 2, dir, e);
	for (size_t i = 0; !rc && i < ask->series->n; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%zu.patch", dir, i);

		rc = fsx_publish(path, buf_slice(&ask->series->patches[i]->bytes), e);
	}
	return rc;
}

/* "Name <mail> (maintainer:SUBSYSTEM)", "list@x (open list:SUBSYSTEM)". */
static void take_line(struct send *s, struct slice line, size_t *n)
{
	const char *open = memmem(line.p, line.n, " (", 2);
	struct slice who = line, role = { "", 0 };
	const char *address;

	if (open) {
		who.n = (size_t)(open - line.p);
		role = (struct slice){ open + 2, (size_t)(line.p + line.n - open - 2) };
	}
	if (!memchr(who.p, '@', who.n))
		return;
	address = arena_dup(&s->arena, who.p, who.n);
	++*n;
	if (slice_starts(role, "maintainer") || slice_starts(role, "supporter"))
		send_add_to(s, address);
	else
		send_add_cc(s, address);
}

static int ask_script(const struct recipients_ask *ask, const char *dir,
		      struct proc_result *r, struct err *e)
{
	struct sandbox sb = { .off = ask->no_sandbox };
	_cleanup_strvec_ struct strvec argv = { 0 }, full = { 0 };
	struct proc_spec ps = { .timeout_s = 120, .cancel = ask->cancel };
	const char *at;
	int rc;

	sandbox_add(&sb, dir, "/carry/src", false);
	at = sandbox_path(&sb, dir);
	strvec_push_all(&argv, (const char *const[]){ "perl", NULL });
	strvec_pushf(&argv, "%s/get_maintainer.pl", at);
	strvec_push_all(&argv, (const char *const[]){ "--no-tree", "--no-git",
						      "--no-git-fallback", "--rolestats",
						      NULL });
	for (size_t i = 0; i < ask->series->n; i++)
		strvec_pushf(&argv, "%s/%zu.patch", at, i);
	/* It reads MAINTAINERS where it stands. */
	sandbox_argv(&sb, at, (const char *const *)argv.v, &full);
	ps.argv = (const char *const *)full.v;
	ps.dir = sb.off ? dir : NULL;
	rc = proc_check(&ps, r, e);
	sandbox_release(&sb);
	return rc;
}

int recipients_add(const struct recipients_ask *ask, struct send *s, size_t *n,
		   struct err *e)
{
	_cleanup_free_ char *parent = path_join(store_cache(ask->store), SEND_PLACE),
			    *dir = NULL;
	_cleanup_proc_ struct proc_result r = { 0 };
	struct err ignored = { 0 };
	struct slice rest, line;
	int rc = fsx_tmpdir(parent, "who", &dir, e);

	*n = 0;
	if (!rc)
		rc = prepare(ask, dir, e);
	if (!rc)
		rc = ask_script(ask, dir, &r, e);
	if (dir && fsx_remove(dir, &ignored))
		err_clear(&ignored);
	if (rc)
		return rc == ERR_NOTFOUND ? rc : err_wrap(e, "cannot ask " SCRIPT);
	rest = buf_slice(&r.out);
	while (slice_line(&rest, &line))
		take_line(s, slice_trim(line), n);
	return 0;
}
