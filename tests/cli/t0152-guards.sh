#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='every command takes the patches of a series that guards(1) selects'
. "$(dirname "$0")/lib/carry.sh"

command -v guards >/dev/null || {
	skip_all='no guards'
	test_done
}
GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_GLOBAL

# put NAME N TEXT: a patch that replaces line N of f
put() {
	printf 'From: A <a@example.org>\nSubject: [PATCH] %s\n\nWhy.\n---\n' \
		"$1" >"r/p/$1.patch" &&
		printf -- '--- a/f\n+++ b/f\n@@ -%s +%s @@\n-line %s\n+%s\n' \
			"$2" "$2" "$2" "$3" >>"r/p/$1.patch"
}

# A patch that is left out does not fit, or is not even there.
test_expect_success 'a series with every form of guard, and what guards(1) makes of it' '
	mkdir -p tree r/p && seq -f "line %g" 1 99 >tree/f && printf "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 9\n" >tree/Makefile &&
	for n in 10 20 30 40 50; do put "yes$n" "$n" "changed $n" || return 1; done &&
	for n in 60 70; do put "no$n" "$n" x && sed -i s/^-line/-no/ "r/p/no$n.patch" || return 1; done &&
	cat >r/p/series <<-\EOT && cp r/p/series series.was &&
	yes10.patch
	# not yet
	+todo no60.patch
	-broken yes20.patch
	+!old yes30.patch -p1
	-!old	no70.patch
	- missing.patch
	+x -y gone.patch # for later
	-x +!y yes40.patch
	yes50.patch
	EOT
	cat >r/carry.conf <<-\EOT &&
	[carry]
		version = 1
		newest = 6.1.y
	[target "6.1.y"]
		source = dir ../tree
		series = p
	[target "6.0.y"]
		source = dir ../tree
		series = plain
	EOT
	guards <r/p/series | sed "s/ .*//" | grep "[.]patch\$" >want && test "$(wc -l <want)" = 5 &&
	mkdir r/plain && for p in $(cat want); do cp "r/p/$p" r/plain/ || return 1; done &&
	cp want r/plain/series && (cd r && git init -q && git add -A && git commit -qm start) &&
	carry -C r fetch
'

# named FILE: the patches that it names, in order
named() {
	grep -o "\(yes\|no\)[0-9]*[.]patch\|missing.patch\|gone.patch" "$1" | uniq >got
}

test_expect_success 'apply, verify and fit' '
	carry -C r -v apply 6.1.y >out && named out && test_cmp want got &&
	carry -C r verify --check applies 6.1.y >out && must_grep "pass" out &&
	carry -C r fit ../tree >out && must_grep "^6.1.y: fits: 5 appl" out
'

test_expect_success 'compare: no patch more or less than in the plain series' '
	carry -C r compare -a 6.1.y 6.0.y >out && named out && test_cmp want got &&
	carry -C r compare --json 6.1.y 6.0.y >json &&
	python3 -c "import json; d = json.load(open(\"json\"))
assert all(p[\"ours\"] == p[\"theirs\"] for p in d[\"patches\"]), d" || { cat json; false; }
'

test_expect_success 'lint: the same findings as of the plain series' '
	test_might_fail carry -C r lint 6.1.y >a && test_might_fail carry -C r lint 6.0.y >b &&
	grep "^p/" a | sed "s,^p/,," >a.found && grep "^plain/" b | sed "s,^plain/,," >b.found &&
	test -s a.found && test_cmp b.found a.found && ! grep "no[67]0\|missing\|gone" a
'

test_expect_success 'export: the same patches, and what is left out is said' '
	test_expect_code 1 carry -C r export --as git -o out.git 6.1.y >out &&
	test_might_fail carry -C r export --as git -o plain.git 6.0.y &&
	rm r/out.git/EXPORT r/plain.git/EXPORT && diff -r r/out.git r/plain.git &&
	for p in no60 no70 missing gone; do
		must_grep "^p/$p.patch: .*guards .* leave it out" out || return 1
	done
'

test_expect_success 'edit and save: a commit for each, the others stay as they are' '
	carry -C r edit 6.1.y >out && W=$PWD/r/.carry/state/edit/6.1.y &&
	git -C "$W" log --reverse --format=%s.patch | sed 1,2d >got && test_cmp want got &&
	git -C "$W" commit -q --amend -m "yes50: more" && carry -C r save >out &&
	test_cmp series.was r/p/series && git -C r status --porcelain -uno >got &&
	printf " M p/%s\n" yes50.patch >want.status && test_cmp want.status got &&
	git -C r checkout -q . && carry -C r edit --abort --force 6.1.y
'

test_expect_success 'push, series and pop' '
	cp -R tree work && cp -R r/p work/patches && (
		cd work && carry series >../got && test_cmp ../want ../got &&
		carry push -a && test_cmp ../want .pc/applied-patches && test_must_fail carry unapplied
	) && seq -f "line %g" 1 99 | sed "s/^line \([1-5]0\)\$/changed \1/" | test_cmp - work/f &&
	(cd work && carry pop -a) && test_cmp tree/f work/f
'

test_expect_success 'init takes the files that are there, and its scope from what applies' '
	printf "config F\n" >tree/Kconfig && sed "s,[ab]/f,&2," r/p/no60.patch >no60 && mv no60 r/p/no60.patch &&
	carry init -s r/p -t 6.1.y="dir $PWD/tree" new >out && test_cmp r/p/series new/series/series &&
	test_cmp r/p/no60.patch new/series/no60.patch && test ! -e new/series/gone.patch &&
	! grep f2 new/carry.conf
'

test_done
