#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='an interrupt ends a run at once, with all that it started'
. "$(dirname "$0")/lib/carry.sh"

if ! bwrap --ro-bind / / true 2>/dev/null; then
	skip_all='needs a working bwrap'
	test_done
fi

# A number that no other sleep on this machine has.
nap=300.$$

test_expect_success 'setup: a build that sleeps' '
	cp -R "$CARRY_TOP/tests/data/mini/repo" r && cd r &&
	cp -R "$CARRY_TOP/tests/data/mini/tree" tree &&
	awk -v l="@sleep $nap" "/CC\\).*-c -o/ { print \"\\t\" l } { print }" tree/Makefile >new &&
	mv new tree/Makefile &&
	carry -q fetch >/dev/null
'

# begin [OPTION]: a run that has come to the sleep; its process is $run
begin() {
	timeout --foreground -s KILL 60 carry -q verify -j1 --check=build "$@" 2.y >out 2>err &
	run=$!
	for _ in $(seq 100); do
		pgrep -f "^sleep $nap" >/dev/null && return
		sleep 0.3
	done
	echo "the build did not come to its sleep"
	return 1
}

# ends SIGNAL: long before the sleep would, as an interrupted run does
ends() {
	kill -"$1" $run
	wait $run
	test $? = 130 && must_grep "^carry: interrupted; what was decided is kept" err &&
	! pgrep -f "^sleep $nap"
}

test_expect_success 'SIGINT: status 130, a message, nothing left behind' '
	begin && ends INT
'

test_expect_success 'SIGTERM the same' '
	begin && ends TERM
'

test_expect_success 'and without a sandbox' '
	CARRY_CACHE=$(mktemp -d) && export CARRY_CACHE && # make takes no path with a blank
	test_when_finished "rm -rf $CARRY_CACHE; unset CARRY_CACHE" &&
	carry -q fetch >/dev/null &&
	begin --no-sandbox && ends INT
'

test_expect_success 'one that waits for another run to leave a build directory ends too' '
	begin && first=$run &&
	{ timeout --foreground -s KILL 60 carry -q verify -j1 --check=build 2.y >out2 2>err2 & } &&
	run=$! && sleep 0.5 && kill -INT $run &&
	test_expect_code 130 wait $run &&
	kill -INT $first && test_expect_code 130 wait $first
'

test_done
