#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# edit-again.sh BUILD TREE PATCHES...
#
# Makes commits of the quilt series in the directories PATCHES, as one series on TREE,
# with carry edit; gives all of them new ids, as a rebase does, and lets carry save write
# them back: every file must be the same to the byte. The tree that the branch has is
# that of apply_dir, which quilt-agree.sh compares with quilt's. Prints TAP.
# shellcheck disable=SC2317 # try() calls functions
set -eu
# shellcheck source=tests/real/tap.sh
. "$(dirname "$0")/tap.sh"

build=$1 tree=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/edit-again.XXXXXX")
trap 'rm -rf "$work"' EXIT
carry=$build/src/cmd/carry
GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_CONFIG_GLOBAL GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME
export GIT_COMMITTER_EMAIL
unset CARRY_CACHE

# Runs a command, shows what it says, and gives its status as a result.
try() { # TEXT COMMAND...
	text=$1
	shift
	"$@" >"$work/out" 2>&1 && status=0 || status=1
	sed -n '1,20s/^/# /p' "$work/out"
	result "$status" "$text"
}

# Every commit above the base anew, by another committer; no work tree is needed.
renew() {
	cd "$work/repo/.carry/state/edit/real"
	parent=$(git rev-list --max-parents=0 HEAD)
	for old in $(git rev-list --reverse HEAD ^"$parent"); do
		git cat-file commit "$old" | sed "1,/^\$/{s/^parent .*/parent $parent/
			s/^committer .* \([0-9]* [-+]\)/committer other <o@example.org> \1/}" >"$work/commit"
		parent=$(git hash-object -t commit -w "$work/commit")
	done
	[ "$parent" != "$(git rev-parse HEAD)" ] && git update-ref HEAD "$parent"
}

# touched BASE: the files that any commit changes, be it back again
touched() {
	git rev-list HEAD ^"$1" | git diff-tree --stdin -r --no-renames --name-only --no-commit-id -z |
		LC_ALL=C sort -zu >"$work/touched"
}

# taken REV DIR: of these the ones that REV has, as it has them
taken() {
	export GIT_INDEX_FILE="$work/index"
	mkdir "$2" && git read-tree "$1" &&
		git ls-files -z | LC_ALL=C sort -z | LC_ALL=C comm -z -12 - "$work/touched" |
		git checkout-index -z --stdin --prefix="$2/"
}

# The others are not there, so that a patch which changes one cannot be applied.
same_files() {
	cd "$work/repo/.carry/state/edit/real"
	base=$(git rev-list --max-parents=0 HEAD)
	touched "$base" && taken "$base" "$work/pushed" && taken HEAD "$work/branch" || return 1
	for dir; do
		"$build/tests/real/apply_dir" -E -s "$dir" "$work/pushed" || return 1
	done
	find "$work/pushed" -type d -empty -delete
	diff -r "$work/pushed" "$work/branch"
}

mkdir -p "$work/repo/patches"
for dir; do
	cp -a "$dir" "$work/repo/patches/"
	sed -n "/^[[:space:]]*[^#[:space:]]/s,^[[:space:]]*,$(basename "$dir")/,p" "$dir/series"
done >"$work/repo/patches/series"
cp -a "$work/repo/patches" "$work/was"
cat >"$work/repo/carry.conf" <<EOT
[carry]
	version = 1
	newest = real
[target "real"]
	source = dir $tree
	series = patches
EOT

cd "$work/repo"
"$carry" -q fetch >"$work/log" 2>&1 || sed 's/^/# /' "$work/log"
try "edit takes it as it is" "$carry" edit --no-checkout real
if [ "$failed" = 0 ]; then
	try "every commit is made anew" renew
	try "save writes them back" "$carry" save real
	try "to the byte" diff -r "$work/was" "$work/repo/patches"
	try "and the branch has what the patches make" same_files "$@"
fi
finish
