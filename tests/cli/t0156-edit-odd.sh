#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='edit and save: odd names and messages, and quilt at work on the same directory'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/series.sh
. "$CARRY_TOP/tests/cli/lib/series.sh"

W=$PWD/r/.carry/state/edit/6.1.y

# commit AUTHOR FORMAT: a change of one more line of a file, with printf's FORMAT as message
# shellcheck disable=SC2059
commit() {
	count=$((count + 1)) && echo "line $count" >>"$W/docs/new.txt" && git -C "$W" add -A &&
		printf "$2" >message && git -C "$W" commit -q --author="$1" \
		--date="2020-01-01T00:00:0$count+0300" -F "$PWD/message" 2>>commit.log
}

# described REPOSITORY: author and message of the last commits, whatever characters they have
described() {
	git -C "$1" log --reverse -"$count" --format='%an|%ae|%ad|%B%x00'
}

test_expect_success 'names and texts with what breaks parsers: as git has them after save and edit' '
	count=0 && make_edit_repo r >log 2>&1 && carry -C r edit 6.1.y && cp -R r/patches was &&
	commit "O'\''Brien \"Q\" (x), Jr. <o@example.org>" "quotes \"a\" '\''b'\''\n\nBody\n" &&
	commit "Jörg ☃ <j@example.org>" "Ünï ☃\n\nsnow ☃ %%s %%n\n" &&
	commit "a\\b = ?q? <a@example.org>" "../../etc/passwd \$(touch x) \`id\`; rm -rf ~\n\n  indented\n" &&
	commit "A <a@example.org>" "red \033[31m and \007 bell\n\ntab\tx\001y\033]0;title\007\n" &&
	commit "A <a@example.org>" "its text begins as a mail does\n\nFrom: X <x@example.org>\n\nDate: now\n" &&
	commit "A <a@example.org>" "likewise\n\nDate: Mon, 2 Mar 2020 02:03:04 -0700\nSubject: other\nthen text\n" &&
	commit "A <a@example.org>" "From 0123456789 Mon Sep 17 00:00:00 2001\n\n>From x\nFrom y\n" &&
	commit "A <a@example.org>" "Index: a title\n\n====\n+new\n--\nno signature\n" &&
	commit "A <a@example.org>" "$(printf %0200d 0) $(printf %0200d 1)\n\n$(printf %03000d 2)\n" &&
	described "$W" >want && tree=$(git -C "$W" rev-parse HEAD^{tree}) &&
	carry -C r save >out && carry -C r edit --abort 6.1.y && carry -C r edit 6.1.y >log &&
	described "$W" >got && cmp want got && test "$tree" = "$(git -C "$W" rev-parse HEAD^{tree})" &&
	ls r/patches >names && ! grep -v "^[A-Za-z0-9._-]*\$" names && test ! -e r/patches/x
'

test_expect_success 'git am reads the same out of the new patches' '
	git -C "$W" worktree add -q --detach "$PWD/am" HEAD~$count && (
		cd am && grep "[.]patch" ../r/patches/series | tail -n $count >../new &&
		while read -r name; do
			GIT_COMMITTER_DATE="2020-01-01T00:00:00Z" git am -q --keep-cr "../r/patches/$name" || return 1
		done <../new
	) && described am >got && cmp want got
'

