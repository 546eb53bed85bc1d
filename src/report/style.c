// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/style.h"

/* Select Graphic Rendition, ECMA-48 8.3.117: only what every terminal has. */
static const char *const sgr[] = {
	[TONE_NORMAL] = "\033[m",     [TONE_GOOD] = "\033[32m", [TONE_BAD] = "\033[1;31m",
	[TONE_BROKEN] = "\033[1;35m", [TONE_FAINT] = "\033[2m", [TONE_STALE] = "\033[33m",
	[TONE_BUSY] = "\033[36m",     [TONE_HEAD] = "\033[1m",
};

void style_tone(struct buf *out, const struct style *s, enum tone tone)
{
	if (s->colour == STYLE_COLOUR)
		buf_adds(out, sgr[tone]);
}

void style_add(struct buf *out, const struct style *s, enum tone tone, struct slice text)
{
	if (tone != TONE_NORMAL)
		style_tone(out, s, tone);
	buf_add_slice(out, text);
	if (tone != TONE_NORMAL)
		style_tone(out, s, TONE_NORMAL);
}
