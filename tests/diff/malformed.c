// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * malformed SEED CASES WORK: patches of one file whose hunk headers count wrong or make
 * no sense, or whose bodies were damaged; by us, by GNU patch and by git apply, each
 * patch a run of its own, since they give up on such. Prints TAP.
 *
 * Asked: what they accept we accept with the same result, and what they refuse we
 * refuse, but for the rules of docs/apply.md.
 */

#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "engine/apply_source.h"
#include "gen.h"

#define FILE_NAME "f"

enum peer { PEER_PATCH, PEER_GIT, NPEERS };

static const char *const peer_names[NPEERS] = { "GNU patch", "git" };

struct result {
	bool applied, died; /* of a signal */
	struct buf bytes; /* of the file; "absent" when it is gone */
	struct err e;	  /* why it cannot be read, of ours */
};

#define BOTH (1u << PEER_PATCH | 1u << PEER_GIT)

/* What is known of patches that one side takes and the other does not. */
struct rule {
	const char *name;
	unsigned peers; /* bits */
	const char *says; /* our message has it; NULL: we can read the patch */
	bool (*holds)(const struct result *ours, const struct result *theirs,
		      struct slice patch); /* or NULL */
	unsigned seen;
};

struct run {
	struct rng rng;
	uint64_t seed;
	const char *work;
	struct err e;
	unsigned failed, both[NPEERS], neither[NPEERS], excused[NPEERS];
};

static bool runs_on(const struct result *ours, const struct result *theirs, struct slice patch)
{
	return context_without_lf(patch) ||
	       (ours->applied && theirs->applied &&
		lf_less(buf_slice(&ours->bytes), buf_slice(&theirs->bytes)));
}

static bool died(const struct result *ours, const struct result *theirs, struct slice patch)
{
	(void)patch;
	return ours->applied && theirs->died;
}

static bool mark_is_cut(const struct result *ours, const struct result *theirs,
			struct slice patch)
{
	(void)theirs;
	return ours->applied && slice_ends(patch, "\n\\ No newline");
}

static struct rule rules[] = {
	{ "numbers from 2^30 on, signs and blanks of a header", BOTH,
	  "cannot read the hunk header", NULL, 0 },
	{ "counts that are too small", BOTH, "cannot place a line after the hunk", NULL, 0 },
	{ "line 0", BOTH, "cannot accept line 0 for a hunk", NULL, 0 },
	{ "lines behind the file's end", BOTH, "cannot accept lines after the end", NULL, 0 },
	{ "a hunk behind other text", BOTH, "under no file header", NULL, 0 },
	{ "two marks", 1u << PEER_GIT, "cannot accept two marks", NULL, 0 },
	{ "a mark that is cut off", 1u << PEER_GIT, NULL, mark_is_cut, 0 },
	{ "a mark that cannot be read", BOTH, "cannot read the mark", NULL, 0 },
	{ "a mark behind a blank line", 1u << PEER_GIT, "an empty line that has no end", NULL, 0 },
	{ "text before a hunk", 1u << PEER_PATCH, "cannot find a hunk after", NULL, 0 },
	{ "lines after one without LF", 1u << PEER_PATCH, NULL, died, 0 },
	{ "lines that run on", 1u << PEER_GIT, NULL, runs_on, 0 },
	{ "missing lines, '=' and tabs", 1u << PEER_PATCH, "cannot find all lines", NULL, 0 },
};

static void make_texts(struct rng *r, struct buf *a, struct buf *b)
{
	for (uint32_t i = 0, n = 3 + below(r, 12); i < n; i++) {
		uint32_t line = below(r, 30);

		buf_addf(a, "line %u\n", line);
		if (once_in(r, 4))
			buf_addf(b, "new %u\n", line);
		if (!once_in(r, 5))
			buf_addf(b, "line %u\n", line);
	}
	if (once_in(r, 6))
		buf_truncate(a, a->len - 1);
	if (once_in(r, 6) && b->len)
		buf_truncate(b, b->len - 1);
}

static const char *pick_number(struct rng *r)
{
	static const char *const numbers[] = {
		"0",	      "1",	    "2",	  "3",
		"007",	      "",	    "-1",	  "+2",
		"0x2",	      "1000",	    "1073741823", "1073741824",
		"2147483647", "2147483648", "4294967295", "4294967296",
		"4294967297", "9223372036854775806",	  "9223372036854775807",
		"9223372036854775808",	    "18446744073709551615",
		"18446744073709551617",	    "99999999999999999999999",
	};

	return numbers[below(r, ARRAY_SIZE(numbers))];
}

