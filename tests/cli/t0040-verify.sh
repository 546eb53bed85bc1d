#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='verify: from a tree to verdicts, on one that is cut down to nothing'
. "$(dirname "$0")/lib/carry.sh"

if ! command -v spatch >/dev/null || ! command -v sparse >/dev/null ||
	! bwrap --ro-bind / / true 2>/dev/null
then
	skip_all='needs spatch, sparse and a working bwrap'
	test_done
fi

# fresh: a repository with its tree, as committed.
fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/repo" "$SHARNESS_TRASH_DIRECTORY/r" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/tree" tree &&
	carry -q fetch >/dev/null
}

# is CHECK STATUS [TARGET]: what the last run, kept in out, said.
is() {
	got=$(awk -F '\t' -v c="$1" -v t="${3:-2.y}" \
		'$1 == "cell" && $2 == t && $3 == c { print $7; exit }' out)
	test "$got" = "$2" && return
	echo "$1 of ${3:-2.y} is '$got', not '$2'"
	cat out err
	return 1
}

verify() {
	test_expect_code "$1" carry -q verify -k --porcelain >out 2>err
}

test_expect_success 'the series is proven' '
	fresh && verify 0 &&
	is applies pass && is lint pass && is cocci pass && is build pass && is sparse pass &&
	is build pass 1.y
'

test_expect_success 'nothing of the tree reached out of the sandbox' '
	! test -e written &&
	! find . -name written | grep . &&
	! find "$SHARNESS_TRASH_DIRECTORY" -name written | grep .
'

test_expect_success 'what is decided is not run again' '
	carry verify -k -n 2>err >out &&
	must_grep "^carry: 0 of 1[0-9] cells would run" err
'

test_expect_success 'what answers at once has its turn first, then the longest' '
	mv .carry/state state &&
	carry verify -k -j1 --fresh 2.y 2>err >/dev/null &&
	sed -n "s/.* 2\.y \([a-z]*\) .*/\1/p" err >order &&
	printf "%s\n" applies lint build sparse cocci >expected &&
	test_cmp expected order &&
	rm -rf .carry/state && mv state .carry/state
'

test_expect_success 'an edited message asks lint alone, of its own line' '
	sed -i "s/where it comes/where it comes from/" backports/1.y/warn.patch &&
	test_expect_code 1 carry status --porcelain >out &&
	awk -F "\t" "\$1 == \"cell\" && \$8 == \"stale\" { print \$2, \$3 }" out >stale &&
	echo "1.y lint" >expected &&
	test_cmp expected stale
'

test_expect_success 'an edited change asks its own line, and says why' '
	verify 0 &&
	sed -i "s/^+	WARN_ON_ONCE(vmf->flags & NOWAIT);/& \/* x *\//" backports/1.y/warn.patch &&
	test_expect_code 1 carry status --porcelain >out &&
	awk -F "\t" "\$1 == \"cell\" && \$8 == \"stale\" { print \$2 }" out | sort -u >stale &&
	echo 1.y >expected &&
	test_cmp expected stale &&
	test_might_fail carry status >text &&
	must_grep changes text
'

test_expect_success 'the tree that apply names is the one that git makes' '
	fresh &&
	carry apply 2.y >out &&
	ours=$(sed -n "s/^  tree //p" out) &&
	git init -q g && (
		cd g &&
		cp -R ../tree/. . &&
		git apply ../series/warn.patch &&
		git add -A && git write-tree
	) >theirs &&
	echo "$ours" >ours &&
	test_cmp theirs ours
'

test_expect_success 'a change that does not compile: build fails and shows where' '
	fresh &&
	sed -i "s/^+	WARN_ON_ONCE(vmf->flags & NOWAIT);/+	no such thing;/" series/warn.patch &&
	verify 1 && is build fail && is build pass 1.y && is cocci fail &&
	must_grep "drv/fault.c	9	" out
'

test_expect_success 'a new warning: build fails' '
	fresh &&
	sed -i "s/^+	WARN_ON_ONCE(vmf->flags & NOWAIT);/& int unused;/" series/warn.patch &&
	verify 1 && is build fail &&
	must_grep "new-warning" out
