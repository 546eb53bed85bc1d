#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='send: a further version tells in its letter what changed'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/send.sh
. "$CARRY_TOP/tests/cli/lib/send.sh"

start_server || exit 1

# With words that b4's template could take for its own.
test_expect_success 'v1 is sent' '
	(
		cd pub && git checkout -q work && sed -i "s/: 4/: \$5/" notes && git commit -qam "notes: Say costs

Costs \${cover} more than \$x.

Signed-off-by: A Tester <tester@example.org>" && git tag -f tip &&
		rm ../patches/* && git format-patch -q -o ../patches master..tip &&
		git checkout -q master
	) && fresh && carry send 2.y --really >out
'

test_expect_success 'v2: changelog and range-diff are in the letter, and only there' '
	sed -i "s/+five = 5/+five = 55/" series/0001* &&
	sed -i "s/^Costs /It costs /" series/0003* &&
	printf -- "\n---\nChanges in v2:\n- Say fifty-five.\n" >>series/cover &&
	carry send 2.y -o ../v2 >out && mv ../v2 . && letter=v2/0000-the-lines.eml &&
	sed -n "/^---$/,\$p" $letter >below && must_grep "^- Say fifty-five" below &&
	must_grep "^- Link to v1: https" below &&
	must_grep "^Range-diff to v1:$" below && must_grep "^1 ! 1: lines: Say .five" below &&
	must_grep "^2 [!=] 2: lines: Spell thirty" below && must_grep "^     *-+five = 5$" below &&
	must_grep "^     *++five = 55$" below && must_grep "^3 ! 3: notes: Say costs" below &&
	must_grep "^    +    It costs \${cover} more than \$x" below && ! grep "Range-diff" v2/000[123]*
'

test_expect_success 'b4 reads the mails back to the same tree' '
	received v2 >got && sed -n "s/^tree //p" out >want && test_cmp want got
'

test_expect_success 'the ids in it are not new each time: the next preview has no change' '
	sleep 1 && carry send 2.y >again && must_grep "nothing changed since" again
'

test_expect_success 'on a base that moved, v1 is compared on its own' '
	(cd ../pub && sed -i "s/^40$/forty/" lines && git commit -qam forty) && carry -q fetch 2.y >fetched &&
	rm -r .carry/state/preview &&
	carry send 2.y -o v2b >out && must_grep "^1 ! 1: lines: Say" v2b/0000* &&
	must_grep "base-commit: $(git -C ../pub rev-parse master)" v2b/0000*
'

test_expect_success 'of a version whose copy is broken there is none, which is said' '
	sed -i "s/^ 3$/ 33/" series/sent/v1/0001* && carry send 2.y >out &&
	must_grep "^no range-diff: v1: .*0001.* does not apply" out
'

test_expect_success 'a single patch has it below its own line, and applies' '
	fresh && rm series/cover && sed -i 1q series/series && carry send 2.y --really >out &&
	sed -i "s/+five = 5/+five = 55/" series/0001* && cat >series/cover <<-\EOT &&
		Subject: lines: Say five

		---
		Changes in v2:
		- Say fifty-five.
	EOT
	carry send 2.y -o v2 >out && ls v2 >names && test "$(wc -l <names)" -eq 1 &&
	sed "/^---$/q" v2/* >above && ! grep "Range-diff\|Changes in" above &&
	must_grep "^    *++five = 55" v2/* && must_grep "^- Say fifty-five" v2/* &&
	received v2 >got && sed -n "s/^tree //p" out >want && test_cmp want got &&
	git -C got-repo log -1 --format=%B >message && ! grep "Range-diff\|Changes" message &&
	git -C got-repo checkout -q HEAD^ && cat v2/* | patch -s -p1 -d got-repo &&
	must_grep "^five = 55$" got-repo/lines
'

: >../smtp/stop
test_done
