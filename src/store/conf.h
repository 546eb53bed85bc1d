/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * carry.conf: what must hold, where. git-config syntax, read by libgit2; the
 * man page carry.conf(5) is the reference of its sections and keys. An unknown
 * section or key, a value out of its range and a name that nothing defines are
 * errors with file and line; includes are refused. All strings live in the
 * arena of the struct and are NUL-terminated; lists keep the file's order.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

struct strlist {
	const char **v;
	size_t n, cap;
};

enum source_kind { SOURCE_DEBIAN, SOURCE_GIT, SOURCE_TARBALL, SOURCE_DIR };

/* One place where a base can be had; a target has them in order of preference. */
struct conf_source {
	enum source_kind kind;
	const char *where; /* package name, URL or path */
	const char *ref;   /* of git: branch, tag or commit; of debian: a suite, or NULL */
	const char *sha256; /* of a tarball, or NULL */
};

struct conf_arch {
	const char *name;
	const char *make;  /* value of ARCH= */
	const char *cross; /* value of CROSS_COMPILE=, or NULL */
	struct strlist fragments;
};

enum toolchain_family { FAMILY_GCC, FAMILY_CLANG };

struct conf_toolchain {
	const char *name;
	enum toolchain_family family;
	const char *cc; /* program; a gcc gets the arch's cross prefix */
};

struct conf_config {
	const char *name;
	struct strlist fragments;
	struct strlist archs;	   /* empty: all of the target's */
	struct strlist toolchains; /* likewise */
	struct strlist locks;	   /* further lock symbols, extended regexps */
	struct strlist optional;   /* fragments of which a line may lose what it lacks */
};

/*
 * A kernel to boot: how it is made, what runs in it, and what must be seen. Its
 * configuration is whole by itself: only the target's fragments are added to it.
 */
struct conf_runtime {
	const char *name;
	struct conf_config config; /* of the kernel; it has this section's name */
	struct strlist targets;	   /* empty: all */
	struct strlist paths;	   /* of its tree, besides those of [checkout] */
	const char *image;	   /* what the emulator loads, in the build directory */
	const char *goal;	   /* what make is asked for */
	const char *probe;	   /* directory of the repository: init.c, kbuild modules */
	const char *emulator;	   /* program */
	struct strlist args;	   /* for it; words divided by blanks */
	const char *append;	   /* the kernel's command line, or NULL */
	struct strlist shows;	   /* extended regexps: checks that the series must turn */
	unsigned timeout_s;	   /* of one boot; 0: the checker's own */
};

enum check_when {
	CHECK_ALWAYS,
	CHECK_ASKED, /* only when a person names it */
};

/* Where a check runs; empty lists restrict nothing. */
struct conf_check {
	const char *name;
	bool enabled;
	enum check_when when;
	struct strlist archs, toolchains, configs, targets;
	unsigned timeout_s; /* 0: the checker's own */
};

struct conf_target {
	const char *name;
	const char *series; /* directory, relative to the repository's top */
	VEC(struct conf_source) sources;
	struct strlist archs, toolchains, configs;
	struct strlist objects;	 /* built and examined */
	struct strlist files;	 /* sources that the change is about */
	struct strlist handlers; /* functions in scope of the assertions */
	struct strlist fragments; /* this line's own, after all others */
	bool required;		 /* a cell without a verdict is an error */
	bool retired;		 /* end of life: carried, not verified */
};

/* Which files an assertion's rule is run over. */
enum assert_over { OVER_OBJECT_DIRS, OVER_MENTION, OVER_FILES };

/* What every line must satisfy, in the source (rule) and in the object (site). */
struct conf_assert {
	const char *name;
	const char *rule;     /* SmPL file, or NULL */
	const char *macros;   /* spatch --macro-file, or NULL */
	enum assert_over over;
	const char *mention;  /* OVER_MENTION: extended regexp of files to read */
	const char *bindings; /* extended regexp, an independent count of bindings */
	struct strlist require; /* properties that must be proven */
	const char *site;     /* text of the statement to find in the object, or NULL */
	uint64_t mask;	      /* bits that it tests */
	struct strlist locks; /* extended regexps of lock symbols */
};

struct conf {
	struct arena arena;
	const char *path;
	const char *newest;
	struct strlist checkout; /* paths of a sparse tree */
	VEC(struct conf_arch) archs;
	VEC(struct conf_toolchain) toolchains;
	VEC(struct conf_config) configs;
	VEC(struct conf_check) checks;
	VEC(struct conf_target) targets;
	VEC(struct conf_assert) asserts;
	VEC(struct conf_runtime) runtimes;
};

/* Reads @path. *out is the caller's, freed with conf_free(). */
int conf_read(const char *path, struct conf **out, struct err *e) _must_check_;
/* As conf_read(), of text that is not in a file yet; @path is for messages. */
int conf_parse(struct slice text, const char *path, struct conf **out,
	       struct err *e) _must_check_;
void conf_free(struct conf *c);

const struct conf_target *conf_target(const struct conf *c, const char *name);
const struct conf_arch *conf_arch(const struct conf *c, const char *name);
const struct conf_toolchain *conf_toolchain(const struct conf *c, const char *name);
const struct conf_config *conf_config(const struct conf *c, const char *name);
const struct conf_check *conf_check(const struct conf *c, const char *name);
const struct conf_runtime *conf_runtime(const struct conf *c, const char *name);
bool strlist_has(const struct strlist *l, const char *s);
/* True when @l is empty or has @s: how a filter reads. */
bool strlist_allows(const struct strlist *l, const char *s);
