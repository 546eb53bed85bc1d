// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>

#include "check/object/insn.h"

#define BIT_OF(r) ((uint64_t)1 << (r))

/* rax rcx rdx rsi rdi r8..r11, in the numbering of reg_of(). */
const uint64_t x86_call_clobbers = 0x7 | BIT_OF(4) | BIT_OF(5) | 0xf00;

struct part {
	uint8_t reg;
	uint8_t shift; /* 8 for ah and its like */
};

/* 0..15: rax rcx rdx rbx rsi rdi rbp (7: none) r8..r15. */
static bool reg_of(unsigned r, struct part *out)
{
	static const uint16_t map[][5] = {
		{ X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH },
		{ X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH },
		{ X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH },
		{ X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH },
		{ X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, 0 },
		{ X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, 0 },
		{ X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, 0 },
		{ 0 },
		{ X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, 0 },
		{ X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, 0 },
		{ X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, 0 },
		{ X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, 0 },
		{ X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, 0 },
		{ X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, 0 },
		{ X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, 0 },
		{ X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, 0 },
	};

	if (r == X86_REG_RSP || r == X86_REG_ESP) {
		*out = (struct part){ REG_SP, 0 };
		return true;
	}
	for (size_t i = 0; r && i < ARRAY_SIZE(map); i++) {
		for (size_t j = 0; j < 5; j++) {
			if (map[i][j] == r) {
				*out = (struct part){ (uint8_t)i, j == 4 ? 8 : 0 };
				return true;
			}
		}
	}
	return false;
}

static uint8_t bits(const cs_x86_op *o)
{
	return o->size >= 8 ? 64 : (uint8_t)(o->size * 8);
}

static void load(struct insn *in, const cs_x86_op *o, uint8_t dst)
{
	struct part base = { REG_NONE, 0 };

	if (o->mem.index != X86_REG_INVALID || !reg_of(o->mem.base, &base))
		base.reg = REG_NONE;
	insn_op(in, (struct op){ OP_LOAD, .dst = dst, .src = base.reg, .imm = o->mem.disp,
				 .width = bits(o) });
}

/* Brings an operand to a register, @tmp where it is in none. */
static uint8_t operand(struct insn *in, const cs_x86_op *o, uint8_t tmp)
{
	struct part p;

	if (o->type == X86_OP_IMM) {
		insn_op(in, (struct op){ OP_CONST, .dst = tmp, .imm = o->imm });
	} else if (o->type == X86_OP_MEM) {
		load(in, o, tmp);
	} else if (o->type == X86_OP_REG && reg_of(o->reg, &p)) {
		if (!p.shift)
			return p.reg;
		insn_op(in,
			(struct op){ OP_SHR, .dst = tmp, .src = p.reg, .imm = p.shift });
	} else {
		insn_op(in, (struct op){ OP_LOST, .dst = tmp });
	}
	return tmp;
}

/* The register that the first operand writes, or REG_NONE when it is memory. */
static uint8_t dest(const cs_x86 *x)
{
	struct part p;

	if (x->op_count && x->operands[0].type == X86_OP_REG &&
	    reg_of(x->operands[0].reg, &p) && !p.shift)
		return p.reg;
	return REG_NONE;
}

static void codes(struct insn *in)
{
	insn_op(in, (struct op){ OP_CODES, .dst = REG_MAX });
}

static void test(struct insn *in, enum op_kind kind, uint8_t a, uint8_t b, uint8_t width)
{
	insn_op(in,
		(struct op){ kind, .dst = REG_MAX, .src = a, .src2 = b, .width = width });
}

static enum cond cond_of(unsigned id)
{
	switch (id) {
	case X86_INS_JE:
	case X86_INS_SETE:
		return COND_Z;
	case X86_INS_JNE:
	case X86_INS_SETNE:
		return COND_NZ;
	case X86_INS_JB:
	case X86_INS_SETB:
		return COND_C;
	case X86_INS_JAE:
	case X86_INS_SETAE:
		return COND_NC;
	case X86_INS_JS:
	case X86_INS_SETS:
		return COND_S;
	case X86_INS_JNS:
	case X86_INS_SETNS:
		return COND_NS;
	default:
		return COND_OTHER;
	}
}

static bool is_setcc(unsigned id)
{
	static const uint16_t set[] = {
		X86_INS_SETE, X86_INS_SETNE, X86_INS_SETB, X86_INS_SETAE,
		X86_INS_SETS, X86_INS_SETNS, X86_INS_SETA, X86_INS_SETBE,
		X86_INS_SETG, X86_INS_SETGE, X86_INS_SETL, X86_INS_SETLE,
		X86_INS_SETO, X86_INS_SETNO, X86_INS_SETP, X86_INS_SETNP,
	};

	for (size_t i = 0; i < ARRAY_SIZE(set); i++) {
		if (set[i] == id)
			return true;
	}
	return false;
}

