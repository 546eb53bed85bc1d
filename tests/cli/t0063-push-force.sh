#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry push -f leaves the files, rejects and marks that quilt leaves'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# both PATCH-LINE...: forces the series (its patches on standard input, as one file "p")
# in A and B, and compares
both() {
	rm -rf A B && mkdir -p A/patches A/d && cat >A/patches/p &&
		printf '%s\n' "$@" >A/patches/series && (
		cd A &&
			seq -f 'line %g' 60 >f && seq -f 'line %g' 60 >g && echo old >there &&
			seq 3 >d/del && printf 'a\nb\nc' >noeol && seq -f 'line %g' 20 >moved && chmod 640 moved
	) && cp -a A B &&
		(cd A && test_expect_code 1 carry push -f) >out 2>err &&
		(cd B && test_expect_code 1 quilt push -f) >qout &&
		same_state A B && test -e A/.pc/p~refresh
}

test_expect_success 'hunks that fit are done, the others rejected where they would be' '
	both p <<\EOT &&
--- a/f	2020-01-01 00:00:00.000000000 +0000
+++ b/f	2020-01-02 00:00:00.000000000 +0000
@@ -3,6 +3,8 @@
 line 3
 line 4
 line 5
+one
+two
 line 6
 line 7
 line 8
@@ -20,7 +22,7 @@ function here
 line 20
 line 21
 line 22
-WRONG
+line 23x
 line 24
 line 25
 line 26
@@ -40,7 +42,6 @@
 line 40
 line 41
 line 42
-line 43
 line 44
 line 45
 line 46
@@ -50,6 +51,7 @@
 line 50
 line 51
 WRONG
+three
 line 53
 line 54
 ALSO WRONG
--- a/there
+++ b/there
@@ -1 +1 @@
-new
+newer
EOT
	test "$(grep -c "^@@" A/f.rej)" = 2 && must_grep "rejects in f.rej" out &&
	must_grep "was forced and has to be refreshed" err
'

test_expect_success 'then nothing is pushed or popped, by either, until -f' '
	echo q >>A/patches/series && : >A/patches/q &&
	for c in push pop; do
		(cd A && test_expect_code 1 carry $c) 2>err && must_grep "waits to be refreshed" err &&
		(cd A && test_expect_code 1 quilt $c) || return 1
	done &&
	rm -rf C && cp -a A C && (cd C && quilt pop -f) && (cd A && carry pop -f) &&
	same_state A C && test ! -e A/.pc/p~refresh
'

test_expect_success 'quilt refreshes it, carry goes on' '
	(cd B && quilt refresh && carry pop && carry push) && test "$(cd B && carry top)" = p
'

test_expect_success 'files that are missing, there already, or hold more' '
	both p <<\EOT
--- a/missing
+++ b/missing
@@ -1,2 +1,2 @@
 a
-b
+c
--- /dev/null
+++ b/there
@@ -0,0 +1 @@
+new
--- a/d/del
+++ /dev/null
@@ -1,4 +0,0 @@
-1
-2
-3
-4
--- a/g
+++ b/g
@@ -1,4 +1,4 @@
-line 1
+LINE 1
 line 2
 line 3
 line 4
EOT
'

test_expect_success 'with a git header, a move and modes' '
	both p <<\EOT
diff --git a/moved b/to/moved
similarity index 90%
rename from moved
rename to to/moved
index 1111111..2222222 100644
--- a/moved
+++ b/to/moved
@@ -2,4 +2,4 @@ section
 line 2
 line 3
-line 4
+line four
 line 5
@@ -12,4 +12,4 @@
 line 12
 line 13
-not line 14
+line fourteen
 line 15
diff --git a/g b/g
old mode 100644
new mode 100755
--- a/g
+++ b/g
@@ -1,3 +1,3 @@
-line 1
+LINE 1
 line 2
 line 3
EOT
'

test_expect_success 'backwards' '
	both "p -R" <<\EOT
--- a/f
+++ b/f
@@ -1,4 +1,5 @@
 line 1
+line one and a half
 line 2
 line 3
 line 4
--- a/g
+++ b/g
@@ -10,4 +10,3 @@
 line 10
-line 10 and a half
 line 11
 line 12
EOT
'

test_expect_success 'a patch that is there already is rejected whole' '
	both "p -p0" <<\EOT
--- g
+++ g
@@ -1,3 +1,3 @@
-LINE 1
+line 1
 line 2
 line 3
EOT
'

# patch(1) 2.7.6 writes "-B+c" here, which nothing reads.
test_expect_success 'a reject without a line feed at its end is one that can be applied' '
	! both p <<\EOT &&
--- a/noeol
+++ b/noeol
@@ -1,3 +1,3 @@
 a
 b
-B
\ No newline at end of file
+c
\ No newline at end of file
EOT
	rm A/noeol.rej B/noeol.rej && same_state A B && (cd A && carry pop -f && carry push -f; true) &&
	printf "a\nb\nB" >A/noeol && (cd A && patch -p0 <noeol.rej) && printf "a\nb\nc" >want &&
	test_cmp want A/noeol
'

test_expect_success 'a kill while forcing' '
	strace -qq -o /dev/null true 2>/dev/null || return 0
	for n in 1 2 4 6 8 10 12; do
		rm -rf X && cp -a A X && (cd X && carry pop -f; rm -f *.rej; state .) >want 2>&1
		rm -rf X/.pc && state X >want &&
		(cd X && strace -f -qq -o /dev/null -e trace=unlinkat \
			-e inject=unlinkat:error=EINTR:signal=KILL:when=$n carry push -f
		carry push; rm -f *.rej; rm -rf .pc) >out 2>&1
		state X >got && test_cmp want got || return 1
	done
'

test_done
