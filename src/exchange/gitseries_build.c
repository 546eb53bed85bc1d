// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_build.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "base/map.h"
#include "engine/tree_source.h"
#include "exchange/gitbinary.h"
#include "exchange/gitseries_message.h"

/* 2000-01-01, which no patch of git's time has by chance at these seconds. */
#define UNKNOWN_DATE 946684800

/* Files as the patches so far left them, over the base's tree. */
struct overlay {
	struct blob_source source; /* first: the engine hands it back */
	struct tree_source base;
	struct map files; /* path → struct held */
};

struct held {
	struct blob blob;
	struct buf bytes;
};

static int overlay_get(struct blob_source *src, struct slice path, struct blob *out,
		       struct err *e)
{
	struct overlay *o = (struct overlay *)src;
	struct held *h = map_get(&o->files, path);

	if (!h)
		return o->base.source.get(&o->base.source, path, out, e);
	*out = h->blob;
	return 0;
}

static void overlay_put(struct blob_source *src, struct blob *b)
{
	struct overlay *o = (struct overlay *)src;

	if (b->owner)
		o->base.source.put(&o->base.source, b);
}

static void overlay_release(struct overlay *o)
{
	map_each (it, &o->files) {
		struct held *h = it->value;

		buf_release(&h->bytes);
		free(h);
	}
	map_release(&o->files);
}

/* @mode 0: the file is gone. */
static void overlay_set(struct overlay *o, struct slice path, unsigned mode, struct slice bytes)
{
	void **slot = map_slot(&o->files, path);
	struct held *h = *slot ? *slot : xcalloc(1, sizeof(*h));

	*slot = h;
	buf_clear(&h->bytes);
	buf_add_slice(&h->bytes, bytes);
	h->blob = (struct blob){ BLOB_ABSENT, 0, { NULL, 0 }, NULL };
	if (mode)
		h->blob = (struct blob){ mode == MODE_LINK ? BLOB_LINK : BLOB_FILE, mode,
					 buf_slice(&h->bytes), NULL };
}

struct builder {
	const struct edit_build *in;
	struct overlay overlay;
	char tree[OID_HEX], head[OID_HEX];
	size_t n;   /* commits so far */
	bool fuzzy; /* the last patch needed fuzz */
	struct err *e;
};

static int commit(struct builder *b, const struct commit_text *c)
{
	int zone = c->zone < 0 ? -c->zone : c->zone;
	_cleanup_buf_ struct buf raw = BUF_INIT;

	buf_addf(&raw, "tree %s\nparent %s\nauthor %s <%s> %lld %c%02d%02d\ncommitter %s\n\n",
		 b->tree, b->head, c->name, c->mail, (long long)c->time, c->zone < 0 ? '-' : '+',
		 zone / 60, zone % 60, b->in->committer);
	buf_add_slice(&raw, c->message);
	return batch_put(b->in->batch, BATCH_COMMIT, buf_slice(&raw), b->head, b->e);
}

/* What one patch makes of the tree. */
struct step {
	struct arena arena;
	VEC(struct store_change) changes;
};

static void step_release(struct step *st)
{
	vec_release(&st->changes);
	arena_release(&st->arena);
}

static void step_add(struct builder *b, struct step *st, struct slice path, unsigned mode,
		     struct slice bytes)
{
	struct store_change c = { arena_dup(&st->arena, path.p, path.n), mode,
				  { arena_dup(&st->arena, bytes.p, bytes.n), bytes.n } };

	vec_push(&st->changes, c);
	overlay_set(&b->overlay, path, mode, bytes);
}

