/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One machine instruction, in the few terms that the analysis needs: how control
 * goes on, and what it does to registers that may hold bits of a flag word. Both
 * architectures are brought to this form, so that nothing above knows them.
 */

#include <capstone/capstone.h>

#include "check/object/image.h"

enum flow {
	FLOW_NEXT,     /* to the instruction behind it */
	FLOW_BRANCH,   /* there or to target */
	FLOW_JUMP,     /* to target, or away if it is external */
	FLOW_CALL,     /* into target and back */
	FLOW_INDIRECT, /* a jump to who knows where */
	FLOW_RETURN,
	FLOW_TRAP,    /* stops, unless the bug table says that it only warns */
	FLOW_UNKNOWN, /* no instruction that the disassembler knows */
};

/* The general registers, then helpers of the translation. */
enum {
	REG_NONE = 31, /* arm64's zero register, unused on x86 */
	REG_SP = 32,
	REG_TMP,  /* an operand that was in memory or is a constant */
	REG_TMP2, /* a second one */
	REG_MAX,
};

enum op_kind {
	OP_LOST,  /* dst becomes what nobody follows */
	OP_CONST, /* dst = imm */
	OP_MOV,	  /* dst = src, its low @width bits */
	OP_LOAD,  /* dst = @width bits at src + imm; src may be REG_NONE */
	OP_ADD,	  /* dst = src + imm, an address perhaps */
	OP_AND,	  /* dst = src & src2 */
	OP_SHR,	  /* dst = src >> imm */
	OP_XOR,	  /* dst = src ^ imm */
	OP_NOT,	  /* dst = ~src */
	OP_SET,	  /* dst = whether cond holds */
	OP_TEST,  /* condition codes from src & src2, @width bits */
	OP_CMP,	  /* condition codes from src - src2, @width bits */
	OP_BIT,	  /* carry from bit imm of src */
	OP_CODES, /* condition codes from something else */
};

/* What a condition asks of the codes. */
enum cond { COND_OTHER, COND_Z, COND_NZ, COND_C, COND_NC, COND_S, COND_NS };

struct op {
	enum op_kind kind;
	uint8_t dst, src, src2;
	uint8_t width; /* bits: 8, 16, 32, 64 */
	bool branch;   /* sets codes that only this very branch reads */
	enum cond cond;
	int64_t imm;
};

#define INSN_OPS 6

struct insn {
	pos_t at;
	uint8_t len;
	enum flow flow;
	enum cond cond;		 /* FLOW_BRANCH: when it is taken */
	bool own_codes;		 /* it reads the codes of its own OP_TEST */
	pos_t target;		 /* in this object, or 0; of takes_address: the address */
	const char *extern_name; /* of the target that is elsewhere, or NULL */
	bool takes_address;	 /* of code near it, as jump tables by difference do */
	uint64_t lost;		 /* registers it writes in ways not said below */
	unsigned nops;
	struct op ops[INSN_OPS];
};

struct decoder {
	const struct image *im;
	csh cs;
	cs_insn *raw;
};

int decoder_init(struct decoder *d, const struct image *im, struct err *e) _must_check_;
void decoder_release(struct decoder *d);
/* Always fills *out; FLOW_UNKNOWN with the length 0 where nothing can be read. */
void decode(struct decoder *d, pos_t at, struct insn *out);
/* "testb ..." as a person reads it, in @arena. */
const char *decode_text(struct decoder *d, pos_t at, struct arena *arena);
/* Adds an operation; what does not fit is dropped after its target was made lost. */
void insn_op(struct insn *in, struct op op);

/* The two translators; @raw is the decoded instruction that stands at @in->at. */
void decode_x86(const struct decoder *d, const cs_insn *raw, struct insn *in);
void decode_arm64(const struct decoder *d, const cs_insn *raw, struct insn *in);
/* Registers that a call may change. */
extern const uint64_t x86_call_clobbers, arm64_call_clobbers;
