/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A build directory for one (base, arch, toolchain, configuration), kept in the
 * cache: a link farm of the base's sparse tree, and an O= that stays warm from
 * base to patched. Both stand at constant paths inside the sandbox. Changed
 * files are written into the farm with a new time, as an editor would, so that
 * make's own rules decide what is built again.
 *
 * A unit is locked while it is open. It is marked dirty before a program of the
 * kernel runs in it and clean after that has ended by itself; a dirty one is
 * made anew.
 */

#include <stdatomic.h>

#include "base/fsx.h"
#include "base/sandbox.h"
#include "check/diag.h"
#include "check/slots.h"
#include "store/conf.h"

enum variant { VARIANT_BASE, VARIANT_PATCHED };

/* A file of the patched tree that differs from the base's; borrowed bytes. */
struct unit_file {
	const char *path;
	unsigned mode; /* 0100644, 0100755, 0120000; 0: the file is deleted */
	struct slice data;
};

struct unit_spec {
	const char *dir;  /* where the unit lives; its name has all that it depends on */
	const char *tree; /* the base's sparse tree */
	const char *top;  /* the repository, for fragments */
	const struct conf_target *target;
	const struct conf_arch *arch;
	const struct conf_toolchain *toolchain;
	const struct conf_config *config;
	const struct unit_file *files; /* patched against base */
	size_t nfiles;
	bool no_sandbox;
	unsigned timeout_s;  /* of one make; 0: 900 */
	struct slots *slots; /* lends make tokens; may be NULL */
	const atomic_bool *cancel;
};

struct unit;

/* One make of the target's objects. */
struct unit_build {
	bool ok;	    /* make ended with 0 and every object is there */
	char *log;	    /* what it said */
	char *command;	    /* what a person runs to see it again */
	struct diags diags; /* of the log */
	double wall_s, cpu_s;
	long max_rss_kb;
};

/* Makes or takes over the directory, locks it, configures the kernel. */
int unit_open(const struct unit_spec *spec, struct unit **out,
	      struct err *e) _must_check_;
void unit_close(struct unit *u);
/*
 * Builds the target's objects in that variant with W=1; the result is kept for
 * the life of the unit and is the unit's. A compile error is ok == false, not
 * an error; ERR_TIMEOUT, ERR_TOOL and their like say that no compiler spoke.
 */
int unit_build(struct unit *u, enum variant which, const struct unit_build **out,
	       struct err *e) _must_check_;
/*
 * Removes a file of the build directory, so that what a former make left is not taken
 * for what the next one makes. ERR_UNSAFE when something else stands in its place.
 */
int unit_drop(struct unit *u, const char *path, struct err *e) _must_check_;
/*
 * Puts aside a file of the build directory that make just made. ERR_TOOL when it made
 * none, ERR_UNSAFE when something else stands in its place.
 */
int unit_keep(struct unit *u, enum variant which, const char *path,
	      struct err *e) _must_check_;
/* Where such a file, or an object that unit_build() made, is. The caller frees. */
char *unit_object(const struct unit *u, enum variant which, const char *object);
/*
 * Runs make for one target of the kernel's makefile with further variables
 * ("C=2"), NULL-ended; the farm is in @which.
 */
int unit_make(struct unit *u, enum variant which, const char *const *args,
	      struct proc_result *r, struct err *e) _must_check_;
/* Brings the farm to @which without running anything. */
int unit_select(struct unit *u, enum variant which, struct err *e) _must_check_;
/* Runs @argv in the unit's sandbox, in the build directory. */
int unit_run(struct unit *u, const char *const *argv, struct proc_result *r,
	     struct err *e) _must_check_;
/*
 * Puts @data in the place of the file @path until unit_restore(), which brings
 * back the very file, so that make sees no change.
 */
int unit_swap(struct unit *u, const char *path, struct slice data,
	      struct err *e) _must_check_;
int unit_restore(struct unit *u, const char *path, struct err *e) _must_check_;
/* Host paths, and the path at which programs in the sandbox see the source. */
const char *unit_src(const struct unit *u);
const char *unit_out(const struct unit *u);
const char *unit_src_inside(const struct unit *u);
const char *unit_out_inside(const struct unit *u);
const struct unit_spec *unit_spec(const struct unit *u);
void unit_quote(const struct unit *u, const char *const *argv, struct buf *out);
