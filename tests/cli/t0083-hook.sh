#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='hook: git asks carry before it commits and pushes'
. "$(dirname "$0")/lib/carry.sh"

HOME=$PWD
export HOME

fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" &&
	cp -R "$CARRY_TOP/tests/data/mini/repo" "$SHARNESS_TRASH_DIRECTORY/r" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" && git init -q . && printf ".carry\ntree\n" >.gitignore &&
	cp -R "$CARRY_TOP/tests/data/mini/tree" tree && carry -q fetch >/dev/null &&
	git add . && git commit -qm start
}

test_expect_success 'all of them are clean shell' '
	fresh && for hook in pre-commit pre-push ci; do
		carry hook $hook >$hook && sh -n $hook && shellcheck $hook || return 1
	done && carry hook >all && test "$(grep -c "^# Made by carry" all)" -eq 3 &&
	test_expect_code 2 carry hook nonsense 2>err && must_grep "pre-commit, pre-push, ci" err
'

test_expect_success 'installed where git looks, and not over those of others' '
	fresh && carry hook --install -n >out && ! test -e .git/hooks/pre-commit &&
	carry hook --install >again && test_cmp out again && test -x .git/hooks/pre-commit &&
	test -x .git/hooks/pre-push && carry hook --install >/dev/null &&
	echo "#!/bin/sh" >.git/hooks/pre-push && test_expect_code 3 carry hook --install pre-push 2>err &&
	must_grep "is there and not of carry" err && echo "#!/bin/sh" | test_cmp - .git/hooks/pre-push &&
	git config core.hooksPath mine && carry hook --install pre-push && test -x mine/pre-push &&
	test_expect_code 2 carry hook --install ci 2>err
'

test_expect_success 'a commit that touches no series is let through in silence' '
	fresh && carry hook --install >/dev/null && echo x >note && git add note &&
	git commit -qm note 2>err && ! grep stale err
'

test_expect_success 'an edited patch is linted as it stands in the index, its line named stale' '
	sed -i "s/where it comes/where it comes from/" backports/1.y/warn.patch &&
	sed -i "/^Subject/d" series/warn.patch && git add backports &&
	git commit -qm edit 2>err && must_grep "^stale: 1.y (carry verify 1.y)$" err &&
	git add series && test_must_fail git commit -qm worse 2>err &&
	must_grep "no-subject" err && must_grep "^stale: 2.y" err &&
	git commit -qm anyway --no-verify
'

test_expect_success 'it is not pushed, but without its fault it is' '
	git init -q --bare ../remote && git remote add origin ../remote &&
	test_must_fail git push -q origin HEAD:x 2>err && must_grep "no-subject" err &&
	git revert --no-edit HEAD >/dev/null 2>&1 && git push -q origin HEAD:x 2>err &&
	must_grep "^stale: 1.y: [0-9]* cells" err && git ls-remote ../remote | must_grep refs/heads/x -
'

test_expect_success 'outside a git repository' '
	cp -R "$CARRY_TOP/tests/data/mini/repo" "$HOME/plain" && cd "$HOME/plain" &&
	GIT_CEILING_DIRECTORIES=$HOME test_expect_code 3 carry hook --install 2>err &&
	must_grep "in no git repository" err &&
	git init -q && echo "[broken" >.git/config &&
	test_expect_code 3 carry hook --install 2>err && must_grep "bad config" err
'

test_done
