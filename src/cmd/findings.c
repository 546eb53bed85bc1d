// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/findings.h"

#include "report/show.h"

void findings_print(const struct cmd_env *env, const struct lint_report *r, bool advice)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	vec_each (f, &r->findings) {
		bool counts = f->rule->level <= FINDING_WARNING;

		if (env->verbosity < 0 && !counts)
			continue;
		show_line(&b, slice_str(f->path), SHOW_UTF8);
		if (f->line)
			buf_addf(&b, ":%u", f->line);
		buf_addf(&b, ": %s: ", finding_level_name(f->rule->level));
		show_line(&b, slice_str(f->text), SHOW_UTF8);
		buf_addf(&b, " [%s]\n", f->rule->id);
		if (advice && counts)
			buf_addf(&b, "\t%s\n", f->rule->advice);
	}
	fputs(buf_str(&b), env->out);
}

json_t *findings_json(const struct lint_report *r)
{
	json_t *list = json_array();

	vec_each (f, &r->findings)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:i, s:o, s:s}", "level",
						finding_level_name(f->rule->level), "id",
						f->rule->id, "path",
						json_bytes(f->path, strlen(f->path)),
						"line", (int)f->line, "message",
						json_bytes(f->text, strlen(f->text)),
						"advice", f->rule->advice));
	return list;
}

size_t findings_count(const struct lint_report *r, enum finding_level level)
{
	size_t n = 0;

	vec_each (f, &r->findings)
		n += f->rule->level == level;
	return n;
}

int findings_result(const struct lint_report *r)
{
	return findings_count(r, FINDING_ERROR) || findings_count(r, FINDING_WARNING)
		       ? CMD_FINDINGS
		       : 0;
}
