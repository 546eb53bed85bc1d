/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A series as carried for one target: the quilt directory, its patches parsed,
 * and what cells' keys need to know of them.
 */

#include "base/hash.h"
#include "store/conf.h"
#include "text/patch.h"
#include "text/series.h"

struct variant_series {
	char *dir; /* absolute */
	struct series *series;	/* its guards have selected: series_leave_out() */
	struct patch **patches; /* series->entries.n of them */
	bool *reverse;		/* per patch, as the series file says */
	size_t n;
	char bytes[SHA256_HEX];	  /* over the series and every patch, to the byte */
	char changes[SHA256_HEX]; /* over what they change: headers may be edited */
};

/* Reads the series of @target below the repository's top. */
int variant_load(const char *top, const struct conf_target *target,
		 struct variant_series **out, struct err *e) _must_check_;
void variant_free(struct variant_series *v);
