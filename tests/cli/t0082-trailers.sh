#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='trailers: what reviewers gave goes to the right patches, and nothing else changes'
. "$(dirname "$0")/lib/carry.sh"

HOME=$PWD
export HOME

# patch NAME TITLE OLD NEW ID: with what must stay to the byte.
patch() {
	printf 'From: A Author <a@example.org>\nSubject: [PATCH] %s\n' "$2" >"$1"
	test -z "$5" || printf 'Message-ID: <%s>\n' "$5" >>"$1"
	printf '\nWhy.  \n\nSigned-off-by: A Author <a@example.org>\n---\n %s |   2 +-\n\n' x >>"$1"
	printf -- '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-%s\n+%s\n' "$3" "$4" >>"$1"
	printf -- '-- \n2.39.5\n\n' >>"$1"
}

fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" && mkdir -p "$SHARNESS_TRASH_DIRECTORY/r/series/sent/v1" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" &&
	printf '[carry]\nversion = 1\nnewest = 2.y\n[target "2.y"]\nsource = dir tree\nseries = series\n' >carry.conf &&
	patch series/1.patch 'x: First' one two '' &&
	patch series/2.patch 'x: Second' two three 'taken-in@example.org' &&
	patch series/3.patch 'x: Third' three four '' &&
	printf '1.patch\n2.patch # note\n# rest\n3.patch\n' >series/series &&
	printf 'Subject: [PATCH 0/3] x\nMessage-ID: <cover@example.org>\n\nWhy.\n' >series/cover &&
	cp series/*.patch series/series series/sent/v1 && sed -i 's/^+two/+old/' series/sent/v1/1.patch &&
	cat >series/sent/sent.json <<\EOT && cp -R series was
{"schema": "carry.sent/1", "change-id": "20261101-x-0123456789ab", "versions": [
  {"revision": 1, "cover": "<c-v1-0@example.org>", "patches": [
    {"name": "1.patch", "message-id": "<p-v1-1@example.org>"},
    {"name": "2.patch", "message-id": "<p-v1-2@example.org>"},
    {"name": "3.patch", "message-id": "<p-v1-3@example.org>"}]}]}
EOT
}

# answer FROM SUBJECT REFERENCES LINE...: a mail at the end of the file mbox.
answer() {
	printf 'From x@y Thu Jan  1 00:00:00 1970\nFrom: %s\nSubject: %s\n' "$1" "$2" >>mbox
	printf 'Message-ID: <m%s@example.org>\n' "$(wc -c <mbox)" >>mbox
	test -z "$3" || printf 'In-Reply-To: %s\nReferences: %s\n' "${3##* }" "$3" >>mbox
	shift 3
	printf '\nOn Monday somebody wrote:\n> Reviewed-by: Quoted <q@example.org>\n\n' >>mbox
	printf '%s\n' "$@" '' >>mbox
}

# only FILE LINE...: it got just these lines, behind its sign-off; nothing else changed.
only() {
	file=$1 && shift && printf '%s\n' "$@" >lines &&
	sed '/^Signed-off-by/r lines' "was/$file" >want && cmp want "series/$file"
}

test_expect_success 'by recorded ids, through answers to answers' '
	fresh && answer "R One <r1@example.org>" "Re: whatever" "<c-v1-0@example.org> <p-v1-3@example.org> <other@example.org>" \
		"Reviewed-by: R One <r1@example.org>" "--" "Acked-by: too late" &&
	answer "R Two <r2@example.org>" "Re: whatever" "<taken-in@example.org>" "Tested-by: R Two <r2@example.org>" \
		"Fixes: 0123456789ab (\"y\")" &&
	carry trailers --from mbox --yes >out 2>err && must_grep "^3 written to series" out &&
	only 3.patch "Reviewed-by: R One <r1@example.org>" &&
	only 2.patch "Tested-by: R Two <r2@example.org>" "Fixes: 0123456789ab (\"y\")" &&
	cmp was/1.patch series/1.patch && cmp was/series series/series &&
	must_grep "^3.patch$" out && must_grep "from R One <r1@example.org>" out
'

test_expect_success 'the same once more is nothing new' '
	carry trailers --from mbox >out && must_grep "nothing new" out && must_grep "there already" out
'

test_expect_success 'an answer to the cover letter is one to every patch that is the same' '
	fresh && rm -f mbox && answer "R <r@example.org>" "Re: [PATCH 0/3] x" "<cover@example.org>" "Acked-by: R <r@example.org>" &&
	carry trailers --from mbox --yes >out && must_grep "^3 written" out &&
	for i in 1 2 3; do only $i.patch "Acked-by: R <r@example.org>" || return 1; done
'

test_expect_success 'what was given to other changes is told and not taken' '
	fresh && rm -f mbox && answer "R <r@example.org>" "Re: [PATCH 0/3] x" "<c-v1-0@example.org>" "Acked-by: R <r@example.org>" &&
	test_expect_code 1 carry trailers --from mbox --yes >out && must_grep "^2 written" out &&
	must_grep "the patch.s changes are others" out && cmp was/1.patch series/1.patch &&
	only 2.patch "Acked-by: R <r@example.org>"
'

test_expect_success 'by the title when there are no ids, of one patch only' '
	fresh && rm -f mbox && answer "R <r@example.org>" "Re: [PATCH v3 2/3] x: Second" "" "Reviewed-by: R <r@example.org>" &&
	answer "R <r@example.org>" "Re: [PATCH] y: Other" "<no@example.org>" "Reviewed-by: R <r@example.org>" &&
	carry trailers --from mbox --yes >out 2>err && must_grep "^1 written" out &&
	only 2.patch "Reviewed-by: R <r@example.org>" && must_grep "answers to no patch.*y: Other" err
'

test_expect_success 'words in the name of another are a warning, as b4 has it' '
	fresh && rm -f mbox && answer "Boss <boss@example.org>" "Re: x: First" "" "Acked-by: Worker <worker@example.org>" &&
	answer "Worker <private@home.example>" "Re: x: Second" "" "Acked-by: Worker <worker@example.org>" &&
	answer "W <worker+kernel@mail.example.org>" "Re: x: Third" "" "Tested-by: Who <worker@example.org>" &&
	test_expect_code 1 carry trailers --from mbox --yes >out && must_grep "^2 written" out &&
	must_grep "from somebody else" out && cmp was/1.patch series/1.patch &&
	carry trailers --from mbox --yes --sloppy >out && only 1.patch "Acked-by: Worker <worker@example.org>"
'

test_expect_success 'an author in the text of a mail makes nobody its sender' '
	fresh && rm -f mbox && answer "Mallory <m@example.org>" "Re: x: First" "" "" &&
	sed -i "s/^On Monday.*/From: Linus <l@example.org>\n/" mbox &&
	printf "Acked-by: Linus <l@example.org>\n%s\nmore\n" --- >>mbox &&
	test_expect_code 1 carry trailers --from mbox --yes >out && must_grep "nothing new" out &&
	cmp was/1.patch series/1.patch
