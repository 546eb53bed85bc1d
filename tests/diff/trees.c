// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * trees SEED CASES WORK: random trees and series (gen.h), applied by us, by GNU patch
 * and by git apply. The cases of one batch are directories of one tree, so that each
 * other program runs once for each patch of all their series. Prints TAP; each line
 * that is not ok names seed and case.
 *
 * Asked: with DIALECT_PATCH we agree with GNU patch, with and without fuzz; with
 * DIALECT_GIT with git apply; what DIALECT_STRICT accepts GNU patch accepts too, with
 * the same result; a series is what its patches are one after the other, and taken back
 * it was never there.
 */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/vec.h"
#include "engine/apply_source.h"
#include "gen.h"

#define BATCH 200
#define NEVER GEN_PATCHES /* of `failed_at`: no patch failed */

enum peer { PEER_PATCH0, PEER_PATCH2, PEER_GIT, NPEERS };

static const char *const peer_dirs[NPEERS] = { "patch0", "patch2", "git" };

struct batch {
	struct rng rng;
	uint64_t seed;
	const char *work;
	struct gen_case cases[BATCH];
	unsigned failed_at[NPEERS][BATCH];
	VEC(int) order[GEN_PATCHES]; /* cases of GNU patch's changes; -1: nobody's */
	struct err e;
	unsigned asked, failed, both[NPEERS], neither[NPEERS], excused[NPEERS];
	unsigned strict, back;
};

static int put_node(struct batch *b, const char *dir, unsigned id, unsigned k,
		    const struct node *n)
{
	_cleanup_free_ char *path =
		xasprintf("%s/%s/c%03u/%s", b->work, dir, id, gen_names[k]);

	if (n->kind == NODE_FILE)
		return put_file(path, buf_slice(&n->bytes), n->exec, &b->e);
	if (n->kind == NODE_LINK && symlink(buf_str(&n->bytes), path))
		return err_sys(&b->e, errno, "cannot link '%s'", path);
	return 0;
}

static int put_tree(struct batch *b, const char *dir, unsigned id)
{
	_cleanup_free_ char *path = xasprintf("%s/%s/c%03u/d", b->work, dir, id);
	int rc = fsx_mkdirs(path, &b->e);

	for (unsigned k = 0; k < GEN_NAMES && !rc; k++)
		rc = put_node(b, dir, id, k, &b->cases[id].base.n[k]);
	return rc;
}

static int put_trees(struct batch *b, const char *name)
{
	_cleanup_free_ char *dir = path_join(b->work, name);
	int rc = fsx_remove(dir, &b->e);

	for (unsigned i = 0; i < BATCH && !rc; i++)
		rc = put_tree(b, name, i);
	return rc;
}

/*
 * Everybody's k-th patches: one file for GNU patch, one for git (see mend_git()). A
 * header without hunks ends where another "diff --git" begins, so plain ones come last.
 */
static void note_order(struct batch *b, unsigned k, int id)
{
	struct slice rest = buf_slice(&b->cases[id].patch[k]), line;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, b->cases[id].plain ? "+++ " : "diff --git "))
			vec_push(&b->order[k], id);
	}
}

static void add_patches(struct batch *b, unsigned k, bool risky, struct buf *out)
{
	for (unsigned i = 0; i < BATCH; i++) {
		if (!b->cases[i].plain && (risky || !b->cases[i].risky))
			buf_add_slice(out, buf_slice(&b->cases[i].patch[k]));
	}
	buf_addf(out,
		 "diff --git a/between%u b/between%u\nnew file mode 100644\n--- /dev/null\n"
		 "+++ b/between%u\n@@ -0,0 +1 @@\n+x\n",
		 k, k, k);
	for (unsigned i = 0; i < BATCH; i++) {
		if (b->cases[i].plain && (risky || !b->cases[i].risky))
			buf_add_slice(out, buf_slice(&b->cases[i].patch[k]));
	}
}

