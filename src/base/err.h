/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Errors. A fallible function takes a `struct err *` of its caller, returns 0
 * or one negative code of the list below, and leaves the struct untouched on
 * success. The message is set where the error happens and gains context in
 * front while it travels up: "cannot import 'x': cannot read 'y': No such file". What it
 * quotes is harmless on a terminal: see bytes_disarm().
 */

#include "base/base.h"

enum errc {
	ERR_INPUT = -1,	      /* input is malformed: message begins with path:line: */
	ERR_NOTFOUND = -2,    /* what was named does not exist */
	ERR_CONFLICT = -3,    /* does not fit what is there */
	ERR_UNSAFE = -4,      /* input tries to act outside its place */
	ERR_EXISTS = -5,      /* would overwrite */
	ERR_USAGE = -6,	      /* the person asked for something that cannot be */
	ERR_TOOL = -7,	      /* a program we need is missing or failed */
	ERR_IO = -8,	      /* the system said no: disk, permissions, limits */
	ERR_TIMEOUT = -9,     /* a time limit ended it */
	ERR_LIMIT = -10,      /* a size or count bound ended it */
	ERR_UNAVAILABLE = -11, /* a source cannot be reached or is gone */
	ERR_CANCELLED = -12,  /* interrupted */
	ERR_INTERNAL = -13,   /* a library said what it never should */
};

struct err {
	int code; /* 0 or one of enum errc */
	char msg[2000];
};

/* Sets code and message; returns @code, so that `return err_set(...)` reads well. */
int err_set(struct err *e, enum errc code, const char *fmt, ...) _printf_(3, 4);
/* As err_set(), with ": " and the text of the errno value @en at the end. */
int err_sys(struct err *e, int en, const char *fmt, ...) _printf_(3, 4);
/* Puts "context: " in front of the message that @e holds; returns its code. */
int err_wrap(struct err *e, const char *fmt, ...) _printf_(2, 3);
void err_clear(struct err *e);
