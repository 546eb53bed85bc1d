#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whole series of distributions, against quilt. CARRY_REAL_SERIES holds lines
# "TREE PATCHES...": an unpatched tree and the directories of its series.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${CARRY_BUILD:-$here/../../build}
if [ -z "${CARRY_REAL_SERIES:-}" ] || ! command -v quilt >/dev/null; then
	echo "1..0 # SKIP needs quilt, and trees in CARRY_REAL_SERIES"
	exit 0
fi
n=0 failed=0
work=$(mktemp)
trap 'rm -f "$work"' EXIT
while read -r tree patches; do
	[ -n "$tree" ] || continue
	n=$((n + 1))
	# shellcheck disable=SC2086 # several directories
	if "$here/quilt-agree.sh" "$build" "$tree" $patches >"$work" 2>&1 </dev/null; then
		echo "ok $n - $tree"
	else
		failed=1
		echo "not ok $n - $tree"
	fi
	sed 's/^/# /' "$work"
done <<END
$CARRY_REAL_SERIES
END
echo "1..$n"
exit "$failed"
