#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='what only reads needs nothing to write to; what cannot be read is named once'
. "$(dirname "$0")/lib/carry.sh"

if bwrap --ro-bind / / true 2>/dev/null; then
	test_set_prereq BWRAP
fi

# sealed COMMAND...: the whole system can only be read.
sealed() {
	bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /run "$@"
}

# shows NAME COMMAND...: what status and a dry run say through COMMAND, but for the time.
shows() {
	name=$1
	shift
	"$@" carry -C "$repo" status >"$name.status" 2>"$name.err"
	echo $? >>"$name.status"
	"$@" carry -C "$repo" verify -n >"$name.plan" 2>>"$name.err"
	echo $? >>"$name.plan"
	sed -i "s/report of .*//" "$name.status" "$name.plan"
}

cp -R "$CARRY_TOP/tests/data/mini/repo" r && cp -R "$CARRY_TOP/tests/data/mini/tree" tree &&
	cp -R tree r/tree && carry -C r -q fetch >/dev/null 2>&1 || exit 1
carry -C r verify --no-sandbox --check applies --check lint >verified 2>&1

test_expect_success BWRAP 'status and verify -n where nothing can be written, as where it can' '
	repo=r && shows open env && must_grep "[1-9] pass" open.status && shows closed sealed &&
	test_cmp open.status closed.status && test_cmp open.plan closed.plan &&
	test_cmp open.err closed.err
'

test_expect_success BWRAP 'likewise where the index is lost: all of it is in files' '
	rm r/.carry/cache/index.db* && find r >files && shows closed sealed &&
	test_cmp open.status closed.status && test_cmp open.err closed.err &&
	find r | test_cmp files -
'

test_expect_success BWRAP 'likewise where there is no cache: no line has a base, which is all that is said' '
	cp -R r bare && rm -r bare/.carry/cache && repo=bare && shows closed sealed &&
	must_grep "carry fetch" closed.status && ! grep "ead-only" closed.err closed.status &&
	test ! -e bare/.carry/cache
'

test_expect_success 'a carry.conf that leads nowhere is there, but cannot be read' '
	mkdir led && ln -s nowhere led/carry.conf && for c in status "target list" lint; do
		test_expect_code 3 carry -C led $c 2>err && must_grep "cannot read .*carry.conf" err || return 1
	done
'

test_expect_success 'what cannot be read is said once' '
	cp -R r gone && rm gone/backports/1.y/series && test_expect_code 3 carry -C gone compare 1.y 2>err &&
	must_grep "the series of 1.y" err && test "$(grep -o "cannot read" err | wc -l)" -eq 1
'

test_expect_success 'the hint of an export can be typed as it stands' '
	cp -R r x && carry -C x export --as mbox -o "$PWD/mbox" 2.y >out && must_grep "git am \*.mbox" out &&
	cp -R tree am && (
		cd am && git init -q && git add -A && git commit -qm base && cp ../mbox/*.mbox . &&
		eval "$(sed -n "s/.*next, there: //p" ../out)" >/dev/null
	) && git -C am log -1 --format=%s >got && must_grep "NOWAIT" got
'

test_done
