#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry target: lines come and go'
. "$(dirname "$0")/lib/carry.sh"

# A repository with an odd but valid carry.conf: comments, blanks, quotes.
make_repo() {
	rm -rf "$1" && mkdir -p "$1/series/sub" "$1/backports/6.1.y" && (
		cd "$1" &&
		printf 'a.patch\n' >series/series &&
		printf 'newest\r\n\000bytes\n' >series/a.patch &&
		echo deep >series/sub/note &&
		printf 'a.patch\n' >backports/6.1.y/series &&
		echo older >backports/6.1.y/a.patch &&
		cat >carry.conf <<\EOT
# a comment at the top
[carry]
	version = 1
	newest = 7.3.y ; the newest

[toolchain "gcc"]
	family=gcc

# the newest line
# in two comments
[target "7.3.y"]
	source = debian linux-source-7.3
	required = true
	; what is built
	object = drivers/x/\
y.o
	file = drivers/x/y.c

[target "6.1.y"]  file = "drivers/x/old.c"
	source = dir /usr/src/linux # local
	fragment = frag
# the end
EOT
	)
}

tree() {
	(cd "$1" && find . -path ./.carry -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)
}

test_expect_success 'outside a repository: status 3 and what to do' '
	test_expect_code 3 carry target list 2>err &&
	must_grep "no carry.conf in .*trash directory.* or above it" err &&
	must_grep -e "-C DIR" err
'

test_expect_success 'list, from a subdirectory and with -C' '
	make_repo r &&
	printf "7.3.y\trequired\tnewest\tseries\n6.1.y\toptional\t-\tbackports/6.1.y\n" >want &&
	(cd r/series/sub && carry target list --porcelain) >got &&
	test_cmp want got &&
	carry -C r/backports target list --porcelain >got &&
	test_cmp want got
'

test_expect_success 'list --json is JSON with a schema' '
	carry -C r target list --json >got &&
	must_grep "\"schema\": \"carry.targets/1\"" got &&
	must_grep "\"debian linux-source-7.3\"" got
'

test_expect_success 'a wrong carry.conf: status 3, with file and line' '
	make_repo bad &&
	echo "[taarget \"x\"]" >>bad/carry.conf &&
	test_expect_code 3 carry -C bad target list 2>err &&
	must_grep "carry.conf:23: unknown section \[taarget \"x\"\]" err
'

test_expect_success 'promote: the old newest keeps its series, the new one goes on' '
	make_repo r && cp r/carry.conf was && cp -R r/series series-was &&
	carry -C r target promote 7.4.y --source "debian linux-source-7.4" >out &&
	diff -r series-was r/series &&
	diff -r series-was r/backports/7.3.y &&
	carry -C r target list --porcelain >got &&
	printf "%s\t%s\t%s\t%s\n" 7.4.y optional newest series \
		7.3.y required - backports/7.3.y 6.1.y optional - backports/6.1.y >want &&
	test_cmp want got
'

test_expect_success 'promote: of carry.conf only what is meant changed' '
	cat >block <<\EOT &&
[target "7.4.y"]
	source = debian linux-source-7.4
	object = drivers/x/\
y.o
	file = drivers/x/y.c

EOT
	sed -e "4s/7.3.y/7.4.y/" -e "8r block" was >want &&
	test_cmp want r/carry.conf
'

test_expect_success 'git reads the same of it' '
	echo drivers/x/y.o >want &&
	git config -f r/carry.conf target.7.4.y.object >got &&
	test_cmp want got
'

test_expect_success 'a line that has its own series brings it with it' '
	make_repo r && cp -R r/backports/6.1.y old-was && cp -R r/series new-was &&
	carry -C r target promote 6.1.y &&
	diff -r old-was r/series &&
	diff -r new-was r/backports/7.3.y &&
	test_must_fail test -e r/backports/6.1.y &&
	carry -C r target list --porcelain >got &&
	printf "7.3.y\trequired\t-\tbackports/7.3.y\n6.1.y\toptional\tnewest\tseries\n" >want &&
	test_cmp want got &&
	ls -A r/backports >left && echo 7.3.y >want && test_cmp want left
'

test_expect_success 'there and back again gives the same series' '
	carry -C r target promote 7.3.y &&
	diff -r new-was r/series &&
	diff -r old-was r/backports/6.1.y
'

test_expect_success 'add: keys and series of another line' '
	make_repo r && cp r/carry.conf was &&
	carry -C r target add 5.10.y --like 6.1.y --required \
		--source "debian linux-source-5.10 bullseye" -s "dir /x; y" &&
	diff -r r/backports/6.1.y r/backports/5.10.y &&
	cat >block <<\EOT &&

