#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='random series, edited at random and saved, beside what plain git makes of them'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/series.sh
. "$CARRY_TOP/tests/cli/lib/series.sh"

# CARRY_SEED tries other runs, CARRY_ROUNDS more of them.
: "${CARRY_SEED:=1}" "${CARRY_ROUNDS:=3}"
W=$PWD/r/.carry/state/edit/6.1.y

edits() {
	python3 "$CARRY_TOP/tests/cli/lib/edits.py" "$@"
}

# A series by git format-patch of random commits on the tree, and a repository with it.
make_random() {
	rm -rf r plain && cp -R tree plain && git -C plain init -q && git -C plain add -A &&
		git -C plain commit -qm base && git -C plain tag base &&
		edits plain "$(git -C plain rev-parse base)" "$1" 10 all >made && mkdir -p r/patches &&
		git -C plain format-patch -q --binary -o "$PWD/r/patches" base &&
		(cd r/patches && printf '%s\n' *.patch >series) &&
		git -C plain log --reverse --format=%T base.. | uniq >want.trees && adopt_series r
}

# The commits of the branch that are patches, from the base up.
commits() {
	git -C "$W" rev-list --reverse --fixed-strings --invert-grep --grep=b4-submit-tracking \
		"$(git -C "$W" rev-list HEAD | tail -n 1)..HEAD"
}

# For each of them: what a patch of it says, but for where its hunks are, and its file.
keys() {
	commits | while read -r rev; do
		{
			git -C "$W" log -1 --format='%an %ae %ad%n%B' "$rev"
			git -C "$W" diff-tree -p --binary --full-index "$rev" |
				git patch-id --verbatim | cut -d ' ' -f 1
		} | sha1sum | cut -d ' ' -f 1
	done >revs && sed 's/[[:space:]].*//' r/patches/series >names &&
		test "$(wc -l <revs)" = "$(wc -l <names)" && paste -d ' ' revs names
}

# Of commits that say the same before and after, the files are the same to the byte.
same_bytes() {
	awk 'NR == FNR { name[$1] = $2; n[$1]++; next } { m[$1]++; now[$1] = $2 }
		END { for (k in m) if (m[k] == 1 && n[k] == 1) print name[k], now[k] }' "$1" "$2" >pairs
	while read -r was now; do
		test "$was" = "$now" && cmp "saved/$was" "r/patches/$now" || return 1
	done <pairs
	wc -l <pairs >>kept
}

# The tree after each of the patches on disk, by git apply.
applied() {
	GIT_INDEX_FILE=$PWD/index git -C plain read-tree base && while read -r patch _; do
		GIT_INDEX_FILE=$PWD/index git -C plain apply --cached --allow-empty \
			--whitespace=nowarn "$PWD/r/patches/$patch" || return 1
		GIT_INDEX_FILE=$PWD/index git -C plain write-tree
	done <r/patches/series
}

same_trees() {
	commits | while read -r rev; do git -C "$W" rev-parse "$rev^{tree}"; done >want &&
		applied >got && test_cmp want got
}

# A patch gets another name, as by "quilt rename", while nothing is to be saved.
rename_one() {
	name=$(tail -n 1 r/patches/series) && mkdir -p r/patches/sub &&
		mv "r/patches/$name" "r/patches/sub/é-$1.patch" &&
		sed -i "\$s|.*|sub/é-$1.patch|" r/patches/series && carry -C r edit 6.1.y >>log &&
		carry -C r save 6.1.y >>log && same_trees
}

round() {
	make_random "$1" && carry -C r edit 6.1.y >log &&
		git -C "$W" log --reverse --format=%T | uniq | sed 1d >got && test_cmp want.trees got &&
		for pass in 1 2; do
			rm -rf saved && cp -R r/patches saved && keys >before &&
				edits "$W" "$(git -C "$W" rev-list HEAD | tail -n 1)" "$1$pass" 5 all >did &&
				carry -C r save 6.1.y >>log && same_trees && keys >after &&
				same_bytes before after && carry -C r save 6.1.y >out &&
				must_grep 'nothing to save' out && rename_one "$pass" || return 1
		done
}

i=0
while [ "$i" -lt "$CARRY_ROUNDS" ]; do
	seed=$((CARRY_SEED + i))
	i=$((i + 1))
	test_expect_success "seed $seed: git apply makes each commit's tree; what is as it was keeps its bytes" "
		make_tree tree && round $seed || { cat made did log; false; }
	"
done

test_expect_success 'there were patches that nobody had changed' '
	awk "{ n += \$1 } END { exit n < 1 }" kept
'

test_done
