#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry push and pop that are killed anywhere can be gone on from'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

strace -qq -o /dev/null true 2>/dev/null || {
	skip_all='no strace, or it may not trace'
	test_done
}

calls='openat2 writev linkat unlinkat renameat mkdirat symlinkat utimensat fchmod'

# at_each_point FUNCTION COMMAND...: kills the command at many points on a copy of
# `from` and calls FUNCTION each time in a directory X.
at_each_point() {
	then=$1 points=0
	shift
	for call in $calls; do
		n=1 step=1
		while rm -rf X && cp -a from X && (cd X && killed $call $n "$@"); do
			points=$((points + 1))
			$then X >log 2>&1 || {
				echo "killed at $call $n:"
				cat log
				return 1
			}
			n=$((n + step)) step=$((step * 2))
		done
	done
	echo "$points points"
	test $points -ge 10
}

test_expect_success 'what it comes to without a kill' '
	make_tree orig && cp -a orig pushed && (cd pushed && carry push -a) &&
	cp -a pushed popped && (cd popped && carry pop 5) &&
	state orig >orig.state && state pushed >pushed.state && state popped >popped.state
'

# What quilt does to the tree then: nothing, or the right thing.
quilt_is_safe() {
	cp -a "$1" Q && before=$(state Q) &&
		if (cd Q && quilt push -a); then
			rm -f Q/.pc/.carry-new && state Q >q.state && diff pushed.state q.state
		else
			test "$before" = "$(state Q)"
		fi
	status=$?
	rm -rf Q
	return $status
}

goes_on() {
	quilt_is_safe "$1" || return 1
	(cd "$1" && carry push -a)
	state "$1" >x.state && diff pushed.state x.state
}

test_expect_success 'push: the next push takes it back and does all' '
	rm -rf from && cp -a orig from && at_each_point goes_on carry push -a
'

goes_back() {
	(cd "$1" && carry pop -a)
	(cd "$1" && ! test -e .pc/.carry-undo && ! test -e .pc/.carry-drop) &&
		state "$1" | grep -v " \./\.pc\|^d" >x.state && diff orig.state x.state
}

test_expect_success 'push: or the next pop takes it back' '
	(cd pushed && carry pop -a) && state pushed | grep -v " \./\.pc\|^d" >orig.state &&
	calls="unlinkat renameat linkat" && at_each_point goes_back carry push -a
'

ends_popped() {
	(cd "$1" && carry pop nosuch)
	(cd "$1" && carry pop sub/two.diff)
	state "$1" >x.state && diff popped.state x.state
}

test_expect_success 'pop: the next one ends what was begun' '
	make_tree from && (cd from && carry push -a) && cp -a from popped2 && (cd popped2 && carry pop 5) &&
	calls="openat2 linkat unlinkat renameat utimensat" && at_each_point ends_popped carry pop 5
'

test_expect_success 'a list does not pretend' '
	rm -rf X && cp -a orig X && (cd X && killed renameat 7 carry push -a) && test -e X/.pc/.carry-undo &&
	(cd X && test_expect_code 1 carry applied) 2>err && must_grep "cut off.*carry push" err &&
	(cd X && test_expect_code 1 carry push -n) 2>err && must_grep "cut off" err
'

test_expect_success 'a disk that is full: as if nothing had been' '
	rm -rf X && cp -a orig X &&
	(cd X && strace -f -qq -o /dev/null -e trace=writev -e inject=writev:error=ENOSPC:when=12+ \
		carry push -a -j1) 2>err; test $? = 3 &&
	must_grep "No space left" err &&
	(cd X && carry push -a) && state X >x.state && test_cmp pushed.state x.state
'

# fails N POLICY: the Nth rename of a push does; 0 when there is one and the push says so.
fails() {
	rm -rf X && cp -a orig X
	(cd X && strace -f -qq -o /dev/null -e trace=renameat,renameat2 \
		-e inject=renameat,renameat2:error=EIO:when=$1 \
		carry push -a -j2 --backup=$2) >out 2>err
	test $? = 3 && ! grep "now at" out && must_grep "cannot write" err
}

test_expect_success 'a push that fails half-way says so and nothing else, and is taken back' '
	failed=0 &&
	for n in $(seq 3 14); do
		fails $n always || continue
		failed=$((failed + 1)) &&
		(cd X && carry push -a) && state X >x.state && test_cmp pushed.state x.state || return
	done && test $failed -ge 5
'

test_expect_success 'without backups nobody can go back, and that is said' '
	rm -rf X && cp -a orig X && (cd X && killed renameat 7 carry push -a -j1 --backup=never) &&
	(cd X && test_expect_code 1 carry push -a) 2>err && must_grep "unpack the sources anew" err
'

test_done
