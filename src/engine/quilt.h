/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A directory of sources with a quilt series, and the state of it that quilt keeps in
 * .pc (version 2; quilt 0.66, scripts/patchfns and backup-files): either program goes
 * on from what the other left.
 *
 *	.pc/.version		"2"
 *	.pc/.quilt_patches	directory of the patches; stronger than QUILT_PATCHES
 *	.pc/.quilt_series	likewise
 *	.pc/applied-patches	names, in order; absent when there are none
 *	.pc/NAME/FILE		FILE before the patch NAME; empty: it was not there
 *	.pc/NAME/.timestamp	when NAME was pushed: a file that is newer was edited
 *	.pc/NAME~refresh	NAME was forced and does not fit: it has to be refreshed
 *
 * What is ours, and tells a later push what an earlier one left (quilt_known.h):
 *
 *	.pc/.carry-patches
 *
 * What is ours, and there only while a push or pop works or after it was killed:
 *
 *	.pc/.carry-drop		names of patches whose directories are to be removed
 *	.pc/.carry-undo		likewise, after their files were put back in the tree
 *	.pc/.carry-lost		likewise, but backups of them are missing by request
 *	.pc/.carry-redo		what is to be put in place, line by line (quilt_redo.h)
 *	.pc/.carry-stage/	files as they will be, until they are put in place
 *	.pc/.version		"1000", so that quilt refuses to work on half a push
 *
 * The order of writes is what makes a kill harmless. A push names its patches in
 * .carry-drop, writes all backups and new files, renames .carry-drop to .carry-undo,
 * renames each new file into the tree, writes applied-patches, and removes
 * .carry-undo. A pop names its patches in .carry-undo, puts the files back, writes
 * applied-patches without them, renames .carry-undo to .carry-drop, removes their
 * directories, and removes
 * .carry-drop. So until .carry-drop is renamed the tree is untouched, and from then on
 * all that is needed to go back is there: quilt_recover() does it, and each push and
 * pop begins with it. A push of what was edited (quilt_push_again()) writes all of what
 * changes into .carry-stage, then says in .carry-redo what goes where, and does it; who
 * finds that file does all of it again. Nothing is synced; after a crash of the system
 * (not of the program) both the tree and .pc may be torn, as they may be with quilt.
 */

#include <stdatomic.h>

#include "base/beneath.h"
#include "engine/apply.h"
#include "text/series.h"

struct quilt {
	char *top;	      /* absolute directory of the sources */
	char *subdir;	      /* from top to where we were called: "" or "a/b/" */
	char *patches;	      /* directory of the patches, as said; relative to top */
	char *series_said;    /* name of the series file as said */
	char *series_path;    /* where that was found, relative to top */
	char *pc;	      /* ".pc" or what QUILT_PC says */
	int top_fd, pc_fd;    /* pc_fd -1: there is no .pc yet */
	struct series *series; /* what its guards select; NULL: there is no series file */
	struct strvec applied;
	bool begun; /* quilt_begin() */
	bool torn;  /* a push or pop was killed: quilt_recover() */
	/*
	 * ERR_INPUT's message when `applied` is not how the series begins; only a pop
	 * can go on then. Empty otherwise.
	 */
	struct err mismatch;
};

/*
 * Looks for the directory from here upwards (as quilt: the nearest one that has
 * QUILT_PC or QUILT_PATCHES), makes it the current one, and reads series and state.
 * ERR_NOTFOUND when there is none; ERR_INPUT for a broken series or state. *q is always
 * releasable.
 */
int quilt_open(struct quilt *q, struct err *e) _must_check_;
void quilt_release(struct quilt *q);

/* ERR_NOTFOUND without series file, q->mismatch, ERR_CONFLICT when torn. */
int quilt_check(const struct quilt *q, struct err *e) _must_check_;
/*
 * The patch a person means: a name of the series, with or without the directory of
 * the patches before it and ".patch", ".diff" behind. *index into the series.
 * ERR_NOTFOUND names what is nearest.
 */
int quilt_find(const struct quilt *q, const char *said, size_t *index,
	       struct err *e) _must_check_;
/* The name of the topmost applied patch, or NULL. */
const char *quilt_top(const struct quilt *q);
/* Whether the topmost patch was forced and waits to be refreshed. */
bool quilt_needs_refresh(const struct quilt *q);
/* Path of the patch file, relative to top. The caller frees. */
char *quilt_patch_path(const struct quilt *q, const char *name);
/*
 * The patch of that index in the series, parsed; in @set, which begins at the directory of
 * the patches, unless that is NULL. ERR_INPUT when it changes nothing.
 */
int quilt_read_patch(const struct quilt *q, size_t index, struct patch_set *set,
		     struct patch **out, struct err *e) _must_check_;
/*
 * As quilt_read_patch() of one by itself; but a patch that was made and not refreshed yet
 * has no file or no change in it, and is NULL and no error.
 */
