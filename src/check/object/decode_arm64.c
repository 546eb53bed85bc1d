// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/insn.h"

#define BIT_OF(r) ((uint64_t)1 << (r))

/* x0..x18 and the link register. */
const uint64_t arm64_call_clobbers = 0x7ffff | BIT_OF(30);

/* 0..30 as they are called, REG_NONE for the zero register, REG_SP. */
static bool reg_of(unsigned r, uint8_t *out)
{
	if (r >= ARM64_REG_W0 && r <= ARM64_REG_W30)
		*out = (uint8_t)(r - ARM64_REG_W0);
	else if (r >= ARM64_REG_X0 && r <= ARM64_REG_X28)
		*out = (uint8_t)(r - ARM64_REG_X0);
	else if (r == ARM64_REG_X29)
		*out = 29;
	else if (r == ARM64_REG_X30)
		*out = 30;
	else if (r == ARM64_REG_SP || r == ARM64_REG_WSP)
		*out = REG_SP;
	else if (r == ARM64_REG_XZR || r == ARM64_REG_WZR)
		*out = REG_NONE;
	else
		return false;
	return true;
}

static uint8_t width_of(const cs_arm64_op *o)
{
	return o->type == ARM64_OP_REG && o->reg >= ARM64_REG_W0 &&
			       o->reg <= ARM64_REG_W30
		       ? 32
		       : 64;
}

/* Brings an operand to a register; @tmp holds it if it is none that we follow. */
static uint8_t operand(struct insn *in, const cs_arm64_op *o, uint8_t tmp)
{
	uint8_t r;

	if (o->type == ARM64_OP_IMM) {
		int64_t v = o->imm;

		if (o->shift.type == ARM64_SFT_LSL && o->shift.value < 64)
			v = (int64_t)((uint64_t)v << o->shift.value);
		insn_op(in, (struct op){ OP_CONST, .dst = tmp, .imm = v });
	} else if (o->type == ARM64_OP_REG && o->shift.type == ARM64_SFT_INVALID &&
		   o->ext == ARM64_EXT_INVALID && reg_of(o->reg, &r)) {
		if (r != REG_NONE)
			return r;
		insn_op(in, (struct op){ OP_CONST, .dst = tmp });
	} else {
		insn_op(in, (struct op){ OP_LOST, .dst = tmp });
	}
	return tmp;
}

static enum cond cond_of(arm64_cc cc)
{
	switch (cc) {
	case ARM64_CC_EQ:
		return COND_Z;
	case ARM64_CC_NE:
		return COND_NZ;
	case ARM64_CC_MI:
		return COND_S;
	case ARM64_CC_PL:
		return COND_NS;
	default:
		return COND_OTHER;
	}
}

static uint8_t load_width(const cs_insn *raw)
{
	switch (raw->id) {
	case ARM64_INS_LDRB:
	case ARM64_INS_LDURB:
	case ARM64_INS_LDARB:
		return 8;
	case ARM64_INS_LDRH:
	case ARM64_INS_LDURH:
	case ARM64_INS_LDARH:
		return 16;
	case ARM64_INS_LDR:
	case ARM64_INS_LDUR:
	case ARM64_INS_LDAR:
	case ARM64_INS_LDP:
		return width_of(&raw->detail->arm64.operands[0]);
	default:
		return 0;
	}
}

static void load(struct insn *in, const cs_arm64_op *dst, const cs_arm64_op *mem,
		 int64_t more, uint8_t width)
{
	uint8_t r, base = REG_NONE;

	if (!reg_of(dst->reg, &r) || r == REG_NONE)
		return;
	if (mem->mem.index != ARM64_REG_INVALID || !reg_of(mem->mem.base, &base))
		base = REG_NONE;
	insn_op(in, (struct op){ OP_LOAD, .dst = r, .src = base, .width = width,
				 .imm = mem->mem.disp + more });
}

/* ldr x0, [x1, #8]; ldp x0, x1, [x2]. A base that moves with it is lost. */
static bool translate_load(const cs_insn *raw, struct insn *in)
{
	const cs_arm64 *x = &raw->detail->arm64;
	uint8_t width = load_width(raw), base;
	unsigned mem = raw->id == ARM64_INS_LDP ? 2 : 1;

	if (!width || x->op_count <= mem || x->operands[mem].type != ARM64_OP_MEM ||
	    x->operands[0].type != ARM64_OP_REG)
		return false;
	for (unsigned i = 0; i < mem; i++)
		load(in, &x->operands[i], &x->operands[mem], i * width / 8, width);
	if ((x->writeback || x->op_count > mem + 1) &&
	    reg_of(x->operands[mem].mem.base, &base) && base < REG_NONE)
		in->lost |= BIT_OF(base);
	return true;
}

