#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
test_description='carry fetch: bases from directories, tarballs, git and packages'
. "$(dirname "$0")/lib/carry.sh"

TAB=$(printf '\t')

# kernel DIR SUBLEVEL: a tree that could be a kernel's
kernel() {
	rm -rf "$1" && mkdir -p "$1/scripts" &&
	printf 'VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = %s\nEXTRAVERSION =\n' "$2" >"$1/Makefile" &&
	echo "echo $2" >"$1/scripts/run" && chmod +x "$1/scripts/run" &&
	ln -s ../Makefile "$1/scripts/link"
}

# conf SOURCE...: a repository in r with one target of these sources
conf() {
	mkdir -p r &&
	{
		printf '[carry]\n\tversion = 1\n\tnewest = 6.1.y\n[target "6.1.y"]\n'
		printf '\tsource = %s\n' "$@"
	} >r/carry.conf
}

# The id that git gives to a directory.
tree_of() {
	(cd "$1" && rm -rf ../idx.git && git init -q --bare ../idx.git &&
		git --git-dir=../idx.git --work-tree=. add -A -f . &&
		git --git-dir=../idx.git write-tree)
}

recorded() {
	sed -n "s/^  \"$1\": \"\(.*\)\",*$/\1/p" r/.carry/cache/bases/6.1.y.json
}

test_expect_success 'a directory' '
	kernel k1 7 && conf "dir ../k1" &&
	echo "6.1.y      dir k1, new" >want &&
	carry -C r fetch >got 2>err && test_cmp want got &&
	test "$(recorded tree)" = "$(tree_of k1)" &&
	test "$(recorded kernel)" = 6.1.7 &&
	git --git-dir=r/.carry/cache/store.git cat-file -p refs/carry/bases/6.1.y:Makefile >m &&
	test_cmp k1/Makefile m
'

test_expect_success 'nothing new is said so, and a change is told with what was' '
	echo "6.1.y      dir k1, as before" >want &&
	carry -C r fetch >got 2>err && test_cmp want got &&
	kernel k2 8 && conf "dir ../k2" &&
	echo "6.1.y      dir k2, was dir k1" >want &&
	carry -C r fetch 6.1.y >got && test_cmp want got &&
	test "$(recorded was)" = "dir k1"
'

test_expect_success 'a tarball, with a checksum that fits' '
	kernel linux-6.1.9 9 && tar cJf l.tar.xz linux-6.1.9 &&
	sum=$(sha256sum l.tar.xz | cut -d " " -f 1) &&
	conf "tarball ../l.tar.xz sha256:$sum" &&
	carry -C r fetch --porcelain >got &&
	id=$(tree_of linux-6.1.9) &&
	echo "6.1.y${TAB}moved${TAB}$id${TAB}tarball l.tar.xz sha256:$(echo $sum | cut -c 1-12)" >want &&
	test_cmp want got &&
	carry -C r fetch --porcelain | cut -f 2 >got && echo same >want && test_cmp want got
'

test_expect_success 'a checksum that does not fit: what was stays, status 0, and it is said' '
	conf "tarball ../l.tar.xz sha256:$(printf "%064d" 0)" &&
	carry -C r fetch >got 2>err &&
	must_grep "^6.1.y *tarball l.tar.xz sha256:.*, kept: no source of 6.1.y serves: .*its sha256 is" got &&
	test "$(recorded tree)" = "$(tree_of linux-6.1.9)"
'

test_expect_success 'git: a commit, without history' '
	rm -rf g && git init -q g && kernel g/x 10 && mv g/x/* g && rmdir g/x &&
	git -C g add -A && git -C g commit -qm one && git -C g tag v1 &&
	echo later >g/later && git -C g add later && git -C g commit -qm two &&
	conf "git ../g v1" &&
	carry -C r fetch >got &&
	id=$(git -C g rev-parse v1 | cut -c 1-12) &&
	must_grep "^6.1.y *git $id (v1), was tarball" got &&
	test "$(recorded tree)" = "$(git -C g rev-parse v1^{tree})" &&
	conf "git file://$(pwd | sed "s/ /%20/g")/g master" &&
	carry -C r fetch >got &&
	test "$(recorded tree)" = "$(git -C g rev-parse HEAD^{tree})"
'

# release PATCHLEVEL SUBLEVEL: the next one of that line, on its branch of the repository stable
release() {
	kernel release "$2" && sed -i "s/^PATCHLEVEL.*/PATCHLEVEL = $1/" release/Makefile &&
	{ git -C stable checkout -q "linux-6.$1.y" 2>/dev/null ||
		git -C stable checkout -q --orphan "linux-6.$1.y"; } &&
	cp -a release/. stable && git -C stable add -A &&
	git -C stable commit -qm "Linux 6.$1.$2" && git -C stable tag "v6.$1.$2"
}