/* One of the four numbers of a header is another. */
static void spoil_number(struct rng *r, struct slice head, struct buf *out)
{
	uint32_t which = below(r, 4), seen = 0;
	size_t i = 0;

	while (i < head.n) {
		bool digit = head.p[i] >= '0' && head.p[i] <= '9';
		unsigned long was;

		if (!digit) {
			buf_addc(out, head.p[i++]);
			continue;
		}
		was = strtoul(head.p + i, NULL, 10);
		if (seen++ != which)
			buf_addf(out, "%lu", was);
		else if (once_in(r, 3))
			buf_adds(out, pick_number(r));
		else
			buf_addf(out, "%lu", was + below(r, 9) - (was < 4 ? 0 : 4));
		while (i < head.n && head.p[i] >= '0' && head.p[i] <= '9')
			i++;
	}
}

/* Its signs and blanks are others. */
static void spoil_signs(struct rng *r, struct slice head, struct buf *out)
{
	static const char signs[] = { ' ', '@', ',', '+', '-', '\t', '\r', 'x' };
	size_t at = below(r, (uint32_t)head.n);

	buf_add(out, head.p, at);
	if (once_in(r, 3))
		buf_addc(out, signs[below(r, sizeof(signs))]);
	if (!once_in(r, 3))
		at++;
	buf_add(out, head.p + at, head.n - at);
}

static void spoil_body(struct rng *r, struct slice line, struct buf *out)
{
	static const char ops[] = { ' ', '+', '-', '=', '\t', '\\', '!', '*', '\n', '@', 'x' };

	switch (below(r, 9)) {
	case 0:
		break;
	case 1:
		buf_add_slice(out, line);
		buf_add_slice(out, line);
		break;
	case 2:
		buf_adds(out, "\n");
		buf_add_slice(out, line);
		break;
	case 3:
		buf_add_slice(out, line);
		buf_adds(out, "\\ No newline at end of file\n");
		break;
	case 4:
		buf_add(out, line.p, line.n - 1);
		buf_adds(out, once_in(r, 2) ? "\r\n" : "");
		break;
	case 5:
		buf_add_slice(out, line);
		buf_adds(out, once_in(r, 2) ? "-- \n2.39.5\n\n" : "garbage\n");
		break;
	case 6:
		buf_add(out, line.p + 1, line.n - 1);
		break;
	default:
		buf_addc(out, ops[below(r, sizeof(ops))]);
		buf_add(out, line.p + 1, line.n - 1);
	}
}

static void spoil(struct rng *r, struct buf *patch)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct slice rest = buf_slice(patch), line;
	uint32_t lines = 0, at, i = 0;
	bool heads = once_in(r, 2), inside = false;

	while (slice_line(&rest, &line)) {
		inside |= slice_starts(line, "@@");
		lines += heads ? slice_starts(line, "@@") : inside;
	}
	at = below(r, lines ? lines : 1);
	rest = buf_slice(patch);
	inside = false;
	while (slice_line(&rest, &line)) {
		bool head = slice_starts(line, "@@"), mine;

		inside |= head;
		mine = (heads ? head : inside) && i++ == at;
		if (!mine)
			buf_add_slice(&out, line);
		else if (head && once_in(r, 5))
			spoil_signs(r, line, &out);
		else if (head)
			spoil_number(r, line, &out);
		else
			spoil_body(r, line, &out);
	}
	if (once_in(r, 15)) {
		const char *from = memmem(buf_str(&out), out.len, "\n@@ ", 4);
		size_t keep = from ? (size_t)(from - buf_str(&out)) + 4 : out.len;

		buf_truncate(&out, keep + below(r, (uint32_t)(out.len - keep) + 1));
	}
	buf_clear(patch);
	buf_add_slice(patch, buf_slice(&out));
}

static void make_patch(struct rng *r, struct slice a, struct slice b, struct buf *patch)
{
	if (once_in(r, 2))
		buf_adds(patch, "diff --git a/" FILE_NAME " b/" FILE_NAME "\n");
	buf_adds(patch, "--- a/" FILE_NAME "\n+++ b/" FILE_NAME "\n");
	gen_hunks(a, b, below(r, 4), NULL, patch);
	for (uint32_t n = 1 + once_in(r, 4); n; n--)
		spoil(r, patch);
}

static int by_peer(struct run *run, enum peer peer, struct slice base, struct slice patch,
		   struct result *res)
{
	/* At a line of 2^62 it looks for the hunk at every one before. */
	static const char *const gnu[] = { "prlimit", "--cpu=1", "patch", "-p1", "-f", "-F0",
					   "-r-", "--no-backup-if-mismatch", NULL };
	static const char *const git[] = { "git", "apply", "-p1", "--whitespace=nowarn",
					   "-", NULL };
	_cleanup_free_ char *path = xasprintf("%s/t/" FILE_NAME, run->work);
	int status, rc = put_file(path, base, false, &run->e);

	if (!rc)
		rc = run_tool(run->work, "t", peer == PEER_GIT ? git : gnu, patch, NULL,
			      &status, &run->e);
	if (rc)
		return rc;
	res->applied = !status;
	res->died = status < 0;
	if (access(path, F_OK))
		buf_adds(&res->bytes, "absent");
	else
		rc = fsx_read(path, &res->bytes, &run->e);
	return rc;
}

