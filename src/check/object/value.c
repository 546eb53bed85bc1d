// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/value.h"

static const struct val plain = { VAL_BITS, .mask = UINT64_MAX };
static const struct val lost = { VAL_LOST };

void state_enter(struct state *s)
{
	*s = (struct state){ .seen = true, .codes.kind = CODES_UNKNOWN };
	for (unsigned i = 0; i < REG_MAX; i++)
		s->reg[i] = plain;
	s->reg[REG_NONE] = (struct val){ VAL_CONST };
	s->reg[REG_SP] = (struct val){ VAL_STACK };
}

static uint64_t low_bits(unsigned width)
{
	return width && width < 64 ? ((uint64_t)1 << width) - 1 : UINT64_MAX;
}

static bool single_bit(uint64_t m)
{
	return m && !(m & (m - 1));
}

static struct val narrow(struct val v, unsigned width)
{
	if (v.kind == VAL_BITS || v.kind == VAL_CONST)
		v.mask &= low_bits(width);
	else if ((v.kind == VAL_ADDR || v.kind == VAL_STACK) && width < 64)
		v = lost;
	return v;
}

static struct val loaded(const struct state *s, const struct op *op)
{
	const struct val *base = &s->reg[op->src];
	uint64_t at = (uint64_t)op->imm;

	if (base->kind == VAL_STACK)
		return (struct val){ VAL_SPILL };
	if (base->kind == VAL_ADDR)
		at += base->mask;
	return (struct val){ VAL_BITS, .mask = low_bits(op->width),
			     .shift = op->width < 32 ? (uint8_t)(8 * (at & 3)) : 0 };
}

static struct val anded(struct val a, struct val b, unsigned width)
{
	struct val v;

	if (a.kind == VAL_CONST) {
		v = a;
		a = b;
		b = v;
	}
	if (b.kind != VAL_CONST)
		return lost;
	b.mask &= low_bits(width);
	switch (a.kind) {
	case VAL_BITS:
	case VAL_CLEAR:
	case VAL_CONST:
		a.mask &= b.mask;
		return a;
	case VAL_TRUTH:
		return b.mask & 1 ? a : (struct val){ VAL_CONST };
	case VAL_SPILL:
		/* A truth value that was put there would be tested with 1 or whole. */
		if (b.mask != 1 && b.mask != 0xff && b.mask < low_bits(32))
			return (struct val){ VAL_BITS, .mask = b.mask };
		return a;
	default:
		return lost;
	}
}

static struct val shifted(struct val v, uint64_t n, unsigned width)
{
	v = narrow(v, width ? width : 64);
	if (v.kind != VAL_BITS || n > 63 || v.shift + n > 63)
		return n ? lost : v;
	v.shift = (uint8_t)(v.shift + n);
	v.mask >>= n;
	return v;
}

static struct val added(struct val v, uint64_t n)
{
	if (v.kind == VAL_STACK)
		return v;
	if (v.kind == VAL_CONST)
		return (struct val){ VAL_CONST, .mask = v.mask + n };
	if (v.kind == VAL_ADDR)
		n += v.mask;
	else if (v.kind != VAL_BITS || v.mask != UINT64_MAX)
		return lost;
	return (struct val){ VAL_ADDR, .mask = n & 7 };
}

static struct val inverted(struct val v)
{
	if (v.kind != VAL_BITS)
		return lost;
	v.kind = VAL_CLEAR;
	return v;
}

/* The truth of one bit, from a word that holds nothing but it. */
static struct val xored(struct val v, uint64_t n)
{
	if (v.kind == VAL_BITS && v.mask == 1 && n == 1)
		return (struct val){ VAL_TRUTH, .mask = (uint64_t)1 << v.shift,
				     .neg = true };
	if (v.kind != VAL_TRUTH || n != 1)
		return lost;
	v.neg = !v.neg;
	return v;
}

static struct codes tested_bits(struct val v, unsigned width)
{
	uint64_t sign = (low_bits(width) >> 1) + 1;

	switch (v.kind) {
	case VAL_BITS:
		v.mask &= low_bits(width);
		return (struct codes){ CODES_KNOWN, .zero = v.mask << v.shift,
				       .sign = (v.mask & sign) << v.shift };
	case VAL_TRUTH:
		return (struct codes){ CODES_KNOWN, .zero = v.mask, .neg = v.neg };
	case VAL_CLEAR:
		/* Of several bits, zero says that all are set: no test of any. */
		v.mask &= low_bits(width);
		if (!single_bit(v.mask))
			return (struct codes){ CODES_OTHER };
		return (struct codes){ CODES_KNOWN, .zero = v.mask << v.shift,
				       .neg = true };
	case VAL_CONST:
	case VAL_ADDR:
	case VAL_STACK:
		return (struct codes){ CODES_OTHER };
	default:
		return (struct codes){ CODES_UNKNOWN };
	}
}

static struct codes compared(struct val a, struct val b, unsigned width)
{
	struct codes c;

	if (b.kind == VAL_CONST)
		b.mask &= low_bits(width);
	if (b.kind != VAL_CONST)
		return (struct codes){ a.kind == VAL_LOST && b.kind == VAL_LOST
					       ? CODES_UNKNOWN
					       : CODES_OTHER };
	c = tested_bits(a, width);
	if (!b.mask || c.kind != CODES_KNOWN)
		return c;
	/* With the one value that it can have besides 0: the same, negated. */
	if ((a.kind == VAL_TRUTH && b.mask == 1) ||
	    (a.kind == VAL_BITS && single_bit(a.mask) && a.mask == b.mask))
		return (struct codes){ CODES_KNOWN, .zero = c.zero, .neg = !c.neg };
	return (struct codes){ CODES_OTHER };
}

