#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='help, exit statuses, mistakes in the command line'
. "$(dirname "$0")/lib/carry.sh"

TAB=$(printf '\t')

test_expect_success 'the version is that of the build' '
	carry version >out &&
	grep -x "carry [0-9.]*" out &&
	carry --version >again &&
	test_cmp out again
'

test_expect_success 'help names every command and goes to standard output' '
	carry help >out 2>err &&
	test_must_be_empty err &&
	carry help --porcelain >table &&
	sed -n "s/^command$TAB\([^ $TAB]*\)$TAB.*/\1/p" table >names &&
	grep -x doctor names &&
	while read -r name; do
		must_grep "^  $name " out || return 1
	done <names &&
	carry --help >again &&
	test_cmp out again
'

test_expect_success 'every command and subcommand has its help, in two spellings' '
	sed -n "s/^command$TAB\([^$TAB]*\)$TAB.*/\1/p" table >all &&
	while read -r name; do
		carry $name --help >one &&
		must_grep "^usage: carry $name" one &&
		carry help $name >two &&
		test_cmp one two || return 1
	done <all
'

test_expect_success 'help of a command has each of its options' '
	grep "^option$TAB" table | grep -v "^option${TAB}carry$TAB" >options &&
	while IFS="$TAB" read -r kind cmd short long arg text; do
		carry help $cmd >one &&
		must_grep -F -e "$text" one || return 1
	done <options
'

test_expect_success 'without a command: status 2, help on standard error' '
	test_expect_code 2 carry >out 2>err &&
	test_must_be_empty out &&
	must_grep "^usage: carry" err
'

test_expect_success 'an unknown command: status 2 and the nearest one' '
	test_expect_code 2 carry dcotor 2>err &&
	must_grep "unknown command .dcotor. (did you mean .doctor.?)" err &&
	test_expect_code 2 carry xyzzyplugh 2>err &&
	must_grep "see .carry help." err
'

test_expect_success 'an unknown option: status 2 and the nearest one' '
	test_expect_code 2 carry doctor --jsno 2>err &&
	must_grep "did you mean .--json." err &&
	test_expect_code 2 carry doctor -y 2>err &&
	must_grep "unknown option .-y. (see .carry doctor --help.)" err
'

test_expect_success 'an option that a command would ignore is refused' '
	test_expect_code 2 carry version -n 2>err &&
	must_grep "takes no .-n." err &&
	test_expect_code 2 carry --json version 2>err &&
	must_grep "takes no .--json." err
'

test_expect_success 'surplus and missing arguments: status 2 and the usage' '
	test_expect_code 2 carry version 1 2>err &&
	must_grep "unexpected argument .1." err &&
	test_expect_code 2 carry completion 2>err &&
	must_grep "too few arguments: usage is" err
'

test_expect_success '-C to a place that is not there: status 2' '
	test_expect_code 2 carry -C nowhere version 2>err &&
	must_grep "cannot change to .nowhere.: No such file or directory" err
'

test_expect_success '-C may be given often, each relative to the one before' '
	mkdir -p a/b &&
	carry -C a -C b version &&
	test_expect_code 2 carry -C a -C a version
'

test_expect_success 'a result that cannot be written is an error' '
	if test -w /dev/full; then
		test_expect_code 3 carry help >/dev/full 2>err &&
		must_grep "cannot write the result: No space left on device" err
	fi
'

test_expect_success 'a reader that has seen enough is no error to complain of' '
	{ carry help --porcelain; echo $? >status; } 2>err | : &&
	test_must_be_empty err
'

carry doctor --json >doctor.json
if grep -A 1 '"sandbox"' doctor.json | grep -q true; then
	test_set_prereq SANDBOX
fi

test_expect_success SANDBOX 'doctor finds this machine fit' '
	carry doctor >out &&
	must_grep "^ok *gcc" out &&
	carry doctor --json >json &&
	must_grep "\"schema\": \"carry.doctor/1\"" json
'

test_expect_success 'doctor: a program that is missing has its package named, status 3' '
	mkdir bin &&
	for p in $(carry doctor --json | sed -n "s/.*\"path\": \"\(.*\)\",*/\1/p"); do
		case $p in
		*/bison | *.h) ;;
		*) ln -s "$p" bin/ ;;
		esac
	done &&
	ln -s "$CARRY" bin/carry &&
	(PATH=$PWD/bin && test_expect_code 3 "$CARRY" doctor) >out 2>err &&
	must_grep "^MISSING *bison .*(package bison)" out &&
	must_grep "^carry: 1 of the programs that verifying needs is missing" err
'

test_expect_success 'doctor: a spatch that runs no scripts is noticed' '
	mkdir odd &&
	cat >odd/spatch <<-\EOT &&
	#!/bin/sh
	echo "spatch version 0"
	EOT
	chmod +x odd/spatch &&
	(PATH=$PWD/odd:$PATH && test_expect_code 3 "$CARRY" doctor) >out 2>err &&
	must_grep "^BROKEN *rules .*package libpython3-dev" out
'

test_expect_success SANDBOX 'doctor: the compilers and the state of the repository' '
	mkdir r &&
	cat >r/carry.conf <<-\EOT &&
	[carry]
	version = 1
	newest = x
	[toolchain "odd"]
	family = gcc
	cc = no-such-gcc
	[target "x"]
	source = dir /x
	EOT
	carry -C r doctor >out &&
	must_grep "^missing *no-such-gcc .*toolchain odd" out &&
	must_grep "^ok *carry.conf" out &&
	echo "[oops]" >>r/carry.conf &&
	test_expect_code 3 carry -C r doctor >out 2>err &&
	must_grep "^BROKEN *carry.conf .*:9: unknown section" out &&
	must_grep "carry.conf:9: unknown section" err
'

test_done