/* and, test, cmp, bt: what sets condition codes that are worth knowing. */
static bool translate_test(const cs_insn *raw, struct insn *in)
{
	const cs_x86 *x = &raw->detail->x86;
	uint8_t a, b, width = x->op_count ? bits(&x->operands[0]) : 0;

	if (x->op_count != 2 || (raw->id != X86_INS_AND && raw->id != X86_INS_TEST &&
				 raw->id != X86_INS_CMP && raw->id != X86_INS_BT))
		return false;
	if (raw->id == X86_INS_BT && x->operands[1].type != X86_OP_IMM) {
		codes(in);
		return true;
	}
	a = operand(in, &x->operands[0], REG_TMP);
	if (raw->id == X86_INS_BT) {
		insn_op(in, (struct op){ OP_BIT, .dst = REG_MAX, .src = a, .width = width,
					 .imm = x->operands[1].imm & (width - 1) });
		return true;
	}
	b = operand(in, &x->operands[1], REG_TMP2);
	test(in, raw->id == X86_INS_CMP ? OP_CMP : OP_TEST, a, b, width);
	if (raw->id != X86_INS_AND)
		return true;
	if (x->operands[0].type == X86_OP_REG && a == REG_TMP)
		in->lost = 0xffff; /* a part of a register that we do not follow */
	else if (dest(x) != REG_NONE && dest(x) != REG_SP)
		insn_op(in, (struct op){ OP_AND, .dst = dest(x), .src = a, .src2 = b,
					 .width = width });
	return true;
}

/* mov, movzx, lea, not and setcc into a register: no condition codes. */
static bool translate_move(const cs_insn *raw, struct insn *in)
{
	const cs_x86 *x = &raw->detail->x86;
	const cs_x86_op *last = &x->operands[x->op_count ? x->op_count - 1 : 0];
	struct op op = { .dst = dest(x) };
	struct part base;

	if (op.dst == REG_NONE || op.dst == REG_SP)
		return false;
	if (is_setcc(raw->id)) {
		op.kind = OP_SET;
		op.cond = cond_of(raw->id);
	} else if (raw->id == X86_INS_NOT) {
		op.kind = OP_NOT;
		op.src = op.dst;
	} else if (x->op_count == 2 && raw->id == X86_INS_LEA) {
		if (last->mem.index != X86_REG_INVALID || !reg_of(last->mem.base, &base))
			return false;
		op.kind = OP_ADD;
		op.src = base.reg;
		op.imm = last->mem.disp;
	} else if (x->op_count == 2 &&
		   (raw->id == X86_INS_MOV || raw->id == X86_INS_MOVABS ||
		    raw->id == X86_INS_MOVZX)) {
		op.kind = OP_MOV;
		op.src = operand(in, last, REG_TMP);
		op.width = bits(last);
	} else {
		return false;
	}
	insn_op(in, op);
	return true;
}

static void shift_right(const cs_x86 *x, uint8_t dst, struct insn *in)
{
	uint8_t width = bits(&x->operands[0]);

	insn_op(in, (struct op){ OP_SHR, .dst = dst, .src = dst,
				 .imm = x->operands[1].imm, .width = width });
	/* Its zero flag is that of what it leaves. */
	insn_op(in, (struct op){ OP_CONST, .dst = REG_TMP2, .imm = -1 });
	test(in, OP_TEST, dst, REG_TMP2, width);
}

/* add, shr, xor with a constant, and xor of a register with itself. */
static bool translate_arithmetic(const cs_insn *raw, struct insn *in)
{
	const cs_x86 *x = &raw->detail->x86;
	const cs_x86_op *first = &x->operands[0], *last = &x->operands[1];
	uint8_t dst = dest(x);

	if (dst == REG_NONE || dst == REG_SP || x->op_count != 2)
		return false;
	if (raw->id == X86_INS_XOR && last->type == X86_OP_REG &&
	    last->reg == first->reg) {
		insn_op(in, (struct op){ OP_CONST, .dst = dst });
		codes(in);
		return true;
	}
	if (last->type != X86_OP_IMM)
		return false;
	switch (raw->id) {
	case X86_INS_SHR:
	case X86_INS_SAR:
		shift_right(x, dst, in);
		return true;
	case X86_INS_ADD:
	case X86_INS_XOR:
		insn_op(in, (struct op){ raw->id == X86_INS_ADD ? OP_ADD : OP_XOR,
					 .dst = dst, .src = dst, .imm = last->imm });
		codes(in);
		return true;
	default:
		return false;
	}
}

