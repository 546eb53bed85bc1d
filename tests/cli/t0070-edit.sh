#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry edit and save: a series as commits and back'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/series.sh
. "$CARRY_TOP/tests/cli/lib/series.sh"

test_expect_success 'a repository with every kind of patch; quilt pushes them all' '
	make_edit_repo r && cp -R tree pushed && (
		cd pushed && grep -v "^+" ../r/patches/series >../series &&
		QUILT_PATCHES=../r/patches QUILT_SERIES=../../series quilt push -a -q
	) >push.log 2>&1 || { cat push.log; false; }
'

test_expect_success 'edit: a commit for each patch that is applied, on the base' '
	carry -C r edit 6.1.y >out && cat out &&
	W=$PWD/r/.carry/state/edit/6.1.y && git -C "$W" log --format=%s --reverse >got &&
	cat >want <<-\EOT &&
	dir ../tree
	EDITME: cover title for 6.1.y
	drivers: a: Spell tën
	Count in words
	lib: c: drop a line
	moves
	drivers: a: forty
	reverse
	net: b: fifty
	EOT
	sed 1d want >want.rest && sed 1d got >got.rest && test_cmp want.rest got.rest &&
	git -C "$W" fsck --strict
'

test_expect_success 'authors, dates and texts are those of the headers' '
	git -C "$W" log -8 --format="%an|%ae|%aD" --reverse | sed 1d >got &&
	cat >want <<-\EOT &&
	Jörg Müller|j@example.org|Thu, 17 Jan 2013 08:55:21 +0100
	unknown|unknown|Sat, 1 Jan 2000 00:00:01 +0000
	Doe, J|jd@example.org|Sat, 1 Jan 2000 00:00:02 +0000
	unknown|unknown|Sat, 1 Jan 2000 00:00:03 +0000
	René|r@example.org|Mon, 2 Mar 2020 02:03:04 -0700
	unknown|unknown|Sat, 1 Jan 2000 00:00:05 +0000
	A B|ab@example.org|Tue, 3 Mar 2020 02:03:04 +0000
	EOT
	test_cmp want got &&
	printf "lib: c: drop a line\n\nIt is of no use\n\nat all.\n\n" >want &&
	git -C "$W" log -1 --format=%B HEAD~4 >got && test_cmp want got &&
	printf "drivers: a: forty\n\nUne idée\n\nSigned-off-by: René <r@example.org>\n\n" >want &&
	git -C "$W" log -1 --format=%B HEAD~2 >got && test_cmp want got
'

test_expect_success 'the work tree has what quilt makes, and git finds it clean' '
	git -C "$W" status --porcelain >got && test_must_be_empty got &&
	rm -rf pushed/.pc && mkdir checked && git -C "$W" archive HEAD | tar -xC checked &&
	diff -r pushed checked &&
	test -x checked/docs/run && test -f "$W/docs/logo.bin"
'

test_expect_success 'save without a change: nothing, and git status is clean' '
	carry -C r save >out && must_grep "nothing to save" out &&
	git -C r status --porcelain >got && test_must_be_empty got
'

test_expect_success 'all commits written anew: every patch comes back byte for byte' '
	base=$(git -C "$W" log --format=%H --reverse | head -n 1) && was=$(git -C "$W" rev-parse HEAD) &&
	GIT_COMMITTER_NAME=other git -C "$W" rebase -q --force-rebase "$base" &&
	test "$was" != "$(git -C "$W" rev-parse HEAD)" &&
	carry -C r save >out && must_grep "9 files untouched" out &&
	git -C r status --porcelain >got && test_must_be_empty got
'

# as "git rebase -i" with "edit" at the commit $1: run the rest there
at() {
	rev=$(git -C "$W" rev-parse "$1") && shift &&
		(cd "$W" && GIT_SEQUENCE_EDITOR="sed -i 's/^pick $(echo "$rev" | cut -c1-7)/edit &/;s/^edit pick/edit/'" \
			git rebase -q -i "$rev^" && "$@" && GIT_EDITOR=true git rebase --continue) >at.log 2>&1 || {
		cat at.log
		return 1
	}
}

# The lines in which the series differs from what was committed, ids of blobs left out.
changed_lines() {
	git -C r diff -U0 | grep -a "^[-+]" | grep -av -e "^--- [ab/]" -e "^+++ [ab/]" |
		sed "s/^\([-+]index\) .*/\1/"
}

amend_files() {
	sed -i 's/^line ten$/line 0xa/' drivers/a.c && git commit -q -a --amend --no-edit
}

test_expect_success 'content amended: of the patch only the line that differs changes' '
	at HEAD~6 amend_files && carry -C r save >out &&
	printf "  changed  0001-drivers-a-spell-ten.patch\n" >want && grep "^  " out >got &&
	test_cmp want got &&
	changed_lines >got &&
	printf "%s\n" -index +index "-+line ten" "++line 0xa" >want && test_cmp want got
