/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the dialects share; nobody else includes it. */

#include "exchange/export.h"

extern const struct export_dialect dialect_debian, dialect_suse, dialect_fedora,
	dialect_ubuntu;
extern const struct export_dialect dialect_mbox, dialect_git, dialect_b4;

/* The dialect demands it and the patch does not say it. */
void lacks(struct export_patch *p, const char *fmt, ...) _printf_(2, 3);
/* It stays in the patch, but as text that the dialect's tools do not read. */
void stays_text(struct export_patch *p, unsigned line, const char *fmt, ...)
	_printf_(3, 4);
/* It is not in what is given out. */
void loses(struct export_patch *p, unsigned line, const char *fmt, ...) _printf_(3, 4);

/* header_set() of a formatted value, unless there is such a field. */
int fill_field(struct export_patch *p, struct err *e, const char *name, const char *fmt,
	       ...) _printf_(4, 5) _must_check_;
bool has_field(const struct export_patch *p, const char *name);
/* Whether some line of the message is @text, blanks around it aside. */
bool has_line(const struct export_patch *p, const char *text);
/*
 * Makes of any header one that git-am(1) reads without loss: From, Date and Subject as
 * fields; what other dialects have as fields goes to the trailers as it stands.
 * ERR_INPUT without author or title: they cannot be made up.
 */
int as_mail(struct export_patch *p, struct err *e) _must_check_;
/* Lacks author or title; for dialects that have them as fields. */
void check_person(struct export_patch *p);
/* Whether it is said to be a backport, or a note says that it was changed. */
bool is_adapted(const struct export_patch *p);
