#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry diff -z: what was edited since the last refresh, as quilt shows it'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# quilt diff -z fails below a directory with a blank in its name.
plain=$(mktemp -d) && cleanup "rm -rf \"$plain\"" && cd "$plain" || exit 1

# twins N: the same tree and name twice, its first N patches pushed by either program
twins() {
	rm -rf c q && mkdir q && make_tree c/t && cp -a c/t q/t &&
		(cd c/t && carry push "$1") && (cd q/t && quilt push "$1")
}

# both COMMAND...: in both trees
both() {
	(cd c/t && "$@") && (cd q/t && "$@")
}

# as_quilt ARG...: carry in the one tree prints what quilt prints in the other.
as_quilt() {
	(cd q/t && quilt diff -z --no-timestamps "$@") >want &&
		(cd c/t && carry diff -z --no-timestamps "$@") >got &&
		test_cmp want got || { echo "diff -z $*"; return 1; }
}

# shown ARG...: likewise, and it is something
shown() {
	as_quilt "$@" && test -s want
}

every_way() {
	shown && shown -p0 && shown -p 1 && shown -pab && shown -U 0 && shown -U1 &&
		shown --no-index && shown -R && shown -R -p0 && shown -R -pab -U 7 &&
		shown --sort && shown --sort -R --no-index -p0
}

edit_first() {
	sed -i '1d; 30s/.*/thirty/' f && mkdir -p d/e && echo back >d/e/del && echo edit >>n/m/new &&
		echo edit >>ren2 && rm exe && echo edit >>modeonly && : >ro
}

test_expect_success 'nothing was edited' '
	twins 1 && as_quilt && test ! -s got && as_quilt -R && test ! -s got &&
	both touch f exe n/m/new && as_quilt && test ! -s got
'

test_expect_success 'files that the patch changed, made, deleted and renamed' '
	twins 1 && both edit_first && every_way && shown f && shown ./f n/m/new &&
	(cd q/t && quilt diff -z) >want && test "$(grep -c "^Index" want)" = 7 &&
	must_grep "^+thirty" want && test_must_fail grep "^+new$" want &&
	both rm n/m/new ren2 d/e/del && every_way
'

test_expect_success 'from a directory of the tree' '
	twins 1 && both edit_first &&
	(cd q/t/n/m && quilt diff -z --no-timestamps new) >want && test -s want &&
	(cd c/t/n/m && carry diff -z --no-timestamps new) >got && test_cmp want got
'

add_and_edit() {
	quilt add empty noeol crlf made && echo x >empty && printf c >>noeol && rm crlf &&
		echo made >made && echo y >>f
}

test_expect_success 'files that were only added, and after a refresh' '
	twins 1 && both add_and_edit && every_way &&
	both quilt refresh && as_quilt && test ! -s got &&
	both sh -c "echo z >>made; : >crlf; : >noeol; rm empty" && every_way
'

test_expect_success 'a patch that leaves a file empty' '
	twins 1 && both quilt new empties && both quilt add f exe &&
	both sh -c ": >f; rm exe" && both quilt refresh && as_quilt -R && test ! -s got &&
	both sh -c "echo f >f; echo exe >exe" && every_way &&
	both rm f && as_quilt && as_quilt -R
'

test_expect_success 'patches of other levels, backwards, and of nothing' '
	twins 7 && both sh -c "echo edit >>f" && shown -P back.patch && shown -P back.patch -R &&
	as_quilt && test ! -s got &&
	twins 3 && both sh -c "sed -i s/12/twelve/ f; rm \"with blank\"" && every_way &&
	twins 5 && both sh -c "sed -i 5d crlf" && every_way
'

test_expect_success 'what later patches change again is not what was edited' '
	twins 4 && both sh -c "echo edit >>f; echo edit >>noeol; echo edit >>ro; rm ren3" &&
	shown -P one.patch && shown -P sub/two.diff -R && shown -P one.patch ro &&
	as_quilt -P one.patch f && test ! -s got && as_quilt -P sub/two.diff n/m/new &&
	(cd c/t && carry diff -z -P one.patch) 2>err && must_grep "later patches change" err &&
	(cd q/t && quilt diff -z -P one.patch) 2>err && must_grep "more recent patches" err
