/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One pool of N slots for everything. A worker holds a slot while it has a
 * cell; when no cell is ready for it, its slot is lent to a make that runs, as
 * a token of GNU make's jobserver (make manual, "POSIX Jobserver Interaction"),
 * and taken back when a cell becomes ready. Each make has a pipe of its own, so
 * that one which is killed, or drains it, cannot take slots from the others:
 * what was lent to it comes back when its pipe is closed.
 */

#include "base/err.h"

struct slots;
struct slots_pipe;

struct slots *slots_new(void);
void slots_free(struct slots *s);
/* A worker has nothing to do: its slot may be lent. */
void slots_idle(struct slots *s);
/* That worker has work again. */
void slots_busy(struct slots *s);
/* A pipe for one make; empty until a slot is lent. */
int slots_open(struct slots *s, struct slots_pipe **out, struct err *e) _must_check_;
void slots_close(struct slots *s, struct slots_pipe *p);
/* The descriptors to hand down: [0] to read tokens, [1] to give them back. */
const int *slots_fds(const struct slots_pipe *p);
