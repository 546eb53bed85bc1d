/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a compiled kernel object says of a warning that must stand before a lock.
 *
 * Source can be read wrongly; the object is what runs. In a relocatable object
 * (x86_64 or arm64, any compiler) the named handlers are found, whole, cloned,
 * split or inlined. For each function body that holds one, three questions are
 * answered from the code itself: does a warn-once trap of one of the given
 * source lines stand in it; which branches test the mask and lead to that trap;
 * and can any lock call be reached from the entry without passing such a branch.
 *
 * The last is asked on the control-flow graph, over all such branches together:
 * with them cut, no lock call may remain reachable. (For a single branch this is
 * the same as "the branch dominates every lock call".) Both ways of a static
 * branch, of patched alternatives and of exception fixups are possible. What
 * cannot be known (an indirect jump, an instruction nobody knows, a condition
 * whose origin is lost) makes the answer OBJECT_UNDECIDED where it matters,
 * never a guess.
 *
 * The bug table is described in include/asm-generic/bug.h and the architectures'
 * asm/bug.h of the kernel; the layouts since 5.10 are understood.
 */

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "engine/verdict.h"

struct object_query {
	const char *path;	     /* the object */
	const char *const *handlers; /* function names, NULL-ended, at least one */
	const char *source;	     /* end of the file name, at a '/': drivers/x/y.c */
	const unsigned *lines;	     /* where the warning may stand, at least one */
	size_t nlines;
	uint64_t mask;		  /* what the flag test must test, not 0 */
	const char *const *locks; /* POSIX extended, each for the whole symbol name */
};

/* A place in the code of a relocatable object, whose addresses are per section. */
struct object_place {
	const char *section;
	uint64_t offset;
};

/* What a place is worth knowing for. Strings live as long as the report. */
struct object_mark {
	struct object_place at;
	const char *text; /* the instruction, or the symbol that is called */
};

enum object_trap {
	OBJECT_TRAP_NONE, /* the bytes there are no trap */
	OBJECT_TRAP_UD2,
	OBJECT_TRAP_UD1,
	OBJECT_TRAP_BRK,
	OBJECT_TRAP_CALL, /* 7.x, x86: a call is given the entry's address */
};

/* An entry of the bug table. */
struct object_site {
	struct object_place at;
	enum object_trap trap;
	const char *function; /* the symbol around it, or "" */
	const char *file;     /* as the compiler wrote it */
	unsigned line;
	unsigned flags; /* as stored */
	bool warning;	/* a WARN, not a BUG */
	bool once;
	bool wanted;  /* of the asked source and lines */
	bool reached; /* by the control flow of the body that lists it */
};

enum object_answer {
	OBJECT_NO,
	OBJECT_YES,
	OBJECT_UNDECIDED,
	OBJECT_NOTHING, /* the question does not arise: no lock call */
};

enum object_how {
	OBJECT_SYMBOL,	/* the function itself */
	OBJECT_CLONE,	/* .isra, .constprop, .llvm and the like */
	OBJECT_INLINED, /* into the function, as DWARF or a .part clone's callers say */
};

/* A branch that leads to a wanted trap before any lock or return. */
enum object_guard {
	OBJECT_GUARD_YES,     /* on the mask set, and only then */
	OBJECT_GUARD_PARTLY,  /* it tests the mask, but may then miss the trap */
	OBJECT_GUARD_OTHER,   /* on another mask, comparison or sense */
	OBJECT_GUARD_UNKNOWN, /* what it tests cannot be told */
};

struct object_test {
	struct object_place at;
	const char *text; /* what tests, and the branch */
	enum object_guard guard;
	uint64_t mask; /* what is tested, 0 where that is no bit test */
};

/* One function that runs a handler's code. */
struct object_body {
	const char *name;    /* the symbol */
	const char *handler; /* which of the asked ones */
	enum object_how how;
	struct object_place entry;
	VEC(struct object_site) sites; /* all warnings in it, wanted or not */
	VEC(struct object_test) tests;
	VEC(struct object_mark)
	locks; /* first lock calls included, in order of address */
	VEC(struct object_mark) delegates; /* calls of other bodies */
	enum object_answer dominated;
	/* NO, UNDECIDED: block addresses from the entry to the lock or doubt. */
	VEC(struct object_place) path;
	const char *doubt; /* UNDECIDED: why; else NULL */
	/* Whether a wanted trap can be reached with no guard's set side taken. */
	enum object_answer stray;
	/* Every way from entry to return passes a guard, too: callers may rely on it. */
	bool covers_all;
};

struct object_report {
	struct arena arena; /* owns every string here */
	const char *path;
	const char *machine; /* "x86_64", "arm64" */
	bool dwarf;
	unsigned nentries;	   /* of the bug table */
	VEC(const char *) found;   /* asked handlers that are here, as asked */
	VEC(const char *) missing; /* and that are not */
	VEC(struct object_body) bodies;
	/* Wanted entries outside all bodies. */
	VEC(struct object_site) elsewhere;
	const char *source; /* as asked */
	VEC(unsigned) lines;
	uint64_t mask;
};

/*
 * Reads @q->path and answers. ERR_INPUT for what is no such object, is damaged
 * or larger than 256 MiB, or has a bug table without file and line; ERR_USAGE
 * for a query that asks nothing or a bad expression. *out is the caller's.
 */
int object_examine(const struct object_query *q, struct object_report **out,
		   struct err *e) _must_check_;
void object_report_free(struct object_report *r);
/* Everything of the report, in stable order. */
json_t *object_report_json(const struct object_report *r);
/*
 * Fills @v: pass when every body that takes a lock is dominated and its trap
 * is a warn-once entry that only the flag reaches; fail when the object shows
 * otherwise; error when a handler is missing, when no lock call was seen, or
 * when something stayed undecided. The report becomes @v->facts.
 */
void object_judge(const struct object_report *r, struct verdict *v);

/* "no", "yes", "undecided", "nothing" */
const char *object_answer_name(enum object_answer a);
