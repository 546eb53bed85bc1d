# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What every script here sources first:
#
#	test_description='what it shows'
#	. "$(dirname "$0")/lib/carry.sh"
#
# CARRY names the program under test (default: that of build/). The scripts are
# run by prove, each in a directory of its own outside any repository; its path
# has a blank in it on purpose. Sharness's API.md describes test_expect_success
# and its kin.

CARRY_TOP=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
: "${CARRY:=$CARRY_TOP/build/src/cmd/carry}"
CARRY=$(realpath "$CARRY") && test -x "$CARRY" || {
	echo "Bail out! no program to test: set CARRY"
	exit 1
}
PATH=$(dirname "$CARRY"):$PATH
export CARRY CARRY_TOP PATH

# Runs of two builds at once do not meet.
SHARNESS_TEST_DIRECTORY=${TMPDIR:-/tmp}/carry-cli-$(id -u)-$(printf %s "$CARRY" | cksum | cut -d ' ' -f 1)
SHARNESS_TEST_EXTENSION='sh'
mkdir -p "$SHARNESS_TEST_DIRECTORY" || exit 1

# Nothing of the person who runs the tests.
unset CARRY_CACHE QUILT_PATCHES QUILT_SERIES NO_COLOR
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME='A Tester' GIT_AUTHOR_EMAIL=tester@example.org
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

# shellcheck source=/dev/null
. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# Shows the file whose content a failed test needs on the screen.
must_grep() {
	grep "$@" && return
	echo "nothing matches: grep $*"
	for last; do :; done
	cat "$last"
	return 1
}