int quilt_read_made(const struct quilt *q, size_t index, struct patch **out,
		    struct err *e) _must_check_;
/* The files that an applied patch touches, from its backups; sorted. */
int quilt_files(const struct quilt *q, const char *name, struct strvec *out,
		struct err *e) _must_check_;

/*
 * Where @file is as the applied patch @index left it: in the tree (relative to top), or
 * *shadowed as the backup of a later patch (relative to .pc). The caller frees.
 */
char *quilt_file_after(const struct quilt *q, size_t index, const char *file,
		       bool *shadowed);

/* The state of a push or pop that has begun; see above. Only for quilt_*.c from here. */

/*
 * Makes .pc, locks it, reads its state again and recovers if there is need. Calling it
 * again does nothing. Once it is done, a name in q->applied may be another one.
 */
int quilt_begin(struct quilt *q, struct err *e) _must_check_;
/* Reads the state of .pc again. */
int quilt_reload(struct quilt *q, struct err *e) _must_check_;
int quilt_journal(const struct quilt *q, const char *file, char *const *names, size_t n,
		  struct err *e) _must_check_;
int quilt_journal_turn(const struct quilt *q, const char *from, const char *to,
		       struct err *e) _must_check_;
int quilt_write_applied(const struct quilt *q, struct err *e) _must_check_;
/* Puts back what the backups of @names (in the order of the series) hold. */
int quilt_restore(struct quilt *q, char *const *names, size_t n, struct err *e) _must_check_;
/* Removes the directories and marks of @names. */
int quilt_drop(const struct quilt *q, char *const *names, size_t n,
	       struct err *e) _must_check_;
/* Removes the journal and lets quilt in again. */
int quilt_end(const struct quilt *q, struct err *e) _must_check_;
/* Takes back what a killed push did, or ends what a killed pop began. */
int quilt_recover(struct quilt *q, struct err *e) _must_check_;

#define PATCH_FUZZ 2 /* what patch(1) allows by itself */

#define PC_VERSION	"2"
#define PC_VERSION_BUSY "1000"
#define STAGE	     ".carry-stage"
#define JOURNAL_DROP ".carry-drop"
#define JOURNAL_UNDO ".carry-undo"
#define JOURNAL_LOST ".carry-lost"
#define JOURNAL_REDO ".carry-redo"

enum backup_policy { BACKUP_ALWAYS, BACKUP_ONFAIL, BACKUP_NEVER };

struct push_options {
	size_t count;	   /* patches to push, at least 1 */
	unsigned fuzz;	   /* as patch -F */
	bool force;	   /* what fits of a patch that fails, the rest as rejects */
	bool dry_run;	   /* write nothing */
	unsigned threads;  /* 0: one */
	enum backup_policy backup;
	size_t backup_count; /* ONFAIL: of that many last patches */
	const atomic_bool *cancel;
};

/* What became of a push. */
struct push {
	size_t first;	       /* index in the series of the first patch tried */
	size_t n;	       /* patches tried, and read */
	size_t done;	       /* of them pushed; < n: patches[done] does not fit */
	bool forced;	       /* patches[done] was pushed all the same */
	struct strvec rejects; /* files written for it */
	struct patch **patches;
	struct patch_set **sets; /* what they are in */
	size_t nsets;
	bool *reverse;
	struct apply_result *result; /* NULL when n is 0 */
};

/*
 * Pushes up to @o->count patches; what fits is pushed even if a later one fails. 0 also
 * when a patch conflicts: see *p, which is always releasable. An error when a patch
 * could not be read, is no patch or is unsafe: those before it are pushed then.
 */
int quilt_push(struct quilt *q, const struct push_options *o, struct push *p,
	       struct err *e) _must_check_;
/*
 * Leaves what popping everything and then pushing the first @o->count patches of the
 * series would leave, and touches only what the edits of patches and series since the
 * last such push change; where that is in doubt everything is popped and pushed.
 * ERR_CONFLICT when that would lose what was edited in the tree. Only with
 * BACKUP_ALWAYS; forces nothing. *p is as of quilt_push(), but only of the patches
 * that were looked at; q->series may begin otherwise than q->applied here.
 */
int quilt_push_again(struct quilt *q, const struct push_options *o, struct push *p,
		     struct err *e) _must_check_;
void push_release(struct push *p);

struct pop_options {
	size_t count; /* patches to pop, at least 1 */
	bool force;   /* put the backups back, whatever was edited since */
	bool verify;  /* apply each patch to its backups even if no time tells of edits */
	bool edited;  /* the patches may be newer than the push: only files tell */
	bool dry_run;
};

/*
 * Pops the @o->count topmost patches, all or none. ERR_CONFLICT names the patch and the
 * file when that would lose what was edited since.
 */
int quilt_pop(struct quilt *q, const struct pop_options *o, struct err *e) _must_check_;
