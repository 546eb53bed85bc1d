/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The encoded words of mail headers (RFC 2047): "=?utf-8?q?J=C3=BCrgen?=". */

#include "base/buf.h"

/*
 * Appends @in with its encoded words decoded to UTF-8, blanks between two of them
 * dropped. A word that is malformed, of an unknown charset, or that would give a
 * control character stays as it stands.
 */
void mime_decode(struct slice in, struct buf *out);
/*
 * Appends @utf8 as a header's text: words with bytes that are not ASCII as encoded
 * words (each below 76 bytes), everything else as it is.
 */
void mime_encode(struct slice utf8, struct buf *out);
/* Whether @s is UTF-8: no overlong forms, surrogates or values above U+10FFFF. */
bool utf8_valid(struct slice s);
/* Appends @in, of the charset of that name, as UTF-8; false, nothing added, when it is
 * not. */
bool utf8_from(const char *charset, struct slice in, struct buf *out);
