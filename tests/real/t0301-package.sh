#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What carry gives out, in the hands of those who take it: Debian's kernel source
# packages with the variant that fits, built and unpacked by dpkg-source, pushed and
# popped by quilt; and the recipients that the kernel's own script names. The upstream
# tree is cut down to the files that any patch names, the package's debian/ is whole.
#
# CARRY_REAL_SERIES as in t0300-quilt.sh.
#
# shellcheck disable=SC2317 # check calls the functions
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
carry=${CARRY:-$top/build/src/cmd/carry}
for tool in dpkg-source quilt jq b4; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP no $tool here"
		exit 0
	}
done
# That of the system has the packages of the system.
python=/usr/bin/python3
work=$(mktemp -d "${TMPDIR:-/tmp}/t0301.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -n "${CARRY_REAL_SERIES:-}" ]; then
	echo "$CARRY_REAL_SERIES" >"$work/list"
else
	"$top/scripts/debian-series" >"$work/list" 2>"$work/log" || {
		sed 's/^/# /' "$work/log"
		echo 'Bail out! scripts/debian-series failed'
		exit 1
	}
fi
unset CARRY_CACHE
HOME=$work QUILT_PATCHES=debian/patches
GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0='A Tester'
GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=tester@example.org
export HOME QUILT_PATCHES GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
export GIT_CONFIG_KEY_1 GIT_CONFIG_VALUE_1

n=0 failed=0

# check WHAT COMMAND...
check() {
	what=$1
	shift
	n=$((n + 1))
	if "$@" >"$work/out" 2>&1; then
		echo "ok $n - $name: $what"
	else
		failed=1
		echo "not ok $n - $name: $what"
		tail -n 20 "$work/out" | sed 's/^/# /'
	fi
}

# All that the patches below the directories name, and what send asks.
named_files() {
	echo Makefile
	echo MAINTAINERS
	echo scripts/get_maintainer.pl
	find "$@" -type f -exec sed -n \
		-e 's,^\(---\|+++\) [^/ ]*/\([^	 ]*\).*,\2,p' -e 's,^rename from ,,p' {} +
}

cut_down() {
	named_files "$debian/patches" "$top/series" "$top/backports" | sort -u |
		while read -r file; do
			[ ! -f "$tree/$file" ] || echo "$file"
		done >files
	mkdir "$src" && tar -C "$tree" -cf - -T files | tar -C "$src" -xf - &&
		tar -cJf "linux_$version.orig.tar.xz" "$src"
}

# The command that fit names for the tree is not for a package; the variant is.
fits() {
	"$carry" -C "$top" fit --json "$tree" >fit.json
	jq -e '.variants[0].fits' fit.json
}

exports() {
	"$carry" -C "$top" export --as debian -o "$PWD/given" "$target" || [ $? -eq 1 ]
	cp -R "$debian" "$src/debian" && cp -R given/debian "$src/" &&
		cat given/series >>"$src/debian/patches/series"
}

builds() {
	(cd "$src" && dpkg-source --before-build .) && dpkg-source -b "$src" &&
		dpkg-source --no-check -x linux_*.dsc unpacked
}

# Of the series' last patch and with no leave to guess: it is there.
is_applied() {
	patch -R -p1 -F0 --dry-run -d unpacked <"given/debian/patches/$(tail -n 1 given/series)"
}

turns_with_quilt() {
	(cd unpacked && quilt --quiltrc - pop -aq && quilt --quiltrc - push -aq)
}

fields_are_read() {
	[ -s given/series ] && while read -r patch; do
		"$python" -c 'import sys; from debian import deb822
d = deb822.Deb822(open(sys.argv[1], encoding="utf-8"))
assert (d.get("Subject") or d.get("Description")) and (d.get("From") or d.get("Author"))' \
			"given/debian/patches/$patch" || return 1
	done <given/series
}

is_already_there() {
	"$carry" -C "$top" fit "$PWD/unpacked" >said && grep '^nothing to do' said
}

# As the kernel's script says where the whole tree is.
maintainers_are_asked() {
	mkdir repo && cp -R "$top/$series" repo/series && rm -rf repo/series/sent && printf '%s\n' \
		'[carry]' 'version = 1' "newest = $target" '[checkout]' 'path = Makefile' \
		"[target \"$target\"]" "source = dir $PWD/$src.orig" 'file = MAINTAINERS' \
		'file = scripts/get_maintainer.pl' >repo/carry.conf &&
		mkdir "$src.orig" && tar -C "$tree" -cf - -T files | tar -C "$src.orig" -xf - &&
		"$carry" -C repo -q fetch && "$carry" -C repo send "$target" -o "$PWD/mails" &&
		(cd "$tree" && ./scripts/get_maintainer.pl --no-git --no-git-fallback --no-rolestats \
			"$top/$series"/*.patch) | sed 's/.*<//; s/>.*//' >people && [ -s people ] &&
		while read -r address; do
			sed -n '/^To:/,/^$/p' mails/* | grep -iF "$address" || return 1
		done <people
}

while read -r name tree patches; do
	[ -n "$name" ] || continue
	debian=$(dirname "${patches%% *}")
	if [ "$tree" = - ] || [ ! -f "$debian/control" ] || [ ! -f "$tree/MAINTAINERS" ]; then
		n=$((n + 1))
		echo "ok $n - $name # SKIP no kernel package: $patches"
		continue
	fi
	rm -rf "$work/pkg" && mkdir "$work/pkg" && cd "$work/pkg"
	version=$(dpkg-parsechangelog -l "$debian/changelog" -S Version | sed 's/-[^-]*$//')
	src=linux-$version
	check 'a variant fits the upstream tree' fits
	target=$(jq -r '.variants[0].targets[0]' fit.json)
	series=$(jq -r '.variants[0].series' fit.json)
	check "cut down to what is patched" cut_down
	check "export of $target" exports
	check 'dpkg-source builds it and unpacks it' builds
	check 'what was unpacked has the series' is_applied
	check 'quilt pops and pushes it' turns_with_quilt
	check 'a parser of DEP-3 reads it' fields_are_read
	check 'fit knows that it is there' is_already_there
	check 'send names whom get_maintainer.pl names' maintainers_are_asked
done <"$work/list"
echo "1..$n"
exit "$failed"
