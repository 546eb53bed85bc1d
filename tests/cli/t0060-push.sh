#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry push and pop leave what quilt leaves, and each goes on from the other'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

test_expect_success 'push -a: the tree and .pc are those of quilt, byte and mode' '
	pair &&
	(cd A && carry push -a) >got &&
	must_grep "now at patches/nothing.patch" got &&
	(cd B && quilt push -a) &&
	same_state A B &&
	test "$(cat A/.pc/.version)" = 2
'

test_expect_success 'pop -a likewise' '
	(cd A && carry pop -a) && (cd B && quilt pop -a) &&
	same_state A B
'

test_expect_success 'what carry pushed, quilt pops, and the reverse' '
	pair && cp -a A C && cp -a A D &&
	(cd A && carry push -a && quilt pop -a) &&
	(cd B && quilt push -a && carry pop -a) &&
	(cd C && quilt push -a && quilt pop -a) &&
	(cd D && carry push -a && carry pop -a) &&
	same_state A C && same_state B C && same_state D C
'

test_expect_success 'patch by patch, in turns' '
	pair &&
	for i in 1 2 3; do
		(cd A && carry push && quilt push) &&
		(cd B && quilt push && quilt push) &&
		same_state A B || return 1
	done &&
	for i in 1 2 3; do
		(cd A && carry pop && quilt pop) &&
		(cd B && quilt pop && quilt pop) &&
		same_state A B || return 1
	done
'

test_expect_success 'by number and by name' '
	pair &&
	(cd A && carry push 2) && (cd B && quilt push 2) && same_state A B &&
	(cd A && carry push patches/four) && (cd B && quilt push four.patch) &&
	same_state A B &&
	(cd A && carry pop sub/two) && (cd B && quilt pop sub/two) && same_state A B &&
	(cd A && carry push 100) && (cd B && quilt push 100) && same_state A B &&
	(cd A && carry pop 3) && (cd B && quilt pop 3) && same_state A B
'

test_expect_success 'from a subdirectory' '
	pair &&
	(cd A/patches/sub && carry push -a && carry pop ../../patches/three) &&
	(cd B && quilt push -a && quilt pop three) &&
	same_state A B
'

test_expect_success 'QUILT_PATCHES, QUILT_SERIES and QUILT_PC; then .pc knows' '
	pair &&
	for d in A B; do
		mv $d/patches $d/patches-x && mv $d/patches-x/series $d/patches-x/list || return 1
	done &&
	(
		QUILT_PATCHES=patches-x QUILT_SERIES=list QUILT_PC=.pc-x &&
		export QUILT_PATCHES QUILT_SERIES QUILT_PC &&
		(cd A && carry push 2) && (cd B && quilt push 2)
	) &&
	same_state A B &&
	test -d A/.pc-x &&
	(
		QUILT_PC=.pc-x && export QUILT_PC &&
		(cd A && carry push) && (cd B && quilt push)
	) &&
	same_state A B
'

test_expect_success 'the umask goes where quilt lets it' '
	for mask in 077 002; do
		pair &&
		(umask $mask && cd A && carry push -a) &&
		(umask $mask && cd B && quilt push -a) &&
		same_state A B || return 1
	done
'

test_expect_success 'a tree of hard links: the other tree stays as it is' '
	make_tree A && cp -al A L && state L | sed "s/^f \([0-9]*\) [0-9]* /f \1 /" >want &&
	(cd A && carry push -a) &&
	state L | sed "s/^f \([0-9]*\) [0-9]* /f \1 /" >got &&
	test_cmp want got &&
	rm -rf L
'

test_expect_success 'no file shares its inode with its backup, even one changed back' '
	pair &&
	sed "s/^-43/-43 two/; s/^+43 two/+43/; /^--- a.noeol/,\$d" A/patches/sub/two.diff \
		>A/patches/undo.patch &&
	cp A/patches/undo.patch B/patches/ &&
	for d in A B; do
		printf "sub/two.diff\nundo.patch\n" >$d/patches/series &&
		sed -i "/^--- a.noeol/,\$d" $d/patches/sub/two.diff || return 1
	done &&
	(cd A && carry push -a) && (cd B && quilt push -a) && same_state A B &&
	test "$(find A -name f -links +1)" = ""
'

test_expect_success 'times: quilt sees no edit, and make sees what changed' '
	pair && touch ref &&
	(cd A && carry push -a) &&
	find A -path A/patches -prune -o -path A/.pc -prune -o -type f -newer ref -print >new &&
	must_grep -x A/f new && test_must_fail grep -x A/empty new &&
	for f in A/f A/n/m/new; do
		test "$(find A/.pc/nothing.patch/.timestamp -newer $f)" || return 1
	done &&
	test "$(stat -c %Y.%y A/.pc/one.patch/f)" = "$(stat -c %Y.%y A/.pc/one.patch/.timestamp)"
'

test_expect_success 'quilt refreshes what carry pushed' '
	pair &&
	(cd A && carry push 2 && echo edited >>f && quilt refresh -p ab --no-timestamps) &&
	(cd B && quilt push 2 && echo edited >>f && quilt refresh -p ab --no-timestamps) &&
	test_cmp B/patches/sub/two.diff A/patches/sub/two.diff &&
	grep "^+edited" A/patches/sub/two.diff &&
	(cd A && carry pop -a && carry push -a) && grep edited A/f
'

test_expect_success '--dry-run writes nothing' '
	make_tree A && state A >want &&
	(cd A && carry push -a -n) >got &&
	must_grep "would be at patches/nothing.patch" got &&
	state A >got && test_cmp want got &&
	(cd A && carry push 2) && state A >want &&
	(cd A && carry pop -a -n) && state A >got && test_cmp want got
'

test_expect_success 'the lists are those of quilt' '
	pair && (cd A && carry push 3) &&
	for c in applied unapplied top next previous series "series -v" "applied sub/two.diff" \
		"unapplied three" "previous sub/two.diff"; do
		(cd A && quilt $c) >want && (cd A && carry $c) >got && test_cmp want got ||
			return 1
	done
'

test_expect_success 'nothing to do has status 2, as with quilt' '
	make_tree A &&
	for c in top applied pop "pop -a" previous; do
		(cd A && test_expect_code 2 carry $c) 2>err && must_grep "no patch" err ||
			return 1
	done &&
	(cd A && carry push -a) &&
	for c in push "push -a" "push 3" next unapplied "push one.patch"; do
		(cd A && test_expect_code 2 carry $c) 2>err && must_grep "applied\|next" err ||
			return 1
	done
'

test_done
