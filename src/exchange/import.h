/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Takes patches into the series of a target. What was picked from mails is first
 * planned (file names, the new series file), then written into a stage; the series in
 * place changes when the stage is committed, all or nothing.
 *
 * Beside its patches a series directory may have a file `cover`: the cover letter, in
 * mail form. quilt leaves such files alone.
 */

#include "exchange/mail_order.h"
#include "exchange/stage.h"

#define COVER_NAME "cover"

struct import_file {
	const char *name; /* in the directory of the series */
	const char *from; /* what it comes from, for a person */
	struct slice bytes;
};

struct import {
	struct arena arena;
	VEC(struct import_file) files;
	struct slice cover;	    /* empty: none */
	struct slice series;	    /* the new text of the series file */
	VEC(const char *) obsolete; /* patches that the series no longer has */
};

struct import_how {
	bool replace;  /* the patches take the place of those that are there */
	bool no_cover; /* leave the cover letter out */
};

/*
 * Plans to take @from into the series in @dir, which need not exist. A patch that cannot
 * be parsed is ERR_INPUT; a name that is there already, or a second cover letter, is
 * ERR_EXISTS. *out is always releasable.
 */
int import_plan(const struct mail_series *from, const char *dir,
		const struct import_how *how, struct import *out,
		struct err *e) _must_check_;
/* Writes it into a stage that was opened for the same directory. */
int import_write(const struct import *im, struct stage *s, struct err *e) _must_check_;
void import_release(struct import *im);
