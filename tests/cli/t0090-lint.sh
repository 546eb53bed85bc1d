#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry lint: each rule finds what it is for, and only that'
. "$(dirname "$0")/lib/carry.sh"

TAB=$(printf '\t')
ID=e1c1d80fdd2ac8f6ee7f3ffd0b2b4f6dd5a6bf55

# A patch that nothing is to be said of; the arguments are sed's, of its header.
make_patch() {
	cat >good <<\EOT
From: Ada Author <ada@example.org>
Date: Tue, 26 May 2020 08:32:18 -0600
Subject: [PATCH] x: do it

Why it is done.

Cc: List <list@example.org>, "Doe, J" <j@example.org>
Signed-off-by: Ada Author <ada@example.org>
---
 x.c | 2 +-

EOT
	cat >change <<\EOT
--- a/x.c
+++ b/x.c
@@ -1,3 +1,3 @@
 int a;
-int b;
+int c;
 int d;
EOT
	{ sed "$@" good && cat change; } >x.patch
}

# finds RULE LINE ARGS-OF-SED...: that one finding and no other
finds() {
	rule=$1 line=$2
	shift 2
	make_patch "$@"
	carry lint --json x.patch >out.json
	jq -r '.findings[] | "\(.id) \(.line)"' out.json >got
	echo "$rule $line" >want
	echo "$rule" >>"$SHARNESS_TRASH_DIRECTORY/found"
	test_cmp want got
}

test_expect_success 'a good patch: status 0 and not a word' '
	make_patch "" && carry lint x.patch >out && echo "0 errors, 0 warnings, 0 notes" >want &&
	test_cmp want out && carry -q lint x.patch >out && test_must_be_empty out
'

test_expect_success 'fields and message' '
	finds no-author 1 -e "/^From/d" &&
	finds bad-author 1 -e "1s/.*/From: Ada Author/" &&
	finds no-subject 1 -e "/^Subject/d" &&
	finds no-reason 5 -e "/^Why/d" &&
	finds bad-encoded-word 3 -e "s/x: do it/=?nosuch?q?x?=/"
'

test_expect_success 'bytes' '
	finds not-utf8 5 -e "s/Why/W\xff/" &&
	finds crlf 5 -e "5s/\$/\r/" &&
	finds control 5 -e "5s/it/\x1b[31m/" &&
	carry -v lint x.patch >out
	must_grep "0x1b" out
'

test_expect_success 'a NUL and a name with a line break come out as text' '
	make_patch -e "5s/it/\x00/" && carry lint x.patch >out
	must_grep "control character 0x00 \[control\]" out &&
	mv x.patch "$(printf "a\nb\033.patch")" && carry lint "$(printf "a\nb\033.patch")" >out
	must_grep "^a.nb.*control character" out && test $(wc -l <out) = 3
'

test_expect_success 'trailers' '
	finds bad-trailer 8 -e "8i\\Reviewed-by: Somebody" &&
	finds bad-recipient 7 -e "7s/list@example.org/list@example/" &&
	finds bad-recipient 7 -e "7s/.*/Cc: nobody/" &&
	finds author-sign-off 8 -e "8s/.*/Signed-off-by: Bob <b@example.org>/" &&
	finds co-developed 8 -e "8i\\Co-developed-by: Bob <b@example.org>" &&
	make_patch -e "8i\\Co-developed-by: Bob <b@example.org>\nSigned-off-by: Bob <b@example.org>" &&
	carry lint x.patch
'

test_expect_success 'a missing sign-off is owed: shown, status 0' '
	make_patch -e "/^Signed/d" && carry lint x.patch >out &&
	must_grep "^x.patch: owed: no Signed-off-by" out && echo sign-off >>found &&
	carry -q lint x.patch >out && test_must_be_empty out
'

test_expect_success 'what is said of upstream' '
	make_patch -e "4a\\commit $ID upstream.\n" && carry lint x.patch &&
	finds short-id 5 -e "4a\\commit 0123456789ab upstream.\n" &&
	finds two-upstreams 6 -e "3a\\Origin: upstream, commit:$ID" \
		-e "4a\\[ Upstream commit 0123456789012345678901234567890123456789 ]\n" &&
	finds standing-contradicts 4 -e "3a\\Patch-mainline: Submitted, by me" \
		-e "4a\\commit $ID upstream.\n" &&
	finds bad-commit-ref 7 -e "6a\\Fixes: 0123456 (\"short\")" &&
	finds bad-commit-ref 7 -e "6a\\Fixes: no commit" &&
	finds dep3-date 4 -e "3a\\Last-Update: yesterday"
'

test_expect_success 'two marks of one commit, and a pick of another tree, are no contradiction' '
	make_patch -e "3a\\Origin: backport, https://git.kernel.org/linus/$ID" \
		-e "4a\\commit $ID upstream.\n" \
		-e "/^Signed/a\\(cherry picked from commit 0123456789012345678901234567890123456789)" &&
	carry lint x.patch
