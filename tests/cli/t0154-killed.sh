#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='kill -9 at each system call that changes something: init, export, import, trailers, save'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/quilt.sh
. "$CARRY_TOP/tests/cli/lib/quilt.sh"
strace -o /dev/null true 2>/dev/null && test_set_prereq STRACE
GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_GLOBAL

CALLS='mkdir mkdirat openat write link linkat chmod fchmod rename renameat2 unlink unlinkat rmdir'
# Of a call that is made hundreds of times every STEP-th is enough.
: "${CARRY_KILL_STEP:=7}"

put() {
	printf 'From: A <a@example.org>\nSubject: [PATCH] %s\n\nWhy.\n\nSigned-off-by: A <a@example.org>\n---\n' "$1" &&
		printf -- '--- a/f\n+++ b/f\n@@ -%s +%s @@\n-line %s\n+%s\n' "$2" "$2" "$2" "$1"
}

# As killed, but of the programs that the command runs none is.
killed_alone() {
	call=$1 n=$2
	shift 2
	strace -qq -o /dev/null -e trace="$call" \
		-e inject="$call:error=EINTR:signal=KILL:when=$n" "$@" >../out 2>&1
	test $? = 137
}

# at_each SETUP JUDGE COMMAND...: kills the command at every call of each kind, each time
# after SETUP in a directory of its own; JUDGE looks at what is left and goes on from it.
at_each() {
	setup=$1 judge=$2 kills=0
	shift 2
	for call in $CALLS; do
		n=1
		while :; do
			rm -rf at && mkdir at && (cd at && $setup) >/dev/null 2>&1 || return 1
			(cd at && ${how:-killed} "$call" "$n" "$@") || break
			kills=$((kills + 1))
			(cd at && $judge) >judged 2>&1 || {
				echo "killed at $call $n:" && cat judged
				return 1
			}
			test "$n" -lt 4 && n=$((n + 1)) || n=$((n + CARRY_KILL_STEP))
		done
	done
	echo "killed $kills times" && test "$kills" -ge "$least"
}

# files: all of the directory but git's and what was made aside
files() {
	find . \( -name .git -o -name .carry -o -name '.carry-*' \) -prune -o -type f -print0 |
		LC_ALL=C sort -z | xargs -0 -r sha256sum
}

# is_one_of OLD NEW: what files() says of this directory
is_one_of() {
	files >../is && { cmp -s ../is "$1" || cmp -s ../is "$2"; } || { cat ../is && return 1; }
}

T=$PWD
test_expect_success 'setup: two patches' '
	mkdir mine && put one 10 >mine/one.patch && put two 20 >mine/two.patch
'

init() {
	carry init . "$T/mine/one.patch" "$T/mine/two.patch" -t 6.1.y
}

copy() {
	cp -R "$T/$from/." .
}

# What is half there is made whole by the next init, which says so if it is another one.
judge_init() {
	{ test ! -e carry.conf || files | cmp - "$T/init.new"; } &&
		if test -e .carry-init; then
			echo half >>"$T/halves" && cp -R . ../copy && (
				cd ../copy && test_expect_code 2 carry init . "$T/mine/one.patch" -t 6.6.y &&
					files | cmp - "$T/init.new" && carry target list
			) && rm -rf ../copy
		fi && if test -e .carry-init || test ! -e carry.conf; then init; fi &&
		files | cmp - "$T/init.new" && test -z "$(find . -name '.carry-init*')"
}

test_expect_success STRACE 'init into a directory that is there' '
	mkdir new && (cd new && git init -q && echo mine >README.md) &&
	cp -R new done && (cd done && init >out && rm out && files) >init.new &&
	from=new least=20 && at_each copy judge_init \
		carry init . "$T/mine/one.patch" "$T/mine/two.patch" -t 6.1.y &&
	test "$(wc -l <halves)" -ge 4
'

# The next one takes away what is left, wherever it writes in the same place.
judge_export() {
	{ test ! -e out || (cd out && files | cmp - "$T/export.new"); } &&
		{ ls -d .carry-export-* >>"$T/aside" 2>/dev/null || :; } &&
		carry export --as git -o again 6.1.y && test -z "$(find . -name '.carry-export-*')"
}

test_expect_success STRACE 'export' '
	from=done least=20 && (cd done && carry export --as git -o ../export 6.1.y >../said; cd ../export && files) >export.new &&
	test -s export.new &&
	at_each copy judge_export carry export --as git -o out 6.1.y &&
	test "$(wc -l <aside)" -ge 5
'

