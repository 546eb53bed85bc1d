#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry compare: two variants of a series, hunk by hunk'
. "$(dirname "$0")/lib/carry.sh"

# patch NAME DIFF-LINES...: a mail with the header's extra line $NOTE
patch() {
	printf 'From: A <a@example.org>\nSubject: [PATCH] %s\n\nText.\n%s\n---\n' "$TITLE" "$NOTE" &&
		cat
}

make_variants() {
	mkdir -p r/series r/old && (
		cd r && cat >carry.conf <<-\EOT
			[carry]
				version = 1
				newest = new
			[target "new"]
				source = dir ../tree
				series = series
			[target "old"]
				source = dir ../tree
				series = old
		EOT
		TITLE='same but context' NOTE='' patch >series/0001-context.patch <<-\EOT &&
			--- a/a.c
			+++ b/a.c
			@@ -1,3 +1,4 @@
			 one
			+new
			 two
			 three
		EOT
		sed 's/^ three/ four/' series/0001-context.patch >old/0001-context.patch &&
			TITLE='adapted' NOTE='' patch >series/0002-adapted.patch <<-\EOT &&
				--- a/new/b.c
				+++ b/new/b.c
				@@ -1,3 +1,4 @@
				 one
				+	warn_once(vmf->flags & NOWAIT);
				 two
				 three
				@@ -11,3 +12,4 @@
				 x
				+only new
				 y
				 z
			EOT
		TITLE='adapted' NOTE='' patch >old/renamed.patch <<-\EOT &&
			--- a/old/b.c
			+++ b/old/b.c
			@@ -1,3 +1,5 @@
			 one
			+	warn_always(flags & NOWAIT);
			+	extra();
			 two
			 three
			@@ -21,3 +23,4 @@
			 p
			+only old
			 q
			 r
		EOT
		ls series | sed 's/$//' >s && mv s series/series && sed -i '/^series$/d' series/series &&
			printf '0001-context.patch\nrenamed.patch\n' >old/series
	)
}

test_expect_success 'the same line for line, and the same but for context: no finding' '
	make_variants && cat r/series/series && carry -C r compare new new >out && cat out &&
	must_grep "0001-context.patch: same" out &&
	sed -i 2d r/old/series && sed -i 2d r/series/series &&
	carry -C r compare old >out && cat out && must_grep "0001-context.patch: context" out &&
	must_grep "hunk at line .*: same, but for its context" out
'

test_expect_success 'adapted without a note: a finding, and the words that differ' '
	echo 0002-adapted.patch >>r/series/series && echo renamed.patch >>r/old/series &&
	test_expect_code 1 carry -C r compare old >out && cat out &&
	must_grep "renamed.patch: adapted, and no \[ ... \] note says why" out &&
	must_grep "old/b.c: in new new/b.c" out && must_grep "^    hunk at line 9: adapted" out &&
	must_grep -F "new +        [-warn_once-](" out && must_grep -F "old +        {+warn_always+}(" out &&
	must_grep -F "[-vmf->-]flags" out && must_grep "old +        extra();" out
'

test_expect_success 'hunks that only one side has are added and dropped' '
	must_grep ": added" out && must_grep ": dropped" out && must_grep "old +only old" out &&
	must_grep "new +only new" out
'

test_expect_success 'a note explains it' '
	sed -i "s/^Text.$/&\n\n[ A: the flag is another one ]/" r/old/renamed.patch &&
	carry -C r compare old >out && must_grep "as a note says" out &&
	must_grep "\[ A: the flag is another one \]" out
'

test_expect_success 'a patch that only one side has is a finding' '
	sed -i "/renamed/d" r/old/series && test_expect_code 1 carry -C r compare old >out &&
	must_grep "0002-adapted.patch: dropped, and no" out &&
	test_expect_code 1 carry -C r compare new old >out &&
	must_grep "0002-adapted.patch: added, and no" out
'

test_expect_success '--json says the same, with a schema' '
	echo renamed.patch >>r/old/series && carry -C r compare --json old >out &&
	python3 - out <<-\EOT
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["schema"] == "carry.compare/1" and d["findings"] == 0, d
	p = d["patches"][1]
	assert (p["ours"], p["theirs"], p["drift"]) == ("renamed.patch", "0002-adapted.patch", "adapted")
	assert p["notes"] == ["A: the flag is another one"], p["notes"]
	f = p["files"][0]
	assert [h["drift"] for h in f["hunks"]] == ["adapted", "added", "dropped"], f
	lines = f["hunks"][0]["lines"]
	assert [l["side"] for l in lines] == ["both", "theirs", "ours", "ours", "both", "both"], lines
	assert lines[1]["differs"] == ["warn_once", "vmf->"] and lines[2]["differs"] == ["warn_always"]
	EOT
'

test_expect_success 'what is no target: status 2; what is no UTF-8 becomes visible' '
	test_expect_code 2 carry -C r compare none 2>err && must_grep "no target .none." err &&
	printf "\033\351" | sed -i "s/^+only old/+\x1b\xe9/" r/old/renamed.patch &&
	carry -C r compare old >out && test_must_fail grep -q "$(printf "\033")" out &&
	carry -C r compare --json old | python3 -m json.tool >out
'

test_done
