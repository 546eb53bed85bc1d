# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# A small tree and a quilt series on it in which every kind of patch file occurs, for the
# tests of edit and save; source it behind carry.sh. Nothing here is made by carry.

unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_AUTHOR_DATE GIT_COMMITTER_DATE
GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_GLOBAL

# numbers FROM TO: lines to patch
numbers() {
	seq -f 'line %g' "$1" "$2"
}

make_tree() {
	rm -rf "$1" && mkdir -p "$1/drivers/net" "$1/lib" "$1/docs" &&
		numbers 1 60 >"$1/drivers/a.c" &&
		numbers 1 60 >"$1/drivers/net/b.c" &&
		numbers 1 30 >"$1/lib/c.c" &&
		numbers 1 20 >"$1/lib/old name.c" &&
		numbers 1 12 >"$1/lib/gone.c" &&
		printf 'VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 9\n' >"$1/Makefile" &&
		printf '#!/bin/sh\necho hi\n' >"$1/docs/run" &&
		printf 'a\000b\001c%s\n' "$(numbers 1 40)" >"$1/docs/logo.bin"
}

# change FILE SED: in the tree under git that the patches are made from
change() {
	sed -i "$2" "$1"
}

# The series, each patch in another manner; its directory is $1, made of the tree $2.
make_series() {
	dir=$(realpath "$1") && tree=$2 &&
		rm -rf work && cp -R "$tree" work && mkdir -p "$dir/sub" && (
		cd work && git init -q && git add -A && git commit -qm base &&

			# git format-patch, with an encoded subject and author
			change drivers/a.c 's/^line 10$/line ten/' &&
			git commit -qa --date='Thu, 17 Jan 2013 08:55:21 +0100' \
				--author='Jörg Müller <j@example.org>' \
				-m 'drivers: a: Spell tën' -m "It is a word.

Signed-off-by: Jörg Müller <j@example.org>" &&
			git format-patch -q --stdout -1 >"$dir/0001-drivers-a-spell-ten.patch" &&

			# quilt's plain diff with stamps, text without fields, -p0
			cp -R ../"$tree" ../plain.orig && cp drivers/a.c ../plain.orig/drivers/ &&
			change drivers/net/b.c 's/^line 20$/line twenty/' && {
				printf 'Count in words\n\nMore of it.\n---\n'
				echo "Index: drivers/net/b.c"
				echo "==================================================================="
				diff -u ../plain.orig/drivers/net/b.c drivers/net/b.c |
					sed -e '1s,.*,--- drivers/net/b.c.orig	2020-01-01 10:00:00.000000000 +0000,' \
						-e '2s,.*,+++ drivers/net/b.c	2020-01-01 10:00:01.000000000 +0000,'
			} >"$dir/sub/plain.diff" && git commit -qam plain &&

			# DEP-3 with a long description, other prefixes, no date
			change lib/c.c '5d' && {
				printf 'Description: lib: c: drop a line\n It is of no use\n .\n at all.\n'
				printf 'Author: "Doe, J." <jd@example.org>\nForwarded: not-needed\n\n'
				git diff --no-ext-diff --src-prefix=linux.orig/ --dst-prefix=linux/ |
					grep -v -e '^diff' -e '^index'
			} >"$dir/dep3.patch" && git commit -qam dep3 &&

			# rename, modes, a new file, a deleted one; no message at all
			git mv 'lib/old name.c' 'lib/new name.c' && change 'lib/new name.c' '3s/$/ more/' &&
			chmod +x docs/run && git rm -q lib/gone.c && echo new >docs/new.txt &&
			git add -A && git diff --cached -M HEAD >"$dir/sub/moves.patch" &&
			git commit -qm moves &&

			# Latin-1, five lines of context
			change drivers/a.c 's/^line 40$/line forty/' && {
				printf 'From: Ren\351 <r@example.org>\nDate: Mon, 2 Mar 2020 02:03:04 -0700\n'
				printf 'Content-Type: text/plain; charset=ISO-8859-1\n'
				printf 'Subject: [PATCH 3/9] drivers: a: forty\n\nUne id\351e  \n\n\n'
				printf 'Signed-off-by: Ren\351 <r@example.org>\n---\n'
				git diff --stat HEAD && echo && git diff -U5 HEAD
				printf -- '-- \n2.30.2\n\n'
			} >"$dir/latin1.patch" && git commit -qam latin1 &&

			# taken back: applied with -R
			change lib/c.c 's/^line 20$/line twenty/' && git commit -qam reverse &&
			git diff HEAD HEAD^ >"$dir/reverse.patch" &&

			# SUSE's fields
			change drivers/net/b.c 's/^line 50$/line fifty/' && {
				printf 'From: A B <ab@example.org>\nDate: Tue, 3 Mar 2020 02:03:04 +0000\n'
				printf 'Subject: net: b: fifty\nGit-commit: %040d\n' 7
				printf 'Patch-mainline: v6.5-rc7\nReferences: bsc#12345\n\nText.\n\n'
				printf 'Acked-by: C D <cd@example.org>\n---\n'
				git diff HEAD
			} >"$dir/suse.patch" && git commit -qam suse
	) && rm -rf plain.orig && echo "not applied" >"$dir/off.patch" &&
		cat >"$dir/series" <<-\EOT
			# a comment at the top

			0001-drivers-a-spell-ten.patch
			sub/plain.diff -p0 # from quilt
			#commented.patch
			dep3.patch
			+never off.patch
			# moves things
			sub/moves.patch
			latin1.patch	-p1
			reverse.patch -R
			suse.patch
		EOT
}

# A repository at $1 with one target, 6.1.y, its series and its base in place.
make_edit_repo() {
	make_tree tree && mkdir -p "$1/patches" && make_series "$1/patches" tree && adopt_series "$1"
}

# Makes a repository of $1, which has the patches already, on the tree beside it.
adopt_series() {
	(
		cd "$1" && git init -q && printf '/.carry/\n' >.gitignore &&
			cat >carry.conf <<-\EOT &&
				[carry]
					version = 1
					newest = 6.1.y
				[checkout]
					path = docs
				[target "6.1.y"]
					source = dir ../tree
					series = patches
			EOT
			git add -A && git commit -qm start && carry fetch
	)
}
