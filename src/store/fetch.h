/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Obtaining bases, from the sources of carry.conf, in their order. The only
 * part of carry that uses the network. What is downloaded is verified (apt's
 * signatures, given checksums), imported, and not kept.
 */

#include <stdatomic.h>

#include "base/log.h"
#include "store/base.h"
#include "store/tree.h"

struct fetch_opts {
	struct log_sink *sink;
	const atomic_bool *cancel; /* or NULL */
};

struct fetch;

/*
 * Begins a session: the lists of packages are updated at most once in it, and
 * no other fetch works in the same cache. Waits for one that does.
 */
int fetch_open(struct store *s, const struct conf *c, const struct fetch_opts *o,
	       struct fetch **out, struct err *e) _must_check_;
void fetch_close(struct fetch *f);

/*
 * Obtains the newest base of @t from the first source that serves, and records
 * it. *moved tells whether its tree is another than the one recorded before.
 * ERR_UNAVAILABLE with the reason of each source when none serves; the base
 * that was recorded stays then.
 */
int fetch_target(struct fetch *f, const struct conf_target *t, struct base **out,
		 bool *moved, struct err *e) _must_check_;