# tip LINE: as carry names it
tip() {
	echo "git $(git -C stable rev-parse "linux-$1" | cut -c 1-12) (linux-$1)"
}

test_expect_success 'git: the branches of lines in one repository, as kernel.org has them' '
	git init -q stable && release 1 5 && release 6 3 && release 6 4 && release 1 6 &&
	url=file://$(pwd | sed "s/ /%20/g")/stable && mkdir lines &&
	{
		printf "[carry]\n\tversion = 1\n\tnewest = 6.6.y\n"
		for line in 6.6.y 6.1.y; do
			printf "[target \"$line\"]\n\tsource = git %s %s\n" "$url" "linux-$line"
		done
	} >lines/carry.conf &&
	printf "%-10s %s, new\n" 6.6.y "$(tip 6.6.y)" 6.1.y "$(tip 6.1.y)" >want &&
	carry -C lines fetch >got 2>err && test_cmp want got &&
	must_grep "\"kernel\": \"6.6.4\"" lines/.carry/cache/bases/6.6.y.json &&
	must_grep "\"kernel\": \"6.1.6\"" lines/.carry/cache/bases/6.1.y.json
'

test_expect_success 'git: a point release moves its own line, and what was before is not brought' '
	old=$(tip 6.6.y) && release 6 5 && release 6 6 &&
	{
		printf "%-10s %s, was %s\n" 6.6.y "$(tip 6.6.y)" "$old"
		printf "%-10s %s, as before\n" 6.1.y "$(tip 6.1.y)"
	} >want &&
	carry -C lines fetch >got 2>err && test_cmp want got &&
	must_grep "\"kernel\": \"6.6.6\"" lines/.carry/cache/bases/6.6.y.json &&
	id=$(git -C stable rev-parse "v6.6.5^{commit}") &&
	! git --git-dir=lines/.carry/cache/store.git cat-file -e "$id" 2>err &&
	git -C stable branch -q -m linux-6.6.y gone &&
	carry -C lines fetch >got 2>err && must_grep "^6.6.y .*, kept: .*linux-6.6.y" got
'

test_expect_success 'the next source serves where one is gone, and why is said' '
	conf "git ../gone v1" "tarball ../gone.tar" "dir ../k1" &&
	carry -C r fetch >got 2>err &&
	must_grep "^6.1.y *dir k1, was git" got &&
	must_grep "warning: 6.1.y: git v1: cannot fetch.*; tarball ../gone.tar: cannot read" err
'

test_expect_success 'without any source what was fetched still serves' '
	conf "dir ../gone" &&
	carry -C r fetch --json >got &&
	must_grep "\"state\": \"kept\"" got &&
	must_grep "\"provenance\": \"dir k1\"" got &&
	must_grep "\"reason\": \"no source of 6.1.y serves: dir ../gone: cannot import" got
'

test_expect_success 'none at all: an error for who asked by name or where it is required' '
	rm -rf r/.carry &&
	carry -C r fetch >got 2>err && must_grep "^6.1.y *none: no source" got &&
	test_expect_code 3 carry -C r fetch 6.1.y 2>err &&
	must_grep "no source of 6.1.y serves: dir ../gone: " err &&
	printf "\trequired = true\n" >>r/carry.conf &&
	test_expect_code 3 carry -C r fetch 2>err &&
	test_expect_code 2 carry -C r fetch 9.9.y 2>err &&
	must_grep "has no target .9.9.y." err
'

test_expect_success 'an archive that would leave the tree is refused and nothing is recorded' '
	rm -rf r/.carry && mkdir -p evil && ln -sf /etc/passwd evil/x && tar cf evil.tar evil &&
	conf "tarball ../evil.tar" &&
	test_expect_code 3 carry -C r fetch 6.1.y 2>err &&
	must_grep "entry .x. is a link that leaves the tree" err &&
	! test -e r/.carry/cache/bases/6.1.y.json &&
	test -z "$(ls r/.carry/cache/store.git/objects/pack)"
'

test_expect_success 'two at once' '
	rm -rf r/.carry && conf "dir ../k1" &&
	{ carry -C r fetch >one & } && first=$! &&
	carry -C r fetch >two && wait $first &&
	cat one two | cut -d , -f 2 | sort >got &&
	printf " as before\n new\n" >want && test_cmp want got
'

