#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='send: what b4 would send, and what it sends'
. "$(dirname "$0")/lib/carry.sh"

# shellcheck source=tests/cli/lib/send.sh
. "$CARRY_TOP/tests/cli/lib/send.sh"

test_expect_success 'a dry run shows the mails, from any state, and changes nothing of the person' '
	fresh && git add . && git -c commit.gpgSign=false commit -qm x &&
	git checkout -q --detach && echo dirt >>carry.conf.orig && untouched >../before &&
	carry send 2.y -o ../mails >../out 2>../err </dev/null && untouched >../after &&
	test_cmp ../before ../after && mv ../mails ../out . &&
	must_grep "^Subject: \[PATCH 0/2\] The lines$" out &&
	must_grep "^Subject: \[PATCH 1/2\] lines: Say \"five\", grün$" out &&
	must_grep "^From: Jörg Müller <j@example.org>$" out &&
	must_grep "^To: Linus Maintainer <linus@example.org>" out &&
	must_grep "^Cc: .*lists.example.org" out && must_grep "^Why the lines" out &&
	must_grep "A remark for reviewers" out && must_grep "cc@example.org" out &&
	must_grep "nothing was sent: this is a dry run; --really hands it" out &&
	ls mails >names && test "$(wc -l <names)" -eq 3
'

test_expect_success 'b4 reads them back to the same tree' '
	received mails >got && sed -n "s/^tree //p" out >want &&
	git -C ../pub rev-parse "tip^{tree}" >public && test_cmp want got && test_cmp want public
'

test_expect_success 'author, text and base come through' '
	git -C got-repo log --format="%an %ae%n%s" origin/master.. >got &&
	git -C ../pub log --format="%an %ae%n%s" master..tip >want && test_cmp want got &&
	must_grep "^base-commit: $(git -C ../pub rev-parse master)" out &&
	must_grep "^change-id: 20[0-9]*-the-lines-[0-9a-f]*$" out
'

test_expect_success 'the next preview tells only what changed' '
	carry send 2.y >again && must_grep "nothing changed since the last preview" again &&
	sed -i "s/Why the lines/Why these lines/" series/cover && carry send 2.y >again &&
	must_grep "^-Why the lines" again && must_grep "^+Why these lines" again &&
	! grep "change-id" again
'

test_expect_success 'a single patch needs no letter' '
	fresh && rm series/cover && sed -i 1q series/series && carry send 2.y >out &&
	must_grep "^Subject: \[PATCH\] lines: Say" out && ! grep "^owed" out
'

test_expect_success 'what is owed is told in the preview, and sends nothing' '
	fresh && rm series/cover && sed -i "/A Tester/d" series/0001* && carry send 2.y >out &&
	must_grep "owed.*0001-.*your Signed-off-by" out && must_grep "owed.* a cover letter" out &&
	! grep "0002-.*Signed-off-by, which" out &&
	test_expect_code 1 carry send 2.y --really >out 2>err && must_grep "not sent: 2 things" err &&
	test ! -e series/sent
'

test_expect_success 'a placeholder in the letter is owed' '
	fresh && echo "*** BLURB HERE ***" >>series/cover && carry send 2.y >out &&
	must_grep "owed.*has a placeholder" out
'

test_expect_success 'the base of a package is for a dry run only' '
	fresh && carry import --from quilt --replace 6.1.y series >/dev/null &&
	test_expect_code 0 carry send 6.1.y >out && must_grep "^base: dir tree, of which" out &&
	! grep "^base-commit" out && must_grep "^Subject: \[PATCH 6.1.y 1/2\]" out &&
	must_grep "owed.*a base that others have" out &&
	test_expect_code 1 carry send 6.1.y --really >out 2>err && must_grep "not sent" err
'

test_expect_success 'what is not in mainline is refused to the stable team' '
	for how in --stable "--to=Stable <STABLE@vger.kernel.org>" --cc=a@b.c,stable@vger.kernel.org; do
		test_expect_code 1 carry send 6.1.y "$how" >out 2>err || return 1
		must_grep "refused, .*names no commit of mainline.*--rfc" err || return 1
	done &&
	carry send 6.1.y --rfc >out && must_grep "\[PATCH RFC 6.1.y 1/2\]" out &&
	sed -i "s/^Cc: Cee.*/Cc: stable@vger.kernel.org # 6.1.x/" backports/6.1.y/0001* &&
	test_expect_code 1 carry send 6.1.y 2>err && must_grep "refused, Cc: stable@" err
