# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For the scripts here that push a series onto a tree, in pairs. They set $work, a
# directory of their own.

# take_series PATCHES TREE: copies the patches, by their own names and strip levels, to
# $work/patches, and what they touch of the tree to $work/base. Leaves their names in
# $work/names.
take_series() {
	cp -Rp "$1" "$work/patches"
	awk '!/^#/ && NF { print $1 }' "$work/patches/series" >"$work/names"
	sed "s|^|$work/patches/|" "$work/names" >"$work/files"
	mkdir "$work/base"
	xargs cat <"$work/files" | LC_ALL=C awk '
		/^(---|\+\+\+) [^\/]*\// { sub(/^[^\/]*\//, ""); sub(/[\t ].*/, ""); print }
		/^(rename|copy) from / { sub(/^[a-z]* from /, ""); print }' | sort -u |
		(cd "$2" && while read -r f; do [ ! -f "$f" ] || echo "$f"; done) >"$work/touched"
	tar -c -C "$2" -T "$work/touched" | tar -x -C "$work/base"
	echo "series: $(wc -l <"$work/names") patches, $(xargs cat <"$work/files" | wc -c) bytes," \
		"$(wc -l <"$work/touched") files there, $(du -sk "$work/base" | cut -f1) KiB;" \
		"$rounds rounds, $([ -n "${COLD:-}" ] && echo cold || echo warm) cache"
}

# A tree to push on, in $work/tree.
fresh_tree() {
	rm -rf "$work/tree"
	cp -R "$work/base" "$work/tree"
	ln -s ../patches/series "$work/tree/series"
	ln -s ../patches "$work/tree/patches"
}

# The tree without what the tools keep for themselves; empty directories do not count.
listing() {
	(cd "$work/tree" && find . \( -name .pc -o -name .git \) -prune -o -type f -print |
		LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha1sum)
}

# show_pairs NAME SAME FILE: a line in FILE has what bench/run printed of the one and, after
# it, of carry.
show_pairs() {
	awk -v peer="$1" -v same="$2" '
	function median(v, n,	i, j, t) {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
				t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
			}
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	{ wp[NR] = $1; cp[NR] = $2; mp[NR] = $4; wc[NR] = $6; cc[NR] = $7; mc[NR] = $9
	  rw[NR] = $1 / $6; rc[NR] = $2 / $7 }
	END {
		w = median(rw, NR); c = median(rc, NR)
		printf "%-14s wall x%.2f (%.2f-%.2f), CPU x%.2f (%.2f-%.2f); wall %.3f : %.3f s, CPU %.3f : %.3f s, peak %.0f : %.0f MiB; results %s\n",
			peer, w, rw[1], rw[NR], c, rc[1], rc[NR], median(wp, NR), median(wc, NR),
			median(cp, NR), median(cc, NR), median(mp, NR), median(mc, NR), same
	}' "$3"
}
