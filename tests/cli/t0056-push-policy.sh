#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry push is the same with any number of threads and any backups'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

test_expect_success 'any number of threads leaves what quilt leaves' '
	for j in 1 2 3 8; do
		pair &&
		(cd A && carry push -a -j$j) && (cd B && quilt push -a) &&
		same_state A B || return
	done
'

test_expect_success 'without backups the sources are the same' '
	pair && (cd B && quilt push -a) &&
	(cd A && carry push -a --backup=never) &&
	test ! -e A/.pc/.carry-stage &&
	test "$(cd A/.pc && find . -type f -name "[a-z]*" | sort)" = ./applied-patches &&
	rm -r A/.pc B/.pc && same_state A B
'

# Trees that share their files, as "cp -al" makes them.
test_expect_success 'another name of a file keeps what it has, whatever the backups' '
	for backup in always onfail never; do
		for j in 1 4; do
			pair && rm -r B && cp -al A B && cp -a B before &&
			(cd A && carry push -a -j$j --backup=$backup) &&
			diff -r before B && rm -r before || return
		done
	done
'

test_expect_success 'when a patch fails, nothing of it is left, with threads too' '
	pair &&
	cat >A/patches/wrong.patch <<-EOF &&
	--- a/nobody
	+++ b/nobody
	@@ -1 +1 @@
	-one
	+two
	EOF
	awk "{ print } NR == 3 { print \"wrong.patch\" }" A/patches/series >series && mv series A/patches/series &&
	rm -r B && cp -a A B &&
	test_expect_code 1 sh -c "cd A && carry push -a -j3" &&
	test_expect_code 1 sh -c "cd B && carry push -a -j1" &&
	test "$(cd A && carry top)" != wrong.patch &&
	test ! -e A/.pc/.carry-stage &&
	same_state A B
'

test_expect_success 'a patch that is missing: those before it are pushed, with threads too' '
	pair &&
	for name in $(cd A && carry series | sed -n "4p;6p"); do
		rm "A/patches/$name" "B/patches/$name" || return
	done &&
	test_must_fail sh -c "cd A && carry push -a -j8" 2>err.A &&
	test_must_fail sh -c "cd B && carry push -a -j1" 2>err.B &&
	must_grep "no patch file" err.A && test_cmp err.B err.A &&
	test "$(cd A && carry applied | wc -l)" = 3 &&
	same_state A B
'

test_expect_success 'what nobody pushed does not stay in .pc' '
	pair && (cd A && carry push -a && carry pop -a) &&
	mkdir -p A/.pc/one.patch && echo stale >A/.pc/one.patch/stale &&
	(cd A && carry push -a) && (cd B && carry push -a) &&
	same_state A B
'

# More files than one thread places at a time; a directory that loses all that it had must
# be there again for what is new in it.
test_expect_success 'directories whose files all change places are as patch leaves them' '
	rm -rf A B new && mkdir A &&
	for i in $(seq 150); do
		mkdir -p A/d$i/e && seq $i >A/d$i/e/old && echo $i >A/d$i/kept || return
	done &&
	cp -r A new && for i in $(seq 150); do
		echo new $i >new/d$i/e/new && rm new/d$i/e/old && echo more >>new/d$i/kept || return
	done && rm -r new/d7 &&
	test_expect_code 1 diff -Nru A new >all.patch &&
	mkdir A/patches && mv all.patch A/patches && echo all.patch >A/patches/series &&
	cp -r A B && (cd B && patch -s -E -p1 <patches/all.patch) && diff -r -x patches B new &&
	cp -r A fresh && for backup in always never; do
		for j in 1 2 8; do
			rm -rf A && cp -r fresh A &&
			(cd A && carry push -a -j$j --backup=$backup) &&
			diff -r --exclude=.pc A B || return
		done
	done
'

# What is there already has the files done again in order, also when only backups are made.
test_expect_success 'a mode that is there already, before a patch that fails' '
	rm -rf A fresh && mkdir -p A/patches && seq 10 >A/f && cp A/f A/g && chmod 755 A/g &&
	cat >A/patches/1.patch <<-EOF &&
	diff --git a/f b/f
	--- a/f
	+++ b/f
	@@ -1,3 +1,3 @@
	 1
	-2
	+two
	 3
	diff --git a/g b/g
	old mode 100644
	new mode 100755
	EOF
	sed -n "s/two/x/; 2,8p" A/patches/1.patch >A/patches/2.patch &&
	sed -i s/-2/-y/ A/patches/2.patch &&
	printf "1.patch\n2.patch\n" >A/patches/series && cp -a A fresh &&
	for backup in always onfail never; do
		rm -rf A && cp -a fresh A &&
		test_expect_code 1 sh -c "cd A && carry push -a --backup=$backup" &&
		test "$(cd A && carry top)" = 1.patch && test "$(sed -n 2p A/f)" = two || return
	done
'

test_expect_success 'an unknown policy is refused' '
	pair && (cd A && test_expect_code 2 carry push --backup=sometimes)
'

test_done