# spared: another export runs while the first stands still, and both are whole
spared() {
	for _ in $(seq 400); do
		grep -q "stopped by SIGSTOP" ../trace && break
		sleep 0.05
	done
	find . -name ".carry-export-*" >../have && test "$(wc -l <../have)" = 1 &&
		carry export --as git -o two 6.1.y && find . -name ".carry-export-*" | cmp - ../have
}

test_expect_success STRACE 'what an export is at work in, another leaves alone' '
	cp -R done both && rm -f trace && (
		cd both && {
			strace -qq -o ../trace -e trace=chmod -e inject=chmod:signal=STOP \
				carry export --as git -o one 6.1.y >../out 2>&1 &
		} && tracer=$! && { spared && kept=yes || kept=no; } &&
		kill -CONT $(pgrep -P $tracer) && wait $tracer && test $kept = yes && diff -r one two &&
		(cd one && files) | cmp - ../export.new && test -z "$(find . -name ".carry-export-*")"
	)
'

judge_import() {
	(cd series && is_one_of "$T/import.old" "$T/import.new") && { carry "$@" || :; } &&
		(cd series && files | cmp - "$T/import.new")
}

again_import() {
	judge_import import --replace 6.1.y "$T/mine/three.patch" &&
		test -z "$(find .carry/state/stage -type f)"
}

test_expect_success STRACE 'import' '
	put three 30 >mine/three.patch && (cd done/series && files) >import.old &&
	cp -R done imported &&
	{ carry -C imported import --replace 6.1.y "$T/mine/three.patch" || :; } &&
	(cd imported/series && files) >import.new && ! cmp import.old import.new &&
	from=done least=20 && at_each copy again_import carry import --replace 6.1.y "$T/mine/three.patch"
'

# synced: by the trace, no file is waited for while more are to be written, and none is
# forgotten before the directory gets its place
synced() {
	awk -F '"' '/stage\/new\/.*O_CREAT/ { made[$2]; files++; if (waited) bad = bad " late: " $2 }
		/^fsync.*stage\/new/ { sub(/^[^<]*</, ""); sub(/>.*/, ""); safe[$0]; waited = 1 }
		/^renameat2.*stage\/new/ {
			made[$2]
			for (path in made)
				if (!(path in safe))
					bad = bad " unsafe: " path
			moved++
		}
		END { print files " files" bad; exit bad != "" || files < 3 || moved != 1 }' "$1"
}

test_expect_success STRACE 'what no power failure may take is on the disk before it is in place' '
	put four 40 >mine/four.patch && cp -R done synced &&
	{ strace -y -s 4096 -qq -o trace -e trace=openat,fsync,renameat2 carry -C synced \
		import --replace 6.1.y "$T/mine/three.patch" "$T/mine/four.patch" || :; } && synced trace
'

again_trailers() {
	judge_import trailers --yes --from "$T/mbox" 6.1.y
}

test_expect_success STRACE 'trailers' '
	cat >mbox <<-\EOT &&
	From x@y Thu Jan  1 00:00:00 1970
	From: R One <r1@example.org>
	Subject: Re: [PATCH 1/2] one
	Message-ID: <m1@example.org>
	In-Reply-To: <p@example.org>

	Reviewed-by: R One <r1@example.org>
	EOT
	cp -R done noted && carry -C noted trailers --yes --from "$T/mbox" 6.1.y &&
	(cd noted/series && files) >import.new && ! cmp import.old import.new &&
	from=done least=20 && at_each copy again_trailers carry trailers --yes --from "$T/mbox" 6.1.y
'

judge_save() {
	(cd patches && is_one_of "$T/save.old" "$T/save.new") && carry save &&
		(cd patches && files | cmp - "$T/save.new") && carry save >again && grep "nothing to save" again
}

test_expect_success STRACE 'save' '
	mkdir edited && (
		cd edited && mkdir patches base && seq -f "line %g" 40 >base/f && cp "$T"/mine/t*.patch patches/ &&
		printf "%s\n" two.patch three.patch >patches/series && git init -q &&
		printf "%s\n" "[carry]" "version = 1" "newest = x" "[target \"x\"]" "source = dir base" \
			"series = patches" >carry.conf && carry fetch && carry edit x
	) && W=$PWD/edited/.carry/state/edit/x && git -C "$W" reset -q --hard HEAD~1 &&
	sed -i "s/^two\$/2/" "$W/f" && git -C "$W" commit -qa --amend --no-edit &&
	echo new >"$W/g" && git -C "$W" add g && git -C "$W" commit -qm "g: new" &&
	cp -R edited saved && carry -C saved save &&
	(cd edited/patches && files) >save.old && (cd saved/patches && files) >save.new && ! cmp save.old save.new &&
	how=killed_alone from=edited least=40 && at_each copy judge_save carry save
'

test_done
