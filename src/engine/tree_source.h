/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A tree of the store as a source of blobs for applying patches. */

#include "engine/apply.h"
#include "store/tree.h"

struct tree_source {
	struct blob_source source; /* first: the engine hands it back */
	struct store *store;
	const char *tree; /* tree id, borrowed */
};

void tree_source_init(struct tree_source *s, struct store *store, const char *tree);
