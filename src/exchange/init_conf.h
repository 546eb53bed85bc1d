/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The texts of a new repository: its carry.conf and what stands beside it. */

#include "exchange/init.h"

/* What the texts are about. */
struct init_scope {
	const struct init_spec *spec;
	struct strvec files; /* that the series changes */
};

/* carry.conf, read back once: ERR_USAGE when the targets cannot be so. */
int init_conf(const struct init_scope *scope, struct buf *out, struct err *e) _must_check_;
void init_base_config(const struct init_scope *scope, struct buf *out);
void init_series_config(const struct init_scope *scope, struct buf *out);
void init_arch_config(const char *arch, struct buf *out);
void init_readme(const struct init_scope *scope, struct buf *out);