static int put_patches(struct batch *b, unsigned k)
{
	_cleanup_free_ char *path = xasprintf("%s/%u.patch", b->work, k);
	_cleanup_free_ char *path_all = xasprintf("%s.all", path);
	_cleanup_buf_ struct buf all = BUF_INIT, some = BUF_INIT;
	int rc;

	b->order[k].n = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < BATCH; i++) {
			if (b->cases[i].plain == pass)
				note_order(b, k, i);
		}
		if (!pass)
			vec_push(&b->order[k], -1);
	}
	add_patches(b, k, true, &all);
	add_patches(b, k, false, &some);
	rc = put_file(path, buf_slice(&some), false, &b->e);
	return rc ? rc : put_file(path_all, buf_slice(&all), false, &b->e);
}

static int prepare(struct batch *b)
{
	int rc = 0;

	for (unsigned i = 0; i < BATCH; i++)
		gen_case(&b->rng, i, &b->cases[i]);
	for (unsigned d = 0; d < NPEERS && !rc; d++)
		rc = put_trees(b, peer_dirs[d]);
	for (unsigned k = 0; k < GEN_PATCHES && !rc; k++)
		rc = put_patches(b, k);
	return rc;
}

/* The case that a line of their output is about, or -1. */
static int case_of(struct slice line)
{
	for (size_t i = 0; i + 4 < line.n; i++) {
		const char *p = line.p + i;

		if (p[0] == 'c' && p[4] == '/' && p[1] >= '0' && p[1] <= '9' && p[2] >= '0' &&
		    p[2] <= '9' && p[3] >= '0' && p[3] <= '9' &&
		    (!i || p[-1] == '/' || p[-1] == ' ' || p[-1] == '\''))
			return (p[1] - '0') * 100 + (p[2] - '0') * 10 + p[3] - '0';
	}
	return -1;
}

static bool has(struct slice line, const char *words)
{
	return line.n && memmem(line.p, line.n, words, strlen(words));
}

static void blame(struct batch *b, enum peer peer, int id, unsigned patch)
{
	if (id >= 0 && id < BATCH && b->failed_at[peer][id] > patch)
		b->failed_at[peer][id] = patch;
}

/*
 * GNU patch --verbose begins each change with "Hmm...", shows its header behind bars
 * unless it cannot make sense of it, and says then what is wrong.
 */
static void read_patch_words(struct batch *b, enum peer peer, unsigned patch,
			     struct slice rest)
{
	static const char *const bad[] = { "FAILED",   "ignored",	 "kipping",
					   "refusing", "Ignoring",	 "Not deleting",
					   "annot ",   "already exists", "doesn't exist" };
	struct slice line;
	size_t next = 0;
	int cur = -1;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "Hmm..."))
			cur = next < b->order[patch].n ? b->order[patch].v[next++] : -1;
		BUG_ON(line.p[0] == '|' && case_of(line) >= 0 && case_of(line) != cur);
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			if (line.p[0] != '|' && has(line, bad[i]))
				blame(b, peer, cur, patch);
		}
	}
}

static void read_git_words(struct batch *b, unsigned patch, struct slice rest)
{
	struct slice line;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "error:") || has(line, " reject"))
			blame(b, PEER_GIT, case_of(line), patch);
	}
}

