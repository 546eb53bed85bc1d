/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SHA-256 (FIPS 180-4), by nettle; a digest is shown as 64 lower-case hex digits. */

#include <nettle/sha2.h>

#include "base/base.h"
#include "base/err.h"

#define SHA256_HEX 65 /* with the NUL */

struct sha256 {
	struct sha256_ctx ctx;
};

void sha256_start(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
/*
 * Adds a named field, so that neighbours cannot be confused: name, NUL, length
 * as decimal, NUL, bytes.
 */
void sha256_field(struct sha256 *h, const char *name, struct slice value);
void sha256_hex(struct sha256 *h, char hex[static SHA256_HEX]);
void sha256_of(struct slice data, char hex[static SHA256_HEX]);
int sha256_file(const char *path, char hex[static SHA256_HEX], struct err *e) _must_check_;