/* Everything else: what it writes is lost. */
static void translate_rest(const struct decoder *d, const cs_insn *raw, struct insn *in)
{
	cs_regs rd, wr;
	uint8_t nr = 0, nw = 0;
	struct part p;

	if (cs_regs_access(d->cs, raw, rd, &nr, wr, &nw) != CS_ERR_OK) {
		in->lost = 0xffff;
		codes(in);
		return;
	}
	for (unsigned i = 0; i < nw; i++) {
		if (wr[i] == X86_REG_EFLAGS)
			codes(in);
		else if (reg_of(wr[i], &p) && p.reg != REG_SP)
			in->lost |= BIT_OF(p.reg);
	}
}

/* Where a direct branch leads, by its relocation if it has one. */
static void find_target(const struct decoder *d, const cs_insn *raw, struct insn *in)
{
	const struct image_reloc *r = image_reloc(d->im, in->at, in->len);
	const cs_x86 *x = &raw->detail->x86;

	if (r) {
		uint32_t end = pos_offset(in->at) + in->len;

		in->target = image_target(d->im, r, (int64_t)(end - r->offset));
		in->extern_name = image_extern(d->im, r);
	} else if (x->op_count && x->operands[0].type == X86_OP_IMM) {
		int64_t to = x->operands[0].imm;

		if (to >= 0 && to < UINT32_MAX)
			in->target = pos_make(pos_section(in->at), (uint64_t)to);
	}
}

/* The thunks that stand for an indirect jump or for a return. */
static void name_thunk(struct insn *in)
{
	const char *s = in->extern_name;

	if (in->flow != FLOW_JUMP || !s)
		return;
	if (!strncmp(s, "__x86_indirect_", strlen("__x86_indirect_")))
		in->flow = FLOW_INDIRECT;
	else if (!strcmp(s, "__x86_return_thunk"))
		in->flow = FLOW_RETURN;
}

static bool is_branch(const cs_insn *raw)
{
	for (unsigned i = 0; i < raw->detail->groups_count; i++) {
		if (raw->detail->groups[i] == X86_GRP_JUMP)
			return true;
	}
	return raw->id == X86_INS_LOOP || raw->id == X86_INS_LOOPE ||
	       raw->id == X86_INS_LOOPNE;
}

/* A call or jump through memory may name what it calls. */
static void name_indirect(const struct decoder *d, struct insn *in)
{
	const struct image_reloc *r = image_reloc(d->im, in->at, in->len);

	if (r && (r->type == R_X86_64_GOTPCREL || r->type == R_X86_64_GOTPCRELX ||
		  r->type == R_X86_64_REX_GOTPCRELX)) {
		in->target = image_target(d->im, r, 4);
		in->extern_name = image_extern(d->im, r);
	}
}

static bool translate_flow(const struct decoder *d, const cs_insn *raw, struct insn *in)
{
	const cs_x86 *x = &raw->detail->x86;
	bool direct = x->op_count && x->operands[0].type == X86_OP_IMM;

	switch (raw->id) {
	case X86_INS_CALL:
		in->flow = FLOW_CALL;
		break;
	case X86_INS_JMP:
		in->flow = direct ? FLOW_JUMP : FLOW_INDIRECT;
		break;
	case X86_INS_RET:
	case X86_INS_IRETQ:
	case X86_INS_SYSRET:
		in->flow = FLOW_RETURN;
		return true;
	case X86_INS_UD2:
	case X86_INS_UD2B:
	case X86_INS_UD0:
	case X86_INS_INT3:
	case X86_INS_HLT:
		in->flow = FLOW_TRAP;
		return true;
	default:
		if (!is_branch(raw))
			return false;
		in->flow = FLOW_BRANCH;
		in->cond = cond_of(raw->id);
	}
	if (direct)
		find_target(d, raw, in);
	else
		name_indirect(d, in);
	if (in->flow == FLOW_INDIRECT && (in->target || in->extern_name))
		in->flow = FLOW_JUMP;
	name_thunk(in);
	return true;
}

void decode_x86(const struct decoder *d, const cs_insn *raw, struct insn *in)
{
	if (translate_flow(d, raw, in))
		return;
	if (!translate_test(raw, in) && !translate_move(raw, in) &&
	    !translate_arithmetic(raw, in))
		translate_rest(d, raw, in);
}
