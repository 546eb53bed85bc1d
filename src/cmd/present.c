// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/present.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/json.h"
#include "report/porcelain.h"
#include "report/term.h"

/* How many columns and lines the terminal behind @f has; 0: it is none. */
static void window(FILE *f, unsigned *width, unsigned *height)
{
	struct winsize ws = { 0 };

	*width = *height = 0;
	if (isatty(fileno(f)) && !ioctl(fileno(f), TIOCGWINSZ, &ws)) {
		*width = ws.ws_col;
		*height = ws.ws_row;
	}
}

struct style present_style(const struct cmd_env *env, FILE *f)
{
	struct style s = { .colour = env->color ? STYLE_COLOUR : STYLE_PLAIN };
	unsigned height;

	window(f, &s.width, &height);
	setlocale(LC_CTYPE, "");
	s.charset = !strcmp(nl_langinfo(CODESET), "UTF-8") ? STYLE_UTF8 : STYLE_ASCII;
	return s;
}

void present_window(const struct cmd_env *env, struct live *live)
{
	unsigned width, height;

	window(env->err, &width, &height);
	if (width)
		live_resize(live, width, height);
}

struct live *present_live(const struct cmd_env *env, const struct plan *plan)
{
	struct live_opts opts = { .style = present_style(env, env->err) };
	struct live_plan *cells = xcalloc(plan->cells.n, sizeof(*cells));
	struct live *l;
	unsigned width;

	window(env->err, &width, &opts.height);
	opts.mode = env->verbosity < 0 ? LIVE_QUIET
		    : env->live	       ? LIVE_REDRAW
				       : LIVE_LINES;
	l = live_new(env->err, &opts);
	for (size_t i = 0; i < plan->cells.n; i++) {
		const struct cell *c = &plan->cells.v[i];
		const struct plan_target *t = &plan->targets.v[c->target];

		cells[i] = (struct live_plan){
			.target = t->conf->name,
			.base = t->provenance,
			.check = c->spec->name,
			.arch = c->arch ? c->arch->name : NULL,
			.toolchain = c->toolchain ? c->toolchain->name : NULL,
			.config = c->config ? c->config->name : NULL
		};
	}
	live_plan(l, cells, plan->cells.n);
	free(cells);
	return l;
}

/* Findings are the series' business; what could not be asked is the environment's. */
int present_result(const json_t *model, struct err *e)
{
	struct model_counts n;
	int rc = 0;

	model_count(model, &n);
	if (n.error)
		rc = err_set(e, ERR_TOOL, "%u cell%s could not be decided", n.error,
			     n.error > 1 ? "s" : "");
	if (!n.pass && !n.fail && !n.error && !n.none && !n.stale)
		rc = err_set(e, ERR_UNAVAILABLE,
			     "nothing was proven: every cell is a skip");
	if (n.fail || n.stale || n.none || n.required_open)
		rc = worse_result(rc, CMD_FINDINGS);
	return rc;
}

int present_term(const struct cmd_env *env, bool plain, const json_t *model,
		 struct buf *out, struct err *e)
{
	struct term_opts opts = { .style = present_style(env, env->out),
				  .findings = env->verbosity > 0 ? 0 : 1 };

	if (plain)
		opts.style.colour = STYLE_PLAIN;
	return report_term(model, &opts, out, e);
}

int present_matrix(const struct cmd_env *env, const struct project *p, struct err *e)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	json_t *model;
	int rc = project_model(p, env->json ? (size_t)64 << 10 : 0, &model, e);

	if (rc)
		return rc;
	if (env->json)
		rc = report_json(model, JSON_LINES, &out, e);
	else if (env->porcelain)
		rc = report_porcelain(model, env->nul ? PORCELAIN_NUL : PORCELAIN_LINES,
				      &out, e);
	else
		rc = present_term(env, false, model, &out, e);
	if (!rc && fwrite(buf_str(&out), 1, out.len, env->out) != out.len)
		rc = err_set(e, ERR_IO, "cannot write the result");
	if (!rc)
		rc = present_result(model, e);
	json_decref(model);
	return rc;
}
