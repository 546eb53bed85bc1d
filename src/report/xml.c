// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/xml.h"

#include "report/show.h"

/* libxml2's strings are unsigned; these are UTF-8 by the time they come here. */
static const xmlChar *u8(const char *s)
{
	return (const xmlChar *)s;
}

static void note(struct xml *x, int rc)
{
	x->failed |= rc < 0;
}

void xml_init(struct xml *x)
{
	*x = (struct xml){ .buf = xmlBufferCreate() };
	BUG_ON(!x->buf);
	x->w = xmlNewTextWriterMemory(x->buf, 0);
	BUG_ON(!x->w);
}

void xml_release(struct xml *x)
{
	if (x->w)
		xmlFreeTextWriter(x->w);
	if (x->buf)
		xmlBufferFree(x->buf);
	*x = (struct xml){ 0 };
}

void xml_open(struct xml *x, const char *tag)
{
	note(x, xmlTextWriterStartElement(x->w, u8(tag)));
}

void xml_close(struct xml *x)
{
	note(x, xmlTextWriterFullEndElement(x->w));
}

void xml_close_void(struct xml *x)
{
	note(x, xmlTextWriterEndElement(x->w));
}

void xml_attr(struct xml *x, const char *name, struct slice value)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	show_line(&safe, value, SHOW_XML);
	note(x, xmlTextWriterWriteAttribute(x->w, u8(name), u8(buf_str(&safe))));
}

void xml_attrf(struct xml *x, const char *name, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	xml_attr(x, name, buf_slice(&b));
}

void xml_text(struct xml *x, struct slice text)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	show_text(&safe, text, SHOW_XML);
	note(x, xmlTextWriterWriteString(x->w, u8(buf_str(&safe))));
}

void xml_textf(struct xml *x, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	xml_text(x, buf_slice(&b));
}

void xml_raw(struct xml *x, const char *markup)
{
	note(x, xmlTextWriterWriteRaw(x->w, u8(markup)));
}

void xml_element(struct xml *x, const char *tag, const char *cls, struct slice text)
{
	xml_open(x, tag);
	if (cls)
		xml_attr(x, "class", slice_str(cls));
	xml_text(x, text);
	xml_close(x);
}

int xml_finish(struct xml *x, struct buf *out, struct err *e)
{
	note(x, xmlTextWriterEndDocument(x->w));
	note(x, xmlTextWriterFlush(x->w));
	if (x->failed)
		return err_set(e, ERR_INTERNAL,
			       "cannot write the report: libxml2 failed");
	buf_add(out, xmlBufferContent(x->buf), (size_t)xmlBufferLength(x->buf));
	return 0;
}