'

test_expect_success 'encoded, wrapped and odd ones' '
	fresh && rm -f mbox && answer "=?utf-8?q?J=C3=B6rg?= <j@example.org>" "Re: x: First" "" \
		"reviewed-by: Jörg" "  <j@example.org>" "Signed-off-by: Jörg <j@example.org>" "Acked-by: nobody" "See-by: eyes: a@b" &&
	test_expect_code 1 carry trailers --from mbox --yes >out && must_grep "written" out &&
	must_grep "^reviewed-by: Jörg <j@example.org>$" series/1.patch && ! grep "Acked-by" series/1.patch &&
	test "$(grep -c Signed-off series/1.patch)" -eq 1
'

test_expect_success 'nothing is written unasked' '
	fresh && rm -f mbox && answer "R <r@example.org>" "Re: x: First" "" "Acked-by: R <r@example.org>" &&
	carry trailers --from mbox -n >out && must_grep "Acked-by: R" out && diff -r was series &&
	test_expect_code 2 carry trailers --from mbox </dev/null >out 2>err && must_grep "give --yes" err &&
	must_grep "Acked-by: R" out && diff -r was series &&
	test_expect_code 2 carry trailers 2>err && must_grep "give --from=MBOX" err &&
	test_expect_code 2 carry trailers 9.y --from mbox 2>err && must_grep "no target .9.y." err &&
	test_expect_code 3 carry trailers --from nowhere 2>err && must_grep nowhere err
'

test_done
