#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run-differ.sh DIFFER SEED CASES: one run of differ in a directory of its own.
set -eu

for tool in patch git diff; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP no $tool here"
		exit 0
	}
done
work=$(mktemp -d "${TMPDIR:-/tmp}/differ.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$1" "$2" "$3" "$work"
