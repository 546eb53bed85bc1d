/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The model itself, as docs/report.schema.json describes it: keys sorted, so
 * that equal models are equal bytes.
 */

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

enum json_form {
	JSON_LINES, /* indented, for people and diffs */
	JSON_ONE,   /* one line, for streams */
};

/* Appends @model and an LF. ERR_INTERNAL when the model cannot be written. */
int report_json(const json_t *model, enum json_form form, struct buf *out,
		struct err *e) _must_check_;
