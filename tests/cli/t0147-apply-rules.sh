#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='where carry and GNU patch or git apply differ, as docs/apply.md has it'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# both FILE PATCH...: what carry makes of a file, in X, and quilt with GNU patch, in Y
both() {
	file=$1
	shift
	rm -rf X Y && mkdir -p X/patches && cp "$file" X/f && cp "$@" X/patches &&
		printf '%s\n' "$@" >X/patches/series && cp -a X Y || return 1
	(cd X && carry push -a) >X.out 2>&1
	(cd Y && quilt push -a) >Y.out 2>&1
	:
}

test_expect_success 'behind a last line without LF, before context that the file has not' '
	printf "1\n2\n3" >base &&
	printf -- "--- a/f\n+++ b/f\n@@ -2,4 +2,5 @@\n 2\n 3\n+4\n x\n y\n" >one &&
	both base one && printf "1\n2\n3\n4\n" | cmp - X/f && printf "1\n2\n34\n" | cmp - Y/f
'

test_expect_success 'so that a later patch fails there, but not here' '
	printf -- "--- a/f\n+++ b/f\n@@ -3,2 +3,2 @@\n 3\n-4\n+5\n" >two &&
	both base one two && printf "1\n2\n3\n5\n" | cmp - X/f && printf "1\n2\n34\n" | cmp - Y/f &&
	must_grep "two does not apply" Y.out
'

test_expect_success 'with all its context in the file both begin a new line' '
	printf -- "--- a/f\n+++ b/f\n@@ -2,2 +2,3 @@\n 2\n 3\n+4\n" >one &&
	both base one && printf "1\n2\n3\n4\n" | cmp - X/f && cmp X/f Y/f
'

test_expect_success 'git apply does it without context' '
	printf -- "--- a/f\n+++ b/f\n@@ -3,0 +4 @@\n+4\n" >bare && both base bare &&
	printf "1\n2\n3\n4\n" | cmp - X/f && cp base f && git apply --unidiff-zero bare && printf "1\n2\n34\n" | cmp - f
'

test_done
