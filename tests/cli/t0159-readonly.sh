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

cp -R "$CARRY_TOP/tests/data/mini/repo" r && cp -R "$CARRY_TOP/tests/data/mini/tree" tree &&
	cp -R tree r/tree && cd r && carry -q fetch >/dev/null 2>&1 &&
	carry verify --no-sandbox --check apply --check lint >verified 2>&1
cd "$SHARNESS_TRASH_DIRECTORY" || exit 1

test_expect_success BWRAP 'status and verify -n where nothing can be written, as where it can' '
	cd r && carry status >want; carry verify -n >plan 2>planned
	must_grep pass want && sealed carry status >got; test_cmp want got &&
	sealed carry verify -n >got 2>err; test_cmp plan got && test_cmp planned err
	cd ..
'

test_expect_success BWRAP 'likewise where no cache is: the evidence is in files' '
	cp -R r bare && rm -r bare/.carry/cache && cd bare && find . >../files &&
	sealed carry status >got 2>err; find . | test_cmp ../files - &&
	! grep "read-only\|Read-only" err && cd ..
'

test_expect_success 'a carry.conf that leads nowhere is there, but cannot be read' '
	mkdir led && ln -s nowhere led/carry.conf && for c in status "target list" lint; do
		test_expect_code 3 carry -C led $c 2>err && must_grep "cannot read .*carry.conf" err ||
			return 1
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
