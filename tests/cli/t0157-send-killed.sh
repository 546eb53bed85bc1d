#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='send: killed at any moment, nothing is sent twice and nothing is forgotten'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/send.sh
. "$CARRY_TOP/tests/cli/lib/send.sh"

if ! command -v strace >/dev/null || ! command -v script >/dev/null; then
	skip_all='needs strace and script'
	test_done
fi

# Leaks cannot be looked for in a program that is traced.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS

# killed_at CALL N: carry itself, not b4, ends before its Nth CALL; 0 when it was killed.
killed_at() {
	strace -qq -o /dev/null -e trace="$1" -e inject="$1:error=EINTR:signal=KILL:when=$2" \
		carry send 2.y --really >../out 2>&1
	test $? = 137 || { cat ../out && return 1; }
}

again() {
	cd "$SHARNESS_TRASH_DIRECTORY" && rm -rf r && cp -R start r && cd r && rm -f ../smtp/0*
}

arrived() {
	find ../smtp -name '*.to' | wc -l
}

one_arrived() {
	test "$(arrived)" != 0
}

# Nobody holds the lock of the one who sends.
idle() {
	flock -n .carry/state/send.lock true
}

# The Message-Ids of what has arrived, in order.
ids() {
	find ../smtp -name '0???' | sort | xargs sed -n 's/^Message-I[dD]: //p' | tr -d '\r'
}

await() {
	for _ in $(seq 1200); do
		"$@" && return
		sleep 0.05
	done
	echo "in vain: $*" && return 1
}

# A clean end: one version in the record, with the ids of what has arrived.
recorded() {
	ids | sort >../want &&
	jq -e ".versions | length == 1 and (.[0].begun | not) and .[0].sent" series/sent/sent.json &&
	jq -r ".versions[0] | .cover, .patches[][\"message-id\"]" series/sent/sent.json |
		sort >../got && test_cmp ../want ../got && cmp series/cover series/sent/v1/cover
}

fresh && cp -R ../r ../start && start_server || exit 1

test_expect_success 'the record is written before b4 is started' '
	again && strace -qq -o ../trace -e trace=renameat2,clone,clone3,fork,vfork \
		carry send 2.y --really >../out 2>&1 && test "$(arrived)" = 3 && recorded &&
	test "$(grep -c ^renameat2 ../trace)" = 2 &&
	fork=$(sed -n "/^renameat2/,\$p" ../trace | sed -n "s/^\(clone3\|clone\|v*fork\)(.*/\1/p" |
		head -n 1) && nth=$(sed "/^renameat2/q" ../trace | grep -c "^$fork(") && test "$nth" -gt 0
'

test_expect_success 'killed before that: nothing has been sent, nothing is recorded' '
	again && killed_at renameat2 1 && test "$(arrived)" = 0 && test ! -e series/sent &&
	carry send 2.y >../out && ! grep "^owed" ../out
'

test_expect_success 'killed before b4 has started: it is asked, and nothing sent before the answer' '
	again && killed_at "$fork" $((nth + 1)) && test "$(arrived)" = 0 &&
	carry send 2.y >../out && must_grep "^owed.*whether v1 has gone.*--not-sent" ../out &&
	test_expect_code 1 carry send 2.y --really >../out 2>../err &&
	must_grep "not sent: 1 thing" ../err && test "$(arrived)" = 0 &&
	cp -R . ../asked && carry send 2.y --not-sent -n >../out &&
	must_grep "was not sent.*not written" ../out && diff -r . ../asked &&
	carry send 2.y --not-sent >../out && must_grep "^v1 was not sent, as you say" ../out &&
	test ! -e series/sent && test -z "$(ls -A .carry/cache/send)" &&
	test_expect_code 2 carry send 2.y --not-sent 2>../err && must_grep "unfinished" ../err
'

# left N: of a preview that was killed when it started its Nth program
left() {
	strace -qq -o /dev/null -e trace="$fork" -e inject="$fork:error=EINTR:signal=KILL:when=$1" \
		carry send 2.y >../out 2>&1
	test $? = 137
}

