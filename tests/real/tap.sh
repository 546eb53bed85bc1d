# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For the scripts here that print TAP: source it, give results, end with finish.

n=0 failed=0

result() { # STATUS TEXT
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

finish() {
	echo "1..$n"
	exit "$failed"
}
