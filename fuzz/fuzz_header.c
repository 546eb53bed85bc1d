// SPDX-License-Identifier: GPL-2.0-or-later

/* A header: always read, each piece in its place, and written back to the byte. */

#include "fuzz.h"
#include "text/mime.h"
#include "text/provenance.h"

static bool inside(struct slice all, struct slice part)
{
	return !part.n || (part.p >= all.p && part.p + part.n <= all.p + all.n);
}

static unsigned count_lines(struct slice s)
{
	struct slice line;
	unsigned n = 0;

	while (slice_line(&s, &line))
		n++;
	return n;
}

static void check_written(const struct header *h)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	header_write(h, &out);
	BUG_ON(!slice_eq(buf_slice(&out), h->bytes));
}

/* Set to what it is; then changed: what is written reads as what was set. */
static void check_edits(struct header *h)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_header_ struct header again;
	struct err e = { 0 };

	vec_each (f, &h->fields) {
		char *name = xmemdupz(f->name.p, f->name.n);

		if (header_set(h, name, header_field(h, name)->value, &e))
			err_clear(&e);
		free(name);
	}
	check_written(h);
	if (header_set(h, "Origin", SLICE("upstream"), &e) ||
	    header_add_trailer(h, "Acked-by", SLICE("A <a@b.c>"), &e))
		BUG_ON(true);
	if (h->trailers.n)
		header_drop_trailer(h, h->trailers.n / 2);
	header_write(h, &out);
	header_parse(buf_slice(&out), &again);
	BUG_ON(!header_field(&again, "Origin") ||
	       !slice_eqs(header_field(&again, "Origin")->value, "upstream"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_provenance_ struct provenance p;
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_header_ struct header h;
	struct slice in = { (const char *)data, size };
	unsigned lines = count_lines(in);

	header_parse(in, &h);
	vec_each (f, &h.fields)
		BUG_ON(!inside(h.bytes, f->raw) || !f->line || f->line > lines);
	vec_each (t, &h.trailers)
		BUG_ON(!inside(h.bytes, t->raw) || !t->line || t->line > lines);
	vec_each (n, &h.notes)
		BUG_ON(!inside(h.bytes, *n));
	check_written(&h);
	provenance_read(&h, &p);
	vec_each (m, &p.marks)
		BUG_ON(m->id.n < 7 || m->id.n > 40 || !m->line);
	mime_decode(in, &text);
	BUG_ON(utf8_valid(in) && !utf8_valid(buf_slice(&text)));
	check_edits(&h);
	return 0;
}
