// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/tree_source.h"

#include <sys/stat.h>

static enum blob_kind kind_of(uint32_t mode)
{
	if ((mode & S_IFMT) == S_IFREG)
		return BLOB_FILE;
	return (mode & S_IFMT) == S_IFLNK ? BLOB_LINK : BLOB_OTHER;
}

static int get(struct blob_source *src, struct slice path, struct blob *out,
	       struct err *e)
{
	struct tree_source *s = (struct tree_source *)src;
	_cleanup_free_ char *name = xmemdupz(path.p, path.n);
	struct slice bytes;
	unsigned mode = 0;
	int rc = store_blob_take(s->store, s->tree, name, &bytes, &mode, e);

	*out = (struct blob){ .kind = BLOB_ABSENT };
	if (rc && rc != ERR_NOTFOUND)
		return rc;
	if (rc)
		err_clear(e);
	else
		*out = (struct blob){ .kind = kind_of(mode),
				      .mode = mode,
				      .bytes = bytes,
				      .owner = (char *)(uintptr_t)bytes.p };
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
	*s = (struct tree_source){ { get, put, true }, store, tree };
}
