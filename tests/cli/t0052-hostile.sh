#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='patches that attack whoever applies them: each is refused, and nothing outside is touched'
. "$(dirname "$0")/lib/carry.sh"

# A tree with a link out of it, a pipe, a repository and what must not change beside it.
fresh() {
	rm -rf top && mkdir -p top/out top/tree/patches top/tree/.git/hooks top/tree/dir &&
	echo secret >top/secret && echo x >top/tree/f && echo x >top/tree/dir/g &&
	ln -s ../out top/tree/link && ln -s ../secret top/tree/leak && mkfifo top/tree/pipe
}

# What there is, to the byte and the mode; of quilt's state only what is applied.
snapshot() {
	(cd top && find . -path ./tree/patches -prune -o -path ./tree/.pc -prune -o \
		-printf "%p %y %m %l\n" | sort &&
		find . -path ./tree/patches -prune -o -path ./tree/.pc -prune -o \
			-type f -exec cksum {} + | sort
		cat tree/.pc/applied-patches 2>/dev/null || :)
}

# refused NAME [SERIES-LINE]: the patch on stdin is refused, soon, and nothing changes
refused() {
	fresh && cat >top/tree/patches/evil.patch &&
	printf "%s\n" "${2:-evil.patch}" >top/tree/patches/series &&
	snapshot >before &&
	(cd top/tree && timeout 20 carry push -a >../../said 2>&1) && {
		echo "$1 was applied"
		return 1
	}
	status=$?
	snapshot >after && test_cmp before after || return 1
	test "$status" -lt 100 && test -s said && return 0
	echo "$1: status $status"
	cat said
	return 1
}

# new PATH: a patch that makes a file of that path, as plain diff
new() {
	printf -- "--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+owned\n" "$1"
}

attack() {
	name=$1
	shift
	test_expect_success "$name" "$*"
}

for path in ../out/x dir/../../out/x ./../secret 'dir//g2' \
	.git/hooks/post-checkout .GIT/config dir/.git/config '.git /config' .git./config \
	'git~1/config' 'GIT~1/config' '.git::$INDEX_ALLOCATION/config' link/x leak pipe \
	link f/x dir; do
	attack "a new file $path" "new '$path' | refused '$path'"
done

attack 'an ignorable character in .git' '
	printf ".g\342\200\214it/config" >name && new "$(cat name)" | refused "zwnj"'
attack 'an absolute name, with -p0' '
	printf -- "--- /dev/null\n+++ %s/top/out/x\n@@ -0,0 +1 @@\n+owned\n" "$PWD" |
	refused absolute "evil.patch -p0"'
attack 'a quoted name with a way out' '
	printf -- "--- /dev/null\n+++ \"b/..\\\\057out/x\"\n@@ -0,0 +1 @@\n+owned\n" |
	refused quoted'
attack 'a change of a file outside' '
	printf -- "--- a/../secret\n+++ b/../secret\n@@ -1 +1 @@\n-secret\n+owned\n" |
	refused change'
attack 'a change through a link to a file' '
	printf -- "--- a/leak\n+++ b/leak\n@@ -1 +1 @@\n-secret\n+owned\n" | refused leak'
attack 'a change of a pipe does not wait for it' '
	printf -- "--- a/pipe\n+++ b/pipe\n@@ -1 +1 @@\n-x\n+owned\n" | refused pipe'
attack 'a deletion outside' '
	printf -- "--- a/../secret\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n" | refused delete'
attack 'a rename out of the tree, and one into it' '
	printf "diff --git a/f b/../out/f\nrename from f\nrename to ../out/f\n" | refused out &&
	printf "diff --git a/../secret b/s\nrename from ../secret\nrename to s\n" | refused in'
attack 'a copy of what is outside' '
	printf "diff --git a/../secret b/s\ncopy from ../secret\ncopy to s\n" | refused copy'
attack 'a copy through a link' '
	printf "diff --git a/link/s b/s\ncopy from link/s\ncopy to s\n" | refused copy'
attack 'a link is made and written through in one patch' '
	{ printf "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
	  printf "@@ -0,0 +1 @@\n+../out\n\\\\ No newline at end of file\n"
	  printf "diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n"
	  printf "@@ -0,0 +1 @@\n+owned\n"; } | refused through'
attack 'a directory is replaced by a link and written through' '
	{ printf "diff --git a/dir/g b/dir/g\ndeleted file mode 100644\n--- a/dir/g\n"
	  printf "+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
	  printf "diff --git a/dir b/dir\nnew file mode 120000\n--- /dev/null\n+++ b/dir\n"
	  printf "@@ -0,0 +1 @@\n+../out\n\\\\ No newline at end of file\n"
	  new dir/x | sed "1i diff --git a/dir/x b/dir/x\nnew file mode 100644"; } |
	refused replaced'
attack 'the state of quilt' '
	new .pc/applied-patches | refused state && new .pc/evil.patch/x | refused backup'
attack 'devices and modes that git does not know' '
	for mode in 020666 060666 010644 140755; do
		printf "diff --git a/n b/n\nnew file mode %s\n" $mode | refused $mode || return 1
	done'
attack 'what is no unified diff' '
	printf "1d\n" | refused ed &&
	printf "*** a/f\n--- b/f\n***************\n*** 1 ****\n! x\n--- 1 ----\n! y\n" |
	refused context &&
	printf "Index: f\n1c\n!touch owned\n.\n" | refused command'
attack 'numbers that overflow' '
	for n in 1,4294967295 1,18446744073709551615 4294967296,1 99999999999999999999,1 \
		2147483647,2147483647 -1,1 1,-1 0,1; do
		printf -- "--- a/f\n+++ b/f\n@@ -%s +%s @@\n-x\n+y\n" $n $n | refused $n ||
		return 1
	done'
attack 'a name of the series that leaves the patches' '
	echo x | refused series "../../secret" && echo x | refused series "/etc/passwd"'
attack 'a NUL and a line feed in a name' '
	printf -- "--- /dev/null\n+++ b/a\000b\n@@ -0,0 +1 @@\n+x\n" | refused nul &&
	printf -- "--- /dev/null\n+++ \"b/a\\\\nb\"\n@@ -0,0 +1 @@\n+x\n" | refused lf'

test_expect_success 'a mode never brings more than the right to execute' '
	fresh && printf "diff --git a/n b/n\nnew file mode 104777\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n" \
		>top/tree/patches/p && echo p >top/tree/patches/series &&
	(cd top/tree && umask 022 && carry push) && test "$(stat -c %a top/tree/n)" = 755
'

test_done
