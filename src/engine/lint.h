/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is wrong with a series' headers: missing, contradictory, not what upstream
 * has, not carried where it must be. The rules stand here once; the checker and
 * `carry lint` both ask them. A rule is known by its id, which stays.
 */

#include "engine/drift.h"
#include "engine/variant.h"
#include "engine/verdict.h"
#include "store/upstream.h"
#include "text/provenance.h"

struct lint_rule {
	const char *id;
	enum finding_level level;
	const char *what;   /* it finds: a half sentence */
	const char *advice; /* what to do */
};

/* All of them, ended by one without id. */
extern const struct lint_rule lint_rules[];
/* BUG_ON an id that is none. */
const struct lint_rule *lint_rule(const char *id);

struct lint_finding {
	const struct lint_rule *rule;
	const char *path;
	unsigned line; /* 0: none */
	const char *text;
	size_t order; /* it was the n-th found */
};

/* How a patch differs from its like in the newest line; for those that have one. */
struct lint_drift {
	const char *name;
	enum drift drift;
};

struct lint_report {
	struct arena arena; /* owns all strings below */
	VEC(struct lint_finding) findings;
	VEC(struct lint_drift) drifts;
};

struct lint_patch {
	const char *name; /* in its series */
	const char *path; /* for findings */
	const struct patch *patch;
};

/* Another line's series. */
struct lint_line {
	const char *target;
	const struct variant_series *series;
};

/* What patches are held against; nothing there asks nothing. */
struct lint_against {
	const struct variant_series *newest; /* of the newest line, if that is another */
	const struct lint_line *newer;	     /* newer lines, without the newest */
	size_t nnewer;
	struct upstream *upstream;
};

/*
 * Adds what the rules find in each patch. An error is one of reading @against's
 * repository, not of a patch.
 */
int lint_patches(const struct lint_patch *patches, size_t n,
		 const struct lint_against *against, struct lint_report *out,
		 struct err *e) _must_check_;
/* As lint_patches(), of a variant; each path is @dir/name. */
int lint_variant(const struct variant_series *v, const char *dir,
		 const struct lint_against *against, struct lint_report *out,
		 struct err *e) _must_check_;
void lint_add(struct lint_report *r, const char *id, const char *path, unsigned line,
	      const char *fmt, ...) _printf_(5, 6);
/* Ordered by path and line; of one line in the order found. */
void lint_sort(struct lint_report *r);
void lint_report_release(struct lint_report *r);
