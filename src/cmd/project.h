/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A repository opened for planning: what verify, status and report begin with. */

#include "cmd/env.h"
#include "engine/plan.h"
#include "report/model.h"
#include "store/evidence.h"

struct project {
	struct conf *conf;
	struct plan plan;
	struct toolbox *tools;
	struct evidence_store *evidence;
	VEC(struct base *) bases;	       /* by plan target; NULL: none */
	VEC(struct variant_series *) variants; /* likewise */
	VEC(const char *) fetched;	       /* likewise, borrowed */
	struct arena arena;
};

/*
 * Reads carry.conf, the series and the recorded bases, and plans the cells that
 * @filter wants. @targets (the command's arguments) must name targets; none is
 * all that are not retired.
 */
int project_open(struct cmd_env *env, const struct plan_filter *filter, struct project *p,
		 struct err *e) _must_check_;
/*
 * As project_open(), for showing: a check that runs only when asked is there where
 * @filter names it or where it was asked before.
 */
int project_open_seen(struct cmd_env *env, const struct plan_filter *filter,
		      struct project *p, struct err *e) _must_check_;
void project_release(struct project *p);
/* ERR_USAGE with the nearest name when one of @wanted is no target of @c. */
int project_check_targets(const struct conf *c, const struct strlist *wanted,
			  struct err *e) _must_check_;
/* The target @name, retired or not; ERR_USAGE with the nearest name when there is none. */
int project_target(const struct conf *c, const char *name, const struct conf_target **out,
		   struct err *e) _must_check_;
/* The report's model; @max_log bytes of each log come along. */
int project_model(const struct project *p, size_t max_log, json_t **model,
		  struct err *e) _must_check_;

/* The options that choose cells, and the filter that they come to. */
struct filter_opts {
	struct strvec checks, archs, toolchains, configs;
};

#define FILTER_OPTIONS(T, field)                                                         \
	OPT_LIST(0, "check", "NAME", HINT_NONE, T, field.checks, "only this check"),     \
		OPT_LIST(0, "arch", "NAME", HINT_NONE, T, field.archs,                   \
			 "only this architecture"),                                      \
		OPT_LIST(0, "toolchain", "NAME", HINT_NONE, T, field.toolchains,         \
			 "only this toolchain"),                                         \
		OPT_LIST(0, "config", "NAME", HINT_NONE, T, field.configs,               \
			 "only this configuration")

/* Borrows from @o and @env; project_open() checks the names. */
void filter_make(const struct cmd_env *env, const struct filter_opts *o,
		 struct plan_filter *filter);
void filter_release(struct plan_filter *filter);