test_expect_success 'killed at any moment, the next run is whole' '
	for t in 01 02 03 05 08; do
		rm -rf r/.carry && conf "tarball ../l.tar.xz" &&
		{ timeout -s KILL 0.$t carry -C r fetch >/dev/null 2>&1 || :; } &&
		carry -C r fetch >got &&
		test "$(recorded tree)" = "$(tree_of linux-6.1.9)" &&
		git --git-dir=r/.carry/cache/store.git fsck --full >out 2>&1 || return 1
	done
'

test_expect_success 'locks that a killed git has left do not last' '
	conf "git ../g v1" && carry -C r fetch >got 2>err &&
	store=r/.carry/cache/store.git &&
	touch $store/refs/carry/bases/6.1.y.lock $store/refs/carry/git/6.1.y.lock $store/shallow.lock &&
	conf "git ../g master" && carry -C r fetch >got 2>err &&
	must_grep "git .* (master), was git .* (v1)" got
'

have() {
	for program; do
		command -v "$program" >/dev/null || return 1
	done
}

have apt-get dpkg-deb gpg gzip && test_set_prereq APT
have curl python3 && test_set_prereq HTTP

# signer HOME ARGUMENT...: gpg, and no agent of it left behind
signer() {
	home=$1
	shift
	gpg --homedir "$home" --batch -q "$@" >gpg.log 2>&1
	set -- $?
	gpgconf --homedir "$home" --kill all
	return "$1"
}

# deb VERSION SUBLEVEL: a package with a kernel, in the pool of the archive $repo
deb() {
	rm -rf pkg && mkdir -p pkg/DEBIAN pkg/usr/src "$repo/pool" &&
	kernel linux-source-6.1 "$2" &&
	tar cJf pkg/usr/src/linux-source-6.1.tar.xz linux-source-6.1 &&
	printf "Package: linux-source-6.1\nVersion: %s\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n" \
		"$1" >pkg/DEBIAN/control &&
	dpkg-deb -Zxz -b pkg "$repo/pool/linux-source-6.1_$1_all.deb" >out
}

# suite NAME VERSION...: what the suite has, signed
suite() {
	name=$1
	shift
	dist=$repo/dists/$name
	arch=$(dpkg --print-architecture)
	rm -rf "$dist" && mkdir -p "$dist/main/binary-$arch" &&
	for version; do
		file=pool/linux-source-6.1_${version}_all.deb
		dpkg-deb -f "$repo/$file" &&
		printf "Filename: %s\nSize: %s\nSHA256: %s\n\n" $file "$(stat -c %s "$repo/$file")" \
			"$(sha256sum "$repo/$file" | cut -d " " -f 1)" || return 1
	done >"$dist/main/binary-$arch/Packages" &&
	(
		cd "$dist" && packages=main/binary-$arch/Packages &&
		printf "Origin: Test\nSuite: %s\nCodename: %s\nArchitectures: %s\nComponents: main\nDate: %s\nSHA256:\n %s %s %s\n" \
			"$name" "$name" "$arch" "$(date -Ru)" \
			"$(sha256sum $packages | cut -d " " -f 1)" "$(stat -c %s $packages)" $packages >Release &&
		signer "$repo/gpg" --yes --clearsign -o InRelease Release
	)
}

test_expect_success APT 'an archive of our own, as a machine may have one' '
	repo=$(mktemp -d) && chmod 755 "$repo" && cleanup "rm -rf \"$repo\"" &&
	mkdir -m 700 "$repo/gpg" &&
	signer "$repo/gpg" --passphrase "" --quick-gen-key a@example.org rsa2048 sign never &&
	signer "$repo/gpg" --yes -o "$repo/key.gpg" --export &&
	mkdir -p "$repo/etc/apt.conf.d" &&
	echo "deb file:$repo bookworm main" >"$repo/etc/sources.list" &&
	printf "Dir::Etc \"%s\";\nCarry::Keyring \"%s\";\nAPT::Update::Post-Invoke { \"touch %s\"; };\n" \
		"$repo/etc" "$repo/key.gpg" "$repo/hook-ran" >"$repo/apt.conf" &&
	APT_CONFIG=$repo/apt.conf && export APT_CONFIG &&
	deb 6.1.20-1 20 && deb 6.1.21-1 21 && deb 6.1.9-1 9 &&
	suite bookworm 6.1.20-1 && suite sid 6.1.9-1 6.1.21-1
'

