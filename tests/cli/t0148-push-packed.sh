#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='packed patches, binary ones, and what the environment asks of quilt'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

pack() {
	pair && for d in A B; do
		(cd $d/patches && gzip one.patch && bzip2 sub/two.diff && xz three && xz --format=lzma four.patch &&
			sed -i "s/^one.patch/&.gz/; s/^sub.two.diff/&.bz2/; s/^three/&.xz/; s/^four.patch/&.lzma/" series) || return 1
	done
}

test_expect_success 'packed patches are pushed and popped as by quilt, and by each what the other pushed' '
	pack && (cd A && carry push -a) && (cd B && quilt push -a) && same_state A B &&
	(cd A && carry pop -a && carry push -a && quilt pop -a) && (cd B && carry pop -a) && same_state A B
'

test_expect_success 'by a name without the ending' '
	(cd A && carry push one && test "$(carry top)" = one.patch.gz && carry push four && test "$(carry files)")
'

test_expect_success 'what cannot be unpacked, or is too much: those before it are pushed' '
	pack && head -c 20 A/patches/sub/two.diff.bz2 >x && mv x A/patches/sub/two.diff.bz2 &&
	(cd A && test_expect_code 3 carry push -a) 2>err && must_grep "patches/sub/two.diff.bz2:1: cannot unpack it: bzip2" err &&
	test "$(cd A && carry top)" = one.patch.gz &&
	head -c 300000000 /dev/zero | bzip2 -1 >A/patches/sub/two.diff.bz2 &&
	(cd A && test_expect_code 3 carry push -a) 2>err && must_grep "two.diff.bz2:1: cannot take more than 268435456" err &&
	test "$(cd A && carry top)" = one.patch.gz
'

test_expect_success 'packed, but its name does not say so' '
	make_tree A && gzip A/patches/one.patch && mv A/patches/one.patch.gz A/patches/one.patch &&
	(cd A && test_expect_code 3 carry push -a) 2>err && must_grep "one.patch:1: cannot find any change.*\.gz, \.bz2, \.xz" err
'

test_expect_success 'push --again with packed patches' '
	pack && (cd A && carry push -a) && gunzip A/patches/one.patch.gz && sed -i "s/^+new/+newer/" A/patches/one.patch &&
	gzip A/patches/one.patch && sed -i /back.patch/d A/patches/series && rm -rf B/patches && cp -a A/patches B &&
	(cd A && carry push -a --again) && (cd B && quilt push -a) && same_state A B && must_grep newer A/f
'

# with NAME VALUE COMMAND...: in A
with() {
	(
		cd A && export "$1=$2" && shift 2 && "$@"
	)
}

test_expect_success 'QUILT_PATCH_OPTS: what changes nothing, and a fuzz' '
	pair && with QUILT_PATCH_OPTS "--reject-format=unified -E --quiet" carry push -a && (cd A && carry pop -a) &&
	for opts in -F0 "-F 0" --fuzz=0; do
		test_expect_code 1 with QUILT_PATCH_OPTS "$opts" carry push -a && test "$(cd A && carry top)" = one.patch &&
		with QUILT_PATCH_OPTS "$opts" carry push -F2 && (cd A && carry pop -a) || return 1
	done &&
	(cd B && export QUILT_PATCH_OPTS=-F0 && test_expect_code 1 quilt push -a; test "$(quilt top)" = one.patch)
'

test_expect_success 'what is not known is not passed over' '
	for opts in -l "-F x" -F --dry-run "-p 2" -R; do
		test_expect_code 3 with QUILT_PATCH_OPTS "$opts" carry push -a 2>err &&
		must_grep "in QUILT_PATCH_OPTS" err && (cd A && ! carry top) || return 1
	done
'

test_expect_success 'QUILT_PUSH_ARGS, where -f would matter' '
	with QUILT_PUSH_ARGS --color=auto carry push 1 && (cd A && carry pop -a) &&
	test_expect_code 3 with QUILT_PUSH_ARGS -f carry push -a 2>err && must_grep "cannot do what .-f. in QUILT_PUSH_ARGS" err
'

test_expect_success 'a quiltrc: a warning for what it sets and nobody else' '
	printf "# QUILT_PC=no\nQUILT_PATCHES=debian/patches\n  export QUILT_PC=.x\nQUILT_NO_DIFF_INDEX=1\n" >rc &&
	(cd A && QUILTRC=../rc carry push 1 && carry pop) 2>err && test "$(wc -l <err)" = 2 &&
	must_grep "warning: ../rc:2: QUILT_PATCHES is not taken from here: export it" err && must_grep "../rc:3: QUILT_PC" err &&
	(cd A && QUILT_PATCHES=patches QUILT_PC=.pc QUILTRC=../rc carry push 1 && carry pop) 2>err && test_must_be_empty err &&
	cp rc .quiltrc && (cd A && unset QUILTRC && HOME=.. carry push 1) 2>err && must_grep "../.quiltrc:2" err &&
	(cd A && QUILTRC=- HOME=.. carry pop) 2>err && test_must_be_empty err
'

test_expect_success 'no word of what a quiltrc asks for and we do anyway, as that of Debian' '
	cat >rc <<-\EOT && (cd A && QUILTRC=../rc carry push 1 && carry pop) 2>err && test_must_be_empty err &&
		QUILT_PUSH_ARGS="--color=auto"
		QUILT_PATCH_OPTS=--unified
		export QUILT_PATCHES="patches"
		QUILT_PC=.pc
	EOT
	printf "%s\n" "QUILT_PUSH_ARGS=\"--color=auto -l\"" "QUILT_PATCH_OPTS=\$x" >rc &&
	(cd A && QUILTRC=../rc carry push 1 && carry pop) 2>err && test "$(wc -l <err)" = 2
'

test_expect_success 'binary patches: file, line, and what can be done; git apply takes it' '
	mkdir bin && (cd bin && git init -q . && printf "1\0\n" >f && git add f && printf "2\0\n" >f && git diff --binary >../data && git diff >../named) &&
	make_tree A && cp bin/f A/f && for kind in data named; do
		cp $kind A/patches/one.patch && (cd A && test_expect_code 1 carry push) >out 2>err &&
		must_grep "f: binary changes cannot be applied" out && must_grep "patches/one.patch:1: " out || return 1
	done &&
	cp data A/patches/one.patch && (cd A && test_expect_code 1 carry push) | must_grep "git apply" - &&
	(cd A && test_expect_code 1 quilt push) | must_grep "binary diffs are not supported" - &&
	(cd bin && git checkout -q f && git apply ../data && printf "2\0\n" | cmp - f)
'

test_done