static int run_peer(struct batch *b, enum peer peer, unsigned k)
{
	_cleanup_free_ char *name =
		xasprintf("../%u.patch%s", k, peer == PEER_GIT ? "" : ".all");
	const char *const patch[] = { "patch",
				      "-p1",
				      "-f",
				      "--verbose",
				      peer == PEER_PATCH0 ? "-F0" : "-F2",
				      "--no-backup-if-mismatch",
				      "-i",
				      name,
				      NULL };
	const char *const git[] = { "git",	"apply", "-p1", "--reject", "-v",
				    "--whitespace=nowarn", name,  NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int status;
	int rc = run_tool(b->work, peer_dirs[peer], peer == PEER_GIT ? git : patch,
			  SLICE(""), &out, &status, &b->e);

	if (rc)
		return rc;
	if (status > 1 && peer == PEER_GIT)
		return ERR_TOOL;
	if (status > 1)
		return err_set(&b->e, ERR_TOOL, "seed %llu: %s gave up: %.*s",
			       (unsigned long long)b->seed, peer_dirs[peer],
			       (int)(out.len > 400 ? 400 : out.len),
			       buf_str(&out) + (out.len > 400 ? out.len - 400 : 0));
	if (peer == PEER_GIT)
		read_git_words(b, k, buf_slice(&out));
	else
		read_patch_words(b, peer, k, buf_slice(&out));
	return 0;
}

static int run_alone(struct batch *b, unsigned id)
{
	const char *const git[] = { "git", "apply", "-p1", "--whitespace=nowarn", "-", NULL };
	int rc = 0;

	b->failed_at[PEER_GIT][id] = NEVER;
	for (unsigned k = 0; k < b->cases[id].npatches && !rc; k++) {
		struct slice text = buf_slice(&b->cases[id].patch[k]);
		int status = 0;

		if (text.n)
			rc = run_tool(b->work, "git", git, text, NULL, &status, &b->e);
		if (status)
			blame(b, PEER_GIT, (int)id, k);
	}
	return rc;
}

/*
 * git apply --reject dies of a deletion that does not fit, and all others with it. So
 * where that is likely each patch is a run, and where it happened all are.
 */
static int mend_git(struct batch *b, int rc)
{
	bool died = rc == ERR_TOOL;

	if (died) {
		err_clear(&b->e);
		rc = put_trees(b, peer_dirs[PEER_GIT]);
	}
	for (unsigned i = 0; i < BATCH && !rc; i++) {
		if (died || b->cases[i].risky)
			rc = run_alone(b, i);
	}
	return rc;
}

static int run_peers(struct batch *b)
{
	int rc = 0;

	for (unsigned p = 0; p < NPEERS; p++) {
		for (unsigned i = 0; i < BATCH; i++)
			b->failed_at[p][i] = NEVER;
		for (unsigned k = 0; k < GEN_PATCHES && !rc; k++)
			rc = run_peer(b, p, k);
	}
	return mend_git(b, rc);
}

static int read_node(struct batch *b, const char *dir, unsigned id, unsigned k,
		     struct node *out)
{
	_cleanup_free_ char *path =
		xasprintf("%s/%s/c%03u/%s", b->work, dir, id, gen_names[k]);
	char target[256];
	struct stat st;
	ssize_t n;

	buf_clear(&out->bytes);
	out->kind = NODE_NONE;
	out->exec = false;
	if (lstat(path, &st))
		return 0;
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target));
		buf_add(&out->bytes, target, n > 0 ? (size_t)n : 0);
		out->kind = NODE_LINK;
		return 0;
	}
	out->kind = NODE_FILE;
	out->exec = st.st_mode & 0100;
	return fsx_read(path, &out->bytes, &b->e);
}

/* Our side: a tree with what some patches made of it, and where they stopped. */
struct ours {
	struct gen_tree tree;
	unsigned failed_at;
	bool inexact;
	bool pure_move; /* a rename or copy without hunks */
	bool occupied; /* a rename or copy of what is not there, or onto what is */
	struct buf why;
	struct err e;
};

static struct blob_source *source_of(const struct gen_tree *t, unsigned id)
{
	struct blob_source *src = memory_source_new();

	for (unsigned k = 0; k < GEN_NAMES; k++) {
		const struct node *n = &t->n[k];
		_cleanup_free_ char *path = xasprintf("c%03u/%s", id, gen_names[k]);

		if (n->kind)
			memory_source_add(src, path,
					  n->kind == NODE_LINK ? 0120000
					  : n->exec	       ? 0100755
							       : 0100644,
					  buf_slice(&n->bytes));
	}
	return src;
}