'

test_expect_success 'a warning that the base has already is not the series'"'"'s' '
	fresh &&
	sed -i "s/	int ret;/	int ret, unused;/" tree/drv/fault.c */warn.patch */*/warn.patch &&
	carry -q fetch >/dev/null &&
	verify 0 && is build pass && is sparse pass
'

test_expect_success 'nor is it sparse'"'"'s, when make compiles again for it' '
	carry -q verify -k --fresh --check sparse --porcelain >out && is sparse pass
'

test_expect_success 'a new finding of sparse: sparse fails' '
	fresh &&
	sed -i "s/^+	WARN_ON_ONCE(vmf->flags & NOWAIT);/& vmf->flags += *(unsigned __attribute__((noderef)) *)\&vmf->flags;/" \
		series/warn.patch &&
	verify 1 && is sparse fail &&
	must_grep "dereference of noderef" out
'

test_expect_success 'sparse that did not see the line: an error, not a pass' '
	fresh &&
	printf "%s\n" "#ifndef __CHECKER__" >head && printf "%s\n" "#endif" >tail &&
	{ cat head && cat tree/drv/fault.c && cat tail; } >new && mv new tree/drv/fault.c &&
	carry -q fetch >/dev/null &&
	verify 3 && is sparse error && is build pass
'

test_expect_success 'nor without a site, when it only preprocessed the file' '
	fresh &&
	git config -f carry.conf --unset assert.warned.site &&
	git config -f carry.conf --unset assert.warned.mask &&
	verify 0 && is sparse pass &&
	sed -i "s/(CHECK) -Wall/(CHECK) -E/" tree/Makefile &&
	carry -q fetch >/dev/null &&
	verify 3 && is sparse error
'

test_expect_success 'the change behind the lock: cocci fails' '
	fresh &&
	cat >series/warn.patch <<-\EOP &&
	From: A Tester <tester@example.org>
	Subject: late

	Too late.
	---
	--- a/drv/fault.c
	+++ b/drv/fault.c
	@@ -9,3 +9,4 @@
	 	lock(&device->lock);
	+	WARN_ON_ONCE(vmf->flags & NOWAIT);
	 	ret = device->open ? 0 : -1;
	 	unlock(&device->lock);
	EOP
	verify 1 && is applies pass && is cocci fail && is lint fail 1.y
'

test_expect_success 'a conflict: applies fails, what stands on it is undecided' '
	fresh &&
	sed -i "s/^ 	int ret;/ 	long ret;/" series/warn.patch &&
	verify 1 && is applies fail && is build error && is cocci error && is applies pass 1.y
'

test_expect_success 'a change that the base has already: say so' '
	fresh &&
	patch -s -d tree -p1 <series/warn.patch &&
	carry -q fetch >/dev/null &&
	verify 1 && is applies fail &&
	must_grep "already-there" out
'

test_expect_success 'a symbol that did not survive: an error that names it' '
	fresh &&
	echo CONFIG_LOST=y >>configs/plain.config &&
	verify 3 && is build error &&
	must_grep "CONFIG_LOST=y (is n)" out
'

test_expect_success 'a rule that is not there: an error that names it' '
	fresh && rm cocci/warned.cocci &&
	verify 3 && is cocci error &&
	must_grep "names .cocci/warned.cocci., which is not there" out
'

test_expect_success 'a compiler that is not there: a skip that names it' '
	fresh &&
	git config -f carry.conf toolchain.gcc.cc no-such-cc &&
	verify 0 && is build skip &&
	must_grep "no-such-cc" out
'

test_expect_success 'a required line without a base: an error' '
	fresh &&
	rm -rf .carry && git config -f carry.conf target.2.y.required true &&
	verify 3 && is applies error && is applies skip 1.y
'

test_expect_success 'a broken patch: file and line' '
	fresh &&
	sed -i "s/^@@ -6,6 /@@ -6,7 /" series/warn.patch &&
	verify 3 &&
	must_grep "warn.patch:[0-9]*: cannot" out
'

test_expect_success 'a patch that leaves the tree is refused' '
	fresh &&
	sed -i "s,b/drv/fault.c,b/../outside.c,; s,a/drv/fault.c,a/../outside.c," series/warn.patch &&
	verify 1 && is applies error && is build error && ! test -e ../outside.c &&
	must_grep "path is not safe" out
'

test_expect_success 'without -k the first failure ends it, and it says so' '
	fresh &&
	sed -i "/^Subject/d" series/warn.patch &&
	test_expect_code 1 carry verify -j1 >out 2>err &&
	must_grep "cells not begun; -k goes on" err
'

test_expect_success 'nothing but skips proves nothing' '
	fresh && rm -rf .carry &&
	test_expect_code 3 carry verify >out 2>err &&
	must_grep "nothing was proven" err
'

test_expect_success 'what ends a run early is said, and is the status' '
	fresh &&
	rm -rf .carry/cache/store.git && : >.carry/cache/store.git &&
	test_expect_code 3 carry verify 2>err &&
	must_grep "^carry: cannot" err
'

test_expect_success 'a report goes through a link, into a pipe, to -' '
	fresh && verify 0 &&
	: >real && ln -s real link && carry report -f junit -o link &&
	test -L link && must_grep testsuite real &&
	mkfifo pipe && { cat pipe >read & } && carry report -f junit -o pipe && wait &&
	test -p pipe && must_grep testsuite read &&
	carry report -f junit -o - >out && must_grep testsuite out
'

test_expect_success 'what carry.conf does not name is a usage error' '
	fresh &&
	test_expect_code 2 carry verify 9.y 2>err && must_grep "has no target .9.y" err &&
	test_expect_code 2 carry verify --check no-such 2>err && must_grep "no check .no-such" err
'

# meant WORD: what the last message asks
meant() {
	must_grep "(did you mean .$1.?)" err
}

test_expect_success 'and the one that was meant is named' '
	test_expect_code 2 carry verify 2y 2>err && meant 2.y &&
	test_expect_code 2 carry status 2.x 2>err && meant 2.y &&
	test_expect_code 2 carry apply 1.u 2>err && meant 1.y &&
	test_expect_code 2 carry fetch 1-y 2>err && meant 1.y &&
	test_expect_code 2 carry verify --check=biuld 2>err && meant build &&
	test_expect_code 2 carry verify --arch=hots 2>err && meant host &&
	test_expect_code 2 carry verify --toolchain=gc 2>err && meant gcc &&
	test_expect_code 2 carry verify --config=plane 2>err && meant plain &&
	test_expect_code 2 carry verify --config=quite-other 2>err &&
	must_grep "no config .quite-other. (there is: plain)" err
'

test_expect_success 'killed at any moment, it goes on from what is whole' '
	fresh &&
	for ms in 0.1 0.3 0.6 1.0 1.5
	do
		{ carry -q verify -k >/dev/null 2>&1 & } && pid=$! &&
		sleep $ms && { kill -9 $pid 2>/dev/null || :; } && { wait $pid 2>/dev/null || :; } || return 1
	done &&
	verify 0 && is build pass && is cocci pass
'

test_expect_success 'two at once' '
	fresh &&
	{ carry -q verify -k >a 2>&1 & } && first=$! &&
	carry -q verify -k >b 2>&1 &&
	wait $first
'

test_expect_success 'evidence outlives the cache' '
	fresh && verify 0 &&
	rm -rf .carry/cache && carry -q fetch >/dev/null &&
	carry verify -k -n 2>err >out &&
	must_grep "^carry: 0 of" err
'

test_expect_success 'gc takes what no plan names, and nothing else' '
	carry gc -n >out && must_grep "^0 of no use" out &&
	verify 0 && carry -q verify -k --fresh >/dev/null &&
	sed -i "s/NOWAIT 8/NOWAIT 16/" tree/drv/fault.h && carry -q fetch >/dev/null &&
	carry gc >out && must_grep "^removed .*/build/2.y-host-gcc-plain" out &&
	verify 0
'

test_done
