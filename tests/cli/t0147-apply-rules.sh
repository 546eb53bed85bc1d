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

# ask WORDS: what each makes of the patch hunk on stdin; WORDS: who takes it.
ask() {
	want=$1
	{
		printf -- '--- a/f\n+++ b/f\n' && cat
	} >bad && rm -rf X && mkdir -p X/patches && cp base X/f && cp bad X/patches/bad && echo bad >X/patches/series &&
		rm -rf Y && mkdir Y && cp base Y/f && cp base f || return 1
	took=
	(cd X && carry push -F0) >out 2>err && took=carry
	cmp -s X/f base || test "$took" || return 1
	(cd Y && patch -p1 -f -F0 -r - --no-backup-if-mismatch) <bad >patch.out 2>&1 && took="$took patch"
	git apply bad >git.out 2>&1 && took="$took git"
	test "${took# }" = "$want" && return
	echo "wanted: $want, it was: ${took# }"
	cat bad out err patch.out git.out
	return 1
}

change=' 1\n-2\n+two\n 3\n'

test_expect_success 'as it should be' '
	seq 9 >base && printf "@@ -1,3 +1,3 @@\n$change" | ask "carry patch git" && cmp X/f Y/f && cmp Y/f f
'

test_expect_success 'more lines than are counted: they drop them, we refuse' '
	for more in "+lost" " 4" "-4"; do
		printf "@@ -1,3 +1,3 @@\n$change$more\n" | ask "patch git" && must_grep "patches/bad:8: cannot place a line after the hunk of line 3" err &&
		! grep lost Y/f && ! grep lost f && grep -q 4 Y/f || return 1
	done
'

test_expect_success 'but for blank lines and a signature' '
	for more in "\n" "\n\n" "-- \n2.39.5\n\n"; do
		printf "@@ -1,3 +1,3 @@\n$change$more" | ask "carry patch git" || return 1
	done
'

test_expect_success 'a hunk behind a signature: GNU patch drops it' '
	printf "@@ -1,3 +1,3 @@\n$change-- \n2.39.5\n\n@@ -9 +9 @@\n-9\n+nine\n" | ask patch &&
	must_grep "bad:11: cannot place a hunk that stands under no file header" err && ! grep nine Y/f
'

test_expect_success 'text between the names and a hunk: GNU patch passes over it' '
	printf "@ -1,3 +1,3 @@\n$change@@ -9 +9 @@\n-9\n+nine\n" | ask patch &&
	must_grep "bad:3: cannot read the hunk header" err &&
	seq 9 | sed s/9/nine/ | cmp - Y/f &&
	printf "text\n@@ -9 +9 @@\n-9\n+nine\n" | ask patch &&
	must_grep "bad:4: cannot place a hunk that stands under no file header" err
'

test_expect_success 'a line without LF before lines that go: GNU patch dies' '
	printf "@@ -0,0 +1 @@\n+new\n\\134 No newline at end of file\n@@ -3 +3,0 @@\n-3\n" | ask carry &&
	must_grep "Assertion" patch.out && { echo new && seq 9 | sed 3d; } | cmp - X/f
'

test_expect_success 'fewer: GNU patch makes up to three blank ones at the end' '
	printf "1\n\n\n\n\n\n" >base &&
	for count in 2 3 4; do
		printf "@@ -1,$count +1,$count @@\n-1\n+one\n" | ask patch &&
		must_grep "patches/bad:6: cannot find all lines of the hunk of line 3.*$((count - 1)) and $((count - 1)) are missing" err || return 1
	done &&
	printf "@@ -1,5 +1,5 @@\n-1\n+one\n" | ask "" &&
	printf "@@ -1,2 +1,2 @@\n-1\n+one\n@@ -4 +4 @@\n-\n+4\n" | ask "" && seq 9 >base
'

test_expect_success 'numbers: up to 2^30 they only say where to look' '
	for n in 7 1000 1073741823; do
		printf "@@ -1,3 +$n,3 @@\n$change" | ask "carry patch git" || return 1
	done &&
	for n in 1073741824 2147483648 4294967296 4294967297; do
		printf "@@ -1,3 +$n,3 @@\n$change" | ask "patch git" && must_grep "bad:3: cannot read the hunk header" err || return 1
	done &&
	for n in 9223372036854775808 18446744073709551616; do
		printf "@@ -1,3 +$n,3 @@\n$change" | ask git && must_grep "cannot read the hunk header" err || return 1
	done
