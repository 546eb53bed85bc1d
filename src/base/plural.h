/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* For messages: the word that goes with a number of things. */

#include <stddef.h>

static inline const char *plural(size_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}
