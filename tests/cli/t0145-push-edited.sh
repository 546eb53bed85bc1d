#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='what somebody edits while carry pushes is never taken for the work of the push'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

strace -qq -o /dev/null true 2>/dev/null || {
	skip_all='no strace, or it may not trace'
	test_done
}

# edited_at CALL PATH EDIT COMMAND...: the command stops behind its first CALL on that
# path; EDIT is done meanwhile.
edited_at() {
	call=$1 path=$2 edit=$3
	shift 3
	rm -f ../stops
	# shellcheck disable=SC2016 # the inner shell has a number of its own
	strace -f -qq -o ../stops -P "$path" -e trace="$call" -e inject="$call:signal=STOP:when=1" \
		sh -c 'echo $$ >../number; exec "$@"' sh "$@" >../out 2>&1 &
	tracer=$!
	until grep -q "stopped by SIGSTOP" ../stops 2>/dev/null; do
		kill -0 $tracer 2>/dev/null || return 99
		sleep 0.02
	done
	eval "$edit"
	kill -CONT "$(cat ../number)" && wait $tracer
}

record=.pc/.carry-patches

test_expect_success 'what it is without an edit' '
	mkdir -p orig/patches && seq 20 >orig/f && cp orig/f orig/g &&
	for file in f g; do
		printf -- "--- a/$file\n+++ b/$file\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n" >orig/patches/$file.patch &&
		echo $file.patch >>orig/patches/series || return 1
	done &&
	cp -a orig X && (cd X && edited_at unlinkat .carry-undo : carry push -a -j1 && test -e $record) &&
	sed -i "s/two/deux/" X/patches/f.patch && (cd X && carry push -a --again) &&
	must_grep deux X/f && must_grep two X/g
'

# There is no record, or it does not hold; so what comes is the care of a pop.
not_taken() {
	sed -i "s/two/deux/" X/patches/f.patch && (cd X && test_expect_code 1 carry push -a --again) >log 2>&1 &&
		must_grep mine X/f && must_grep "[^a-z]f[^a-z]" log
}

test_expect_success 'push: a file is edited as soon as it is there' '
	rm -rf X && cp -a orig X && (cd X && edited_at renameat f "echo mine >>f" carry push -a -j1) &&
	must_grep two X/f && not_taken
'

test_expect_success 'push: when all files are there' '
	rm -rf X && cp -a orig X && (cd X && edited_at renameat applied-patches "echo mine >>f" carry push -a -j1) &&
	not_taken
'

test_expect_success 'push: when it is done but for its record' '
	rm -rf X && cp -a orig X && (cd X && edited_at unlinkat .carry-undo "echo mine >>f" carry push -a -j1) &&
	not_taken
'

test_expect_success 'push --again: the file that it writes, and one that it does not' '
	for file in f g; do
		rm -rf X && cp -a orig X && (cd X && carry push -a) && sed -i "s/two/2.0/" X/patches/f.patch &&
		(cd X && edited_at renameat f "echo mine >>$file" carry push -a --again) &&
		must_grep 2.0 X/f && sed -i "s/2.0/deux/" X/patches/f.patch &&
		(cd X && test_expect_code 1 carry push -a --again) >log 2>&1 &&
		must_grep mine X/$file && ! grep deux X/f || return 1
	done
'

test_done
