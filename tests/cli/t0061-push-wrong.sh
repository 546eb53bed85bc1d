#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry push and pop: what does not fit and what is wrong, and nothing is lost by it'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

test_expect_success 'no series anywhere: status 3, and what was looked for' '
	mkdir none && (cd none && test_expect_code 3 carry push 2>err) &&
	must_grep "neither .patches. nor .\.pc. is in .*none. or above it" none/err &&
	mkdir -p half/patches && (cd half && test_expect_code 3 carry push -a 2>err) &&
	must_grep "no series file .patches/series. in .*half" half/err &&
	test ! -e half/.pc
'

test_expect_success 'a series without patches is nothing to do' '
	mkdir -p bare/patches && echo "# none" >bare/patches/series &&
	(cd bare && test_expect_code 2 carry push -a 2>err) &&
	must_grep "no patch in patches/series" bare/err
'

test_expect_success 'no such patch, not applied, and both kinds of counts at once' '
	make_tree A && state A >want &&
	(cd A && test_expect_code 3 carry push nosuch) 2>err &&
	must_grep "nosuch. is not in patches/series" err &&
	(cd A && test_expect_code 2 carry push -a 2) 2>err && must_grep "exclude" err &&
	(cd A && test_expect_code 2 carry push -F x) 2>err && must_grep "fuzz .x" err &&
	state A >got && test_cmp want got &&
	(cd A && carry push) &&
	(cd A && test_expect_code 3 carry pop four) 2>err && must_grep "not applied" err &&
	(cd A && test_expect_code 2 carry push one) 2>err && must_grep "is applied" err
'

test_expect_success 'a patch that fails: those before it stay, it leaves nothing' '
	pair &&
	for d in A B; do
		sed -i "s/^\([0-9]*\)$/line \1/" $d/f &&
		sed -i "s/^\([ -]\)\([0-9]\)/\1line \2/; s/^-line 43/-line four three/" \
			$d/patches/one.patch $d/patches/sub/two.diff &&
		sed -i "/^diff.*exe/,/^ line 3/s/line //" $d/patches/one.patch || return 1
	done &&
	(cd A && test_expect_code 1 carry push -a) >got 2>err &&
	(cd B && test_expect_code 1 quilt push -a) &&
	rmdir B/d/e 2>/dev/null
	same_state A B &&
	must_grep "two.diff. does not apply" err &&
	must_grep "patches/sub/two.diff:3: hunk 1 does not fit" got &&
	must_grep "nearest: line 41, 5 of 6 lines" got &&
	must_grep "line 44, wanted: line four three" got &&
	must_grep "line 44, found:  line 43" got &&
	must_grep "f: last changed by patches/one.patch" got &&
	must_grep "now at patches/one.patch" got
'

test_expect_success 'a patch that is there already is no success' '
	pair &&
	(cd A && test_expect_code 1 sh -c "patch -s -p1 <patches/one.patch && carry push") 2>err &&
	must_grep "one.patch. is there already" err &&
	test ! -e A/.pc/one.patch && test ! -e A/.pc/applied-patches
'

test_expect_success 'the first failing patch of all: the tree is untouched to the time' '
	make_tree A && sed -i "s/^ 5/ five/; s/^ 2$/ two/" A/patches/one.patch &&
	(cd A && find . -path ./patches -prune -o -type f -printf "%p %i %m %T@\n" | sort) >want &&
	(cd A && test_expect_code 1 carry push -a -F0) &&
	(cd A && find . -path ./patches -prune -o -path ./.pc -prune -o -type f \
		-printf "%p %i %m %T@\n" | sort) >got &&
	test_cmp want got &&
	test ! -e A/.pc/one.patch
'

test_expect_success '--fuzz is heeded as quilt heeds it' '
	pair &&
	(cd A && test_expect_code 1 carry push -a --fuzz=0) &&
	(cd B && test_expect_code 1 quilt push -a --fuzz=0) &&
	same_state A B && test "$(cd A && carry top)" = one.patch