[target "5.10.y"]
	source = debian linux-source-5.10 bullseye
	source = "dir /x; y"
	required = true
	file = "drivers/x/old.c"
EOT
	sed "21r block" was >want &&
	test_cmp want r/carry.conf &&
	carry -C r target list >out &&
	must_grep "^5.10.y  *required  backports/5.10.y" out
'

test_expect_success 'add keeps a series that is there' '
	make_repo r && mkdir r/backports/6.6.y && echo mine >r/backports/6.6.y/series &&
	carry -C r target add 6.6.y -s "dir /x" >out &&
	must_grep "there already and is kept" out &&
	echo mine | test_cmp - r/backports/6.6.y/series
'

test_expect_success 'retire: the line leaves, its patches stay' '
	make_repo r && cp r/carry.conf was &&
	carry -C r target promote 7.4.y -s "dir /x" &&
	carry -C r target retire 7.3.y &&
	carry -C r target list --porcelain >got &&
	must_grep "^7.3.y.retired" got &&
	diff -r r/series r/backports/7.3.y &&
	must_grep "^$(printf "\t")required = false$" r/carry.conf
'

test_expect_success 'what cannot be: status 2, and nothing changed' '
	make_repo r && tree r >before &&
	test_expect_code 2 carry -C r target retire 7.3.y 2>err &&
	must_grep "is the newest line: promote another one first" err &&
	test_expect_code 2 carry -C r target retire 9.9.y 2>err &&
	must_grep "carry.conf has no target .9.9.y." err &&
	test_expect_code 2 carry -C r target retire 6.l.y 2>err &&
	must_grep "no target .6.l.y. (did you mean .6.1.y.?)" err &&
	test_expect_code 2 carry -C r target promote 7.3.y 2>err &&
	must_grep "is the newest already" err &&
	test_expect_code 2 carry -C r target promote 7.4.y 2>err &&
	must_grep "give --source" err &&
	test_expect_code 2 carry -C r target promote 7.4.y -s "debian" 2>err &&
	must_grep "carry.conf would be wrong: carry.conf:10: " err &&
	test_expect_code 2 carry -C r target add 6.1.y -s "dir /x" 2>err &&
	must_grep "is in carry.conf already" err &&
	test_expect_code 2 carry -C r target add 6.6.y -s "dir /x" --like 1.1.y 2>err &&
	must_grep "no target .1.1.y. (did you mean .6.1.y.?)" err &&
	test_expect_code 2 carry -C r target promote 6.1.y -s "dir /x" 2>err &&
	must_grep "has its sources already" err &&
	for name in ../../x .git a/b "" "a b" "x\"]" "$(printf "a\nb")"; do
		test_expect_code 2 carry -C r target add "$name" -s "dir /x" || return 1
	done &&
	test_expect_code 2 carry -C r target add 6.6.y -s "dir /x$(printf "\n[carry]")" 2>err &&
	must_grep "control characters" err &&
	mkdir r/backports/7.3.y && echo x >r/backports/7.3.y/x && tree r >before &&
	test_expect_code 2 carry -C r target promote 7.4.y -s "dir /x" 2>err &&
	must_grep "backports/7.3.y. exists already" err &&
	tree r >after &&
	test_cmp before after
'

test_expect_success 'a dry run says the same and changes nothing' '
	make_repo r && tree r >before &&
	carry -C r target promote 7.4.y -s "dir /x" -n >said &&
	tree r >after &&
	test_cmp before after &&
	carry -C r target promote 7.4.y -s "dir /x" >done &&
	test_cmp said done
'

test_expect_success 'a series with a link in it is not copied, and nothing is left' '
	make_repo r && ln -s /etc/passwd r/series/link && tree r >before &&
	test_expect_code 3 carry -C r target promote 7.4.y -s "dir /x" 2>err &&
	must_grep "not a file" err &&
	tree r >after && test_cmp before after &&
	test "$(ls -A r/backports)" = 6.1.y
'

if test "$(id -u)" -ne 0; then
	test_set_prereq NOTROOT
fi

test_expect_success NOTROOT 'a place that cannot be written: status 3, nothing changed' '
	make_repo r && tree r >before &&
	chmod a-w r/backports &&
	test_when_finished "chmod u+w r/backports" &&
	test_expect_code 3 carry -C r target promote 7.4.y -s "dir /x" 2>err &&
	tree r >after && test_cmp before after
'

test_done
