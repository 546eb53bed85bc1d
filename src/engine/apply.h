/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Applies patches in memory: files come from a blob source, results are data.
 * Nothing is written anywhere. A patch that does not fit is an answer, not an
 * error; an error is input that is broken or that tries to leave its place.
 *
 * What a hunk's place is: its line in the header, moved by what the hunks before
 * it in the same file moved, then nearest first, +n before -n. Less leading
 * than trailing context (and line 1) ties a hunk to the file's start, less
 * trailing than leading to its end. These are GNU patch's rules (patch 2.7,
 * locate_hunk()); docs/apply.md lists where the dialects differ.
 *
 * Patches are applied in order, each to what the ones before it made. The work
 * is organised by file: one change costs what its own hunks and file cost, however
 * many patches there are. First it is supposed that all of them apply: then the files
 * are independent (engine/chain.h), are done one by one, each from its first patch to
 * its last, and threads can share them. If that fails anywhere, everything is done again
 * in the order of the series.
 */

#include <sys/uio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "text/patch.h"

enum blob_kind {
	BLOB_ABSENT,
	BLOB_FILE,   /* mode 0100644 or 0100755 */
	BLOB_LINK,   /* mode 0120000, bytes are the target */
	BLOB_OTHER,  /* directory, submodule, device: cannot be patched */
	BLOB_BEYOND, /* something above the path is no directory (a link, a file) */
};

/* What a file system knows beyond the one bit that a mode has of permissions. */
struct perms {
	bool known; /* false: the source has none, or the file was made by a patch */
	uint32_t perm; /* 0777 of them */
	uint32_t uid, gid;
};

struct blob {
	enum blob_kind kind;
	uint32_t mode;
	struct slice bytes;
	void *owner; /* the source's own, for put() */
	struct perms perms;
};

/*
 * Where files come from. get() fills *out for @path, which is path_is_safe(); what
 * is not there is BLOB_ABSENT and success. It must not follow links, neither
 * at the end nor on the way. The bytes stay valid until put() of that blob, which may
 * be NULL when the source keeps them itself. Called from one thread, unless the source
 * says that it can bear several. The same path may be asked for twice.
 */
struct blob_source {
	int (*get)(struct blob_source *src, struct slice path, struct blob *out,
		   struct err *e);
	void (*put)(struct blob_source *src, struct blob *b);
	/*
	 * Or NULL: what get() will be asked for, in about that order, until it is said anew;
	 * so long the bytes of the paths live. With no paths it ends. See base/ahead.h.
	 */
	void (*ahead)(struct blob_source *src, const struct slice *paths, size_t n);
	bool threads; /* get() and put() may be called by several threads at once */
};

/* A file as it stands right before a patch changes it. */
struct file_was {
	struct slice path; /* lives as long as the patches */
	enum blob_kind kind;
	uint32_t mode;	/* as in struct blob */
	bool untouched; /* no patch has changed it yet: it is as the source has it */
	struct perms perms;
	bool mode_said; /* as in struct result_file */
	unsigned lane;
	/* Its bytes, in pieces. Valid during the call. */
	const struct iovec *pieces;
	size_t npieces;
};

struct result_file;

/*
 * Who wants to see the files themselves; either function may be NULL.
 *
 * before(), for backups, is called once for each patch and each file that it changes,
 * moves or removes; for one file in the order of the patches. The patch may still
 * turn out not to fit.
 *
 * after() is given each file of the result as soon as it is done, in any order, so that
 * they need not all be in memory: f->bytes is empty, here and in apply_result.files, and
 * the pieces live during the call. With answers_only it is not called.
 *
 * When files were done ahead of others in vain, again() says that all that was shown is
 * void and will be shown anew. An error of any ends apply_series(). before() and after()
 * are called by policy->threads threads at once; `lane` of what they get says by which.
 */