static void test(struct insn *in, enum op_kind kind, uint8_t a, uint8_t b, uint8_t width,
		 bool own)
{
	insn_op(in, (struct op){ kind, .dst = REG_MAX, .src = a, .src2 = b,
				 .width = width, .branch = own });
}

/* tst, ands, cmp and what else sets condition codes. */
static bool translate_test(const cs_insn *raw, struct insn *in)
{
	const cs_arm64 *x = &raw->detail->arm64;
	bool three = raw->id == ARM64_INS_AND;
	unsigned n = three ? 3 : 2;
	uint8_t a, b, dst, width = width_of(&x->operands[0]);

	if ((!three && raw->id != ARM64_INS_TST && raw->id != ARM64_INS_CMP) ||
	    x->op_count != n)
		return false;
	a = operand(in, &x->operands[n - 2], REG_TMP);
	b = operand(in, &x->operands[n - 1], REG_TMP2);
	if (raw->id == ARM64_INS_CMP)
		test(in, OP_CMP, a, b, width, false);
	else if (raw->id != ARM64_INS_AND || x->update_flags)
		test(in, OP_TEST, a, b, width, false);
	if (three && reg_of(x->operands[0].reg, &dst) && dst < REG_NONE)
		insn_op(in, (struct op){ OP_AND, .dst = dst, .src = a, .src2 = b,
					 .width = width });
	return true;
}

/* ubfx dst, src, lsb, width, and the shorter names for some of it. */
static bool translate_field(const cs_insn *raw, uint8_t dst, struct insn *in)
{
	const cs_arm64 *x = &raw->detail->arm64;
	uint8_t src = operand(in, &x->operands[1], REG_TMP);
	int64_t shift = 0, width = 64;

	if (raw->id == ARM64_INS_UBFX && x->op_count == 4) {
		shift = x->operands[2].imm;
		width = x->operands[3].imm;
	} else if (raw->id == ARM64_INS_LSR && x->op_count == 3 &&
		   x->operands[2].type == ARM64_OP_IMM) {
		shift = x->operands[2].imm;
		width = width_of(&x->operands[0]) - shift;
	} else if (raw->id == ARM64_INS_UXTB || raw->id == ARM64_INS_UXTH) {
		width = raw->id == ARM64_INS_UXTB ? 8 : 16;
	} else {
		return false;
	}
	if (shift < 0 || shift > 63 || width < 1 || width > 64)
		return false;
	insn_op(in,
		(struct op){ OP_SHR, .dst = dst, .src = src, .imm = shift, .width = 64 });
	insn_op(in, (struct op){ OP_CONST, .dst = REG_TMP2,
				 .imm = (int64_t)(UINT64_MAX >> (64 - width)) });
	insn_op(in, (struct op){ OP_AND, .dst = dst, .src = dst, .src2 = REG_TMP2,
				 .width = 64 });
	return true;
}

static bool translate_move(const cs_insn *raw, struct insn *in)
{
	const cs_arm64 *x = &raw->detail->arm64;
	const cs_arm64_op *last = &x->operands[x->op_count ? x->op_count - 1 : 0];
	uint8_t dst, src;

	if (!x->op_count || x->operands[0].type != ARM64_OP_REG ||
	    !reg_of(x->operands[0].reg, &dst) || dst == REG_NONE || dst == REG_SP)
		return false;
	switch (raw->id) {
	case ARM64_INS_MOV:
	case ARM64_INS_MOVZ:
		src = operand(in, last, REG_TMP);
		insn_op(in, (struct op){ OP_MOV, .dst = dst, .src = src,
					 .width = width_of(&x->operands[0]) });
		return true;
	case ARM64_INS_CSET:
		insn_op(in, (struct op){ OP_SET, .dst = dst, .cond = cond_of(x->cc) });
		return true;
	case ARM64_INS_ADD:
	case ARM64_INS_EOR:
		if (x->op_count != 3 || last->type != ARM64_OP_IMM || x->update_flags)
			return false;
		src = operand(in, &x->operands[1], REG_TMP);
		insn_op(in, (struct op){ raw->id == ARM64_INS_ADD ? OP_ADD : OP_XOR,
					 .dst = dst, .src = src, .imm = last->imm });
		return true;
	case ARM64_INS_UBFX:
	case ARM64_INS_LSR:
	case ARM64_INS_UXTB:
	case ARM64_INS_UXTH:
		return translate_field(raw, dst, in);
	default:
		return false;
	}
}