'

test_expect_success 'a patch that was never refreshed, one with a description only' '
	twins 1 && both quilt new fresh && as_quilt && test ! -s got &&
	both quilt add f crlf made && both sh -c "echo edit >>f; rm crlf; echo made >made" &&
	test ! -e q/t/patches/fresh && every_way &&
	both sh -c "echo why >patches/fresh" && every_way
'

test_expect_success 'times: of files on disk as quilt, of what the patch made those of the patch' '
	twins 1 && both quilt add crlf && both sh -c "echo edit | tee -a f >>crlf" &&
	both touch -d "2020-02-03 04:05:06.7 UTC" f crlf patches/one.patch .pc/one.patch/crlf &&
	(cd q/t && quilt diff -z) >want && (cd c/t && carry diff -z) >got &&
	must_grep "^--- t.orig/f	2020-02-03 04:05:06.700000000" got &&
	sed -i "s/^\(--- t.orig.f\)	.*/\1/" want got && test_cmp want got &&
	must_grep "^--- t.orig/crlf	2020-02-03 04:05:06.700000000" want
'

test_expect_success 'a forced patch: what fits of it, and the rejects worked in' '
	twins 2 && both sed -i "s/^-11/-eleven/" patches/three && both sed -i "3i before" f &&
	(cd c/t && test_expect_code 1 carry push -f) &&
	(cd q/t && test_expect_code 1 quilt push -f) &&
	both sh -c "sed -i /^11$/d f; echo edit >>\"with blank\"" && every_way &&
	must_grep "^+11" want
'

test_expect_success 'a fuzz that quilt is told of' '
	twins 1 && both sh -c "sed -i \"s/^ 1$/ one/; s/^ 5$/ five/\" patches/one.patch" &&
	both sh -c "echo edit >>f" && shown && must_grep "^+edit" got &&
	(cd c/t && QUILT_PATCH_OPTS=--fuzz=0 test_expect_code 3 carry diff -z) 2>err &&
	must_grep "patches/one.patch:5: cannot apply" err &&
	(cd c/t && QUILT_PATCH_OPTS=--merge test_expect_code 3 carry diff -z) 2>err &&
	must_grep "QUILT_PATCH_OPTS" err
'

test_expect_success 'a patch that does not apply to its backups is an error' '
	twins 1 && both sh -c "echo edit >>exe" &&
	both sed -i "/^-2$/s/2/other/" patches/one.patch &&
	(cd c/t && test_expect_code 3 carry diff -z) >got 2>err && test ! -s got &&
	line=$(grep -n "^-other" c/t/patches/one.patch | cut -d: -f1) &&
	must_grep "patches/one.patch:$((line - 2)): .*\.pc/one.patch/exe.: its old lines" err &&
	must_grep "quilt refresh" err &&
	(cd c/t && test_expect_code 3 carry diff -z f exe) &&
	both sh -c "echo edit >>f" && shown f &&
	both quilt refresh && both sh -c "echo again >>exe" && shown &&
	printf "@@ -9,3 +9,3 @@\n x\n" >>c/t/patches/one.patch &&
	(cd c/t && test_expect_code 3 carry diff -z) 2>err && must_grep "patches/one.patch:" err
'

test_expect_success 'links that the patch made are not followed' '
	twins 1 && as_quilt && (cd c/t && ln -sf f newln && carry diff -z) >got 2>err &&
	test ! -s got && must_grep "newln.*made a link" err &&
	(cd c/t && ln -sf tgt newln && seq 9 >tgt && carry diff -z) >got 2>err &&
	test ! -s got && test ! -s err
'

test_expect_success 'not of several patches; nothing is written' '
	twins 2 && both sh -c "echo edit >>f" &&
	(cd c/t && test_expect_code 2 carry diff -z --combine -) 2>err && must_grep "combine" err &&
	(cd q/t && test_expect_code 1 quilt diff -z --combine -) &&
	(cd c/t && find . -printf "%p %T@ %C@\n") | sort >before && shown &&
	(cd c/t && find . -printf "%p %T@ %C@\n") | sort >after && test_cmp before after &&
	(cd c/t && carry pop -f -a && test_expect_code 2 carry diff -z)
'

test_done
