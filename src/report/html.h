/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The report as one HTML page that needs nothing else: no scripts, no fonts or
 * pictures from anywhere. It is also well-formed XML. The matrix links to the
 * evidence below it; each status is a word, never a colour alone; on a phone
 * each line of the matrix is a card; it follows the reader's light or dark
 * scheme and prints with all evidence open.
 */

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends the page. ERR_INPUT for a malformed model, ERR_INTERNAL. */
int report_html(const json_t *model, struct buf *out, struct err *e) _must_check_;
