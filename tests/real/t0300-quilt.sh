#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whole series of distributions, against quilt, and through carry edit and save. CARRY_REAL_SERIES holds what
# scripts/debian-series prints, lines "NAME TREE PATCHES...": an unpatched tree and the
# directories of its series. If it is not set, that script obtains the kernels of
# carry.conf, and the packages below. What cannot be had today is a skip.
set -eu

# Not kernels; of the largest series among those whose sources are small.
others='imagemagick/6.9.11 glibc/2.31 grub2/2.06 systemd/247'

here=$(cd "$(dirname "$0")" && pwd)
build=${CARRY_BUILD:-$here/../../build}
obtain=$here/../../scripts/debian-series
if ! command -v quilt >/dev/null; then
	echo "1..0 # SKIP no quilt here"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/t0300.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -n "${CARRY_REAL_SERIES:-}" ]; then
	echo "$CARRY_REAL_SERIES" >"$work/list"
else
	# shellcheck disable=SC2086 # several packages
	{ "$obtain" && { [ -z "$others" ] || "$obtain" $others; }; } >"$work/list" 2>"$work/log" || {
		sed 's/^/# /' "$work/log"
		echo 'Bail out! scripts/debian-series failed'
		exit 1
	}
	sed 's/^/# /' "$work/log"
fi

n=0 failed=0
while read -r name tree patches; do
	[ -n "$name" ] || continue
	n=$((n + 1))
	if [ "$tree" = - ]; then
		echo "ok $n - $name # SKIP $patches"
		continue
	fi
	for what in quilt-agree edit-again; do
		[ "$what" = quilt-agree ] || n=$((n + 1))
		# shellcheck disable=SC2086 # several directories
		if "$here/$what.sh" "$build" "$tree" $patches >"$work/out" 2>&1 </dev/null; then
			echo "ok $n - $name: $what"
		else
			failed=1
			echo "not ok $n - $name: $what"
		fi
		sed 's/^/# /' "$work/out"
	done
done <"$work/list"
echo "1..$n"
exit "$failed"
