#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='the forms of the report'
. "$(dirname "$0")/lib/carry.sh"

# This repository's own configuration, without any kernel tree.
test_expect_success 'setup' '
	mkdir r &&
	for part in carry.conf series backports cocci kernel-configs
	do
		cp -R "$CARRY_TOP/$part" r/ || return 1
	done &&
	cd r
'

test_expect_success 'status: the matrix, in 80 columns and plain ASCII' '
	test_might_fail env LC_ALL=C carry status >out &&
	grep "^line  *base  *applies" out &&
	grep "^6.1.y  *no tree" out &&
	grep "cells on [0-9]* lines, [0-9]* without a tree: 0 pass" out &&
	! LC_ALL=C grep "[^ -~]" out &&
	! grep "^[^$]\{81\}" out
'

test_expect_success 'status: UTF-8 where the locale has it' '
	test_might_fail env LC_ALL=C.UTF-8 carry status >out &&
	grep "– skip" out
'

test_expect_success '--json is what the schema says' '
	test_might_fail carry status --json >status.json &&
	test_might_fail carry report -f json -o report.json &&
	"$CARRY_TOP/tests/unit/schema.py" "$CARRY_TOP/docs/report.schema.json" \
		"$CARRY_TOP/docs/report-example.json" status.json report.json >tap &&
	! grep "^not ok" tap
'

test_expect_success '--porcelain: fields by TAB, one summary' '
	test_might_fail carry status --porcelain >out &&
	head -n 1 out | grep "^carry-report	1	" &&
	grep "^target	6.1.y	[a-z]*	-	-	" out &&
	awk -F "\t" "\$1 == \"cell\" && NF != 11 { exit 1 }" out &&
	test "$(grep -c "^summary	" out)" = 1
'

command -v xmllint >/dev/null && test_set_prereq XMLLINT

test_expect_success XMLLINT 'junit has the form that CI systems read' '
	test_might_fail carry report -f junit -o report.xml &&
	xmllint --noout --relaxng "$CARRY_TOP/tests/data/report/junit.rng" report.xml
'

test_expect_success XMLLINT 'html is one well-formed page without scripts' '
	test_might_fail carry report -f html -o report.html &&
	xmllint --noout report.html &&
	! grep -i "<script\|<link\|src=" report.html
'

test_expect_success 'a report is written whole or not at all' '
	echo old >there &&
	test_must_fail carry report -f html -o no/such/dir/x.html 2>err &&
	grep "no/such/dir" err &&
	test_must_fail carry report -f nonsense -o there 2>err &&
	echo old >want &&
	test_cmp want there
'

test_expect_success 'a full disk is told as one, however much was to be written' '
	for how in "status --json" "status --porcelain" "report -f html" "report -o /dev/full"; do
		test_expect_code 3 carry $how >/dev/full 2>err &&
		must_grep "cannot write .*: No space left on device" err || return 1
	done
'

test_done
