#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry push --again leaves what popping and pushing everything leaves'
. "$(dirname "$0")/lib/carry.sh"
. "$CARRY_TOP/tests/cli/lib/quilt.sh"

# A series of 60 patches over some 20 files, the same each time.
cat >generate <<'EOT'
mkdir -p W/d W/e/f && cd W && git init -q . || exit
for i in $(seq 18); do
	case $((i % 3)) in 0) dir=d/ ;; 1) dir=e/f/ ;; *) dir= ;; esac
	seq -f "$i %g" 120 >"${dir}file$i" || exit
done
git add . && git commit -qm base && mkdir ../series && seed=7
random() { seed=$(((seed * 1103515245 + 12345) % 2147483648)) && r=$((seed / 1000 % $1)); }
change() {
	random 18 && file=$(git ls-files | sed -n "$((r + 1))p") && random 110 &&
		sed -i "$((r + 5))s/\$/ by $1/" "$file"
}
for n in $(seq 60); do
	change "$n" && change "$n"
	case $n in
	9 | 31) mkdir -p new && echo "made by $n" >"new/n$n" ;;
	23) git mv d/file3 d/moved ;;
	40) git rm -qf file2 ;;
	47) chmod +x file5 ;;
	52) git rm -qf new/n9 ;;
	esac
	git add -A && git diff --cached -M -U2 >"../series/p$n.patch" && git commit -qm "$n"
	echo "p$n.patch" >>../series/series
done
cd .. && rm -rf W
EOT

fresh() {
	rm -rf A B && cp -a orig A && (cd A && carry -q push -a) && cp -a orig B &&
		(cd B && carry -q push -a)
}

# both EDIT...: B pops, both are edited by that function in patches/, B pushes.
# Afterwards they must be the same, and say the same.
both() {
	(cd B && carry -q pop -a) &&
		(cd A/patches && "$@") && rm -rf B/patches && cp -a A/patches B/patches || return 1
	(cd B && carry -q push -a) >out.B 2>err.B
	status=$?
	(cd A && carry -q push -a --again) >out.A 2>err.A
	test $? = $status && same_state A B && test_cmp err.B err.A
}

# Whether all was pushed, and nobody wrote to files that have nothing to do with it.
inodes() {
	(cd A && find . -path ./.pc -prune -o -path ./patches -prune -o -type f -printf '%p %i\n' | sort)
}
touched() {
	inodes | comm -13 inodes.before - | wc -l
}

# A '+' line of the patch is another one.
hunk() {
	awk -v n="$2" '/^\+[^+]/ && ++i == n { $0 = $0 " edited" } { print }' "$1" >x && mv x "$1"
}
header() { { echo "Subject: about $1" && echo && cat "$1"; } >x && mv x "$1"; }
one_less() { awk '/^diff/ { n++ } n != 2' "$1" >x && mv x "$1"; }
one_more() {
	cat >>"$1" <<-E2
	diff --git a/more/$1 b/more/$1
	new file mode 100755
	--- /dev/null
	+++ b/more/$1
	@@ -0,0 +1 @@
	+more
	E2
}
one_renamed() { printf 'diff --git a/%s b/%s\nsimilarity index 100%%\nrename from %s\nrename to %s\n' "$2" "$2.x" "$2" "$2.x" >>"$1"; }
gone() { grep -v "^$1\$" series >x && mv x series; }
listed_not() { awk -v name="$1" '$1 != name' series >x && mv x series; }
added() {
	printf -- '--- /dev/null\n+++ b/brand/new\n@@ -0,0 +1,2 @@\n+1\n+2\n' >added.patch &&
		awk -v at="$1" '{ print } NR == at { print "added.patch" }' series >x && mv x series
}
other_p() {
	sed 's,^\(---\|+++\) [ab]/,\1 ,; /^\(diff --git\|index\|new file\|old mode\|new mode\)/d' "$1" >x &&
		mv x "$1" && sed "s/^$1\$/$1 -p0/" series >x && mv x series
}
swapped() { awk -v at="$1" 'NR == at { held = $0; next } { print } held { print held; held = "" }' series >x && mv x series; }
reversed() { sed "s/^$1\$/$1 -R/" series >x && mv x series; }

test_expect_success 'a series' '
	sh ./generate && mkdir orig && cp -a series orig/patches &&
	(
		mkdir -p orig/d orig/e/f && cd orig &&
		for i in $(seq 18); do
			case $((i % 3)) in 0) dir=d/ ;; 1) dir=e/f/ ;; *) dir= ;; esac
			seq -f "$i %g" 120 >"${dir}file$i" || exit
		done
	) &&
	fresh && test "$(cd A && carry applied | wc -l)" = 60 && same_state A B
'