'

amend_message() {
	git log -1 --format=%B | sed -e "s/of no use/of little use/" -e "\$a\\
Reviewed-by: X Y <x@example.org>" | git commit -q --amend -F -
}

test_expect_success 'message amended: the long description of DEP-3 changes in its own form' '
	git -C r commit -qam amended && at HEAD~4 amend_message && carry -C r save &&
	changed_lines >got &&
	cat >want <<-\EOT &&
	- It is of no use
	+ It is of little use
	+ .
	+ Reviewed-by: X Y <x@example.org>
	EOT
	test_cmp want got
'

latin() {
	git log -1 --format=%B | sed "s/Une/Une autre/" | git commit -q --amend -F - &&
		sed -i "s/^line 43\$/line 43 é/" drivers/a.c && git commit -q -a --amend --no-edit
}

test_expect_success 'a header in Latin-1 stays in Latin-1, its statistics are right again' '
	git -C r commit -qam amended && at HEAD~2 latin && carry -C r save &&
	changed_lines | iconv -f ISO-8859-1 -t UTF-8 | grep -v index >got &&
	{
		printf "%s\n" "-Une idée  " "+Une autre idée" "- drivers/a.c | 2 +-" \
			"- 1 file changed, 1 insertion(+), 1 deletion(-)" "+ drivers/a.c | 4 ++--" \
			"+ 1 file changed, 2 insertions(+), 2 deletions(-)" &&
		echo "-@@ -35,11 +35,11 @@ line 34" && echo "+@@ -35,14 +35,14 @@ line 34"
	} >want.start && head -n 8 got >got.start && test_cmp want.start got.start
'

TOP=$PWD
cat >reorder <<\EOT
#!/bin/sh
line=$(grep 'net: b: fifty' "$1")
sed -i -e '/ reverse$/d' -e '/net: b: fifty/d' -e "/Count in words/a $line" "$1"
EOT
chmod +x reorder

test_expect_success 'order, a drop and a new commit: the series file keeps its comments' '
	git -C r commit -qam amended && git -C r status --porcelain >got && test_must_be_empty got &&
	(
		cd "$W" && echo more >>docs/new.txt && git commit -q -a -m "docs: say [more]" -m why &&
		GIT_SEQUENCE_EDITOR="\"$TOP/reorder\"" git rebase -q -i HEAD~9
	) >log 2>&1 && carry -C r save >out && cat out &&
	cat >want <<-\EOT &&
	# a comment at the top

	0001-drivers-a-spell-ten.patch
	sub/plain.diff -p0 # from quilt
	suse.patch
	#commented.patch
	dep3.patch
	+never off.patch
	# moves things
	sub/moves.patch
	latin1.patch	-p1
	docs-say-more.patch
	EOT
	test_cmp want r/patches/series &&
	test ! -e r/patches/reverse.patch && test -e r/patches/off.patch &&
	must_grep "^  dropped  reverse.patch" out && must_grep "^  added    docs-say-more.patch" out &&
	git -C r status --porcelain >got &&
	printf " D patches/reverse.patch\n M patches/series\n?? patches/docs-say-more.patch\n" |
		sort >want && sort got >got.sorted && test_cmp want got.sorted
'

test_expect_success 'quilt pushes what was saved, to the tree that the branch has' '
	rm -rf pushed checked && cp -R tree pushed && mkdir checked && (
		cd pushed && grep -v "^+" ../r/patches/series >../series &&
		QUILT_PATCHES=../r/patches QUILT_SERIES=../../series quilt push -a -q
	) >push.log 2>&1 && rm -rf pushed/.pc &&
	git -C "$W" archive HEAD | tar -xC checked && diff -r pushed checked
'

test_expect_success '--undo gives the series back, save makes it again' '
	cp -R r/patches saved && carry -C r save --undo >out && must_grep "as before" out &&
	git -C r status --porcelain >got && test_must_be_empty got &&
	carry -C r save && diff -r saved r/patches
'

test_expect_success 'the last save only, and not over what changed since' '
	echo "# mine" >>r/patches/series && test_expect_code 1 carry -C r save --undo 2>err &&
	must_grep "has changed since the last save" err &&
	cp saved/series r/patches/series && carry -C r save --undo
'

test_expect_success 'a series that changed meanwhile is refused, then brought together' '
	sed -i "1i# theirs" r/patches/series && sed -i "s/^Subject: net: b:/& really/" r/patches/suse.patch &&
	cp -R r/patches disk && test_expect_code 1 carry -C r save 2>err &&
	must_grep "carry save --merge 6.1.y" err && diff -r disk r/patches &&
	carry -C r save --merge >out && cat out && must_grep "^  taken    suse.patch" out &&
	must_grep "# theirs" r/patches/series && must_grep "b: really fifty" r/patches/suse.patch &&
	must_grep "docs-say-more.patch" r/patches/series &&
	git -C "$W" log --format=%s >got && must_grep "b: really fifty" got && must_grep "docs: say" got &&
	carry -C r save >out && must_grep "nothing to save" out
