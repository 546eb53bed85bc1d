#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='push: the number of threads cannot be seen, on disk, in backups or in words'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# Forty files, thirty patches, each for five of them; some hunks not at their line. The files
# are so long that threads have time to share them.
cat >generate <<'EOT'
mkdir -p orig/d/e orig/patches && cd orig || exit
for i in $(seq 40); do
	case $((i % 4)) in 0) dir=d/ ;; 1) dir=d/e/ ;; *) dir= ;; esac
	seq -f "$i %g" 6000 >"${dir}f$i" && echo "${dir}f$i" >>../names || exit
done
cp -R . ../new && cd ../new || exit
for n in $(seq 30); do
	for k in 1 2 3 4 5; do
		file=$(sed -n "$(((n * 11 + k * 17) % 40 + 1))p" ../names) &&
			cp "$file" ../was && sed -i "$(((n * 29 + k * 41) % 140 + 5))s/\$/ by $n/" "$file"
		diff -U3 --label "a/$file" --label "b/$file" ../was "$file" |
			sed "/^@@/s/-\([0-9]*\),/-\1$((n % 3)),/"
	done >"../orig/patches/p$n.patch"
	echo "p$n.patch" >>../orig/patches/series
done
EOT

# pushed N EDIT [OPTION...]: a push by N threads, of the series edited that way.
pushed() {
	n=$1 edit=$2
	shift 2
	rm -rf "T$n" && cp -Rp orig "T$n" && (cd "T$n" && $edit && carry -v push "$@" -j"$n") \
		>"out.$n" 2>"err.$n"
	echo "status $?" >>"out.$n"
}

same_for_all() {
	pushed 1 "$@" && for m in 2 3 8; do
		pushed $m "$@" && same_state T1 T$m && test_cmp out.1 out.$m &&
			test_cmp err.1 err.$m || return 1
	done
}

context() {
	sed -i "0,/^ \(.*\)/s// not \1/" "patches/$1"
}
conflict() {
	context p17.patch
}
fuzz() {
	context p5.patch && context p29.patch
}

test_expect_success 'setup' 'sh generate'

test_expect_success 'all applies, at offsets' '
	same_for_all : -a && must_grep "^status 0" out.8 && must_grep offset out.8
'

test_expect_success 'with fuzz' '
	same_for_all fuzz -a && must_grep "^status 0" out.8 && must_grep fuzz out.8
'

test_expect_success 'without backups, and only said' '
	same_for_all : -a --backup=never && same_for_all : -a -n
'

test_expect_success 'one conflicts: the same ones before it, and the same words' '
	same_for_all conflict -a -F0 && must_grep "^status 1" out.8 && must_grep p17 err.8 &&
	(cd T8 && carry top) >top && must_grep p16 top
'

test_expect_success 'one conflicts, and is forced' '
	same_for_all conflict -a -F0 -f && must_grep "^status 1" out.8
'

# Pushed, edited, pushed again by as many threads.
repushed() {
	pushed "$1" : -a && (cd "T$1" && sed -i "s/^+\(.* by 12\)/+\1 and more/" patches/p12.patch &&
		carry -q push -a --again -j"$1")
}

test_expect_success 'again after an edit, and what a push of the edited series makes' '
	more() { sed -i "s/^+\(.* by 12\)/+\1 and more/" patches/p12.patch; } &&
	pushed 1 more -a && mv T1 want &&
	for n in 1 2 3 8; do
		repushed $n >out 2>&1 && same_state want T$n || return 1
	done && grep -r "and more" want/d >found
'

test_done