# small N EDIT...: the edit comes to the same, and at most N files are new in the tree.
small() {
	most=$1 && shift
	inodes >inodes.before && both "$@" && test "$(cd A && carry applied | tail -n 1)" = p60.patch || return 1
	now=$(touched)
	echo "$now files written by: $*"
	test "$now" -le "$most"
}

test_expect_success 'nothing edited: nothing done' '
	fresh && inodes >inodes.before && (cd A && carry push -a --again) >out && must_grep "nothing was edited" out &&
	test "$(touched)" = 0 && same_state A B &&
	touch A/patches/p30.patch && (cd A && carry push -a --again) >out && must_grep "nothing was edited" out
'

test_expect_success 'hunks, headers, files more and less: the same, and little is written' '
	fresh &&
	small 0 header p20.patch &&
	small 1 hunk p30.patch 1 && small 1 hunk p2.patch 1 && small 1 hunk p58.patch 2 && small 1 hunk p47.patch 2 &&
	small 1 one_more p12.patch && small 1 one_more p60.patch &&
	small 2 added 33 && small 1 hunk added.patch 1 &&
	small 0 gone added.patch &&
	small 1 one_less p58.patch && small 0 header p1.patch
'

test_expect_success 'one after the other, whatever comes of it' '
	for edit in "one_renamed p51.patch file8" "other_p p41.patch" "gone p9.patch" "one_less p40.patch" "swapped 20" \
		"gone p60.patch" "rm p50.patch"; do
		fresh && both $edit && echo "$edit: $(cd A && carry applied | wc -l) patches" || return
	done
'

test_expect_success 'all kinds of files and changes, and empty files' '
	for name in one.patch sub/two.diff three four.patch crlf.patch back.patch nothing.patch; do
		pair && (cd A && carry -q push -a) && (cd B && carry -q push -a) &&
		both header $name && both listed_not $name || return
	done
'

