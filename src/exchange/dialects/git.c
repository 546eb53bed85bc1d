// SPDX-License-Identifier: GPL-2.0-or-later
/* git: a directory as of git-format-patch(1). b4: the same, to begin a branch of b4's. */
#include "exchange/dialects/dialect.h"

const struct export_dialect dialect_git = {
	.name = "git",
	.summary = "patches as of git-format-patch(1)",
	.dir = "",
	.numbered = true,
	.next = "git am *.patch",
	.convert = as_mail,
};

const struct export_dialect dialect_b4 = {
	.name = "b4",
	.summary = "patches to begin a b4 branch with",
	.dir = "",
	.numbered = true,
	.next = "b4 prep -n NAME -f BASE && git am *.patch, then b4 prep --edit-cover",
	.convert = as_mail,
};
