#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='import: patches, mails, commits and directories become a series'
. "$(dirname "$0")/lib/carry.sh"

HOME=$PWD
export HOME
unset XDG_CONFIG_HOME

# A kernel of two files, and three commits on it, with what mails make difficult.
git init -q up && (
	cd up && git config user.name 'Jörg Müller' && git config user.email j@example.org &&
	unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL &&
	printf 'VERSION = 1\nPATCHLEVEL = 2\nSUBLEVEL = 3\n' >Makefile &&
	seq 1 40 >lines && printf 'one\r\ntwo\r\nthree\r\n' >dos && git add . &&
	git commit -qm base && git tag base &&
	sed -i 's/^5$/five = 5/' lines &&
	git commit -qam 'lines: Say "five", grün

Because a title with ä and = is what breaks mailers.

Signed-off-by: Jörg Müller <j@example.org>' &&
	sed -i 's/^two/zwei/' dos && git commit -qam 'dos: Translate the second line, in a subject that is so long that it must be folded in mail

From here on there is more.' &&
	git mv lines numbers && sed -i 's/^30$/dreißig/' numbers &&
	git commit -qam 'lines: Rename' && git tag tip
) || exit 1

fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" && mkdir -p "$SHARNESS_TRASH_DIRECTORY/r" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" && mkdir series &&
	git -C ../up archive --prefix=tree/ base | tar x &&
	printf '# ours\n' >series/series &&
	printf '%s\n' '[carry]' 'version = 1' 'newest = 2.y' '[checkout]' 'path = Makefile' \
		'[arch "host"]' 'make = host' '[toolchain "gcc"]' 'family = gcc' 'cc = gcc' \
		'[target "2.y"]' 'source = dir tree' 'series = series' \
		'[target "1.y"]' 'source = dir tree' >carry.conf &&
	if test -d ../cache
	then cp -R ../cache .carry
	else carry -q fetch >/dev/null && cp -R .carry ../cache
	fi
}

# The series makes of the base what git made of it.
same_tree() {
	carry apply 2.y >applied &&
	git -C ../up rev-parse "${1:-tip}^{tree}" >want &&
	sed -n 's/^  tree //p' applied >got && test_cmp want got
}

listing() {
	find . -path ./tree -prune -o -path ./.carry -prune -o -type f \
		! -name before ! -name after \
		! -name out ! -name err ! -name again -print0 |
		sort -z | xargs -0 sha256sum
}

git -C up format-patch -q -o ../patches base..tip || exit 1
git -C up format-patch -q --stdout --cover-letter --thread -v2 base..tip >box.mbox &&
	mkdir mails && git mailsplit -d4 --keep-cr -omails box.mbox >/dev/null || exit 1

# mails KIND [OUT]: a box of the kind that lib/mails.py knows
mails() {
	rm -rf "${2:-$1}" && python3 "$CARRY_TOP/tests/cli/lib/mails.py" ../mails "${2:-$1}" "$1"
}

# refuse KIND WHY
refuse() {
	mails "$1" box && test_expect_code 3 carry import box >out 2>err && must_grep "$2" err &&
	rm box
}

test_expect_success 'patch files are taken to the byte, whatever their order' '
	fresh && carry import ../patches/0003* ../patches/0001* ../patches/0002* >out &&
	must_grep "^2.y on dir" out &&
	must_grep "0003-lines-Rename.patch: applies" out &&
	(cd series && ls | grep -v "^series$") >names && ls ../patches >want &&
	test_cmp want names &&
	for name in $(cat names); do cmp "series/$name" "../patches/$name" || return 1; done &&
	{ echo "# ours" && cat want; } >all && test_cmp all series/series &&
	same_tree
'

test_expect_success 'so says quilt' '
	cp -R tree q && (cd q && QUILT_PATCHES=../series quilt push -qa >/dev/null) &&
	git -C ../up archive --prefix=want/ tip | tar x &&
	diff -r -x .pc want q
'

test_expect_success 'an mbox with a cover, in any order' '
	fresh && mails mixed mixed.mbox &&
	carry import mixed.mbox >out 2>err &&
	must_grep "3 patches taken in, with a cover letter" out &&
	must_grep "it is there twice" err &&
	must_grep "^Subject: \[PATCH v2 0/3\]" series/cover &&
	must_grep "^Message-I[Dd]: <" series/0001* &&
	same_tree && test "$(sed 1d series/series | wc -l)" -eq 3
'

