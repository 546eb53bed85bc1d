// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/tree_source.h"

static int get(struct blob_source *src, struct slice path, struct blob *out,
	       struct err *e)
{
	static const enum blob_kind none[] = { [STORE_ABSENT] = BLOB_ABSENT,
					       [STORE_OTHER] = BLOB_OTHER,
					       [STORE_BEYOND] = BLOB_BEYOND };
	struct tree_source *s = (struct tree_source *)src;
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);
	enum store_kind kind;
	struct slice bytes;
	unsigned mode;
	int rc = store_look(s->store, s->tree, name, &kind, &bytes, &mode, e);

	*out = (struct blob){ .kind = BLOB_ABSENT };
	if (rc)
		return rc;
	if (kind == STORE_FILE)
		*out = (struct blob){ .kind = mode == MODE_LINK ? BLOB_LINK : BLOB_FILE,
				      .mode = mode,
				      .bytes = bytes,
				      .owner = (char *)(uintptr_t)bytes.p };
	else
		out->kind = none[kind];
	return 0;
}

static void put(struct blob_source *src, struct blob *b)
{
	(void)src;
	free(b->owner);
	b->owner = NULL;
}

void tree_source_init(struct tree_source *s, struct store *store, const char *tree)
{
	*s = (struct tree_source){ { .get = get, .put = put, .threads = true }, store, tree };
}
