// SPDX-License-Identifier: GPL-2.0-or-later

/* A patch: refused with a message, or every byte in one piece and each fact bounded. */

#include "fuzz.h"
#include "text/patch.h"

static void check_hunk(const struct hunk *h)
{
	uint64_t old_n = 0, new_n = 0;

	BUG_ON(!h->nlines || h->prefix > h->nlines || h->suffix > h->nlines);
	for (uint32_t i = 0; i < h->nlines; i++) {
		const struct patch_line *l = &h->lines[i];

		BUG_ON(l->p < h->body.p || l->p + l->n > h->body.p + h->body.n || !l->n);
		BUG_ON(l->op != ' ' && l->op != '+' && l->op != '-');
		BUG_ON((l->p[l->n - 1] == '\n') == l->no_eol);
		old_n += l->op != '+';
		new_n += l->op != '-';
	}
	BUG_ON(old_n != h->old_count || new_n != h->new_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf in = BUF_INIT, out = BUF_INIT;
	_cleanup_patch_ struct patch *p = NULL;
	struct err e = { 0 };
	int rc;

	buf_add(&in, data, size);
	rc = patch_parse("input", &in, 1, &p, &e);
	BUG_ON(rc != e.code || (rc && !e.msg[0]) || in.len);
	if (rc)
		return 0;
	for (uint32_t i = 0; i < p->nchanges; i++) {
		BUG_ON(!change_path(&p->changes[i]).n);
		for (uint32_t k = 0; k < p->changes[i].nhunks; k++)
			check_hunk(&p->changes[i].hunks[k]);
	}
	patch_write(p, &out);
	BUG_ON(out.len != size || (size && memcmp(out.data, data, size)));
	return 0;
}
