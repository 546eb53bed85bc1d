#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# quilt-agree.sh BUILD TREE PATCHES...
#
# Applies the quilt series in each directory PATCHES, one after the other, to copies of
# TREE: once with "quilt push -a --fuzz=0" and once with our engine under its strict
# rules. The two trees must agree in every name, kind, mode and byte. Writes every patch
# back, too, and compares. Prints TAP, times as comments.
set -eu
# shellcheck source=tests/real/tap.sh
. "$(dirname "$0")/tap.sh"

build=$1 tree=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/quilt-agree.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Name, kind, permissions and link target of everything, then the bytes of files.
manifest() {
	(cd "$1" && find . -name '.pc*' -prune -o -printf '%P|%y|%m|%l\n' |
		grep -v '^|' | sort &&
		find . -name '.pc*' -prune -o -type f -print0 | sort -z |
		xargs -0 sha256sum)
}

# A series lists some of the files; those that it does not list are read as well, but
# nobody has tried them, and what is malformed may be refused.
identity() {
	find "$1" -type f \( -name '*.patch' -o -name '*.diff' -o -name series \) -print0 |
		xargs -0 "$build/tests/real/identity" -r &&
		sed 's/[[:space:]]*#.*//; s/[[:space:]].*//; /^$/d' "$1/series" |
		(cd "$1" && tr '\n' '\0' | xargs -0 "$build/tests/real/identity")
}

# CPU seconds of a command, children included, on the third line of times(1).
cpu() { # LABEL COMMAND...
	label=$1
	shift
	# shellcheck disable=SC2016 # expands in the inner shell
	/usr/bin/env bash -c 'TIMEFORMAT="# $0: %R s wall, %U s user, %S s system"
		time "$@" >"$OUT" 2>&1' "$label" "$@" 2>&1
}

for dir; do
	out=$(identity "$dir") && status=0 || status=1
	echo "$out" | sed 's/^/# /'
	result "$status" "every patch of $(basename "$dir") is written back as it was"
done

cp -a "$tree" "$work/quilt"
cp -a "$tree" "$work/carry"
i=0
for dir; do
	i=$((i + 1))
	name=$(basename "$dir")
	OUT=$work/quilt.out
	export OUT
	cd "$work/quilt"
	QUILT_PATCHES=$dir QUILT_PC=.pc$i cpu "quilt, $name" \
		quilt --quiltrc - push -a -q --fuzz=0 && status=0 || status=1
	[ "$status" -eq 0 ] || sed 's/^/# /' "$OUT"
	result "$status" "quilt applies $name"
	OUT=$work/carry.out
	cd "$work"
	cpu "carry, $name" "$build/tests/real/apply_dir" -E -s "$dir" "$work/carry" &&
		status=0 || status=1
	sed 's/^/# /' "$OUT"
	result "$status" "carry applies $name"
done

manifest "$work/quilt" >"$work/quilt.list"
manifest "$work/carry" >"$work/carry.list"
diff "$work/quilt.list" "$work/carry.list" >"$work/diff" && status=0 || status=1
head -50 "$work/diff" | sed 's/^/# /'
result "$status" "both trees are the same: $(grep -c . "$work/carry.list") entries"
finish