'

test_expect_success 'counts that nobody can hold' '
	for n in 1073741824 2147483647 4294967297 9223372036854775807 18446744073709551617; do
		printf "@@ -1,$n +1,$n @@\n$change" | ask "" && printf "@@ -1,3 +1,$n @@\n$change" | ask "" || return 1
	done
'

test_expect_success 'line 0 that has lines' '
	printf "@@ -0,3 +1,3 @@\n$change" | ask "patch git" && must_grep "bad:3: cannot accept line 0" err &&
	printf "@@ -0,3 +0,3 @@\n 2\n-3\n+two\n 4\n" | ask patch && must_grep "bad:3: cannot accept line 0" err
'

test_expect_success 'signs and blanks: GNU patch minds few' '
	for head in "@@ -1,3 +1,3 @" "@@ -1,3 +1,3@@" "@@ -1,3+1,3 @@" "@@ -1,3 +1,3 @x"; do
		printf "$head\n$change" | ask patch && must_grep "bad:3: cannot read the hunk header .$head" err || return 1
	done &&
	for head in "@@ -1,3 +1,3" "@@ -1,3 1,3 @@" "@@ -1, +1,3 @@" "@@ -x,3 +1,3 @@" "@@ -1,-3 +1,3 @@"; do
		printf "$head\n$change" | ask "" && must_grep "bad:3: cannot read the hunk header .$head" err || return 1
	done
'

test_expect_success 'hunks that do nothing' '
	printf "@@ -1,0 +1,0 @@\n" | ask "" && must_grep "bad:3: cannot accept a hunk without lines" err &&
	printf "@@ -1,2 +1,2 @@\n 1\n 2\n" | ask "" && must_grep "bad:3: cannot accept a hunk that changes nothing" err
'

test_expect_success 'other signs in front of lines' '
	printf "@@ -1,3 +1,3 @@\n=1\n-2\n+two\n 3\n" | ask patch && must_grep "bad:4: cannot find all lines" err &&
	printf "1\n2\n\t3\n" >base && printf "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n\t3\n" | ask patch &&
	must_grep "bad:7: cannot find all lines" err && seq 9 >base &&
	for sign in "!" "*" "x" "@"; do
		printf "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n${sign}3\n" | ask "" || return 1
	done
'

test_expect_success 'marks of a missing line feed' '
	mark="\\134 No newline at end of file\n" &&
	printf "@@ -7,3 +7,3 @@\n 7\n$mark 8\n-9\n+nine\n" | ask "" && must_grep "bad:3: cannot accept lines after the end" err &&
	printf "@@ -7,3 +7,3 @@\n 7\n 8\n-9\n+nine\n\\134 No newline" | ask "carry patch git" && cmp X/f Y/f && ! cmp Y/f f &&
	seq 9 | head -c 17 >base && printf "@@ -7,3 +7,3 @@\n 7\n 8\n-9\n$mark$mark+nine\n" | ask git &&
	must_grep "bad:8: cannot accept two marks" err && seq 9 >base &&
	printf "@@ -7,3 +7,3 @@\n 7\n 8\n-9\n+n\n$mark+ine\n" | ask "patch git" && must_grep "bad:9: cannot place a line" err
'

test_expect_success 'a mark that is cut off early, and one behind a blank line' '
	printf "@@ -7,3 +7,3 @@\n 7\n 8\n-9\n+nine\n\134 N" | ask "patch git" && must_grep "bad:8: cannot read the mark" err &&
	{ seq 8 && echo; } >base && printf "@@ -7,3 +7,3 @@\n-7\n+seven\n 8\n\n\134 No newline at end of file\n" | ask "git" &&
	must_grep "bad:8: cannot accept an empty line" err && seq 9 >base
'

test_expect_success 'a header of a hunk that is damaged at its head' '
	printf "@ -1,3 +1,3 @@\n$change" | ask "" && must_grep "bad:3: cannot read the hunk header" err &&
	printf "@@ -1,3 +1,3 @@\n$change-- \n2\n\n@@ -8,99999999999 +8 @@\n-8\n+x\n" | ask "patch" &&
	must_grep "bad:11: cannot place a hunk" err
'

test_expect_success 'cut off within a line' '
	printf "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3" | ask "" && must_grep "bad:7: cannot accept a hunk.s line without its end" err
'

test_done
