/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The report for scripts, version 1; it stays as it is. One record a line, its
 * fields separated by TAB, the first one its kind:
 *
 *	carry-report	1	GENERATED
 *	target	NAME	required|optional|retired	PROVENANCE	TREE	REASON
 *	cell	TARGET	CHECK	ARCH	TOOLCHAIN	CONFIG	STATUS	fresh|stale
 *		required|optional	KEY	REASON
 *	finding	TARGET	CHECK	ARCH	TOOLCHAIN	CONFIG	LEVEL ID	PATH
 *LINE MESSAGE summary	PASS	FAIL	ERROR	SKIP	NONE	STALE
 *
 * (A record is one line; it is broken here to fit.) A field that does not apply
 * is "-". A finding follows its cell. A field that holds control bytes, a double
 * quote or a backslash, or that is itself "-", stands in double quotes with C
 * escapes, octal for bytes without a short one, as git quotes paths. With
 * PORCELAIN_NUL records end with NUL instead of LF, and the last field of a
 * record is the text itself: never quoted, and empty when it does not apply.
 * Readers skip kinds that they do not know.
 */

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

enum porcelain_form { PORCELAIN_LINES, PORCELAIN_NUL };

/* Appends the report. ERR_INPUT for a malformed model. */
int report_porcelain(const json_t *model, enum porcelain_form form, struct buf *out,
		     struct err *e) _must_check_;
