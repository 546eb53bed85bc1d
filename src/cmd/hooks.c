// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/hooks.h"

#include <stddef.h>

static const char pre_commit[] =
	"#!/bin/sh\n" HOOK_MARK ".\n"
	"#\n"
	"# What is about to be committed is linted as it stands in the index, and the lines\n"
	"# that are to be verified anew are named. git commit --no-verify goes past it.\n"
	"\n"
	"cd \"$(git rev-parse --show-toplevel)\" || exit 1\n"
	"against=$(git rev-parse -q --verify HEAD) || against=$(git hash-object -t tree "
	"/dev/null)\n"
	"work=$(mktemp -d) || exit 1\n"
	"trap 'rm -rf \"$work\"' EXIT\n"
	"git checkout-index -a -q --prefix=\"$work/\" || exit 1\n"
	"carry -C \"$work\" target list --porcelain >\"$work/.targets\" || exit 1\n"
	"status=0\n"
	"stale=\n"
	"tab=$(printf '\\t')\n"
	"while IFS=$tab read -r name state _ series; do\n"
	"\tgit diff --cached --quiet \"$against\" -- \"$series\" && continue\n"
	"\t[ \"$state\" != retired ] || continue\n"
	"\t[ -e \"$work/$series/series\" ] || continue\n"
	"\tstale=\"$stale $name\"\n"
	"\tcarry -C \"$work\" lint \"$name\" >&2 || status=1\n"
	"done <\"$work/.targets\"\n"
	"[ -z \"$stale\" ] || echo \"stale:$stale (carry verify$stale)\" >&2\n"
	"exit $status\n";

static const char pre_push[] =
	"#!/bin/sh\n" HOOK_MARK ".\n"
	"#\n"
	"# Nothing is pushed that lint complains of or that verify has seen to fail; cells that\n"
	"# were not verified as they are now are counted. git push --no-verify goes past it.\n"
	"\n"
	"cd \"$(git rev-parse --show-toplevel)\" || exit 1\n"
	"carry lint >&2 || exit 1\n"
	"carry status --porcelain | awk -F '\\t' '\n"
	"\t$1 == \"cell\" && ($7 == \"fail\" || $7 == \"error\") && $8 != \"stale\" {\n"
	"\t\tprint $7 \": \" $2 \" \" $3\n"
	"\t\tbad = 1\n"
	"\t}\n"
	"\t$1 == \"cell\" && ($7 == \"none\" || $8 == \"stale\") { open[$2]++ }\n"
	"\tEND {\n"
	"\t\tfor (line in open)\n"
	"\t\t\tprint \"stale: \" line \": \" open[line] \" cells (carry verify \" line \")\"\n"
	"\t\texit bad\n"
	"\t}' >&2\n";

static const char ci[] =
	"#!/bin/sh\n" HOOK_MARK ".\n"
	"#\n"
	"# For a CI job. CARRY_CACHE should be a directory that is kept from run to run (the\n"
	"# kernel trees, warm builds), and so should .carry/state (the evidence): what has\n"
	"# not changed is not run again. carry.xml and carry.html are the reports to keep.\n"
	"\n"
	"carry lint\n"
	"lint=$?\n"
	"carry fetch || echo 'going on with the trees that are there' >&2\n"
	"carry verify -k\n"
	"verify=$?\n"
	"carry report -f junit -o carry.xml\n"
	"carry report -f html -o carry.html\n"
	"[ $lint -eq 0 ] || exit $lint\n"
	"exit $verify\n";

const struct hook hooks[] = {
	{ "pre-commit", pre_commit, true },
	{ "pre-push", pre_push, true },
	{ "ci", ci, false },
	{ NULL, NULL, false },
};
