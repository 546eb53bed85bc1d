#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='man pages: one for each command, with its options and no others'
. "$(dirname "$0")/lib/carry.sh"

TAB=$(printf '\t')
man=$CARRY_TOP/man

# An option stands at the begin of a line: *-x*, *--name*=_ARG_
page_of() {
	case $1 in
	carry) echo "$man/carry.1.scd" ;;
	*) echo "$man/carry-${1%% *}.1.scd" ;;
	esac
}

test_expect_success 'every command has a page, with its summary as the name' '
	carry help --porcelain >table &&
	while IFS="$TAB" read -r kind cmd text; do
		test "$kind" = command || continue
		case $cmd in
		*" "*)
			must_grep "\*$cmd\*\|\*carry $cmd\*" "$(page_of "$cmd")" ;;
		*)
			must_grep -xF "carry-$cmd - $text" "$(page_of "$cmd")" ;;
		esac || return 1
	done <table
'

test_expect_success 'every page is built' '
	for page in "$man"/*.scd; do
		must_grep -F "'\''$(basename "$page" .scd)'\''" "$man/meson.build" || return 1
	done
'

test_expect_success 'carry(1) names every command with its summary, in the order of the help' '
	sed -n "s/^command$TAB\([^ $TAB]*\)$TAB\(.*\)/*carry-\1*(1)|$TAB\2/p" table | tr "|" "\n" >want &&
	sed -n "/^# COMMANDS/,/^# OPTIONS/p" "$man/carry.1.scd" | sed "1,2d; /^$/d; \$d" >got &&
	test_cmp want got
'

test_expect_success 'every option is on its page' '
	while IFS="$TAB" read -r kind cmd short long arg text; do
		test "$kind" = command && continue
		page=$(page_of "$cmd")
		grep "^\*-" "$page" >shown
		{ test "$short" = - || must_grep -F -e "*$short*" shown; } &&
		{ test "$long" = - || must_grep -F -e "*$long*" shown; } &&
		{ test "$arg" = - || grep -F -e "*$short*" -e "*$long*" shown | grep -F "_${arg}_"; } ||
		{ echo "$page: $cmd $short $long $arg"; return 1; }
	done <table
'

test_expect_success 'every page of a command tells the exit statuses' '
	for page in "$man"/carry-*.1.scd; do
		sed -n "/^# EXIT STATUS\$/{n;n;p;}" "$page" >status && must_grep . status ||
			{ echo "$page" && return 1; }
	done
'

test_expect_success 'no page has an option that does not exist' '
	for page in "$man"/carry.1.scd "$man"/carry-*.1.scd; do
		name=$(basename "$page" .1.scd) &&
		name=${name#carry-} &&
		grep "^[a-z]*$TAB$name[ $TAB]" table | cut -f 3,4 | tr "\t" "\n" >have &&
		sed -n "/^\*-/p" "$page" | grep -o "\*-[^* ]*\*" | tr -d "*" >shown ||
		: a page without options
		while read -r opt; do
			grep -qxF -e "$opt" have ||
			{ echo "$page: $opt"; return 1; }
		done <shown
	done
'

if command -v scdoc >/dev/null; then
	test_set_prereq SCDOC
fi

test_expect_success SCDOC 'scdoc takes every page' '
	for page in "$man"/*.scd; do
		scdoc <"$page" >roff || { echo "$page"; return 1; }
	done
'

test_done
