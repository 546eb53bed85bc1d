#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry export: what the consumers of each dialect make of it'
. "$(dirname "$0")/lib/carry.sh"

ID=e1c1d80fdd2ac8f6ee7f3ffd0b2b4f6dd5a6bf55
command -v dpkg-source >/dev/null && test_set_prereq DPKG
command -v quilt >/dev/null && test_set_prereq QUILT
command -v b4 >/dev/null && test_set_prereq B4
for py in python3 /usr/bin/python3; do
	$py -c 'import debian.deb822' 2>/dev/null && test_set_prereq DEB822 && break
done

# The diff of a patch: all from its first "--- a/" or "diff --git" on.
diff_of() {
	sed -n '/^diff --git \|^--- a\//,$p' "$1"
}

test_expect_success 'setup: a series in three dialects' '
	mkdir -p repo/series/sub tree && cat >repo/carry.conf <<-\EOT &&
	[carry]
		version = 1
		newest = 7.3.y
	[target "7.3.y"]
		source = dir /nonexistent
	EOT
	printf "one\ntwo\nthree\n" >tree/a.c && printf "uno\r\ndos\r\n" >tree/b.c &&
	printf "\377\376\n" >tree/c.c && mkdir -p tree/d && echo d >tree/d/d.c &&
	{ cat <<-EOT && printf -- "--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n"; } >repo/series/0007-a.patch &&
	From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
	Date: Tue, 26 May 2020 08:32:18 -0600
	Subject: [PATCH] a: the
	 title

	commit $ID upstream.

	Why, with an ü.

	BugLink: https://bugs.launchpad.net/bugs/1

	CVE-2024-12345

	Signed-off-by: Jürgen <j@example.org>
	[ me: adapted ]
	Cc: <stable@vger.kernel.org> # 6.1.x
	---
	 a.c | 2 +-

	EOT
	{ cat <<-EOT && printf -- "--- a/d/d.c\n+++ b/d/d.c\n@@ -1 +1 @@\n-d\n+dd\n-- \n2.39.5\n"; } >repo/series/sub/d.diff &&
	Description: d: change d
	 The reason is long,
	 .
	 and has two paragraphs.
	Author: Dora Ä <d@example.org>
	Bug-Debian: https://bugs.debian.org/1
	Forwarded: not-needed
	Last-Update: 2024-01-01

	EOT
	{ cat <<-EOT && printf -- "--- a/c.c\n+++ b/c.c\n@@ -1 +1,2 @@\n \377\376\n+\375\n"; } >repo/series/s.patch &&
	From: Susi S <s@example.org>
	Patch-mainline: v6.5-rc7
	Git-commit: 0123456789012345678901234567890123456789
	References: bsc#12 CVE-2024-1000
	Subject: s: the third

	Because.

	Acked-by: Susi S <s@example.org>
	EOT
	printf "# comment\n0007-a.patch\nsub/d.diff\ns.patch # note\n" >repo/series/series &&
	for d in debian suse fedora ubuntu mbox git b4; do
		test_might_fail carry -C repo export --as $d -o "$PWD/$d" 7.3.y >$d.out || return 1
	done
'