'

test_expect_success 'the rules of SUSE' '
	make_patch -e "3a\\Patch-mainline: v6.5-rc7\nGit-commit: $ID\nReferences: bsc#1" &&
	carry lint x.patch &&
	finds suse-commit 4 -e "3a\\Patch-mainline: v6.5-rc7" &&
	finds suse-commit 4 -e "3a\\Patch-mainline: Queued in subsystem" &&
	finds suse-standing 4 -e "3a\\Patch-mainline: Never" &&
	finds suse-standing 4 -e "3a\\Patch-mainline: perhaps" &&
	make_patch -e "3a\\Patch-mainline: Never, SUSE only" && carry lint x.patch
'

test_expect_success 'a patch that changes nothing' '
	make_patch "" && cp good x.patch &&
	test_expect_code 1 carry lint x.patch >out && must_grep "\[empty\]" out && echo empty >>found
'

test_expect_success 'setup: a repository of three lines' '
	mkdir -p repo/series repo/backports/6.1.y repo/backports/6.12.y &&
	cat >repo/carry.conf <<-\EOT &&
	[carry]
		version = 1
		newest = 7.3.y
	[target "7.3.y"]
		source = dir /nonexistent
	[target "6.12.y"]
		source = dir /nonexistent
	[target "6.1.y"]
		source = dir /nonexistent
	EOT
	make_patch "" &&
	for d in series backports/6.1.y backports/6.12.y; do
		echo x.patch >repo/$d/series && cp x.patch repo/$d/ || return 1
	done &&
	carry -C repo lint >out && echo "0 errors, 0 warnings, 0 notes" | test_cmp - out
'

# with LINE FILE RULE SED...: what is found with one line's patch changed
with() {
	make_patch "" && cp x.patch "repo/$1/x.patch" && rule=$2
	shift
	shift
	d=backports/6.1.y
	make_patch "$@" && cp x.patch repo/$d/x.patch
	carry -C repo lint --json 6.1.y >out.json
	echo "$rule" >>"$SHARNESS_TRASH_DIRECTORY/found"
	jq -r ".findings[] | .id" out.json >got
	echo "$rule" | test_cmp - got
}

test_expect_success 'held against the newest line' '
	with series foreign-credit -e "8i\\Acked-by: Bob <b@example.org>" &&
	with series lost-sign-off -e "8s/.*/Signed-off-by: Ada <ada@example.org>/" &&
	make_patch "" && sed -i "s/^+int c/+int e/" x.patch && cp x.patch repo/backports/6.1.y &&
	test_expect_code 1 carry -C repo lint 6.1.y >out && must_grep "\[no-note\]" out &&
	echo no-note >>found &&
	sed -i "/^Signed/i[ 6.1.y: it is e there ]" repo/backports/6.1.y/x.patch &&
	carry -C repo lint 6.1.y
'

test_expect_success 'a chain of sign-offs in another order is broken, one that goes on is not' '
	two="Signed-off-by: Ada Author <ada@example.org>\nSigned-off-by: Bob <b@example.org>" &&
	make_patch -e "8s/.*/$two/" && cp x.patch repo/series/ &&
	make_patch -e "8s/.*/$two\nSigned-off-by: Eve <e@example.org>/" &&
	cp x.patch repo/backports/6.1.y && carry -C repo lint 6.1.y &&
	make_patch -e "8s/.*/Signed-off-by: Bob <b@example.org>\nSigned-off-by: Ada Author <ada@example.org>/" &&
	cp x.patch repo/backports/6.1.y && test_expect_code 1 carry -C repo lint 6.1.y >out &&
	must_grep "signed off by Bob <b@example.org>, before others \[lost-sign-off\]" out &&
	make_patch "" && cp x.patch repo/series/
'

test_expect_success 'held against the lines between' '
	make_patch "" && cp x.patch repo/backports/6.1.y && : >repo/backports/6.12.y/series &&
	test_expect_code 1 carry -C repo lint 6.1.y >out &&
	must_grep "6.12.y has no such patch \[missing-newer\]" out && echo missing-newer >>found &&
	sed -i "/^Signed/i[ Ada: 6.12.y never had it ]" repo/backports/6.1.y/x.patch &&
	carry -C repo lint 6.1.y &&
	: >repo/series/series &&
	test_expect_code 1 carry -C repo lint 6.1.y >out && must_grep "\[only-here\]" out &&
	echo only-here >>found && echo x.patch >repo/series/series &&
	rm -r repo/backports/6.12.y && carry -C repo lint >out &&
	must_grep "6.12.y has no series \[no-series\]" out && echo no-series >>found
'

test_expect_success 'found by its title under another name' '
	mv repo/series/x.patch repo/series/y.patch && echo y.patch >repo/series/series &&
	make_patch "" && cp x.patch repo/backports/6.1.y && carry -C repo lint 6.1.y
