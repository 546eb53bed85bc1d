/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * "Did you mean ...?": the word of a list that a mistyped one was meant for.
 * The distance is that of Damerau and Levenshtein in its restricted form: single
 * letters added, dropped, changed, or two neighbours swapped.
 */

#include "base/vec.h"

unsigned word_distance(const char *a, const char *b);
/* The nearest of @words, or NULL when none is near enough to be meant. */
const char *word_nearest(const char *word, const struct strvec *words);
/*
 * What an error says behind a word that is none of @words: " (did you mean 'x'?)",
 * " (there is: x, y)", or nothing where there are none. The caller frees.
 */
char *word_hint(const char *word, const struct strvec *words);
