#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='runtime: what is planned when, and skipped why; no kernel is built here'
. "$(dirname "$0")/lib/carry.sh"

# The cut-down repository with an emulator that is a script of ours.
fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/repo" "$SHARNESS_TRASH_DIRECTORY/r" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/tree" tree &&
	mkdir -p probe && echo "int main(void) { return 0; }" >probe/init.c &&
	cat >>carry.conf <<-EOF &&
	[check "runtime"]
		when = asked
		toolchain = gcc
	[runtime "vm"]
		arch = host
		target = 2.y
		fragment = configs/plain.config
		image = image
		probe = probe
		emulator = ${1:-no-such-emulator}
		shows = warns
	EOF
	carry -q fetch >/dev/null
}

bwrap --ro-bind / / true 2>/dev/null && test_set_prereq SANDBOX

# cells [OPTION...]: "target config status" of the check's cells.
cells() {
	test_might_fail carry -q "$@" --porcelain >out 2>err
	awk -F "\t" "\$1 == \"cell\" && \$3 == \"runtime\" { print \$2, \$6, \$7 }" out
}

test_expect_success 'a plain verify does not plan it' '
	fresh &&
	cells verify -n >got && test_must_be_empty got &&
	cells status >got && test_must_be_empty got
'

test_expect_success 'it is planned where it is named, and skipped without its emulator' '
	cells verify --check runtime >got &&
	echo "2.y vm skip" >expected &&
	test_cmp expected got &&
	must_grep "no-such-emulator. is not installed" out
'

test_expect_success 'nothing but skips proves nothing' '
	test_expect_code 3 carry -q verify --check runtime
'

test_expect_success 'its section can be chosen as a configuration' '
	cells verify -n --check runtime --config vm >got &&
	test_cmp expected got &&
	test_expect_code 2 carry verify -n --check runtime --config vn 2>err &&
	must_grep "no config .vn. (did you mean .vm.?)" err
'

test_expect_success SANDBOX 'a kernel that cannot be built is an error, kept, and then shown' '
	fresh true &&
	cells verify --check runtime >got &&
	echo "2.y vm error" >expected &&
	test_cmp expected got &&
	must_grep "the kernel of the base does not build.*No rule to make target .image" out &&
	cells status >got &&
	test_cmp expected got &&
	cells verify -n >got && test_must_be_empty got
'

test_expect_success 'it may be named beside another' '
	cells verify -n --check runtime --check applies >got &&
	test_cmp expected got
'

test_expect_success 'an unknown key tells where it stands' '
	printf "[runtime \"vm\"]\n\tconfig = module\n" >>carry.conf &&
	test_expect_code 3 carry status 2>err &&
	must_grep "unknown key .config. in section" err
'

test_done
