/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Files as the patches so far have made them, over a blob source. A file is the
 * list of its lines, which point into the source's bytes and into the patches; a
 * change replaces a few of them. What one patch does can be taken back.
 *
 * Most lines of most files are never looked at. As long as every hunk stands where it is
 * looked for first, the list is one of runs, whose line ends are only counted; a hunk
 * or rule that asks for more has the lines listed, once. Both lists mean the same file.
 */

#include "base/map.h"
#include "base/vec.h"
#include "engine/apply.h"

/* With its LF; only the last line of a file may lack it. */
struct line {
	const char *p;
	uint32_t n;
	uint32_t more; /* of a run: how many lines it has behind the first */
};

struct lines {
	struct line *v;
	size_t n, cap;
};

enum form {
	FORM_BYTES, /* `base` as it stands; lines are empty */
	FORM_RUNS,  /* runs of lines, of which only the last run may lack its LF */
	FORM_LINES, /* line by line */
};

struct file {
	struct slice path;
	struct blob base;    /* as the source has it */
	enum blob_kind kind; /* as it is now */
	uint32_t mode;
	struct lines lines;  /* of a file or link, as `form` says */
	enum form form;
	ssize_t last_patch; /* that changed it, or -1 */
	uint64_t spent;	    /* of the search limit */
	size_t watched;	    /* number (from 1) of the patch that it was last shown for */
	size_t edited;	    /* and of the last one that edited its runs */
	struct perms perms; /* as in struct result_file */
	bool mode_said;
};

/* Replaces @ndel lines from @pos by @nins from tree.ins; in order, apart. */
struct edit {
	uint32_t pos, ndel, nins;
};

/* What a file was before a change of the patch that is being applied. */
struct undo {
	struct file *f;
	enum blob_kind kind;
	uint32_t mode;
	ssize_t last_patch;
	struct perms perms;
	bool mode_said;
	bool whole; /* `was`, of that form, is all lines; else edits are reversed */
	enum form form;
	struct lines was;
	size_t nedits;	      /* the last ones of tree.done */
	struct line old_last; /* its LF may have been added */
};

struct tree {
	struct blob_source *src;
	struct arena *arena; /* of the result */
	struct map files;
	struct map dirs;  /* directory → how many files made by patches it holds */
	struct map moved; /* path → file as it was: sources of this mail's moves */
	VEC(struct undo) undo;
	VEC(struct edit) done;	  /* edits of this patch, for undo */
	VEC(struct line) removed; /* and the lines that they removed */
	VEC(struct edit) edits;	  /* of the next tree_edit() */
	VEC(struct line) ins;
	struct apply_watch *watch; /* or NULL */
	size_t patch;		   /* index of the one being applied */
	unsigned lane;		   /* thread that works on this tree, from 0 */
	VEC(struct iovec) pieces;  /* of the file that tree_gather() was given */
	int watch_rc; /* of the first before() that failed, */
	struct err *e; /* and where its message goes */
};

void tree_release(struct tree *t);
/*
 * The file of that path, absent or not, loaded when first asked for. ERR_UNSAFE for a
 * path that leaves the tree or goes through a link or a file.
 */
int tree_file(struct tree *t, struct slice path, struct file **out,
	      struct err *e) _must_check_;
/* Lists @f line by line, from whatever it is. */
int tree_split(struct file *f, struct err *e) _must_check_;
/* Makes a list of @f if there is none: runs. */
int tree_runs(struct file *f, struct err *e) _must_check_;
/* Fills t->pieces with what @f is made of. */
void tree_gather(struct tree *t, const struct file *f);
/* Whether files that patches have made stand below @path: it is a directory. */
bool tree_is_dir(const struct tree *t, struct slice path);

/* Applies t->edits to @f and remembers how to take it back. */
void tree_edit(struct tree *t, struct file *f);
/* Gives @f new kind, mode and lines (taken); absent: no lines. */
void tree_replace(struct tree *t, struct file *f, enum blob_kind kind, uint32_t mode,
		  struct lines lines);
void tree_set_mode(struct tree *t, struct file *f, uint32_t mode);
/*
 * Takes the source of a rename (@gone: it goes) or copy aside, so that it is read as
 * it was before the mail that is being applied.
 */
int tree_take_source(struct tree *t, struct slice path, bool gone,
		     struct err *e) _must_check_;
void tree_drop_sources(struct tree *t);
/* Everything since the last commit or rollback. */
void tree_commit(struct tree *t, ssize_t patch);
void tree_rollback(struct tree *t);

void lines_grow(struct lines *l);
static inline void lines_push(struct lines *l, struct line line)
{
	if (l->n == l->cap)
		lines_grow(l);
	l->v[l->n++] = line;
}
void lines_copy(struct lines *to, const struct lines *from);
/* Lines of @f, which is no FORM_BYTES. */
size_t lines_count(const struct file *f);

/* Runs, see above (apply_runs.c). */
struct spot {
	size_t run, line; /* a run, and the number of its first line, from 0 */
};

void runs_to_lines(struct file *f);
/* Whether the @n lines @want stand at line @at and behind; so many there are. */
bool runs_match(const struct file *f, struct spot *s, size_t at, const struct line *want,
		size_t n);
/* Appends the @n lines from @at on, one by one; so many there are. */
void runs_list(const struct file *f, struct spot *s, size_t at, size_t n, struct lines *out);
/* Whether @f is in runs, and all lines would keep their LF with @ins in any place. */
bool runs_editable(const struct file *f, const struct line *ins, size_t n);
/* A new list, with the edits. */
struct lines runs_edit(const struct lines *l, const struct edit *ed, size_t n,
		       const struct line *ins);
static inline bool line_eq(struct line a, struct line b)
{
	return a.n == b.n && !memcmp(a.p, b.p, a.n);
}
