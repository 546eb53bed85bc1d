#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='two programs that are one: quilt commands start lean, the rest is handed over'
. "$(dirname "$0")/lib/carry.sh"

version=$(carry --version) && version=${version#carry }
FULL=$(dirname "$CARRY")/carry-full-$version
build=$(dirname "$CARRY")/../..
[ ! -f "$build/build.ninja" ] || ! meson --version >/dev/null 2>&1 || test_set_prereq BUILD

# Those of the manual, and of quilt's. Each can be asked without a series.
quilt_commands='push pop applied unapplied top next previous series files diff'

test_expect_success 'setup: a series, and the first program alone' '
	mkdir -p q/patches alone &&
	echo a >q/f &&
	printf "%s\n" "--- a/f" "+++ b/f" "@@ -1 +1 @@" -a +b >q/patches/p.patch &&
	echo p.patch >q/patches/series &&
	cp "$CARRY" alone/carry
'

test_expect_success 'the program loads none of the large libraries; the full one does' '
	ldd "$CARRY" >lean && ldd "$FULL" >full &&
	for lib in git2 archive xml2 sqlite3 jansson dw elf capstone; do
		must_grep "lib$lib\.so" full && ! grep "lib$lib\.so" lean || return 1
	done
'

test_expect_success 'it names libc and nettle, and what the compiler adds' '
	readelf -d "$CARRY" >dynamic &&
	sed -n "s/.*(NEEDED).*\[\(lib[a-z]*\|ld-linux[^.]*\).*/\1/p" dynamic >needed &&
	test -s needed &&
	! grep -v -x -E "libc|libnettle|libm|libgcc_s|ld-linux.*|lib[a-z]*san" needed
'

test_expect_success 'every command on a quilt series is in it' '
	for c in $quilt_commands; do
		alone/carry $c --help >out && must_grep "^usage: carry $c" out || return 1
	done &&
	(cd q && ../alone/carry -q push -a && test "$(cat f)" = b &&
		test "$(../alone/carry top)" = p.patch && ../alone/carry -q pop -a) >/dev/null
'

test_expect_success 'a mistake behind their name is told there' '
	test_expect_code 2 alone/carry push -y 2>err &&
	must_grep "unknown option .-y. (see .carry push --help.)" err &&
	test_expect_code 2 alone/carry top --json 2>err &&
	must_grep "takes no .--json." err
'

test_expect_success 'without the full program: status 3, its path, what to do' '
	for line in version --help "" tpo; do
		test_expect_code 3 alone/carry $line >out 2>err &&
		test_must_be_empty out &&
		must_grep "installed in part (.meson install.*cannot run .*/carry-full-$version.: No such" err ||
			return 1
	done
'

test_expect_success 'one of another version is not taken, one that cannot be run is named' '
	printf "%s\n" "#!/bin/sh" "echo stale" >alone/carry-full-0.0 &&
	cp alone/carry-full-0.0 alone/carry-full &&
	chmod +x alone/carry-full alone/carry-full-0.0 &&
	test_expect_code 3 env PATH="$PWD/alone:$PATH" alone/carry version >out &&
	test_must_be_empty out &&
	: >alone/carry-full-$version &&
	test_expect_code 3 alone/carry version 2>err &&
	must_grep "cannot run .$PWD/alone/carry-full-$version.: Permission denied" err
'

# same ARG...: both programs give the same status and say the same
same() {
	"$CARRY" "$@" >out.1 2>err.1 </dev/null
	echo $? >>err.1
	"$FULL" "$@" >out.2 2>err.2 </dev/null
	echo $? >>err.2
	test_cmp out.2 out.1 && test_cmp err.2 err.1
}

test_expect_success 'what is handed over has the same status and says the same' '
	same && same version && same --version && same version --version && same -- version &&
	same help && same --help && same -h status && same status --help && same help push &&
	same help --porcelain && same completion bash && same completion xsh &&
	same tpo && same -y && same "" && same doctor --jsno && same --json version &&
	same -C && same -C nowhere version && same version 1 && same status && same verify &&
	same target && same target no && same --color=often top && same lint "a  b" "c\"d" &&
	same hook ci
'

test_expect_success 'and so has what is not' '
	same push --help && same help top && same -C q top && same -C nowhere top && same top 1 &&
	same -C q push -n && same -n -C q push && same push -F && same -F1 push && same -C q series -v &&
	same -C q unapplied && same -C q applied && same -C q next && same -C q previous &&
	same -C q files && same -C q diff && same top --jobs=0 && same --version top
'

test_expect_success 'found through a link and through PATH, from anywhere' '
	mkdir -p l/bin && ln -s "$CARRY" l/bin/carry && ln -s carry l/bin/other &&
	(cd / && "$OLDPWD/l/bin/other" version) >out && must_grep -x "carry $version" out &&
	(cd q && PATH=$PWD/../l/bin:$PATH && carry version) >out && must_grep -x "carry $version" out
'

test_expect_success BUILD 'installed, both are in their places, wherever these are moved' '
	DESTDIR=$PWD/dest meson install -C "$build" --no-rebuild --tags runtime >log &&
	find dest -type f -name "carry*" | sed "s,.*/,," | LC_ALL=C sort >names &&
	printf "%s\n" carry "carry-full-$version" >want &&
	test_cmp want names &&
	mv dest moved &&
	"$(find moved -name carry -type f)" version >out &&
	must_grep -x "carry $version" out &&
	find moved -name "carry-full*" -exec rm {} + &&
	test_expect_code 3 "$(find moved -name carry -type f)" version
'

test_done
