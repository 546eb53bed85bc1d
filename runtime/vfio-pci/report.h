/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What init says on the console, as carry reads it (docs/runtime.md). One line each:
 *
 *	carry: begin 1
 *	carry: check NAME pass|fail DETAIL
 *	carry: fact NAME VALUE
 *	carry: end CHECKS FAILED WARNINGS
 */

/* Opens the console and begins. */
void report_begin(void);
void report_check(const char *name, int pass, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void report_fact(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The total, and the end of the machine. */
void report_end(unsigned int warnings) __attribute__((noreturn));
/* Nothing can be said of the kernel: ends the machine without a total. */
void report_broken(const char *what) __attribute__((noreturn));