test_expect_success 'every export of them says the same to git am' '
	mkdir r/odd && for name in $(cat new); do cp "r/patches/$name" r/odd/ || return 1; done && cp new r/odd/series &&
	printf "[target \"odd\"]\n\tsource = dir ../tree\n\tseries = odd\n" >>r/carry.conf &&
	test_expect_code 3 carry -C r export --as git -o ../out.git odd 2>said && test ! -e out.git &&
	must_grep "odd/red-.*: cannot write .Subject.: .* control character" said &&
	sed -i "s/^Subject: red.*/Subject: red and bell/" r/odd/red-*.patch &&
	sed "s/|red .* bell\$/|red and bell/" want >want.am &&
	for as in git b4 ubuntu fedora suse debian; do
		test_might_fail carry -C r export --as $as -o "../out.$as" odd >>said 2>&1 || return 1
	done && test_expect_code 3 carry -C r export --as mbox -o ../out.mbox odd 2>>said &&
	must_grep "odd/From-.*line 6 would begin the next mail" said && for as in git b4; do
		git -C am reset -q --hard HEAD~$count && (
			cd am && GIT_COMMITTER_DATE="2020-01-01T00:00:00Z" git am -q --keep-cr "../out.$as"/*.patch
		) && described am >got && { cmp want.am got || { echo "$as" && return 1; }; }
	done
'

test_expect_success 'nothing of it reaches the terminal as it is' '
	carry -C r lint 6.1.y odd >>said 2>&1; carry -C r apply -v 6.1.y >>said 2>&1; carry -C r edit --list >>said &&
	mkdir r/clash && : >r/clash/series &&
	printf "[target \"clash\"]\n\tsource = dir ../tree\n\tseries = clash\n" >>r/carry.conf &&
	carry -C r fetch clash >>said && esc=$(printf "\033") &&
	cat >box <<-EOT &&
	From x@y Thu Jan  1 00:00:00 1970
	From: $esc[31mred <r@example.org>
	Subject: Re: =?utf-8?q?=1B]0;t=07?= $esc[31m
	Message-ID: <1@example.org>

	Reviewed-by: $esc[31mred <r@example.org>

	From x@y Thu Jan  1 00:00:00 1970
	From: A <a@example.org>
	Subject: [PATCH] $esc[31mred $esc]0;t
	Message-ID: <2@example.org>

	Why.
	---
	--- a/Makefile
	+++ b/Makefile
	@@ -1,3 +1,3 @@
	-$esc[31m
	 PATCHLEVEL = 1
	 SUBLEVEL = 9
	+$esc[32m
	EOT
	{ carry -C r trailers -n --from ../box odd; carry -C r import -n clash ../box; } >>said 2>&1
	sed 1,8d box >one && mv one "$esc[31m.mbox" &&
	{ carry -C r import clash "../$esc[31m.mbox"; carry -C r apply clash; carry -C r edit clash; } >>said 2>&1
	must_grep "passed over, a reply" said && must_grep "found:.*VERSION" said && must_grep "wanted: ?.31m" said &&
	! LC_ALL=C grep -n "$(printf "[\001\007\033]")" said
'

test_expect_success 'a commit in another encoding' '
	before=$(grep -c . r/patches/series) && printf "gr\374n\n\nsch\366n\n" >message &&
	echo x >>"$W/docs/new.txt" &&
	git -C "$W" -c i18n.commitEncoding=ISO-8859-1 commit -qa -F "$PWD/message" && carry -C r save >out &&
	carry -C r edit --abort 6.1.y && carry -C r edit 6.1.y >log && git -C "$W" log -1 --format=%B >got &&
	printf "grün\n\nschön\n\n" >want && test_cmp want got
'

test_expect_success 'a message that reads as a diff or as an other author: refused, nothing is written' '
	git -C r add -A && git -C r commit -qm odd && head=$(git -C "$W" rev-parse HEAD) &&
	diff="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" && commit "A <a@example.org>" "new\n\nIt was:\n$diff" &&
	test_expect_code 3 carry -C r save 2>err && must_grep "new.patch.*would be read as its diff" err &&
	git -C "$W" reset -q --hard $head && printf "drivers: b\n\nIt was:\n$diff" >message &&
	git -C "$W" commit -q --amend -F "$PWD/message" && test_expect_code 3 carry -C r save 2>err &&
	must_grep "would be read as its diff" err &&
	printf "drivers: b\n\nFrom: X <x@example.org>\n\nText.\n" >message &&
	git -C "$W" commit -q --amend -F "$PWD/message" && test_expect_code 3 carry -C r save 2>err &&
	must_grep "names its author" err && git -C r status --porcelain >got && test_must_be_empty got &&
	git -C "$W" reset -q --hard $head && carry -C r save
'

command -v quilt >/dev/null && test_set_prereq QUILT
# quilt takes no blank in the name of a directory of patches.
plain=$(mktemp -d)
QUILTRC=/dev/null QUILT_PATCHES=$plain/q/patches
export QUILTRC QUILT_PATCHES

# refresh PATCH FILE SED: with quilt, in a tree of its own, into the same directory of patches
refresh() {
	rm -rf pushed && cp -R tree pushed && (
		cd pushed && grep -v "^+" "$QUILT_PATCHES/series" >../series &&
			QUILT_SERIES=$PWD/../series quilt push -q "$1" && sed -i "$3" "$2" &&
			QUILT_SERIES=$PWD/../series quilt refresh
	) >push.log 2>&1 || { cat push.log && false; }
}

test_expect_success QUILT 'quilt refresh on the directory: edit takes it up, save keeps its bytes' '
	cd "$plain" && make_edit_repo q >log 2>&1 && Q=$plain/q/.carry/state/edit/6.1.y && carry -C q edit 6.1.y &&
	refresh suse.patch drivers/net/b.c "s/^line 50\$/quilt/;s/^line fifty/quilt/" && cp -R q/patches was &&
	carry -C q edit 6.1.y >out && must_grep "made anew" out && git -C "$Q" grep -q quilt HEAD -- drivers/net/b.c &&
	GIT_COMMITTER_NAME=other git -C "$Q" rebase -q -f HEAD~7 && carry -C q save >out && diff -r was q/patches
'

test_expect_success QUILT 'quilt and git changed different patches: refused, then merged' '
	cd "$plain" && git -C q add -A && git -C q commit -qm quilt && (
		cd "$Q" && echo more >>docs/new.txt && GIT_EDITOR=true git commit -qa --fixup=HEAD~3 &&
			GIT_SEQUENCE_EDITOR=true git rebase -q -i --autosquash HEAD~8
	) && refresh suse.patch drivers/net/b.c "s/^quilt\$/quilt again/" &&
	test_expect_code 1 carry -C q save 2>err && must_grep "save --merge" err &&
	carry -C q save --merge >out && git -C q diff --stat >got && must_grep suse.patch got && must_grep moves.patch got &&
	git -C "$Q" grep -q "quilt again" HEAD -- drivers/net/b.c && git -C "$Q" grep -q more HEAD -- docs/new.txt &&
	refresh suse.patch drivers/net/b.c "" && rm -rf pushed/.pc checked && mkdir checked &&
	git -C "$Q" archive HEAD | tar -xC checked && diff -r pushed checked
'

command -v b4 >/dev/null && test_set_prereq B4

test_expect_success B4 'b4 works in the repository of our own, which borrows its objects' '
	HOME=$PWD && export HOME && make_edit_repo b >log 2>&1 && carry -C b edit 6.1.y && B=$PWD/b/.carry/state/edit/6.1.y && (
		cd "$B" && git config user.name "A Tester" && git config user.email tester@example.org &&
		git config sendemail.smtpserver localhost && git config b4.midmask "<%s>" &&
		printf "net: words\n\nBody.\n" >../letter && {
			git format-patch -q -1 --stdout | sed "s/^Subject:/Message-Id: <one@x>\n&/" &&
			printf "%s\n" "From mboxrd@z Thu Jan  1 00:00:00 1970" "From: R V <rv@example.org>" \
				"Date: Tue, 3 Mar 2020 03:03:04 +0000" "Message-Id: <two@x>" "In-Reply-To: <one@x>" \
				"Subject: Re: [PATCH] net: b: fifty" "" "Reviewed-by: R V <rv@example.org>" ""
		} >../replies.mbox &&
		GIT_EDITOR="cp ../letter" EDITOR="cp ../letter" b4 --offline-mode prep --edit-cover </dev/null &&
		b4 --offline-mode trailers -u -m ../replies.mbox </dev/null
	) >b4.log 2>&1 || { cat b4.log && false; } && carry -C b save >out && must_grep "added    cover" out &&
	must_grep "^Subject: net: words" b/patches/cover && git -C b diff -U0 >diff &&
	grep "^[-+][^-+]" diff >got && echo "+Reviewed-by: R V <rv@example.org>" >want && test_cmp want got
'

rm -rf "$plain"
test_done
