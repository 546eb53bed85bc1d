#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='where a command works is locked, and the next one removes what a killed one left'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/quilt.sh
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

strace -o /dev/null true 2>/dev/null || {
	skip_all='needs strace'
	test_done
}

mkdir -p start/series start/base && seq -f 'line %g' 20 >start/base/f && (
	cd start && printf '%s\n' '[carry]' 'version = 1' 'newest = x' '[target "x"]' \
		'source = dir base' 'series = series' >carry.conf && echo one.patch >series/series
) && cat >start/series/one.patch <<\EOT && cp start/series/one.patch two.patch || exit 1
From: A <a@example.org>
Subject: [PATCH] one

Signed-off-by: A <a@example.org>
---
--- a/f
+++ b/f
@@ -10 +10 @@
-line 10
+one
EOT
printf '%s\n' 'From x@y Thu Jan  1 00:00:00 1970' 'From: R <r@example.org>' \
	'Subject: Re: [PATCH] one' '' 'Reviewed-by: R <r@example.org>' >mbox

fresh() {
	cd "$SHARNESS_TRASH_DIRECTORY" && rm -rf r && cp -R start r && cd r && rm -f ../trace
}

# left PLACE: how many directories there are of that name with six letters behind it
left() {
	find "${1%/*}" -maxdepth 1 -type d -name "${1##*/}.??????" | wc -l
}

# swept PLACE CALL COMMAND...: what it leaves, killed at its first CALL, it removes again.
swept() {
	place=$1 call=$2
	shift 2
	fresh && killed "$call" 1 "$@" && test "$(left "$place")" = 1 &&
		"$@" && test "$(left "$place")" = 0
}

# in_use PLACE: by the one that stands still at work
in_use() {
	for _ in $(seq 400); do
		grep -qs "stopped by SIGSTOP" ../trace && break
		sleep 0.05
	done
	test "$(left "$1")" = 1 && ! flock -n "$1".?????? true
}

# held PLACE CALL COMMAND...: at its first CALL it has the lock of its directory.
held() {
	place=$1 call=$2
	shift 2
	fresh &&
		{ strace -qq -o ../trace -e trace="$call" -e inject="$call:signal=STOP:when=1" \
			"$@" >../out 2>&1 & } && tracer=$! &&
		{ in_use "$place" && kept=yes || kept=no; } &&
		kill -CONT $(pgrep -P $tracer) && wait $tracer && test $kept = yes &&
		test "$(left "$place")" = 0
}

both() {
	swept "$@" && held "$@"
}

test_expect_success 'import' '
	both .carry/cache/import rmdir carry import --replace x ../two.patch
'

test_expect_success 'trailers' '
	both .carry/cache/trailers rmdir carry trailers --yes --from ../mbox x
'

test_expect_success 'a copy of a series' '
	both backports/.carry-new chmod carry target promote y --source "dir base"
'

test_expect_success 'the store' '
	both .carry/cache/store.git chmod carry fetch
'

test_expect_success 'which has the mode of any new directory, and hands its group down' '
	fresh && mkdir -p .carry/cache && chmod g+s .carry/cache && (umask 027 && carry fetch) &&
	test "$(stat -c %a .carry/cache/store.git)" = 2750
'

test_expect_success 'and once there is one, nothing is left beside it' '
	kills=0 && for call in rename rmdir unlink; do
		n=1
		while fresh && killed $call $n carry fetch; do
			carry fetch && test "$(left .carry/cache/store.git)" = 0 || return 1
			n=$((n + 1)) kills=$((kills + 1))
		done
	done && test "$kills" -ge 5
'

test_done
