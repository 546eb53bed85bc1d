#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='init: a repository for any series'
. "$(dirname "$0")/lib/carry.sh"

relay=$CARRY_TOP/tests/real/second/series/relay-say-when-a-fault-lies-past-the-buffer.patch

# kernel: a tree that has what init asks of one, cut down to what answers to make
kernel() {
	mkdir -p kernel && (
		cd kernel &&
		for dir in arch/x86/entry arch/x86/include arch/x86/kernel arch/x86/lib \
			arch/x86/tools arch/arm64/include arch/arm64/kernel include kernel/sched \
			kernel/time lib/vdso scripts tools/arch tools/build tools/include \
			tools/lib tools/objtool tools/scripts; do
			mkdir -p $dir && : >$dir/README || return 1
		done &&
		for file in Kbuild Kconfig arch/Kconfig arch/x86/Makefile arch/arm64/Makefile \
			kernel/bounds.c kernel/time/timeconst.bc kernel/workqueue_internal.h \
			tools/Makefile; do
			: >$file || return 1
		done &&
		sed "s/^VERSION = 2/VERSION = 6/; s,drv/fault,kernel/relay,g; s, kernel/relay.h,," \
			"$CARRY_TOP/tests/data/mini/tree/Makefile" >Makefile &&
		printf "%s\n" "print \"total: 0 errors, 0 warnings, 0 checks, 9 lines checked\\n\";" \
			>scripts/checkpatch.pl &&
		cp "$CARRY_TOP/tests/data/init/kernel/relay.c" kernel/
	)
}

tree() {
	(cd "$1" && find . -print0 | sort -z | xargs -0 ls -ld --time-style=+ &&
		find . -type f -print0 | sort -z | xargs -0 cat)
}

# no_rest: nothing that was made aside is left
no_rest() {
	test -z "$(find . -name ".carry-init*")"
}

test_expect_success 'a repository is made, and says what it has and how to go on' '
	kernel &&
	carry init new "$relay" -t "6.y=dir kernel" -c CONFIG_RELAY=y -a x86_64 </dev/null >out &&
	must_grep "^new/carry.conf$" out && must_grep "^go on with: carry -C new fetch" out &&
	test_cmp "$relay" "new/series/$(basename "$relay")" &&
	basename "$relay" >want && test_cmp want new/series/series &&
	must_grep -x CONFIG_RELAY=y new/kernel-configs/series.config &&
	must_grep -x /.carry/ new/.gitignore && must_grep kernel/relay.c new/README.md && no_rest
'

if command -v sparse >/dev/null && command -v perl >/dev/null &&
	bwrap --ro-bind / / true 2>/dev/null
then
	test_set_prereq VERIFY
fi

test_expect_success VERIFY 'its first verify is green, of every check that needs no rule' '
	carry -q -C new fetch >/dev/null &&
	carry -q -C new verify -k --porcelain >out 2>err || { cat out err; return 1; } &&
	awk -F "\t" "\$1 == \"cell\" { print \$3, \$7 }" out >got &&
	printf "%s pass\n" applies lint checkpatch build sparse >want &&
	test_cmp want got
'

test_expect_success VERIFY 'and red when the series breaks' '
	cp -R new broken && sed -i "s/^+	WARN_ON_ONCE(/+	no such (/" broken/series/*.patch &&
	test_expect_code 1 carry -q -C broken verify -k --porcelain >out &&
	must_grep "build.*	fail	" out
'

test_expect_success 'further lines share the series; names alone mean the known sources' '
	carry init lines "$relay" -t mainline -t 6.12.y -t 6.1.y -a x86_64 -a arm64 >out &&
	carry -C lines target list --porcelain >got &&
	printf "%s\toptional\t%s\tseries\n" mainline newest 6.12.y - 6.1.y - >want &&
	test_cmp want got &&
	git config -f lines/carry.conf --get-all target.6.1.y.source >got &&
	must_grep -x "debian linux-source-6.1" got && must_grep "stable/linux.git linux-6.1.y$" got &&
	test "$(git config -f lines/carry.conf arch.arm64.cross)" = aarch64-linux-gnu-
'

test_expect_success 'a quilt series is adopted to the byte' '
	mkdir -p quilt/sub && cp "$relay" quilt/sub/r.patch &&
	printf "# why\n\nsub/r.patch -p1 # note\n" >quilt/series &&
	carry init adopted --series quilt -t "6.y=dir kernel" >out &&
	diff -r quilt adopted/series && carry -C adopted apply | must_grep "its series can be read" -
'

test_expect_success 'a series without C files builds nothing' '
	cat >doc.patch <<-\EOP &&
	From: A Tester <tester@example.org>
	Subject: doc

	Why.
	---
	--- /dev/null
	+++ b/Documentation/new.rst
	@@ -0,0 +1 @@
	+New.
	EOP
	carry init doc doc.patch -t "6.y=dir kernel" &&
	test_might_fail carry -C doc status --porcelain >out &&
	must_grep "cell.*lint" out && ! grep "build\|sparse" out
'

test_expect_success 'here, in a directory that has a README and a .gitignore: they stay' '
	mkdir here && (
		cd here && echo mine >README.md && echo "*.o" >.gitignore &&
		carry init . "$relay" -t "6.y=dir ../kernel" >out &&
		must_grep "README.md: was there already and is kept" out &&
		echo mine | test_cmp - README.md && echo "*.o" | test_cmp - .gitignore &&
		carry target list >out && must_grep "dir /.*/kernel" out &&
		ls -A >../got && printf "%s\n" .gitignore README.md carry.conf kernel-configs out \
			series >../want && test_cmp ../want ../got
	)