'

test_expect_success '--undo after that gives back what was there, and save makes it again' '
	cp -R r/patches merged && carry -C r save --undo && diff -r disk r/patches &&
	test_expect_code 3 carry -C r save --undo 2>err && must_grep "no save of" err &&
	carry -C r save && diff -r merged r/patches
'

shout() {
	git commit -q --amend -m "Count in WORDS" -m "More."
}

test_expect_success 'both changed one patch: refused by name; --mine takes the branch' '
	at HEAD~5 shout && sed -i "s/^More of it/Theirs/" r/patches/sub/plain.diff &&
	test_expect_code 1 carry -C r save --merge 2>err && must_grep "sub/plain.diff" err &&
	carry -C r save --merge --mine && head -n 1 r/patches/sub/plain.diff >got &&
	echo "Count in WORDS" >want && test_cmp want got
'

test_expect_success 'a dry run, changes that are no commits, a rebase under way' '
	git -C r add -A && git -C r commit -qm now && at HEAD~5 shout && (
		cd "$W" && git commit -q --amend -m "docs: other" && echo dirty >>docs/new.txt
	) && carry -C r save -n >out 2>err && must_grep "would be saved" out &&
	must_grep "no commits" err && git -C r status --porcelain >got && test_must_be_empty got &&
	git -C "$W" checkout -q docs/new.txt && (
		cd "$W" && GIT_SEQUENCE_EDITOR="sed -i s/^pick/edit/" git rebase -q -i HEAD~2
	) && test_expect_code 1 carry -C r save 2>err && must_grep "rebase --continue" err &&
	git -C "$W" rebase --abort
'

test_expect_success 'a merge has no place in a series' '
	was=$(git -C "$W" rev-parse HEAD) && (
		cd "$W" && git checkout -q -b side HEAD~1 && git commit -q --allow-empty -m side &&
		git checkout -q carry/6.1.y && git merge -q side -m merge
	) && test_expect_code 1 carry -C r save 2>err && must_grep "is a merge" err &&
	git -C "$W" reset -q --hard "$was"
'

test_expect_success 'list; abort keeps what was not saved unless forced' '
	carry -C r edit --list >out && must_grep "^6.1.y	unsaved	carry/6.1.y	" out &&
	test_expect_code 1 carry -C r edit --abort 6.1.y 2>err && test -d "$W" &&
	carry -C r edit --abort --force 6.1.y && test ! -e "$W" &&
	git --git-dir=r/.carry/cache/store.git for-each-ref refs/carry/edits >got &&
	test_must_be_empty got &&
	carry -C r edit --list >out && test_must_be_empty out &&
	test_expect_code 3 carry -C r save 6.1.y 2>err && must_grep "is not open" err
'

test_expect_success 'a patch that does not fit: nothing is opened, and where it fails is said' '
	sed -i "s/^ line 9$/ line nine/" r/patches/0001-drivers-a-spell-ten.patch &&
	test_expect_code 1 carry -C r edit 6.1.y 2>err && cat err &&
	must_grep "0001-drivers-a-spell-ten.patch does not apply" err &&
	carry -C r edit --list >out && test_must_be_empty out &&
	git -C r checkout -q patches && carry -C r edit 6.1.y
'

test_expect_success 'open already; a series that changed is opened anew, unless both did' '
	carry -C r edit 6.1.y >out && must_grep "open already" out &&
	sed -i "s/^Subject: net: b:/& really/" r/patches/suse.patch && carry -C r edit 6.1.y >out &&
	must_grep "made anew" out && git -C "$W" log --format=%s >got && must_grep "really really" got &&
	git -C "$W" commit -q --allow-empty --amend --no-edit --author "N N <n@example.org>" &&
	git -C r checkout -q patches && test_expect_code 1 carry -C r edit 6.1.y 2>err &&
	must_grep "have both changed" err
'

test_expect_success 'gc leaves what an open edit borrows, though its base is superseded' '
	carry -C r edit --abort --force 6.1.y && head -c 3000000 /dev/urandom >tree/lib/big &&
	carry -C r fetch && carry -C r edit 6.1.y && rm tree/lib/big && carry -C r fetch &&
	carry -C r gc && rm "$W/lib/big" && git -C "$W" checkout -q lib/big && git -C "$W" fsck &&
	carry -C r edit --abort 6.1.y && carry -C r gc >out && must_grep "store" out
'

test_done