/* With which fuzz it would apply; 0: with none. */
static unsigned wanted_fuzz(const struct patch_outcome *o)
{
	unsigned most = 0;

	for (uint32_t i = 0; i < o->patch->nchanges; i++) {
		const struct change_outcome *c = &o->changes[i];

		if (c->reason && c->reason != CONFLICT_FUZZ)
			return 0;
		for (uint32_t k = 0; k < c->change->nhunks; k++) {
			const struct hunk_outcome *h = &c->hunks[k];

			if (h->fate == HUNK_CONFLICT && h->reason != CONFLICT_FUZZ)
				return 0;
			if (h->fate == HUNK_CONFLICT && h->fuzz > most)
				most = h->fuzz;
		}
	}
	return most;
}

static int refuse(struct builder *b, const struct series_entry *en,
		  const struct apply_result *r)
{
	unsigned fuzz = wanted_fuzz(&r->patches[0]);
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct slice text;

	if (r->patches[0].answer == ANSWER_ALREADY)
		return err_set(b->e, ERR_CONFLICT, "%s: all that it does is there already",
			       en->name);
	apply_explain(&r->patches[0], &why);
	if (fuzz)
		buf_addf(&why, "'carry edit --fuzz=%u' takes it as it is", fuzz);
	text = slice_trim(buf_slice(&why));
	return err_set(b->e, ERR_CONFLICT, "%s does not apply: %.*s", en->name,
		       SLICE_ARG(text));
}

/* The file's id as the patch has it: a literal says nothing else of what it replaces. */
static int check_old(struct builder *b, const struct patch *p, const struct change *c,
		     const struct blob *old, struct slice want)
{
	char id[OID_HEX];
	int rc;

	if (want.n != OID_HEX - 1 || old->kind == BLOB_ABSENT)
		return 0;
	rc = batch_put(b->in->batch, BATCH_BLOB, old->bytes, id, b->e);
	if (!rc && !slice_eqs(want, id))
		rc = err_set(b->e, ERR_CONFLICT, "%s:%u: the binary file is another one: %s",
			     p->name, c->line, id);
	return rc;
}

static int apply_binary(struct builder *b, const struct patch *p, const struct change *c,
			bool reverse, struct step *st)
{
	struct slice from = reverse ? c->new_path : c->old_path;
	struct slice to = reverse ? c->old_path : c->new_path;
	unsigned mode = reverse ? c->old_mode : c->new_mode;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct blob old = { .kind = BLOB_ABSENT };
	int rc = 0;

	if (from.p)
		rc = overlay_get(&b->overlay.source, from, &old, b->e);
	if (!rc && from.p && old.kind != BLOB_FILE)
		rc = err_set(b->e, ERR_CONFLICT, "%s:%u: the binary file is not there", p->name,
			     c->line);
	if (!rc)
		rc = check_old(b, p, c, &old, reverse ? c->new_id : c->old_id);
	if (!rc)
		rc = git_binary_apply(p, c, reverse, old.bytes, &out, b->e);
	if (!mode)
		mode = old.mode ? old.mode : MODE_FILE;
	overlay_put(&b->overlay.source, &old);
	if (rc)
		return rc;
	if (from.p && (!to.p || !slice_eq(from, to)))
		step_add(b, st, from, 0, (struct slice){ "", 0 });
	if (to.p)
		step_add(b, st, to, mode, buf_slice(&out));
	return 0;
}

/* The engine knows binary data, but does not decode them: that is done here. */
static int apply_binaries(struct builder *b, const struct series_entry *en,
			  const struct patch *p, struct step *st)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < p->nchanges; i++) {
		if (p->changes[i].binary == BINARY_DATA)
			rc = apply_binary(b, p, &p->changes[i], en->reverse, st);
	}
	return rc;
}

static int apply_texts(struct builder *b, const struct series_entry *en, const struct patch *p,
		       struct step *st)
{
	struct apply_policy policy = APPLY_POLICY_INIT;
	_cleanup_apply_result_ struct apply_result *r = NULL;
	_cleanup_free_ struct change *changes = xcalloc(p->nchanges + 1, sizeof(*changes));
	struct patch text = *p;
	const struct patch *one = &text;
	int rc;

