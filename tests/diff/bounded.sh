#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bounded.sh CARRY: patches of ten megabytes on a file of ten megabytes, made so that a
# simple search would take hours. Each must end with an answer, whatever it is, after
# seconds of processor time.
set -eu

carry=$(realpath "$1")
limit=30
work=$(mktemp -d "${TMPDIR:-/tmp}/bounded.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
echo 1..9

# attack FILE NAME, the patch on stdin
attack() {
	echo >>count
	n=$(wc -l <count)
	rm -rf tree
	mkdir -p tree/patches
	cp "$1" tree/f
	cat >tree/patches/p
	echo p >tree/patches/series
	(
		cd tree
		exec prlimit --cpu="$limit" "$carry" push >../out 2>../err
	) && status=0 || status=$?
	echo "# status $status: $(head -c 100 err)"
	if [ "$status" -lt 100 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		echo >>failed
	fi
}

yes a | head -c 10000000 >same
awk 'BEGIN { for (i = 0; i < 5000; i++) {
	for (k = 0; k < 999; k++)
		print "a"
	print "b" } }' >period

awk 'BEGIN { n = 1500000; printf "--- a/f\n+++ b/f\n@@ -1,%d +1,%d @@\n", n + 1, n + 1
	for (i = 0; i < n; i++)
		print " a"
	print "-b\n+c" }' | attack same 'one hunk that fits everywhere but for its last line'

awk 'BEGIN { print "--- a/f\n+++ b/f"
	for (i = 1; i <= 100000; i++)
		printf "@@ -%d,3 +%d,3 @@\n a\n-b%d\n+c\n a\n", i * 20, i * 20, i }' |
	attack same 'a hundred thousand hunks that fit nowhere'

awk 'BEGIN { print "--- a/f\n+++ b/f"
	for (i = 0; i < 700; i++) {
		printf "@@ -%d,1203 +%d,1203 @@\n", i * 5000 + 400, i * 5000 + 400
		for (k = 0; k < 601; k++)
			print " a"
		print "-zz\n+b"
		for (k = 0; k < 601; k++)
			print " a"
	} }' | attack period 'hunks that fit in each period but for one line'

awk 'BEGIN { for (i = 0; i < 60000; i++) {
	n = i % 2 ? 3 : 4000000
	printf "--- a/f\n+++ b/f\n@@ -%d,4 +%d,5 @@\n a\n a\n+x%d\n a\n a\n", n, n, i } }' |
	attack same 'sixty thousand changes of one file, at its two ends in turn'

awk 'BEGIN { for (i = 0; i < 200000; i++)
	printf "diff --git a/%d b/%d\nold mode 100644\nnew mode 100755\n", i, i }' |
	attack same 'two hundred thousand headers'

awk 'BEGIN { for (i = 0; i < 100000; i++)
	printf "diff --git a/%d b/%d\nrename from %d\nrename to %d\n", i, i + 1, i, i + 1 }' |
	attack same 'a hundred thousand renames in a chain'

{
	printf -- '--- a/f\n+++ b/'
	head -c 10000000 /dev/zero | tr '\0' y
	printf '\n@@ -1 +1 @@\n-a\n+b\n'
} | attack same 'a name of ten megabytes'

{
	printf 'diff --git a/'
	head -c 5000000 /dev/zero | tr '\0' ' '
	printf ' b/\n'
} | attack same 'a header of five million blanks'

{
	printf -- '--- /dev/null\n+++ b/'
	head -c 4000000 /dev/zero | sed 's/\x00/d\//g'
	printf 'x\n@@ -0,0 +1 @@\n+x\n'
} | attack same 'a path four million directories deep'

[ ! -e failed ]