static void by_us(enum peer peer, struct slice base, struct slice text, struct result *res)
{
	const struct apply_policy policy = { .dialect = peer == PEER_GIT ? DIALECT_GIT
									 : DIALECT_PATCH };
	_cleanup_source_ struct blob_source *src = memory_source_new();
	_cleanup_apply_result_ struct apply_result *r = NULL;
	_cleanup_buf_ struct buf copy = BUF_INIT;
	_cleanup_patch_ struct patch *p = NULL;

	memory_source_add(src, FILE_NAME, 0100644, base);
	buf_add_slice(&copy, text);
	buf_add_slice(&res->bytes, base);
	if (patch_parse("case", &copy, 1, &p, &res->e))
		return;
	if (!p->nchanges) {
		err_set(&res->e, ERR_INPUT, "no change in it");
		return;
	}
	if (apply_series(src, (const struct patch *const *)&p, NULL, 1, &policy, &r, &res->e))
		return;
	res->applied = r->patches[0].answer == ANSWER_APPLIES;
	if (res->applied && r->nfiles) {
		buf_clear(&res->bytes);
		if (r->files[0].deleted)
			buf_adds(&res->bytes, "absent");
		else
			buf_add_slice(&res->bytes, r->files[0].bytes);
	}
}

static bool is_known(enum peer peer, struct slice patch, const struct result *ours,
		     const struct result *theirs)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct rule *r = &rules[i];

		if (!(r->peers & 1u << peer) || !r->says != !ours->e.code ||
		    (r->says && !strstr(ours->e.msg, r->says)) ||
		    (r->holds && !r->holds(ours, theirs, patch)))
			continue;
		r->seen++;
		return true;
	}
	return false;
}

static void show_text(const char *what, struct slice rest)
{
	struct slice line;

	printf("# -- %s\n", what);
	while (slice_line(&rest, &line))
		printf("# %.*s%s", SLICE_ARG(line), slice_ends(line, "\n") ? "" : "$\n");
}

static void complain(struct run *run, unsigned long id, enum peer peer, struct slice base,
		     struct slice patch, const struct result *ours, const struct result *theirs)
{
	printf("# seed %llu case %lu, %s: we %s%s, they %s\n", (unsigned long long)run->seed, id,
	       peer_names[peer],
	       ours->applied ? "apply" : "refuse: ", ours->e.code ? ours->e.msg : "",
	       theirs->applied ? "apply" : "refuse");
	if (run->failed++ >= 10)
		return;
	show_text("base", base);
	show_text("patch", patch);
	show_text("ours", buf_slice(&ours->bytes));
	show_text("theirs", buf_slice(&theirs->bytes));
}

static int ask(struct run *run, unsigned long id)
{
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT, patch = BUF_INIT;
	int rc = 0;

	make_texts(&run->rng, &a, &b);
	make_patch(&run->rng, buf_slice(&a), buf_slice(&b), &patch);
	for (enum peer p = 0; p < NPEERS && !rc; p++) {
		struct result ours = { 0 }, theirs = { 0 };

		by_us(p, buf_slice(&a), buf_slice(&patch), &ours);
		rc = by_peer(run, p, buf_slice(&a), buf_slice(&patch), &theirs);
		run->both[p] += ours.applied && theirs.applied;
		run->neither[p] += !ours.applied && !theirs.applied;
		if (!rc && (ours.applied != theirs.applied ||
			    (ours.applied &&
			     !slice_eq(buf_slice(&ours.bytes), buf_slice(&theirs.bytes))))) {
			if (is_known(p, buf_slice(&patch), &ours, &theirs))
				run->excused[p]++;
			else
				complain(run, id, p, buf_slice(&a), buf_slice(&patch), &ours,
					 &theirs);
		}
		buf_release(&ours.bytes);
		buf_release(&theirs.bytes);
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	_cleanup_free_ char *dir = NULL;
	unsigned long cases;
	int rc;

	if (argc != 4)
		return 2;
	run.seed = strtoull(argv[1], NULL, 10);
	run.work = argv[3];
	rng_seed(&run.rng, run.seed);
	cases = strtoul(argv[2], NULL, 10);
	dir = path_join(run.work, "t");
	rc = fsx_mkdirs(dir, &run.e);
	for (unsigned long i = 0; i < cases && !rc; i++)
		rc = ask(&run, i);
	if (rc)
		printf("Bail out! %s\n", run.e.msg);
	for (enum peer p = 0; p < NPEERS; p++)
		printf("# %s: both apply %u, both refuse %u, known differences %u\n",
		       peer_names[p], run.both[p], run.neither[p], run.excused[p]);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		printf("# %s: %u\n", rules[i].name, rules[i].seen);
	printf("%sok 1 - seed %llu: all programs agree\n1..1\n", run.failed || rc ? "not " : "",
	       (unsigned long long)run.seed);
	return run.failed || rc ? 1 : 0;
}
