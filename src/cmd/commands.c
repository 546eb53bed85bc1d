// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"

const struct cmd *const all_commands[] = {
	&cmd_verify, &cmd_status, &cmd_report, &cmd_apply, &cmd_target,
	&cmd_fetch,  &cmd_import,
	&cmd_gc, &cmd_doctor, &cmd_completion, &cmd_help, &cmd_version, NULL,
};
