#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry push asks for files ahead when they have to come from a disk'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# Writes the files below DIR to the disk, and takes them out of memory.
cool() {
	find "$1" -type f -exec dd of={} oflag=nocache conv=notrunc,fdatasync count=0 status=none \;
}

echo text >probe && cool .
if test "$(fincore -n -o PAGES probe 2>/dev/null | tr -d ' ')" != 0; then
	skip_all='files cannot be taken out of memory here'
	test_done
fi

# traced COMMAND...: runs it, its threads and what they asked for in the file "trace".
traced() {
	strace -f -o trace -e trace=fadvise64,clone,clone3 "$@"
}

# Once the program itself is in memory: a page of it that comes from the disk counts too.
warm_push() {
	pair && find A B -type f -exec cat {} + >/dev/null &&
		(cd A && traced carry push -a -j1) && test_must_fail grep -e clone -e fadvise A/trace
}

test_expect_success 'what is in memory is not asked for: a push of one thread starts no other' '
	{ warm_push || warm_push || warm_push; } &&
	rm A/trace && (cd B && quilt push -a) && same_state A B
'

test_expect_success 'cold patches and files are, by threads of their own' '
	pair && (cd B && quilt push -a) && cool A && (cd A && traced carry push -a -j1) &&
	must_grep clone A/trace && rm A/trace && same_state A B
'

test_expect_success 'the result is the same, and nothing but files of the push is asked for' '
	for j in 2 8; do
		pair && (cd B && quilt push -a) && cool A && (cd A && traced carry push -a -j$j) &&
		rm -f asked && { grep -c WILLNEED A/trace >asked || test -s asked; } &&
		most=$(($(cd B && quilt series | wc -l) + $(find B/.pc -type f | wc -l))) &&
		test "$(cat asked)" -le "$most" && rm A/trace && same_state A B || return
	done
'

test_done
