#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='a patch that is unsafe or no patch ends a push, and takes nothing of the others with it'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# tree DIR: three patches, of which the middle one comes from the input.
tree() {
	rm -rf "$1" && mkdir -p "$1/patches" target && seq 20 >"$1/f" && ln -s ../target "$1/link" &&
		printf -- '--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n' >"$1/patches/1.patch" &&
		cat >"$1/patches/2.patch" &&
		printf -- '--- a/f\n+++ b/f\n@@ -15,3 +15,3 @@\n 15\n-16\n+sixteen\n 17\n' >"$1/patches/3.patch" &&
		printf '%s.patch\n' 1 2 3 >"$1/patches/series"
}

new_file() {
	printf -- '--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+x\n' "$1"
}

# stops MESSAGE: carry is where quilt is, at the first patch, and says why, also without
# doing it; then it goes on from there.
stops() {
	cat >bad && tree A <bad && tree B <bad &&
		(cd A && test_expect_code 3 carry push -an) >dry 2>err.dry && test ! -e A/.pc &&
		(cd A && test_expect_code 3 carry push -a) >out 2>err &&
		test_cmp err.dry err && must_grep "patches/2.patch.*$1" err &&
		must_grep "now at patches/1.patch" out && must_grep "would be at patches/1.patch" dry &&
		test -z "$(ls target)" && (cd A && test "$(carry applied)" = 1.patch) &&
		(cd B && quilt push) && same_state A B &&
		(cd A && sed -i /2.patch/d patches/series && carry push -a && carry pop -a && ! test -e .pc/1.patch) &&
		seq 20 | cmp - A/f
}

test_expect_success 'a path that leaves the tree, as with quilt' '
	new_file ../x | stops "path is not safe" && (cd B && test_expect_code 1 quilt push)
'

test_expect_success 'a path behind a link, as with quilt' '
	new_file link/x | stops "behind a link" && (cd B && test_expect_code 1 quilt push)
'

test_expect_success 'a path below a file, as with quilt' '
	new_file f/x | stops "is no directory" && (cd B && test_expect_code 1 quilt push)
'

# quilt takes these.
test_expect_success 'a repository, the state of quilt, a device' '
	new_file .git/x | stops "path is not safe" &&
	new_file .pc/x | stops "state in .\.pc" &&
	{
		printf "diff --git a/dev b/dev\nnew file mode 020644\n" &&
		new_file dev
	} | stops "mode 020644"
'

test_expect_success 'what is no patch, or is cut off' '
	echo text | stops "cannot find any change" &&
	printf -- "--- a/f\n+++ b/f\n@@ -1,5 +1,5 @@\n one\n" | stops "cannot find all lines"
'

test_expect_success 'with -f, with backups for a failure only, with one thread and with four' '
	new_file ../x >two && for o in -f --backup=onfail --backup=never -j1 -j4; do
		tree A <two && (cd A && test_expect_code 3 carry push -a $o) >out 2>err &&
		must_grep "2.patch.*not safe" err && (cd A && test "$(carry applied)" = 1.patch) || return 1
	done
'

test_expect_success '--again: the earlier ones stay' '
	printf -- "--- a/f\n+++ b/f\n@@ -8,3 +8,3 @@\n 8\n-9\n+nine\n 10\n" | tree A &&
	(cd A && carry push -a) && new_file ../x >A/patches/2.patch &&
	(cd A && test_expect_code 3 carry push -a --again) 2>err && must_grep "2.patch.*not safe" err &&
	(cd A && test "$(carry applied)" = 1.patch) && must_grep two A/f && ! grep "nine\|sixteen" A/f
'

test_done