'

test_expect_success 'a patch file that is missing: the ones before it are pushed' '
	make_tree A && rm A/patches/three &&
	(cd A && test_expect_code 3 carry push -a) 2>err &&
	must_grep "patches/series:5: there is no patch file .patches/three" err &&
	test "$(cd A && carry top)" = sub/two.diff
'

test_expect_success 'a patch that is none, or goes elsewhere' '
	make_tree A && echo "no patch at all" >A/patches/one.patch &&
	(cd A && test_expect_code 3 carry push) 2>err &&
	must_grep "patches/one.patch:1: cannot find any change" err &&
	for to in ../outside .git/config; do
		printf -- "--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+x\n" "$to" >A/patches/one.patch &&
		(cd A && test_expect_code 3 carry push) 2>err &&
		must_grep "not safe\|cannot accept\|cannot patch" err || return 1
	done &&
	test ! -e outside && test ! -e A/.git && test ! -e A/.pc/applied-patches
'

test_expect_success 'nothing is written through a link' '
	make_tree A && mkdir target && echo 1 >target/f && ln -s ../target A/sub &&
	printf -- "--- a/sub/f\n+++ b/sub/f\n@@ -1 +1 @@\n-1\n+2\n" >A/patches/one.patch &&
	(cd A && test_expect_code 3 carry push) 2>err && must_grep "behind a link" err &&
	test "$(cat target/f)" = 1 &&
	make_tree A && (cd A && carry push) && rm -rf A/n && mkdir -p target/m &&
	echo 3 >target/m/new && ln -s ../target A/n &&
	(cd A && test_expect_code 3 carry pop -f) 2>err && must_grep "link" err &&
	test "$(cat target/m/new)" = 3
'

test_expect_success 'nor is anything removed or made behind a link in .pc' '
	make_tree A && rm -rf target && mkdir -p target/two.diff A/.pc && echo 2 >A/.pc/.version &&
	echo 4 >target/two.diff/f && : >target/two.diff~refresh && ln -s ../../target A/.pc/sub &&
	(cd A && test_expect_code 3 carry push -a) 2>err && must_grep "link" err &&
	test "$(cat target/two.diff/f)" = 4 && test -e target/two.diff~refresh &&
	test "$(find target | wc -l)" = 4
'

test_expect_success 'edits are not lost: pop refuses, -f does it' '
	make_tree A && (cd A && carry push 2) && echo mine >>A/f && state A >want &&
	(cd A && test_expect_code 1 carry pop) 2>err &&
	must_grep "cannot pop .sub/two.diff.: .f. is not as the patch leaves it" err &&
	(cd A && test_expect_code 1 carry pop -a) && state A >got && test_cmp want got &&
	(cd A && carry pop -f) && test_must_fail grep mine A/f
'

test_expect_success 'an edit that times do not show needs -R' '
	make_tree A && (cd A && carry push) && touch -r A/f ref && echo mine >>A/f && touch -r ref A/f &&
	(cd A && test_expect_code 1 carry pop -R) && grep mine A/f &&
	touch A/exe && sed -i "/mine/d" A/f && (cd A && carry pop)
'

test_expect_success 'a patch that was edited after its push is noticed' '
	make_tree A && (cd A && carry push 2) && sed -i "s/43 two/43 zwei/" A/patches/sub/two.diff &&
	(cd A && test_expect_code 1 carry pop) 2>err && must_grep "was edited" err &&
	(cd A && quilt pop 2>err; grep "does not remove cleanly" err)
'

test_expect_success 'series and applied patches that do not agree' '
	make_tree A && (cd A && carry push 2) &&
	printf "sub/two.diff\none.patch\n" >A/patches/series &&
	for c in push top series; do
		(cd A && test_expect_code 3 carry $c) 2>err &&
		must_grep "patches/series no longer begins with the applied patches: the 1. of them is .one.patch" err &&
		must_grep "carry pop -a" err || return 1
	done &&
	(cd A && carry pop -a) && (cd A && test_expect_code 2 carry top)
