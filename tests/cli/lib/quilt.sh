# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For the scripts that compare with quilt; sourced after carry.sh.

command -v quilt >/dev/null || {
	skip_all='no quilt'
	test_done
}
QUILTRC=/dev/null
export QUILTRC
unset QUILT_PC QUILT_PATCH_OPTS QUILT_PUSH_ARGS QUILT_NO_DIFF_INDEX \
	QUILT_NO_DIFF_TIMESTAMPS QUILT_DIFF_OPTS

# state DIR: everything in it, .pc included: kind, mode, link count, link target, bytes.
# Not the patches, which nobody writes; not the size and count of directories; not what
# carry alone keeps.
state() {
	(
		cd "$1" || exit 1
		find . \( -name patches -o -name 'patches-*' -o -name .carry-patches \) -prune -o \
			\( -type f -printf 'f %m %n %p\n' -o -type l -printf 'l %l %p\n' -o \
			-type d -printf 'd %m %p\n' -o -printf '? %p\n' \) | LC_ALL=C sort &&
			find . \( -name patches -o -name 'patches-*' -o -name .carry-patches \) -prune -o \
				-type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
	)
}

# Both directories are the same in all that state() shows.
same_state() {
	state "$1" >state.1 && state "$2" >state.2 && test_cmp state.1 state.2
}

# Leaks cannot be looked for in a program that is traced.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS

# killed CALL N COMMAND...: ends the command at its Nth CALL, before that is done.
# Status 0 when it was killed, 1 when it ended before.
killed() {
	call=$1 n=$2
	shift 2
	strace -f -qq -o /dev/null -e trace="$call" \
		-e inject="$call:error=EINTR:signal=KILL:when=$n" "$@" >../out 2>&1
	test $? = 137
}

# Files of many kinds, and a series that does something to each.
make_tree() {
	rm -rf "$1" && mkdir -p "$1/d/e" "$1/patches/sub" && (
		cd "$1" &&
		seq 1 60 >f && seq 1 60 | sed 's/$/\r/' >crlf &&
		printf 'x\n' >d/e/del && printf '1\n2\n3\n' >exe && chmod 755 exe &&
		: >empty && printf 'r1\nr2\nr3\n' >ren && chmod 600 ren &&
		printf 'm\n' >modeonly && printf 'q\nw\n' >ro && chmod 444 ro &&
		printf 'a\nb' >noeol && printf 'other\n' >"with blank" &&
		cat >patches/one.patch <<\EOT
A description.

--- a/f
+++ b/f
@@ -1,5 +1,6 @@
 1
 2
+new
 3
 4
 5
diff --git a/d/e/del b/d/e/del
deleted file mode 100644
--- a/d/e/del
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/n/m/new b/n/m/new
new file mode 100755
--- /dev/null
+++ b/n/m/new
@@ -0,0 +1 @@
+x
diff --git a/ren b/ren2
similarity index 50%
rename from ren
rename to ren2
--- a/ren
+++ b/ren2
@@ -1,3 +1,3 @@
 r1
-r2
+r2x
 r3
diff --git a/modeonly b/modeonly
old mode 100644
new mode 100755
diff --git a/exe b/exe
--- a/exe
+++ b/exe
@@ -1,3 +1,3 @@
 1
-2
+22
 3
diff --git a/ro b/ro
--- a/ro
+++ b/ro
@@ -1,2 +1,2 @@
 q
-w
+ww
diff --git a/newln b/newln
new file mode 120000
--- /dev/null
+++ b/newln
@@ -0,0 +1 @@
+tgt
\ No newline at end of file
diff --git a/emptynew b/emptynew
new file mode 100644
index 0000000..e69de29
EOT
		cat >patches/sub/two.diff <<\EOT
--- a/f	2020-01-01 00:00:00.000000000 +0000
+++ b/f	2020-01-02 00:00:00.000000000 +0000
@@ -40,6 +40,6 @@
 40
 41
 42
-43
+43 two
 44
 45
--- a/noeol
+++ b/noeol
@@ -1,2 +1,2 @@
 a
-b
\ No newline at end of file
+c
\ No newline at end of file
--- a/n/m/new
+++ b/n/m/new
@@ -1 +1,2 @@
 x
+y
EOT
		cat >patches/three <<\EOT
--- f
+++ f
@@ -9,7 +9,6 @@
 wrong context
 9
 10
-11
 12
 13
 14
--- "with blank"
+++ "with blank"
@@ -1 +1 @@
-other
+another
EOT
		cat >patches/four.patch <<\EOT
--- a/emptynew
+++ b/emptynew
@@ -0,0 +1 @@
+no longer empty
--- a/modeonly
+++ /dev/null
@@ -1 +0,0 @@
-m
diff --git a/ren2 b/ren3
similarity index 100%
rename from ren2
rename to ren3
EOT
		sed -n 's/.*/ &/; 20,26p' crlf | {
			printf -- '--- a/crlf\n+++ b/crlf\n@@ -20,7 +20,7 @@\n' &&
				sed '4{h; s/^ /-/; p; g; s/^ .*/+changed\r/;}'
		} >patches/crlf.patch &&
		cat >patches/back.patch <<\EOT
--- a/f
+++ b/f
@@ -1,6 +1,5 @@
 1
 2
-back
 new
 3
 4
EOT
		: >patches/nothing.patch &&
		cat >patches/series <<\EOT
# a comment
one.patch
sub/two.diff -p1 # another

three -p0
four.patch
crlf.patch
back.patch -R
nothing.patch -R
EOT
	)
}

# pair: the same tree twice, as A for carry and B for quilt
pair() {
	make_tree A && rm -rf B && cp -a A B
}
