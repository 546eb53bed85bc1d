/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a terminal can show, as told by the command: nothing in this layer asks
 * the environment. Meaning never hangs on colour alone.
 */

#include "base/buf.h"
#include "report/show.h"

enum style_colour { STYLE_PLAIN, STYLE_COLOUR };
enum style_charset { STYLE_ASCII, STYLE_UTF8 };

#define STYLE_MIN_WIDTH 40

struct style {
	unsigned width; /* columns; 0: 80; fewer than STYLE_MIN_WIDTH count as that */
	enum style_colour colour;
	enum style_charset charset;
};

enum tone {
	TONE_NORMAL,
	TONE_GOOD,
	TONE_BAD,
	TONE_BROKEN,
	TONE_FAINT,
	TONE_STALE,
	TONE_BUSY,
	TONE_HEAD,
};

static inline unsigned style_width(const struct style *s)
{
	if (!s->width)
		return 80;
	return s->width < STYLE_MIN_WIDTH ? STYLE_MIN_WIDTH : s->width;
}

static inline enum show_form style_form(const struct style *s)
{
	return s->charset == STYLE_UTF8 ? SHOW_UTF8 : SHOW_ASCII;
}

/* Begins @tone; TONE_NORMAL ends any. Nothing is added for STYLE_PLAIN. */
void style_tone(struct buf *out, const struct style *s, enum tone tone);
/* @text as it is, in @tone. */
void style_add(struct buf *out, const struct style *s, enum tone tone, struct slice text);
