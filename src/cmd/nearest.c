// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/nearest.h"

#include "base/buf.h"

#define WORD_MAX 40

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned word_distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= na; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

const char *word_nearest(const char *word, const struct strvec *words)
{
	/* Half of the letters wrong is another word, not a mistake in this one. */
	unsigned best = strlen(word) / 2 + 1;
	const char *found = NULL;

	vec_each (w, words) {
		unsigned d = word_distance(word, *w);

		if (d < best) {
			best = d;
			found = *w;
		}
	}
	return found;
}

char *word_hint(const char *word, const struct strvec *words)
{
	const char *near = word_nearest(word, words);
	struct buf b = BUF_INIT;

	if (near)
		return xasprintf(" (did you mean '%s'?)", near);
	vec_each (w, words)
		buf_addf(&b, "%s%s", b.len ? ", " : " (there is: ", *w);
	if (b.len)
		buf_addc(&b, ')');
	return buf_take(&b);
}
