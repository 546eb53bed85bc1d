// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/quilt_patched.h"

#include <fcntl.h>

static int backup_get(struct blob_source *src, struct slice path, struct blob *out,
		      struct err *e)
{
	struct patched *p = (struct patched *)src;
	_cleanup_free_ char *name = xasprintf("%s/%.*s", p->name, SLICE_ARG(path));
	struct buf *bytes = xcalloc(1, sizeof(*bytes));
	struct err why = { 0 };
	struct stat st;
	int rc = beneath_read(p->q->pc_fd, name, bytes, &why);

	*out = (struct blob){ .kind = BLOB_ABSENT };
	if (!rc && bytes->len) {
		bool x = !fstatat(p->q->pc_fd, name, &st, AT_SYMLINK_NOFOLLOW) &&
			 st.st_mode & 0100;

		*out = (struct blob){ .kind = BLOB_FILE,
				      .mode = x ? 0100755 : 0100644,
				      .bytes = buf_slice(bytes),
				      .owner = bytes };
		return 0;
	}
	buf_release(bytes);
	free(bytes);
	return rc && rc != ERR_NOTFOUND ? err_set(e, rc, "%s", why.msg) : 0;
}

static void backup_put(struct blob_source *src, struct blob *b)
{
	(void)src;
	buf_release(b->owner);
	free(b->owner);
	*b = (struct blob){ 0 };
}

/*
 * The patch, or NULL: quilt has only the name of one that was not refreshed yet, or a
 * description.
 */
static int read_patch(struct patched *p, struct err *e)
{
	size_t at;
	int rc = p->q->series ? quilt_find(p->q, p->name, &at, e) : 0;

	if (rc || !p->q->series)
		return rc;
	p->reverse = p->q->series->entries.v[at].reverse;
	return quilt_read_made(p->q, at, &p->patch, e);
}

int patched_open(struct quilt *q, size_t index, unsigned fuzz, struct patched *p,
		 struct err *e)
{
	int rc;

	*p = (struct patched){ .backups = { backup_get, backup_put },
			       .q = q,
			       .name = q->applied.v[index],
			       .policy = { .dialect = DIALECT_PATCH, .max_fuzz = fuzz } };
	rc = read_patch(p, e);
	if (rc || !p->patch)
		return rc;
	return apply_series(&p->backups, (const struct patch *const *)&p->patch, &p->reverse,
			    1, &p->policy, &p->result, e);
}

int patched_fit(struct patched *p, struct err *e)
{
	const struct patch *fitting = &p->forced.patch;
	int rc = forced_make(&p->backups, &p->policy, patched_outcome(p), p->reverse,
			     &p->forced, e);

	return rc ? rc
		  : apply_series(&p->backups, &fitting, &p->reverse, 1, &p->policy,
				 &p->fitting, e);
}

const struct patch_outcome *patched_outcome(const struct patched *p)
{
	return p->result ? &p->result->patches[0] : NULL;
}

const struct result_file *patched_file(const struct patched *p, const char *file)
{
	const struct apply_result *r = p->fitting ? p->fitting : p->result;

	for (size_t i = 0; r && i < r->nfiles; i++) {
		if (slice_eqs(r->files[i].path, file))
			return &r->files[i];
	}
	return NULL;
}

void patched_release(struct patched *p)
{
	apply_result_free(p->fitting);
	apply_result_free(p->result);
	forced_release(&p->forced);
	patch_free(p->patch);
}
