#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='fit: which variant fits a tree'
. "$(dirname "$0")/lib/carry.sh"

test_expect_success 'setup: two variants, and a tree' '
	cp -R "$CARRY_TOP/tests/data/mini/repo" r && cp -R "$CARRY_TOP/tests/data/mini/tree" good &&
	sed -i "s/	int ret;/	long ret;/" r/backports/1.y/warn.patch && cd r
'

# first TARGETS: whom the answer names first
first() {
	sed -n 2p out >line && must_grep "^$1: " line
}

test_expect_success 'the best one first, patch by patch, and how to go on' '
	carry fit ../good >out &&
	must_grep "^/.*/good has kernel 2.0.1" out &&
	first 2.y && must_grep "^2.y: fits: 1 applies$" out &&
	must_grep "^  warn.patch: applies$" out &&
	must_grep "^1.y: 1 near$" out && ! grep "warn.patch: near" out &&
	carry -v fit ../good >out && must_grep "^  warn.patch: near" out &&
	must_grep "long ret" out
'

command -v quilt >/dev/null && test_set_prereq QUILT

test_expect_success QUILT 'the command it names applies the series to a directory' '
	cp -R ../good ../taken && carry fit ../taken >out &&
	sed -n "s/^go on with: //p" out >cmd && must_grep quilt cmd && sh cmd &&
	must_grep WARN_ON_ONCE ../taken/drv/fault.c &&
	rm -r ../taken/.pc &&
	carry fit ../taken >out && must_grep "^2.y: fits: 1 already" out &&
	must_grep "^nothing to do" out
'

test_expect_success 'a git work tree is taken as it stands, its history with REV' '
	cp -R ../good ../work && (
		cd ../work && git init -q . && git add -A && git commit -qm base && git tag base &&
		sed -i "s/	int ret;/	long ret;/" drv/fault.c
	) &&
	carry fit ../work >out && first 1.y && must_grep "^1.y: fits" out &&
	carry fit ../work base >out && first 2.y &&
	must_grep "^go on with: carry .*target add --like 2.y --source .git /.*/work base. 2.0.1" out &&
	git -C ../work checkout -q . && carry fit ../work >out && first 2.y
'

test_expect_success 'the command it names makes a commit in a git work tree' '
	plain=$(mktemp -d) && test_when_finished "rm -rf $plain" && # quiltimport takes no blank
	cp -R . "$plain/r" && git clone -q ../work "$plain/work" &&
	carry -C "$plain/r" fit "$plain/work" >out &&
	sed -n "s/^go on with: //p" out >cmd && must_grep quiltimport cmd && sh cmd >/dev/null &&
	git -C "$plain/work" log -1 --format=%s >subject && must_grep "Warn on NOWAIT" subject &&
	carry fit "$plain/work" HEAD >out && must_grep "^nothing to do" out
'

test_expect_success 'a bare repository: its HEAD, or what is named' '
	git clone -q --bare ../work ../bare &&
	carry fit ../bare >out && must_grep "^2.y: fits: 1 applies" out &&
	carry fit ../bare base >out && must_grep "^2.y: fits: 1 applies" out &&
	test_expect_code 3 carry fit ../bare no-such 2>err &&
	must_grep "cannot find the tree of .no-such." err
'

test_expect_success 'an offset is said, and a place that is near shows what differs' '
	cp -R ../good ../moved && sed -i "1i/* one\\n * two */" ../moved/drv/fault.c &&
	carry fit ../moved >out &&
	must_grep "warn.patch: applies, 1 hunk elsewhere than it says" out &&
	sed -i "s/	int ret;/	short ret;/" ../moved/drv/fault.c &&
	test_expect_code 1 carry fit ../moved >out &&
	must_grep "warn.patch: near" out && must_grep "short ret" out &&
	must_grep "^go on with: carry .*target add --like [12].y --source .dir /.*moved. 2.0.1" out
'

test_expect_success 'what that command adds can be worked at' '
	sed -n "s/^go on with: carry -C .* target/carry target/p" out >cmd && must_grep add cmd &&
	cp -R . ../copy &&
	(cd ../copy && sh cmd >said && carry -q fetch 2.0.1 >/dev/null &&
	test_expect_code 1 carry apply 2.0.1 >out && must_grep "warn.patch: conflicts" out)
'

test_expect_success 'a place that is hardly like it is a conflict, too' '
	cp -R ../good ../other && printf "int a;\nint b;\n\nint c;\n{\n}\n" >../other/drv/fault.c &&
	test_expect_code 1 carry fit ../other >out && must_grep "warn.patch: conflicts" out
'

test_expect_success 'a file that is not there is a conflict, not near' '
	cp -R ../good ../less && rm ../less/drv/fault.c &&
	test_expect_code 1 carry fit ../less >out && must_grep "warn.patch: conflicts" out
'

test_expect_success 'no link leads out of the tree' '
	cp -R ../good ../sly && mv ../sly/drv ../outside && ln -s ../outside ../sly/drv &&
	test_expect_code 3 carry fit ../sly >out 2>err && ! grep "fits" out &&
	must_grep "behind a link" err
'

test_expect_success '--json has the same' '
	test_expect_code 1 carry fit --json ../moved >out &&
	python3 - out <<-\EOP
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["schema"] == "carry.fit/1" and d["kernel"] == "2.0.1", d
	v = d["variants"][0]
	assert [p["answer"] for p in v["patches"]] == ["near"] and not v["fits"], v
	assert "short ret" in v["patches"][0]["why"]
	assert d["command"][0] == "carry" and "--like" in d["command"], d["command"]
	EOP
'

test_expect_success 'what is no kernel tree is refused, and nothing was written anywhere' '
	mkdir ../no && test_expect_code 3 carry fit ../no 2>err &&
	must_grep "no kernel tree: its top has no Makefile" err &&
	test_expect_code 2 carry fit ../nowhere 2>err && must_grep "is no directory" err &&
	test_expect_code 3 carry fit ../no main 2>err && must_grep "as a git repository" err &&
	test_expect_code 2 carry fit 2>err &&
	test -z "$(ls -A ../no)" && ! test -e .carry
'

test_expect_success 'a series that cannot be read is named, the others are tried' '
	sed -i "s/^@@ -6,6 /@@ -6,7 /" backports/1.y/warn.patch &&
	carry fit ../good >out && must_grep "^1.y: the series of 1.y: " out && first 2.y
'

test_done