'

test_expect_success 'setup: upstream' '
	git init -q up && (
		cd up && printf "int a;\nint b;\nint d;\n" >x.c && git add x.c && git commit -qm base &&
		sed -i s/b/c/ x.c &&
		git -c i18n.commitEncoding=ISO-8859-1 commit -qa --author="Ada Author <ada@example.org>" \
			-m "x: do it" -m "Why it is done." \
			-m "Reviewed-by: Bob <b@example.org>
Signed-off-by: Ada Author <ada@example.org>"
	) && UP=$(git -C up rev-parse HEAD) && BASE=$(git -C up rev-parse HEAD~)
'

# upstream_finds RULE SED...
upstream_finds() {
	rule=$1
	shift
	make_patch -e "4a\\commit $UP upstream.\n" -e "/^Signed/i\\Reviewed-by: Bob <b@example.org>"
	sed -i "$@" x.patch
	carry lint --upstream up --json x.patch >out.json
	jq -r ".findings[] | .id" out.json >got
	echo "$rule" >>"$SHARNESS_TRASH_DIRECTORY/found"
	echo "$rule" | test_cmp - got
}

test_expect_success 'held against upstream: all is well' '
	make_patch -e "4a\\commit $UP upstream.\n" -e "/^Signed/i\\Reviewed-by: Bob <b@example.org>" &&
	carry lint --upstream up x.patch &&
	carry lint --upstream up/.git x.patch
'

test_expect_success 'held against upstream: each difference' '
	upstream_finds unknown-upstream -e "s/^commit $UP/commit $ID/" &&
	upstream_finds title-differs -e "s/x: do it/x: do that/" &&
	upstream_finds lost-credit -e "/^Reviewed/d" &&
	upstream_finds lost-sign-off -e "s/^Signed.*/Signed-off-by: Ada <ada@example.org>/" &&
	upstream_finds unknown-commit -e "/^Signed/i\\Fixes: 0123456789ab (\"x\")" &&
	upstream_finds ref-title -e "/^Signed/i\\Fixes: $(echo $BASE | cut -c1-12) (\"x\")" &&
	upstream_finds author-differs -e "1s/Ada Author/Ada A./" &&
	make_patch -e "4a\\commit $UP upstream.\n" -e "/^Signed/i\\Reviewed-by: Bob <b@example.org>" &&
	sed -i "s/^+int c/+int e/" x.patch &&
	test_expect_code 1 carry lint --upstream up x.patch >out && must_grep "\[no-note\]" out
'

test_expect_success 'recipients: somebody of MAINTAINERS must answer for it' '
	mkdir -p lines/series base/scripts && make_patch "" && cp x.patch lines/series/ &&
	echo x.patch >lines/series/series &&
	sed "/6.12.y/,\$d; s,/nonexistent,$PWD/base," repo/carry.conf >lines/carry.conf &&
	cat >base/scripts/get_maintainer.pl <<-\EOT &&
	open(my $f, "<", "MAINTAINERS") or die;
	print while <$f>;
	EOT
	printf "VERSION = 7\nPATCHLEVEL = 3\n" >base/Makefile &&
	echo "list@example.org (open list)" >base/MAINTAINERS &&
	carry -C lines lint --recipients >out 2>err && must_grep "7.3.y: no maintainers asked" err &&
	carry -C lines fetch >out 2>&1 &&
	test_expect_code 1 carry -C lines lint --recipients >out &&
	must_grep "^series: warning: MAINTAINERS of .* names nobody for it \[no-recipient\]" out &&
	echo no-recipient >>found &&
	echo "Main Tainer <m@example.org> (maintainer:X)" >>base/MAINTAINERS &&
	carry -C lines fetch >out 2>&1 && carry -C lines lint --recipients
'

test_expect_success 'what cannot be read: status 2 or 3' '
	test_expect_code 3 carry lint --upstream nowhere x.patch &&
	test_expect_code 2 carry lint nowhere.patch 2>err && must_grep "no target.*no file" err &&
	test_expect_code 2 carry lint 2>err && must_grep "name the patch files" err &&
	echo "no.patch" >repo/backports/6.1.y/series &&
	test_expect_code 3 carry -C repo lint 6.1.y
'

test_expect_success 'every rule was seen to find something, and is on the man page' '
	carry lint --rules | cut -f 1 | sort >rules &&
	sort -u found >seen && printf "dialect-%s\n" loses needs text | sort - seen >seen2 &&
	test_cmp rules seen2 &&
	while read -r rule; do
		must_grep "_${rule}_" "$CARRY_TOP/man/carry-lint.1.scd" || return 1
	done <seen
'

test_expect_success 'the series of this repository have no errors' '
	carry -C "$CARRY_TOP" lint >out && must_grep "^0 errors, 0 warnings" out
'

test_done