'

test_expect_success 'nothing is overwritten' '
	for there in carry.conf series kernel-configs; do
		rm -rf over && mkdir over && echo mine >"over/$there" && tree over >before &&
		test_expect_code 2 carry init over "$relay" -t 6.1.y 2>err &&
		must_grep "over/$there. is there already; nothing was written" err &&
		tree over >after && test_cmp before after || return 1
	done &&
	echo x >file && test_expect_code 2 carry init file "$relay" -t 6.1.y 2>err &&
	must_grep "is no directory" err
'

# refused STATUS MESSAGE ARGS...: and nothing is there afterwards
refused() {
	code=$1 message=$2
	shift 2
	test_expect_code "$code" carry init no "$@" </dev/null >out 2>err &&
	must_grep "$message" err && test_must_be_empty out && ! test -e no && no_rest
}

test_expect_success 'what cannot be is said, and nothing is written' '
	printf "From: x\n\nno change\n" >empty.patch &&
	sed "s,b/kernel/relay.c,b/../x.c,; s,a/kernel/relay.c,a/../x.c," "$relay" >out.patch &&
	sed "s/^@@ -39,6/@@ -39,9/" "$relay" >short.patch && cp -R quilt two && mkdir none &&
	: >none/series &&
	refused 2 "give the patches, or --series=DIR" -t 6.1.y &&
	refused 2 "give the patches, or --series=DIR" "$relay" -s quilt -t 6.1.y &&
	refused 2 "on which kernel lines" "$relay" &&
	refused 2 "where is the tree of .mine." "$relay" -t mine &&
	refused 2 "carry.conf:[0-9]*: " "$relay" -t "x=nonsense" &&
	refused 2 "carry.conf:[0-9]*: " "$relay" -t "../x=dir kernel" &&
	refused 2 "is no name of a target" "$relay" -t "x\"]=dir kernel" &&
	refused 2 "no architecture .mips. is known" "$relay" -t 6.1.y -a mips &&
	refused 2 "is no CONFIG_NAME=value" "$relay" -t 6.1.y -c RELAY &&
	refused 2 "two patches have the name" "$relay" "$relay" -t 6.1.y &&
	refused 3 "empty.patch:1: cannot find a change" empty.patch -t 6.1.y &&
	refused 3 "leaves the tree" out.patch -t 6.1.y &&
	refused 3 "short.patch:[0-9]*: cannot" short.patch -t 6.1.y &&
	refused 3 "cannot read .*missing.patch" missing.patch -t 6.1.y &&
	refused 2 "the series in .none. is empty" -s none -t 6.1.y
'

test_expect_success 'a dry run names the same files and writes none' '
	carry init dry "$relay" -t 6.1.y -n >said && ! test -e dry &&
	carry -q init dry "$relay" -t 6.1.y >done && test_cmp said done
'

test_expect_success 'killed at any moment, a new directory is whole or not there' '
	for us in 001 002 003 004 005 006 008 010 015 020; do
		rm -rf killed &&
		{ timeout -s KILL 0.$us carry init killed "$relay" -t 6.1.y >/dev/null 2>&1 || :; } &&
		if test -e killed; then
			ls -A killed >got && printf "%s\n" .gitignore README.md carry.conf \
				kernel-configs series >want && test_cmp want got || return 1
		fi
	done
'

test_done
