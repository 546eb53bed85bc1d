#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='send and hook: what they promise, as the one who uses them meets it'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/send.sh
. "$CARRY_TOP/tests/cli/lib/send.sh"
strace -o /dev/null true 2>/dev/null && test_set_prereq STRACE
# Leaks cannot be looked for in a program that is traced.
traced() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -qq -o ../trace -e trace=openat "$@"
}

test_expect_success 'offline: nothing is asked of a network' '
	fresh && cp -R ../r ../start && carry send 2.y >../want && rm -rf ../r && cp -R ../start ../r && cd ../r &&
	bwrap --dev-bind / / --unshare-net --unshare-ipc carry send 2.y >got 2>err &&
	sed "s/^change-id:.*//" ../want >want2 && sed "s/^change-id:.*//" got | test_cmp want2 -
'

test_expect_success 'in the middle of a rebase, with the branch unborn: as anywhere' '
	git add . && git -c commit.gpgSign=false commit -qm one && git commit -q --allow-empty --no-gpg-sign -m two &&
	test_must_fail git -c sequence.editor=true rebase -q -i --exec false HEAD^ 2>/dev/null &&
	test -d .git/rebase-merge && carry send 2.y -o ../mid >out && test -d .git/rebase-merge &&
	must_grep "^Subject: \[PATCH 0/2\]" ../mid/0000* &&
	git rebase --abort && git checkout -q --orphan empty && carry send 2.y -o ../none >out &&
	must_grep "^Subject: \[PATCH 0/2\]" ../none/0000*
'

test_expect_success 'what lint has against a header is owed' '
	rm -rf ../r && cp -R ../start ../r && cd ../r && sed -i "s/^Cc: Cee.*/Reviewed-by: Cee Cee/" series/0001* &&
	carry lint 2.y >linted; must_grep "bad-trailer" linted &&
	test_expect_code 1 carry send 2.y >out && must_grep "^lint: fail" out &&
	must_grep "^owed.*carry lint has nothing against" out &&
	test_expect_code 1 carry send 2.y --really >out 2>err && must_grep "not sent: 2 things" err
'

test_expect_success 'what verify has seen fail is owed, and told' '
	rm -rf ../r && cp -R ../start ../r && cd ../r && sed -i "s/^Cc: Cee.*/Reviewed-by: Cee Cee/" series/0001* &&
	test_might_fail carry verify 2.y --check lint >/dev/null 2>&1 &&
	test_expect_code 1 carry send 2.y >out && must_grep "^verify: .* 1 fail" out &&
	must_grep "^owed.*what carry verify 2.y fails at" out
'

test_expect_success 'what is not verified yet, --really verifies before anything leaves' '
	rm -rf ../r && cp -R ../start ../r && cd ../r && sed -i "/when = asked/d" carry.conf &&
	carry send 2.y >out && must_grep "^verify: .* 3 not seen" out &&
	must_grep "(carry verify 2.y; --really does it first)" out &&
	test_expect_code 1 carry send 2.y --really >out 2>err && test ! -e series/sent &&
	must_grep "^verify: 2 pass, 0 fail, 1 error, .* 0 not seen" out &&
	must_grep "^owed.*what carry verify 2.y fails at" out &&
	carry status 2.y >out; must_grep "ERROR  2.y checkpatch" out
'

# Whatever runs cells takes the lock of the tree first, once.
test_expect_success STRACE 'lint runs once, be it for verify or for what send tells' '
	rm -rf ../r && cp -R ../start ../r && cd ../r && rm series/cover && for known in no yes; do
		test_expect_code 1 traced carry send 2.y --really >out 2>err && test ! -e series/sent &&
		grep "^lint:\|^verify:" out | cut -d " " -f 1,2 >got &&
		printf "lint: pass:\nverify: 2\n" | test_cmp - got &&
		test "$(grep -c "/trees/[^/]*\.lock" ../trace)" = 1 || return 1
	done
'

test_expect_success 'a backport goes to the stable team and to the people of the original' '
	rm -rf ../r && cp -R ../start ../r && cd ../r &&
	carry import --from quilt --replace 6.1.y series >/dev/null &&
	for patch in backports/6.1.y/0*; do
		sed -i "0,/^$/s//\ncommit 0123456789012345678901234567890123456789 upstream.\n/" "$patch" || return 1
	done &&
	carry send 6.1.y --stable -o mails >out && must_grep "^To:.*stable@vger.kernel.org" out &&
	for mail in mails/0000* mails/0001*; do
		sed -n "/^To:/,/^$/p" "$mail" >who && must_grep "<j@example.org>" who &&
			must_grep "<cc@example.org>" who || return 1
	done &&
	must_grep "commit 0123456789012345678901234567890123456789 upstream." mails/0001*
'

test_expect_success 'really: the configuration, the repositories and the branch of the person stay' '
	rm -rf ../r && cp -R ../start ../r && cd ../r && start_server && untouched >../before &&
	carry send 2.y --really >out && untouched | sed "/series\/sent\/\|out$/d" >../after &&
	sed "/series\/sent\/\|out$/d" ../before | test_cmp - ../after &&
	git status --porcelain -uall >status && must_grep "series/sent/sent.json" status &&
	must_grep "series/sent/v1/series" status && : >../smtp/stop
'

test_expect_success 'the record of a version cannot be sent over again' '
	sed -i "s/five = 5/five = 6/" series/0001* && printf -- "\n---\nChanges in v2:\n- x\n" >>series/cover &&
	test_expect_code 1 carry send 2.y --revision=1 --really >out 2>err &&
	must_grep "^owed.*v1 has been sent" out && test "$(find ../smtp -name "*.to" | wc -l)" -eq 3
'

# The script for CI, run: what it says and leaves of a good repository and of a bad one.
test_expect_success 'hook ci: lints, fetches, verifies, and leaves the reports' '
	cp -R "$CARRY_TOP/tests/data/mini/repo" ../ci && cp -R "$CARRY_TOP/tests/data/mini/tree" ../ci/tree &&
	cd ../ci && printf "[check \"assert\"]\n\tenabled = false\n" >>carry.conf &&
	carry hook ci >../ci.sh && test_might_fail sh ../ci.sh >../ci.out 2>&1 &&
	test -s carry.xml && test -s carry.html && xmllint --noout carry.xml &&
	must_grep "<testcase" carry.xml && must_grep "warn.patch\|2.y" carry.html &&
	sed -i "/^Subject/d" series/warn.patch && test_must_fail sh ../ci.sh >../ci.out 2>&1 &&
	must_grep "no-subject" ../ci.out && must_grep "<failure" carry.xml
'

test_done