static struct tested ask(const struct codes *c, enum cond cond)
{
	struct tested t = { c->kind, .at = c->at };

	if (c->kind != CODES_KNOWN)
		return t;
	switch (cond) {
	case COND_Z:
	case COND_NZ:
		t.mask = c->zero;
		t.set = (cond == COND_NZ) != c->neg;
		break;
	case COND_S:
	case COND_NS:
		t.mask = c->sign;
		t.set = cond == COND_S;
		break;
	case COND_C:
	case COND_NC:
		t.mask = c->carry;
		t.set = cond == COND_C;
		break;
	case COND_OTHER:
		break;
	}
	if (!t.mask)
		t.kind = CODES_OTHER;
	return t;
}

static struct val truth(const struct codes *c, enum cond cond)
{
	struct tested t = ask(c, cond);

	if (t.kind != CODES_KNOWN)
		return lost;
	return (struct val){ VAL_TRUTH, .mask = t.mask, .neg = !t.set };
}

static void step_codes(struct state *s, const struct op *op, pos_t at)
{
	struct codes *c = op->branch ? &s->own : &s->codes;
	struct val v = s->reg[op->src];

	switch (op->kind) {
	case OP_TEST:
		if (op->src != op->src2)
			v = anded(v, s->reg[op->src2], op->width);
		*c = tested_bits(v, op->width);
		break;
	case OP_CMP:
		*c = compared(v, s->reg[op->src2], op->width);
		break;
	case OP_BIT:
		*c = (struct codes){ CODES_UNKNOWN };
		if (v.kind == VAL_SPILL)
			v = plain;
		if (v.kind == VAL_BITS && (v.mask >> op->imm & 1) &&
		    v.shift + op->imm < 64)
			*c = (struct codes){ CODES_KNOWN,
					     .carry = (uint64_t)1
						      << (v.shift + op->imm) };
		break;
	default:
		*c = (struct codes){ CODES_OTHER };
	}
	c->at = at;
}

static void step(struct state *s, const struct op *op, pos_t at)
{
	const struct val *src = &s->reg[op->src];
	struct val v;

	switch (op->kind) {
	case OP_LOST:
		v = lost;
		break;
	case OP_CONST:
		v = (struct val){ VAL_CONST, .mask = (uint64_t)op->imm };
		break;
	case OP_MOV:
		v = narrow(*src, op->width);
		break;
	case OP_LOAD:
		v = loaded(s, op);
		break;
	case OP_ADD:
		v = added(*src, (uint64_t)op->imm);
		break;
	case OP_AND:
		v = anded(*src, s->reg[op->src2], op->width);
		break;
	case OP_SHR:
		v = shifted(*src, (uint64_t)op->imm, op->width);
		break;
	case OP_XOR:
		v = xored(*src, (uint64_t)op->imm);
		break;
	case OP_NOT:
		v = inverted(*src);
		break;
	case OP_SET:
		v = truth(&s->codes, op->cond);
		break;
	default:
		step_codes(s, op, at);
		return;
	}
	s->reg[op->dst] = v;
}

void state_step(struct state *s, const struct insn *in, uint64_t call_clobbers)
{
	for (unsigned i = 0; i < in->nops; i++)
		step(s, &in->ops[i], in->at);
	for (unsigned i = 0; in->lost >> i; i++) {
		if (in->lost >> i & 1)
			s->reg[i] = lost;
	}
	if (in->flow != FLOW_CALL)
		return;
	for (unsigned i = 0; i < REG_NONE; i++) {
		if (call_clobbers >> i & 1)
			s->reg[i] = plain;
	}
	s->codes = (struct codes){ CODES_UNKNOWN };
}

static bool val_eq(const struct val *a, const struct val *b)
{
	return a->kind == b->kind && a->shift == b->shift && a->neg == b->neg &&
	       a->mask == b->mask;
}

static bool codes_eq(const struct codes *a, const struct codes *b)
{
	return a->kind == b->kind && a->neg == b->neg && a->zero == b->zero &&
	       a->sign == b->sign && a->carry == b->carry;
}

bool state_join(struct state *into, const struct state *from)
{
	bool changed = false;

	if (!into->seen) {
		*into = *from;
		return true;
	}
	for (unsigned i = 0; i < REG_TMP; i++) {
		if (!val_eq(&into->reg[i], &from->reg[i]) &&
		    into->reg[i].kind != VAL_LOST) {
			into->reg[i] = lost;
			changed = true;
		}
	}
	if (!codes_eq(&into->codes, &from->codes) && into->codes.kind != CODES_UNKNOWN) {
		into->codes = (struct codes){ CODES_UNKNOWN };
		changed = true;
	} else if (into->codes.at != from->codes.at && into->codes.at) {
		into->codes.at = 0;
		changed = true;
	}
	return changed;
}

struct tested state_branch(const struct state *after, const struct insn *in)
{
	return ask(in->own_codes ? &after->own : &after->codes, in->cond);
}

bool mask_is(uint64_t tested, uint64_t asked)
{
	return tested == asked || (!(uint32_t)asked && tested == asked >> 32 && tested);
}
