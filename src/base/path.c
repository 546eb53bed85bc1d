// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fsx.h"

#include <strings.h>

char *path_join(const char *a, const char *b)
{
	size_t n = strlen(a), size = strlen(b) + 1;
	char *path;

	if (!n || b[0] == '/')
		return xstrdup(b);
	path = xmalloc(n + 1 + size);
	memcpy(path, a, n);
	if (a[n - 1] != '/')
		path[n++] = '/';
	memcpy(path + n, b, size);
	return path;
}

char *path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xmemdupz(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
}

/* Code points that HFS+ ignores in names, as UTF-8: U+200C..F, U+202A..E, U+206A..F, BOM. */
static size_t ignorable(const char *p, size_t n)
{
	unsigned char b2, b3;

	if (n < 3)
		return 0;
	b2 = (unsigned char)p[1];
	b3 = (unsigned char)p[2];
	if ((unsigned char)p[0] == 0xef)
		return b2 == 0xbb && b3 == 0xbf ? 3 : 0;
	if ((unsigned char)p[0] != 0xe2)
		return 0;
	if (b2 == 0x80 && ((b3 >= 0x8c && b3 <= 0x8f) || (b3 >= 0xaa && b3 <= 0xae)))
		return 3;
	return b2 == 0x81 && b3 >= 0xaa && b3 <= 0xaf ? 3 : 0;
}

/* What HFS+ or NTFS may take for ".git": other case, ignorable bytes, "git~1", ".git. ". */
static bool folds_to_git(struct slice c)
{
	char plain[16];
	size_t n = 0;

	/* What may begin the names, or an ignorable code point: few do. */
	if (!c.n || !memchr(".gG\xe2\xef", c.p[0], 5))
		return false;
	for (size_t i = 0; i < c.n && n < sizeof(plain) - 1;) {
		size_t skip = ignorable(c.p + i, c.n - i);

		if (!skip && (c.p[i] == ':' || c.p[i] == '\\'))
			break;
		if (!skip)
			plain[n++] = c.p[i];
		i += skip ? skip : 1;
	}
	while (n && (plain[n - 1] == '.' || plain[n - 1] == ' '))
		n--;
	plain[n] = '\0';
	return !strcasecmp(plain, ".git") || !strcasecmp(plain, "git~1");
}

bool path_is_safe(struct slice path)
{
	struct slice rest = path, c;

	if (!path.n || path.n >= 4096 || path.p[0] == '/')
		return false;
	for (size_t i = 0; i < path.n; i++) {
		if ((unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f)
			return false;
	}
	while (slice_split(&rest, '/', &c)) {
		if (!c.n || slice_eqs(c, ".") || slice_eqs(c, "..") || folds_to_git(c))
			return false;
	}
	return true;
}
