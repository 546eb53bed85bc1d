/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A base: a tree of a target, as it was obtained once. The record of each
 * target stands in `<cache>/bases/<target>.json` (schema carry.base/1) and is
 * written when all of the tree is in the store.
 */

#include "base/err.h"
#include "store/conf.h"

struct base {
	char *tree;	  /* id of its tree in the store */
	char *provenance; /* what every report shows: "debian 6.1.192-2" */
	char *source;	  /* as carry.conf has it */
	char *version;	  /* of the package, the commit or the checksum; never NULL */
	char *kernel;	  /* "6.1.192" out of its Makefile, or NULL */
	char *fetched;	  /* "2026-11-23T00:20:00Z" */
	char *was;	  /* provenance of the base before this one, or NULL */
};

/*
 * What is recorded of @target; needs no network. ERR_NOTFOUND: nothing yet, with
 * the reason that was recorded last, if any.
 */
int base_load(const char *cache, const char *target, struct base **out,
	      struct err *e) _must_check_;
/* Records it, in place of what was. */
int base_save(const char *cache, const char *target, const struct base *b,
	      struct err *e) _must_check_;
/* Records why there is none; a base that is there stays and is what counts. */
int base_save_reason(const char *cache, const char *target, const char *reason,
		     struct err *e) _must_check_;
void base_free(struct base *b);
/* The source as carry.conf has it. The caller frees. */
char *conf_source_text(const struct conf_source *src);
/*
 * The version that the text of a kernel's top Makefile tells, as `make
 * kernelversion` does; NULL when it tells none. The caller frees.
 */
char *base_kernel_version(struct slice makefile);