static void take_result(const struct apply_result *r, struct gen_tree *t)
{
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct result_file *f = &r->files[i];

		for (unsigned k = 0; k < GEN_NAMES; k++) {
			struct node *n = &t->n[k];

			if (!slice_eqs((struct slice){ f->path.p + 5, f->path.n - 5 },
				       gen_names[k]))
				continue;
			n->kind = f->deleted		? NODE_NONE
				  : f->mode == 0120000 ? NODE_LINK
						       : NODE_FILE;
			n->exec = f->mode == 0100755;
			buf_clear(&n->bytes);
			buf_add_slice(&n->bytes, f->bytes);
		}
	}
}

static void look_why(const struct patch_outcome *po, struct ours *o)
{
	for (uint32_t i = 0; po->changes && i < po->patch->nchanges; i++) {
		const struct change_outcome *c = &po->changes[i];

		if (c->change->kind != CHANGE_RENAME && c->change->kind != CHANGE_COPY)
			continue;
		o->pure_move |= !c->change->nhunks;
		o->occupied |= c->answer == ANSWER_ALREADY || c->reason == CONFLICT_EXISTS ||
			       c->reason == CONFLICT_MISSING_FILE;
	}
}

/* Patches as texts onto o->tree; forward, or all of them back. */
static void apply_texts(struct ours *o, unsigned id, const struct buf *text, unsigned n,
			bool back, const struct apply_policy *policy)
{
	_cleanup_source_ struct blob_source *src = source_of(&o->tree, id);
	_cleanup_apply_result_ struct apply_result *r = NULL;
	const struct patch *p[GEN_PATCHES] = { NULL };
	struct patch *parsed[GEN_PATCHES] = { NULL };
	bool reverse[GEN_PATCHES] = { back, back, back };
	unsigned made = 0;
	int rc = 0;

	o->failed_at = NEVER;
	o->inexact = o->pure_move = o->occupied = false;
	err_clear(&o->e);
	buf_clear(&o->why);
	for (; made < n && !rc; made += !rc) {
		_cleanup_buf_ struct buf copy = BUF_INIT;

		buf_add_slice(&copy, buf_slice(&text[made]));
		rc = patch_parse("case", &copy, 1, &parsed[made], &o->e);
	}
	if (rc)
		o->failed_at = made;
	for (unsigned i = 0; i < made; i++)
		p[i] = parsed[back ? made - 1 - i : i];
	if (!rc || !back)
		rc = apply_series(src, p, reverse, made, policy, &r, &o->e);
	for (size_t i = 0; !rc && i < r->npatches; i++) {
		if (r->patches[i].answer != ANSWER_APPLIES && i < o->failed_at)
			o->failed_at = (unsigned)i;
		look_why(&r->patches[i], o);
		apply_explain(&r->patches[i], &o->why);
	}
	if (rc && o->failed_at == NEVER)
		o->failed_at = 0;
	if (!rc) {
		take_result(r, &o->tree);
		o->inexact = r->hunks_offset || r->hunks_fuzz;
	}
	for (unsigned i = 0; i < GEN_PATCHES; i++)
		patch_free(parsed[i]);
}

/* @any_mode: what a patch says of modes may be wrong; a plain one says nothing. */
static bool same_tree(const struct gen_tree *a, const struct gen_tree *b, bool any_mode)
{
	for (unsigned k = 0; k < GEN_NAMES; k++) {
		struct node n = a->n[k];

		n.exec = any_mode ? b->n[k].exec : n.exec;
		if (!node_eq(&n, &b->n[k]))
			return false;
	}
	return true;
}

