#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# golden.sh APPLY_DIR: each tests/data/apply/<case> has orig/, patch and expect/, which
# GNU patch -F0 made. The strict rules must make the same of it, and undo it again.
set -eu

apply=$1
data=$(cd "$(dirname "$0")/../data/apply" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/golden.XXXXXX")
trap 'rm -rf "$work"' EXIT
n=0 failed=0

same() { # DIR DIR: names, bytes, and who may execute
	diff -r "$1" "$2" && (cd "$1" && find . -type f -perm -100 | sort) >"$work/x1" &&
		(cd "$2" && find . -type f -perm -100 | sort) >"$work/x2" &&
		cmp "$work/x1" "$work/x2"
}

result() { # STATUS TEXT
	n=$((n + 1))
	[ "$1" -eq 0 ] || failed=1
	[ "$1" -eq 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

for case in "$data"/*/; do
	name=$(basename "$case")
	rm -rf "$work/t"
	cp -R "$case/orig" "$work/t"
	{ "$apply" "$work/t" "$case/patch" && same "$work/t" "$case/expect"; } \
		>"$work/log" 2>&1 && status=0 || status=1
	[ "$status" -eq 0 ] || sed 's/^/# /' "$work/log"
	result "$status" "$name"
	{ "$apply" -R "$work/t" "$case/patch" && same "$work/t" "$case/orig"; } \
		>"$work/log" 2>&1 && status=0 || status=1
	[ "$status" -eq 0 ] || sed 's/^/# /' "$work/log"
	result "$status" "$name, undone"
done
echo "1..$n"
exit "$failed"
