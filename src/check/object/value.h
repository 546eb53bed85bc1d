/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What registers hold, as far as a flag test needs it: bits of one word that came
 * from elsewhere, shifted and masked, or whether such bits are set. Registers
 * whose content nobody follows are lost, and a condition on them is unknown.
 *
 * A part of a word that is loaded alone (compilers narrow a test of bit 11 to bit
 * 3 of the next byte) is taken for the part of the aligned 32-bit word there; so
 * a flag that lives in a lone 8- or 16-bit field at an odd place is not known.
 */

#include "check/object/insn.h"

enum val_kind {
	VAL_BITS,  /* (x >> shift) & mask */
	VAL_CLEAR, /* (~x >> shift) & mask */
	VAL_TRUTH, /* ((x & mask) != 0) ^ neg, as 0 or 1 */
	VAL_CONST, /* mask */
	VAL_ADDR,  /* computed from something; mask is what was added, modulo 8 */
	VAL_STACK, /* an address on the stack */
	VAL_SPILL, /* came from the stack: bits, truth, anything */
	VAL_LOST,
};

struct val {
	enum val_kind kind;
	uint8_t shift;
	bool neg;
	uint64_t mask;
};

enum codes_kind { CODES_OTHER, CODES_UNKNOWN, CODES_KNOWN };

/* KNOWN: zero is ((x & zero) == 0) ^ neg; sign and carry are x & ... if not 0. */
struct codes {
	enum codes_kind kind;
	bool neg;
	uint64_t zero, sign, carry;
	pos_t at; /* the instruction that set them, 0 if it is not one */
};

struct state {
	bool seen;
	struct val reg[REG_MAX];
	struct codes codes;
	struct codes own; /* of the instruction itself */
};

/* As it is when a function is entered. */
void state_enter(struct state *s);
/* Executes @in. */
void state_step(struct state *s, const struct insn *in, uint64_t call_clobbers);
/* Joins @from into @into; whether that changed anything. */
bool state_join(struct state *into, const struct state *from);

/* What a branch tests: taken exactly if (x & mask) is not 0, or is. */
struct tested {
	enum codes_kind kind;
	uint64_t mask;
	bool set; /* taken when the bits are set */
	pos_t at; /* the instruction that tested, if known */
};

struct tested state_branch(const struct state *after, const struct insn *in);
/* Whether @tested is @asked, given that a word may have been loaded by halves. */
bool mask_is(uint64_t tested, uint64_t asked);
