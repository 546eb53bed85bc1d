/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A growing run of bytes that is always NUL-terminated, so that `data` can be
 * handed to what wants a string; `len` counts without that NUL. `data` is never
 * NULL after the first add. Growth invalidates pointers into it.
 */

#include <stdarg.h>

#include "base/base.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_release(struct buf *b);
void buf_clear(struct buf *b);
/* Room for @extra more bytes and the NUL. */
void buf_grow(struct buf *b, size_t extra);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_add_slice(struct buf *b, struct slice s);
void buf_addf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap);
void buf_truncate(struct buf *b, size_t len);
/* Bytes that a terminal would obey become "?"; LF and TAB stay, and the length. */
void bytes_disarm(char *p, size_t n);
/* Hands the string over (never NULL) and leaves @b empty. */
char *buf_take(struct buf *b);

static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->data ? b->data : "", b->len };
}

static inline const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

#define _cleanup_buf_ _cleanup_(buf_release)
