/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a check says of a cell, and what it saw. A verdict is data: it is stored
 * as evidence, and reports are made from it. A tool that broke or did not look
 * gives VERDICT_ERROR, never a pass and never a fail.
 */

#include <jansson.h>

#include "base/base.h"

enum verdict_status {
	VERDICT_NONE, /* nothing is known yet */
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_SKIP,  /* could not be asked here, and why */
	VERDICT_ERROR, /* the tool or the environment broke; asked again next time */
};

struct verdict {
	enum verdict_status status;
	char *reason;	  /* one line; NULL only for a pass */
	json_t *findings; /* array of findings, see finding_add() */
	json_t *facts;	  /* object: what was seen, sorted and without times */
	char *command;	  /* what a person runs to see it again, or NULL */
	char *log;	  /* bounded output of the tools, NUL-terminated, or NULL */
	double wall_s, cpu_s;
	long max_rss_kb;
};

void verdict_init(struct verdict *v);
void verdict_release(struct verdict *v);
/* Sets status and reason; the worst one said stays: error > fail > skip > pass. */
void verdict_say(struct verdict *v, enum verdict_status status, const char *fmt, ...)
	_printf_(3, 4);
/* "pass", "fail", "skip", "error", "none" */
const char *verdict_name(enum verdict_status status);
/* The reverse; VERDICT_NONE for any other word. */
enum verdict_status verdict_parse(const char *name);

enum finding_level {
	FINDING_ERROR,	 /* makes the cell fail */
	FINDING_WARNING, /* shown, does not fail */
	FINDING_OWED,	 /* only the sender can clear it: shown, demanded at send */
	FINDING_NOTE,
};

/* "error", "warning", "owed", "note" */
const char *finding_level_name(enum finding_level level);

/*
 * Adds {level, id, path, line, message}; @id is a stable word of the tool that
 * found it, @path is relative to the kernel tree or the repository, @line is 0
 * when there is none. Bytes that are no UTF-8 are escaped.
 */
void finding_add(struct verdict *v, enum finding_level level, const char *id,
		 const char *path, unsigned line, const char *fmt, ...) _printf_(6, 7);
/* A JSON string of any bytes: what is no UTF-8 becomes \xNN text. */
json_t *json_bytes(const char *p, size_t n);