static void show_tree(const char *what, const struct gen_tree *t)
{
	printf("# -- %s\n", what);
	for (unsigned k = 0; k < GEN_NAMES; k++) {
		const struct node *n = &t->n[k];
		_cleanup_buf_ struct buf out = BUF_INIT;

		if (!n->kind)
			continue;
		for (size_t i = 0; i < n->bytes.len; i++) {
			if (n->bytes.data[i] == '\n')
				buf_adds(&out, "|");
			else if (n->bytes.data[i] == '\r')
				buf_adds(&out, "^");
			else
				buf_addc(&out, n->bytes.data[i]);
		}
		printf("# %s%s: %s\n", gen_names[k],
		       n->kind == NODE_LINK ? "@"
		       : n->exec	    ? "*"
					    : "",
		       buf_str(&out));
	}
}

static void show_lines(struct slice rest)
{
	struct slice line;

	while (slice_line(&rest, &line))
		printf("# %.*s%s", SLICE_ARG(line), slice_ends(line, "\n") ? "" : "\n");
}

static void show(struct batch *b, unsigned id, const struct gen_tree *theirs,
		 const struct ours *o)
{
	const struct gen_case *c = &b->cases[id];

	show_tree("base", &c->base);
	for (unsigned k = 0; k < c->npatches; k++) {
		printf("# -- patch %u\n", k);
		show_lines(buf_slice(&c->patch[k]));
	}
	printf("# -- failed at: we %u, they %u %u %u\n", o->failed_at, b->failed_at[0][id],
	       b->failed_at[1][id], b->failed_at[2][id]);
	show_lines(o->e.code ? slice_str(o->e.msg) : buf_slice(&o->why));
	show_tree("ours", &o->tree);
	if (theirs)
		show_tree("theirs", theirs);
}

static void complain(struct batch *b, unsigned id, const char *what,
		     const struct gen_tree *theirs, const struct ours *o)
{
	b->failed++;
	printf("# seed %llu case %u: %s\n", (unsigned long long)b->seed, id, what);
	if (b->failed <= 10)
		show(b, id, theirs, o);
}

static int theirs(struct batch *b, enum peer peer, unsigned id, struct gen_tree *out)
{
	int rc = 0;

	for (unsigned k = 0; k < GEN_NAMES && !rc; k++)
		rc = read_node(b, peer_dirs[peer], id, k, &out->n[k]);
	return rc;
}

static void begin(struct ours *o, const struct gen_case *c)
{
	gen_tree_copy(&o->tree, &c->base);
}

/* A line behind one without LF: on a line of its own here, on the same one there. */
static bool runs_on(const struct gen_tree *ours, const struct gen_tree *theirs)
{
	for (unsigned k = 0; k < GEN_NAMES; k++) {
		const struct node *a = &ours->n[k], *b = &theirs->n[k];

		if (a->kind != b->kind || a->exec != b->exec ||
		    (!slice_eq(buf_slice(&a->bytes), buf_slice(&b->bytes)) &&
		     !lf_less(buf_slice(&a->bytes), buf_slice(&b->bytes))))
			return false;
	}
	return true;
}

static struct apply_policy policy_of(enum peer peer)
{
	return (struct apply_policy){ .dialect = peer == PEER_GIT ? DIALECT_GIT
								  : DIALECT_PATCH,
				      .max_fuzz = peer == PEER_PATCH2 ? 2 : 0 };
}

/* What another program makes of the first @n patches of a case alone. */
static int run_first(struct batch *b, enum peer peer, unsigned id, unsigned n,
		     struct gen_tree *out)
{
	static const char *const git[] = { "git", "apply", "-p1", "--whitespace=nowarn", "-",
					   NULL };
	const char *const patch[] = { "patch", "-p1", "-f", peer == PEER_PATCH0 ? "-F0" : "-F2",
				      "--no-backup-if-mismatch", NULL };
	_cleanup_free_ char *dir = path_join(b->work, "alone");
	int status, rc = fsx_remove(dir, &b->e);

	if (!rc)
		rc = put_tree(b, "alone", id);
	for (unsigned k = 0; k < n && !rc; k++) {
		struct slice text = buf_slice(&b->cases[id].patch[k]);

		if (text.n)
			rc = run_tool(b->work, "alone", peer == PEER_GIT ? git : patch, text,
				      NULL, &status, &b->e);
	}
	for (unsigned k = 0; k < GEN_NAMES && !rc; k++)
		rc = read_node(b, "alone", id, k, &out->n[k]);
	return rc;
}