'

test_expect_success 'a damaged .pc' '
	make_tree A && (cd A && carry push 2) && cp -a A B &&
	rm -rf A/.pc/sub/two.diff &&
	(cd A && test_expect_code 3 carry pop) 2>err && must_grep "backups .\.pc/sub/two.diff. are not there" err &&
	rm -rf A && cp -a B A && echo 3 >A/.pc/.version &&
	(cd A && test_expect_code 3 carry pop) 2>err && must_grep "\.pc/\.version: .*version 3" err &&
	rm -rf A && cp -a B A && echo ../../x >A/.pc/applied-patches &&
	(cd A && test_expect_code 3 carry pop) 2>err && must_grep "applied-patches:1" err &&
	rm -rf A && cp -a B A && rm -r A/.pc/one.patch && ln -s ../d A/.pc/one.patch &&
	(cd A && test_expect_code 3 carry pop -a -f) 2>err && must_grep "one.patch" err
'

test_expect_success 'two at once: one has to wait' '
	make_tree A && (cd A && carry push) &&
	(cd A && exec 9<.pc && flock 9 && test_expect_code 1 carry push) 2>err &&
	must_grep "another push or pop is at work" err &&
	(cd A && carry push)
'

test_expect_success 'files, of applied and other patches' '
	pair && (cd A && carry push 2) &&
	for c in "files -l" "files -v" "files -a -v" "files -al" "files crlf.patch" "files one.patch"; do
		(cd A && quilt $c | grep -v " newln$\|^newln$") >want &&
		(cd A && carry $c | grep -v " newln$\|^newln$") >got && test_cmp want got || return 1
	done
'

test_expect_success 'diff is that of quilt' '
	pair && (cd A && carry push 5) && echo edit >>A/f && echo tail >>A/crlf &&
	for c in diff "diff --no-index" "diff --no-timestamps -p ab" "diff -p 0" "diff -R" \
		"diff -P three -p1" "diff -P one.patch --no-timestamps" "diff -U 1 crlf" \
		"diff --combine - --no-timestamps" "diff --combine sub/two.diff --sort" \
		"diff -P sub/two.diff noeol" "diff -P four.patch -p0"; do
		(cd A && quilt $c) >want && test -s want &&
		(cd A && carry $c) >got && test_cmp want got || { echo "$c"; return 1; }
	done &&
	(cd A/n && quilt diff -P sub/two.diff m/new && carry diff -P sub/two.diff m/new) >got &&
	test "$(grep -c "^+y" got)" = 2 &&
	(cd A && QUILT_NO_DIFF_INDEX=1 QUILT_DIFF_OPTS="-p -b" quilt diff) >want &&
	(cd A && QUILT_NO_DIFF_INDEX=1 QUILT_DIFF_OPTS="-p -b" carry diff) >got && test_cmp want got
'

test_expect_success 'backups only as asked for' '
	pair &&
	(cd A && carry push -a --backup=never) && (cd B && quilt push -a) &&
	rm -rf never && cp -a A never && rm -r never/.pc B/.pc && same_state never B &&
	test "$(cd A && carry top)" = nothing.patch && test ! -e A/.pc/one.patch &&
	(cd A && test_expect_code 3 carry pop) 2>err && must_grep "pushed without" err &&
	make_tree A && (cd A && carry push -a --backup=onfail) && test ! -e A/.pc/nothing.patch &&
	make_tree A && sed -i "s/^-11/-eleven/" A/patches/three &&
	(cd A && test_expect_code 1 carry push -a --backup=onfail -B 1) &&
	test -e A/.pc/sub/two.diff/f && test ! -e A/.pc/one.patch &&
	(cd A && carry pop && test_expect_code 3 carry pop)
'

test_done