struct apply_watch {
	int (*before)(struct apply_watch *w, size_t patch, const struct file_was *was,
		      struct err *e);
	int (*after)(struct apply_watch *w, const struct result_file *f,
		     const struct iovec *pieces, size_t npieces, struct err *e);
	int (*again)(struct apply_watch *w, struct err *e);
};

/* More threads have nothing to do. */
#define APPLY_MAX_THREADS 64

enum dialect {
	/*
	 * What no tool disputes, and nothing else: creating needs an absent file,
	 * deleting leaves nothing over, both names of a change mean one file, line
	 * ends agree. The default.
	 */
	DIALECT_STRICT,
	DIALECT_PATCH, /* as GNU patch 2.7 -f with the same fuzz */
	DIALECT_GIT,   /* as git apply; no fuzz */
};

struct apply_policy {
	enum dialect dialect;
	unsigned max_fuzz; /* context lines that may be ignored at each end */
	bool no_offsets;   /* a hunk must be exactly where it says */
	bool keep_going;   /* go on after a patch that conflicts, without that patch */
	bool answers_only; /* make no contents: apply_result.files has no bytes */
	bool remove_empty; /* a file left empty goes away: patch -E, and so quilt */
	bool find_doubts;  /* look for further places of hunks that have an offset */
	/* Line comparisons spent on one file before the search gives up; 0: 2^30. */
	uint64_t search_limit;
	struct apply_watch *watch; /* or NULL */
	unsigned threads; /* 0: one. What comes out does not depend on it */
	/*
	 * Paths, or NULL: do only the chains (engine/chain.h) that have one of them, and
	 * give ERR_CONFLICT without more if one of those does not apply. The outcomes
	 * of other changes have no path.
	 */
	const struct map *only;
	/* Or NULL; of an error that one patch gives: its index. Else left as it is. */
	size_t *bad_patch;
};

/* Strict, offsets allowed and recorded, no fuzz, stop at the first conflict. */
#define APPLY_POLICY_INIT                                                                \
	{                                                                                \
		.dialect = DIALECT_STRICT                                                \
	}

enum apply_answer {
	ANSWER_APPLIES,
	ANSWER_ALREADY,	  /* all of it is there already: nothing was changed */
	ANSWER_CONFLICTS, /* no part of the patch was applied */
	ANSWER_NOT_TRIED, /* an earlier patch stopped the series */
};

enum hunk_fate {
	HUNK_NOT_TRIED, /* its change was refused as a whole */
	HUNK_EXACT,
	HUNK_OFFSET,
	HUNK_FUZZ, /* may have an offset too */
	HUNK_ALREADY,
	HUNK_CONFLICT,
};

enum conflict {
	CONFLICT_NONE,
	CONFLICT_CONTEXT,	 /* the hunk's old lines stand nowhere it may go */
	CONFLICT_ANCHOR,	 /* they do, but not at the start or end it is tied to */
	CONFLICT_OFFSET,	 /* they stand elsewhere, but offsets are not allowed */
	CONFLICT_FUZZ,		 /* they would fit with more fuzz than allowed */
	CONFLICT_LINE_ENDS,	 /* they would fit if CRLF and LF were the same */
	CONFLICT_MISSING_FILE,	 /* the file to change is not there */
	CONFLICT_EXISTS,	 /* the file to create is there */
	CONFLICT_NO_CONTEXT,	 /* nothing in the hunk shows where it belongs */
	CONFLICT_NOT_EMPTY,	 /* deleting would leave or lose lines */
	CONFLICT_NAMES,		 /* two names, and no telling which is meant */
	CONFLICT_KIND,		 /* file for link, directory for file, … */
	CONFLICT_MODE,		 /* the old mode is another one */
	CONFLICT_BINARY,	 /* binary data cannot be applied */
	CONFLICT_PARTLY_ALREADY, /* some of the patch is there already, some is not */
	CONFLICT_LIMIT,		 /* search_limit was reached */
};

