// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * checkpatch: the target's own scripts/checkpatch.pl, --strict, says nothing of
 * any patch. A sign-off that is missing is the sender's to give and is reported
 * as owed; nothing else is waived.
 */
#include "check/check.h"

#include <ctype.h>
#include <stdio.h>

#define SCRIPT "scripts/checkpatch.pl"

/* "name:LINE: LEVEL:TYPE: message", as --emacs --show-types print it. */
struct said {
	unsigned line;
	struct slice type, message;
};

static bool parse_said(struct slice line, struct said *s)
{
	static const char *const levels[] = { "ERROR:", "WARNING:", "CHECK:" };

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		const char *at = memmem(line.p, line.n, levels[i], strlen(levels[i]));
		const char *end;

		/* The level follows "path:LINE: ". */
		if (!at || at - line.p < 4 || at[-1] != ' ' || at[-2] != ':')
			continue;
		s->type.p = at + strlen(levels[i]);
		end = memchr(s->type.p, ':', (size_t)(line.p + line.n - s->type.p));
		if (!end)
			return false;
		s->type.n = (size_t)(end - s->type.p);
		s->message = slice_trim(
			(struct slice){ end + 1, (size_t)(line.p + line.n - end) - 1 });
		s->line = 0;
		for (const char *p = at - 3; p >= line.p && isdigit((unsigned char)*p);
		     p--)
			s->line = (unsigned)atoi(p);
		return true;
	}
	return false;
}

/* The number of findings that could be read. */
static unsigned report(const char *name, struct slice output, struct verdict *v)
{
	struct slice line;
	unsigned n = 0;
	struct said s;

	while (slice_line(&output, &line)) {
		_cleanup_free_ char *type = NULL;
		bool owed;

		if (!parse_said(slice_trim(line), &s))
			continue;
		n++;
		type = xmemdupz(s.type.p, s.type.n);
		owed = !strcmp(type, "MISSING_SIGN_OFF");
		finding_add(v, owed ? FINDING_OWED : FINDING_ERROR, type, name, s.line,
			    "%.*s", SLICE_ARG(s.message));
		if (!owed)
			verdict_say(v, VERDICT_FAIL, "%s: %s: %.*s", name, type,
				    SLICE_ARG(s.message));
	}
	return n;
}

/* What it counted itself; the line is the last of its kind, after all it quotes. */
static unsigned findings_counted(const char *output)
{
	unsigned errors = 0, warnings = 0, checks = 0;
	const char *at = NULL;

	for (const char *p = output; (p = strstr(p, "total: ")); p++)
		at = p;
	if (at)
		sscanf(at, "total: %u errors, %u warnings, %u checks", &errors, &warnings,
		       &checks);
	return errors + warnings + checks;
}

/* "total: 0 errors, 0 warnings, 0 checks, 12 lines checked": proof that it looked. */
static unsigned lines_checked(struct slice output)
{
	static const char mark[] = " lines checked";
	const char *at = memmem(output.p, output.n, mark, strlen(mark));
	const char *p = at;

	while (p && p > output.p && isdigit((unsigned char)p[-1]))
		p--;
	return p && p < at ? (unsigned)atoi(p) : 0;
}

static int ask(const struct check_run *run, const char *name, struct proc_result *r,
	       struct verdict *v, struct err *e)
{
	const struct check_target *t = run->target;
	struct sandbox sb = { .off = run->env->no_sandbox };
	_cleanup_strvec_ struct strvec argv = { 0 }, full = { 0 };
	struct proc_spec ps = { .merge = true,
				.timeout_s = check_timeout(run, 120),
				.cancel = run->env->cancel };
	_cleanup_buf_ struct buf quoted = BUF_INIT;
	int rc;

	sandbox_add(&sb, t->tree, "/carry/src", false);
	sandbox_add(&sb, t->plan->variant->dir, "/carry/series", false);
	strvec_push(&argv, "perl");
	strvec_pushf(&argv, "%s/" SCRIPT, sandbox_path(&sb, t->tree));
	strvec_push_all(&argv,
			(const char *const[]){ "--no-tree", "--strict", "--show-types",
					       "--emacs", "--color=never", NULL });
	strvec_pushf(&argv, "%s/%s", sandbox_path(&sb, t->plan->variant->dir), name);
	/* Not the repository: checkpatch reads .checkpatch.conf where it stands. */
	sandbox_argv(&sb, "/tmp", (const char *const *)argv.v, &full);
	ps.argv = (const char *const *)full.v;
	ps.dir = sb.off ? "/" : NULL;
	proc_quote(&quoted, ps.argv);
	free(v->command);
	v->command = buf_take(&quoted);
	rc = proc_run(&ps, r, e);
	sandbox_release(&sb);
	return rc;
}

static void check_patch(const struct check_run *run, const char *name, struct buf *log,
			struct verdict *v)
{
	_cleanup_proc_ struct proc_result r = { 0 };
	struct err e = { 0 };
	unsigned lines, read, counted;

	if (ask(run, name, &r, v, &e)) {
		check_broken(v, &e);
		return;
	}
	buf_add_slice(log, buf_slice(&r.out));
	v->cpu_s += r.cpu_s;
	lines = lines_checked(buf_slice(&r.out));
	json_object_set_new(v->facts, name,
			    json_pack("{s:i}", "lines_checked", (int)lines));
	read = report(name, buf_slice(&r.out), v);
	counted = findings_counted(buf_str(&r.out));
	if (read < counted)
		verdict_say(
			v, VERDICT_ERROR,
			"checkpatch.pl has %u findings on '%s', of which %u could be read",
			counted, name, read);
	if (!lines || r.status < 0 || r.status > 1)
		verdict_say(v, VERDICT_ERROR, "checkpatch.pl did not check '%s': %.200s",
			    name, buf_str(&r.out));
}

static void run(const struct check_run *run, struct verdict *v)
{
	const struct variant_series *series = run->target->plan->variant;
	_cleanup_buf_ struct buf log = BUF_INIT;
	_cleanup_free_ char *script = path_join(run->target->tree, SCRIPT);

	if (!fsx_exists(script)) {
		verdict_say(v, VERDICT_ERROR,
			    "'%s' is not in the sparse tree: add it to [checkout]",
			    SCRIPT);
		return;
	}
	for (size_t i = 0; i < series->n; i++)
		check_patch(run, series->series->entries.v[i].name, &log, v);
	v->log = buf_take(&log);
	verdict_say(v, VERDICT_PASS, "checkpatch.pl --strict has no findings");
}

static const char *const tools[] = { "perl", NULL };

const struct checker checker_checkpatch = {
	.spec = { .name = "checkpatch",
		  .version = 3,
		  .scope = SCOPE_TARGET,
		  .inputs = INPUT_HEADERS | INPUT_CHECKOUT,
		  .tools = tools },
	.run = run,
	.needs_target = true,
};