	policy.max_fuzz = b->in->fuzz;
	text.changes = changes;
	text.nchanges = 0;
	for (uint32_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].binary != BINARY_DATA)
			changes[text.nchanges++] = p->changes[i];
	}
	if (!text.nchanges)
		return 0;
	rc = apply_series(&b->overlay.source, &one, &en->reverse, 1, &policy, &r, b->e);
	if (rc)
		return err_wrap(b->e, "cannot apply '%s'", en->name);
	if (r->patches[0].answer != ANSWER_APPLIES)
		return refuse(b, en, r);
	b->fuzzy = r->hunks_fuzz > 0;
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct result_file *f = &r->files[i];

		step_add(b, st, f->path, f->deleted ? 0 : f->mode, f->bytes);
	}
	return 0;
}

static int apply_patch(struct builder *b, const struct series_entry *en,
		       const struct patch *p)
{
	struct step st = { 0 };
	int rc;

	b->fuzzy = false;
	rc = apply_texts(b, en, p, &st);

	if (!rc)
		rc = apply_binaries(b, en, p, &st);
	if (!rc && !b->in->tree_only)
		rc = batch_tree(b->in->batch, b->tree, st.changes.v, st.changes.n, b->tree,
				b->e);
	step_release(&st);
	return rc;
}

/* Whether the base has the file, which none of the patches leave there. */
static int base_has(struct builder *b, struct slice path, bool *has)
{
	struct blob_source *base = &b->overlay.base.source;
	struct blob was = { .kind = BLOB_ABSENT };
	int rc = base->get(base, path, &was, b->e);

	*has = was.kind != BLOB_ABSENT;
	if (was.owner)
		base->put(base, &was);
	return rc;
}

/* The tree after all patches: what they made and took away again is no change. */
static int build_last(struct builder *b)
{
	VEC(struct store_change) changes = { 0 };
	int rc = 0;

	map_each (it, &b->overlay.files) {
		const struct held *h = it->value;
		bool has = true;

		if (!rc && !h->blob.mode)
			rc = base_has(b, slice_str(it->key), &has);
		if (has)
			vec_push(&changes, (struct store_change){ it->key, h->blob.mode,
								  h->blob.bytes });
	}
	if (!rc && changes.n)
		rc = batch_tree(b->in->batch, b->tree, changes.v, changes.n, b->tree, b->e);
	vec_release(&changes);
	return rc;
}

static int commit_patch(struct builder *b, const struct series_entry *en,
			const struct patch *p, struct edit_state *s)
{
	_cleanup_message_ struct message m = { 0 };
	struct edit_entry entry = { .name = arena_strdup(&s->arena, en->name),
				    .fuzzy = b->fuzzy };
	int rc;

	message_read(p->header, en->name, false, &m);
	if (!*m.commit.name) {
		m.commit.name = *m.commit.mail ? m.commit.mail : "unknown";
		if (!*m.commit.mail)
			m.commit.mail = "unknown";
	}
	if (!m.has_date)
		m.commit.time = UNKNOWN_DATE + (int64_t)b->n;
	b->n++;
	if (memchr(m.commit.message.p, '\0', m.commit.message.n))
		return err_set(b->e, ERR_INPUT,
			       "cannot make a commit of '%s': a NUL byte stands in its message",
			       en->name);
	rc = commit(b, &m.commit);
	memcpy(entry.commit, b->head, OID_HEX);
	vec_push(&s->entries, entry);
	return rc;
}

static int add_patch(struct builder *b, const struct series_entry *en, struct edit_state *s)
{
	const struct series_file *f = series_files_find(b->in->files, en->name);
	_cleanup_patch_ struct patch *p = NULL;
	struct buf bytes = BUF_INIT;
	int rc;

	buf_add_slice(&bytes, f->bytes);
	rc = patch_parse(en->name, &bytes, en->strip, &p, b->e);
	if (!rc)
		rc = apply_patch(b, en, p);
	if (!rc && !b->in->tree_only)
		rc = commit_patch(b, en, p, s);
	return rc;
}

