#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='random edits of a branch survive save, edit, save; kill -9 at any moment'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/series.sh
. "$CARRY_TOP/tests/cli/lib/series.sh"

# CARRY_SEED tries another run, CARRY_ROUNDS more of them.
: "${CARRY_SEED:=1}" "${CARRY_ROUNDS:=5}"

make_edit_repo r >/dev/null 2>&1
# What a branch is: of each patch its text, author and tree.
describe() {
	git -C "$W" log --reverse --format='%an <%ae>%n%T%n%B' "$1" |
		awk '/b4-submit-tracking/ { skip = 1 } skip && /^}/ { skip = 0; next } !skip' |
		grep -v '^ *"'
}

W=$PWD/r/.carry/state/edit/6.1.y
round() {
	seed=$1
	carry -C r edit 6.1.y >log &&
		base=$(git -C "$W" log --format=%H --reverse | head -n 1) &&
		python3 "$CARRY_TOP/tests/cli/lib/edits.py" "$W" "$base" "$seed" 6 >did &&
		carry -C r save 6.1.y >>log && describe "$base..HEAD^0" >branch &&
		rm -rf saved && cp -R r/patches saved &&
		carry -C r edit --abort 6.1.y && carry -C r edit 6.1.y >>log &&
		base=$(git -C "$W" log --format=%H --reverse | head -n 1) &&
		describe "$base..HEAD^0" >again && test_cmp branch again &&
		GIT_COMMITTER_NAME=other git -C "$W" rebase -q -f "$base" &&
		carry -C r save 6.1.y >>log && diff -r saved r/patches && rm -rf pushed &&
		cp -R tree pushed && (
			cd pushed && grep -v '^+' ../r/patches/series >../series &&
			{ ! grep -q '^[^#]' ../series ||
				QUILT_PATCHES=../r/patches QUILT_SERIES=../../series quilt push -a -q; }
		) >push 2>&1 && rm -rf pushed/.pc checked && mkdir checked &&
		git -C "$W" archive HEAD | tar -xC checked && diff -r pushed checked &&
		carry -C r edit --abort 6.1.y || {
		echo "seed $seed"
		cat did log push
		return 1
	}
}

i=0
while [ "$i" -lt "$CARRY_ROUNDS" ]; do
	seed=$((CARRY_SEED + i))
	i=$((i + 1))
	test_expect_success "edits of seed $seed: save, edit, save; quilt makes the same tree" "
		round $seed
	"
	# Each round on what the one before it left, until too little is left.
	[ "$(grep -c '^[^#]' r/patches/series)" -gt 3 ] || git -C r checkout -q patches
done

test_done