test_expect_success 'many edits in a row, EDITS of them' '
	fresh && n=0 && seed=11 && quick=0 &&
	random() { seed=$(((seed * 1103515245 + 12345) % 2147483648)) && r=$((seed / 1000 % $1)); } &&
	while [ $n -lt ${EDITS:-12} ]; do
		n=$((n + 1)) && random 8 && kind=$r && random 60 && p=p$((r + 1)).patch &&
		grep -q "^$p" A/patches/series || continue
		inodes >inodes.before
		case $kind in
		0 | 1) set -- hunk $p 1 ;;
		2) set -- header $p ;;
		3) set -- one_more $p ;;
		4) set -- one_less $p ;;
		5) set -- gone $p ;;
		6) set -- swapped $r ;;
		7) set -- hunk $p 2 ;;
		esac
		cp -a A/patches kept &&
		both "$@" || { echo "edit $n: $*"; return 1; }
		if [ "$(cd A && carry applied | tail -n 1)" = "$(tail -n 1 A/patches/series)" ]; then
			[ "$(touched)" -gt 6 ] || quick=$((quick + 1))
			rm -rf kept
		else
			rm -rf undone && mv kept undone &&
			put() { cp ../../undone/* .; } && both put || { echo "taken back $n: $*"; return 1; }
		fi
	done &&
	echo "$quick quick" && test $quick -ge $((n / 4)) &&
	(cd A && quilt pop -a) && rm -rf A/.pc && state A | grep -v "^d" >a.state &&
	state orig | grep -v "^d" >orig.state && test_cmp orig.state a.state
'

test_expect_success 'less than all of it' '
	fresh && (cd A && carry -q pop 20) && (cd B && carry -q pop 20) &&
	(cd A/patches && hunk p30.patch 1) &&
	(cd A && carry -q push --again) && test "$(cd A && carry top)" = p40.patch &&
	(cd A/patches && hunk p31.patch 1) && inodes >inodes.before &&
	(cd A && carry -q push --again) && test "$(touched)" = 1 &&
	(cd B && carry -q pop -a) && rm -rf B/patches && cp -a A/patches B && (cd B && carry -q push 40) && same_state A B &&
	both true
'

test_expect_success 'an edit of the tree is never lost' '
	fresh && cp -a A C && echo mine >>A/e/f/file7 && (cd A/patches && hunk p30.patch 1) && state A >before &&
	(cd A && test_expect_code 1 carry push -a --again) 2>err && must_grep "file7.* is not as the patch leaves it" err &&
	state A >after && test_cmp before after &&
	(cd C/patches && hunk p30.patch 1) &&
	for f in $(cd C && find d -type f | head -n 2); do
		rm -rf A && cp -a C A && echo mine >>A/$f && test_expect_code 1 sh -c "cd A && carry push -a --again" &&
		tail -n 1 A/$f >got && echo mine >want && test_cmp want got || return
	done
'

test_expect_success 'likewise when its size and time are those of before' '
	fresh && cp -p A/e/f/file7 ref && sed -i "1s/7/8/" A/e/f/file7 && touch -r ref A/e/f/file7 &&
	inodes >inodes.before && (cd A/patches && hunk p30.patch 1) &&
	(cd A && carry -q push -a --again); test "$(touched)" -gt 10
'

test_expect_success 'an edit of the same size in the same tick is seen' '
	rm -rf A && cp -a orig A && p=A/patches/p60.patch &&
	(cd A && carry -q push -a) && cp -p $p ref && sed -i "/^+[^+]/s/by 60/by 06/" $p && touch -r ref $p &&
	(cd A && carry -q push -a --again) && grep -r -q --exclude-dir=.pc --exclude-dir=patches "by 06" A
'

test_expect_success 'a record that is damaged or missing does no harm' '
	fresh && cp -a A C && size=$(wc -c <C/.pc/.carry-patches) &&
	f=$(sed -n "s,^+++ b/,h ,p" orig/patches/p30.patch | head -n 1) &&
	unnamed() { tac | awk -v f="$f" "\$0 == f && !d { d = 1; next } { print }" | tac; } &&
	for cut in unnamed "head -c 1000" "sed s/file7/file8/" "head -c $((size - 1))"; do
		fresh && $cut <A/.pc/.carry-patches >x && mv x A/.pc/.carry-patches && both hunk p30.patch 1 || return
	done &&
	fresh && rm A/.pc/.carry-patches && both hunk p30.patch 1 && small 1 hunk p31.patch 1
'

test_expect_success 'quilt in between is seen' '
	fresh && (cd A && quilt pop 5 && quilt push -a) && both hunk p30.patch 1 &&
	fresh && (cd A && quilt pop 5) && both hunk p30.patch 1 &&
	fresh && f=$(sed -n "s,^+++ b/,,p" orig/patches/p50.patch | head -n 1) &&
	(cd A && quilt pop p50.patch && echo more >>$f && quilt refresh && quilt push -a) &&
	(cd B && carry -q pop -a) && rm -rf B/patches && cp -a A/patches B/patches && (cd B && carry -q push -a) &&
	both hunk p30.patch 1 && grep -q more A/$f
'

test_expect_success 'a backup that is missing: the plain way says so' '
	fresh && f=$(cd A/.pc/p30.patch && find . -name "file*" | head -n 1) && rm A/.pc/p30.patch/$f &&
	(cd A/patches && hunk p30.patch 1) && (cd A && carry push -a --again); test $? -le 1
'

test_expect_success 'what does not go together is refused' '
	fresh && for o in -n -f --backup=never p3.patch 5; do
		(cd A && test_expect_code 2 carry push --again $o) || return
	done && same_state A B
'

strace -qq -o /dev/null true 2>/dev/null && test_set_prereq STRACE
test_expect_success STRACE 'killed anywhere: the next push or pop goes on from it' '
	fresh && edits() { hunk p30.patch 1 && gone p60.patch && gone p31.patch && added 40 && one_less p58.patch; } &&
	both edits && cp -a A/patches edited && points=0 &&
	for call in openat2 renameat unlinkat; do
		n=1 step=1
		while rm -rf A X && cp -a orig A && (cd A && carry -q push -a) &&
			rm -rf A/patches && cp -a edited A/patches &&
			(cd A && killed $call $n carry push -a --again -j1); do
			points=$((points + 1)) && cp -a A X && (cd A && carry -q push -a --again) && same_state A B &&
			(cd X && carry -q pop -af) && rm -rf X/.pc &&
			state X | grep -v "^d" >x.state && test_cmp orig.state x.state || return 1
			n=$((n + step)) step=$((step * 3))
		done
	done && echo "$points points" && test $points -ge 8
'

test_expect_success 'more directories than a process may have files open' '
	rm -rf A old new && mkdir -p A/patches &&
	for i in $(seq 150); do
		mkdir A/d$i && seq 20 >A/d$i/f || return
	done && cp -r A old && cp -r A new &&
	sed -i s/^3\$/three/ new/d*/f && { diff -Nru old new >A/patches/1.patch; test $? = 1; } &&
	cp -r new new2 && sed -i s/^15\$/fifteen/ new2/d*/f &&
	{ diff -Nru new new2 >A/patches/2.patch; test $? = 1; } &&
	printf "1.patch\n2.patch\n" >A/patches/series &&
	(cd A && ulimit -n 200 && carry push -a -j16) &&
	sed -i "s/^+three$/+drei/" A/patches/1.patch &&
	(cd A && ulimit -n 200 && carry push --again) &&
	sed -i s/^three\$/drei/ new2/d*/f && diff -r -x .pc -x patches A new2
'

test_done
