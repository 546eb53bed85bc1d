#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='edit and save of patches that fit with fuzz only'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/quilt.sh
. "$CARRY_TOP/tests/cli/lib/quilt.sh"
GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_GLOBAL

# put NAME FILE LINE: a patch with three lines of context, made of what the tree was
put() {
	sed "$3s/.*/changed by $1/" "work/$2" >work/now &&
		{
			printf 'From: A <a@example.org>\nSubject: %s\n\nWhy.\n---\n' "$1"
			(cd work && diff -u --label "a/$2" --label "b/$2" "$2" now)
			test $? = 1
		} >"r/p/$1.patch" && mv work/now "work/$2" && echo "$1.patch" >>r/p/series
}

test_expect_success 'three patches, and a base that moved on under two of them' '
	mkdir -p tree work r/p && seq -f "f %g" 60 >work/f && seq -f "g %g" 60 >work/g &&
	printf "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 9\n" >tree/Makefile &&
	sed "13s/.*/another 13/" work/f >tree/f && sed "18,18s/.*/another 18/" work/g >tree/g &&
	put one f 10 && put two g 20 && put exact f 40 &&
	cat >r/carry.conf <<-\EOT &&
	[carry]
		version = 1
		newest = 6.1.y
	[target "6.1.y"]
		source = dir ../tree
		series = p
	EOT
	printf "/.carry/\n" >r/.gitignore && (cd r && git init -q && git add -A && git commit -qm start) &&
	carry -C r fetch && cp -R tree pushed &&
	(cd pushed && QUILT_PATCHES=../r/p quilt push -a --fuzz=2) >log && must_grep "with fuzz 1" log &&
	must_grep "with fuzz 2" log
'

test_expect_success 'refused without --fuzz, and with too little: the message says how much' '
	test_expect_code 1 carry -C r edit 6.1.y 2>err && must_grep "one.patch:.*hunk 1 does not fit" err &&
	must_grep "carry edit --fuzz=1. takes it" err &&
	test_expect_code 1 carry -C r edit -F1 6.1.y 2>err && must_grep "carry edit --fuzz=2. takes it" err &&
	test_expect_code 2 carry -C r edit --fuzz=x 6.1.y 2>err && must_grep "no number" err
'

test_expect_success 'no hint where no fuzz helps' '
	cp -R r other && sed -i "/^-/s/f 10/f ten/" other/p/one.patch &&
	test_expect_code 1 carry -C other edit 6.1.y 2>err && ! grep fuzz= err
'

test_expect_success 'with it: the tree that quilt makes, and which patches needed it' '
	carry -C r edit --fuzz=2 6.1.y >out && W=$PWD/r/.carry/state/edit/6.1.y &&
	grep "fits with fuzz only" out >got && printf "%s: fits with fuzz only\n" one.patch two.patch >want &&
	test_cmp want got && rm -rf pushed/.pc && mkdir checked &&
	git -C "$W" archive HEAD | tar -xC checked && diff -r pushed checked
'

test_expect_success 'every commit written anew: every patch comes back byte for byte' '
	base=$(git -C "$W" log --format=%H --reverse | head -n 1) &&
	GIT_COMMITTER_NAME=other git -C "$W" rebase -q --force-rebase "$base" &&
	carry -C r save >out && git -C r status --porcelain >got && test_must_be_empty got
'

test_expect_success 'another patch and a message change: the fuzzy diffs keep their bytes' '
	echo more >>"$W/Makefile" && git -C "$W" commit -qam new && carry -C r save >out &&
	(cd "$W" && GIT_SEQUENCE_EDITOR="sed -i \"/two/s/^pick/reword/\"" \
		GIT_EDITOR="sed -i s/Why/Because/" git rebase -q -i HEAD~4) &&
	carry -C r save && git -C r diff --numstat >got && git -C r diff >diff &&
	must_grep "^+Because" diff && printf "1\t1\tp/two.patch\n" >want &&
	grep two.patch got >got.two && test_cmp want got.two && ! grep "one.patch\|exact.patch" got
'

test_expect_success 'a fuzzy patch that is changed gets the context that is there' '
	(cd "$W" && GIT_SEQUENCE_EDITOR="sed -i \"/one/s/^pick/edit/\"" git rebase -q -i HEAD~5 &&
		sed -i "10s/\$/ again/" f && git commit -qa --amend --no-edit && GIT_EDITOR=true git rebase --continue) &&
	carry -C r save >out && must_grep "^ another 13" r/p/one.patch &&
	must_grep "^.changed by one again" r/p/one.patch &&
	git -C r diff --quiet -- p/exact.patch && (
		cd tree && patch -p1 --dry-run --fuzz=0 <../r/p/one.patch &&
		test_must_fail patch -p1 --dry-run --fuzz=1 <../r/p/two.patch
	)
'

test_expect_success 'it is remembered: saves, merges and undo go on without the option' '
	cp r/p/two.patch was && (cd "$W" && echo x >>g && git commit -qam "more g") && carry -C r save &&
	test_cmp was r/p/two.patch && carry -C r save --undo && test_cmp was r/p/two.patch &&
	git -C r commit -qam saved && sed -i "s/^Because/So/" r/p/two.patch &&
	(cd "$W" && echo y >>f && git commit -qam "more f") && test_must_fail carry -C r save &&
	carry -C r save --merge && must_grep "^So" r/p/two.patch &&
	git -C r diff --stat -- p/two.patch >got && must_grep "1 insertion.*1 deletion" got &&
	cp -R tree last && (cd last && QUILT_PATCHES=../r/p quilt push -a --fuzz=2) >log &&
	rm -rf last/.pc last.git && mkdir last.git && git -C "$W" archive HEAD | tar -xC last.git &&
	diff -r last last.git
'

test_done
