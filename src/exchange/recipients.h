/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who should get a patch: the target's own scripts/get_maintainer.pl over its own
 * MAINTAINERS, both taken out of the store, so that a tree need not be there. It is
 * foreign code and runs in the sandbox.
 */

#include <stdatomic.h>

#include "exchange/send.h"
#include "store/tree.h"

struct recipients_ask {
	struct store *store;
	const char *tree;
	const struct variant_series *series;
	bool no_sandbox;
	const atomic_bool *cancel;
};

/*
 * Adds maintainers and supporters to s->to, everybody else to s->cc. *n gets how many
 * there were. ERR_NOTFOUND when the tree has no such script or list.
 */
int recipients_add(const struct recipients_ask *ask, struct send *s, size_t *n,
		   struct err *e) _must_check_;