/* The place most like a hunk that fits nowhere; lines count from 1, 0: none. */
struct near_place {
	uint32_t line;	  /* of the file, where the hunk's first old line would be */
	uint32_t matched; /* old lines that are equal there, of `of` */
	uint32_t of;
	uint32_t wrong_line; /* of the file, the first that differs */
	struct slice wanted; /* what the hunk has there, without LF */
	struct slice found; /* what the file has there (cut at 1000); NULL past its end */
};

struct hunk_outcome {
	enum hunk_fate fate;
	enum conflict reason;
	/* Fits: first line of its old side in the file before this patch, from 1. */
	uint32_t line;
	int32_t offset; /* `line` less the old line of the header */
	unsigned fuzz;	/* context lines ignored, at most, at one end */
	bool ambiguous; /* find_doubts: has an offset, fits elsewhere as well */
	struct near_place near;
};

struct change_outcome {
	const struct change *change;
	struct slice path; /* the file that was meant */
	enum apply_answer answer;
	bool idle;		    /* already there, and the dialect does not mind */
	enum conflict reason;	    /* of the change as a whole; a hunk has its own */
	struct hunk_outcome *hunks; /* change->nhunks of them */
	/* Index of the patch that touched the file last before this one, or -1. */
	ssize_t last_patch;
};

struct patch_outcome {
	const struct patch *patch;
	enum apply_answer answer;
	struct change_outcome *changes; /* patch->nchanges; NULL if not tried */
};

/* A file that is not as the source has it. Sorted by path. */
struct result_file {
	struct slice path;
	bool deleted;
	uint32_t mode; /* 0100644, 0100755 or 0120000; 0 when deleted */
	struct slice bytes;
	uint32_t base_mode; /* as the source has it; 0: absent there */
	size_t last_patch;  /* the last patch that changed it */
	/*
	 * Of the source's file that it was made from by changes and renames; what they
	 * say holds, unless a patch said the mode.
	 */
	struct perms perms;
	bool mode_said;
	unsigned lane; /* see struct apply_watch */
};

struct apply_result {
	struct arena arena;
	size_t npatches;
	struct patch_outcome *patches;
	size_t nfiles;
	struct result_file *files;
	/* Patches that applied or were there; == npatches when nothing conflicts. */
	size_t done;
	struct arena *lanes; /* private: what files[].bytes point into */
	size_t nlanes;
	uint64_t hunks_exact, hunks_offset, hunks_fuzz;
};

/*
 * Applies the @n patches in order (those with reverse[i] backwards; NULL: none).
 * Patches and source must outlive *out, which the caller frees. A file whose content
 * and mode end as they began is not in the result.
 * ERR_UNSAFE: a path that leaves the tree, names a repository or goes through a
 * link; ERR_INPUT: a patch that contradicts itself; any error of the source.
 */
int apply_series(struct blob_source *src, const struct patch *const *patches,
		 const bool *reverse, size_t n, const struct apply_policy *policy,
		 struct apply_result **out, struct err *e) _must_check_;
void apply_result_free(struct apply_result *r);
void apply_result_freep(struct apply_result **r);
#define _cleanup_apply_result_ _cleanup_(apply_result_freep)

/* "applies", "already", "conflicts", "not-tried" */
const char *apply_answer_name(enum apply_answer answer);
/* "exact", "offset", "fuzz", "already", "conflict", "not-tried" */
const char *hunk_fate_name(enum hunk_fate fate);
/* A stable word: "context", "missing-file", … */
const char *conflict_name(enum conflict reason);
/* A sentence for a person, without the subject: "the file is not there". */
const char *conflict_text(enum conflict reason);
/*
 * Appends lines that explain why @o conflicts: each hunk with its line in the patch
 * file, the nearest place and what differs there; bytes_disarm()ed. Nothing for what
 * applies.
 */
void apply_explain(const struct patch_outcome *o, struct buf *out);
