// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitbinary.h"

#include <zlib.h>

#include "base/fsx.h"

#define LINE_BYTES 52 /* 'A' to 'Z' are 1 to 26, 'a' to 'z' 27 to 52 */

static int digit(char c)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "!#$%&()*+-;<=>?@^_`{|}~";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* One line: its length, then five digits for each four bytes. */
static bool decode_line(struct slice line, struct buf *out)
{
	char c = line.n ? line.p[0] : 0;
	size_t n = c >= 'A' && c <= 'Z' ? (size_t)(c - 'A' + 1)
		   : c >= 'a' && c <= 'z' ? (size_t)(c - 'a' + 27)
					  : 0;

	if (!n || n > LINE_BYTES || line.n != 1 + (n + 3) / 4 * 5)
		return false;
	for (size_t i = 1; i < line.n; i += 5) {
		uint64_t v = 0;

		for (size_t k = 0; k < 5; k++) {
			int d = digit(line.p[i + k]);

			if (d < 0)
				return false;
			v = v * 85 + (uint64_t)d;
		}
		if (v > UINT32_MAX)
			return false;
		for (int shift = 24; shift >= 0 && n; shift -= 8, n--)
			buf_addc(out, (char)(v >> shift));
	}
	return true;
}

struct piece {
	bool delta;
	size_t size; /* inflated */
	struct buf packed;
};

/* "literal 123" or "delta 45" and its lines, up to a blank one. */
static bool read_piece(struct slice *rest, struct piece *out)
{
	struct slice line = { "", 0 };
	size_t skip, i;

	while (slice_line(rest, &line) && !slice_starts(line, "literal ") &&
	       !slice_starts(line, "delta "))
		;
	line = slice_trim(line);
	out->delta = slice_starts(line, "delta ");
	skip = out->delta ? strlen("delta ") : strlen("literal ");
	out->size = 0;
	for (i = skip; i < line.n && i < skip + 10 && line.p[i] >= '0' && line.p[i] <= '9'; i++)
		out->size = out->size * 10 + (size_t)(line.p[i] - '0');
	if (i == skip || i != line.n || out->size > FSX_MAX_FILE)
		return false;
	while (slice_line(rest, &line) && slice_trim(line).n) {
		if (!decode_line(slice_trim(line), &out->packed))
			return false;
	}
	return true;
}

static bool inflate_piece(const struct piece *p, struct buf *out)
{
	uLongf n = p->size;

	/* zlib makes no more than some thousand bytes of one. */
	if (p->size / 2000 > p->packed.len)
		return false;
	buf_grow(out, p->size);
	if (uncompress((Bytef *)out->data, &n, (const Bytef *)p->packed.data, p->packed.len) !=
		    Z_OK ||
	    n != p->size)
		return false;
	out->len = n;
	out->data[n] = '\0';
	return true;
}

static bool read_size(struct slice *d, size_t *out)
{
	unsigned shift = 0, c;

	*out = 0;
	do {
		if (!d->n || shift > 28)
			return false;
		c = (unsigned char)*d->p;
		*out |= (size_t)(c & 0x7f) << shift;
		shift += 7;
		d->p++;
		d->n--;
	} while (c & 0x80);
	return true;
}

/* The bytes of a number that the bits of @op, from @bit on, say are there. */
static bool read_some(struct slice *d, unsigned op, unsigned bit, unsigned n, size_t *out)
{
	*out = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!(op & bit << i))
			continue;
		if (!d->n)
			return false;
		*out |= (size_t)(unsigned char)*d->p << i * 8;
		d->p++;
		d->n--;
	}
	return true;
}

/* gitformat-pack(5), "Deltified representation". */
static bool apply_delta(struct slice d, struct slice old, struct buf *out)
{
	size_t from, size, start = out->len, at, n;

	if (!read_size(&d, &from) || !read_size(&d, &size) || from != old.n ||
	    size > FSX_MAX_FILE)
		return false;
	while (d.n) {
		unsigned op = (unsigned char)*d.p;

		d.p++;
		d.n--;
		if (op & 0x80) {
			if (!read_some(&d, op, 1, 4, &at) || !read_some(&d, op, 16, 3, &n))
				return false;
			n = n ? n : 0x10000;
			if (at > old.n || n > old.n - at)
				return false;
			buf_add(out, old.p + at, n);
		} else {
			if (!op || op > d.n)
				return false;
			buf_add(out, d.p, op);
			d.p += op;
			d.n -= op;
		}
		if (out->len - start > size)
			return false;
	}
	return out->len - start == size;
}

int git_binary_apply(const struct patch *p, const struct change *c, bool reverse,
		     struct slice old, struct buf *out, struct err *e)
{
	struct slice rest = c->binary_data;
	struct piece piece = { 0 };
	_cleanup_buf_ struct buf data = BUF_INIT;
	bool ok = read_piece(&rest, &piece);

	if (ok && reverse) {
		buf_clear(&piece.packed);
		ok = read_piece(&rest, &piece);
	}
	ok = ok && inflate_piece(&piece, &data);
	buf_release(&piece.packed);
	if (!ok)
		return err_set(e, ERR_INPUT, "%s:%u: cannot read the binary data", p->name,
			       c->line);
	if (!piece.delta)
		buf_add_slice(out, buf_slice(&data));
	else if (!apply_delta(buf_slice(&data), old, out))
		return err_set(e, ERR_CONFLICT,
			       "%s:%u: the binary delta is to a file of another content", p->name,
			       c->line);
	return 0;
}