enum first { FIRST_NONE, FIRST_RAN_ON, FIRST_OTHER };

/* How both sides differ after the first @n patches of a case, which all apply. */
static enum first difference(struct batch *b, enum peer peer, unsigned id, unsigned n)
{
	const struct gen_case *c = &b->cases[id];
	const struct apply_policy policy = policy_of(peer);
	enum first what = FIRST_OTHER;
	struct gen_tree t = { 0 };
	struct ours o = { 0 };

	begin(&o, c);
	apply_texts(&o, id, c->patch, n, false, &policy);
	if (!run_first(b, peer, id, n, &t) && same_tree(&t, &o.tree, false))
		what = FIRST_NONE;
	else if (runs_on(&o.tree, &t))
		what = FIRST_RAN_ON;
	gen_tree_release(&t);
	gen_tree_release(&o.tree);
	buf_release(&o.why);
	return what;
}

/*
 * Whether all began with a line that ran on. Later patches may then find no such line, or
 * go elsewhere.
 */
static bool ran_on_first(struct batch *b, enum peer peer, unsigned id, unsigned napplied)
{
	enum first what = FIRST_NONE;

	for (unsigned n = 1; n <= napplied && what == FIRST_NONE; n++)
		what = difference(b, peer, id, n);
	return what == FIRST_RAN_ON;
}

/*
 * The differences that docs/apply.md explains: GNU patch renames over a file that is
 * there, may lose a file when names are exchanged or handed on, and does not make a
 * link of a file that the same patch deletes, nor the reverse; with fuzz, it judges
 * hunks by numbers that overlap; for lines that run on see there.
 */
static bool is_known(struct batch *b, enum peer peer, unsigned id, const struct ours *o)
{
	const struct gen_case *c = &b->cases[id];
	unsigned theirs = b->failed_at[peer][id];
	unsigned both = theirs < o->failed_at ? theirs : o->failed_at;

	both = both < c->npatches ? both : c->npatches;
	for (unsigned k = 0; k < c->npatches; k++) {
		struct slice text = buf_slice(&c->patch[k]);

		if ((peer == PEER_PATCH2 && hunks_overlap(text)) ||
		    (peer == PEER_GIT && context_without_lf(text)))
			return true;
	}
	if (peer != PEER_PATCH0 && ran_on_first(b, peer, id, both))
		return true;
	if (peer == PEER_GIT)
		return false;
	return c->crosses || c->retypes || (o->occupied && o->failed_at < theirs);
}

static int ask_peer(struct batch *b, enum peer peer, unsigned id)
{
	const struct apply_policy policy = policy_of(peer);
	const struct gen_case *c = &b->cases[id];
	unsigned failed = b->failed_at[peer][id];
	struct gen_tree t = { 0 };
	struct ours o = { 0 };
	int rc = theirs(b, peer, id, &t);

	begin(&o, c);
	apply_texts(&o, id, c->patch, c->npatches, false, &policy);
	b->asked++;
	b->both[peer] += failed == NEVER && o.failed_at == NEVER;
	b->neither[peer] += failed != NEVER && o.failed_at != NEVER;
	if (!rc && (o.failed_at != failed ||
		    (failed == NEVER && !same_tree(&t, &o.tree, false)))) {
		if (is_known(b, peer, id, &o))
			b->excused[peer]++;
		else
			complain(b, id, failed < o.failed_at ? "we accept more" : peer_dirs[peer],
				 &t, &o);
	}
	gen_tree_release(&t);
	gen_tree_release(&o.tree);
	buf_release(&o.why);
	return rc;
}

