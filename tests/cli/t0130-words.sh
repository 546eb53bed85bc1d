#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='the same words and statuses for the same mistakes in every command'
. "$(dirname "$0")/lib/carry.sh"

mini=$CARRY_TOP/tests/data/mini

# wrong STATUS MESSAGE ARGS...: what the command ARGS answers in the repository r
wrong() {
	code=$1 message=$2
	shift 2
	test_expect_code "$code" carry -C r "$@" </dev/null >out 2>err &&
	must_grep "^carry: .*$message" err && test_must_be_empty out
}

test_expect_success 'setup' '
	cp -R "$mini/repo" r && cp -R "$mini/tree" r/tree && cp r/series/*.patch x.patch
'

test_expect_success 'a target that there is not: status 2, and which there are' '
	for args in "compare 3.y" "edit 3.y" "save 3.y" "export --as git -o d 3.y" \
		"trailers -f x.patch 3.y" "send 3.y" "verify 3.y" "target retire 3.y"; do
		wrong 2 "carry.conf has no target .3.y. (" $args || return 1
	done &&
	wrong 2 ".3.y. is no target of carry.conf and no file" lint 3.y &&
	wrong 2 ".3.y. is no target of carry.conf and no file" import 3.y ../x.patch
'

test_expect_success 'without a base: status 3, and of which target' '
	wrong 3 "2.y: no base yet; run .carry fetch." edit 2.y &&
	wrong 3 "2.y: no base yet; run .carry fetch." send 2.y
'

test_expect_success 'options that say nothing together are refused' '
	wrong 2 "own excludes --repo" edit --own --repo . 2.y &&
	wrong 2 "force goes with --abort" edit --force 2.y &&
	wrong 2 "mine goes with --merge" save --mine 2.y &&
	wrong 2 "undo and --merge exclude" save --undo --merge 2.y &&
	wrong 2 "not both" init ../new -s series -t 6.1.y ../x.patch &&
	wrong 3 "nothing is open for editing" save
'

test_expect_success 'init: a name that a series file cannot have, a target twice' '
	cp x.patch "x y.patch" &&
	wrong 2 "x y.patch. has a character in its name" init ../new "../x y.patch" -t 6.1.y &&
	wrong 2 "the target .6.1.y. is given twice" init ../new ../x.patch -t 6.1.y -t 6.1.y=dir\ x &&
	carry init new x.patch -t 6.1.y -t 6.1 -t 6.1.yy 2>err || must_grep "where is the tree" err
'

test_expect_success 'a line that has neither base nor series stops no other' '
	git config -f r/carry.conf target.3.y.source "dir nowhere" &&
	carry -C r -q fetch 2.y && carry -C r apply >out &&
	must_grep "^3.y: skipped: no base yet.*(it has no series yet)" out && must_grep "^  tree " out
'

test_expect_success 'one is one' '
	sed -i "/^Signed-off-by/d" x.patch &&
	test_might_fail carry lint x.patch >out && must_grep "errors, 0 warnings, 1 note$" out &&
	test_might_fail carry -C r status --check applies 2.y >out &&
	must_grep "^1 cell on 1 line: " out &&
	carry -C r edit 2.y >out && must_grep " 1 patch on" out &&
	carry -C r edit --abort 2.y >out && must_grep -x "2.y: closed" out
'

test_done