test_expect_success 'encodings of mailers come out as git has them' '
	fresh && mails coded coded.mbox &&
	must_grep -i "quoted-printable" coded.mbox && must_grep base64 coded.mbox &&
	carry import coded.mbox >out && same_tree &&
	must_grep "^From: Jörg Müller <j@example.org>$" series/0001* &&
	must_grep "title with ä and = is" series/0001* &&
	must_grep "^Subject: \[PATCH v2 2/3\] dos: .* must be folded in mail$" series/0002* &&
	! grep -q "^Received" series/*
'

test_expect_success 'a maildir' '
	fresh && mails maildir md && test -d md/cur &&
	carry import md >out && same_tree
'

test_expect_success 'commits and ranges of a repository' '
	fresh && git -C ../up config format.signOff true &&
	git -C ../up config format.numbered true && git -C ../up config diff.noprefix true &&
	carry import --from=git --repo ../up base..tip >out && same_tree &&
	! grep "Signed-off-by" series/0002* &&
	must_grep "^From $(git -C ../up rev-parse tip) " series/0003* &&
	must_grep "^Subject: \[PATCH\] lines: Rename$" series/0003* &&
	fresh && carry import --from git --repo ../up tip~2 >out && same_tree tip~2 &&
	test_expect_code 3 carry import --from git --repo ../up nothing 2>err &&
	must_grep "cannot take .nothing." err &&
	test_expect_code 2 carry import --from git --repo ../up -- --output=x 2>err
'

test_expect_success 'a branch of b4 prep, with its cover' '
	fresh && git -C ../up config --unset format.signOff && git -C ../up config --unset diff.noprefix &&
	(cd ../up && git checkout -q -B prep base &&
		git commit -q --allow-empty --cleanup=verbatim -m "The numbers

Why the numbers.

To: list@example.org

--- b4-submit-tracking ---
# comment
{
  \"series\": { \"revision\": 1, \"change-id\": \"20261101-numbers-0123456789ab\" }
}" && git cherry-pick base..tip >/dev/null && git checkout -q -) &&
	carry import --from b4 --repo ../up prep >out && same_tree &&
	must_grep "^Subject: \[PATCH 0/0\] The numbers" series/cover &&
	must_grep "^Why the numbers" series/cover &&
	must_grep "^To: list@example.org" series/cover &&
	must_grep "^change-id: 20261101-numbers-0123456789ab" series/cover &&
	! grep tracking series/cover &&
	test_expect_code 3 carry import --from b4 --repo ../up tip --replace 2>err &&
	must_grep "has no cover commit of b4" err
'

test_expect_success 'a quilt directory is adopted to the byte' '
	fresh && mkdir -p ../q/sub && cp ../patches/0001* ../q/sub/a.patch &&
	cp ../patches/0002* ../q/ && echo "left out" >../q/unused.patch &&
	printf "# head\n\nsub/a.patch -p1 # why\n%s\n# unused.patch\n" \
		"$(basename ../patches/0002*)" >../q/series &&
	carry import --from quilt 1.y ../q >out && diff -r ../q backports/1.y &&
	must_grep "sub/a.patch: applies" out &&
	test_expect_code 3 carry import --from quilt 1.y ../q 2>err &&
	must_grep "is not empty: give --replace" err &&
	echo more >../q/more && mkdir backports/1.y/sent && echo v1 >backports/1.y/sent/x &&
	carry import --from quilt --replace 1.y ../q && diff -r -x sent ../q backports/1.y &&
	echo v1 | test_cmp - backports/1.y/sent/x
'

test_expect_success 'quilt: links and what is missing are refused' '
	fresh && listing >before && ln -s /etc/passwd ../q/link &&
	test_expect_code 3 carry import --from quilt 1.y ../q 2>err &&
	must_grep "not a plain file" err && rm ../q/link &&
	echo absent.patch >>../q/series &&
	test_expect_code 3 carry import --from quilt 1.y ../q 2>err &&
	must_grep "q/series:6: cannot find the patch .absent.patch." err &&
	listing >after && test_cmp before after
'

test_expect_success 'diffs without a mail around them are kept as they are' '
	fresh && printf "Description: as Debian has it\nAuthor: me\n\n" >deb.patch &&
	git -C ../up diff tip~3 tip~2 | sed "/^index/d" >>deb.patch &&
	carry import deb.patch >out && cmp deb.patch series/deb.patch && same_tree tip~2
'

test_expect_success 'what is in doubt is refused, and nothing changes' '
	fresh && listing >before &&
	refuse missing "2/3 is missing: obtain it, or give --partial" &&
	refuse versions "give --revision=N" &&
	refuse twice "two different mails are patch 2/3" &&
	refuse others "are of two series" &&
	refuse cover "no patch in the mails" &&
	refuse html "a mail with HTML" &&
	refuse alternative "an attachment of type .multipart/alternative" &&
	refuse image "an attachment of type .image/png.: save the patch" &&
	refuse charset "cannot decode the mail.*x-none" &&
	for file in empty text nowhere tree; do
		case $file in empty) : >empty ;; text) echo text >text ;; esac
		test_expect_code 3 carry import $file 2>$file.err || return 1
	done &&
	must_grep "is empty" empty.err && must_grep "neither a mail nor a patch" text.err &&
	must_grep "cannot read .nowhere." nowhere.err && must_grep "no maildir" tree.err &&
	rm -f empty text ./*.err && listing >after && test_cmp before after
'

test_expect_success 'a mail with a PGP signature beside it' '
	fresh && mails signed box && carry import box >out && same_tree tip~2 &&
	! grep -r "PGP SIGNATURE" series
'

test_expect_success 'in doubt, the person decides' '
	fresh && mails old-too m &&
	test_expect_code 3 carry import m --revision 2 2>err && must_grep "2/3 is missing" err &&
	carry import m --revision 2 --partial >out && must_grep "^  0002-lines-Rename" out
'

test_expect_success 'replies are passed over, trailers and all' '
	fresh && { cat ../box.mbox && printf "\nFrom x Thu Jan  1 00:00:00 1970\nFrom: R <r@x.y>\nSubject: Re: [PATCH v2 1/3] lines\n\n> diff --git a/x b/x\n\nReviewed-by: R <r@x.y>\n"; } >m &&
	carry import m >out 2>err && must_grep "mail 5: passed over, a reply" err && same_tree &&
	! grep Reviewed-by series/*
'

test_expect_success 'what is there already is not written over' '
	fresh && carry import --partial ../patches/0001* >out && listing >before &&
	test_expect_code 3 carry import --partial ../patches/0001* 2>err &&
	must_grep "the series has a patch .* already.*--replace" err &&
	echo mine >series/0002-dos-Translate.patch && cp ../patches/0002* 0002-dos-Translate.patch &&
	test_expect_code 3 carry import --partial 0002-dos-Translate.patch 2>err &&
	must_grep "that the series does not name" err &&
	rm series/0002-dos-Translate.patch 0002-dos-Translate.patch && listing >after && test_cmp before after
'

test_expect_success '--replace: a new version takes the place of the old one' '
	fresh && carry import ../patches/* >out && echo kept >series/README &&
	carry import --partial --replace ../patches/0001* >out &&
	must_grep "0003-lines-Rename.patch goes" out &&
	printf "# ours\n%s\n" "$(basename ../patches/0001*)" >want && test_cmp want series/series &&
	test "$(ls series | wc -l)" -eq 3 && echo kept | test_cmp - series/README
'

test_expect_success 'a conflict is explained, and is a finding; -n changes nothing' '
	fresh && sed "s/^ 29/ 92/" ../patches/0003* >../c.patch && listing >before &&
	test_expect_code 1 carry import -n --partial ../c.patch >out &&
	must_grep "conflicts" out && listing >after && test_cmp before after &&
	test_expect_code 1 carry import --partial ../c.patch >again && test_cmp out again &&
	cmp ../c.patch series/c.patch
'

test_expect_success 'killed at any moment: the old series or the new one' '
	fresh && cp -R series old && carry import ../box.mbox >/dev/null && cp -R series new &&
	rm -rf series && cp -R old series &&
	for s in .002 .005 .01 .015 .02 .025 .03 .04 .05 .06 .08 .1 .15 .3 .6 60; do
		timeout -s KILL "$s" carry import ../box.mbox >/dev/null 2>&1
		if diff -r old series >/dev/null; then echo old
		elif diff -r new series >/dev/null; then echo new && rm -rf series && cp -R old series
		else ls series && return 1
		fi
	done >seen && rm -rf series && cp -R old series && carry import ../box.mbox >/dev/null &&
	diff -r new series && test -z "$(ls -A .carry/state/stage)" &&
	must_grep old seen && must_grep new seen
'

test_expect_success 'hostile names and subjects stay inside' '
	fresh && git -C ../up format-patch -1 --stdout tip~2 |
		sed "s|^Subject: .*|Subject: [PATCH] ../../../etc/passwd; rm -rf \$HOME \"x\"|" >"a b#.patch" &&
	carry import "a b#.patch" >out && ls series >names &&
	must_grep "^0001-etc-passwd-rm-rf-HOME-x.patch$" names && carry apply 2.y >/dev/null
'

test_expect_success 'the current directory is not pulled away' '
	fresh && cp ../patches/* . && (cd series && test_expect_code 2 carry import ../000* 2>../err) &&
	must_grep "top first" err
'

test_expect_success 'no network: the message id says what it needs' '
	fresh && test_expect_code 2 carry import --message-id x@y file 2>err &&
	mkdir bin && printf "#!/bin/sh\necho no route >&2; exit 1\n" >bin/b4 && chmod +x bin/b4 &&
	PATH=$PWD/bin:$PATH test_expect_code 3 carry import --message-id x@y 2>err &&
	must_grep "needs b4 and the network.*no route" err
'

test_done