test_expect_success 'the diffs are the same to the byte in every dialect' '
	for n in 0007-a.patch sub/d.diff s.patch; do
		diff_of repo/series/$n >want &&
		for f in debian/debian/patches/$n suse/patches.suse/$n; do
			diff_of $f | cmp - want || return 1
		done
		b=$(basename ${n%.*} | sed s/0007-//)
		for d in fedora ubuntu git b4; do
			cat $d/????-$b.patch >one && diff_of one | cmp - want || return 1
		done
	done
'

test_expect_success 'debian: what is said elsewhere fills the fields, the rest stays' '
	diff repo/series/0007-a.patch debian/debian/patches/0007-a.patch >got
	printf "4a5,6\n> Origin: backport, https://git.kernel.org/linus/%s\n> Bug-Ubuntu: %s\n" \
		$ID https://bugs.launchpad.net/bugs/1 >want && test_cmp want got &&
	cmp repo/series/sub/d.diff debian/debian/patches/sub/d.diff &&
	diff repo/series/s.patch debian/debian/patches/s.patch >got
	printf "5a6,8\n> Origin: upstream, https://git.kernel.org/linus/%s\n" \
		0123456789012345678901234567890123456789 >want &&
	printf "> Applied-Upstream: v6.5-rc7\n> Bug-SUSE: https://bugzilla.suse.com/12\n" >>want &&
	test_cmp want got &&
	printf "0007-a.patch\nsub/d.diff\ns.patch\n" | test_cmp - debian/series
'

test_expect_success 'debian: what DEP-3 has no field for is a note; status 0' '
	rm -rf out && carry -C repo export --as debian -o "$PWD/out" --json 7.3.y >j &&
	jq -r ".findings[] | \"\(.level) \(.id) \(.line)\"" j | sort -u >got &&
	printf "note dialect-text %s\n" 12 16 4 >want && test_cmp want got
'

test_expect_success DEB822 'debian: an independent parser reads the fields' '
	cat >parse.py <<-\EOT &&
	import sys
	from debian import deb822
	for name in sys.argv[1:]:
	    text = open(name, encoding="utf-8", errors="replace").read()
	    d = deb822.Deb822(text)
	    assert d.get("Subject") or d.get("Description"), name
	    assert d.get("From") or d.get("Author"), name
	    print(d.get("Origin"), d.get("Forwarded"), d.get("Bug-Debian"), d.get("Applied-Upstream"))
	EOT
	(cd debian/debian/patches && $py "$OLDPWD/parse.py" $(cat ../../series)) >got &&
	cat >want <<-EOT &&
	backport, https://git.kernel.org/linus/$ID None None None
	None not-needed https://bugs.debian.org/1 None
	upstream, https://git.kernel.org/linus/0123456789012345678901234567890123456789 None None v6.5-rc7
	EOT
	test_cmp want got
'

test_expect_success QUILT 'debian: quilt pushes and pops it' '
	rm -rf q && cp -R tree q && cp -R debian/debian q/ && cp debian/series q/debian/patches/ && (
		cd q && export QUILT_PATCHES=debian/patches &&
		quilt --quiltrc - push -aq && printf "one\nzwei\nthree\n" | cmp - a.c &&
		echo dd | cmp - d/d.c && quilt --quiltrc - pop -aq && cmp ../tree/a.c a.c
	)
'

test_expect_success DPKG 'debian: dpkg-source builds and unpacks a package with it' '
	rm -rf pkg && mkdir pkg && cp -R tree pkg/x-1 && (
		cd pkg && tar czf x_1.orig.tar.gz x-1 && mkdir -p x-1/debian/source x-1/debian/patches &&
		cd x-1 && echo "3.0 (quilt)" >debian/source/format &&
		printf "Source: x\nMaintainer: A <a@example.org>\n\nPackage: x\nArchitecture: all\n" >debian/control &&
		printf "x (1-1) unstable; urgency=low\n\n  * x\n\n -- A <a@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n" >debian/changelog &&
		cp -R ../../debian/debian . && cat ../../debian/series >>debian/patches/series &&
		dpkg-source --before-build . && printf "one\nzwei\nthree\n" | cmp - a.c &&
		cd .. && dpkg-source -b x-1 && rm -r x-1 &&
		dpkg-source --no-check -x x_1-1.dsc out && printf "one\nzwei\nthree\n" | cmp - out/a.c &&
		echo dd | cmp - out/d/d.c && cmp out/debian/patches/0007-a.patch ../debian/debian/patches/0007-a.patch
	)
'

test_expect_success 'suse: fields, and what is missing' '
	diff repo/series/0007-a.patch suse/patches.suse/0007-a.patch >got
	printf "4a5,6\n> Git-commit: %s\n> References: CVE-2024-12345\n" $ID >want &&
	test_cmp want got && cmp repo/series/s.patch suse/patches.suse/s.patch &&
	must_grep "^series/0007-a.patch: error: Patch-mainline: .*which release" suse.out &&
	must_grep "^Patch-mainline: Never, not needed upstream" suse/patches.suse/sub/d.diff &&
	printf "\tpatches.suse/%s\n" 0007-a.patch sub/d.diff s.patch | test_cmp - suse/series.conf.add
'

test_expect_success 'ubuntu: the marks of an SRU' '
	must_grep "^(backported from commit $ID)" ubuntu/0001-a.patch &&
	test $(grep -c "^BugLink" ubuntu/0001-a.patch) = 1 &&
	test $(grep -c "^CVE-2024-12345" ubuntu/0001-a.patch) = 1 &&
	must_grep "^Subject: UBUNTU: SAUCE: d: change d" ubuntu/0002-d.patch &&
	must_grep "BugLink: nothing names" ubuntu.out &&
	sed -n "/^CVE-2024-1000\$/=; /^(cherry picked from commit 0123456789012345678901234567890123456789)/=" \
		ubuntu/0003-s.patch >got && test $(wc -l <got) = 2
'

test_expect_success 'fedora: the fields of a merge request, in front' '
	must_grep "^Upstream Status: RHEL only" fedora/0002-d.patch &&
	must_grep "^CVE: CVE-2024-12345" fedora/0001-a.patch &&
	printf "Patch1: 0001-a.patch\nPatch2: 0002-d.patch\nPatch3: 0003-s.patch\n" |
		test_cmp - fedora/kernel.spec.add
'

test_expect_success 'git am takes the directory and the mbox, and nothing is lost' '
	for d in git b4 ubuntu fedora mbox; do
		rm -rf am && cp -R tree am && (
			cd am && git init -q && git config core.autocrlf false && git add . && git commit -qm base &&
			case $d in
			mbox) git am -q "$OLDPWD/mbox/7.3.y.mbox" ;;
			*) git am -q "$OLDPWD/$d"/*.patch ;;
			esac &&
			echo dd | cmp - d/d.c && test $(wc -l <c.c) = 2 &&
			git log --reverse --format="%an <%ae>|%s" | sed 1d >../$d.log &&
			git log -1 --format=%B HEAD~ >../$d.msg && git log -1 --format=%B HEAD~2 >../$d.msg1
		) || return 1
	done &&
	cat >want <<-EOT &&
	Jürgen <j@example.org>|a: the title
	Dora Ä <d@example.org>|d: change d
	Susi S <s@example.org>|s: the third
	EOT
	test_cmp want git.log && test_cmp want mbox.log && test_cmp git.msg mbox.msg &&
	cat >want <<-EOT &&
	d: change d

	The reason is long,

	and has two paragraphs.

	Bug-Debian: https://bugs.debian.org/1
	Forwarded: not-needed
	Last-Update: 2024-01-01
	EOT
	grep . git.msg >got && grep . want >want2 && test_cmp want2 got &&
	sed "1,/^\$/d; /^---\$/,\$d" repo/series/0007-a.patch >want && sed 1,2d git.msg1 >got &&
	sed -e :a -e "/^\n*\$/{\$d;N;ba" -e "}" got >got2 && test_cmp want got2
'

test_expect_success B4 'b4 begins a branch with it' '
	rm -rf bb && cp -R tree bb && (
		cd bb && git init -q -b master && git config user.name A && git config user.email a@example.org &&
		git add . && git commit -qm base &&
		b4 --offline-mode prep -n x -f master && git am -q ../b4/*.patch &&
		test "$(git log --format=%s -1)" = "s: the third" && echo dd | cmp - d/d.c
	)
'

test_expect_success 'guards are lost, and said to be' '
	cp repo/series/series was && echo "-x s.patch" >repo/series/series &&
	test_expect_code 1 carry -C repo export --as git -o "$PWD/guards" 7.3.y >said &&
	must_grep "s.patch: warning: the guards .-x. of the series file \[dialect-loses\]" said &&
	cp was repo/series/series
'

test_expect_success 'nothing was made up' '
	for d in debian suse fedora ubuntu mbox git b4; do
		test $(cat $(find $d -type f ! -name EXPORT) | grep -c "^Signed-off-by") = 1 &&
		test $(cat $(find $d -type f) | grep -ci "^message-id") = 0 || return 1
	done
'

test_expect_success 'a directory that exists is refused, whatever is in it' '
	mkdir there && ln -s nowhere link &&
	for o in there there/ link repo/carry.conf; do
		test_expect_code 3 carry -C repo export --as git -o "$PWD/$o" 7.3.y 2>err &&
		must_grep "exists" err || return 1
	done && test -z "$(ls -A there)" && test_must_fail test -e nowhere
'

test_expect_success 'what no packaging applies so is refused, and nothing is made' '
	for line in "s.patch -p0" "s.patch -R"; do
		echo "$line" >repo/series/series &&
		test_expect_code 3 carry -C repo export --as debian -o "$PWD/no" 7.3.y 2>err &&
		must_grep "s.patch: cannot export a patch" err && test_must_fail test -e no || return 1
	done &&
	printf "no author\n\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-one\n+1\n" >repo/series/n.patch &&
	echo n.patch >repo/series/series &&
	test_expect_code 3 carry -C repo export --as git -o "$PWD/no" 7.3.y 2>err &&
	must_grep "n.patch: cannot make a mail of it: no From" err && test_must_fail test -e no &&
	cp was repo/series/series && test -z "$(ls -A | grep carry-export)"
'

test_expect_success 'wrong words: status 2' '
	test_expect_code 2 carry -C repo export 7.3.y 2>err && must_grep -e "--as DIALECT -o DIR" err &&
	test_expect_code 2 carry -C repo export --as slackware -o no 7.3.y 2>err &&
	must_grep "slackware.: debian, suse" err &&
	test_expect_code 2 carry -C repo export --as git -o no 9.9.y
'

test_expect_success 'killed at any moment: all of it or nothing' '
	: >repo/series/series && for i in $(seq 1 150); do
		cp repo/series/s.patch repo/series/$i.patch && echo $i.patch >>repo/series/series
	done &&
	whole=0 none=0 && for delay in 0 0.005 0.01 0.02 0.03 0.05 0.08 0.12 never; do
		rm -rf kill && { carry -C repo export --as git -o "$PWD/kill" 7.3.y >/dev/null 2>&1 & pid=$!; } &&
		if test $delay != never; then sleep $delay && kill -9 $pid 2>/dev/null; fi
		wait $pid 2>/dev/null
		if test -e kill; then
			whole=$((whole + 1)) && test $(ls kill | wc -l) = 151 || return 1
		else
			none=$((none + 1))
		fi
	done && echo "whole $whole, none $none" && test $none -gt 0 && test $whole -gt 0
'

test_expect_success 'lint --as says the same without writing' '
	cp was repo/series/series &&
	test_expect_code 1 carry -C repo lint --as suse >said &&
	must_grep "s/0007-a.patch: error: Patch-mainline.*\[dialect-needs\]" said &&
	carry -C repo lint --as debian --json >j
	jq -r ".findings[].id" j >got && must_grep dialect-text got &&
	carry lint --as debian repo/series/s.patch >said
	must_grep "CVE-2024-1000: DEP-3 has no field" said
'

test_done
