#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='apply onto the store: the tree is the one that git and a push make'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# Ninety files in three directories; forty patches of all kinds, the same each time.
cat >generate <<'EOT'
mkdir -p W/a W/b/c && cd W && git init -q . || exit
for i in $(seq 90); do
	case $((i % 3)) in 0) dir=a/ ;; 1) dir=b/c/ ;; *) dir= ;; esac
	seq -f "$i %g" 200 >"${dir}file$i" || exit
done
git add . && git commit -qm base && cp -R . ../base && rm -rf ../base/.git && mkdir -p ../r/series
for n in $(seq 40); do
	for k in 1 2 3 4; do
		file=$(git ls-files | grep file | sed -n "$(((n * 7 + k * 23) % 80 + 1))p") &&
			sed -i "$(((n * 13 + k * 31) % 190 + 5))s/\$/ by $n/" "$file" || exit
	done
	case $n in
	9 | 31) mkdir -p new && echo "made by $n" >"new/n$n" ;;
	12) ln -s c b/link ;;
	23) git mv a/file3 a/moved ;;
	40) git rm -qf file2 ;;
	37) chmod +x file5 ;;
	esac
	git add -A && git diff --cached -M -U2 >"../r/series/p$n.patch" && git commit -qm "$n" &&
		echo "p$n.patch" >>../r/series/series
done
git write-tree >../tree
EOT

fresh() {
	rm -rf .carry && cp -R ../orig/.carry .
}

packs() {
	find .carry/cache/store.git/objects -type f | sort
}

test_expect_success 'setup: a tree, a series, and what git makes of both' '
	sh generate && cd r && printf "%s\n" "[carry]" "	version = 1" "	newest = x" \
		"[target \"x\"]" "	source = dir ../base" "	series = series" \
		>carry.conf && carry -q fetch && packs >../packs && cp -R . ../orig
'

test_expect_success 'its objects are there, as one pack, and git finds nothing wrong' '
	carry apply >out && must_grep "^  tree $(cat ../tree)$" out &&
	packs | comm -3 ../packs - >new && test "$(grep -c pack/pack- new)" = 2 &&
	test "$(wc -l <new)" = 2 &&
	git --git-dir=.carry/cache/store.git fsck --full --strict >fsck 2>&1 &&
	! grep -vE "^(notice|dangling)" fsck &&
	git --git-dir=.carry/cache/store.git archive "$(cat ../tree)" >tar &&
	mkdir got && tar -xf tar -C got && rm -rf ../W/.git && diff -r --no-dereference ../W got
'

test_expect_success 'again: all is there already, nothing is written' '
	packs >before && carry apply >again && test_cmp out again && packs | test_cmp before -
'

test_expect_success 'the number of threads cannot be seen' '
	for n in 1 2 3 8 100; do
		fresh && carry -v apply -j$n >"v$n" &&
			test_cmp v1 "v$n" || return 1
	done
'

test_expect_success 'a push leaves the same files' '
	cp -R ../base ../pushed && (cd ../pushed && QUILT_PATCHES=$OLDPWD/series carry -q push -a &&
		rm -rf .pc) && diff -r --no-dereference got ../pushed
'

test_expect_success 'a patch that conflicts: no tree, and nothing is left behind' '
	fresh && cp series/p20.patch good &&
	sed -i "s/^-\([0-9]* [0-9]*\)/-not \1/" series/p20.patch &&
	test_expect_code 1 carry apply >out && ! grep "^  tree" out &&
	must_grep "^  p20.patch: conflicts$" out && must_grep "^  p21.patch: not-tried$" out &&
	packs | test_cmp ../packs - &&
	for n in 1 2 3 8; do
		test_expect_code 1 carry apply -j$n >again && test_cmp out again || return 1
	done
'

test_expect_success 'what is there already is no change, with any number of threads' '
	cp good series/p20.patch && cp good series/twice.patch && cp series/series plain &&
	sed -i "s/^p20.patch/&\ntwice.patch/" series/series &&
	carry apply >out && must_grep "^  twice.patch: already$" out &&
	must_grep "^  tree $(cat ../tree)$" out && carry apply -j1 >again && test_cmp out again &&
	mv plain series/series
'

test_expect_success 'few files: objects by themselves, and the same tree as git' '
	echo p1.patch >series/series && carry apply >out &&
	packs | comm -3 ../packs - | grep -v /pack/ >new && test "$(wc -l <new)" -ge 6 &&
	git init -q ../G && (cd ../G && cp -R ../base/. . && git apply ../r/series/p1.patch &&
		git add -A && git write-tree) >want && must_grep "^  tree $(cat want)$" out &&
	cp ../orig/series/series series/series
'

strace -qq -o /dev/null true 2>/dev/null && test_set_prereq STRACE

# Which of a run's calls of that name are for the store. (The index makes more or fewer
# before, so not each number is a hit the next time.)
calls() {
	fresh && : >../hits &&
		strace -f -qq -y -o ../calls -e trace="$1" carry apply -j1 >out &&
		grep -n store.git ../calls | cut -d : -f 1 >../numbers && test -s ../numbers
}

hit() {
	test $(($(wc -l <../hits) * 2)) -ge "$(wc -l <../numbers)"
}

whole() {
	git --git-dir=.carry/cache/store.git fsck --full --strict >fsck 2>&1 &&
		! grep -vE "^(notice|dangling)" fsck && carry apply >out &&
		must_grep "^  tree $(cat ../tree)$" out
}

test_expect_success STRACE 'a kill at any write leaves a store that holds' '
	for call in pwrite64 rename fsync; do
		calls $call && while read -r n; do
			fresh && { ! killed $call "$n" carry apply -j1 || echo "$n" >>../hits; } &&
				whole || return 1
		done <../numbers && hit || return 1
	done
'

test_expect_success STRACE 'a disk that is full leaves nothing behind' '
	calls pwrite64 && while read -r n; do
		fresh && { strace -f -qq -o /dev/null -e trace=pwrite64 \
			-e inject=pwrite64:error=ENOSPC:when="$n" carry apply -j1 >out 2>err || : ; } &&
			if grep "cannot write .*/tmp_pack_.*: No space left" err; then
				! grep "^  tree" out && packs | test_cmp ../packs - &&
					echo "$n" >>../hits
			fi && whole || return 1
	done <../numbers && hit
'

test_done