test_expect_success APT 'the newest version of all suites is taken' '
	rm -rf r/.carry && conf "debian linux-source-6.1" &&
	echo "6.1.y      debian 6.1.21-1, new" >want &&
	carry -C r fetch >got 2>err && test_cmp want got &&
	kernel k 21 && test "$(recorded tree)" = "$(tree_of k)" &&
	test "$(recorded kernel)" = 6.1.21 &&
	! test -e "$repo/hook-ran" &&
	test -z "$(ls r/.carry/cache/apt/download)"
'

test_expect_success APT 'what is recorded is not downloaded again' '
	mv "$repo/pool" "$repo/elsewhere" &&
	carry -C r fetch >got && must_grep "debian 6.1.21-1, as before" got &&
	mv "$repo/elsewhere" "$repo/pool"
'

test_expect_success APT 'a suite that is named is the only one' '
	conf "debian linux-source-6.1 bookworm" &&
	carry -C r fetch >got && must_grep "debian 6.1.20-1, was debian 6.1.21-1" got
'

test_expect_success APT 'a file that the pool lacks: the next version' '
	rm -rf r/.carry && conf "debian linux-source-6.1" &&
	mv "$repo/pool/linux-source-6.1_6.1.21-1_all.deb" "$repo/kept" &&
	carry -C r fetch >got 2>err && must_grep "debian 6.1.20-1, new" got &&
	must_grep "warning: 6.1.y: cannot download linux-source-6.1=6.1.21-1" err &&
	mv "$repo/kept" "$repo/pool/linux-source-6.1_6.1.21-1_all.deb"
'

test_expect_success APT 'a package that was tampered with is not taken' '
	rm -rf r/.carry && cp "$repo/pool/linux-source-6.1_6.1.21-1_all.deb" kept &&
	deb 6.1.21-1 66 &&
	conf "debian linux-source-6.1 sid" &&
	carry -C r fetch >got 2>err && must_grep "debian 6.1.9-1, new" got &&
	cp kept "$repo/pool/linux-source-6.1_6.1.21-1_all.deb"
'

test_expect_success APT 'lists that another key has signed are not taken' '
	rm -rf r/.carry && conf "debian linux-source-6.1" && mv "$repo/key.gpg" "$repo/good.gpg" &&
	mkdir -m 700 "$repo/gpg2" &&
	signer "$repo/gpg2" --passphrase "" --quick-gen-key b@example.org rsa2048 sign never &&
	signer "$repo/gpg2" --yes -o "$repo/key.gpg" --export &&
	test_expect_code 3 carry -C r fetch 6.1.y 2>err &&
	must_grep "no suite of Debian has a package\|cannot be reached" err &&
	mv "$repo/good.gpg" "$repo/key.gpg"
'

test_expect_success APT 'no archive of Debian among the machine.s sources' '
	rm -rf r/.carry && echo "deb file:$repo other main" >"$repo/etc/sources.list" &&
	test_expect_code 3 carry -C r fetch 6.1.y 2>err &&
	must_grep "have no archive of Debian" err
'

cat >serve.py <<\EOT
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        data = open("web" + self.path, "rb").read()
        r = self.headers.get("Range")
        start = int(r.split("=")[1].rstrip("-")) if r else 0
        self.send_response(206 if r else 200)
        if r:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        open("served", "a").write("%d\n" % start)
        self.wfile.write(data[start:])
s = http.server.HTTPServer(("127.0.0.1", 0), H)
open("port", "w").write(str(s.server_port))
s.serve_forever()
EOT

test_expect_success HTTP 'a tarball by http, continued where it was broken off' '
	mkdir -p web && head -c 300000 /dev/urandom >linux-6.1.9/noise &&
	tar czf web/l.tar.gz linux-6.1.9 &&
	sum=$(sha256sum web/l.tar.gz | cut -d " " -f 1) &&
	{ python3 serve.py 2>/dev/null & } && pid=$! &&
	test_when_finished "kill $pid" &&
	while ! test -s port; do sleep 0.1; done &&
	url=http://127.0.0.1:$(cat port)/l.tar.gz &&
	rm -rf r/.carry && mkdir -p r/.carry/cache/download &&
	conf "tarball $url sha256:$sum" &&
	part=r/.carry/cache/download/$(printf %s "$url" | sha256sum | cut -c 1-16).part &&
	head -c 100000 web/l.tar.gz >"$part" &&
	no_proxy=127.0.0.1 carry -C r fetch >got 2>err &&
	must_grep "tarball l.tar.gz sha256:" got &&
	echo 100000 >want && test_cmp want served &&
	test "$(recorded tree)" = "$(tree_of linux-6.1.9)" &&
	test -z "$(ls r/.carry/cache/download)"
'

test_done