/* Everything else: what it names as a register may be what it writes. */
static void translate_rest(const struct decoder *d, const cs_insn *raw, struct insn *in)
{
	const cs_arm64 *x = &raw->detail->arm64;
	cs_regs rd, wr;
	uint8_t nr = 0, nw = 0, r;

	if (cs_regs_access(d->cs, raw, rd, &nr, wr, &nw) != CS_ERR_OK) {
		in->lost = UINT32_MAX & ~BIT_OF(REG_NONE);
		nw = 0;
	}
	for (unsigned i = 0; i < nw; i++) {
		if (reg_of(wr[i], &r) && r < REG_NONE)
			in->lost |= BIT_OF(r);
	}
	/* The disassembler's list is short of some: stores alone write none. */
	if (x->op_count && x->operands[0].type == ARM64_OP_REG &&
	    raw->mnemonic[0] != 's' && reg_of(x->operands[0].reg, &r) && r < REG_NONE)
		in->lost |= BIT_OF(r);
	insn_op(in, (struct op){ OP_CODES, .dst = REG_MAX });
	if (!x->update_flags && raw->id != ARM64_INS_CCMP && raw->id != ARM64_INS_CCMN &&
	    raw->id != ARM64_INS_MSR && raw->id != ARM64_INS_FCMP)
		in->nops--;
	if (raw->id == ARM64_INS_ADR && x->op_count == 2 &&
	    !image_reloc(d->im, in->at, 4)) {
		in->takes_address = true;
		in->target = pos_make(pos_section(in->at), (uint64_t)x->operands[1].imm);
	}
}

static void find_target(const struct decoder *d, const cs_arm64_op *o, struct insn *in)
{
	const struct image_reloc *r = image_reloc(d->im, in->at, in->len);

	if (r) {
		in->target = image_target(d->im, r, 0);
		in->extern_name = image_extern(d->im, r);
	} else if (o->type == ARM64_OP_IMM && o->imm >= 0 && o->imm < UINT32_MAX) {
		in->target = pos_make(pos_section(in->at), (uint64_t)o->imm);
	}
}

/* cbz, cbnz, tbz, tbnz carry their own test. */
static void branch_on_register(const cs_insn *raw, struct insn *in)
{
	const cs_arm64 *x = &raw->detail->arm64;
	bool bit = raw->id == ARM64_INS_TBZ || raw->id == ARM64_INS_TBNZ;
	bool zero = raw->id == ARM64_INS_TBZ || raw->id == ARM64_INS_CBZ;
	uint8_t src = operand(in, &x->operands[0], REG_TMP);
	int64_t mask = bit ? (int64_t)((uint64_t)1 << (x->operands[1].imm & 63)) : -1;

	insn_op(in, (struct op){ OP_CONST, .dst = REG_TMP2, .imm = mask });
	test(in, OP_TEST, src, REG_TMP2, width_of(&x->operands[0]), true);
	if (bit)
		in->ops[in->nops - 1].width = 64;
	in->cond = zero ? COND_Z : COND_NZ;
	in->own_codes = true;
}

/* Other numbers than 0x800 report and return (KASAN, debuggers) or end it (UBSAN). */
static enum flow breakpoint(int64_t number)
{
	return (number & 0xff00) == 0x900 || (number & 0xff00) == 0x100 ||
			       (number & 0xff00) == 0x400
		       ? FLOW_NEXT
		       : FLOW_TRAP;
}

static bool translate_flow(const struct decoder *d, const cs_insn *raw, struct insn *in)
{
	const cs_arm64 *x = &raw->detail->arm64;
	const cs_arm64_op *last = &x->operands[x->op_count ? x->op_count - 1 : 0];

	switch (raw->id) {
	case ARM64_INS_BL:
		in->flow = FLOW_CALL;
		break;
	case ARM64_INS_BLR:
		in->flow = FLOW_CALL;
		return true;
	case ARM64_INS_BR:
		in->flow = FLOW_INDIRECT;
		return true;
	case ARM64_INS_RET:
	case ARM64_INS_ERET:
		in->flow = FLOW_RETURN;
		return true;
	case ARM64_INS_BRK:
		in->flow = breakpoint(last->imm);
		return true;
	case ARM64_INS_B:
		in->flow = FLOW_JUMP;
		if (x->cc != ARM64_CC_INVALID && x->cc != ARM64_CC_AL &&
		    x->cc != ARM64_CC_NV) {
			in->flow = FLOW_BRANCH;
			in->cond = cond_of(x->cc);
		}
		break;
	case ARM64_INS_CBZ:
	case ARM64_INS_CBNZ:
	case ARM64_INS_TBZ:
	case ARM64_INS_TBNZ:
		in->flow = FLOW_BRANCH;
		branch_on_register(raw, in);
		break;
	default:
		return false;
	}
	find_target(d, last, in);
	return true;
}

void decode_arm64(const struct decoder *d, const cs_insn *raw, struct insn *in)
{
	if (translate_flow(d, raw, in) || translate_load(raw, in) ||
	    translate_test(raw, in) || translate_move(raw, in))
		return;
	translate_rest(d, raw, in);
}
