/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the programs here share: random numbers, and runs of the other programs. */

#include "base/buf.h"
#include "base/err.h"

struct rng {
	uint64_t s;
};

void rng_seed(struct rng *r, uint64_t seed);
/* 0 … @n - 1 */
uint32_t below(struct rng *r, uint32_t n);
/* One time in @n. */
bool once_in(struct rng *r, uint32_t n);

/*
 * Runs a program in @work/@dir with a clean environment, where git finds no repository.
 * Its output is appended to @out (NULL: dropped); who wants to know its *status gets
 * what it says of errors there, too.
 */
int run_tool(const char *work, const char *dir, const char *const *argv,
	     struct slice input, struct buf *out, int *status, struct err *e) _must_check_;
/* Writes @path anew; no sync: what is tried here may be lost. */
int put_file(const char *path, struct slice bytes, bool exec, struct err *e) _must_check_;
/* All of @y, and @x has some LF more. */
bool lf_less(struct slice x, struct slice y);
/* Whether a patch has context that is marked as the file's end without LF. */
bool context_without_lf(struct slice patch);
/* Whether, by their numbers, two hunks of one file share old lines or are out of order. */
bool hunks_overlap(struct slice patch);
