/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How findings of lint's rules reach the person: lines like a compiler's, or JSON. */

#include <jansson.h>

#include "cmd/env.h"
#include "engine/lint.h"

/*
 * "path:line: level: text [rule]" on env->out, with @advice what to do below; with -q
 * errors and warnings only.
 */
void findings_print(const struct cmd_env *env, const struct lint_report *r, bool advice);
/* An array of {level, id, path, line, message, advice}. */
json_t *findings_json(const struct lint_report *r);
size_t findings_count(const struct lint_report *r, enum finding_level level);
/* CMD_FINDINGS when there are errors or warnings, else 0. */
int findings_result(const struct lint_report *r);
