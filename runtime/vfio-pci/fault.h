/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What init asks of the module fault, and what it is told: /dev/fault. */

#include <linux/ioctl.h>
#include <linux/types.h>

/* Words of our own: the kernel's numbers are no interface, and have moved. */
#define CALL_NOWAIT (1u << 0)
#define CALL_WRITE  (1u << 1)
#define CALL_OTHERS (1u << 2) /* the other flags that a caller may legally give */

#define CALL_MAX_WARNS 4
#define CALL_SYMBOL    96

struct fault_call {
	__u64 addr;  /* in: of the caller's memory */
	__u32 flags; /* in: CALL_* */

	__u32 raw;		/* what handle_mm_fault() returned */
	__u32 mapped;		/* it says that the handler has put a mapping there */
	__u32 order;		/* 0: there is none; 1, 2, 3: a leaf of that level */
	__u32 warns;		/* calls of __warn() meanwhile; CALL_MAX_WARNS are told */
	__u32 stray;		/* of them, those outside of the handlers */
	__u32 locks;		/* calls of functions that take a sleeping lock */
	__u32 locks_before;	/* of them, those before the first warning */
	__u64 at[CALL_MAX_WARNS]; /* where, each once for each call */
	char where[CALL_SYMBOL]; /* the first one, as a symbol, or "" */
	char fault[CALL_SYMBOL], huge_fault[CALL_SYMBOL]; /* the handlers bound, or "" */
	__u32 sites; /* warn-once entries of the handlers in the module's bug table */
};

#define FAULT_CALL _IOWR('c', 1, struct fault_call)
