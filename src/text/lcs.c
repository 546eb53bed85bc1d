// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/lcs.h"

#define MAX_CELLS ((size_t)1 << 25)

/* len[i][j]: of the longest one of a[i..] and b[j..]. */
static void find_middle(const struct slice *a, size_t na, const struct slice *b, size_t nb,
			bool *in_a, bool *in_b)
{
	size_t row = nb + 1;
	_cleanup_free_ uint32_t *len = xcalloc((na + 1) * row, sizeof(*len));
	size_t i, j;

	for (i = na; i--;) {
		for (j = nb; j--;) {
			uint32_t down = len[(i + 1) * row + j], right = len[i * row + j + 1];

			if (slice_eq(a[i], b[j]))
				len[i * row + j] = len[(i + 1) * row + j + 1] + 1;
			else
				len[i * row + j] = down > right ? down : right;
		}
	}
	for (i = j = 0; i < na && j < nb;) {
		if (slice_eq(a[i], b[j]))
			in_a[i++] = in_b[j++] = true;
		else if (len[(i + 1) * row + j] >= len[i * row + j + 1])
			i++;
		else
			j++;
	}
}

void lcs_find(const struct slice *a, size_t na, const struct slice *b, size_t nb,
	      struct lcs *out)
{
	size_t from = 0, to = 0;

	*out = (struct lcs){ xcalloc(na + 1, 1), xcalloc(nb + 1, 1), 0 };
	for (; from < na && from < nb && slice_eq(a[from], b[from]); from++)
		out->a[from] = out->b[from] = true;
	for (; to < na - from && to < nb - from && slice_eq(a[na - 1 - to], b[nb - 1 - to]); to++)
		out->a[na - 1 - to] = out->b[nb - 1 - to] = true;
	na -= from + to;
	nb -= from + to;
	if (na && nb && na < MAX_CELLS / nb)
		find_middle(a + from, na, b + from, nb, out->a + from, out->b + from);
	for (size_t i = 0; i < na + from + to; i++)
		out->common += out->a[i];
}

void lcs_release(struct lcs *l)
{
	free(l->a);
	free(l->b);
}
