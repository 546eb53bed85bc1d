# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For the scripts that send: a public repository with two patches on it, a repository of
# carry that has them, and a mail server; sourced after carry.sh.

if ! command -v b4 >/dev/null || ! bwrap --ro-bind / / true 2>/dev/null; then
	skip_all='needs b4 and a working bwrap'
	test_done
fi

HOME=$PWD XDG_DATA_HOME=$PWD/data XDG_CACHE_HOME=$PWD/xdg EDITOR=false
export HOME XDG_DATA_HOME XDG_CACHE_HOME EDITOR
unset XDG_CONFIG_HOME GIT_EDITOR VISUAL
git config --global user.name 'A Tester' && git config --global user.email tester@example.org &&
	git config --global core.editor false && git config --global commit.gpgSign true || exit 1

# A public repository: three files, who cares for them, and a script that says so.
git init -q -b master pub && (
	cd pub && git config commit.gpgSign false && mkdir scripts &&
	printf 'VERSION = 1\nPATCHLEVEL = 2\nSUBLEVEL = 3\n' >Makefile && : >Kconfig &&
	seq 1 40 >lines && cp lines numbers &&
	echo 'cost: 4' >notes &&
	cat >MAINTAINERS <<\EOT &&
Linus Maintainer <linus@example.org> (maintainer:LINES)
"Rev Iewer, PhD" <rev@example.org> (reviewer:LINES)
lines@lists.example.org (open list:LINES)
EOT
	cat >scripts/get_maintainer.pl <<\EOT &&
#!/usr/bin/perl
# As the real one: lists and people of MAINTAINERS for the patches named.
die "nothing asked\n" unless grep { /\.patch$/ } @ARGV;
die "I can write here\n" if open(my $w, '>', "written");
open(my $f, '<', "MAINTAINERS") or die;
print while <$f>;
EOT
	git add . && git commit -qm base && git branch linux-1.y
) || exit 1

(
	cd pub && git checkout -q -b work &&
	sed -i 's/^5$/five = 5/' lines && git -c user.name='Jörg Müller' \
		-c user.email=j@example.org commit -qa --author 'Jörg Müller <j@example.org>' \
		-m 'lines: Say "five", grün

Because a title with ä is what breaks mailers.

Cc: Cee Cee <cc@example.org>
Signed-off-by: Jörg Müller <j@example.org>
Signed-off-by: A Tester <tester@example.org>' &&
	sed -i 's/^30$/thirty/' lines numbers && git commit -qam 'lines: Spell thirty

From here on there is more, and a dot:
.
Signed-off-by: A Tester <tester@example.org>
---
A remark for reviewers.' && git tag tip && git checkout -q master &&
	git format-patch -q -o ../patches master..tip
) || exit 1

fresh() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/r" && mkdir -p "$SHARNESS_TRASH_DIRECTORY/r" &&
	cd "$SHARNESS_TRASH_DIRECTORY/r" && git init -q . && echo .carry >.gitignore &&
	mkdir series && : >series/series && git -C ../pub archive --prefix=tree/ master | tar x &&
	cat >carry.conf <<EOT &&
[carry]
	version = 1
	newest = 2.y
[checkout]
	path = Makefile
[arch "host"]
	make = host
[toolchain "gcc"]
	family = gcc
	cc = gcc
# The public repository has no checkpatch.pl.
[check "checkpatch"]
	when = asked
[target "2.y"]
	source = git $SHARNESS_TRASH_DIRECTORY/link master
	file = lines
[target "6.1.y"]
	source = dir tree
	file = lines
EOT
	ln -sfn pub ../link && sed -i "s|$SHARNESS_TRASH_DIRECTORY/link|/tmp/$LINK|" carry.conf &&
	carry -q fetch >fetched 2>&1 && carry import ../patches/* >/dev/null &&
	printf 'Subject: [PATCH 0/2] The lines\n\nWhy the lines.\n' >series/cover
}

# carry.conf takes no path with a blank in it.
LINK=carry-test-$$
ln -sfn "$PWD/pub" "/tmp/$LINK" || exit 1
cleanup 'rm -f "/tmp/$LINK"'

# received DIR: what b4 and git make of its mails, as a tree. (b4 0.12 ends in a traceback
# where a Subject goes over two lines.)
received() {
	rm -rf am md got-repo && mkdir -p am md/cur md/new md/tmp &&
	for mail in "$1"/*; do
		case $mail in *.to | */port) continue ;; esac
		tr -d '\r' <"$mail" | sed '/^Subject:/{N;s/\n  *//;}' >"md/cur/$(basename "$mail"):2,S" || return 1
	done &&
	git clone -q ../pub got-repo && git -C got-repo config commit.gpgSign false &&
	(cd got-repo && b4 --offline-mode am -m ../md -o ../am) >b4.log 2>&1 &&
	git -C got-repo am -q "$PWD"/am/*.mbx >am.log 2>&1 || { cat b4.log am.log && return 1; }
	git -C got-repo rev-parse "HEAD^{tree}"
}

# What of the person's a run must not touch.
untouched() {
	cat "$HOME/.gitconfig" .git/config .git/HEAD &&
	git -C ../pub for-each-ref && git status --porcelain --ignored=no
}

start_server() {
	rm -rf "$SHARNESS_TRASH_DIRECTORY/smtp" && mkdir "$SHARNESS_TRASH_DIRECTORY/smtp" &&
	{ python3 "$CARRY_TOP/tests/cli/lib/smtp.py" "$SHARNESS_TRASH_DIRECTORY/smtp" & } &&
	for _ in $(seq 50); do
		test -e "$SHARNESS_TRASH_DIRECTORY/smtp/port" && break
		sleep 0.1
	done &&
	git config --global sendemail.smtpserver 127.0.0.1 &&
	git config --global sendemail.smtpserverport "$(cat "$SHARNESS_TRASH_DIRECTORY/smtp/port")" &&
	git config --global b4.send-no-patatt-sign yes
}
