// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/object/insn.h"

int decoder_init(struct decoder *d, const struct image *im, struct err *e)
{
	bool arm = im->machine == IMAGE_ARM64;
	cs_err ret;

	*d = (struct decoder){ .im = im };
	ret = cs_open(arm ? CS_ARCH_ARM64 : CS_ARCH_X86, arm ? CS_MODE_ARM : CS_MODE_64,
		      &d->cs);
	if (ret == CS_ERR_OK)
		ret = cs_option(d->cs, CS_OPT_DETAIL, CS_OPT_ON);
	if (ret != CS_ERR_OK)
		return err_set(e, ERR_INTERNAL, "cannot use capstone: %s",
			       cs_strerror(ret));
	d->raw = cs_malloc(d->cs);
	return d->raw ? 0
		      : err_set(e, ERR_INTERNAL, "cannot use capstone: out of memory");
}

void decoder_release(struct decoder *d)
{
	if (d->raw)
		cs_free(d->raw, 1);
	if (d->cs)
		cs_close(&d->cs);
	*d = (struct decoder){ 0 };
}

void insn_op(struct insn *in, struct op op)
{
	if (in->nops < INSN_OPS)
		in->ops[in->nops++] = op;
	else if (op.dst < REG_MAX)
		in->lost |= (uint64_t)1 << op.dst;
}

/* arm64: all branches have these bits, so what is not among them goes on. */
static bool arm64_may_branch(const uint8_t *p)
{
	return (p[3] & 0x1c) == 0x14;
}

/* Branches with pointer authentication, which the disassembler may not know. */
static enum flow arm64_pac_branch(const uint8_t *p)
{
	uint32_t w = p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;

	if (w == 0xd65f0bff || w == 0xd65f0fff)
		return FLOW_RETURN;
	if ((w & 0xfefff800) == 0xd61f0800)
		return FLOW_INDIRECT;
	if ((w & 0xfefff800) == 0xd63f0800)
		return FLOW_CALL;
	return FLOW_UNKNOWN;
}

static void decode_unknown(const struct decoder *d, const uint8_t *p, size_t left,
			   struct insn *out)
{
	if (d->im->machine != IMAGE_ARM64 || left < 4)
		return;
	out->flow = arm64_may_branch(p) ? arm64_pac_branch(p) : FLOW_NEXT;
	out->len = 4;
	if (out->flow != FLOW_NEXT)
		return;
	out->lost = UINT32_MAX & ~((uint64_t)1 << REG_NONE);
	insn_op(out, (struct op){ OP_CODES, .dst = REG_MAX });
}

void decode(struct decoder *d, pos_t at, struct insn *out)
{
	size_t left = 0;
	const uint8_t *p = image_bytes(d->im, at, &left);
	uint64_t addr = pos_offset(at);

	*out = (struct insn){ .at = at, .flow = FLOW_UNKNOWN };
	if (!p)
		return;
	if (!cs_disasm_iter(d->cs, &p, &left, &addr, d->raw)) {
		decode_unknown(d, p, left, out);
		return;
	}
	out->len = (uint8_t)d->raw->size;
	out->flow = FLOW_NEXT;
	if (d->im->machine == IMAGE_ARM64)
		decode_arm64(d, d->raw, out);
	else
		decode_x86(d, d->raw, out);
}

const char *decode_text(struct decoder *d, pos_t at, struct arena *arena)
{
	size_t left = 0;
	const uint8_t *p = image_bytes(d->im, at, &left);
	uint64_t addr = pos_offset(at);

	if (!p || !cs_disasm_iter(d->cs, &p, &left, &addr, d->raw))
		return "?";
	if (!*d->raw->op_str)
		return arena_strdup(arena, d->raw->mnemonic);
	return arena_printf(arena, "%s %s", d->raw->mnemonic, d->raw->op_str);
}