/* b4 demands one of this form: the date, a slug, and what makes it unique. */
static void add_change_id(const char *target, struct buf *out)
{
	unsigned char random[6] = { 0 };
	time_t now = time(NULL);
	char day[16];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(day, sizeof(day), "%Y%m%d", &tm);
	buf_addf(out, "%s-carry-", day);
	for (const char *c = target; *c; c++)
		buf_addc(out, strchr("._", *c) ? '-' : *c);
	buf_addc(out, '-');
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return;
	for (size_t i = 0; i < sizeof(random); i++)
		buf_addf(out, "%02x", random[i]);
}

void edit_cover_message(const struct series_file *file, const char *target, struct buf *out)
{
	_cleanup_buf_ struct buf id = BUF_INIT;
	_cleanup_message_ struct message m = { 0 };
	struct slice text = file ? file->bytes : (struct slice){ "", 0 };

	message_read(text, "", true, &m);
	if (file)
		buf_add_slice(out, m.commit.message);
	else
		buf_addf(out,
			 "EDITME: cover title for %s\n\n# What this series does, and why. It is "
			 "kept beside the\n# patches once it is edited.\n\nEDITME\n",
			 target);
	if (text.n && memmem(text.p, text.n, TRACKING_MARK, strlen(TRACKING_MARK)))
		return;
	add_change_id(target, &id);
	buf_addf(out,
		 "\n" TRACKING_MARK "\n"
		 "# This section is used internally by b4 prep for tracking purposes.\n"
		 "{\n  \"series\": {\n    \"revision\": 1,\n    \"change-id\": \"%s\",\n"
		 "    \"base-branch\": \"carry-base/%s\",\n    \"prefixes\": []\n  }\n}\n",
		 buf_str(&id), target);
}

static int add_cover(struct builder *b, struct edit_state *s)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct commit_text c = { .zone = 0 };
	const char *lt = strchr(b->in->committer, '<'), *gt;
	int rc;

	/* The cover is the committer's own, and now: b4 looks for a recent one. */
	gt = lt ? strchr(lt, '>') : NULL;
	BUG_ON(!gt);
	edit_cover_message(series_files_find(b->in->files, COVER_FILE), b->in->target, &text);
	c.name = xmemdupz(b->in->committer,
			  lt > b->in->committer ? (size_t)(lt - b->in->committer - 1) : 0);
	c.mail = xmemdupz(lt + 1, (size_t)(gt - lt - 1));
	c.time = time(NULL);
	c.message = buf_slice(&text);
	rc = commit(b, &c);
	memcpy(s->cover, b->head, OID_HEX);
	free((char *)c.name);
	free((char *)c.mail);
	return rc;
}

int edit_build(const struct edit_build *in, struct edit_state *s, char tree[static OID_HEX],
	       struct err *e)
{
	struct builder b = { .in = in, .e = e };
	int rc = 0;

	memcpy(b.tree, in->base_tree, OID_HEX);
	if (in->base_commit)
		memcpy(b.head, in->base_commit, OID_HEX);
	b.overlay.source = (struct blob_source){ overlay_get, overlay_put };
	tree_source_init(&b.overlay.base, (struct store *)batch_store(in->batch), in->base_tree);
	if (!in->tree_only)
		rc = add_cover(&b, s);
	vec_each (en, &in->files->series->entries) {
		if (!rc && en->applies)
			rc = add_patch(&b, en, s);
	}
	if (!rc && in->tree_only)
		rc = build_last(&b);
	overlay_release(&b.overlay);
	memcpy(tree, b.tree, OID_HEX);
	if (!in->tree_only)
		memcpy(s->head, b.head, OID_HEX);
	return rc;
}