/* git says no mode of a link that only takes another name; GNU patch then refuses. */
static bool moves_link(const struct gen_case *c, const struct ours *o)
{
	bool link = false;

	for (unsigned k = 0; k < GEN_NAMES; k++)
		link |= c->base.n[k].kind == NODE_LINK;
	for (unsigned k = 0; k < c->npatches; k++)
		link |= has(buf_slice(&c->patch[k]), " 120000\n");
	return link && o->pure_move;
}

/* What no other program is asked about. */
static int ask_ourselves(struct batch *b, unsigned id)
{
	const struct apply_policy strict = APPLY_POLICY_INIT;
	const struct gen_case *c = &b->cases[id];
	struct ours whole = { 0 }, step = { 0 };
	struct gen_tree t = { 0 };
	int rc = theirs(b, PEER_PATCH0, id, &t);

	begin(&whole, c);
	begin(&step, c);
	apply_texts(&whole, id, c->patch, c->npatches, false, &strict);
	b->asked++;
	if (whole.failed_at == NEVER) {
		b->strict++;
		if ((b->failed_at[PEER_PATCH0][id] != NEVER ||
		     !same_tree(&t, &whole.tree, false)) &&
		    !moves_link(c, &whole) && !is_known(b, PEER_PATCH0, id, &whole))
			complain(b, id, "strict, GNU patch differs", &t, &whole);
		for (unsigned k = 0; k < c->npatches; k++)
			apply_texts(&step, id, &c->patch[k], 1, false, &strict);
		if (!same_tree(&step.tree, &whole.tree, false))
			complain(b, id, "one after the other", &step.tree, &whole);
		/* A plain diff does not tell an empty file from none. */
		if (!c->has_copy && !(c->plain && c->mutated)) {
			bool inexact = whole.inexact;

			apply_texts(&whole, id, c->patch, c->npatches, true, &strict);
			b->back++;
			if (!inexact && !whole.inexact && !c->bare &&
			    (whole.failed_at != NEVER ||
			     !same_tree(&whole.tree, &c->base,
					c->mutated || (c->plain && c->deletes))))
				complain(b, id, "there and back", &c->base, &whole);
		}
	}
	gen_tree_release(&t);
	gen_tree_release(&whole.tree);
	gen_tree_release(&step.tree);
	buf_release(&whole.why);
	buf_release(&step.why);
	return rc;
}

static int compare(struct batch *b)
{
	int rc = 0;

	for (unsigned i = 0; i < BATCH && !rc; i++) {
		for (unsigned p = 0; p < NPEERS && !rc; p++)
			rc = ask_peer(b, p, i);
		if (!rc)
			rc = ask_ourselves(b, i);
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct batch *b = xcalloc(1, sizeof(*b));
	unsigned long cases;
	int rc = 0;

	if (argc != 4)
		return 2;
	b->seed = strtoull(argv[1], NULL, 10);
	b->work = argv[3];
	rng_seed(&b->rng, b->seed);
	cases = strtoul(argv[2], NULL, 10);
	for (unsigned long done = 0; done < cases && !rc; done += BATCH) {
		rc = prepare(b);
		if (!rc)
			rc = run_peers(b);
		if (!rc)
			rc = compare(b);
	}
	if (rc)
		printf("Bail out! %s\n", b->e.msg);
	printf("# %u questions; strict applied %u, taken back %u\n", b->asked, b->strict,
	       b->back);
	for (unsigned p = 0; p < NPEERS; p++)
		printf("# %s: both apply %u, both refuse %u, known differences %u\n",
		       peer_dirs[p], b->both[p], b->neither[p], b->excused[p]);
	printf("%sok 1 - seed %llu: all programs agree\n1..1\n",
	       b->failed || rc ? "not " : "", (unsigned long long)b->seed);
	rc = b->failed || rc ? 1 : 0;
	for (unsigned i = 0; i < BATCH; i++)
		gen_case_release(&b->cases[i]);
	for (unsigned k = 0; k < GEN_PATCHES; k++)
		vec_release(&b->order[k]);
	free(b);
	return rc;
}
