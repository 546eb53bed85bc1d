#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry edit in a person'"'"'s clone, with b4, and binary patches'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/series.sh
. "$CARRY_TOP/tests/cli/lib/series.sh"

test_expect_success 'a series with binary patches, made by git, and a clone with the base' '
	make_edit_repo r && rm -rf clone && cp -R tree clone && (
		cd clone && git init -q && git add -A && git commit -qm base && git tag -a -m t v6.1.9 &&
		git checkout -q -b scratch && printf "\000%s" "$(seq 900 2000)" >docs/logo.bin &&
		git commit -qam "docs: other logo" &&
		printf "\000\001\002\003" >docs/new.bin && chmod +x docs/new.bin &&
		{ head -c 300 docs/logo.bin; printf "\000end"; } >x && mv x docs/logo.bin &&
		git add -A && git commit -qm "docs: more logos" &&
		git mv docs/new.bin lib/moved.bin && printf "\004" >>lib/moved.bin && git rm -q docs/logo.bin &&
		git commit -qam "docs: fewer logos" &&
		git format-patch -q --binary -M20% -o ../r/patches --start-number 20 v6.1.9 &&
		git checkout -q master 2>/dev/null || git checkout -q main
	) && (cd r/patches && ls 002*.patch >>series) &&
	git -C r add -A && git -C r commit -qm binary && grep -l "^delta" r/patches/002*
'

test_expect_success 'a base that the clone does not have is refused, with what to do' '
	test_expect_code 3 carry -C r edit --repo "$PWD/clone" --base v9.9 6.1.y 2>err &&
	must_grep "fetch it there, or name another one" err &&
	git -C clone for-each-ref --format="%(refname)" "refs/carry" refs/heads/carry >got &&
	test_must_be_empty got
'

test_expect_success 'the branch is made on the tag of the version; the work tree is as it was' '
	carry -C r edit --repo "$PWD/clone" 6.1.y >out && cat out && must_grep "switch carry/6.1.y" out &&
	test "$(git -C clone merge-base v6.1.9 carry/6.1.y)" = "$(git -C clone rev-parse "v6.1.9^{}")" &&
	git -C clone status --porcelain >got && test_must_be_empty got &&
	test ! -e clone/.git/objects/info/alternates && git -C clone fsck --strict &&
	test ! -e r/.carry/state/edit/6.1.y
'

test_expect_success 'binary contents are those that git made' '
	git -C clone ls-tree -r scratch | grep "bin$" >want &&
	git -C clone ls-tree -r carry/6.1.y | grep "bin$" >got && test_cmp want got &&
	git -C clone diff --quiet scratch~1 "carry/6.1.y~1" -- docs/logo.bin docs/new.bin
'

test_expect_success 'save without a change, and with all commits rewritten' '
	carry -C r save >out && must_grep "nothing to save" out &&
	git -C clone switch -q carry/6.1.y &&
	GIT_COMMITTER_NAME=other git -C clone rebase -q -f v6.1.9 &&
	carry -C r save >out && cat out && must_grep "12 files untouched" out &&
	git -C r status --porcelain >got && test_must_be_empty got
'

test_expect_success 'a binary file changed: its patch alone, and it applies' '
	(
		cd clone && printf "\000longer%s" "$(seq 800 2000)" >docs/logo.bin && ls docs &&
		git add -f docs/logo.bin && git commit -qm "docs: logo again"
	) && carry -C r save >out && cat out && must_grep "added    0023-docs-logo-again.patch" out &&
	git -C r status --porcelain >got &&
	printf " M patches/series\n?? patches/0023-docs-logo-again.patch\n" >want && test_cmp want got &&
	git -C clone switch -q --detach HEAD~1 && git -C clone apply --index ../r/patches/0023-docs-logo-again.patch &&
	test "$(git -C clone write-tree)" = "$(git -C clone rev-parse "carry/6.1.y^{tree}")" &&
	git -C clone reset -q --hard
'

test_expect_success 'b4 knows the branch: the cover is edited, and kept beside the patches' '
	git -C r add -A && git -C r commit -qm new && git -C clone switch -q carry/6.1.y && (
		cd clone && git config b4.midmask "<%s>" && git config user.name "A Tester" &&
		git config user.email tester@example.org && git config sendemail.smtpserver localhost &&
		cat >../cover <<-\EOT &&
		net: words for numbers

		They are easier to read.

		To: list@example.org
		EOT
		GIT_EDITOR="cp ../cover" EDITOR="cp ../cover" b4 --offline-mode prep --edit-cover
	) && carry -C r save >out && cat out && must_grep "added    cover" out &&
	must_grep "^Subject: net: words for numbers" r/patches/cover &&
	git -C r status --porcelain >got && echo "?? patches/cover" >want && test_cmp want got &&
	test_expect_code 1 carry -C r edit --abort 6.1.y 2>err && must_grep "switch to another" err
'

test_expect_success 'trailers that b4 collects go into the patches that they belong to' '
	git -C r add -A && git -C r commit -qm cover && (
		cd clone && rev=$(git log --format=%H --grep="b: fifty" -1) && {
			git format-patch -q -1 --stdout "$rev" | sed "s/^Subject:/Message-Id: <one@x>\n&/" &&
			cat <<-\EOT
			From mboxrd@z Thu Jan  1 00:00:00 1970
			From: R V <rv@example.org>
			Date: Tue, 3 Mar 2020 03:03:04 +0000
			Message-Id: <two@x>
			In-Reply-To: <one@x>
			Subject: Re: [PATCH] net: b: fifty

			Reviewed-by: R V <rv@example.org>
			EOT
		} >../replies.mbox && b4 --offline-mode trailers -u -m ../replies.mbox </dev/null
	) && carry -C r save >out && cat out && git -C r diff -U0 >diff &&
	must_grep "^+Reviewed-by: R V <rv@example.org>" diff &&
	grep -c "^[-+][^-+]" diff >got && echo 1 >want && test_cmp want got
'

test_expect_success 'abort deletes the branch and the state, nothing else' '
	git -C clone switch -q scratch && carry -C r edit --abort 6.1.y &&
	git -C clone for-each-ref --format="%(refname)" refs/carry refs/heads/carry >got &&
	test_must_be_empty got && git -C clone fsck
'

test_expect_success 'carry.repo of git is used; a branch that is not ours is not touched' '
	git -C r config carry.repo "$PWD/clone" && git -C clone branch carry/6.1.y scratch &&
	test_expect_code 3 carry -C r edit 6.1.y 2>err && must_grep "already" err &&
	test "$(git -C clone rev-parse carry/6.1.y)" = "$(git -C clone rev-parse scratch)" &&
	git -C clone branch -q -D carry/6.1.y && carry -C r edit 6.1.y &&
	git -C clone log -1 --format=%s carry/6.1.y >got && echo "docs: logo again" >want && test_cmp want got &&
	git -C clone log --format=%B carry/6.1.y >got && must_grep "They are easier to read" got &&
	carry -C r save >out && must_grep "nothing to save" out
'

test_done
