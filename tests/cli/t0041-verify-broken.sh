#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='verify: what did not really look gives an error, never a verdict'
. "$(dirname "$0")/lib/carry.sh"

if ! command -v perl >/dev/null || ! command -v sparse >/dev/null ||
	! bwrap --ro-bind / / true 2>/dev/null
then
	skip_all='needs perl, sparse and a working bwrap'
	test_done
fi

# fresh: a repository with its tree, as committed.
fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/repo" "$SHARNESS_TRASH_DIRECTORY/r" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/tree" tree
}

fetch() {
	carry -q fetch >/dev/null
}

# rule LINE: a command of the tree's makefile, before the compiler.
rule() {
	awk -v l="$1" '/CC\).*-c -o/ { print "\t" l } { print }' tree/Makefile >new &&
	mv new tree/Makefile
}

# is CHECK STATUS: of 2.y, in what the last run said.
is() {
	got=$(awk -F '\t' -v c="$1" \
		'$1 == "cell" && $2 == "2.y" && $3 == c { print $7; exit }' out)
	test "$got" = "$2" && return
	echo "$1 is '$got', not '$2'"
	cat out err
	return 1
}

verify() {
	test_expect_code "$1" timeout 30 carry -q verify -k --porcelain "$2" 2.y >out 2>err
}

test_expect_success 'diagnostics cut off: an error, though the new one is not seen' '
	fresh &&
	awk "BEGIN { s = sprintf(\"%400s\", \"\"); gsub(/ /, \"x\", s)
		for (i = 0; i < 6000; i++) print \"#warning \" s }" >>tree/drv/fault.h &&
	fetch &&
	sed -i "s/^+	WARN_ON_ONCE(vmf->flags & NOWAIT);/& int unused;/" series/warn.patch &&
	verify 3 --check=build && is build error &&
	must_grep "said more than" out
'

test_expect_success 'make killed: an error of the machine, no failure of the patch' '
	fresh &&
	rule "@if grep -q WARN_ON_ONCE drv/fault.c; then kill -KILL \$\$PPID; sleep 1; fi" &&
	fetch &&
	verify 3 --check=build && is build error
'

test_expect_success 'a base that did not build is asked again' '
	fresh &&
	rule "@grep -q WARN_ON_ONCE drv/fault.c || ! head -c 1 /dev/urandom >/dev/null" &&
	fetch && verify 3 --check=build && is build error &&
	! find .carry -name base.json | grep .
'

test_expect_success 'what a killed make left is not taken up again' '
	fresh &&
	git config -f carry.conf check.build.timeout 1 &&
	rule "@test -e \$(O)/half || { : >\$(O)/half; sleep 20; }" &&
	fetch &&
	carry -q verify -k --check=build --check=sparse --porcelain 2.y >out 2>err
	is build error &&
	verify 3 --check=build && is build error
'

test_expect_success 'a pipe in the place of what we read: an error, no waiting' '
	fresh &&
	sed -i "s/>.*\\.config\$/>\/dev\/null; mkfifo \$(O)\/.config/" tree/Makefile &&
	grep mkfifo tree/Makefile &&
	fetch && verify 3 --check=build && is build error &&
	must_grep "no plain file" out
'

# says FINDINGS TOTAL: a checkpatch.pl that says so.
says() {
	mkdir -p tree/scripts &&
	printf 'print "%s\\n"; print "total: %s, 5 lines checked\\n"; exit 1;\n' \
		"$1" "$2" >tree/scripts/checkpatch.pl &&
	git config -f carry.conf --add checkout.path scripts &&
	git config -f carry.conf check.checkpatch.enabled true
}

test_expect_success 'a link in the build directory leads to nothing of ours' '
	fresh && mkdir ../ours && echo precious >../ours/fault.o &&
	printf "	@rm -rf \$(O)/drv; ln -s \"%s\" \$(O)/drv\n" \
		"$SHARNESS_TRASH_DIRECTORY/ours" >recipe &&
	sed -i "/grep -v CONFIG_LOST/r recipe" tree/Makefile && fetch &&
	verify 3 --check=build && is build error &&
	must_grep "a link or worse" out &&
	test "$(cat ../ours/fault.o)" = precious
'

test_expect_success 'checkpatch: a finding that cannot be read is no pass' '
	fresh && says "ERROR - in words of a later day" "1 errors, 0 warnings, 0 checks" &&
	fetch && verify 3 --check=checkpatch && is checkpatch error &&
	must_grep "has 1 findings" out
'

test_expect_success 'checkpatch: one that can be read is a failure' '
	fresh && says "x.patch:3: ERROR:ODD: odd" "1 errors, 0 warnings, 0 checks" &&
	fetch && verify 1 --check=checkpatch && is checkpatch fail
'

test_expect_success 'without the sandbox the tools are those that the keys name' '
	fresh && says "x" "0 errors, 0 warnings, 0 checks" && fetch &&
	mkdir bin && printf "#!/bin/sh\nexit 9\n" >bin/perl && chmod +x bin/perl &&
	PATH=$PWD/bin:$PATH carry -q verify -k --no-sandbox --check=checkpatch 2.y \
		--porcelain >out 2>err &&
	is checkpatch pass
'

test_done
