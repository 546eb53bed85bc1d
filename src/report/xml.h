/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * libxml2's text writer, for JUnit and HTML. It escapes; what it does not do is
 * done here: characters that XML forbids are replaced, so that any text is
 * well-formed, and the first failure is kept until xml_finish() tells it.
 */

#include <libxml/xmlwriter.h>

#include "base/buf.h"
#include "base/err.h"

struct xml {
	xmlBufferPtr buf;
	xmlTextWriterPtr w;
	bool failed;
};

void xml_init(struct xml *x);
void xml_release(struct xml *x);
void xml_open(struct xml *x, const char *tag);
/* Always with an end tag, as HTML wants it. */
void xml_close(struct xml *x);
/* An element without content: <tag ... />, for HTML's void elements. */
void xml_close_void(struct xml *x);
/* One line of text. */
void xml_attr(struct xml *x, const char *name, struct slice value);
void xml_attrf(struct xml *x, const char *name, const char *fmt, ...) _printf_(3, 4);
/* Text of many lines. */
void xml_text(struct xml *x, struct slice text);
void xml_textf(struct xml *x, const char *fmt, ...) _printf_(2, 3);
/* Our own markup or style sheet, as it is. */
void xml_raw(struct xml *x, const char *markup);
/* <tag class="cls">text</tag>; without the attribute when @cls is NULL. */
void xml_element(struct xml *x, const char *tag, const char *cls, struct slice text);
/* Appends the document. ERR_INTERNAL when libxml2 failed anywhere before. */
int xml_finish(struct xml *x, struct buf *out, struct err *e) _must_check_;

#define _cleanup_xml_ _cleanup_(xml_release)
