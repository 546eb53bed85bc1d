// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"

const struct cmd *const all_commands[] = {
	&cmd_verify, &cmd_status, &cmd_report,	   &cmd_apply, &cmd_compare,  &cmd_fit,
	&cmd_lint,   &cmd_init,	  &cmd_target,	   &cmd_fetch, &cmd_import,   &cmd_edit,
	&cmd_save,   &cmd_export, QUILT_COMMANDS,  &cmd_send,  &cmd_trailers, &cmd_hook,
	&cmd_gc,     &cmd_doctor, &cmd_completion, &cmd_help,  &cmd_version,  NULL,
};
