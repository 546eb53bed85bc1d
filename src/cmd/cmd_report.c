// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "cmd/commands.h"
#include "cmd/present.h"
#include "report/html.h"
#include "report/json.h"
#include "report/junit.h"

enum form { FORM_TERM, FORM_JSON, FORM_HTML, FORM_JUNIT };

static const char *const forms[] = { [FORM_TERM] = "term",
				     [FORM_JSON] = "json",
				     [FORM_HTML] = "html",
				     [FORM_JUNIT] = "junit",
				     NULL };

struct values {
	struct filter_opts filter;
	int form;
	const char *output;
};

/* Logs in a page or an XML file are there to be read, not to be complete. */
#define MAX_LOG ((size_t)16 << 10)

static int write_form(const struct cmd_env *env, const struct values *v,
		      const json_t *model, struct buf *out, struct err *e)
{
	switch ((enum form)v->form) {
	case FORM_JSON:
		return report_json(model, JSON_LINES, out, e);
	case FORM_HTML:
		return report_html(model, out, e);
	case FORM_JUNIT:
		return report_junit(model, out, e);
	case FORM_TERM:
		break;
	}
	return present_term(env, v->output != NULL, model, out, e);
}

/* Into a device or a pipe as it stands; a file is replaced, where a link leads too. */
static int write_file(const char *path, struct slice data, struct err *e)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	const char *at = real ? real : path;
	struct stat st;
	int fd;

	if (stat(at, &st) || S_ISREG(st.st_mode))
		return fsx_publish(at, data, e);
	fd = open(at, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "cannot write '%s'", path);
	return fsx_write_close(fd, data, path, e);
}

static int write_report(const struct cmd_env *env, const struct values *v,
			const json_t *model, struct err *e)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int rc = write_form(env, v, model, &out, e);

	if (rc)
		return rc;
	if (v->output && strcmp(v->output, "-") != 0)
		return write_file(v->output, buf_slice(&out), e);
	if (fwrite(buf_str(&out), 1, out.len, env->out) != out.len)
		return err_set(e, ERR_IO, "cannot write the report");
	return 0;
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	struct plan_filter filter;
	json_t *model = NULL;
	struct project p;
	int rc;

	filter_make(env, &v->filter, &filter);
	rc = project_open_seen(env, &filter, &p, e);
	if (!rc)
		rc = project_model(&p, MAX_LOG, &model, e);
	if (!rc)
		rc = write_report(env, v, model, e);
	if (!rc)
		rc = present_result(model, e);
	json_decref(model);
	project_release(&p);
	filter_release(&filter);
	return rc;
}

static const struct opt options[] = {
	OPT_CHOICE('f', "format", "FORM", forms, struct values, form,
		   "write this form of the report"),
	OPT_STRING('o', "output", "FILE", HINT_FILE, struct values, output,
		   "write to FILE, whole or not at all"),
	FILTER_OPTIONS(struct values, filter),
	OPT_END,
};

const struct cmd cmd_report = {
	.name = "report",
	.summary = "write the matrix as a file that others read",
	.usage = "[options] [TARGET...]",
	.options = options,
	.values_size = sizeof(struct values),
	.place = PLACE_REPO,
	.max_args = ARGS_ANY,
	.args = HINT_TARGET,
	.run = run,
};
