#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='import --message-id: b4 obtains the thread from an archive over HTTP'
. "$(dirname "$0")/lib/carry.sh"

for need in b4 python3; do
	command -v $need >/dev/null || {
		skip_all="no $need"
		test_done
	}
done
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME http_proxy https_proxy HTTP_PROXY HTTPS_PROXY \
	all_proxy ALL_PROXY
T=$PWD HOME=$PWD GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=b4.midmask
export HOME GIT_CONFIG_GLOBAL GIT_CONFIG_COUNT GIT_CONFIG_KEY_0

# The archive: files as public-inbox names them, on the loopback interface.
mkdir -p web/all
cat >serve.py <<'END'
import http.server, os
os.chdir("web")
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
with open("../port.new", "w") as f:
    f.write(str(s.server_port))
os.rename("../port.new", "../port")
s.timeout = 1
while os.path.exists("../port"):
    s.handle_request()
END
python3 serve.py 2>asked &
server=$!
# One of a run that was cut off ends with its directory.
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	test -s port && break
	sleep 0.5
done
GIT_CONFIG_VALUE_0=http://127.0.0.1:$(cat port)/all/%s
export GIT_CONFIG_VALUE_0

# offer ID FILE...: the thread that an archive gives for ID
offer() {
	id=$1 && shift && mkdir -p "web/all/$id" &&
		sed "s/^From [0-9a-f]\{40\} .*/From mboxrd@z Thu Jan  1 00:00:00 1970/" "$@" |
		gzip >"web/all/$id/t.mbox.gz"
}

# id_of FILE N: the Nth message id of an mbox
id_of() {
	sed -n 's/^Message-Id: <\(.*\)>$/\1/Ip' "$1" | sed -n "$2p"
}

fresh() {
	rm -rf "$T/r" && mkdir -p "$T/r/series" && cd "$T/r" && : >series/series &&
		printf '%s\n' '[carry]' 'version = 1' 'newest = 2.y' '[target "2.y"]' \
			'source = dir ../base' 'series = series' >carry.conf && carry -q fetch >/dev/null
}

test_expect_success 'setup: two versions of a series, an answer, another thread' '
	git init -q up && (
		cd up && seq 1 40 >lines && printf "VERSION = 1\nPATCHLEVEL = 2\n" >Makefile &&
		git add . && git commit -qm base && git tag base &&
		sed -i "s/^5\$/fünf/" lines && git commit -qam "lines: Say fünf" -m "Why." &&
		sed -i "s/^30\$/dreißig/" lines && git commit -qam "lines: Say dreißig" -m "Why." && git tag v1 &&
		sed -i "s/^31\$/more/" lines && git commit -qa --amend --no-edit && git tag v2 && mkdir ../base && git archive base | tar -xC ../base
	) &&
	git -C up format-patch -q --stdout --cover-letter --thread base..v1 >v1.mbox &&
	root=$(id_of v1.mbox 1) && first=$(id_of v1.mbox 2) &&
	GIT_COMMITTER_EMAIL=again@example.org git -C up format-patch -q --stdout --cover-letter --thread -v2 --in-reply-to="<$root>" base..v2 >v2.mbox &&
	printf "%s\n" "From mboxrd@z Thu Jan  1 00:00:00 1970" "From: R One <r1@example.org>" \
		"Subject: Re: [PATCH 1/2] lines" "Message-ID: <answer/1@example.org>" "In-Reply-To: <$first>" \
		"References: <$root> <$first>" "Date: Thu, 1 Jan 2026 00:00:00 +0000" "" \
		"Reviewed-by: R One <r1@example.org>" "" >answer &&
	offer "$root" v1.mbox answer && offer "$first" v1.mbox answer &&
	offer "answer/1@example.org" v1.mbox answer
'

# took TAG: the patches that are there now make of the base what git had
took() {
	carry apply 2.y >applied && git -C ../up rev-parse "$1^{tree}" >want &&
		sed -n 's/^  tree //p' applied >got && test_cmp want got
}

test_expect_success 'by the id of the cover letter, of a patch, of an answer, and in angle brackets' '
	for id in "$root" "$first" "<$first>" answer/1@example.org; do
		fresh && carry import --message-id "$id" >out && must_grep "2 patches taken in, with a cover" out &&
		took v1 || return 1
	done && must_grep "GET /all/.*/t.mbox.gz" "$T/asked"
'

test_expect_success 'the answers in the thread are no patches; trailers takes them' '
	b4 -q mbox -o . -n thread.mbx "$root" && must_grep R.One thread.mbx &&
	carry trailers --yes --from thread.mbx >out && must_grep "^Reviewed-by: R One" series/0001-*.patch &&
	took v1
'

test_expect_success 'a thread with two versions: refused, unless one is named' '
	cd "$T" && offer "$root" v1.mbox answer v2.mbox && fresh && cp -R series was &&
	test_expect_code 3 carry import --message-id "$root" 2>err && must_grep "revision" err &&
	diff -r was series && carry import --message-id "$root" --revision 2 >out && took v2
'

test_expect_success 'nothing of the thread stays behind, and it is asked for anew' '
	fresh && carry import --message-id "$root" --revision 1 >out && took v1 &&
	test -z "$(find .carry -name "thread.m*")" && asked=$(grep -c "t.mbox.gz" "$T/asked") &&
	carry import --message-id "$root" --revision 1 --replace >out &&
	test "$(grep -c "t.mbox.gz" "$T/asked")" = $((asked + 1))
'

test_expect_success 'a patch is missing in the archive' '
	cd "$T" && mkdir cut.d && git mailsplit -ocut.d v1.mbox >/dev/null && offer "$root" cut.d/0001 cut.d/0002 &&
	fresh && test_expect_code 3 carry import --message-id "$root" 2>err && must_grep "missing\|[Pp]atch 2" err &&
	test ! -s series/series
'

test_expect_success 'an id that nobody knows, what is no archive, and nobody there' '
	fresh && test_expect_code 3 carry import --message-id nobody@example.org 2>err &&
	must_grep "nobody@example.org" err && must_grep "network" err &&
	mkdir -p "$T/web/all/html@example.org" && echo "<html>" >"$T/web/all/html@example.org/t.mbox.gz" &&
	test_expect_code 3 carry import --message-id html@example.org 2>err && test ! -s series/series &&
	rm "$T/port" && wait $server
	test_expect_code 3 carry import --message-id "$root" 2>err && must_grep "network" err &&
	test ! -s series/series
'

test_done