test_expect_success 'what a preview that was killed has left in the cache, gc removes' '
	again && for i in $(seq $((nth - 1))); do
		left "$i" || return 1
	done && ls .carry/cache/send >../have &&
	must_grep "^who" ../have && test "$(grep -c "^branch" ../have)" -ge 2 &&
	carry gc -n >../out && test "$(grep -c "^would remove .*/cache/send/" ../out)" = "$(wc -l <../have)" &&
	ls .carry/cache/send | test_cmp ../have - &&
	carry gc >../out && test "$(grep -c "^removed .*/cache/send/" ../out)" = "$(wc -l <../have)" &&
	test -z "$(ls -A .carry/cache/send)" && carry send 2.y >../out
'

# spared: gc takes nothing from a preview that stands still
spared() {
	await grep -q "stopped by SIGSTOP" ../trace && ls .carry/cache/send >../have && test -s ../have &&
	carry gc >../out 2>../err && ls .carry/cache/send | test_cmp ../have - &&
	must_grep "in use by another carry" ../err
}

test_expect_success 'but nothing of a preview that is at work' '
	again && { strace -qq -o ../trace -e trace="$fork" -e inject="$fork:signal=STOP:when=4" \
		carry send 2.y >../preview 2>&1 & } && tracer=$! && { spared && kept=yes || kept=no; } &&
	kill -CONT $(pgrep -P $tracer) && wait $tracer && must_grep "^nothing was sent" ../preview &&
	test $kept = yes && test -z "$(ls -A .carry/cache/send)"
'

test_expect_success 'then it can be sent' '
	carry send 2.y --really >../out && test "$(arrived)" = 3 && recorded
'

test_expect_success 'killed when all have gone: what b4 has noted is recorded' '
	again && killed_at renameat2 2 && test "$(arrived)" = 3 &&
	jq -e ".versions[0].begun" series/sent/sent.json && cp -R . ../begun && carry gc >../out &&
	carry -C ../start --cache "$PWD/.carry/cache" gc >../out &&
	for kept in .carry/cache/send .carry/state series; do
		diff -r $kept ../begun/$kept || return 1
	done &&
	rm -rf ../left && cp -R . ../left &&
	test_expect_code 1 carry send 2.y --really >../out 2>../err &&
	must_grep "^v1 was sent, as b4 has noted" ../out && must_grep "preview" ../err &&
	test "$(arrived)" = 3 && recorded && test -z "$(ls -A .carry/cache/send)" &&
	carry send 2.y >../out && must_grep "owed.*Changes in v2" ../out
'

test_expect_success 'where the notes are lost too, the answer needs the id' '
	cd .. && rm -rf r && mv left r && cd r && rm -rf .carry/cache/send &&
	carry send 2.y >../out && must_grep "^owed.*whether v1 has gone" ../out &&
	id=$(ids | head -n 1) && for wrong in nonsense x-v2-0-y@z "$(ids | tail -n 1)"; do
		test_expect_code 2 carry send 2.y --sent="$wrong" 2>../err &&
		must_grep "has -v1-0- in it" ../err || return 1
	done &&
	test_expect_code 2 carry send 2.y --sent="$id" --really 2>../err &&
	carry send 2.y --sent="$id" >../out && must_grep "^v1 was sent, as you say" ../out &&
	recorded
'

test_expect_success 'killed while mails go out: b4 ends with it, and it is asked' '
	again && : >../smtp/hold && { carry send 2.y --really >../out 2>&1 </dev/null & } &&
	pid=$! && await one_arrived && kill -9 $pid && await idle && test "$(arrived)" = 1 &&
	rm ../smtp/hold && carry send 2.y >../out &&
	must_grep "^owed.*whether v1 has gone" ../out && test "$(arrived)" = 1
'

# b4 has the terminal then, and is no child of ours to be ended.
test_expect_success 'on a terminal b4 goes on, and is waited for' '
	again && : >../smtp/hold && echo "carry send 2.y --really </dev/tty &
		echo \$! >../pid; wait; flock .carry/state/send.lock true" >../session && {
		printf "\n" | script -qefc "sh ../session" /dev/null >../out 2>&1 &
	} && await one_arrived && kill -9 "$(cat ../pid)" &&
	test_expect_code 1 carry send 2.y 2>../err && must_grep "b4 is still sending" ../err &&
	test_expect_code 1 carry send 2.y --not-sent 2>../err && test "$(arrived)" = 1 &&
	rm ../smtp/hold && await idle && test "$(arrived)" = 3 && carry send 2.y >../out &&
	must_grep "^v1 was sent, as b4 has noted" ../out && recorded
'

: >../smtp/stop
test_done
