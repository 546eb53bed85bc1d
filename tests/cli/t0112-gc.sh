#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='gc: the store shrinks, and nothing that is needed goes'
. "$(dirname "$0")/lib/carry.sh"

# size: megabytes of the store's objects
size() {
	du -sm .carry/cache/store.git/objects | cut -f 1
}

# big TREE: a file in it that no compression makes small
big() {
	head -c 4000000 /dev/urandom >"$1/big"
}

# whole TARGET: every object of its base can be read
whole() {
	id=$(sed -n "s/.*\"tree\": *\"\([0-9a-f]*\)\".*/\1/p" ".carry/cache/bases/$1.json") &&
	git -C .carry/cache/store.git ls-tree -r "$id" >list &&
	grep "big$" list &&
	cut -f 1 list | cut -d " " -f 3 | git -C .carry/cache/store.git cat-file --batch-check >have &&
	! grep missing have
}

test_expect_success 'setup: two lines, one of which has moved' '
	cp -R "$CARRY_TOP/tests/data/mini/repo" r && cd r &&
	cp -R "$CARRY_TOP/tests/data/mini/tree" tree && cp -R tree tree1 &&
	git config -f carry.conf target.1.y.source "dir tree1" &&
	big tree && big tree1 && carry -q fetch >/dev/null &&
	big tree && carry -q fetch >/dev/null &&
	test $(size) -ge 11
'

test_expect_success 'a dry run tells how much, and changes nothing' '
	carry gc -n >out && must_grep "^store.git: 4\.[0-9] of 12\.[0-9] MB of no use" out &&
	test $(size) -ge 11
'

test_expect_success 'what no base needs goes, every base stays whole' '
	carry gc >out && must_grep "^store.git: 4\.[0-9] of 12\.[0-9] MB freed" out &&
	test $(size) -le 9 && whole 1.y && whole 2.y &&
	carry apply >out && must_grep "^  tree " out
'

test_expect_success 'again there is nothing to do, and the packs are left alone' '
	ls .carry/cache/store.git/objects/pack >before &&
	carry gc >out && must_grep "^store.git: 0.0 of" out &&
	ls .carry/cache/store.git/objects/pack >after && test_cmp before after
'

test_expect_success 'also when references were lost' '
	rm -rf .carry/cache/store.git/refs/carry .carry/cache/store.git/packed-refs &&
	big tree && carry -q fetch 2.y >/dev/null && carry gc &&
	whole 1.y && whole 2.y
'

test_expect_success 'a store that is in use stays as it is, and it is said' '
	big tree && carry -q fetch 2.y >/dev/null && before=$(size) &&
	flock -s .carry/cache/store.lock carry gc >out 2>err &&
	must_grep "store.git stays as it is: .*in use by another carry" err &&
	flock .carry/cache/fetch.lock carry gc >out 2>err &&
	must_grep "store.git stays as it is: .*in use by another carry" err &&
	test $(size) = $before && whole 2.y
'

test_expect_success 'fetches, applies and gc at once: nothing is lost' '
	{ for i in 1 2 3; do carry gc -q >/dev/null 2>&1 || echo gc >>bad; done & } && a=$! &&
	{ for i in 1 2 3; do carry apply >/dev/null 2>&1 || echo apply >>bad; done & } && b=$! &&
	for i in 1 2 3; do
		big tree && carry -q fetch >/dev/null || return 1
	done &&
	wait $a && wait $b && ! test -e bad && carry gc && whole 1.y && whole 2.y
'

test_expect_success 'the base of a target that is gone goes, from a cache of its own only' '
	git config -f carry.conf --remove-section target.1.y &&
	cp -R .carry/cache shared && carry --cache shared gc >out && ! grep "base of" out &&
	test -e shared/bases/1.y.json &&
	carry gc -n >out && must_grep "^would remove the base of 1.y, which is no target" out &&
	whole 1.y && before=$(size) &&
	carry gc >out && must_grep "^removed the base of 1.y" out &&
	! test -e .carry/cache/bases/1.y.json && test $(size) -lt $before && whole 2.y
'

trees=.carry/cache/trees

# begun: a gc ($gc) that has removed some of the trees aaaa-N, which no plan names
begun() {
	n=$(ls -d $trees/aaaa-* | wc -l) && test "$n" -gt 3 &&
	{ carry gc >out 2>err & } && gc=$! &&
	while test "$(ls -d $trees/aaaa-* | wc -l)" -gt $((n - 3)); do :; done
}

test_expect_success 'interrupted, it ends before the next tree' '
	mkdir -p $trees/aaaa-0 && (cd $trees/aaaa-0 && seq 100 | xargs touch) &&
	for i in $(seq 150); do cp -R $trees/aaaa-0 $trees/aaaa-$i || return 1; done &&
	begun && kill -INT $gc && { wait $gc; test $? = 130; } && test "$(ls $trees | grep -c aaaa)" -gt 0
'

test_expect_success 'killed, it leaves no half of a tree by its name' '
	begun && kill -KILL $gc && { wait $gc || :; } &&
	for tree in $trees/aaaa-*; do
		test "$(ls "$tree" | wc -l)" = 100 || return 1
	done
'

test_done
