/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The matrix: which cells there are, and the key of each. A key is the SHA-256
 * over everything that the verdict depends on, as named digests, so that two
 * plans can be compared and a stale cell can say what made it stale.
 */

#include <jansson.h>

#include "base/hash.h"
#include "engine/tool.h"
#include "engine/variant.h"
#include "engine/verdict.h"
#include "store/conf.h"

enum check_scope {
	SCOPE_TARGET, /* one cell a target: the source says it all */
	SCOPE_UNIT,   /* one for each arch, toolchain and configuration */
	/* One for each [runtime], arch and toolchain: that is the configuration. */
	SCOPE_RUNTIME,
};

enum check_input {
	INPUT_CHANGES = 1 << 0,	 /* what the target's series changes */
	INPUT_HEADERS = 1 << 1,	 /* its patches to the byte */
	INPUT_NEWEST = 1 << 2,	 /* the newest line's patches to the byte */
	INPUT_OBJECTS = 1 << 3,	 /* the objects, files and handlers of the target */
	INPUT_ASSERTS = 1 << 4,	 /* assertions, with their rules */
	INPUT_CHECKOUT = 1 << 5, /* the paths of the sparse tree */
};

/* What planning must know of a check; the checker's record has one. */
struct check_spec {
	const char *name;
	unsigned version; /* raised when the same input may give another verdict */
	enum check_scope scope;
	unsigned inputs;
	const char *const *tools; /* programs, NULL-ended, or NULL */
	/* Whether carry.conf gives it anything to ask; NULL: always. */
	bool (*asked)(const struct conf *conf);
	/* Seconds that a cell usually takes, of one to another: for their order only. */
	unsigned usual_s;
};

/* What a target's cells stand on, as found by the caller. */
struct plan_target {
	const struct conf_target *conf;
	const char *tree;	/* tree id of the base; NULL: there is none */
	const char *provenance; /* of the base, or NULL */
	const char *reason;	/* why there is no base */
	const struct variant_series *variant; /* NULL: cannot be read */
	const char *variant_reason;	      /* why not */
};

struct cell {
	size_t target; /* index into plan->targets */
	const struct check_spec *spec;
	const struct conf_arch *arch; /* NULL with SCOPE_TARGET, as the next two */
	const struct conf_toolchain *toolchain;
	const struct conf_config *config;
	const struct conf_runtime *runtime; /* SCOPE_RUNTIME only, with its own config */
	char *id; /* target/arch/toolchain/config/check, "-" for none */
	char key[SHA256_HEX];
	json_t *inputs;		/* {name: digest} */
	struct verdict planned; /* set when it is decided without running: skip, error */
	double expect_s;	/* it took last time, as the caller found; 0: not known */
};

struct plan {
	const struct conf *conf;
	VEC(struct plan_target) targets; /* those in the matrix, in the file's order */
	VEC(struct cell) cells;		 /* by target, then unit, then check */
};

/* Which cells are wanted; empty lists want all. */
struct plan_filter {
	struct strlist targets, checks, archs, toolchains, configs;
	bool unasked; /* also those of checks that run only when named in @checks */
};

/*
 * Plans the matrix of plan->targets for @specs. A missing program, base or
 * series decides its cells at once. The strings borrowed must outlive the plan.
 */
void plan_make(struct plan *plan, const char *top, const struct check_spec *const *specs,
	       size_t nspecs, const struct plan_filter *filter, struct toolbox *tools);
void plan_release(struct plan *plan);
/* Drops the cells for which @keep says false. */
void plan_keep(struct plan *plan, bool (*keep)(void *arg, const struct cell *c), void *arg);
/*
 * Names the build directory of a SCOPE_UNIT cell: over all that it depends on but
 * the patch. The same for every check of one unit.
 */
void plan_unit_digest(const struct plan *plan, const struct cell *cell,
		      char hex[static SHA256_HEX]);
