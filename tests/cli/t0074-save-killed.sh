#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='kill -9 at any moment of save leaves the old series or the new one'
. "$(dirname "$0")/lib/carry.sh"
# shellcheck source=tests/cli/lib/series.sh
. "$CARRY_TOP/tests/cli/lib/series.sh"

# Moments at which it is killed, spread over the run; CARRY_KILLS tries more.
: "${CARRY_KILLS:=25}"

test_expect_success 'a save that changes, adds and drops patches' '
	make_edit_repo r && carry -C r edit 6.1.y && W=$PWD/r/.carry/state/edit/6.1.y && (
		cd "$W" && echo x >>docs/new.txt && git commit -qam "docs: x" &&
		git -c sequence.editor="sed -i \"/b: fifty/d;/drivers: a: forty/s/^pick/reword/\"" \
			-c core.editor="sed -i 1s/\$/!/" rebase -q -i HEAD~9
	) && cp -R r/patches old && cp -R r start && carry -C r save && cp -R r/patches new &&
	test_must_fail diff -r old new >diff && must_grep "^Only in old: suse.patch" diff
'

# What a killed carry had running may still write there.
renew() {
	rm -rf r || { sleep 1 && rm -rf r; } || return
	cp -R start r
}

killed_after() {
	timeout -s KILL "$1" "$CARRY" -C r save >/dev/null 2>&1
}

is_one_of() {
	diff -r old r/patches >/dev/null || diff -r new r/patches >/dev/null
}

test_expect_success "old or new at each of $CARRY_KILLS kills, and the next save ends it" '
	took=999999999 && for i in 1 2 3; do
		renew && start=$(date +%s%N) && carry -C r save >/dev/null &&
		now=$((($(date +%s%N) - start) / 1000)) || return 1
		test "$now" -gt "$took" || took=$now
	done && i=0 && killed=0 &&
	while test "$i" -lt "$CARRY_KILLS"; do
		i=$((i + 1)) && renew &&
		after=$(awk "BEGIN { printf \"%.6f\", $took * $i / $CARRY_KILLS / 1000000 }") &&
		{ killed_after "$after" || killed=$((killed + 1)); } &&
		{ is_one_of || { echo "between, after $after s"; diff -r old r/patches; return 1; }; } &&
		carry -C r save >log 2>&1 || { cat log; return 1; }
		diff -r new r/patches && carry -C r save >log && must_grep "nothing to save" log || return 1
	done && echo "killed $killed of $i" && test "$killed" -ge $((CARRY_KILLS / 5))
'

test_expect_success 'killed between the exchange and the state: the files tell that it is done' '
	renew && W=$PWD/r/.carry/state/edit/6.1.y &&
	before=$(git -C "$W" rev-parse refs/carry/6.1.y/state) && carry -C r save &&
	after=$(git -C "$W" rev-parse refs/carry/6.1.y/state) &&
	git -C "$W" update-ref refs/carry/6.1.y/pending "$after" &&
	git -C "$W" update-ref refs/carry/6.1.y/state "$before" &&
	carry -C r save >out && must_grep "nothing to save" out &&
	test "$after" = "$(git -C "$W" rev-parse refs/carry/6.1.y/state)" &&
	test_must_fail git -C "$W" rev-parse -q --verify refs/carry/6.1.y/pending
'

test_expect_success 'killed before the exchange: it was not, and a lock left behind is no harm' '
	renew && cp -R start other && carry -C other save &&
	git -C "$W" fetch -q "$PWD/other/.carry/state/edit/6.1.y" \
		refs/carry/6.1.y/state:refs/carry/6.1.y/pending &&
	: >"$W/.git/refs/carry/6.1.y/state.lock" && : >"$W/.git/refs/carry/6.1.y/pending.lock" &&
	carry -C r save -n >out && must_grep "would be saved" out && diff -r old r/patches &&
	test_must_fail git -C "$W" rev-parse -q --verify refs/carry/6.1.y/pending &&
	carry -C r save && diff -r new r/patches
'

test_done
