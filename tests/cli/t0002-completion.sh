#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='completions: what was built is what is printed, and works'
. "$(dirname "$0")/lib/carry.sh"

TAB=$(printf '\t')
built=$(dirname "$CARRY")/../../completions
test -d "$built" && test_set_prereq BUILT
for shell in bash zsh fish; do
	command -v $shell >/dev/null && test_set_prereq "$(echo $shell | tr a-z A-Z)"
done

test_expect_success BUILT 'the built files are those that carry prints' '
	carry completion bash | test_cmp "$built/carry" - &&
	carry completion zsh | test_cmp "$built/_carry" - &&
	carry completion fish | test_cmp "$built/carry.fish" -
'

test_expect_success 'an unknown shell is refused' '
	test_expect_code 2 carry completion tcsh 2>err &&
	must_grep "no completion for shell .tcsh." err
'

test_expect_success BASH 'bash offers every command' '
	carry completion bash >carry.bash &&
	cat >offer.bash <<-\EOT &&
	source ./carry.bash
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	compopt() { :; }
	_carry
	((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"
	EOT
	carry help --porcelain >table &&
	sed -n "s/^command$TAB\([^ $TAB]*\)$TAB.*/\1/p" table | sort >want &&
	bash offer.bash carry "" | sort >got &&
	test_cmp want got
'

test_expect_success BASH 'bash offers every option of every command' '
	while IFS="$TAB" read -r kind cmd short long arg text; do
		test "$kind" = option || continue
		test "$cmd" = carry && cmd=version
		bash offer.bash carry $cmd - >got &&
		{ test "$short" = - || must_grep -x -e "$short" got; } &&
		{ test "$long" = - || must_grep -x -e "$long" got; } || return 1
	done <table
'

test_expect_success BASH 'bash: values, also after "=", and what comes after them' '
	printf "%s\n" always auto never >want &&
	bash offer.bash carry version --color "" | sort >got &&
	test_cmp want got &&
	bash offer.bash carry version --color = a | sort >got &&
	printf "%s\n" always auto >want &&
	test_cmp want got &&
	bash offer.bash carry --color = always completion f >got &&
	echo fish >want &&
	test_cmp want got &&
	bash offer.bash carry --cache /x completion z >got &&
	echo zsh >want &&
	test_cmp want got
'

test_expect_success ZSH 'zsh reads its script' '
	carry completion zsh >_carry &&
	zsh -fn _carry
'

test_expect_success FISH 'fish offers every option of every command' '
	carry completion fish >carry.fish &&
	while IFS="$TAB" read -r kind cmd short long arg text; do
		test "$kind" = option || continue
		test "$cmd" = carry && cmd=version
		test "$long" = - && continue
		echo "complete -C \"carry $cmd $long\" | string match -q -- \"$long*\"; or echo $cmd $long"
	done <table >ask &&
	fish -N -c "source carry.fish; source ask" >missing &&
	test_must_be_empty missing
'

test_done
