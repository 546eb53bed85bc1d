#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='how verify and status tell what they know'
. "$(dirname "$0")/lib/carry.sh"

if ! command -v spatch >/dev/null || ! bwrap --ro-bind / / true 2>/dev/null; then
	skip_all='needs spatch and a working bwrap'
	test_done
fi

fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/repo" "$SHARNESS_TRASH_DIRECTORY/r" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/tree" tree &&
	carry -q fetch >/dev/null
}

test_expect_success 'a dry run counts what would run, is known and is skipped, and why' '
	fresh && git config -f carry.conf toolchain.gcc.cc no-such-cc &&
	test_might_fail carry -v verify -n 2.y >out 2>err &&
	must_grep "^carry: 3 of 5 cells would run, 0 are known by evidence, 2 are skips" err &&
	must_grep "^carry: would run 2.y/-/-/-/cocci$" err &&
	must_grep "no-such-cc. is not installed" out &&
	carry -q verify --check=applies 2.y >out &&
	test_might_fail carry verify -n 2.y >out 2>err &&
	must_grep "^carry: 2 of 5 cells would run, 1 are known" err
'

test_expect_success '-z: the records of --porcelain, ended by NUL, the last field as it is' '
	test_might_fail carry status --porcelain >lines &&
	test_might_fail carry status -z >nul &&
	test $(tr -dc "\\000" <nul | wc -c) = $(wc -l <lines) &&
	tr "\\000\\n" "\\n?" <nul | grep -v "^carry-report" | cut -f 1-5 >a &&
	grep -v "^carry-report" lines | cut -f 1-5 >b && test_cmp b a &&
	test_expect_code 2 carry status -z --json 2>err && must_grep "exclude each other" err &&
	test_expect_code 2 carry fetch -z 2>err && must_grep "takes no .-z." err
'

test_expect_success 'the report has the patches of each line, and where each hunk fits' '
	fresh && sed -i "1i/* a line before */" tree/drv/fault.c && carry -q fetch >/dev/null &&
	carry -q verify --check=applies 2.y --json >out &&
	python3 - out <<-\EOP &&
	import json, sys
	t = json.load(open(sys.argv[1]))["targets"][0]
	assert t["patches"] == [{"name": "warn.patch", "answer": "applies", "hunks": [
	    {"path": "drv/fault.c", "outcome": "offset", "line": 7, "offset": 1, "fuzz": 0}]}], t
	EOP
	carry report -f html --check=applies -o page.html 2.y &&
	must_grep "warn.patch.*applies.*drv/fault.c.*offset 1 line" page.html
'

test_expect_success 'but not what another series was found to do' '
	sed -i "s/NOWAIT);/& \/* x *\//" series/warn.patch &&
	test_expect_code 1 carry status --check=applies 2.y --json >out &&
	must_grep "\"patches\": \[\]" out
'

test_expect_success 'one cause that keeps many checks from looking is told once' '
	fresh && sed -i "s/^@@ -6,6 /@@ -6,7 /" series/warn.patch &&
	test_expect_code 3 carry -q verify -k 2.y >out &&
	must_grep "^ERROR  2.y$" out &&
	test $(grep -c "the series of" out) = 1 &&
	fresh && sed -i "s/^ 	int ret;/ 	long ret;/" series/warn.patch &&
	test_expect_code 1 carry -q verify -k 2.y >out &&
	must_grep "^ERROR  2.y cocci, build, sparse (host gcc plain)" out &&
	test $(grep -c "the series does not apply" out) = 1
'

test_expect_success 'a finding is not told twice, and its lines stay lines' '
	test $(grep -c "only when lines of context" out) = 2 && # the file, and its hunk
	must_grep "^ *nearest: line 6, 5 of 6 lines are equal$" out &&
	! grep "\\\\n" out &&
	fresh && sed -i "/^Subject/d" series/warn.patch &&
	test_expect_code 1 carry -q verify -k --check=lint 2.y >out &&
	test $(grep -c "no Subject" out) = 1
'

test_expect_success 'apply reads the series of a line without a base, too' '
	fresh && rm -rf .carry &&
	carry apply >out && must_grep "^2.y: skipped: no base.* (its series can be read: 1 patch)" out &&
	sed -i "s/^@@ -6,6 /@@ -6,7 /" backports/1.y/warn.patch &&
	test_expect_code 3 carry apply >out 2>err &&
	must_grep "^2.y: skipped" out && must_grep "warn.patch:[0-9]*: cannot" err
'

test_expect_success 'on a terminal the picture follows the window' '
	fresh && awk -v l="@sleep 2" "/CC\\).*-c -o/ { print \"\\t\" l } { print }" tree/Makefile >new &&
	mv new tree/Makefile && carry -q fetch >/dev/null &&
	cat >window.py <<-\EOP &&
	import fcntl, os, pty, select, struct, sys, termios, time

	def size(fd, cols):
	    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, cols, 0, 0))

	pid, fd = pty.fork()
	if not pid:
	    os.environ["TERM"] = "xterm"
	    time.sleep(0.3)
	    os.execvp("carry", ["carry", "verify", "-j1", "--check=build", "2.y"])
	size(fd, 100)
	seen, start, wide = b"", time.time(), True
	while time.time() - start < 15:
	    if select.select([fd], [], [], 0.2)[0]:
	        try:
	            seen += os.read(fd, 65536)
	        except OSError:
	            break
	    if wide and b"host gcc plain" in seen:
	        size(fd, 30)
	        wide, mark = False, len(seen)
	sys.stdout.buffer.write(seen[mark:])
	EOP
	python3 window.py >picture &&
	must_grep "2.y build host gcc \.\." picture
'

test_done
