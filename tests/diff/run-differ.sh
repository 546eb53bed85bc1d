#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run-differ.sh PROGRAM SEED CASES: one run of differ or trees in a directory of its own.
set -eu

for tool in patch git diff; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP no $tool here"
		exit 0
	}
done
tmp=${TMPDIR:-/tmp}
# Thousands of small files: in memory where there is room, which is three times as fast.
[ ! -w /dev/shm ] || tmp=/dev/shm
work=$(mktemp -d "$tmp/differ.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$1" "$2" "$3" "$work"