'

test_expect_success 'a backport of mainline commits goes to the stable team' '
	for patch in backports/6.1.y/0*; do
		sed -i "0,/^$/s//\ncommit 0123456789012345678901234567890123456789 upstream.\n/" "$patch"
	done && rm -r .carry/state/preview && carry send 6.1.y --stable >out && must_grep "^To:.*stable@vger.kernel.org" out &&
	must_grep "^Subject: \[PATCH 6.1.y 2/2\]" out
'

test_expect_success 'nobody to send to, nobody who sends: said' '
	fresh && test_expect_code 2 carry send 2.y --no-maintainers 2>err &&
	must_grep "give --to=ADDRESS" err && carry send 2.y --no-maintainers --to me@example.org >out &&
	must_grep "^To: me@example.org" out &&
	mv "$HOME/.gitconfig" ../kept && test_expect_code 2 carry send 2.y 2>err; mv ../kept "$HOME/.gitconfig" &&
	must_grep "git knows no user.name" err
'

test_expect_success 'a series that does not apply is not shown as if' '
	fresh && sed -i "s/^ 29$/ 92/" series/0002* && test_expect_code 1 carry send 2.y >out 2>err &&
	must_grep "0002-.* does not apply" err
'

test_expect_success 'really: the mails arrive, and are recorded' '
	fresh && start_server && carry send 2.y >preview && carry send 2.y --really >out 2>err &&
	must_grep "^v1 was sent; commit the record series/sent/sent.json" out &&
	test "$(ls ../smtp/*.to | wc -l)" -eq 3 && must_grep linus@example.org ../smtp/0001.to &&
	must_grep cc@example.org ../smtp/0002.to &&
	sed -n "s/^Message-I[dD]: //p" ../smtp/000? | tr -d "\r" | sort >want &&
	jq -r ".versions[0] | .cover, .patches[][\"message-id\"]" series/sent/sent.json | sort >got &&
	test_cmp want got && cmp series/cover series/sent/v1/cover &&
	cmp series/series series/sent/v1/series && cmp series/0001* series/sent/v1/0001*
'

test_expect_success 'and what arrived is the series' '
	received ../smtp >got &&
	git -C ../pub rev-parse "tip^{tree}" >want && test_cmp want got
'

test_expect_success 'the next version: change-id kept, history and range-diff told' '
	sed -i "s/+five = 5/+five = 55/" series/0001* && carry send 2.y >out &&
	must_grep "owed.*Changes in v2" out && must_grep "Range-diff to v1" out &&
	must_grep "^ .*-five = 5$\|^.*-+five = 5$" out &&
	printf -- "\n---\nChanges in v2:\n- Say fifty-five.\n" >>series/cover &&
	rm -rf .carry/state/preview && carry send 2.y -o v2 >out && ! grep "^owed" out &&
	must_grep "^Subject: \[PATCH v2 1/2\]" out && must_grep "^- Say fifty-five" out &&
	must_grep "Link to v1: https://lore.kernel.org/r/[0-9]*-the-lines-v1-0-" out &&
	must_grep "^change-id: $(jq -r ".[\"change-id\"]" series/sent/sent.json)$" out &&
	carry send 2.y --really >out && jq -r ".versions[].revision" series/sent/sent.json >got &&
	printf "1\n2\n" | test_cmp - got && test -e series/sent/v2/cover
'

test_expect_success 'mail that is refused is not recorded as sent, and asked for' '
	fresh && : >../smtp/refuse && test_expect_code 3 carry send 2.y --really >out 2>err &&
	must_grep "b4 send ended with status" err && must_grep "mails of v1 may have gone" err &&
	jq -e ".versions[0].sent | not" series/sent/sent.json &&
	test_expect_code 1 carry send 2.y --really >out 2>err && must_grep "whether v1 has gone" out &&
	carry send 2.y --not-sent && test ! -e series/sent && : >../smtp/stop
'

test_expect_success 'nothing of a run is left behind' '
	test -z "$(ls -A .carry/cache/send)"
'

test_done
